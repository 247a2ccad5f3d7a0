"""A user's own indicator as a node: a function over columns and a class over rows that agree."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo.errors import ConfigError
from baconalgo.expr import _calls, _functions
from baconalgo.expr._columns import COLUMNS
from baconalgo.indicators._specs import Input, Output

__all__ = ["Custom", "custom"]

#: Rows of the check.
_ROWS = 500


@dataclasses.dataclass(frozen=True, eq=False)
class Custom:
    """What :func:`custom` has registered."""

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    warm_up: int
    doc: str
    native: _core.CustomIndicator
    params: tuple[Any, ...] = ()

    @functools.cached_property
    def result(self) -> type[tuple[Any, ...]]:
        """The named tuple of its outputs, if there are several."""
        return namedtuple(self.name + "_result", [output.name for output in self.outputs])


def custom(
    name: str,
    *,
    batch: Callable[..., Any],
    stream: Callable[[], Any],
    inputs: Sequence[str] = ("close",),
    outputs: Sequence[str] = (),
    warm_up: int = 0,
    tolerance: float = 0.0,
) -> Callable[..., Any]:
    """Registers an indicator of your own, and returns its expression function.

    It is given twice, as a function over columns and as a class over rows, and both must agree: they are run on
    random prices with missing values, and on a part of them, before the name is known.

    Parameters
    ----------
    name
        Its name, also in texts: an identifier that no column, function or indicator has.
    batch
        Takes one array an input, returns an array, or a tuple of arrays if there are several outputs.
    stream
        Makes an object whose ``update(*row)`` takes one number an input and returns one number, or a tuple; None or
        NaN: no value. It is what runs, everywhere.
    inputs
        Column names, taken from the data unless they are replaced by keyword; ``"x"`` and ``"y"`` are the first
        arguments of the function.
    outputs
        Their names if there are several.
    warm_up
        How many rows pass before there is a value.
    tolerance
        How far both may differ, as a share of the value; 0: not at all.

    Returns
    -------
    Callable
        As ``ba.ema``: returns an :class:`Expr`, or a named tuple of them.

    Raises
    ------
    ConfigError
        If both differ, or `batch` looks ahead; the message names the first row and both values.

    Examples
    --------
    >>> import baconalgo as ba
    >>> import numpy as np
    >>> class Double:
    ...     def update(self, x):
    ...         return 2 * x
    >>> double = ba.custom("double", batch=lambda x: 2 * x, stream=Double)
    >>> double() > 5
    double() > 5
    >>> (double() > 5).evaluate([1.0, 3.0])
    array([False,  True])
    """
    _check_name(name, [*inputs, *outputs])
    if not inputs:
        raise ConfigError("inputs", "must have at least one", "none")
    for input_ in inputs:
        if input_ not in COLUMNS and input_ not in _calls.SERIES:
            raise ConfigError("inputs", f"must be x, y, or one of {', '.join(COLUMNS)}", repr(input_))
    if isinstance(warm_up, bool) or not isinstance(warm_up, int) or warm_up < 0:
        raise ConfigError("warm_up", "must be a whole number >= 0", repr(warm_up))
    named = tuple(outputs) or ("value",)
    if len(named) > 16 or len(inputs) > 16:
        raise ConfigError("inputs and outputs", "must be at most 16 each", f"{len(inputs)} and {len(named)}")
    _check(name, batch, stream, tuple(inputs), named, warm_up, tolerance)
    made = Custom(
        name,
        tuple(Input(each, "", False) for each in inputs),
        tuple(Output(each, "") for each in named),
        warm_up,
        inspect.getdoc(batch) or f"{name}, registered by `baconalgo.custom`.",
        _core.CustomIndicator(name, stream, len(inputs), len(named)),
    )
    _calls.CUSTOMS[name] = made
    return _calls.function(made)


def _check_name(name: str, parts: Sequence[str]) -> None:
    for each in (name, *parts):
        if not isinstance(each, str) or not each.isidentifier():
            raise ConfigError("name", "must be an identifier", repr(each))
    taken = name not in _calls.CUSTOMS and _calls.callee(name) is not None
    if taken or name in COLUMNS or hasattr(_functions, name) or name in ("abs", "ba", "highest", "lowest"):
        raise ConfigError("name", "must be new", repr(name))


def _check(
    name: str,
    batch: Callable[..., Any],
    stream: Callable[[], Any],
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    warm_up: int,
    tolerance: float,
) -> None:
    """Runs both over random prices, whole, cut off, and with gaps."""
    rng = np.random.default_rng(7)
    rows = _ROWS + 2 * warm_up if warm_up < 100_000 else _ROWS
    steps = rng.normal(0.0, 0.01, (rows, len(inputs)))
    whole = 100.0 * np.exp(np.cumsum(steps, axis=0))
    gaps = whole.copy()
    gaps[rng.random(whole.shape) < 0.02] = np.nan
    for data, where in ((whole, "random prices"), (gaps, "random prices with missing values")):
        columns = [np.ascontiguousarray(data[:, place]) for place in range(len(inputs))]
        both = _batch(name, batch, columns, outputs)
        live = _streamed(name, stream, columns, outputs)
        for output, one, two in zip(outputs, both, live, strict=True):
            _compare(f"batch and stream of {name}", output, one, two, tolerance, where, ("batch", "stream"))
        for cut in (rows // 3, rows - 1):
            short = _batch(name, batch, [column[:cut] for column in columns], outputs)
            for output, one, two in zip(outputs, both, short, strict=True):
                rule = f"batch of {name}, which must not look ahead,"
                words = ("whole", f"first {cut} rows alone")
                _compare(rule, output, one[:cut], two, tolerance, where, words)


def _batch(
    name: str, batch: Callable[..., Any], columns: list[npt.NDArray[np.float64]], outputs: tuple[str, ...]
) -> list[npt.NDArray[np.float64]]:
    found = batch(*(column.copy() for column in columns))
    several = list(found) if len(outputs) > 1 else [found]
    arrays = [np.asarray(each, dtype=np.float64) for each in several]
    if len(arrays) != len(outputs) or any(array.shape != columns[0].shape for array in arrays):
        shapes = [array.shape for array in arrays]
        raise ConfigError(f"batch of {name}", f"must return {len(outputs)} x {columns[0].shape}", shapes)
    return arrays


def _streamed(
    name: str, stream: Callable[[], Any], columns: list[npt.NDArray[np.float64]], outputs: tuple[str, ...]
) -> list[npt.NDArray[np.float64]]:
    state = stream()
    found = np.full((len(outputs), len(columns[0])), np.nan)
    for place, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        value = state.update(*row)
        if value is None:
            continue
        if len(outputs) > 1 and len(value) != len(outputs):
            raise ConfigError(f"stream of {name}", f"must return {len(outputs)} values", len(value))
        found[:, place] = value
    return list(found)


def _compare(
    what: str,
    output: str,
    one: npt.NDArray[np.float64],
    two: npt.NDArray[np.float64],
    tolerance: float,
    where: str,
    words: tuple[str, str],
) -> None:
    with np.errstate(all="ignore"):
        near = np.abs(one - two) <= tolerance * np.abs(two)
    differ = np.flatnonzero(~((one == two) | near | (np.isnan(one) & np.isnan(two))))
    if len(differ):
        row = int(differ[0])
        values = f"{words[0]} {one[row]!r}, {words[1]} {two[row]!r} at row {row} of {where} ({output})"
        raise ConfigError(what, "must agree", values)
