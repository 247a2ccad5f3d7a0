"""Orders of a Python class: every kind, and the callbacks in the order in which they must come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baconalgo as ba

SECOND = 1_000_000_000
START = 1_704_153_600 * SECOND
MS = 1_000_000


def quotes(*rows: tuple[float, float], size: float | None = None) -> dict[str, Any]:
    """A quote a second."""
    table: dict[str, Any] = {
        "ts": START + np.arange(len(rows)) * SECOND,
        "bid": np.array([row[0] for row in rows]),
        "ask": np.array([row[1] for row in rows]),
    }
    if size is not None:
        table |= {"bid_size": np.full(len(rows), size), "ask_size": np.full(len(rows), size)}
    return table


class Script(ba.Strategy):
    """Does what is written for a row, and keeps everything it is told."""

    def __init__(self, **steps: Any) -> None:
        self.steps = {int(name.removeprefix("at")): step for name, step in steps.items()}
        self.row, self.ids, self.log, self.orders, self.fills = -1, [], [], [], []

    def on_quote(self, quote: ba.Quote) -> None:
        self.row += 1
        self.log.append(f"quote {self.row}")
        if self.row in self.steps:
            self.ids.append(self.steps[self.row](self))

    def on_order(self, order: ba.Order) -> None:
        self.log.append(f"order {order.order_id} {order.status}")
        self.orders.append(order)

    def on_fill(self, fill: ba.Fill) -> None:
        self.log.append(f"fill {fill.order_id} {fill.quantity:g} @ {fill.price:g} {self.position('X'):+g}")
        self.fills.append(fill)


def run(data: Any, settings: Any = None, **steps: Any) -> tuple[Script, dict[str, Any], ba.BacktestResult]:
    """The script, its first order as the table has it, and the result."""
    script = Script(**steps)
    config = ba.BacktestConfig(**{"slippage_pct": 0, "commission_pct": 0, **(settings or {})})
    result = ba.BacktestEngine(config).run(script, data, symbol="X", tick_size=0.1, lot_size=1)
    rows = sorted(result.orders.to_pylist(), key=lambda row: row["order_id"])
    return script, rows[0] if rows else {}, result


FLAT = [(10.0, 10.1)] * 6


def test_a_market_order_is_accepted_filled_and_seen_one_response_later() -> None:
    script, order, result = run(quotes(*FLAT), at1=lambda s: s.buy("X", 3))
    assert script.log[:5] == ["quote 0", "quote 1", "order 1 SUBMITTED", "fill 1 3 @ 10.1 +3", "order 1 FILLED"]
    assert script.ids == [1]
    fill = script.fills[0]
    assert (fill.ts_event, fill.ts_recv) == (START + SECOND + MS, START + SECOND + 2 * MS)
    assert (fill.symbol, fill.side, fill.liquidity) == ("X", ba.Side.BUY, ba.Liquidity.TAKER)
    assert (order["status"], order["average_price"], order["filled_quantity"]) == ("FILLED", 10.1, 3.0)
    assert order["ts_submitted"].value == START + SECOND
    assert order["ts_closed"].value == START + SECOND + MS
    assert result.fills["price"].to_pylist() == [10.1]


def test_words_for_orders_may_be_enums_or_text() -> None:
    steps = {
        "at0": lambda s: s.buy("X", 1, price=9.0, order_type=ba.OrderType.LIMIT, time_in_force=ba.TimeInForce.DAY),
        "at1": lambda s: s.buy("X", 1, price=9.0, order_type="LIMIT", time_in_force="DAY"),
    }
    script, _, result = run(quotes(*FLAT), **steps)
    assert result.orders["time_in_force"].to_pylist() == ["DAY", "DAY"]
    assert {order.order_type for order in script.orders} == {ba.OrderType.LIMIT}


def test_a_resting_limit_fills_when_the_market_trades_through_it_and_pays_the_maker() -> None:
    data = quotes((10.0, 10.1), (10.0, 10.1), (9.9, 10.0), (9.8, 9.9), (9.8, 9.9))
    settings = {"commission_pct": ba.Commission(maker=0.1, taker=0.2)}
    script, order, _ = run(data, settings, at0=lambda s: s.buy("X", 10, price=10.0))
    assert order["ts_closed"].value == START + 3 * SECOND  # touched at 2, traded through at 3
    assert (order["average_price"], script.fills[0].liquidity) == (10.0, ba.Liquidity.MAKER)
    assert script.fills[0].fee == pytest.approx(0.1)
    _, touched, _ = run(data, {"fill_model": "touch"}, at0=lambda s: s.buy("X", 10, price=10.0))
    assert touched["ts_closed"].value == START + 2 * SECOND


def test_a_marketable_limit_takes_at_the_better_price() -> None:
    script, order, _ = run(quotes(*FLAT), at0=lambda s: s.buy("X", 1, price=11.0))
    assert (order["average_price"], script.fills[0].liquidity) == (10.1, ba.Liquidity.TAKER)


def test_a_stop_triggers_and_takes() -> None:
    data = quotes((10.0, 10.1), (10.1, 10.2), (10.4, 10.5), (10.4, 10.5))
    _, order, _ = run(data, at0=lambda s: s.buy("X", 1, stop_price=10.3))
    assert (order["order_type"], order["average_price"]) == ("STOP", 10.5)
    assert order["ts_closed"].value == START + 2 * SECOND


def test_a_stop_limit_triggers_and_rests_where_it_is_not_marketable() -> None:
    data = quotes((10.0, 10.1), (10.4, 10.5), (10.3, 10.4), (10.1, 10.2), (10.1, 10.2))
    script, order, _ = run(data, at0=lambda s: s.buy("X", 1, stop_price=10.3, price=10.3))
    assert (order["order_type"], order["average_price"]) == ("STOP_LIMIT", 10.3)
    assert order["ts_closed"].value == START + 3 * SECOND
    assert script.fills[0].liquidity == ba.Liquidity.MAKER


def test_ioc_takes_what_is_there_and_is_cancelled_for_the_rest() -> None:
    script, order, _ = run(quotes(*FLAT, size=4), at0=lambda s: s.buy("X", 10, time_in_force="IOC"))
    assert (order["status"], order["filled_quantity"]) == ("CANCELLED", 4.0)
    assert script.log[1:5] == [
        "order 1 SUBMITTED",
        "fill 1 4 @ 10.1 +4",
        "order 1 PARTIALLY_FILLED",
        "order 1 CANCELLED",
    ]


def test_fok_takes_all_or_nothing() -> None:
    _, none, result = run(quotes(*FLAT, size=4), at0=lambda s: s.buy("X", 10, time_in_force="FOK"))
    assert (none["status"], none["filled_quantity"], none["reject_code"]) == ("CANCELLED", 0.0, 3002)
    assert result.fills.num_rows == 0
    _, every, _ = run(quotes(*FLAT, size=10), at0=lambda s: s.buy("X", 10, time_in_force="FOK"))
    assert every["status"] == "FILLED"


def test_gtc_goes_on_taking_quote_by_quote() -> None:
    script, order, _ = run(quotes(*FLAT, size=4), at0=lambda s: s.buy("X", 10))
    assert [fill.quantity for fill in script.fills] == [4.0, 4.0, 2.0]
    assert order["status"] == "FILLED"
    statuses = [f"{order.status}" for order in script.orders]
    assert statuses == ["SUBMITTED", "PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED"]


def test_a_day_order_expires_at_midnight() -> None:
    data = quotes(*FLAT)
    data["ts"] = START + 86_400 * SECOND - 3 * SECOND + np.arange(6) * SECOND
    script, order, _ = run(data, at0=lambda s: s.buy("X", 1, price=9.0, time_in_force="DAY"))
    assert order["status"] == "EXPIRED"
    assert order["ts_closed"].value == START + 86_400 * SECOND
    assert script.orders[-1].status == ba.OrderStatus.EXPIRED


def test_a_cancel_takes_effect_when_it_arrives() -> None:
    steps = {"at0": lambda s: s.buy("X", 1, price=9.0), "at2": lambda s: s.cancel(1)}
    script, order, _ = run(quotes(*FLAT), **steps)
    assert (order["status"], order["ts_closed"].value) == ("CANCELLED", START + 2 * SECOND + MS)
    assert script.log.count("order 1 CANCELLED") == 1


def test_a_cancel_that_comes_too_late_changes_nothing() -> None:
    steps = {"at0": lambda s: s.buy("X", 1), "at1": lambda s: s.cancel(1)}
    _, order, result = run(quotes(*FLAT), **steps)
    assert order["status"] == "FILLED"
    assert result.complete
    # Sent together, and the cancel arrives after the fill: it is refused, which is seen.
    script, order, _ = run(quotes(*FLAT), at0=lambda s: (s.buy("X", 1), s.cancel(1)))
    assert order["status"] == "FILLED"
    assert script.fills[0].quantity == 1


def test_a_replace_changes_price_and_quantity_and_may_take() -> None:
    steps = {
        "at0": lambda s: s.buy("X", 5, price=9.0),
        "at1": lambda s: s.replace(1, quantity=7, price=10.1),
    }
    script, order, _ = run(quotes(*FLAT), **steps)
    assert (order["quantity"], order["price"], order["filled_quantity"]) == (7.0, 10.1, 7.0)
    assert order["average_price"] == 10.1
    assert order["ts_closed"].value == START + SECOND + MS
    assert script.fills[0].quantity == 7


def test_a_replace_to_what_is_filled_cancels_the_rest() -> None:
    steps = {"at0": lambda s: s.buy("X", 10, price=10.1), "at1": lambda s: s.replace(1, quantity=4)}
    data = quotes((10.0, 10.1), (10.1, 10.2), *FLAT, size=4)
    _, order, _ = run(data, **steps)
    assert (order["status"], order["filled_quantity"]) == ("CANCELLED", 4.0)


def test_orders_are_refused_with_a_code_before_the_next_record() -> None:
    cases = {
        2002: {"max_order_quantity": 5},
        2003: {"max_position": 5},
        2004: {"max_notional": 50},
        2005: {"price_collar_pct": 1},
    }
    for code, limits in cases.items():
        script, order, result = run(quotes(*FLAT), {"limits": limits}, at0=lambda s: s.buy("X", 10, price=9.0))
        assert (order["status"], order["reject_code"]) == ("REJECTED", code)
        assert script.log[:3] == ["quote 0", "order 1 REJECTED", "quote 1"]
        assert script.orders[0].reject_reason == order["reject_reason"]
        assert result.assumptions["orders_rejected"] == 1
    _, order, _ = run(quotes(*FLAT), at0=lambda s: s.buy("X", 100_000))
    assert order["reject_code"] == 2006


def test_an_order_under_way_at_the_end_never_arrives() -> None:
    _, order, result = run(quotes(*FLAT), at5=lambda s: s.buy("X", 1))
    assert (order["status"], order["ts_closed"]) == ("SUBMITTED", None)
    assert result.complete


def test_a_position_is_marked_and_a_flip_closes_one_trade_and_opens_another() -> None:
    steps = {"at0": lambda s: s.buy("X", 2), "at2": lambda s: s.sell("X", 5), "at4": lambda s: s.buy("X", 3)}
    script, _, result = run(quotes(*FLAT), **steps)
    assert [line.split()[-1] for line in script.log if line.startswith("fill")] == ["+2", "-3", "+0"]
    trades = result.trades.to_pylist()
    assert [(t["side"], t["quantity"]) for t in trades] == [("LONG", 2.0), ("SHORT", 3.0)]
    assert [round(t["pnl"], 9) for t in trades] == [-0.2, -0.3]
