"""Compiled strategies: the records, the twins, and what happens when user code goes wrong."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

import baconalgo as ba
from baconalgo import errors, indicators
from baconalgo.compiled import (
    EVENT_DTYPE,
    ORDER_DTYPE,
    buy,
    cancel,
    ema_state,
    ema_update,
    replace,
    sell,
    sma_state,
    sma_update,
)

# By name: the attribute of the package may be the decorator.
module = importlib.import_module("baconalgo.compiled")

pytest.importorskip("numba", reason="numba is not installed: pip install baconalgo[compiled]")


def quotes(mid: np.ndarray) -> np.ndarray:
    events = np.zeros(len(mid), EVENT_DTYPE)
    events["ts_event"] = np.arange(len(mid))
    events["close"] = mid
    return events


def walk(rows: int) -> np.ndarray:
    return 100.0 + np.cumsum(np.random.default_rng(3).normal(0.0, 0.01, rows))


@ba.compiled(state={"ema": ema_state(20), "sma": sma_state(30), "out": np.zeros(2)})
def both(event, state, orders):
    state.out[0] = ema_update(state.ema, event.close)
    state.out[1] = sma_update(state.sma, event.close)
    n = buy(orders, 0, event, state.out[0], state.out[1])
    return n


def test_twins_equal_the_core_to_the_last_bit():
    x = walk(100_000)
    x[[500, 70_000]] = np.nan, np.inf
    orders = both.replay(quotes(x)).orders
    np.testing.assert_array_equal(orders["quantity"].view(np.int64), indicators.ema(x, 20).view(np.int64))
    np.testing.assert_array_equal(orders["price"].view(np.int64), indicators.sma(x, 30).view(np.int64))


def test_a_replay_starts_from_the_initial_state_each_time():
    events = quotes(walk(100))
    one, two = both.replay(events), both.replay(events)
    assert one.orders.tobytes() == two.orders.tobytes()
    assert one.state["ema"]["seen"] == 20
    assert both.state["ema"]["seen"] == 0


def test_plain_python_does_the_same():
    events = quotes(walk(200))
    state, orders, got = both.state, np.zeros(64, np.dtype((np.record, ORDER_DTYPE))), []
    for event in events.view(np.dtype((np.record, EVENT_DTYPE))):
        got += list(orders[: both(event, state, orders)]["quantity"])
    np.testing.assert_array_equal(got, both.replay(events).orders["quantity"])


def test_writers_fill_every_field():
    @ba.compiled
    def writer(event, state, orders):
        state.i[0] += 1
        n = buy(orders, 0, event, 1.5)
        n = sell(orders, n, event, 2.0, 99.5, time_in_force=2)
        n = buy(orders, n, event, 3.0, stop_price=101.0)
        n = sell(orders, n, event, 4.0, 98.0, 97.0)
        n = cancel(orders, n, event.next_order_id)
        return replace(orders, n, event, 7, price=99.0)

    events = quotes(np.array([100.0, 101.0]))
    events["instrument"], events["next_order_id"] = 3, [11, 15]
    replay = writer.replay(events)
    assert replay.rows.tolist() == [0] * 6 + [1] * 6
    assert replay.state.i[0] == 2
    first = replay.orders[:6]
    assert first["kind"].tolist() == [0, 1, 2, 3, 4, 5]
    assert first["side"].tolist()[:4] == [1, -1, 1, -1]
    assert first["time_in_force"].tolist()[:4] == [0, 2, 0, 0]
    assert first["instrument"].tolist()[:4] == [3] * 4
    assert first["order_id"].tolist() == [0, 0, 0, 0, 11, 7]
    np.testing.assert_array_equal(first["quantity"], [1.5, 2.0, 3.0, 4.0, np.nan, np.nan])
    np.testing.assert_array_equal(first["price"], [np.nan, 99.5, np.nan, 98.0, np.nan, 99.0])
    np.testing.assert_array_equal(first["stop_price"], [np.nan, np.nan, 101.0, 97.0, np.nan, np.nan])


def test_the_module_is_the_decorator_and_functions_are_found_through_modules():
    @module
    def through(event, state, orders):
        state.f[0] = ba.indicators.fma(event.close, 2.0, 1.0)
        return module.buy(orders, 0, event, state.f[0])

    assert through.replay(quotes(np.array([1.0]))).orders["quantity"].tolist() == [3.0]


def test_state_can_be_a_dtype_with_first_values_or_a_record():
    dtype = np.dtype([("flag", np.int8), ("fast", ema_state(3).dtype), ("x", np.float64, (3,))])

    def count(event, state, orders):
        state.flag += 1
        state.x[2] = ema_update(state.fast, event.close)
        return 0

    with_init = ba.compiled(state=dtype, init={"fast": ema_state(3), "flag": 5})(count)
    state = with_init.replay(quotes(np.array([1.0, 2.0, 3.0, 5.0]))).state
    assert (state["flag"], state["x"].tolist()) == (9, [0.0, 0.0, 3.5])
    again = ba.compiled(state=state)(count).replay(quotes(np.array([5.5]))).state
    assert (again["flag"], again["x"].tolist()) == (10, [0.0, 0.0, 4.5])


def raising(event, state, orders):
    if event.close > 2:
        raise ValueError("no")
    return 0


def outside_orders(event, state, orders):
    orders[64].kind = 1
    return 1


def outside_state(event, state, orders):
    state.f[event.kind + 32] = 1.0
    return 0


def too_many(event, state, orders):
    n = 0
    for _ in range(65):
        n = buy(orders, n, event, 1.0)
    return n


@pytest.mark.parametrize("function", [raising, outside_orders, outside_state, too_many])
def test_an_exception_is_a_strategy_error(function):
    with pytest.raises(
        errors.StrategyError, match=rf"^{function.__name__} must not raise .*, was an exception \(ts_event [01]\)$"
    ):
        ba.compiled(function).replay(quotes(np.array([1.0, 3.0])))


@pytest.mark.parametrize("count", [65, -2])
def test_a_count_that_cannot_be_is_a_strategy_error(count):
    @ba.compiled
    def nonsense(event, state, orders):
        return count

    with pytest.raises(
        errors.StrategyError, match=rf"must return how many orders it wrote, 0 to 64, was {count} \(ts_event 0\)$"
    ):
        nonsense.replay(quotes(np.array([1.0])))


def test_division_by_zero_is_a_number_that_is_not():
    @ba.compiled
    def divide(event, state, orders):
        state.f[0] = event.close / state.f[1]
        return 0

    assert divide.replay(quotes(np.array([1.0]))).state.f[0] == np.inf


def test_code_that_numba_refuses_shows_its_words():
    @ba.compiled
    def text(event, state, orders):
        return event.no_such_field

    with pytest.raises(errors.StrategyError, match=r"(?s)text must be code that numba can compile.*no_such_field"):
        text.compile()


@pytest.mark.parametrize(("value", "kind"), [(1.5, "float64"), (None, "none"), (True, "bool")])
def test_a_return_that_is_no_count_is_refused(value, kind):
    @ba.compiled
    def wrong(event, state, orders):
        return value

    with pytest.raises(errors.StrategyError, match=rf"must return how many orders .*, was .*{kind}"):
        wrong.compile()


def test_without_numba_the_error_names_the_extra(monkeypatch):
    module._numba.cache_clear()
    monkeypatch.setitem(sys.modules, "numba", None)
    strategy = ba.compiled(lambda event, state, orders: 0)
    with pytest.raises(errors.ConfigError, match=r"pip install baconalgo\[compiled\]"):
        strategy.compile()
    monkeypatch.undo()
    module._numba.cache_clear()


@pytest.mark.parametrize("state", [{"name": "text"}, np.float64, np.dtype([("o", object)])])
def test_a_state_that_is_no_record_of_numbers_is_refused(state):
    with pytest.raises(errors.ConfigError, match=r"^state"):
        ba.compiled(state=state)


def test_events_of_another_layout_are_refused():
    with pytest.raises(errors.ConfigError, match="EVENT_DTYPE"):
        both.replay(np.zeros(3, ORDER_DTYPE))


def test_a_layout_that_differs_from_the_core_is_refused(monkeypatch):
    fields = [(name, EVENT_DTYPE[name]) for name in reversed(EVENT_DTYPE.names)]
    monkeypatch.setattr(module, "EVENT_DTYPE", np.dtype(fields, align=True))
    with pytest.raises(errors.ConfigError, match=r"^EVENT_DTYPE must be laid out as"):
        ba.compiled(lambda event, state, orders: 0).compile()


def run(strategy):
    return ba.BacktestEngine(ba.BacktestConfig()).run(strategy, ba.data.simulate(rows=3000, seed=1))


def test_orders_reach_the_market_and_what_is_off_the_grid_is_refused():
    @ba.compiled
    def orders_of_all_kinds(event, state, orders):
        state.i[0] += 1
        k = state.i[0]
        if k == 10:
            return buy(orders, 0, event, 1.0)
        if k == 20:
            n = buy(orders, 0, event, 0.0)
            return buy(orders, n, event, 1.0, event.bid + 0.0037)
        if k == 30:
            state.i[1] = event.next_order_id
            n = buy(orders, 0, event, 1.0, event.bid - 5.0)
            n = sell(orders, n, event, 1.0, event.ask + 5.0)
            return sell(orders, n, event, 1.0, stop_price=event.bid - 3.0)
        if k == 2000:
            n = cancel(orders, 0, state.i[1])
            return replace(orders, n, event, state.i[1] + 1, quantity=3.0)
        return 0

    table = run(orders_of_all_kinds).orders.to_pylist()
    assert [row["order_id"] for row in table] == [1, 2, 3, 4, 5, 6]
    assert [row["status"] for row in table] == [
        "FILLED",
        "REJECTED",
        "REJECTED",
        "CANCELLED",
        "SUBMITTED",
        "SUBMITTED",
    ]
    assert [row["order_type"] for row in table] == ["MARKET", "MARKET", "LIMIT", "LIMIT", "LIMIT", "STOP"]
    assert [row["reject_code"] for row in table[1:3]] == [1002, 1003]
    assert table[4]["quantity"] == 3.0


@pytest.mark.parametrize("field", ["kind", "side", "instrument", "time_in_force"])
def test_an_order_that_says_nothing_sensible_is_a_strategy_error(field):
    # The field is part of the code: numba knows records by their fields' names.
    scope = {"buy": buy}
    body = f"n = buy(orders, 0, event, 1.0); orders[0].{field} = 7; return n"
    exec(f"def nonsense(event, state, orders): {body}", scope)
    with pytest.raises(errors.StrategyError, match=rf"^orders\[0\].{field} must be .*, was 7$"):
        run(ba.compiled(scope["nonsense"]))


def test_an_expression_and_a_compiled_function_trade_alike():
    up, down = (cross(ba.ema(ba.close, 20), ba.ema(ba.close, 50)) for cross in (ba.cross_above, ba.cross_below))
    expression = ba.ExprStrategy(up, short_entry=down, quantity=2.0)

    @ba.compiled(state={"fast": ema_state(20), "slow": ema_state(50), "before": np.nan, "target": 0.0})
    def function(event, state, orders):
        now = ema_update(state.fast, event.close) - ema_update(state.slow, event.close)
        before, wanted = state.before, state.target
        state.before = now
        if now > 0.0 and before <= 0.0:
            wanted = 2.0
        elif now < 0.0 and before >= 0.0:
            wanted = -2.0
        if wanted == state.target:
            return 0
        state.target = wanted
        missing = wanted - event.position - event.working
        if missing > 0.0:
            return buy(orders, 0, event, missing)
        return sell(orders, 0, event, -missing)

    one, two = run(expression), run(function)
    assert len(one.fills) > 20
    assert one.hash == two.hash
