"""Indicators of volume, straight from the formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .averages import recursion
from .momentum import typical
from .registry import HOLDS, STARTS_AGAIN, Array, blank_before, defines, windows


@defines("close volume", "obv", HOLDS)
def obv(close: Array, volume: Array) -> Array:
    """Starts at the first volume."""
    signed = np.concatenate([volume[:1], np.sign(np.diff(close)) * volume[1:]])
    return np.cumsum(signed)


def flow(high: Array, low: Array, close: Array, volume: Array) -> Array:
    """Volume by where the close lies in its bar, -1..1; nothing from a bar without a range."""
    width = high - low
    place = np.divide((close - low) - (high - close), width, out=np.zeros(len(close)), where=width > 0.0)
    return place * volume


@defines("high low close volume", "ad", HOLDS)
def ad(high: Array, low: Array, close: Array, volume: Array) -> Array:
    return np.cumsum(flow(high, low, close, volume))


@defines("high low close volume", "chaikin", HOLDS, lambda n: {"fast": 1 + n * 7 % 64, "slow": n}, lengths="fast slow")
def chaikin(high: Array, low: Array, close: Array, volume: Array, fast: int = 3, slow: int = 10) -> Array:
    """Two averages of A/D that start with its first value; blank until the longer one has seen its length."""
    line = ad(high, low, close, volume)
    quick, slack = (recursion(line, float(line[0]), 0, 2.0 / (n + 1.0)) for n in (fast, slow))
    blank = max(fast, slow) - 1
    return blank_before((quick - slack)[blank:], len(line))


def sessions(session: Array | None, rows: int) -> list[slice]:
    """The stretches of rows with one number in `session`."""
    if session is None:
        return [slice(0, rows)]
    starts = [0, *(np.flatnonzero(np.diff(session) != 0.0) + 1).tolist()]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], rows], strict=True)]


@defines("high low close volume session", "vwap", HOLDS, optional="session")
def vwap(high: Array, low: Array, close: Array, volume: Array, session: Array | None = None) -> Array:
    """NaN while there was no volume."""
    return vwap_bands(high, low, close, volume, session, 1.0)[1]


@defines("high low close volume session", "upper vwap lower", HOLDS, lambda n: {"width": n / 16.0}, optional="session")
def vwap_bands(
    high: Array, low: Array, close: Array, volume: Array, session: Array | None = None, width: float = 2.0
) -> tuple[Array, Array, Array]:
    """Deviation of the typical price round the VWAP, weighted by volume."""
    price = typical(high, low, close)
    middle, deviation = np.full(len(price), np.nan), np.full(len(price), np.nan)
    for stretch in sessions(session, len(price)):
        for row in range(stretch.start, stretch.stop):
            prices, weights = price[stretch.start : row + 1], volume[stretch.start : row + 1]
            if np.sum(weights) > 0.0:
                middle[row] = np.average(prices, weights=weights)
                deviation[row] = np.sqrt(np.average((prices - middle[row]) ** 2, weights=weights))
    return middle + width * deviation, middle, middle - width * deviation


@defines("volume buy_volume", "delta", STARTS_AGAIN)
def delta(volume: Array, buy_volume: Array) -> Array:
    """What buyers took less what sellers took."""
    return buy_volume - (volume - buy_volume)


@defines("volume buy_volume", "cvd", HOLDS)
def cvd(volume: Array, buy_volume: Array) -> Array:
    return np.cumsum(delta(volume, buy_volume))


@defines("high low close volume", "cvd_estimate", HOLDS)
def cvd_estimate(high: Array, low: Array, close: Array, volume: Array) -> Array:
    """Who the aggressor was is guessed from where the close lies in its bar."""
    return np.cumsum(flow(high, low, close, volume))


def profile_sizes(n: int) -> dict[str, Any]:
    return {"period": n, "bins": 1 + (n * 5) % 31, "value_area": 0.4 + n / 128.0}


@defines("close volume", "poc value_high value_low", STARTS_AGAIN, profile_sizes, lengths="period")
def volume_profile(
    close: Array, volume: Array, period: int = 100, bins: int = 24, value_area: float = 0.7
) -> tuple[Array, Array, Array]:
    """Volume by price in the last `period` rows. No volume: NaN."""
    values = [
        profile(closes, volumes, bins, value_area)
        for closes, volumes in zip(windows(close, period), windows(volume, period), strict=True)
    ]
    columns = np.array(values, np.float64).reshape(-1, 3).T
    return tuple(blank_before(column, len(close)) for column in columns)  # type: ignore[return-value]


def profile(close: Array, volume: Array, bins: int, value_area: float) -> tuple[float, float, float]:
    bottom, top, total = float(np.min(close)), float(np.max(close)), float(np.sum(volume))
    if total <= 0.0:
        return math.nan, math.nan, math.nan
    if bottom == top:
        return bottom, bottom, bottom
    rows = [0.0] * bins
    for price, size in zip(close.tolist(), volume.tolist(), strict=True):
        rows[min(math.floor((price - bottom) * bins / (top - bottom)), bins - 1)] += size
    # The fullest row; the nearest to the middle of those; the lower of two that are as near.
    centre = min(range(bins), key=lambda row: (-rows[row], abs(2 * row - (bins - 1)), row))
    first = last = centre
    while sum(rows[first : last + 1]) < value_area * total and (first > 0 or last < bins - 1):
        above = sum(rows[last + 1 : last + 3]) if last < bins - 1 else -1.0
        below = sum(rows[max(first - 2, 0) : first]) if first > 0 else -1.0
        if above >= below:
            last = min(last + 2, bins - 1)
        else:
            first = max(first - 2, 0)
    height = (top - bottom) / bins
    return bottom + (centre + 0.5) * height, bottom + (last + 1) * height, bottom + first * height
