"""Lesson 14: limits that cannot be bypassed.

    python examples/14_risk.py

What an account may risk is data. The same limits judge an order in a notebook, in a backtest and live; docs/risk.md
says in which order they are asked and what the worst case of an order is.
"""

import numpy as np

import baconalgo as ba

# An account with the default limits: 100,000 of capital, exposure at most 20 % of it, 2,000 lost a day at most.
manager = ba.RiskManager(ba.RiskConfig())
print("size by Kelly:", manager.calculate_position_size(win_rate=0.65, avg_win=1000, avg_loss=500, price=50_000))

manager.validate_trade("BTC", 0.3, 50_000)
manager.on_fill("BTC", 0.3, 50_000)
try:
    manager.validate_trade("BTC", 1, 50_000)
except ba.RiskError as error:
    print("refused:", error)

# What its positions could lose, from a thousand days of returns.
returns = np.random.default_rng(3).normal(0.0, 0.03, 1_000)
manager.set_returns({"BTC": returns})
print("one day in twenty loses more than", round(manager.value_at_risk().var, 2))
print("in 1987 and after:", manager.stress_test().totals)


class Eager(ba.Strategy):
    """Buys without end."""

    rows = 0

    def on_quote(self, quote: ba.Quote) -> None:
        self.rows += 1
        if self.rows % 50 == 0:
            self.buy(quote.symbol, 40)


# The same limits in a backtest: what was refused and why, how close the run came, when the breaker tripped.
limits = ba.RiskConfig(max_exposure_pct=30, max_daily_loss=80, flatten_on_trip=True)
result = ba.BacktestEngine(risk=limits).run(Eager(), ba.data.simulate(rows=20_000, seed=2))
print(result.risk)

# Limits are a file that can be kept beside the strategy.
print(limits.to_toml())
