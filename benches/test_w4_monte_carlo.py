"""W4: 1,000 paths of 100,000 trades or returns, drawn one by one with replacement, on all cores.

The package also counts losses and ruins, and keeps the percentiles of 200 steps on the way; the hand-written loop
keeps the final equity and the drawdown of each path.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

import baconalgo as ba
from benches import peers, workloads
from benches.conftest import Measure

TRADES, PATHS = 100_000, 1_000
CAPITAL = 100_000.0
#: Of the capital, where P&L is added up: so little that no path is ruined, where the package would stop it.
TRADED = 1_000.0
HOUR_NS = 3_600_000_000_000
#: Medians of two samples of a thousand paths lie this far apart at most, in deviations of one path: about six
#: standard errors of their difference.
MEDIANS_APART = 0.35


@functools.cache
def traded(method: str) -> ba.BacktestResult:
    """A trade an hour, and so a sample of equity: of one size to add up, of all there is to compound."""
    returns = workloads.trade_returns(TRADES)
    gained = returns * TRADED if method == "trades" else np.diff(np.cumprod(1.0 + returns) * CAPITAL, prepend=CAPITAL)
    times = workloads.START_NS + HOUR_NS * np.arange(TRADES + 1)
    trades = [
        ba.BacktestTrade("SIM", int(times[i]), int(times[i + 1]) - 1, 1.0, 1.0, 1.0, "BUY", pnl=float(gained[i]))
        for i in range(TRADES)
    ]
    return ba.BacktestEngine(ba.BacktestConfig(initial_capital=CAPITAL, sample="1h")).run(trades)


def drawn_from(method: str) -> peers.Floats:
    result = traded(method)
    if method == "trades":
        return result.trades["pnl"].to_numpy()
    curve = result.equity_curve.to_pandas()
    equity = curve[curve["event"] != "fill"]["equity"].to_numpy()
    return np.diff(equity) / equity[:-1]


@pytest.mark.parametrize("method", ["trades", "returns"])
def test_paths_drawn_from_what_happened(measure: Measure, method: str) -> None:
    values, compounding = drawn_from(method), method == "returns"
    assert len(values) == TRADES
    engine, result = ba.BacktestEngine(), traded(method)
    options = {"block": 1} if compounding else {}

    def by_hand() -> tuple[peers.Floats, peers.Floats]:
        return peers.bootstrap(values, PATHS, CAPITAL, compounding, 1)

    drawn = measure(
        f"W4 Monte Carlo, {method}",
        "run_monte_carlo",
        lambda: engine.run_monte_carlo(result, method=method, simulations=PATHS, **options),
        n=TRADES * PATHS,
        unit="draws",
        baseline=("numba loop, all cores", by_hand),
    )
    scale = np.log if compounding else np.asarray
    mine, theirs = scale(drawn.final_equity), scale(by_hand()[0])
    assert abs(np.median(mine) - np.median(theirs)) < MEDIANS_APART * theirs.std()
