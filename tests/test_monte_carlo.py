"""Monte Carlo: seeded, the same at any number of threads, right where the answer is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import baconalgo as ba

DAY = 86_400_000_000_000


def trades(pnl: Any) -> list[ba.BacktestTrade]:
    return [ba.BacktestTrade("X", i * DAY, (i + 1) * DAY, 1.0, 1.0, 1.0, "BUY", pnl=p) for i, p in enumerate(pnl)]


def draw(pnl: Any, settings: Any = None, **options: Any) -> ba.MonteCarloResult:
    return ba.BacktestEngine(ba.BacktestConfig(**(settings or {}))).run_monte_carlo(trades(pnl), **options)


PNL = np.random.default_rng(3).normal(5.0, 300.0, 200)


def test_the_same_seed_draws_the_same_paths_and_another_one_others() -> None:
    one, two, other = draw(PNL, seed=5), draw(PNL, seed=5), draw(PNL, seed=6)
    np.testing.assert_array_equal(one.final_equity, two.final_equity)
    np.testing.assert_array_equal(one.max_drawdown_pct, two.max_drawdown_pct)
    assert one.paths.equals(two.paths)
    assert not np.array_equal(one.final_equity, other.final_equity)


def test_seed_and_number_of_paths_come_from_the_settings() -> None:
    by_config = draw(PNL, {"seed": 5, "monte_carlo_simulations": 77})
    np.testing.assert_array_equal(by_config.final_equity, draw(PNL, seed=5, simulations=77).final_equity)
    assert len(by_config.final_equity) == 77


def test_more_paths_begin_with_the_same_ones() -> None:
    np.testing.assert_array_equal(draw(PNL, simulations=50).final_equity, draw(PNL, simulations=99).final_equity[:50])


def test_one_trade_has_one_outcome() -> None:
    drawn = draw([-250.0], {"initial_capital": 1_000}, simulations=20)
    assert set(drawn.final_equity) == {750.0}
    assert set(drawn.max_drawdown_pct) == {25.0}
    assert (drawn.probability_of_loss, drawn.probability_of_ruin) == (1.0, 0.0)
    assert set(drawn.percentiles.values()) == {750.0}
    ruined = draw([-250.0], {"initial_capital": 1_000}, simulations=20, ruin_loss_pct=25)
    assert ruined.probability_of_ruin == 1.0


def test_percentiles_are_those_of_the_paths() -> None:
    drawn = draw(PNL, simulations=501)
    for percent, value in drawn.percentiles.items():
        assert value == pytest.approx(np.percentile(drawn.final_equity, percent), rel=1e-12)
    for percent, value in drawn.drawdown_percentiles.items():
        assert value == pytest.approx(np.percentile(drawn.max_drawdown_pct, percent), rel=1e-12)
    assert drawn.probability_of_loss == np.mean(drawn.final_equity < 100_000)
    assert set(drawn.percentiles) == {1, 5, 10, 25, 50, 75, 90, 95, 99}


def test_sums_of_many_draws_are_distributed_as_they_must_be() -> None:
    drawn = draw(PNL, simulations=20_000)
    gained = drawn.final_equity - 100_000
    n = len(PNL)
    error = PNL.std() * math.sqrt(n) / math.sqrt(20_000)
    assert abs(gained.mean() - PNL.sum()) < 5 * error
    assert gained.std() == pytest.approx(PNL.std() * math.sqrt(n), rel=0.03)


def test_the_fan_begins_with_the_capital_and_ends_with_the_paths() -> None:
    drawn = draw(PNL, simulations=301)
    fan = drawn.paths.to_pydict()
    assert drawn.paths.column_names == ["step", "p5", "p25", "p50", "p75", "p95"]
    assert fan["step"][0] == 0
    assert fan["step"][-1] == len(PNL)
    for percent in (5, 25, 50, 75, 95):
        assert fan[f"p{percent}"][0] == 100_000
        assert fan[f"p{percent}"][-1] == pytest.approx(np.percentile(drawn.final_equity, percent), rel=1e-12)
    assert drawn.paths.num_rows <= 201


def result() -> ba.BacktestResult:
    fast, slow = ba.ema(ba.close, 10), ba.ema(ba.close, 40)
    strategy = ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=300)
    config = ba.BacktestConfig(sample="10m", commission_pct=0, slippage_pct=0)
    return ba.BacktestEngine(config).run(strategy, ba.data.simulate(rows=100_000, seed=6))


def test_returns_of_a_run_compound_in_blocks() -> None:
    engine, of = ba.BacktestEngine(), result()
    drawn = engine.run_monte_carlo(of, method="returns", simulations=500)
    assert (drawn.final_equity > 0).all()
    assert "blocks of" in drawn.method
    alone = engine.run_monte_carlo(of, method="returns", simulations=20_000, block=1)
    curve = of.equity_curve.to_pandas()
    equity = curve[curve["event"] != "fill"]["equity"].to_numpy()
    steps = np.diff(np.log(equity))
    error = steps.std() * math.sqrt(len(steps)) / math.sqrt(20_000)
    assert abs(np.log(alone.final_equity / 100_000).mean() - steps.sum()) < 5 * error


def test_returns_need_equity_above_zero() -> None:
    prices = {"ts": np.arange(10) * DAY, "price": np.array([100.0] * 5 + [1.0] * 5)}
    config = ba.BacktestConfig(leverage=10)
    engine = ba.BacktestEngine(config)
    broke = engine.run(ba.SignalStrategy(np.ones(10), 9_000), prices)
    with pytest.raises(ba.DataError, match="equity must stay above zero"):
        engine.run_monte_carlo(broke, method="returns")


def test_trades_of_a_run_are_those_of_its_table() -> None:
    of = result()
    by_result = ba.BacktestEngine().run_monte_carlo(of, simulations=200)
    by_trades = draw(of.trades["pnl"].to_pylist(), simulations=200)
    np.testing.assert_allclose(by_result.final_equity, by_trades.final_equity, rtol=1e-12)


def test_a_run_draws_paths_itself_when_it_is_asked_to() -> None:
    settings = {"enable_monte_carlo": True, "monte_carlo_simulations": 60, "seed": 4}
    engine = ba.BacktestEngine(ba.BacktestConfig(**settings))
    done = engine.run(trades(PNL))
    assert done.monte_carlo is not None
    np.testing.assert_array_equal(done.monte_carlo.final_equity, engine.run_monte_carlo(done).final_equity)
    assert engine.run([]).monte_carlo is None
    assert ba.BacktestEngine().run(trades(PNL)).monte_carlo is None
    strategy = ba.SignalStrategy(np.arange(2_000) // 100 % 2)
    of_market = engine.run(strategy, ba.data.simulate(rows=2_000, seed=1))
    assert of_market.monte_carlo is not None
    assert len(of_market.monte_carlo.final_equity) == 60


def test_it_shows_itself() -> None:
    assert "probability of loss" in repr(draw(PNL))


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"method": "guess"}, "method"),
        ({"simulations": 0}, "simulations"),
        ({"simulations": -1}, "simulations"),
        ({"simulations": 1.5}, "simulations"),
        ({"seed": -1}, "seed"),
        ({"seed": "x"}, "seed"),
        ({"method": "returns", "block": 0}, "block"),
        ({"method": "returns", "block": math.nan}, "block"),
        ({"method": "returns", "block": "long"}, "block"),
        ({"ruin_loss_pct": 0}, "ruin_loss_pct"),
        ({"ruin_loss_pct": -5}, "ruin_loss_pct"),
        ({"ruin_loss_pct": math.nan}, "ruin_loss_pct"),
        ({"ruin_loss_pct": "all"}, "ruin_loss_pct"),
    ],
    ids=repr,
)
def test_settings_that_cannot_be_are_refused_by_name(options: Any, parameter: str) -> None:
    with pytest.raises(ba.ConfigError, match=rf"^{parameter} must"):
        draw(PNL, **options)


@pytest.mark.parametrize("source", [5, "abc", [5], None], ids=repr)
def test_what_is_neither_result_nor_trades_is_refused(source: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^trades must"):
        ba.BacktestEngine().run_monte_carlo(source)


def test_nothing_to_draw_from_is_an_error() -> None:
    with pytest.raises(ba.DataError, match="must not be empty"):
        ba.BacktestEngine().run_monte_carlo([])
