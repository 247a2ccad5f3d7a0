"""Indicators: over arrays, one value at a time, and inside compiled strategies - the same bits each way.

``ema(prices, 20)`` takes an array. ``EMA(20).update(price)`` takes one value. ``ema_update(state, price)`` works on a
record, in plain Python and inside :func:`baconalgo.compiled`. In an expression use ``ba.ema(ba.close, 20)``.

Notes
-----
An input that is not finite counts as missing and gives NaN. An EMA holds its state over it; an SMA gives NaN for as
long as it lies in the window.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo.errors import ConfigError, DataError

__all__ = ["EMA", "SMA", "ema", "ema_state", "ema_update", "fma", "sma", "sma_state", "sma_update"]

#: The sum of an SMA is rebuilt every so many values, or every `period` if that is more.
_REBUILD: Final = 1024


def _floats(x: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.require(np.asarray(x), np.float64, ["C", "A"])
    if array.ndim != 1:
        raise DataError("array", "must have one dimension", array.ndim)
    return array


def _checked_out(array: npt.NDArray[np.float64], out: npt.NDArray[np.float64] | None) -> None:
    if out is None:
        return
    if out.dtype != np.float64 or out.shape != array.shape or not out.flags.carray:
        rule = f"must be a contiguous, writeable float64 array of shape {array.shape}"
        raise DataError("out", rule, f"{out.dtype} of shape {out.shape}")
    if np.may_share_memory(array, out):
        raise DataError("out", "must not overlap the array", "the same memory")


def ema(array: npt.ArrayLike, period: int, out: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float64]:
    """Exponential moving average.

    ``e = e (1 - k) + x k`` with ``k = 2 / (period + 1)``, seeded with the mean of the first `period` values.

    Parameters
    ----------
    array
        Values in time order, shape (n,). A contiguous float64 array is read without a copy.
    period
        Values, >= 1.
    out
        Where to write, shape (n,); None for a new array.

    Returns
    -------
    numpy.ndarray
        Shape (n,). The first ``period - 1`` numbers give NaN; so does a value that is not finite.

    Raises
    ------
    ConfigError
        If `period` is below 1.
    DataError
        If a shape does not fit.

    Notes
    -----
    O(n), one fused multiply-add a value. The two weights sum to 1 exactly: a flat market has an exactly flat
    average. Agrees with TA-Lib to about 1e-12 of the price.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.indicators.ema([1.0, 2.0, 3.0, 5.0], 3)
    array([nan, nan, 2. , 3.5])
    """
    values = _floats(array)
    _checked_out(values, out)
    return _core.ema(values, period, out)


def sma(array: npt.ArrayLike, period: int, out: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float64]:
    """Simple moving average: the mean of the last `period` values.

    Parameters
    ----------
    array
        Values in time order, shape (n,). A contiguous float64 array is read without a copy.
    period
        Values, >= 1.
    out
        Where to write, shape (n,); None for a new array.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN where the window is not full of finite numbers.

    Raises
    ------
    ConfigError
        If `period` is below 1.
    DataError
        If a shape does not fit.

    Notes
    -----
    O(n). The sum slides and is rebuilt from the window every 1,024 values (or `period`, if that is more) counted
    from the first: rounding cannot pile up. A window of equal values gives exactly that value.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.indicators.sma([1.0, 2.0, 4.0], 2)
    array([nan, 1.5, 3. ])
    """
    values = _floats(array)
    _checked_out(values, out)
    return _core.sma(values, period, out)


class EMA(_core.EMA):
    """Exponential moving average, one value at a time; see :func:`ema`.

    Parameters
    ----------
    period
        Values, >= 1.

    Raises
    ------
    ConfigError
        If `period` is below 1.

    Examples
    --------
    >>> import baconalgo as ba
    >>> average = ba.indicators.EMA(3)
    >>> [average.update(x) for x in (1.0, 2.0, 3.0, 5.0)]
    [None, None, 2.0, 3.5]
    >>> average.update_many([5.0, 5.0])
    array([4.25 , 4.625])
    """

    def update_many(self, array: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Takes many values in order, returns the average after each, NaN where there is none; shape (n,)."""
        return super().update_many(_floats(array))


