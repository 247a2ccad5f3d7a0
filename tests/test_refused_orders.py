"""Orders that cannot be: an error where they are sent; the run goes on if the strategy catches it."""

from __future__ import annotations

import math
from typing import Any

import pytest

import baconalgo as ba

DATA = ba.data.simulate(rows=3_000, seed=2)


class Once(ba.Strategy):
    """Does one thing on its first quote and remembers what came of it."""

    def __init__(self, action: Any) -> None:
        self.action, self.came, self.orders = action, None, []

    def on_quote(self, quote: ba.Quote) -> None:
        if self.came is None:
            try:
                self.came = (self.action(self, quote),)
            except Exception as error:
                self.came = error

    def on_order(self, order: ba.Order) -> None:
        self.orders.append(order)


NAN, INF = math.nan, math.inf
REFUSED: dict[str, tuple[Any, str, int]] = {
    "unknown instrument": (lambda s, q: s.buy("NOPE", 1), "symbol", 1001),
    "zero": (lambda s, q: s.buy(q.symbol, 0), "quantity", 1002),
    "negative": (lambda s, q: s.sell(q.symbol, -1), "quantity", 1002),
    "NaN": (lambda s, q: s.buy(q.symbol, NAN), "quantity", 1002),
    "infinite": (lambda s, q: s.buy(q.symbol, INF), "quantity", 1002),
    "too large to count": (lambda s, q: s.buy(q.symbol, 1e300), "quantity", 1002),
    "off the lot": (lambda s, q: s.buy(q.symbol, 1e-9), "quantity", 1002),
    "price off the tick": (lambda s, q: s.buy(q.symbol, 1, price=q.bid + 0.001), "price", 1003),
    "price NaN": (lambda s, q: s.buy(q.symbol, 1, price=NAN), "price", 1003),
    "price infinite": (lambda s, q: s.sell(q.symbol, 1, price=-INF), "price", 1003),
    "stop off the tick": (lambda s, q: s.buy(q.symbol, 1, stop_price=1 / 3), "stop_price", 1003),
    "limit without a price": (lambda s, q: s.buy(q.symbol, 1, order_type="LIMIT"), "order_type", 1003),
    "market with a price": (lambda s, q: s.buy(q.symbol, 1, price=q.bid, order_type="MARKET"), "order_type", 1003),
    "stop without a stop": (lambda s, q: s.buy(q.symbol, 1, price=q.bid, order_type="STOP"), "order_type", 1003),
    "unknown type": (lambda s, q: s.buy(q.symbol, 1, order_type="ICEBERG"), "order_type", 1003),
    "unknown time in force": (lambda s, q: s.buy(q.symbol, 1, time_in_force="GTD"), "time_in_force", 1003),
    "position of nothing": (lambda s, q: s.position("NOPE"), "symbol", 1001),
    "replace with zero": (lambda s, q: s.replace(s.buy(q.symbol, 1, price=1.0), quantity=0), "quantity", 1002),
    "replace off the tick": (lambda s, q: s.replace(s.buy(q.symbol, 1, price=1.0), price=1.001), "price", 1003),
}


@pytest.mark.parametrize("case", REFUSED)
def test_orders_that_cannot_be_are_errors_where_they_are_sent_and_the_run_can_go_on(case: str) -> None:
    action, parameter, code = REFUSED[case]
    strategy = Once(action)
    result = ba.BacktestEngine().run(strategy, DATA)
    assert isinstance(strategy.came, ba.OrderError), strategy.came
    assert (strategy.came.parameter, strategy.came.code) == (parameter, code)
    assert len(str(strategy.came)) < 200
    assert result.complete
    assert result.orders.num_rows == (1 if case.startswith("replace") else 0)


def test_an_order_error_that_is_not_caught_ends_the_run() -> None:
    class Careless(ba.Strategy):
        def on_quote(self, quote: ba.Quote) -> None:
            self.buy(quote.symbol, 0)

    with pytest.raises(ba.StrategyError) as caught:
        ba.BacktestEngine().run(Careless(), DATA)
    assert isinstance(caught.value.__cause__, ba.OrderError)


GARBAGE = [
    lambda s, q: s.buy(),
    lambda s, q: s.buy(1, 1),
    lambda s, q: s.buy(q.symbol, "1"),
    lambda s, q: s.buy(q.symbol, None),
    lambda s, q: s.buy(q.symbol, 1, price="x"),
    lambda s, q: s.buy(q.symbol, 1, 2, 3),
    lambda s, q: s.cancel("x"),
    lambda s, q: s.replace(None, quantity=1),
    lambda s, q: s.position(None),
    lambda s, q: s.set_timer(None, every=1),
    lambda s, q: s.subscribe_bars(None),
    lambda s, q: s.subscribe_bars("soon"),
    lambda s, q: s.set_timer("x"),
    lambda s, q: s.set_timer("x", every=0),
    lambda s, q: s.set_timer("x", at="whenever"),
    lambda s, q: s.set_timer("x", at=2**70),
    lambda s, q: setattr(s, "now", 5),
]


@pytest.mark.parametrize("place", range(len(GARBAGE)))
def test_garbage_from_a_strategy_is_a_type_error_or_one_of_ours(place: int) -> None:
    strategy = Once(GARBAGE[place])
    result = ba.BacktestEngine().run(strategy, DATA)
    assert isinstance(strategy.came, TypeError | AttributeError | ba.BaconError), strategy.came
    assert result.complete


def test_orders_for_nothing_open_change_nothing() -> None:
    strategy = Once(lambda s, q: (s.cancel(999), s.replace(999, quantity=1), s.cancel_timer("none")))
    result = ba.BacktestEngine().run(strategy, DATA)
    assert strategy.came == ((None, None, None),)
    assert result.complete
    assert result.orders.num_rows == 0
