"""Lesson 10: a rule said once, used as a column, in a backtest and live.

    python examples/10_one_rule.py

A rule is an object without data. What it gives is the same, to the last bit, wherever it runs; docs/expressions.md has
all that can be said.
"""

import numpy as np

import baconalgo as ba

minutes = ba.data.bars(ba.data.simulate(rows=400_000, seed=7), "1m")

# Oversold on the quarter of an hour, and back above its average on the minute.
rule = (ba.rsi(ba.close, 14).tf("15m") < 45) & ba.cross_above(ba.close, ba.ema(ba.close, 30))
print(rule)
print(rule.explain(), "\n")

# As a column.
column = rule.evaluate(minutes)
print(f"holds on {int(column.sum())} of {len(column)} minutes")

# As the entry of a backtest.
strategy = ba.ExprStrategy(rule, exit=ba.cross_below(ba.close, ba.ema(ba.close, 30)), quantity=100.0)
print(ba.BacktestEngine(ba.BacktestConfig(slippage_pct=0.0)).run(strategy, minutes))

# Live: a bar at a time, the same answers.
live = rule.stream(timeframe="1m")
answers = [live.update(**bar) for bar in minutes.select(["ts", "open", "high", "low", "close", "volume"]).to_pylist()]
assert np.array_equal(answers, column)

# As text that a person can edit, and that says the same.
assert str(ba.parse(str(rule))) == str(rule)
