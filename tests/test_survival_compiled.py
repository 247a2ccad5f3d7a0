"""Compiled strategies that raise or write garbage: errors or rejects, and what was computed is kept."""

from __future__ import annotations

import math
from typing import Any

import pytest

import baconalgo as ba
from baconalgo.compiled import buy

pytest.importorskip("numba", reason="numba is not installed: pip install baconalgo[compiled]")

DATA = ba.data.simulate(rows=300, seed=2)


@ba.compiled(state={"calls": 0})
def raises_on_the_tenth(event, state, orders):
    state.calls += 1
    if state.calls == 10:
        raise ValueError("no")
    return buy(orders, 0, event, 1.0)


def test_an_exception_ends_the_run_and_keeps_what_was_computed() -> None:
    engine = ba.BacktestEngine()
    with pytest.raises(ba.StrategyError, match=r"^raises_on_the_tenth must not raise") as caught:
        engine.run(raises_on_the_tenth, DATA)
    assert engine.last_result is not None
    assert not engine.last_result.complete
    assert engine.last_result.error is caught.value
    assert engine.last_result.orders.num_rows == 9


def test_the_error_says_when() -> None:
    with pytest.raises(ba.StrategyError) as caught:
        ba.BacktestEngine().run(raises_on_the_tenth, DATA)
    assert caught.value.ts == DATA["ts"][9].value


@pytest.mark.parametrize(
    ("quantity", "price", "code"),
    [
        (math.nan, math.nan, 1002),
        (0.0, math.nan, 1002),
        (-1.0, math.nan, 1002),
        (1e300, math.nan, 1002),
        (1e-12, math.nan, 1002),
        (math.inf, math.nan, 1002),
        (1.0, 99.999123, 1003),
        (1.0, math.inf, 1003),
    ],
)
def test_numbers_that_cannot_be_are_rejects(quantity: float, price: float, code: int) -> None:
    @ba.compiled(state={"sent": 0})
    def sends(event, state, orders):
        if state.sent > 0:
            return 0
        state.sent = 1
        return buy(orders, 0, event, quantity, price)

    result = ba.BacktestEngine().run(sends, DATA)
    assert result.orders.select(["status", "reject_code"]).to_pylist() == [{"status": "REJECTED", "reject_code": code}]


@pytest.mark.parametrize(("field", "value"), [("kind", 77), ("side", 0), ("time_in_force", 50), ("instrument", 9)])
def test_words_that_cannot_be_end_the_run_by_name(field: str, value: Any) -> None:
    @ba.compiled
    def sends(event, state, orders):
        buy(orders, 0, event, 1.0)
        if field == "kind":
            orders[0].kind = value
        elif field == "side":
            orders[0].side = value
        elif field == "time_in_force":
            orders[0].time_in_force = value
        else:
            orders[0].instrument = value
        return 1

    with pytest.raises(ba.StrategyError, match=rf"^orders\[0\]\.{field} must be .* was {value}$"):
        ba.BacktestEngine().run(sends, DATA)


def test_a_run_starts_from_the_first_state_each_time() -> None:
    @ba.compiled(state={"calls": 0})
    def first_only(event, state, orders):
        state.calls += 1
        return buy(orders, 0, event, 1.0) if state.calls == 1 else 0

    engine = ba.BacktestEngine()
    one, two = engine.run(first_only, DATA), engine.run(first_only, DATA)
    assert one.orders.num_rows == two.orders.num_rows == 1
    assert one.hash == two.hash
