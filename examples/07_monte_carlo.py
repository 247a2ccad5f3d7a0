"""Lesson 7: how much of it was luck?

    python examples/07_monte_carlo.py

One backtest is one path. Monte Carlo draws the trades of a result again and again, in other orders and mixtures, and
says how often the account would have lost money, and how often it would have been ruined.
"""

from pathlib import Path

import baconalgo as ba

fast, slow = ba.ema(ba.close, 300), ba.ema(ba.close, 1_500)
strategy = ba.ExprStrategy(entry=fast > slow, short_entry=fast < slow, quantity=500.0)

if __name__ == "__main__":
    data = ba.data.simulate(rows=200_000, seed=7)
    engine = ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.001, slippage_pct=0.0, monte_carlo_simulations=1_000))
    result = engine.run(strategy, data)
    simulated = engine.run_monte_carlo(result)

    print(f"trades               {result.metrics['total_trades']}")
    print(f"probability of loss  {simulated.probability_of_loss:.1%}")
    print(f"probability of ruin  {simulated.probability_of_ruin:.1%}")
    for name, value in simulated.percentiles.items():
        print(f"percentile {name:<10}{value:,.2f}")

    page = result.tearsheet(Path("monte-carlo.html"), monte_carlo=simulated, title="Lesson 7")
    print(f"tearsheet: {page}")
