"""Indicators inside compiled strategies: their memory as a record, their step as a function that numba compiles.

``ema_update(state, price)`` works on a record, in plain Python and inside :func:`baconalgo.compiled`, with the bits of
the Rust core: plain arithmetic on the fields of a record, in its order of operations.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError

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
    counters = [(name, np.int64) for name in ("period", "filled", "newest")]
    block = 1 << (period.bit_length() - 1)
    columns = [("window", np.float64, (period,)), ("means", np.float64, (block,))]
    return _record(np.dtype([*counters, *columns], align=True), period=period)


def fma(a: float, b: float, c: float) -> float:
    """``a * b + c`` with a single rounding, in plain Python and compiled.

    Examples
    --------
    >>> from baconalgo.indicators import fma
    >>> fma(0.1, 10.0, -1.0)
    5.551115123125783e-17
    """
    return float(Fraction(a) * Fraction(b) + Fraction(c))


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

    Notes
    -----
    O(period). The window is merged from means of halves, newest first, as the Rust core does.
    """
    if not math.isfinite(x):
        state.filled = 0
        return math.nan
    period = state.period
    state.newest = 0 if state.newest + 1 == period else state.newest + 1
    state.window[state.newest] = x
    if state.filled < period:
        state.filled += 1
        if state.filled < period:
            return math.nan
    mean = math.nan
    ago = 0
    block = len(state.means)
    while block > 0:
        if (period - ago) >= block:
            for row in range(block):
                place = state.newest - ago - row
                state.means[row] = state.window[place if place >= 0 else place + period]
            rows = block
            while rows > 1:
                rows //= 2
                for row in range(rows):
                    newer = state.means[2 * row]
                    state.means[row] = fma(state.means[2 * row + 1] - newer, 0.5, newer)
            share = block / (ago + block)
            mean = state.means[0] if ago == 0 else fma(state.means[0] - mean, share, mean)
            ago += block
        block //= 2
    return mean
