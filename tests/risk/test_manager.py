"""An account by itself: sizes, limits, breakers, what it could lose."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import baconalgo as ba

SECOND = 1_000_000_000
NOON = (1_700_006_400 + 43_200) * SECOND


def manager(config: ba.RiskConfig | None = None) -> ba.RiskManager:
    return ba.RiskManager(config, clock=lambda: NOON)


def code(account: ba.RiskManager, symbol: str, quantity: float, price: float | None = None) -> int | None:
    return account.what_if(symbol, quantity, price).code


def test_sizes_are_those_of_the_contract() -> None:
    account = manager()
    assert account.calculate_position_size(0.65, 1000, 500, 50_000) == 0.02
    assert account.calculate_position_size(win_rate=0.65, avg_win=1000, avg_loss=-500, price=50_000) == 0.02
    # Kelly's fraction 0.004, halved.
    assert account.calculate_position_size(0.502, 100, 100, 1) == pytest.approx(200)
    for never in ((0.3, 100, 100, 1), (0.5, 100, 100, 1), (0.9, 0, 100, 1)):
        assert account.calculate_position_size(*never) == 0
    assert account.calculate_position_size(0.9, 100, 0, 1) == 1_000
    fixed = manager(ba.RiskConfig(enable_kelly_criterion=False))
    assert fixed.calculate_position_size(0.1, 1, 100, 50_000) == 0.02


@pytest.mark.parametrize(
    "wrong", [(1.1, 1, 1, 1), (-0.1, 1, 1, 1), (0.5, math.nan, 1, 1), (0.5, 1, 1, 0), (0.5, -1, 1, 1)]
)
def test_sizes_of_what_cannot_be_are_refused(wrong: tuple[float, float, float, float]) -> None:
    with pytest.raises(ba.ConfigError):
        manager().calculate_position_size(*wrong)


def test_one_bitcoin_is_refused_by_the_default_exposure_and_says_why() -> None:
    account = manager()
    for quantity in (1, -1):
        with pytest.raises(ba.RiskError) as caught:
            account.validate_trade("BTC", quantity, 50_000)
        error = pickle.loads(pickle.dumps(caught.value))
        assert (error.code, error.parameter, error.value, error.bound) == (2019, "max_exposure_pct", 50_000, 20_000)
        assert str(error).startswith("max_exposure_pct allows at most 20,000: ")
    assert account.validate_trade("BTC", 0.4, 50_000) is None
    assert code(account, "BTC", 0.40000001, 50_000) == 2019


def test_nothing_that_is_asked_about_changes_anything() -> None:
    account = manager()
    for _ in range(100):
        account.what_if("BTC", 0.4, 50_000)
    assert account.report().limits.num_rows == 0
    assert account.get_metrics().open_positions == 0


def test_what_reduces_passes_and_only_what_is_beyond_flat_counts() -> None:
    account = manager()
    account.on_fill("BTC", 0.4, 50_000)
    account.update_price("BTC", 52_000)
    assert code(account, "BTC", 0.001, 52_000) == 2019
    assert code(account, "BTC", -0.4, 52_000) is None
    assert code(account, "BTC", -0.78, 52_000) is None
    assert code(account, "BTC", -0.79, 52_000) == 2019
    assert code(account, "ETH", 1, 100) == 2019


@pytest.mark.parametrize("quantity", [math.nan, math.inf, 0, 1e300])
def test_quantities_that_are_none_are_refused(quantity: float) -> None:
    assert code(manager(), "BTC", quantity, 1) == 1002


def test_without_a_price_only_what_reduces_is_allowed() -> None:
    account = manager()
    assert code(account, "BTC", 0.1) == 2001
    assert code(account, "BTC", 0.1, math.nan) in (2001, 2012)
    account.on_fill("BTC", 0.1, 50_000)
    assert code(account, "BTC", 0.1) is None
    account.update_price("BTC", math.nan)
    assert code(account, "BTC", 0.1) == 2012
    assert code(account, "BTC", -0.1) is None
    assert code(account, "BTC", -0.1, math.nan) is None
    assert code(account, "BTC", -0.2, math.nan) == 2012
    account.update_price("BTC", 50_000)
    assert code(account, "BTC", 0.1) is None


def test_limits_of_instruments_and_groups_can_be_set_while_positions_are_open() -> None:
    account = manager(ba.RiskConfig(sectors={"A": "tech", "B": "tech"}))
    account.on_fill("A", 50, 100)
    assert code(account, "B", 100, 100) is None
    account.set_sector_limit("tech", 8_000)
    assert code(account, "B", 30, 100) is None
    assert code(account, "B", 31, 100) == 2023
    assert code(account, "C", 100, 100) is None
    account.assign("C", sector="tech")
    assert code(account, "C", 31, 100) == 2023
    account.set_sector_limit("tech", None)
    account.set_instrument_limit("A", 5_500)
    assert code(account, "A", 5, 100) is None
    assert code(account, "A", 6, 100) == 2021
    account.set_instrument_limit("A", max_order_quantity=10, max_position=55)
    assert (code(account, "A", 11, 100), code(account, "A", 6, 100), code(account, "A", 5, 100)) == (2002, 2003, None)
    account.set_instrument_limit("A")
    assert code(account, "A", 50, 100) is None
    with pytest.raises(ba.ConfigError):
        account.set_instrument_limit("A", max_size=1)
    account.set_trading("A", False)
    assert code(account, "A", -1, 100) == 2010


def test_a_daily_loss_trips_the_breaker_until_it_is_reset() -> None:
    config = ba.RiskConfig(cool_down="1m")
    account = manager(config)
    account.on_fill("BTC", 0.4, 50_000)
    assert not account.update_price("BTC", 45_001)
    assert account.update_price("BTC", 45_000)
    account.update_price("BTC", 60_000)
    metrics = account.get_metrics()
    assert (metrics.circuit_breaker_active, metrics.daily_pnl) == (True, 4_000)
    assert code(account, "ETH", 1, 100) == 2007
    assert code(account, "BTC", -0.4) is None
    with pytest.raises(ba.RiskError, match="60 s left"):
        account.reset_circuit_breaker()
    account.reset_circuit_breaker(timestamp=NOON + 60 * SECOND)
    assert not account.get_metrics().circuit_breaker_active
    report = account.report()
    assert report.tripped
    assert report.incidents.column("condition").to_pylist() == ["WARNING", "TRIPPED", "NORMAL"]
    assert report.daily_loss == (2_000, 2_000)
    account.kill_switch()
    assert code(account, "ETH", 1, 100) == 2008


def test_a_new_day_starts_where_the_last_one_ended() -> None:
    account = manager()
    account.on_fill("BTC", 0.4, 50_000)
    account.update_price("BTC", 46_000)
    assert account.get_metrics().daily_pnl == -1_600
    assert not account.update_price("BTC", 42_000, timestamp=NOON + 86_400 * SECOND)
    assert account.get_metrics().daily_pnl == -1_600
    assert account.get_metrics().current_drawdown_pct == pytest.approx(3.2)


def test_positions_opened_outside_and_fills_beyond_the_limits_count() -> None:
    account = manager()
    account.on_fill("X", -1_000, 50, fee=12.5)
    metrics = account.get_metrics()
    assert (metrics.current_exposure, metrics.exposure_pct, metrics.open_positions) == (50_000, 50, 1)
    assert metrics.daily_pnl == -12.5
    assert code(account, "X", -1, 50) == 2019
    assert code(account, "X", 1_400, 50) is None
    assert code(account, "X", 1_401, 50) == 2019


def returns(seed: int = 1, rows: int = 1_000) -> dict[str, np.ndarray]:
    both = np.random.default_rng(seed).multivariate_normal([0, 0], [[1e-4, 5e-5], [5e-5, 4e-4]], rows)
    return {"A": both[:, 0], "B": both[:, 1]}


def book() -> ba.RiskManager:
    account = manager(ba.RiskConfig(max_exposure_pct=None, sectors={"A": "tech"}))
    account.on_fill("A", 100, 100)
    account.on_fill("B", -50, 100)
    account.set_returns(returns())
    return account


def test_value_at_risk_is_that_of_the_positions() -> None:
    account = book()
    pnl = 10_000 * returns()["A"] - 5_000 * returns()["B"]
    bound = -np.quantile(pnl, 0.05)
    metrics = account.get_metrics()
    assert metrics.var == pytest.approx(bound)
    assert metrics.cvar == pytest.approx(-pnl[pnl <= -bound].mean())
    assert account.value_at_risk("normal").var == pytest.approx(1.6448536 * pnl.std(ddof=1) - pnl.mean())
    simulated = account.monte_carlo_var(paths=200_000, seed=3)
    assert simulated.var == pytest.approx(account.value_at_risk("normal").var, abs=5 * simulated.standard_error)
    assert account.value_at_risk(confidence=0.99).var == pytest.approx(-np.quantile(pnl, 0.01))
    parts = account.component_var()
    assert parts.component.sum() == pytest.approx(parts.var)


def test_correlations_are_those_of_numpy() -> None:
    account, given = book(), returns()
    found = account.correlation_matrix()
    assert np.asarray(found) == pytest.approx(np.corrcoef(given["A"], given["B"]))
    assert np.asarray(account.correlation_matrix(["B"])) == pytest.approx(np.ones((1, 1)))


def test_scenarios_hit_instruments_sectors_and_everything() -> None:
    account = book()
    sector = ba.risk_models.Scenario("sector", sectors={"tech": -0.5})
    assert account.stress_test([sector]).totals == {"sector": -5_000}
    found = account.stress_test({"all": -0.1, "one": {"B": 0.2}, "sector": sector}).totals
    assert found == {"all": -500, "one": -1_000, "sector": -5_000}
    assert "1987" in " ".join(account.stress_test().totals)
    with pytest.raises(ba.ConfigError):
        account.stress_test(["crash"])


def test_prices_that_were_seen_make_returns_on_their_grid() -> None:
    account = manager(ba.RiskConfig(max_exposure_pct=None))
    rng = np.random.default_rng(5)
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 300)))
    for step, price in enumerate(prices):
        for second in (10, 50):
            account.update_price("A", price if second == 50 else 99.0, timestamp=NOON + (60 * step + second) * SECOND)
    account.on_fill("A", 10, float(prices[-1]), timestamp=NOON + 300 * 60 * SECOND)
    seen = prices[:-1]
    wanted = -np.quantile(seen[1:] / seen[:-1] - 1, 0.05) * 10 * round(prices[-1], 8)
    assert account.value_at_risk().var == pytest.approx(wanted, rel=1e-6)
    assert account.get_metrics().var == pytest.approx(wanted, rel=1e-6)


def test_what_is_not_known_is_none_and_nothing_held_risks_nothing() -> None:
    account = manager()
    assert (account.get_metrics().var, account.get_metrics().cvar) == (0, 0)
    account.on_fill("A", 1, 100)
    assert (account.get_metrics().var, account.get_metrics().sharpe_ratio) == (None, None)
    with pytest.raises(ba.DataError):
        account.value_at_risk()
    with pytest.raises(ba.DataError):
        account.correlation_matrix()


def test_five_hundred_symbols_are_judged_alike() -> None:
    account = manager(ba.RiskConfig(max_concurrent_positions=500, max_exposure_pct=50))
    for n in range(499):
        account.on_fill(f"S{n}", 1, 100)
    assert code(account, "S0", 1, 100) is None
    assert code(account, "NEW", 1, 100) is None
    assert code(account, "NEW", 2, 100) == 2019
    account.on_fill("NEW", 0.5, 100)
    assert code(account, "MORE", 0.1, 100) == 2013


def test_value_at_risk_of_all_positions_can_be_limited() -> None:
    account = book()
    now = account.value_at_risk("normal").var
    account.set_var_limit(1.05 * now)
    assert code(account, "A", 1, 100) is None
    assert code(account, "A", 100, 100) == 2030
    assert code(account, "B", 5, 100) is None
    assert code(account, "C", 1, 100) == 2030
    account.set_var_limit(None)
    assert code(account, "C", 1, 100) is None
    with pytest.raises(ba.DataError):
        manager().set_var_limit(1)
