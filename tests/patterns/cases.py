"""Reads the cases: tables of bars, and what a pattern says on each of them.

A case is a title (``==``), perhaps a line of parameters (``with period=5``), a line of column names, and a row a bar:
prices left of the ``|``, what the pattern says right of it. In place of the first five values ``?`` is the warm-up,
``.`` is no pattern; ``-`` is NaN.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from baconalgo import patterns

FIVE = ("direction", "start", "end", "level", "strength")
WARM_UP = [math.nan] * 5
NOTHING = [0.0, math.nan, math.nan, math.nan, 0.0]


@dataclasses.dataclass(frozen=True)
class Case:
    """A table of bars."""

    pattern: str
    title: str
    parameters: dict[str, Any]
    columns: dict[str, np.ndarray]
    wanted: dict[str, np.ndarray]

    def inputs(self) -> list[np.ndarray | None]:
        """What the pattern reads, in its order; None for what may be left out and is."""
        return [self.columns.get(entry.name) for entry in patterns.SPECS[self.pattern].inputs]

    def run(self) -> Any:
        """What the pattern says."""
        return getattr(patterns, self.pattern)(*self.inputs(), **self.parameters)


def _value(spec: patterns.Spec, name: str, text: str) -> Any:
    kind = next(param.kind for param in spec.params if param.name == name)
    return {"rows": int, "number": float, "choice": str}[kind](text)


def _says(text: str) -> list[float]:
    words = text.split()
    head = {"?": WARM_UP, ".": NOTHING}.get(words[0])
    rest = words if head is None else words[1:]
    return (head or []) + [math.nan if word == "-" else float(word) for word in rest]


def _case(pattern: str, text: str) -> Case:
    lines = text.splitlines()
    title = lines.pop(0).removeprefix("== ")
    given = lines.pop(0).split()[1:] if lines[0].startswith("with ") else []
    spec = patterns.SPECS[pattern]
    pairs = (part.split("=") for part in given)
    names, outputs = (part.split() for part in lines.pop(0).split("|"))
    assert outputs == [output.name for output in spec.outputs], f"{pattern}: {title}"
    bars = [[float(word) for word in line.split("|")[0].split()] for line in lines]
    says = [_says(line.split("|")[1]) for line in lines]
    return Case(
        pattern,
        title,
        {name: _value(spec, name, value) for name, value in pairs},
        dict(zip(names, np.array(bars).T.copy(), strict=True)),
        dict(zip(outputs, np.array(says).T.copy(), strict=True)),
    )


def cases_of(pattern: str) -> list[Case]:
    """All cases of a pattern; the first one shows it."""
    path = Path(__file__).with_name("cases") / f"{pattern}.txt"
    return [_case(pattern, text) for text in path.read_text(encoding="utf-8").strip().split("\n\n")]
