"""Lesson 3: the rule of lesson 2 as an expression.

    baconalgo backtest examples/03_expression.py --data quotes.parquet

An expression is a formula over the columns of the market: `ba.close` (of a quote: its mid), `ba.bid`, `ba.ask`,
`ba.volume`, ... The engine runs it in Rust on a few thousand rows at a time, with the same numbers as the class.
"""

import baconalgo as ba

# A parameter has a name and a range, so that a rule can be searched over later.
fast = ba.ema(ba.close, ba.param("fast", 100, 1_000, default=500))
slow = ba.ema(ba.close, 2_000)

strategy = ba.ExprStrategy(entry=fast > slow, short_entry=fast < slow, quantity=100.0)

if __name__ == "__main__":
    data = ba.data.simulate(rows=200_000, seed=7)
    engine = ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002, slippage_pct=0.0))

    # The same rule with other lengths.
    for length in (100, 250, 500):
        result = engine.run(strategy.with_params(fast=length), data)
        print(f"fast={length:<5} return {result.metrics['return_pct']:+.3f} %  trades {result.metrics['total_trades']}")
