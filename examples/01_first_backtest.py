"""Lesson 1: a backtest in one page.

    python examples/01_first_backtest.py

A strategy is a rule about the market. This one is long while the short average of the price is above the long one. It
runs on a market that baconalgo simulates itself, so nothing needs to be downloaded.
"""

import baconalgo as ba

# The rule, as an expression: no loop, no state, nothing that could look ahead.
fast, slow = ba.ema(ba.close, 1_000), ba.ema(ba.close, 5_000)
strategy = ba.ExprStrategy(entry=fast > slow, exit=fast < slow, quantity=100.0)

if __name__ == "__main__":
    # 200,000 quotes and trades; the same seed is the same market everywhere.
    data = ba.data.simulate(rows=200_000, seed=7)

    # Costs and latency are on unless they are switched off: 1 ms to the venue, 1 ms back.
    config = ba.BacktestConfig(initial_capital=100_000.0, commission_pct=0.002, slippage_pct=0.0)
    result = ba.BacktestEngine(config).run(strategy, data)

    # The numbers, then what was assumed to get them.
    print(result)
    for name, value in result.assumptions.items():
        print(f"{name:24} {value}")
