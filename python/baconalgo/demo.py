"""The demonstration: an example strategy on a market that the package simulates itself."""

from __future__ import annotations

from typing import Any

TITLE = "EMA cross on a simulated market"
WHAT = (
    "A cross of two moving averages, long and short, on {rows:,} quotes and trades of a simulated market:\n"
    "spread, displayed sizes, latency, slippage and commission are on. It need not make money; it shows what it cost."
)
FAST, SLOW = 2_000, 10_000
"""Lengths of the two averages, in records."""


def prepare(*, rows: int, seed: int) -> tuple[Any, Any, Any]:
    """The strategy, the data and the configuration of the demonstration.

    Parameters
    ----------
    rows : int
        Records of the simulated market.
    seed : int
        The same seed is the same market, on every machine.
    """
    import baconalgo as ba

    fast, slow = ba.ema(ba.close, FAST), ba.ema(ba.close, SLOW)
    strategy = ba.ExprStrategy(entry=ba.cross_above(fast, slow), short_entry=ba.cross_below(fast, slow), quantity=100.0)
    data = ba.data.simulate(rows=rows, seed=seed, symbol="SIM")
    config = ba.BacktestConfig(initial_capital=100_000.0, commission_pct=0.002, slippage_pct=0.001, sample="1h")
    return strategy, data, config
