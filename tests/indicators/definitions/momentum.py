"""Momentum, straight from the formulas."""

from __future__ import annotations

import numpy as np

from .averages import change, sma, wilder
from .registry import HOLDS, STARTS_AGAIN, Array, blank_before, defines, lagged, on_values, period_only, windows

#: What TA-Lib takes for equal: a difference below this part of what is compared.
TIE = 1e-14


def typical(high: Array, low: Array, close: Array) -> Array:
    return (high + low + close) / 3.0


@defines("x", "rsi", HOLDS, period_only, lengths="period")
def rsi(x: Array, period: int = 14) -> Array:
    """A market that never moved has an RSI of 0."""
    moves = np.diff(x)
    gain = wilder(np.maximum(moves, 0.0), period)
    loss = wilder(np.maximum(-moves, 0.0), period)
    both = gain + loss
    ratio = np.divide(gain, both, out=np.where(np.isnan(both), np.nan, 0.0), where=both > 0.0)
    return blank_before(100.0 * ratio, len(x))


def place_in_range(high: Array, low: Array, close: Array, period: int) -> Array:
    """Where the close lies between lowest low and highest high, 0..1; 0 where the two are one; NaN before."""
    places = []
    for highs, lows, now in zip(windows(high, period), windows(low, period), close[period - 1 :], strict=True):
        top, bottom = float(np.max(highs)), float(np.min(lows))
        flat = abs(top - bottom) <= TIE * (abs(top) + abs(bottom))
        places.append(None if flat else (float(now) - bottom) / (top - bottom))
    return blank_before(np.array([np.inf if place is None else place for place in places]), len(close))


@defines(
    "high low close",
    "k d",
    STARTS_AGAIN,
    lambda n: {"k": n, "smooth_k": 1 + n % 4, "d": 1 + n % 5},
    lengths="k smooth_k d",
)
def stochastic(
    high: Array, low: Array, close: Array, k: int = 14, smooth_k: int = 3, d: int = 3
) -> tuple[Array, Array]:
    """`k` is blank until `d` is there."""
    places = place_in_range(high, low, close, k)
    raw = np.where(np.isinf(places), 0.0, 100.0 * places)
    slow = on_values(raw, lambda r: sma(r, smooth_k))
    slower = on_values(slow, lambda s: sma(s, d))
    return np.where(np.isnan(slower), np.nan, slow), slower


@defines("high low close", "williams_r", STARTS_AGAIN, period_only, lengths="period")
def williams_r(high: Array, low: Array, close: Array, period: int = 14) -> Array:
    """-100..0, even where a close lies outside of its bar; the stochastic leaves such a close where it is."""
    places = place_in_range(high, low, close, period)
    return np.where(np.isinf(places), 0.0, np.clip(100.0 * (places - 1.0), -100.0, 0.0))


@defines("high low close", "cci", STARTS_AGAIN, period_only, lengths="period")
def cci(high: Array, low: Array, close: Array, period: int = 20) -> Array:
    price = typical(high, low, close)
    values = []
    for window in windows(price, period):
        mean = float(np.mean(window))
        spread = float(np.mean(np.abs(window - mean)))
        away = float(window[-1]) - mean
        flat = min(abs(away), spread) <= TIE * abs(mean)
        values.append(0.0 if flat else away / (0.015 * spread))
    return blank_before(np.array(values), len(price))


@defines("high low close volume", "mfi", STARTS_AGAIN, period_only, lengths="period")
def mfi(high: Array, low: Array, close: Array, volume: Array, period: int = 14) -> Array:
    """A typical price that differs by rounding alone has not moved. No flow at all: 0."""
    price = typical(high, low, close)
    move = np.diff(price)
    moved = np.abs(move) > TIE * (np.abs(price[1:]) + np.abs(price[:-1]))
    flow = price[1:] * volume[1:]
    up = np.where(moved & (move > 0.0), flow, 0.0)
    down = np.where(moved & (move < 0.0), flow, 0.0)
    values = []
    for ups, downs in zip(windows(up, period), windows(down, period), strict=True):
        total = float(np.sum(ups) + np.sum(downs))
        values.append(100.0 * float(np.sum(ups)) / total if total > 0.0 else 0.0)
    return blank_before(np.array(values), len(price))


@defines("x", "roc", STARTS_AGAIN, period_only, lengths="period")
def roc(x: Array, period: int = 10) -> Array:
    return blank_before(np.array([change(a, b) for a, b in zip(x, x[period:], strict=False)]), len(x))


@defines("x", "momentum", STARTS_AGAIN, period_only, lengths="period")
def momentum(x: Array, period: int = 10) -> Array:
    return x - lagged(x, period)


@defines("high low", "up down oscillator", STARTS_AGAIN, period_only, lengths="period")
def aroon(high: Array, low: Array, period: int = 14) -> tuple[Array, Array, Array]:
    """Rows since the last of the highest highs and of the lowest lows in ``period + 1`` rows."""
    ups, downs = [], []
    for highs, lows in zip(windows(high, period + 1), windows(low, period + 1), strict=True):
        ups.append(100.0 * np.flatnonzero(highs == np.max(highs))[-1] / period)
        downs.append(100.0 * np.flatnonzero(lows == np.min(lows))[-1] / period)
    up, down = blank_before(np.array(ups), len(high)), blank_before(np.array(downs), len(low))
    return up, down, up - down
