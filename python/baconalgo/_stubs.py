"""Writes the type stubs of what is made from the definitions of the core: ``python -m baconalgo._stubs``.

Indicators and patterns exist as functions over arrays, as streaming classes and as expression functions; none of them
stands in a source file, so type checkers and editors read these.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from baconalgo import patterns
from baconalgo.expr._calls import SERIES
from baconalgo.indicators._specs import SPECS, Param, Spec

_HERE: Final = Path(__file__).parent
_MADE: Final = (
    "# Written by `python -m baconalgo._stubs`: changes here are lost.\n"
    "# Each streaming class takes rows of its own width.\n"
    '# mypy: disable-error-code="override"\n'
)
_TYPES: Final = {"rows": "int", "number": "float", "choice": "str"}


def stubs() -> dict[Path, str]:
    """The text of each stub file."""
    own = ("ema_state", "ema_update", "fma", "sma_state", "sma_update")
    return {
        _HERE / "indicators" / "__init__.pyi": _arrays(
            "Indicators over arrays and one value at a time.",
            SPECS,
            [
                *(f"from baconalgo.indicators._records import {name} as {name}" for name in own),
                "from baconalgo.indicators._specs import Spec as Spec",
                "from baconalgo.indicators._streams import Stream",
            ],
            ["SPECS", "Spec", *own],
            ["SPECS: Final[Mapping[str, Spec]]"],
        ),
        _HERE / "patterns.pyi": _arrays(
            "Chart patterns over arrays and one bar at a time.",
            patterns.SPECS,
            [
                "from baconalgo.indicators._specs import Spec as Spec",
                "from baconalgo.indicators._streams import Stream",
            ],
            ["SPECS", "Spec"],
            ["SPECS: Final[Mapping[str, Spec]]"],
        ),
        _HERE / "expr" / "_made.pyi": _expressions([*SPECS.values(), *patterns.SPECS.values()]),
    }


def _result(spec: Spec) -> str:
    return f"_{spec.class_name}Result"


def _named_tuples(specs: Iterable[Spec]) -> list[str]:
    lines = []
    for spec in specs:
        if len(spec.outputs) > 1:
            lines += ["", f"class {_result(spec)}(NamedTuple, Generic[_T]):"]
            lines += [f"    {output.name}: _T" for output in spec.outputs]
    return lines


def _param(param: Param) -> str:
    default = f'"{param.default}"' if param.kind == "choice" else repr(param.default)
    words = ", ".join(f'"{word}"' for word in param.words)
    return f"{param.name}: {f'Literal[{words}]' if param.words else _TYPES[param.kind]} = {default}"


def _doc(text: str, indent: str) -> list[str]:
    return textwrap.wrap(f'"""{text}"""', 118, initial_indent=indent, subsequent_indent=indent)


def _signature(head: str, arguments: list[str], result: str) -> list[str]:
    line = f"{head}({', '.join(arguments)}) -> {result}:"
    if len(line) <= 120:
        return [line]
    indent = " " * (len(head) - len(head.lstrip()))
    return [f"{head}(", *(f"{indent}    {each}," for each in arguments), f"{indent}) -> {result}:"]


def _listed(names: Iterable[str]) -> list[str]:
    return ["__all__ = [", *(f'    "{name}",' for name in sorted(names)), "]"]


def _arrays(title: str, specs: Mapping[str, Spec], imports: list[str], own: list[str], ends: list[str]) -> str:
    names = [*own, *specs, *(spec.class_name for spec in specs.values())]
    typing = "Any, Final, Generic, Literal, NamedTuple, Self, TypeAlias, TypeVar"
    lines = [_MADE + f'"""{title}"""', "", "from collections.abc import Mapping", f"from typing import {typing}", ""]
    lines += ["import numpy as np", "import numpy.typing as npt", "", *imports, "", *ends]
    lines += ["", *_listed(names), "", '_T = TypeVar("_T")', "_Floats: TypeAlias = npt.NDArray[np.float64]"]
    lines += _named_tuples(specs.values())
    for spec in specs.values():
        several = len(spec.outputs) > 1
        arrays = f"{_result(spec)}[_Floats]" if several else "_Floats"
        value = f"{_result(spec)}[float]" if several else "float"
        inputs = [f"{entry.name}: Any{' = None' if entry.optional else ''}" for entry in spec.inputs]
        params = [_param(param) for param in spec.params]
        out = f"out: {'tuple[_Floats, ...] | list[_Floats]' if several else '_Floats'} | None = None"
        lines += ["", *_signature(f"def {spec.name}", [*inputs, *params, "*", out], arrays)]
        lines += _doc(spec.title, "    ")
        row = [f"{entry.name}: float{' = ...' if entry.optional else ''}" for entry in spec.inputs]
        columns = [f"{entry.name}: Any{' = None' if entry.optional else ''}" for entry in spec.inputs]
        lines += ["", f"class {spec.class_name}(Stream):", *_doc(spec.title, "    "), ""]
        for head, arguments, result in (
            ("    def __new__", ["cls", *params], "Self"),
            ("    def update", ["self", *row, "/"], f"{value} | None"),
            ("    def update_many", ["self", *columns, "/"], arrays),
        ):
            signature = _signature(head, arguments, result)
            lines += [*signature[:-1], signature[-1] + " ..."]
        lines += ["    @property", f"    def value(self) -> {value} | None: ..."]
        for param in spec.params:
            lines += ["    @property", f"    def {param.name}(self) -> {_TYPES[param.kind]}: ..."]
    return "\n".join(lines) + "\n"


def _expressions(specs: list[Spec]) -> str:
    names = [*(spec.name for spec in specs), "highest", "lowest"]
    lines = [_MADE + '"""Expression functions of all indicators and patterns."""', ""]
    lines += ["from datetime import timedelta", "from typing import Generic, Literal, NamedTuple, TypeVar", ""]
    lines += ["from baconalgo.expr._expr import Expr", "", *_listed(names), "", '_T = TypeVar("_T")']
    lines += _named_tuples(specs)
    for spec in specs:
        series = [f"{entry.name}: Expr | float" for entry in spec.inputs if entry.name in SERIES]
        params = [_param(param) for param in spec.params]
        params = [
            each if "Literal" in each else each.replace(": int", ": int | Expr").replace(": float", ": float | Expr")
            for each in params
        ]
        columns = [
            f"{entry.name}: Expr | float{' | str | timedelta' if entry.name == 'session' else ''} | None = None"
            for entry in spec.inputs
            if entry.name not in SERIES
        ]
        result = f"{_result(spec)}[Expr]" if len(spec.outputs) > 1 else "Expr"
        lines += [
            "",
            *_signature(f"def {spec.name}", [*series, *params, *(["*", *columns] if columns else [])], result),
        ]
        lines += _doc(spec.title[:-1] + ", as an expression.", "    ")
    lines += ["", "highest = rolling_max", "lowest = rolling_min"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
