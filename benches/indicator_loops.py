"""Baselines of the indicators: one pass over the columns each, by hand, with numba, standard parameters."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from benches.peers import Floats

jit = nb.njit(cache=False)


@jit
def rsi(close: Floats, period: int) -> Floats:
    out = np.full(len(close), np.nan)
    gain = loss = 0.0
    weight = 1.0 / period
    for i in range(1, len(close)):
        move = close[i] - close[i - 1]
        up, down = max(move, 0.0), max(-move, 0.0)
        if i <= period:
            gain += up * weight
            loss += down * weight
        else:
            gain += (up - gain) * weight
            loss += (down - loss) * weight
        if i >= period:
            total = gain + loss
            out[i] = 100.0 * gain / total if total > 0.0 else 0.0
    return out


@jit
def ema(x: Floats, period: int) -> Floats:
    out = np.full(len(x), np.nan)
    value = x[:period].mean()
    out[period - 1] = value
    weight = 2.0 / (period + 1.0)
    for i in range(period, len(x)):
        value += weight * (x[i] - value)
        out[i] = value
    return out


@jit
def sma(x: Floats, period: int) -> Floats:
    out = np.full(len(x), np.nan)
    total = x[:period].sum()
    out[period - 1] = total / period
    for i in range(period, len(x)):
        total += x[i] - x[i - period]
        out[i] = total / period
    return out


@jit
def macd(x: Floats, fast: int, slow: int, signal: int) -> tuple[Floats, Floats, Floats]:
    line, average, histogram = np.full(len(x), np.nan), np.full(len(x), np.nan), np.full(len(x), np.nan)
    quick, calm = x[slow - fast : slow].mean(), x[:slow].mean()
    quick_weight, calm_weight, weight = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0), 2.0 / (signal + 1.0)
    smooth = 0.0
    for i in range(slow - 1, len(x)):
        if i >= slow:
            quick += quick_weight * (x[i] - quick)
            calm += calm_weight * (x[i] - calm)
        value = quick - calm
        seen = i - slow + 1
        smooth = smooth + value / signal if seen < signal else smooth + weight * (value - smooth)
        if seen >= signal - 1:
            line[i], average[i], histogram[i] = value, smooth, value - smooth
    return line, average, histogram


@jit
def bollinger(x: Floats, period: int, width: float) -> tuple[Floats, Floats, Floats]:
    upper, middle, lower = np.full(len(x), np.nan), np.full(len(x), np.nan), np.full(len(x), np.nan)
    base = x[0]
    total = squares = 0.0
    for i in range(len(x)):
        new = x[i] - base
        total += new
        squares += new * new
        if i >= period:
            old = x[i - period] - base
            total -= old
            squares -= old * old
        if i >= period - 1:
            mean = total / period
            spread = width * math.sqrt(max(squares / period - mean * mean, 0.0))
            middle[i] = mean + base
            upper[i], lower[i] = middle[i] + spread, middle[i] - spread
    return upper, middle, lower


@jit
def _extremes(high: Floats, low: Floats, period: int) -> tuple[Floats, Floats]:
    """Rolling highest and lowest, remembering where they stand."""
    top, bottom = np.full(len(high), np.nan), np.full(len(high), np.nan)
    at_top = at_bottom = 0
    for i in range(len(high)):
        start = max(i - period + 1, 0)
        if high[i] >= high[at_top]:
            at_top = i
        elif at_top < start:
            at_top = start
            for k in range(start + 1, i + 1):
                if high[k] >= high[at_top]:
                    at_top = k
        if low[i] <= low[at_bottom]:
            at_bottom = i
        elif at_bottom < start:
            at_bottom = start
            for k in range(start + 1, i + 1):
                if low[k] <= low[at_bottom]:
                    at_bottom = k
        if i >= period - 1:
            top[i], bottom[i] = high[at_top], low[at_bottom]
    return top, bottom


@jit
def stochastic(high: Floats, low: Floats, close: Floats, k: int, smooth: int, d: int) -> tuple[Floats, Floats]:
    top, bottom = _extremes(high, low, k)
    slow, average = np.full(len(close), np.nan), np.full(len(close), np.nan)
    raw = np.zeros(len(close))
    slow_sum = average_sum = 0.0
    for i in range(k - 1, len(close)):
        span = top[i] - bottom[i]
        raw[i] = 100.0 * (close[i] - bottom[i]) / span if span > 0.0 else 0.0
        slow_sum += raw[i]
        if i >= k - 1 + smooth:
            slow_sum -= raw[i - smooth]
        if i >= k + smooth - 2:
            slow[i] = slow_sum / smooth
            average_sum += slow[i]
            if i >= k + smooth - 2 + d:
                average_sum -= slow[i - d]
            if i >= k + smooth + d - 3:
                average[i] = average_sum / d
    return slow, average


@jit
def williams_r(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    top, bottom = _extremes(high, low, period)
    out = np.full(len(close), np.nan)
    for i in range(period - 1, len(close)):
        span = top[i] - bottom[i]
        out[i] = -100.0 * (top[i] - close[i]) / span if span > 0.0 else 0.0
    return out


@jit
def cci(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    out = np.full(len(close), np.nan)
    typical = (high + low + close) / 3.0
    total = 0.0
    for i in range(len(close)):
        total += typical[i]
        if i >= period:
            total -= typical[i - period]
        if i >= period - 1:
            mean = total / period
            away = 0.0
            for k in range(i - period + 1, i + 1):
                away += abs(typical[k] - mean)
            out[i] = (typical[i] - mean) / (0.015 * away / period) if away > 0.0 else 0.0
    return out


@jit
def mfi(high: Floats, low: Floats, close: Floats, volume: Floats, period: int) -> Floats:
    out = np.full(len(close), np.nan)
    up, down = np.zeros(len(close)), np.zeros(len(close))
    before = (high[0] + low[0] + close[0]) / 3.0
    gains = losses = 0.0
    for i in range(1, len(close)):
        typical = (high[i] + low[i] + close[i]) / 3.0
        if typical > before:
            up[i] = typical * volume[i]
        elif typical < before:
            down[i] = typical * volume[i]
        before = typical
        gains += up[i]
        losses += down[i]
        if i > period:
            gains -= up[i - period]
            losses -= down[i - period]
        if i >= period:
            total = gains + losses
            out[i] = 100.0 * gains / total if total > 0.0 else 0.0
    return out


@jit
def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    out = np.full(len(close), np.nan)
    value = 0.0
    weight = 1.0 / period
    for i in range(1, len(close)):
        true = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
        value += true * weight if i <= period else (true - value) * weight
        if i >= period:
            out[i] = value
    return out


@jit
def keltner(
    high: Floats, low: Floats, close: Floats, period: int, ranges: int, width: float
) -> tuple[Floats, Floats, Floats]:
    upper, middle, lower = np.full(len(close), np.nan), np.full(len(close), np.nan), np.full(len(close), np.nan)
    weight, range_weight = 2.0 / (period + 1.0), 1.0 / ranges
    average = spread = 0.0
    for i in range(len(close)):
        typical = (high[i] + low[i] + close[i]) / 3.0
        average += typical / period if i < period else weight * (typical - average)
        if i:
            true = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
            spread += true * range_weight if i <= ranges else (true - spread) * range_weight
        if i >= period - 1:
            middle[i] = average
            upper[i], lower[i] = average + width * spread, average - width * spread
    return upper, middle, lower


@jit
def ichimoku(high: Floats, low: Floats, short: int, middle: int, long: int) -> tuple[Floats, Floats, Floats, Floats]:
    one, two = _extremes(high, low, short)
    three, four = _extremes(high, low, middle)
    five, six = _extremes(high, low, long)
    tenkan, kijun, last = (one + two) * 0.5, (three + four) * 0.5, (five + six) * 0.5
    return tenkan, kijun, (tenkan + kijun) * 0.5, last


@jit
def obv(close: Floats, volume: Floats) -> Floats:
    out = np.empty(len(close))
    total = out[0] = volume[0]
    for i in range(1, len(close)):
        if close[i] > close[i - 1]:
            total += volume[i]
        elif close[i] < close[i - 1]:
            total -= volume[i]
        out[i] = total
    return out


@jit
def vwap(high: Floats, low: Floats, close: Floats, volume: Floats) -> Floats:
    out = np.empty(len(close))
    money = units = 0.0
    for i in range(len(close)):
        money += (high[i] + low[i] + close[i]) / 3.0 * volume[i]
        units += volume[i]
        out[i] = money / units
    return out


@jit
def cvd(volume: Floats, bought: Floats) -> Floats:
    out = np.empty(len(volume))
    total = 0.0
    for i in range(len(volume)):
        total += 2.0 * bought[i] - volume[i]
        out[i] = total
    return out
