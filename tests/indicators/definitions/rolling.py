"""Statistics of a rolling window, straight from the formulas. A window of equal values has no deviation at all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .registry import STARTS_AGAIN, Array, blank_before, defines, lagged, over_windows, period_only, windows


def is_flat(window: Array) -> bool:
    return bool(np.all(window == window[0]))


@defines("x", "rolling_min", STARTS_AGAIN, period_only, lengths="period")
def rolling_min(x: Array, period: int = 20) -> Array:
    return over_windows(x, period, np.min)


@defines("x", "rolling_max", STARTS_AGAIN, period_only, lengths="period")
def rolling_max(x: Array, period: int = 20) -> Array:
    return over_windows(x, period, np.max)


@defines("x", "rolling_std", STARTS_AGAIN, lambda n: {"period": n, "ddof": n % 2}, lengths="period")
def rolling_std(x: Array, period: int = 20, ddof: int = 0) -> Array:
    """NaN where `period` is not above `ddof`."""

    def deviation(window: Array) -> float:
        if period <= ddof:
            return math.nan
        return 0.0 if is_flat(window) else float(np.std(window, ddof=ddof))

    return over_windows(x, period, deviation)


@defines("x", "rolling_zscore", STARTS_AGAIN, period_only, lengths="period")
def rolling_zscore(x: Array, period: int = 20) -> Array:
    def score(window: Array) -> float:
        return 0.0 if is_flat(window) else float((window[-1] - np.mean(window)) / np.std(window))

    return over_windows(x, period, score)


@defines("x", "rolling_median", STARTS_AGAIN, period_only, lengths="period")
def rolling_median(x: Array, period: int = 20) -> Array:
    return over_windows(x, period, np.median)


@defines("x", "rolling_quantile", STARTS_AGAIN, lambda n: {"period": n, "q": (n - 1) / 63}, lengths="period")
def rolling_quantile(x: Array, period: int = 20, q: float = 0.5) -> Array:
    """Between the two nearest values in order, linearly."""

    def quantile(window: Array) -> float:
        ordered, place = np.sort(window), q * (period - 1)
        below = min(math.floor(place), period - 1)
        above = min(below + 1, period - 1)
        return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))

    return over_windows(x, period, quantile)


@defines("x", "rolling_rank", STARTS_AGAIN, period_only, lengths="period")
def rolling_rank(x: Array, period: int = 20) -> Array:
    """Share of the other values of the window below the newest, ties half."""

    def rank(window: Array) -> float:
        others, newest = window[:-1], window[-1]
        if not len(others):
            return 0.5
        return float(np.sum(others < newest) + 0.5 * np.sum(others == newest)) / len(others)

    return over_windows(x, period, rank)


@defines("x", "rolling_skew", STARTS_AGAIN, period_only, lengths="period")
def rolling_skew(x: Array, period: int = 20) -> Array:
    """Third central moment over the cube of the deviation, both of the population."""

    def skew(window: Array) -> float:
        away = window - np.mean(window)
        return 0.0 if is_flat(window) else float(np.mean(away**3) / np.mean(away**2) ** 1.5)

    return over_windows(x, period, skew)


@defines("x", "returns", STARTS_AGAIN, period_only, lengths="period")
def returns(x: Array, period: int = 1) -> Array:
    """0 where the old value is 0, as TA-Lib's ROCP."""
    old = lagged(x, period)
    safe = np.where(old == 0.0, 1.0, old)
    return np.where(old == 0.0, 0.0, x / safe - 1.0)


@defines("x", "log_returns", STARTS_AGAIN, period_only, lengths="period")
def log_returns(x: Array, period: int = 1) -> Array:
    """NaN where one of the two is not above 0."""
    logs = np.log(np.where(x > 0.0, x, np.nan))
    return logs - lagged(logs, period)


def over_pairs(x: Array, y: Array, period: int, f: Any) -> Array:
    pairs = zip(windows(x, period), windows(y, period), strict=True)
    return blank_before(np.array([f(a, b) for a, b in pairs], np.float64), len(x))


def covariance(x: Array, y: Array) -> float:
    return float(np.mean((x - np.mean(x)) * (y - np.mean(y))))


@defines("x y", "correlation", STARTS_AGAIN, period_only, lengths="period")
def correlation(x: Array, y: Array, period: int = 20) -> Array:
    def of(a: Array, b: Array) -> float:
        flat = is_flat(a) or is_flat(b)
        return 0.0 if flat else covariance(a, b) / math.sqrt(covariance(a, a) * covariance(b, b))

    return over_pairs(x, y, period, of)


@defines("x y", "beta", STARTS_AGAIN, period_only, lengths="period")
def beta(x: Array, y: Array, period: int = 20) -> Array:
    """Slope of `x` on `y`."""

    def of(a: Array, b: Array) -> float:
        return 0.0 if is_flat(b) else covariance(a, b) / covariance(b, b)

    return over_pairs(x, y, period, of)