class SMA(_core.SMA):
    """Simple moving average, one value at a time; see :func:`sma`.

    Parameters
    ----------
    period
        Values, >= 1.

    Raises
    ------
    ConfigError
        If `period` is below 1.

    Examples
    --------
    >>> import baconalgo as ba
    >>> average = ba.indicators.SMA(2)
    >>> [average.update(x) for x in (1.0, 2.0, 4.0)]
    [None, 1.5, 3.0]
    """

    def update_many(self, array: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Takes many values in order, returns the average after each, NaN where there is none; shape (n,)."""
        return super().update_many(_floats(array))


_EMA_STATE: Final = np.dtype(
    [
        ("period", np.int64),
        ("seen", np.int64),
        ("keep", np.float64),
        ("weight", np.float64),
        ("first", np.float64),
        ("total", np.float64),
        ("value", np.float64),
    ],
    align=True,
)


def _record(dtype: np.dtype[Any], **fields: float) -> np.record:
    record = np.zeros(1, np.dtype((np.record, dtype)))[0]
    for name, value in fields.items():
        record[name] = value
    return record  # type: ignore[no-any-return]


def _checked_period(period: int) -> int:
    if not isinstance(period, int | np.integer) or isinstance(period, bool) or period < 1:
        raise ConfigError("period", "must be >= 1", period)
    return int(period)


def ema_state(period: int) -> np.record:
    """The memory of an EMA as a record, for :func:`ema_update` and the state of a compiled strategy.

    Parameters
    ----------
    period
        Values, >= 1.

    Examples
    --------
    >>> from baconalgo.indicators import ema_state, ema_update
    >>> state = ema_state(3)
    >>> [float(ema_update(state, x)) for x in (1.0, 2.0, 3.0, 5.0)]
    [nan, nan, 2.0, 3.5]
    """
    period = _checked_period(period)
    keep, weight = _core.ema_weights(period)
    return _record(_EMA_STATE, period=period, keep=keep, weight=weight, value=math.nan)


def sma_state(period: int) -> np.record:
    """The memory of an SMA as a record, for :func:`sma_update` and the state of a compiled strategy.

    Parameters
    ----------
    period
        Values, >= 1.

    Examples
    --------
    >>> from baconalgo.indicators import sma_state, sma_update
    >>> state = sma_state(2)
    >>> [float(sma_update(state, x)) for x in (1.0, 2.0, 4.0)]
    [nan, 1.5, 3.0]
    """
    period = _checked_period(period)
    numbers = ("anchor", "total", "last")
    counters = ("period", "every", "until", "filled", "oldest", "run")
    fields = [(name, np.int64) for name in counters] + [(name, np.float64) for name in numbers]
    dtype = np.dtype([*fields, ("window", np.float64, (period,))], align=True)
    every = max(_REBUILD, period)
    return _record(dtype, period=period, every=every, until=every, last=math.nan)


def fma(a: float, b: float, c: float) -> float:
    """``a * b + c`` with a single rounding, in plain Python and compiled.

    Examples
    --------
    >>> from baconalgo.indicators import fma
    >>> fma(0.1, 10.0, -1.0)
    5.551115123125783e-17
    """
    return float(Fraction(a) * Fraction(b) + Fraction(c))


# The functions below are compiled by numba as they stand: plain arithmetic on the fields of a record, in the order of
# operations of the Rust core.


def ema_update(state: Any, x: float) -> float:
    """Takes a value, returns the average after it, or NaN; the twin of :meth:`EMA.update`.

    Parameters
    ----------
    state
        From :func:`ema_state`, changed in place.
    x
        The value.
    """
    if not math.isfinite(x):
        return math.nan
    if state.seen >= state.period:
        state.value = fma(state.value, state.keep, state.weight * x)
        return state.value  # type: ignore[no-any-return]
    if state.seen == 0:
        state.first = x
        state.total = 0.0
    state.total += x - state.first
    state.seen += 1
    if state.seen < state.period:
        return math.nan
    state.value = state.first + state.total / state.period
    return state.value  # type: ignore[no-any-return]


def sma_update(state: Any, x: float) -> float:
    """Takes a value, returns the average after it, or NaN; the twin of :meth:`SMA.update`.

    Parameters
    ----------
    state
        From :func:`sma_state`, changed in place.
    x
        The value.
    """
    period = state.period
    state.run = state.run + 1 if x == state.last else 1
    state.last = x
    state.until -= 1
    rebuild = state.until == 0
    if rebuild:
        state.until = state.every
    if not math.isfinite(x):
        state.filled = 0
        state.oldest = 0
        return math.nan
    if state.filled < period:
        state.window[state.filled] = x
        state.filled += 1
        if state.filled < period:
            return math.nan
        rebuild = True
    else:
        old = state.window[state.oldest]
        state.window[state.oldest] = x
        state.oldest = 0 if state.oldest + 1 == period else state.oldest + 1
        state.total += x - old
        if state.run >= period:
            state.anchor = x
            state.total = 0.0
    if rebuild:
        state.anchor = state.window[state.oldest]
        state.total = 0.0
        for k in range(1, period):
            place = state.oldest + k
            if place >= period:
                place -= period
            state.total += state.window[place] - state.anchor
    return state.anchor + state.total / period  # type: ignore[no-any-return]
