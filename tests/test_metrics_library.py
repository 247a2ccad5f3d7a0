"""Metrics against empyrical, an independent library, where that library is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import baconalgo as ba

empyrical = pytest.importorskip("empyrical")

CLOSE = {"rel": 1e-10, "abs": 1e-12}

RETURNS = st.builds(
    lambda seed, count, drift: np.random.default_rng(seed).standard_normal(count) * 0.01 + drift,
    st.integers(0, 2**32 - 1),
    st.integers(5, 600),
    st.sampled_from([-0.002, 0.0003, 0.004]),
)


def assert_same(ours: float | None, theirs: float) -> None:
    """What divides by zero is undefined here and infinite or NaN there."""
    if not np.isfinite(theirs):
        assert ours is None
    else:
        assert ours == pytest.approx(theirs, **CLOSE)


@given(RETURNS)
def test_ratios_are_those_of_an_independent_library(returns: np.ndarray) -> None:
    ours = ba.metrics.summary(returns, periods_per_year=252)
    assert_same(ours["sharpe_ratio"], empyrical.sharpe_ratio(returns))
    assert_same(ours["sortino_ratio"], empyrical.sortino_ratio(returns))
    assert_same(ours["volatility"], empyrical.annual_volatility(returns))
    assert_same(ours["cagr"], empyrical.cagr(returns))
    assert_same(ours["max_drawdown_pct"], -100 * empyrical.max_drawdown(returns))
    assert_same(ours["return_pct"], 100 * empyrical.cum_returns_final(returns))
    assert_same(ours["calmar_ratio"], empyrical.calmar_ratio(returns))
    assert_same(ours["omega_ratio"], empyrical.omega_ratio(returns))


def test_a_run_has_the_ratios_of_its_own_equity_curve() -> None:
    strategy = ba.ExprStrategy(
        entry=ba.cross_above(ba.ema(ba.close, 20), ba.ema(ba.close, 90)),
        short_entry=ba.cross_below(ba.ema(ba.close, 20), ba.ema(ba.close, 90)),
        quantity=50,
    )
    result = ba.BacktestEngine(ba.BacktestConfig(sample="1h")).run(strategy, ba.data.simulate(rows=60_000, seed=4))
    curve = result.equity_curve.to_pandas()
    samples = curve[curve["event"] != "fill"]
    returns = samples["equity"].pct_change().dropna().to_numpy()
    years = (samples["ts"].iloc[-1] - samples["ts"].iloc[0]).total_seconds() / (365.25 * 86_400)
    per_year = len(returns) / years
    metrics = result.metrics
    assert_same(metrics["sharpe_ratio"], empyrical.sharpe_ratio(returns, annualization=per_year))
    assert_same(metrics["sortino_ratio"], empyrical.sortino_ratio(returns, annualization=per_year))
    assert_same(metrics["tail_ratio"], empyrical.tail_ratio(returns))
    assert_same(metrics["value_at_risk_95"], empyrical.value_at_risk(returns))
    assert metrics["max_drawdown_pct"] >= -100 * empyrical.max_drawdown(returns) - 1e-12
