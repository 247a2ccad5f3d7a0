"""What each indicator is: names, inputs, parameters, outputs and documentation, as the Rust core defines them."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections import namedtuple
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError

__all__ = ["SPECS", "Input", "Output", "Param", "Spec", "specs_of"]


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """A series that an indicator reads: `x` and `y` are any, other names are columns."""

    name: str
    doc: str
    optional: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Output:
    """A series that an indicator gives."""

    name: str
    doc: str


@dataclasses.dataclass(frozen=True, slots=True)
class Param:
    """A parameter: a number of rows, a number in a range, or one of some words."""

    name: str
    doc: str
    kind: str
    default: Any
    low: float = 0.0
    high: float = float("inf")
    words: tuple[str, ...] = ()

    def number(self, value: Any) -> float:
        """A value as the core takes it; the core checks its range."""
        if self.kind == "choice":
            if value not in self.words:
                raise ConfigError(self.name, f"must be one of {', '.join(map(repr, self.words))}", repr(value))
            return float(self.words.index(value))
        if isinstance(value, bool | np.bool_):
            raise ConfigError(self.name, "must be a number", value)
        try:
            if self.kind == "rows":
                return float(operator.index(value))
            return float(value)
        except (TypeError, ValueError, OverflowError):
            rule = "must be a whole number" if self.kind == "rows" else "must be a number"
            kind = " (a float)" if isinstance(value, float) else ""
            raise ConfigError(self.name, rule, f"{value!r}{kind}") from None

    def value(self, number: float) -> Any:
        """A value of the core as it was said."""
        if self.kind == "choice":
            return self.words[int(number)]
        return int(number) if self.kind == "rows" else number


@dataclasses.dataclass(frozen=True)
class Spec:
    """An indicator.

    Examples
    --------
    >>> import baconalgo as ba
    >>> spec = ba.indicators.SPECS["rsi"]
    >>> spec.signature, spec.warm_up(14)
    ('rsi(x, period=14)', 14)
    """

    name: str
    class_name: str
    title: str
    formula: str
    source: str
    example: str
    inputs: tuple[Input, ...]
    params: tuple[Param, ...]
    outputs: tuple[Output, ...]
    missing: str
    """What a missing row does: ``"hold"`` or ``"restart"``."""
    module: str
    """The module that has its function and its class."""

    @property
    def signature(self) -> str:
        """How it is called."""
        inputs = [f"{entry.name}=None" if entry.optional else entry.name for entry in self.inputs]
        params = [f"{entry.name}={entry.default!r}" for entry in self.params]
        return f"{self.name}({', '.join(inputs + params)})"

    def numbers(self, values: Sequence[Any]) -> list[float]:
        """Values of its parameters as the core takes them."""
        return [param.number(value) for param, value in zip(self.params, values, strict=False)]

    def warm_up(self, *values: Any) -> int:
        """Rows before every output has a value, with parameters at `values`."""
        return _core.indicator_needs(self.name, self.numbers(values))[0]

    def reach(self, *values: Any) -> int | None:
        """The number of rows that a value depends on, with parameters at `values`; None for all of them."""
        return _core.indicator_needs(self.name, self.numbers(values))[1]

    @functools.cached_property
    def result(self) -> type[tuple[Any, ...]]:
        """The named tuple of its outputs, if there are several."""
        made = namedtuple(self.class_name + "Result", [output.name for output in self.outputs])  # type: ignore[misc]
        made.__module__ = self.module
        return made

    def docstring(self, head: str, inputs: bool) -> str:
        """Documentation in the form of numpydoc; `head` is the first line."""
        holds = "hold over it" if self.missing == "hold" else "are NaN for as long as it lies in the window"
        lines = [head, "", self.formula, "", "Parameters", "----------"]
        if inputs:
            for entry in self.inputs:
                lines += [entry.name, f"    {entry.doc}"]
        for param in self.params:
            lines += [param.name, f"    {param.doc}"]
        if lines[-1].startswith("---"):
            lines = lines[:-3]
        lines += ["", "Returns", "-------"]
        for output in self.outputs:
            lines += [output.name, f"    {output.doc}"]
        lines += ["", "Notes", "-----"]
        lines += [f"A row with a missing input gives NaN; values after it {holds}."]
        lines += [f"Source: {self.source}", "", "Examples", "--------", ">>> import baconalgo as ba", self.example]
        return "\n".join(lines)


def _spec(entry: dict[str, Any], module: str) -> Spec:
    params = tuple(Param(**{**param, "words": tuple(param.get("words", ()))}) for param in entry.pop("params"))
    inputs = tuple(Input(*each) for each in entry.pop("inputs"))
    outputs = tuple(Output(*each) for each in entry.pop("outputs"))
    return Spec(class_name=entry.pop("class"), inputs=inputs, params=params, outputs=outputs, module=module, **entry)


def specs_of(entries: Sequence[dict[str, Any]], module: str) -> Mapping[str, Spec]:
    """Definitions of the core by name, for the module that makes functions and classes of them."""
    return MappingProxyType({entry["name"]: _spec(entry, module) for entry in entries})


#: Every indicator by its name.
SPECS: Final[Mapping[str, Spec]] = specs_of(_core.indicator_specs(), "baconalgo.indicators")
