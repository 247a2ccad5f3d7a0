"""The reference page, made from the definitions."""

from __future__ import annotations

import textwrap

from baconalgo.indicators._specs import SPECS, Spec

_WIDTH = 118

_HEAD = """\
# Indicators

Made from the definitions by `python -m baconalgo.indicators`; a test keeps it so.

Every one is there three times, with the same bits: over arrays (`ba.indicators.rsi(close, 14)`), one row at a time
(`ba.indicators.RSI(14).update(price)`) and in expressions (`ba.rsi(ba.close, 14)`). Arrays may be columns of NumPy,
pandas, polars or Arrow, or matrices of (bars, instruments).

- **Warm-up**: rows without a value at the start, with the default parameters.
- **Reach**: rows that a value depends on; the same rows give the same bits wherever they stand. "All" is recursive.
- **Missing rows** (an input that is not a finite number) give NaN. Recursive indicators hold their state over them,
  windowed ones give NaN for as long as one lies in the window.
- The value on a row never depends on a later row.

"""


def _row(spec: Spec) -> str:
    reach = spec.reach()
    link = f"[`{spec.name}`](#{spec.name})"
    outputs = ", ".join(output.name for output in spec.outputs)
    return f"| {link} | {spec.title} | {outputs} | {spec.warm_up()} | {'all' if reach is None else reach} |"


def _section(spec: Spec) -> str:
    lines = [f"## {spec.name}", "", spec.title, "", f"    {spec.class_name}: {spec.signature}", ""]
    lines += [*textwrap.wrap(_code(spec.formula), _WIDTH), ""]
    lines += _items([(entry.name, entry.doc) for entry in spec.inputs])
    lines += _items([(entry.name, entry.doc) for entry in spec.params])
    lines += ["", "Gives:", "", *_items([(output.name, output.doc) for output in spec.outputs])]
    lines += ["", *textwrap.wrap(f"Source: {spec.source}", _WIDTH), "", "```pycon", spec.example, "```", ""]
    return "\n".join(lines)


def _items(entries: list[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for name, doc in entries:
        lines += textwrap.wrap(f"- `{name}`: {_code(doc)}", _WIDTH, subsequent_indent="  ")
    return lines


def _code(text: str) -> str:
    return text.replace("``", "`")


def page() -> str:
    """The page, in Markdown."""
    table = ["| name | what it is | outputs | warm-up | reach |", "|---|---|---|---|---|", *map(_row, SPECS.values())]
    return _HEAD + "\n".join([*table, "", *map(_section, SPECS.values())])
