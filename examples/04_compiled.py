"""Lesson 4: a strategy as machine code. Needs numba: pip install 'baconalgo[compiled]'.

    baconalgo backtest examples/04_compiled.py --data quotes.parquet

When a rule does not fit a formula and a class is too slow: a plain function on numbers, compiled by numba and called
from Rust on every record. `state` is a record of your own; `orders` is an array to write orders into; the function
returns how many it wrote.
"""

import baconalgo as ba
from baconalgo.compiled import buy, ema_state, ema_update, sell

FAST = 500
SLOW = 2_000
QUANTITY = 100.0


@ba.compiled(state={"fast": ema_state(FAST), "slow": ema_state(SLOW)})
def ema_cross(event, state, orders):
    fast = ema_update(state.fast, event.close)
    slow = ema_update(state.slow, event.close)
    # In the warm-up the averages are NaN, and every comparison with NaN is false.
    held = event.position + event.working
    if fast > slow and held <= 0.0:
        return buy(orders, 0, event, QUANTITY - held)
    if fast < slow and held >= 0.0:
        return sell(orders, 0, event, QUANTITY + held)
    return 0


if __name__ == "__main__":
    data = ba.data.simulate(rows=200_000, seed=7)
    print(ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002, slippage_pct=0.0)).run(ema_cross, data))
