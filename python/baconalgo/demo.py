"""The demonstration: an example strategy on a market that the package simulates itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from baconalgo.config import BacktestConfig
    from baconalgo.expr import ExprStrategy

TITLE = "Against the EMA cross"
WHAT = (
    "Sells when a fast average crosses above a slow one and buys when it crosses below, on {rows:,} quotes and trades\n"
    "of a simulated market, with spread, displayed sizes, latency, slippage and commission. The market is made up, so\n"
    "profit on it means nothing; what trading costs on it does."
)
FAST, SLOW = 2_000, 10_000
"""Lengths of the two averages, in records."""


def prepare(*, rows: int, seed: int) -> tuple[ExprStrategy, pa.Table, BacktestConfig]:
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
    strategy = ba.ExprStrategy(entry=ba.cross_below(fast, slow), short_entry=ba.cross_above(fast, slow), quantity=300.0)
    data = ba.data.simulate(rows=rows, seed=seed, symbol="SIM")
    config = ba.BacktestConfig(initial_capital=100_000.0, commission_pct=0.02, slippage_pct=0.01, sample="1h")
    return strategy, data, config


def without_costs(strategy: ExprStrategy, data: pa.Table, config: BacktestConfig) -> str:
    """A line about the same run in a world without costs."""
    import baconalgo as ba
    from baconalgo.report.formatting import number

    ideal = replace(config, commission_pct=0.0, slippage_pct=0.0, realistic_fills=False)
    result = ba.BacktestEngine(ideal).run(strategy, data, progress=False)
    change = number(result.metrics["return_pct"], "signed_percent")
    return f"Without commission, slippage and latency the return would be {change}."
