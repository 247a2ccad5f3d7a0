"""Ranges, bands and trends, straight from the formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .averages import sma, started_at, wilder
from .momentum import typical
from .registry import (
    HOLDS,
    STARTS_AGAIN,
    Array,
    blank_before,
    defines,
    lagged,
    on_values,
    over_windows,
    period_only,
)
from .rolling import rolling_max, rolling_min, rolling_std

#: A factor that puts no band on a tick by accident.
ODD_WIDTH = 2.718281828


@defines("high low close", "true_range", STARTS_AGAIN)
def true_range(high: Array, low: Array, close: Array) -> Array:
    before = lagged(close, 1)
    return np.maximum(high - low, np.maximum(np.abs(high - before), np.abs(low - before)))


@defines("high low close", "atr", HOLDS, period_only, lengths="period")
def atr(high: Array, low: Array, close: Array, period: int = 14) -> Array:
    return on_values(true_range(high, low, close), lambda ranges: wilder(ranges, period))


def decaying_sum(x: Array, period: int) -> Array:
    """Wilder's sum: of the first ``period - 1`` values, then ``s = s - s / period + x``; from value ``period`` on."""
    total, values = float(np.sum(x[: period - 1])), []
    for new in x[period - 1 :].tolist():
        total = total - total / period + new
        values.append(total)
    return blank_before(np.array(values), len(x))


@defines("high low close", "adx plus_di minus_di", HOLDS, period_only, lengths="period")
def adx(high: Array, low: Array, close: Array, period: int = 14) -> tuple[Array, Array, Array]:
    """The seed takes a bar without a direction for 0; later such a bar leaves the ADX where it is."""
    up, down = np.diff(high), -np.diff(low)
    plus = np.where((up > down) & (up > 0.0), up, 0.0)
    minus = np.where((down > up) & (down > 0.0), down, 0.0)
    sums = [decaying_sum(x, period) for x in (plus, minus, true_range(high, low, close)[1:])]
    plus_di, minus_di, strengths, values = [], [], [], []
    for plus_sum, minus_sum, range_sum in zip(*(s[period - 1 :].tolist() for s in sums), strict=True):
        plus_di.append(100.0 * plus_sum / range_sum if range_sum > 0.0 else 0.0)
        minus_di.append(100.0 * minus_sum / range_sum if range_sum > 0.0 else 0.0)
        both = plus_di[-1] + minus_di[-1]
        strengths.append(100.0 * abs(plus_di[-1] - minus_di[-1]) / both if both > 0.0 else None)
        if len(strengths) == period:
            values.append(sum(s or 0.0 for s in strengths) / period)
        elif len(strengths) > period:
            new = values[-1] if strengths[-1] is None else strengths[-1]
            values.append(values[-1] + (new - values[-1]) / period)
    return tuple(blank_before(np.array(v), len(high)) for v in (values, plus_di, minus_di))  # type: ignore[return-value]


@defines("x", "upper middle lower", STARTS_AGAIN, lambda n: {"period": n, "width": 1.0 + n / 16}, lengths="period")
def bollinger(x: Array, period: int = 20, width: float = 2.0) -> tuple[Array, Array, Array]:
    middle, deviation = sma(x, period), rolling_std(x, period)
    return middle + width * deviation, middle, middle - width * deviation


def keltner_sizes(n: int) -> dict[str, Any]:
    style = ("typical", "close", "chester")[n % 3]
    return {"period": n, "atr_period": 1 + (n * 7) % 64, "width": 1.0 + n / 16, "style": style}


@defines(
    "high low close",
    "upper middle lower",
    lambda style="typical", **_: STARTS_AGAIN if style == "chester" else HOLDS,
    keltner_sizes,
    lengths="period atr_period",
)
def keltner(
    high: Array,
    low: Array,
    close: Array,
    period: int = 20,
    atr_period: int = 10,
    width: float = 2.0,
    style: str = "typical",
) -> tuple[Array, Array, Array]:
    """All three are blank until both parts can be there; in that row both start, each with the mean of its last values.

    So the shorter of the two does not run ahead: TA-Lib's way, as in MACD.
    """
    price = close if style == "close" else typical(high, low, close)
    if style == "chester":
        middle, reach = sma(price, period), sma(high - low, period)
    else:
        start = max(period - 1, atr_period)
        ranges = true_range(high, low, close)
        middle = started_at(price, start, period, 2.0 / (period + 1.0))
        reach = started_at(ranges, start, atr_period, 1.0 / atr_period)
    return middle + width * reach, middle, middle - width * reach


