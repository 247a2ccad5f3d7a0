"""Metrics: worked by hand, and against plain NumPy written from the definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import baconalgo as ba

CLOSE = {"rel": 1e-10, "abs": 1e-12}


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def plain(returns: np.ndarray, periods: float) -> dict[str, float | None]:
    """The definitions of the documentation, one line each."""
    r, n = np.asarray(returns, float), len(returns)
    wealth = np.concatenate([[1.0], np.cumprod(1 + r)])
    fall = float(np.max(1 - wealth / np.maximum.accumulate(wealth)))
    losses, gains = -np.minimum(r, 0), np.maximum(r, 0)
    mean, deviation = r.mean(), r.std(ddof=1)
    centred = r - mean
    m2, m3, m4 = ((centred**k).mean() for k in (2, 3, 4))
    cagr = wealth[-1] ** (periods / n) - 1
    sharpe = mean / deviation
    skewness, kurtosis = m3 / m2**1.5, m4 / m2**2
    return {
        "periods": n,
        "return_pct": 100 * (wealth[-1] - 1),
        "cagr": cagr,
        "volatility": deviation * math.sqrt(periods),
        "sharpe_ratio": sharpe * math.sqrt(periods),
        "sortino_ratio": mean / math.sqrt((losses**2).mean()) * math.sqrt(periods) if losses.any() else None,
        "calmar_ratio": cagr / fall if fall > 0 else None,
        "omega_ratio": gains.sum() / losses.sum() if losses.any() else None,
        "max_drawdown_pct": 100 * fall,
        "skewness": skewness,
        "kurtosis": kurtosis - 3,
        "probabilistic_sharpe_ratio": normal_cdf(
            sharpe * math.sqrt(n - 1) / math.sqrt(1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2)
        ),
        "mean_return": mean,
        "best_return": r.max(),
        "worst_return": r.min(),
    }


def assert_near(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        assert found[name] == (value if value is None else pytest.approx(value, **CLOSE)), name


@pytest.mark.parametrize("periods", [252.0, 365.0, 12.0, 98_280.0])
@pytest.mark.parametrize("count", [2, 3, 7, 64, 250, 4_097, 100_000])
def test_statistics_of_returns_are_those_of_their_definitions(count: int, periods: float) -> None:
    scale = 0.02 / math.sqrt(count)
    returns = np.random.default_rng(count).standard_t(5, count) * scale + scale / 20
    assert_near(ba.metrics.summary(returns, periods), plain(returns, periods))


def test_statistics_of_returns_far_from_zero_keep_their_digits() -> None:
    returns = 0.5 + np.random.default_rng(1).normal(0, 1e-6, 500)
    wanted = {name: plain(returns, 1.0)[name] for name in ("volatility", "sharpe_ratio", "mean_return")}
    assert_near(ba.metrics.summary(returns, 1.0), wanted)


def test_three_returns_worked_by_hand() -> None:
    # 1.10 x 0.80 x 1.25 = 1.1; the fall is from 1.10 to 0.88, 20 %; mean 0.05, squares about it sum to 0.105.
    found = ba.metrics.summary([0.10, -0.20, 0.25], periods_per_year=3)
    deviation = math.sqrt(0.105 / 2)
    wanted = {
        "periods": 3,
        "return_pct": 10.0,
        "cagr": 0.1,
        "max_drawdown_pct": 20.0,
        "calmar_ratio": 0.5,
        "volatility": deviation * math.sqrt(3),
        "sharpe_ratio": 0.05 / deviation * math.sqrt(3),
        "sortino_ratio": 0.05 / math.sqrt(0.04 / 3) * math.sqrt(3),
        "omega_ratio": 0.35 / 0.20,
        "mean_return": 0.05,
        "best_return": 0.25,
        "worst_return": -0.20,
    }
    assert_near(found, wanted)


@pytest.mark.parametrize(
    ("returns", "undefined"),
    [
        ([], ["return_pct", "cagr", "sharpe_ratio", "max_drawdown_pct", "mean_return", "volatility"]),
        ([0.01], ["sharpe_ratio", "volatility", "skewness", "sortino_ratio", "calmar_ratio", "omega_ratio"]),
        ([0.01, 0.01, 0.01], ["sharpe_ratio", "skewness", "kurtosis", "sortino_ratio", "omega_ratio", "calmar_ratio"]),
        ([0.0, 0.0], ["sharpe_ratio", "sortino_ratio", "omega_ratio", "calmar_ratio"]),
        ([0.01, np.nan, 0.02], ["return_pct", "sharpe_ratio", "max_drawdown_pct", "mean_return"]),
        (np.ma.masked_array([0.01, 9.0, 0.02], mask=[0, 1, 0]), ["return_pct", "sharpe_ratio", "mean_return"]),
        ([0.01, np.inf], ["return_pct", "sharpe_ratio", "mean_return"]),
    ],
    ids=repr,
)
def test_what_is_undefined_is_none(returns: Any, undefined: list[str]) -> None:
    found = ba.metrics.summary(returns, 252)
    assert [name for name in undefined if found[name] is not None] == []
    assert all(value is None or math.isfinite(value) for value in found.values())


def test_ruin_is_a_return_of_minus_one_hundred_percent() -> None:
    found = ba.metrics.summary([0.1, -1.0, 0.5], 252)
    assert (found["return_pct"], found["max_drawdown_pct"]) == (-100.0, 100.0)


def test_any_array_is_taken() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    import pyarrow as pa

    values = [0.01, -0.02, 0.03]
    wanted = ba.metrics.summary(values)
    strided = np.repeat(np.array(values), 2)[::2]
    given = (np.array(values), strided, tuple(values), pandas.Series(values), polars.Series(values), pa.array(values))
    for each in given:
        assert ba.metrics.summary(each) == wanted


@pytest.mark.parametrize("returns", ["x", [[0.1]], None, object(), ["a"]], ids=repr)
def test_what_are_no_returns_is_refused(returns: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^returns must"):
        ba.metrics.summary(returns)


@pytest.mark.parametrize("periods", [0, -1, math.nan, math.inf, "252", None], ids=repr)
def test_periods_that_cannot_be_are_refused(periods: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^periods_per_year must"):
        ba.metrics.summary([0.1], periods)


def test_metrics_of_a_run_are_those_of_its_own_tables() -> None:
    data = ba.data.simulate(rows=200_000, seed=11)
    fast, slow = ba.ema(ba.close, 50), ba.ema(ba.close, 200)
    strategy = ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=500)
    result = ba.BacktestEngine(ba.BacktestConfig(sample="1h", commission_pct=0.001)).run(strategy, data)
    metrics, trades, curve = result.metrics, result.trades.to_pydict(), result.equity_curve.to_pandas()
    samples = curve[curve["event"] != "fill"]
    equity = samples["equity"].to_numpy()
    returns = equity[1:] / equity[:-1] - 1
    span = (samples["ts"].iloc[-1] - samples["ts"].iloc[0]).value
    year = 365.25 * 86_400e9
    wanted = plain(returns, len(returns) / (span / year))
    names = ("volatility", "sharpe_ratio", "sortino_ratio", "omega_ratio", "skewness", "kurtosis", "cagr")
    assert_near(metrics, {name: wanted[name] for name in (*names, "probabilistic_sharpe_ratio")})
    assert_near(
        metrics,
        {
            "initial_capital": 100_000.0,
            "final_equity": equity[-1],
            "return_pct": 100 * (equity[-1] / equity[0] - 1),
            "calmar_ratio": metrics["cagr"] / (metrics["max_drawdown_pct"] / 100),
            "value_at_risk_95": float(np.percentile(returns, 5)),
            "cvar_95": float(returns[returns <= np.percentile(returns, 5)].mean()),
            "tail_ratio": abs(float(np.percentile(returns, 95) / np.percentile(returns, 5))),
            "total_fees": sum(result.fills["fee"].to_pylist()),
            "turnover": sum(f["price"] * f["quantity"] for f in result.fills.to_pylist()) / equity.mean(),
        },
    )
    fall = 100 * (1 - equity / np.maximum.accumulate(equity))
    assert_near(metrics, {"ulcer_index": math.sqrt((fall[1:] ** 2).mean())})
    # Drawdown uses every mark, so it is at least that of the samples and of the fills.
    assert metrics["max_drawdown_pct"] >= max(fall.max(), curve["drawdown_pct"].max()) - 1e-9
    pnl = np.array(trades["pnl"])
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    long = np.array(trades["side"]) == "LONG"
    assert_near(
        metrics,
        {
            "total_trades": len(pnl),
            "winning_trades": len(wins),
            "losing_trades": len(losses),
            "win_rate": len(wins) / len(pnl),
            "total_pnl": pnl.sum(),
            "avg_pnl_per_trade": pnl.mean(),
            "largest_win": wins.max(),
            "largest_loss": losses.min(),
            "avg_win": wins.mean(),
            "avg_loss": losses.mean(),
            "profit_factor": wins.sum() / -losses.sum(),
            "expectancy": pnl.mean(),
            "long_trades": long.sum(),
            "short_trades": (~long).sum(),
            "long_pnl": pnl[long].sum(),
            "short_pnl": pnl[~long].sum(),
            "long_win_rate": (pnl[long] > 0).mean(),
            "short_win_rate": (pnl[~long] > 0).mean(),
        },
    )
