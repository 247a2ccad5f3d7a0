"""Lesson 8: indicators, over arrays and one value at a time.

    python examples/08_indicators.py

An indicator is defined once. `ba.indicators.rsi(close, 14)` runs it over a column, `ba.indicators.RSI(14).update(x)`
over a live stream, `ba.rsi(ba.close, 14)` inside an expression - with the same bits. All of them are in
docs/indicators.md; `help(ba.indicators.rsi)` has formula, warm-up and source.
"""

import numpy as np

import baconalgo as ba
from baconalgo import indicators

bars = ba.data.bars(ba.data.simulate(rows=200_000, seed=7), "1m")
high, low, close = (bars[name].to_numpy() for name in ("high", "low", "close"))

# A column in, a column out; several outputs are a named tuple.
strength = indicators.rsi(close, 14)
bands = indicators.bollinger(close, 20, 2.0)
print(f"{len(close)} bars; RSI(14) now {strength[-1]:.1f}, band {bands.lower[-1]:.4f} to {bands.upper[-1]:.4f}")

# One bar at a time, as it would come live: the same numbers, to the last bit.
live = indicators.ATR(14)
for row in zip(high, low, close, strict=True):
    latest = live.update(*row)
assert latest == indicators.atr(high, low, close, 14)[-1]
print(f"ATR(14) of the stream {latest:.6f}, of the column the same")

# A matrix of (bars, instruments): each column by itself, on all cores.
matrix = np.column_stack([close, close[::-1], np.roll(close, 50)])
print("RSI(14) of three instruments:", indicators.rsi(matrix, 14)[-1].round(1))

# A missing value is NaN: an average of a window has none while it lies in the window, then goes on.
gap = close.copy()
gap[-30] = np.nan
print("SMA(20) without a value:", int(np.isnan(indicators.sma(gap, 20)[20:]).sum()), "bars")