@defines("high low", "upper middle lower", STARTS_AGAIN, period_only, lengths="period")
def donchian(high: Array, low: Array, period: int = 20) -> tuple[Array, Array, Array]:
    upper, lower = rolling_max(high, period), rolling_min(low, period)
    return upper, (upper + lower) / 2.0, lower


def middle_of_range(high: Array, low: Array, period: int) -> Array:
    return donchian(high, low, period)[1]


@defines(
    "high low close",
    "tenkan kijun cloud_a cloud_b ahead_a ahead_b plot_back",
    STARTS_AGAIN,
    lambda n: {"tenkan": 1 + n // 3, "kijun": 1 + n // 2, "senkou_b": n, "displacement": n // 2},
    lengths="tenkan kijun senkou_b displacement",
)
def ichimoku(
    high: Array,
    low: Array,
    close: Array,
    tenkan: int = 9,
    kijun: int = 26,
    senkou_b: int = 52,
    displacement: int = 26,
) -> tuple[Array, ...]:
    quick, slow = middle_of_range(high, low, tenkan), middle_of_range(high, low, kijun)
    ahead_a, ahead_b = (quick + slow) / 2.0, middle_of_range(high, low, senkou_b)
    return quick, slow, lagged(ahead_a, displacement), lagged(ahead_b, displacement), ahead_a, ahead_b, close


@defines(
    "high low close", "line direction", HOLDS, lambda n: {"period": n, "width": ODD_WIDTH * n / 16}, lengths="period"
)
def supertrend(high: Array, low: Array, close: Array, period: int = 10, width: float = 3.0) -> tuple[Array, Array]:
    """Starts long. A band moves towards the price only, until a close on its far side lets it go."""
    middle, reach = (high + low) / 2.0, width * atr(high, low, close, period)
    upper, lower, direction = math.inf, -math.inf, 1.0
    lines, directions = [], []
    for row in range(period, len(close)):
        top, bottom = float(middle[row] + reach[row]), float(middle[row] - reach[row])
        before, now = float(close[row - 1]), float(close[row])
        upper = top if top < upper or (row > period and before > upper) else upper
        lower = bottom if bottom > lower or (row > period and before < lower) else lower
        if row > period and direction > 0.0 and now < lower:
            direction = -1.0
        elif row > period and direction < 0.0 and now > upper:
            direction = 1.0
        lines.append(lower if direction > 0.0 else upper)
        directions.append(direction)
    return blank_before(np.array(lines), len(close)), blank_before(np.array(directions), len(close))


@defines("high low", "sar", HOLDS, lambda n: {"step": n / 200.0, "limit": 0.05 + n / 100.0})
def parabolic_sar(high: Array, low: Array, step: float = 0.02, limit: float = 0.2) -> Array:
    """Wilder's stop and reverse, begun as TA-Lib begins it.

    The first bar gives the first stop: its low for a long position, its high for a short one. Short if the second
    bar's low fell, and by more than its high rose. The stop never enters the range of this bar or the one before.
    """
    if len(high) < 2:
        return np.full(len(high), np.nan)
    highs, lows = high.tolist(), low.tolist()
    step = min(step, limit)
    fall, rise = lows[0] - lows[1], highs[1] - highs[0]
    long = not (fall > 0.0 and fall > rise)
    stop, extreme, weight = (lows[0], highs[1], step) if long else (highs[0], lows[1], step)
    values = []
    for row in range(1, len(highs)):
        # The bar before the second one is taken to be the second one.
        last = max(row - 1, 1)
        ceiling, floor = max(highs[last], highs[row]), min(lows[last], lows[row])
        if (lows[row] <= stop) if long else (highs[row] >= stop):
            long = not long
            stop = min(extreme, floor) if long else max(extreme, ceiling)
            values.append(stop)
            weight, extreme = step, (highs[row] if long else lows[row])
        else:
            values.append(stop)
            if (highs[row] > extreme) if long else (lows[row] < extreme):
                weight, extreme = min(weight + step, limit), (highs[row] if long else lows[row])
        stop = stop + weight * (extreme - stop)
        stop = min(stop, floor) if long else max(stop, ceiling)
    return blank_before(np.array(values), len(highs))


@defines("x", "realised_volatility", STARTS_AGAIN, lambda n: {"period": n, "periods_per_year": 252}, lengths="period")
def realised_volatility(x: Array, period: int = 20, periods_per_year: float = 252) -> Array:
    """A price that is not above 0 has no log return; one return has no deviation: NaN."""
    positive = np.where(x > 0.0, x, np.nan)
    returns = np.diff(np.log(positive))

    def deviation(window: Array) -> float:
        return float(np.std(window, ddof=1)) if period > 1 else math.nan

    return blank_before(over_windows(returns, period, deviation) * math.sqrt(periods_per_year), len(x))
