"""Averages, straight from their formulas."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from .registry import (
    HOLDS,
    STARTS_AGAIN,
    Array,
    blank_before,
    defines,
    on_values,
    over_windows,
    period_only,
)


def recursion(x: Array, first: float, at: int, weight: float) -> Array:
    """``y = y + weight (x - y)`` from `first`, which is the value at row `at`."""
    values = [first] if len(x) > at else []
    for new in x[at + 1 :].tolist():
        values.append(values[-1] + weight * (new - values[-1]))
    return blank_before(np.array(values), len(x))


def mean(x: Array) -> float:
    """The mean; of equal values exactly that value."""
    return float(x[0] + np.mean(x - x[0]))


def started_at(x: Array, row: int, period: int, weight: float) -> Array:
    """The recursion from the mean of the `period` values that end at `row`."""
    if row >= len(x):
        return np.full(len(x), np.nan)
    return recursion(x, mean(x[row - period + 1 : row + 1]), row, weight)


@defines("x", "ema", HOLDS, period_only, lengths="period")
def ema(x: Array, period: int = 20) -> Array:
    return started_at(x, period - 1, period, 2.0 / (period + 1.0))


@defines("x", "wilder", HOLDS, period_only, lengths="period")
def wilder(x: Array, period: int = 14) -> Array:
    return started_at(x, period - 1, period, 1.0 / period)


@defines("x", "sma", STARTS_AGAIN, period_only, lengths="period")
def sma(x: Array, period: int = 20) -> Array:
    return over_windows(x, period, mean)


@defines("x", "wma", STARTS_AGAIN, period_only, lengths="period")
def wma(x: Array, period: int = 20) -> Array:
    """Weights 1, 2, ... period, the newest heaviest."""
    return over_windows(x, period, lambda window: np.average(window, weights=np.arange(1, period + 1)))


@defines("x", "dema", HOLDS, period_only, lengths="period")
def dema(x: Array, period: int = 20) -> Array:
    once = ema(x, period)
    twice = on_values(once, lambda e: ema(e, period))
    return 2.0 * once - twice


@defines("x", "tema", HOLDS, period_only, lengths="period")
def tema(x: Array, period: int = 20) -> Array:
    once = ema(x, period)
    twice = on_values(once, lambda e: ema(e, period))
    thrice = on_values(twice, lambda e: ema(e, period))
    return 3.0 * once - 3.0 * twice + thrice


@defines("x", "hull", STARTS_AGAIN, period_only, lengths="period")
def hull(x: Array, period: int = 20) -> Array:
    quick = 2.0 * wma(x, max(period // 2, 1)) - wma(x, period)
    return on_values(quick, lambda q: wma(q, math.isqrt(period)))


@defines(
    "x", "kama", HOLDS, lambda n: {"period": n, "fast": 1 + n % 5, "slow": 10 + n % 30}, lengths="period fast slow"
)
def kama(x: Array, period: int = 10, fast: int = 2, slow: int = 30) -> Array:
    """Starts from the value before row `period`; a period of 1 copies, as TA-Lib does."""
    if period == 1:
        return x.copy()
    values: list[float] = []
    for row in range(period, len(x)):
        before = values[-1] if values else float(x[row - 1])
        path = sum(abs(float(x[i] - x[i - 1])) for i in range(row - period + 1, row + 1))
        efficiency = abs(float(x[row] - x[row - period])) / path if path > 0.0 else 1.0
        quick, slack = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0)
        weight = (efficiency * (quick - slack) + slack) ** 2
        values.append(before + weight * (float(x[row]) - before))
    return blank_before(np.array(values), len(x))


@defines("x", "trix", HOLDS, period_only, lengths="period")
def trix(x: Array, period: int = 15) -> Array:
    """Change of a triple EMA over one row, in percent; 0 where it was 0 before."""
    smooth = x
    for _ in range(3):
        smooth = on_values(smooth, lambda e: ema(e, period))
    return on_values(smooth, lambda e: blank_before(np.array([change(a, b) for a, b in pairwise(e)]), len(e)))


def change(old: float, new: float) -> float:
    return 100.0 * (new / old - 1.0) if old != 0.0 else 0.0


@defines(
    "x",
    "macd signal hist",
    HOLDS,
    lambda n: {"fast": 1 + n * 7 % 64, "slow": n, "signal": 1 + n % 9},
    lengths="fast slow signal",
)
def macd(x: Array, fast: int = 12, slow: int = 26, signal: int = 9) -> tuple[Array, Array, Array]:
    """Both averages start at row ``slow - 1``, each with the mean of its last values; blank before the signal is.

    A fast period that is above the slow one changes places with it, as in TA-Lib.
    """
    fast, slow = min(fast, slow), max(fast, slow)
    quick = started_at(x, slow - 1, fast, 2.0 / (fast + 1.0))
    slack = started_at(x, slow - 1, slow, 2.0 / (slow + 1.0))
    line = quick - slack
    smooth = on_values(line, lambda m: ema(m, signal))
    line = np.where(np.isnan(smooth), np.nan, line)
    return line, smooth, line - smooth
