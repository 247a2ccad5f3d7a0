"""Strategies that raise, send garbage, or are used in ways they were not made for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import baconalgo as ba

CALLBACKS = ["on_start", "on_quote", "on_trade", "on_bar", "on_order", "on_fill", "on_timer", "on_stop"]
DATA = ba.data.simulate(rows=3_000, seed=2)


class Busy(ba.Strategy):
    """Is told of everything there is, and raises in one of its callbacks, the third time."""

    def __init__(self, fails_in: str) -> None:
        self.fails_in, self.calls = fails_in, dict.fromkeys(CALLBACKS, 0)

    def called(self, name: str, told: Any = None) -> None:
        self.calls[name] += 1
        if name == self.fails_in and (self.calls[name] == 3 or name in ("on_start", "on_stop")):
            raise ZeroDivisionError(f"in {name}")

    def on_start(self) -> None:
        self.subscribe_bars("1m")
        self.set_timer("tick", every="1m")
        self.called("on_start")

    def on_quote(self, quote: ba.Quote) -> None:
        if self.calls["on_quote"] % 100 == 0:
            (self.buy if self.position(quote.symbol) <= 0 else self.sell)(quote.symbol, 1)
        self.called("on_quote", quote)

    def on_trade(self, trade: ba.Trade) -> None:
        self.called("on_trade", trade)

    def on_bar(self, bar: ba.Bar) -> None:
        self.called("on_bar", bar)

    def on_order(self, order: ba.Order) -> None:
        self.called("on_order", order)

    def on_fill(self, fill: ba.Fill) -> None:
        self.called("on_fill", fill)

    def on_timer(self, name: str) -> None:
        self.called("on_timer", name)

    def on_stop(self) -> None:
        self.called("on_stop")


TOLD = {
    "on_quote": ba.Quote,
    "on_trade": ba.Trade,
    "on_bar": ba.Bar,
    "on_order": ba.Order,
    "on_fill": ba.Fill,
    "on_timer": str,
    "on_start": type(None),
    "on_stop": type(None),
}


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_exception_in_any_callback_is_a_strategy_error_that_keeps_what_was_computed(callback: str) -> None:
    engine, strategy = ba.BacktestEngine(), Busy(callback)
    with pytest.raises(
        ba.StrategyError, match=rf"^strategy must not raise, was ZeroDivisionError: in {callback}"
    ) as at:
        engine.run(strategy, DATA)
    error = at.value
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert isinstance(error.event, TOLD[callback])
    assert error.code == 1101
    assert isinstance(error.ts, int)
    first, last = DATA["ts"][0].value, DATA["ts"][-1].value
    assert first <= error.ts <= last + 10**10
    kept = engine.last_result
    assert kept is not None
    assert not kept.complete
    assert kept.error is error
    assert kept.fills.num_rows <= kept.orders.num_rows
    if callback == "on_stop":
        assert kept.stats["events"] == DATA.num_rows
        assert kept.trades.num_rows > 10
    elif callback == "on_start":
        assert kept.stats["events"] == 0
    else:
        assert strategy.calls[callback] == 3
    if callback in ("on_bar", "on_order", "on_fill", "on_timer"):
        assert kept.orders.num_rows >= 1
    repr(kept)
    kept._repr_html_()


def test_the_trace_of_the_cause_shows_the_line_of_the_strategy() -> None:
    import traceback

    with pytest.raises(ba.StrategyError) as caught:
        ba.BacktestEngine().run(Busy("on_trade"), DATA)
    assert "raise ZeroDivisionError" in "".join(traceback.format_exception(caught.value))


def test_exits_and_interrupts_raised_by_a_strategy_come_out_as_they_are() -> None:
    class Leaves(ba.Strategy):
        def on_quote(self, quote: ba.Quote) -> None:
            raise self.kind

    for kind in (SystemExit, KeyboardInterrupt, GeneratorExit):
        strategy, engine = Leaves(), ba.BacktestEngine()
        strategy.kind = kind
        with pytest.raises(kind):
            engine.run(strategy, DATA)
        assert engine.last_result is not None
        assert not engine.last_result.complete


def test_an_instance_starts_anew_when_it_runs_again() -> None:
    class Records(ba.Strategy):
        def on_start(self) -> None:
            self.ids, self.seen = [], []
            self.seen.append((self.position("SIM"), self.now))

        def on_quote(self, quote: ba.Quote) -> None:
            if len(self.ids) < 5:
                self.ids.append(self.buy(quote.symbol, 1))

    strategy, engine = Records(), ba.BacktestEngine()
    one = engine.run(strategy, DATA)
    first = (strategy.ids, strategy.seen)
    two = engine.run(strategy, DATA)
    assert one.hash == two.hash
    assert (strategy.ids, strategy.seen) == first
    assert strategy.ids == [1, 2, 3, 4, 5]
    other = engine.run(strategy, ba.data.simulate(rows=500, seed=3, symbol="SIM"))
    assert other.hash != one.hash


def test_a_strategy_that_is_not_running_says_so() -> None:
    with pytest.raises(ba.EngineError, match="strategy must be running"):
        ba.Strategy().buy("SIM", 1)
    with pytest.raises(ba.EngineError, match="strategy must be running"):
        ba.Strategy().position("SIM")


def test_after_its_run_a_strategy_cannot_send_orders_into_the_next_one() -> None:
    strategy = Busy("never")
    ba.BacktestEngine().run(strategy, DATA)
    with pytest.raises(ba.EngineError, match="must be running"):
        strategy.buy("SIM", 1)


def test_an_instance_that_is_running_cannot_be_run_again_meanwhile() -> None:
    class Nested(ba.Strategy):
        def __init__(self) -> None:
            self.tried, self.refused, self.ids = False, None, []

        def on_quote(self, quote: ba.Quote) -> None:
            if not self.tried:
                self.tried = True
                try:
                    ba.BacktestEngine().run(self, DATA.slice(0, 10))
                except ba.EngineError as error:
                    self.refused = error
            if len(self.ids) < 3:
                self.ids.append(self.buy(quote.symbol, 1))

    strategy = Nested()
    result = ba.BacktestEngine().run(strategy, DATA)
    assert strategy.refused is not None
    assert strategy.ids == [1, 2, 3] == result.orders["order_id"].to_pylist()


def test_a_strategy_may_run_another_one() -> None:
    class Outer(ba.Strategy):
        def on_start(self) -> None:
            self.hashes: list[str] = []

        def on_quote(self, quote: ba.Quote) -> None:
            if len(self.hashes) < 2:
                self.hashes.append(ba.BacktestEngine().run(Busy("never"), DATA).hash)

    outer = Outer()
    assert ba.BacktestEngine().run(outer, DATA).complete
    assert outer.hashes[0] == outer.hashes[1] == ba.BacktestEngine().run(Busy("never"), DATA).hash


@pytest.mark.parametrize("strategy", ["x", 5, None, object(), object, lambda e, s, o: 0, ba.ema(ba.close, 3)], ids=repr)
def test_what_is_no_strategy_is_refused(strategy: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^strategy must be a ba\.Strategy"):
        ba.BacktestEngine().run(strategy, DATA)


def test_a_strategy_without_data_is_refused() -> None:
    with pytest.raises(ba.ConfigError, match="data must be given"):
        ba.BacktestEngine().run(Busy("never"))


@pytest.mark.parametrize("values", [5, 2_999, 3_001, 6_000])
def test_targets_must_be_as_many_as_there_are_rows(values: int) -> None:
    with pytest.raises(ba.StrategyError, match="targets must") as caught:
        ba.BacktestEngine().run(ba.SignalStrategy(np.ones(values)), DATA)
    assert caught.value.code == 1102


@pytest.mark.parametrize("targets", ["abc", [[1.0]], [np.inf], None, ["x"]], ids=repr)
def test_targets_that_cannot_be_are_refused(targets: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^targets must"):
        ba.SignalStrategy(targets)


@pytest.mark.parametrize("quantity", [0, -1, math.nan, math.inf, "1", None, True], ids=repr)
def test_quantities_that_cannot_be_are_refused(quantity: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^quantity must"):
        ba.SignalStrategy([1.0], quantity)
    with pytest.raises(ba.ConfigError, match=r"^quantity must"):
        ba.ExprStrategy(ba.close > 0, quantity=quantity)
