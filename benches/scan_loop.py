"""A scan of a universe written by hand, one fused loop an instrument: what the scanner is measured against."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True)
def _recursive(h, low, c, v, b, out):
    """RSI 14, EMA 20, MACD, ATR 14 and 10, OBV, VWAP and CVD in one pass over all bars."""
    n = len(c)
    gain = loss = range14 = range10 = 0.0
    average, fast, slow = c[:20].mean(), c[14:26].mean(), c[:26].mean()
    signal = line = first_lines = 0.0
    obv = v[0]
    traded = (h[0] + low[0] + c[0]) / 3.0 * v[0]
    volume = v[0]
    delta = 2.0 * b[0] - v[0]
    for i in range(1, n):
        move = c[i] - c[i - 1]
        true = max(h[i], c[i - 1]) - min(low[i], c[i - 1])
        up, down = max(move, 0.0), max(-move, 0.0)
        if i > 14:
            gain += (up - gain) / 14
            loss += (down - loss) / 14
            range14 += (true - range14) / 14
        else:
            gain += up / 14
            loss += down / 14
            range14 += true / 14
        range10 += (true - range10) / 10 if i > 10 else true / 10
        if i >= 20:
            average += (c[i] - average) * (2.0 / 21)
        if i >= 26:
            fast += (c[i] - fast) * (2.0 / 13)
            slow += (c[i] - slow) * (2.0 / 27)
        if i >= 25:
            line = fast - slow
            if i < 34:
                first_lines += line
                signal = first_lines / 9
            else:
                signal += (line - signal) * (2.0 / 10)
        # A choice, not a branch: no processor guesses the sign of a move.
        obv += v[i] if move > 0 else (-v[i] if move < 0 else 0.0)
        traded += (h[i] + low[i] + c[i]) / 3.0 * v[i]
        volume += v[i]
        delta += 2.0 * b[i] - v[i]
    out[0] = 100.0 * gain / (gain + loss) if gain + loss > 0 else 0.0
    out[1] = average
    out[3], out[4], out[5] = line, signal, line - signal
    out[13] = range14
    out[14], out[15] = average + 2 * range10, average - 2 * range10
    out[19], out[20], out[21] = obv, traded / volume, delta


@njit(cache=True)
def _stochastic(h, low, c, end):
    top, bottom = h[end - 14], low[end - 14]
    for i in range(end - 13, end):
        top, bottom = max(top, h[i]), min(bottom, low[i])
    return (c[end - 1] - bottom) / (top - bottom) if top > bottom else 0.0


@njit(cache=True)
def _windowed(h, low, c, v, out):
    """SMA, Bollinger, Stochastic, Williams %R, CCI, MFI and the three middles of Ichimoku from the last bars."""
    n = len(c)
    mean = typical = 0.0
    for i in range(n - 20, n):
        mean += c[i]
        typical += (h[i] + low[i] + c[i]) / 3.0
    mean, typical = mean / 20, typical / 20
    square = away = 0.0
    for i in range(n - 20, n):
        square += (c[i] - mean) ** 2
        away += abs((h[i] + low[i] + c[i]) / 3.0 - typical)
    width = 2.0 * np.sqrt(square / 20)
    out[2], out[6], out[7] = mean, mean + width, mean - width
    slow = sum_of_last = last = 0.0
    for back in range(5):
        last = 100.0 * _stochastic(h, low, c, n - 4 + back)
        # In how many of the three means of three it is: 1, 2, 3, 2, 1.
        slow += last * (3 - abs(back - 2))
        if back >= 2:
            sum_of_last += last
    out[8], out[9] = sum_of_last / 3, slow / 9
    out[10] = last - 100.0
    last = (h[n - 1] + low[n - 1] + c[n - 1]) / 3.0
    out[11] = (last - typical) / (0.015 * away / 20) if away > 0 else 0.0
    rising = falling = 0.0
    for i in range(n - 14, n):
        now, before = (h[i] + low[i] + c[i]) / 3.0, (h[i - 1] + low[i - 1] + c[i - 1]) / 3.0
        if now > before:
            rising += now * v[i]
        elif now < before:
            falling += now * v[i]
    out[12] = 100.0 * rising / (rising + falling) if rising + falling > 0 else 0.0
    top, bottom = h[n - 1], low[n - 1]
    for i in range(2, 53):
        top, bottom = max(top, h[n - i]), min(bottom, low[n - i])
        if i == 9:
            out[16] = (top + bottom) / 2
        elif i == 26:
            out[17] = (top + bottom) / 2
    out[18] = (top + bottom) / 2


@njit(parallel=True, cache=True)
def last_values(h, low, c, v, b):
    """The 22 numbers of W2 for each instrument, a row each."""
    out = np.empty((len(c), 22))
    for i in prange(len(c)):
        _recursive(h[i], low[i], c[i], v[i], b[i], out[i])
        _windowed(h[i], low[i], c[i], v[i], out[i])
    return out
