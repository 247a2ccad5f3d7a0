"""Timers: at a time, every so often, replaced and cancelled; in order with everything else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

import baconalgo as ba

SECOND = 1_000_000_000
START = 1_704_153_600 * SECOND
DATA = {"ts": START + np.arange(61) * SECOND, "price": 100.0 + np.arange(61) % 5}


class Timed(ba.Strategy):
    """Sets timers up at the start, and keeps what it was told in order."""

    def __init__(self, set_up: Any, on_timer: Any = None) -> None:
        self.set_up, self.then, self.log = set_up, on_timer, []

    def on_start(self) -> None:
        self.set_up(self)

    def on_trade(self, trade: ba.Trade) -> None:
        self.log.append(("trade", (self.now - START) / SECOND))

    def on_timer(self, name: str) -> None:
        self.log.append((name, (self.now - START) / SECOND))
        if self.then is not None:
            self.then(self, name)


def fired(set_up: Any, on_timer: Any = None, **settings: Any) -> list[tuple[str, float]]:
    strategy = Timed(set_up, on_timer)
    ba.BacktestEngine(ba.BacktestConfig(**settings)).run(strategy, DATA)
    return [entry for entry in strategy.log if entry[0] != "trade"]


@pytest.mark.parametrize("every", ["20s", 20 * SECOND, dt.timedelta(seconds=20)], ids=repr)
def test_a_timer_fires_every_so_often_from_the_start_on(every: Any) -> None:
    assert fired(lambda s: s.set_timer("beat", every=every)) == [("beat", 20), ("beat", 40), ("beat", 60)]


@pytest.mark.parametrize(
    "at", [START + 90 * SECOND // 2, "2024-01-02T00:00:45", dt.datetime(2024, 1, 2, 0, 0, 45, tzinfo=dt.UTC)], ids=repr
)
def test_a_timer_fires_once_at_its_time(at: Any) -> None:
    assert fired(lambda s: s.set_timer("once", at=at)) == [("once", 45)]


def test_a_timer_with_both_fires_first_at_its_time_and_then_every_so_often() -> None:
    assert fired(lambda s: s.set_timer("t", at=START + 5 * SECOND, every="25s")) == [("t", 5), ("t", 30), ("t", 55)]


def test_a_time_that_is_past_fires_at_once() -> None:
    assert fired(lambda s: s.set_timer("late", at=START - SECOND)) == [("late", 0)]


def test_a_timer_between_two_records_fires_at_its_own_time() -> None:
    strategy = Timed(lambda s: s.set_timer("half", at=START + SECOND // 2))
    ba.BacktestEngine().run(strategy, DATA)
    assert strategy.log[:3] == [("trade", 0), ("half", 0.5), ("trade", 1)]


def test_at_one_time_a_timer_comes_before_market_data() -> None:
    strategy = Timed(lambda s: s.set_timer("same", at=START + SECOND))
    ba.BacktestEngine().run(strategy, DATA)
    assert strategy.log[:3] == [("trade", 0), ("same", 1), ("trade", 1)]


def test_a_name_that_is_set_again_is_replaced() -> None:
    def set_up(strategy: Timed) -> None:
        strategy.set_timer("x", every="10s")
        strategy.set_timer("x", at=START + 7 * SECOND)

    assert fired(set_up) == [("x", 7)]


def test_a_timer_is_cancelled_also_from_inside_itself() -> None:
    def stop_third(strategy: Timed, name: str) -> None:
        if len([entry for entry in strategy.log if entry[0] == name]) == 3:
            strategy.cancel_timer(name)

    assert fired(lambda s: s.set_timer("x", every="5s"), stop_third) == [("x", 5), ("x", 10), ("x", 15)]


def test_a_timer_can_set_the_next_one() -> None:
    def doubled(strategy: Timed, name: str) -> None:
        strategy.set_timer(f"{name}+", at=strategy.now + len(name) * SECOND)

    assert fired(lambda s: s.set_timer("a", at=START + SECOND), doubled)[:4] == [
        ("a", 1),
        ("a+", 2),
        ("a++", 4),
        ("a+++", 7),
    ]


def test_many_timers_fire_in_order_of_time() -> None:
    def set_up(strategy: Timed) -> None:
        for second in (9, 3, 7, 1):
            strategy.set_timer(f"t{second}", at=START + second * SECOND)

    assert fired(set_up) == [("t1", 1), ("t3", 3), ("t7", 7), ("t9", 9)]


def test_orders_of_a_timer_are_decided_at_its_time() -> None:
    def trade(strategy: Timed, name: str) -> None:
        strategy.buy("ASSET", 1)

    strategy = Timed(lambda s: s.set_timer("go", at=START + 10 * SECOND + 500), trade)
    result = ba.BacktestEngine().run(strategy, DATA)
    order = result.orders.to_pylist()[0]
    assert order["ts_submitted"].value == START + 10 * SECOND + 500
    assert order["status"] == "FILLED"


def test_timers_fire_while_the_strategy_warms_up_and_after_the_feed_latency() -> None:
    warm = fired(lambda s: s.set_timer("x", every="30s"), start_date=START + 40 * SECOND)
    assert warm == [("x", 30), ("x", 60)]
    slow = fired(lambda s: s.set_timer("x", every="30s"), latency=ba.Latency(feed=SECOND // 4))
    assert [name for name, _ in slow] == ["x", "x"]
