"""What an expression costs and waits for, as text."""

from __future__ import annotations

import html
from collections.abc import Hashable
from typing import Any, NamedTuple

from baconalgo import _core
from baconalgo.expr._columns import COLUMNS
from baconalgo.expr._expr import Expr
from baconalgo.expr._lower import lower
from baconalgo.expr._write import PREFIX, Writer, length_text
from baconalgo.indicators._specs import Spec

__all__ = ["Explanation"]

#: The rows of the data themselves, beside the bars of longer timeframes.
ROWS = "rows"


class Need(NamedTuple):
    """How many rows, or bars of each timeframe, something takes; None: all of them."""

    rows: int | None
    frames: dict[str, int | None]


class Explanation:
    """How an expression is computed; made by :meth:`Expr.explain`, shown by ``print`` and in notebooks."""

    __slots__ = ("_expr", "look_back", "reads", "warm_up")

    warm_up: dict[str, int]
    """For ``"rows"`` and each timeframe, how many of them there must be before there is a value."""
    look_back: dict[str, int | None]
    """For ``"rows"`` and each timeframe, how many of the last ones a value depends on; None: on all."""
    reads: list[str]
    """The columns that it reads."""

    def __init__(self, expr: Expr) -> None:
        self._expr = expr
        self.reads = lower([expr]).needs.names
        self.warm_up = {name: count or 0 for name, count in _named(_need(expr, _warm_up, {})).items()}
        self.look_back = _named(_need(expr, _reach, {}))

    def __str__(self) -> str:
        facts = [
            ("reads", ", ".join(self.reads) or "nothing"),
            ("warm-up", _counted(dict(self.warm_up))),
            ("looks back", _counted(self.look_back)),
        ]
        width = max(len(name) for name, _ in facts)
        tree = "\n".join(_tree(self._expr))
        return f"{self._expr}\n\n{tree}\n\n" + "\n".join(f"{name:<{width}} {text}" for name, text in facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _named(need: Need) -> dict[str, int | None]:
    # Bars of a longer timeframe alone: the rows of the data do not matter.
    own = {} if need.rows == 0 and need.frames else {ROWS: need.rows}
    return {**own, **need.frames}


def _counted(counts: dict[str, int | None]) -> str:
    def one(name: str, count: int | None) -> str:
        unit = "row" if name == ROWS else "bar"
        many = "all" if count is None else str(count)
        text = f"{many} {unit}{'' if count == 1 else 's'}"
        return text if name == ROWS else f"{name}: {text}"

    return ", ".join(one(name, count) for name, count in counts.items())


def _most(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else max(one, two)


def _need(expr: Expr, step: Any, known: dict[int, Need]) -> Need:
    if id(expr) not in known:
        rows: int | None = 0
        frames: dict[str, int | None] = {}
        for arg in expr._args:
            below = _need(arg, step, known)
            rows = _most(rows, below.rows)
            for name, count in below.frames.items():
                frames[name] = _most(frames.get(name, 0), count)
        if expr._op == "tf":
            name = length_text(expr._value)
            frames[name] = _most(frames.get(name, 0), rows)
            rows = 0
        else:
            rows = step(expr, rows)
        known[id(expr)] = Need(rows, frames)
    return known[id(expr)]


def _whole(setting: Any) -> int:
    return int(setting._value[3] if isinstance(setting, Expr) else setting)


def _own(expr: Expr) -> tuple[int, int | None]:
    """How many rows before its first value, and how many it depends on, given what it reads."""
    op = expr._op
    if op in ("constant", "param", "absent"):
        return 0, 0
    if op in ("lag", "rising", "falling"):
        rows = _whole(expr._settings[0])
        return rows, rows + 1
    if op in ("cross_above", "cross_below"):
        return 1, 2
    if op != "call":
        return 0, 1
    spec = expr._value[0]
    if not isinstance(spec, Spec):
        return spec.warm_up, None
    values = [setting._value[3] if isinstance(setting, Expr) else setting for setting in expr._settings]
    numbers = [
        param.number(int(value) if param.kind == "rows" else value)
        for param, value in zip(spec.params, values, strict=True)
    ]
    warm_up, reach = _core.indicator_needs(spec.name, numbers)
    return warm_up, reach


def _warm_up(expr: Expr, rows: int) -> int:
    if expr._op in COLUMNS or expr._op == "session":
        return 1
    own = _own(expr)[0]
    # What is read from closed bars alone needs no row.
    return max(rows, 1) + own if own else rows


def _reach(expr: Expr, rows: int | None) -> int | None:
    if expr._op in COLUMNS or expr._op == "session":
        return 1
    own = _own(expr)[1]
    if own is None or rows is None:
        return None
    return max(rows, 1) + own - 1 if own > 1 else rows


def _key(expr: Expr) -> Hashable:
    """What makes two parts the same."""
    value = expr._value
    if expr._op == "call":
        value = value[0].name
    settings = tuple(_key(each) if isinstance(each, Expr) else each for each in expr._settings)
    return expr._op, repr(value), settings, tuple(_key(arg) for arg in expr._args)


def _head(expr: Expr, writer: Writer) -> str:
    op = expr._op
    if op == "constant" or op == "param" or op == "session":
        return writer.write(expr)
    if op == "tf":
        return f'tf "{length_text(expr._value)}"'
    settings = " ".join(writer.setting(setting) for setting in expr._settings)
    name = expr._value[0].name if op == "call" else PREFIX.get(op, op)
    return f"{name} {settings}".rstrip()


def _tree(expr: Expr) -> list[str]:
    """The parts as an indented list; one that is used again is named by its number."""
    counts: dict[Hashable, int] = {}

    def count(expr: Expr, frame: int) -> None:
        # The same part on rows and in a timeframe is computed in each.
        key = (frame, _key(expr))
        counts[key] = counts.get(key, 0) + 1
        if counts[key] == 1:
            for arg in expr._args:
                count(arg, expr._value if expr._op == "tf" else frame)

    count(expr, 0)
    numbers: dict[Hashable, int] = {}
    writer = Writer()
    lines: list[str] = []

    def show(expr: Expr, frame: int, first: str, rest: str) -> None:
        key = (frame, _key(expr))
        args = [arg for arg in expr._args if arg._op != "absent"]
        output = ""
        if expr._op == "call" and len(expr._value[0].outputs) > 1:
            output = f" .{expr._value[0].outputs[expr._value[1]].name}"
        if key in numbers:
            lines.append(f"{first}#{numbers[key]}{output} (as above)")
            return
        mark = ""
        if args and counts[key] > 1:
            numbers[key] = len(numbers) + 1
            mark = f"  #{numbers[key]}: shared, computed once"
        lines.append(first + _head(expr, writer) + output + mark)
        for place, arg in enumerate(args):
            last = place == len(args) - 1
            inside = expr._value if expr._op == "tf" else frame
            show(arg, inside, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))

    show(expr, 0, "", "")
    return lines
