"""Amounts that do not fit: refused by name, rejected with a code, or an EngineError. Never a wrap, never a panic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baconalgo as ba

TIMES = 1_704_153_600_000_000_000 + np.arange(10) * 1_000_000_000
ALWAYS = ba.close > -1e300


def quotes(price: float, size: float | None = None) -> dict[str, Any]:
    table = {"ts": TIMES, "bid": np.full(10, price), "ask": np.full(10, price)}
    if size is not None:
        table |= {"bid_size": np.full(10, size), "ask_size": np.full(10, size)}
    return table


def run(data: Any, quantity: float = 1.0, *, options: Any = None, **settings: Any) -> ba.BacktestResult | ba.BaconError:
    """What came of it; anything but a result and an error of ours passes through and fails the test."""
    try:
        return ba.BacktestEngine(ba.BacktestConfig(**settings)).run(
            ba.ExprStrategy(ALWAYS, quantity=quantity), data, **(options or {})
        )
    except ba.BaconError as error:
        return error


@pytest.mark.parametrize("multiplier", [1, 10**9, 10**15])
@pytest.mark.parametrize("quantity", [1.0, 1e10, 9e18])
@pytest.mark.parametrize("capital", [1e5, 1e15, 9e17])
@pytest.mark.parametrize(("price", "tick"), [(10.0, 0.1), (1e12, 1), (4e18, 1), (4.7e18, 1), (9e18, 1)])
def test_notionals_of_any_size_are_rejects_or_errors(
    multiplier: int, quantity: float, capital: float, price: float, tick: float
) -> None:
    options = {"tick_size": tick, "lot_size": 1, "multiplier": multiplier}
    for leverage in (1.0, 1e6):
        came = run(quotes(price, 9e18), quantity, options=options, initial_capital=capital, leverage=leverage)
        if isinstance(came, ba.BacktestResult):
            assert came.complete
            order = came.orders.to_pylist()[0]
            assert order["status"] != "REJECTED" or order["reject_code"] in (2001, 2004, 2006)
            for fill in came.fills.to_pylist():
                assert fill["price"] >= price
                assert fill["fee"] >= 0
            costs = came.metrics["total_fees"]
            slip = sum((f["price"] - price) * f["quantity"] for f in came.fills.to_pylist()) * multiplier
            assert came.metrics["final_equity"] == pytest.approx(capital - costs - slip, rel=1e-9)


def test_a_hundred_million_of_a_currency_pair_can_be_turned_around() -> None:
    """Quotes without sizes have lots of 1e-8: 1e16 lots with a fee of 1e23 units."""
    targets = ba.SignalStrategy(np.repeat([1.0, -1.0], 5), 1e8)
    result = ba.BacktestEngine(ba.BacktestConfig(initial_capital=1e9)).run(targets, quotes(1.38))
    assert result.fills["quantity"].to_pylist() == [1e8, 2e8]
    assert result.trades["commission"][0].as_py() == pytest.approx(2 * 138_000, rel=1e-2)


def test_slippage_does_not_carry_a_price_around_the_end_of_its_integer() -> None:
    trades = {"ts": TIMES, "price": np.full(10, 9e14)}
    settings = {"initial_capital": 1e17, "slippage_pct": 50, "leverage": 100, "commission_pct": 0}
    came = run(trades, options={"tick_size": 1e-4}, **settings)
    assert isinstance(came, ba.BaconError) or came.fills["price"][0].as_py() == 1.35e15


def test_the_mark_of_the_highest_prices_is_right_or_they_are_refused() -> None:
    settings = {"initial_capital": 1e12, "slippage_pct": 0, "commission_pct": 0}
    came = run(quotes(9e18), 1e-8, options={"tick_size": 1}, **settings)
    assert isinstance(came, ba.DataError) or came.metrics["final_equity"] == 1e12


def test_a_loss_beyond_all_capital_is_counted_as_it_is() -> None:
    prices = np.array([100.0] * 5 + [1.0] * 5)
    table = {"ts": TIMES, "bid": prices, "ask": prices}
    result = run(table, 9_000.0, leverage=10, slippage_pct=0, commission_pct=0)
    assert isinstance(result, ba.BacktestResult)
    assert result.metrics["final_equity"] == 100_000 - 9_000 * 99
    assert result.metrics["max_drawdown_pct"] == pytest.approx(891.0)
    assert result.metrics["sharpe_ratio"] is None
    assert result.metrics["return_pct"] == pytest.approx(-891.0)


@pytest.mark.parametrize("price", [-37.63, -0.1])
def test_prices_below_zero_trade_like_others(price: float) -> None:
    result = run(quotes(price), 10.0)
    assert isinstance(result, ba.BacktestResult)
    assert result.fills.num_rows == 1
    assert result.fills["fee"][0].as_py() >= 0


@pytest.mark.parametrize(
    "settings",
    [
        {"leverage": 9e11},
        {"leverage": 9e11, "initial_capital": 9e17},
        {"slippage_pct": 99.999},
        {"slippage_pct": 1e-18},
        {"commission_pct": 1e17},
        {"commission_pct": -1e17},
        {"latency": 2**62 - 1},
        {"latency": ba.Latency(2**62 - 1, 2**62 - 1, 2**62 - 1)},
        {"sample": 1},
        {"sample": 2**62 - 1},
        {"limits": ba.OrderLimits(max_order_quantity=9e9, max_position=9e9, max_notional=9e17)},
        {"limits": ba.OrderLimits(price_collar_pct=9e13)},
        {"start_date": -(2**63) + 1, "end_date": 2**63 - 1},
        {"start_date": "1700-01-01", "end_date": "2262-01-01"},
        {"initial_capital": 1e-18},
    ],
    ids=repr,
)
def test_settings_at_the_ends_of_their_ranges_are_used_or_refused(settings: Any) -> None:
    data = ba.data.simulate(rows=300, seed=1)
    came = run(data, 1.0, **settings)
    assert isinstance(came, ba.BaconError) or came.complete


@pytest.mark.parametrize("price", [1e15, -1e15, 1.0, 9e16, -9e16])
@pytest.mark.parametrize("kind", ["price", "stop_price"])
def test_order_prices_far_from_the_market_wait_or_are_refused(price: float, kind: str) -> None:
    class Far(ba.Strategy):
        def on_start(self) -> None:
            self.sent = False

        def on_quote(self, quote: ba.Quote) -> None:
            if not self.sent:
                self.sent = True
                self.buy(quote.symbol, 1, **{kind: price})
                self.sell(quote.symbol, 1, **{kind: price})

    collar = ba.OrderLimits(price_collar_pct=1)
    for limits in (ba.OrderLimits(), collar):
        try:
            result = ba.BacktestEngine(ba.BacktestConfig(limits=limits)).run(Far(), ba.data.simulate(rows=300, seed=1))
        except ba.StrategyError as error:
            assert isinstance(error.__cause__, ba.OrderError)
        else:
            assert result.orders.num_rows == 2
            assert result.complete
