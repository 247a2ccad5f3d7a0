"""W8: Sharpe, Sortino, Calmar, drawdown and volatility of ten million returns."""

from __future__ import annotations

import numpy as np
import pytest

import baconalgo as ba
from benches import peers, workloads
from benches.conftest import Measure

RETURNS = 10_000_000
PERIODS_PER_YEAR = 252.0
NAMES = ("sharpe_ratio", "sortino_ratio", "calmar_ratio", "max_drawdown_pct", "volatility")
#: Sums in another order differ in the last digits.
AGREEMENT = 1e-9


def by_numpy(returns: peers.Floats) -> tuple[float, float, float, float, float]:
    mean, deviation, annual = returns.mean(), returns.std(ddof=1), PERIODS_PER_YEAR**0.5
    downside = np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2))
    growth = np.cumsum(np.log1p(returns))
    drawdown = 1.0 - np.exp((growth - np.maximum(np.maximum.accumulate(growth), 0.0)).min())
    a_year = np.exp(growth[-1] * PERIODS_PER_YEAR / len(returns)) - 1.0
    return mean / deviation * annual, mean / downside * annual, a_year / drawdown, drawdown, deviation * annual


@pytest.mark.parametrize("who", ["summary", "numpy"])
def test_performance_of_ten_million_returns(measure: Measure, who: str) -> None:
    returns = workloads.returns(RETURNS)
    baseline = "numba loop", lambda: peers.performance(returns, PERIODS_PER_YEAR)
    found = measure(
        "W8 metrics",
        who,
        lambda: ba.metrics.summary(returns, PERIODS_PER_YEAR) if who == "summary" else by_numpy(returns),
        n=RETURNS,
        unit="returns",
        baseline=baseline,
    )
    if who == "summary":
        found = [found[name] / 100.0 if name.endswith("_pct") else found[name] for name in NAMES]
    assert found == pytest.approx(baseline[1](), rel=AGREEMENT)
