"""Lesson 9: signals of many timeframes.

    python examples/09_signals.py

Fifteen indicators vote on each of ten timeframes; the votes are fused into entries with confidence, reasons, stop and
target. The rule is written down in docs/signals.md. A signal is an opinion, not an order: backtest what you do with it.
"""

import baconalgo as ba

engine = ba.SignalEngine()
signals = engine.feed(ba.data.simulate(rows=200_000, seed=7))
for signal in signals[:6]:
    print(signal)
print(f"... {len(signals)} in all\n")

# What every timeframe says now: + long, - short, · nothing.
print(engine.view(signals[0].symbol))

# Live, tick by tick: what comes back is what is new.
live = ba.SignalEngine(ba.SignalConfig(timeframes={"1m": 1.0, "5m": 1.5, "15m": 2.0}, consensus=0.7))
for signal in live.analyze_multi_timeframe("EURUSD", 1.0842, 1_000_000):
    print(signal)
