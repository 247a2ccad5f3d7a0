"""The limit on value at risk that is part of a run: what it says, when it is known, how it is reported."""

from __future__ import annotations

import math

import numpy as np
import pytest

import baconalgo as ba

MINUTE = 60 * 10**9
START = 1_700_006_400 * 10**9
CONFIG = ba.RiskConfig(
    max_exposure_pct=None,
    max_concurrent_positions=None,
    max_daily_loss=None,
    max_drawdown_pct=None,
    max_var_pct=2,
    var_warm_up=30,
    var_decay=0.99,
)


def watched(config: ba.RiskConfig = CONFIG, minutes: int = 500) -> tuple[ba.RiskManager, np.ndarray]:
    """An account that saw two prices a minute of A and of its near twin B; the prices at the ends of minutes."""
    manager = ba.RiskManager(config, clock=lambda: START + minutes * MINUTE)
    rng = np.random.default_rng(3)
    steps = 0.0005 * rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1.1]], (minutes, 2))
    prices = np.round([100, 50] * np.exp(np.cumsum(steps.reshape(-1, 2), axis=0)), 8)
    for row, both in enumerate(prices):
        for symbol, price in zip("AB", both, strict=True):
            manager.update_price(symbol, price, timestamp=START + row * MINUTE // 2)
    return manager, prices[1::2]


def plain(closes: np.ndarray, values: list[float], decay: float = 0.99) -> float:
    """The formula of the documentation, over the minutes that are over."""
    returns = np.diff(np.log(closes[:-1]), axis=0)
    weights = decay ** np.arange(len(returns))[::-1]
    made = returns @ values
    return 1.6448536269514722 * math.sqrt(1440 * (weights * made**2).sum() / weights.sum())


def test_it_is_the_weighted_covariance_of_minutes_scaled_to_the_horizon() -> None:
    manager, closes = watched()
    manager.on_fill("A", 200, closes[-1, 0])
    manager.on_fill("B", -300, closes[-1, 1])
    expected = plain(closes, [200 * closes[-1, 0], -300 * closes[-1, 1]])
    metrics = manager.get_metrics()
    assert metrics.live_var == pytest.approx(expected, rel=0.01)
    assert metrics.live_var_used_pct == pytest.approx(100 * metrics.live_var / 2_000)


def test_an_order_is_refused_at_the_limit_and_a_hedge_passes() -> None:
    manager, closes = watched()
    each = plain(closes, [1.0, 0.0])
    most = round(2_000 / each / closes[-1, 0], 2)
    assert manager.what_if("A", 0.98 * most)
    assert manager.what_if("A", -0.98 * most)
    refused = manager.what_if("A", 1.02 * most)
    assert (refused.code, refused.limit, refused.bound) == (2030, "max_var_pct", 2_000)
    assert 2_000 < refused.value < 2_060
    manager.on_fill("A", 2 * most, closes[-1, 0])
    assert manager.what_if("A", 1).code == 2030
    assert manager.what_if("A", -4.1 * most).code == 2030
    assert manager.what_if("A", -2.9 * most)
    # The twin hedges nine tenths of it, but the same side in it adds.
    assert manager.what_if("B", -2 * most)
    assert manager.what_if("B", 0.01 * most).code == 2030
    used = {row["limit"]: row for row in manager.report().limits.to_pylist()}
    assert "var_warm_up" not in used


def test_too_few_returns_deny_what_adds_risk_and_allow_what_reduces_it() -> None:
    manager, closes = watched(minutes=31)
    # 31 minutes begun are 30 over, and 29 returns.
    refused = manager.what_if("A", 1)
    assert (refused.code, refused.limit, refused.value, refused.bound) == (2031, "var_warm_up", 29, 30)
    manager.on_fill("A", 5, closes[-1, 0])
    assert manager.what_if("A", -5)
    assert manager.what_if("A", -5.1).code == 2031
    assert manager.get_metrics().live_var is None
    manager, closes = watched(minutes=40)
    assert manager.what_if("A", 1)
    # Something else is held, of which nothing is known.
    manager.on_fill("C", 10, 100)
    assert manager.what_if("A", 1).code == 2031
    assert manager.what_if("C", -10)


def test_a_backtest_refuses_and_reports_how_close_it_came() -> None:
    class Buyer(ba.Strategy):
        def on_start(self) -> None:
            self.quotes = 0

        def on_quote(self, quote: ba.Quote) -> None:
            self.quotes += 1
            if self.quotes % 40 == 0:
                self.buy(quote.symbol, 10)

    config = ba.RiskConfig(
        max_exposure_pct=None, max_daily_loss=None, max_drawdown_pct=None, max_var_pct=1, var_warm_up=20
    )
    data = ba.data.simulate(rows=20_000, seed=2)
    result = ba.BacktestEngine(risk=config).run(Buyer(), data)
    orders = result.orders.to_pylist()
    codes = [row["reject_code"] for row in orders]
    assert set(codes[: codes.index(None)]) == {2031}
    assert {2030, 2031, None} == set(codes)
    late = [row for row in orders if row["reject_code"] == 2030]
    assert all(row["reject_bound"] == 1_000 < row["reject_value"] for row in late)
    assert result.risk is not None
    used = {row["limit"]: row for row in result.risk.limits.to_pylist()}
    assert 90 < used["max_var_pct"]["most_used_pct"] <= 100
    assert used["max_var_pct"]["refused"] == len(late)
    assert used["var_warm_up"]["refused"] == codes.count(2031)


def test_rows_before_the_start_date_warm_it_up() -> None:
    class Once(ba.Strategy):
        def on_start(self) -> None:
            self.asked = False

        def on_quote(self, quote: ba.Quote) -> None:
            if self.now >= start and not self.asked:
                self.asked = True
                self.buy(quote.symbol, 1)

    data = ba.data.simulate(rows=20_000, seed=2)
    start = data["ts"][10_000].value
    config = ba.RiskConfig(max_exposure_pct=None, max_var_pct=5)
    result = ba.BacktestEngine(ba.BacktestConfig(start_date=start), risk=config).run(Once(), data)
    assert result.orders["status"].to_pylist() == ["FILLED"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_var_pct": 0},
        {"max_var_pct": math.nan},
        {"var_decay": 1},
        {"var_decay": 0},
        {"var_warm_up": 0},
        {"var_interval": 0},
        {"var_horizon": "0s"},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ba.ConfigError, match=next(iter(wrong))):
        ba.RiskConfig(**wrong)
