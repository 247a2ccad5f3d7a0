"""Message classes: equal, hashable, picklable, and the same after a trip through a record."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import baconalgo as ba

MESSAGES = [
    ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95),
    ba.Signal("BTC", "HOLD", math.nan, -1.0, 7.0),
    ba.MarketData("BTC", 50_000.0, 1.5, 1_700_000_000_000_000_001),
    ba.ExecuteOrder(1, "BTC", ba.OrderType.MARKET, ba.Side.BUY, 0.1),
    ba.ExecuteOrder(2**64 - 1, "ETH", "STOP_LIMIT", "SELL", 0.1, 1.0, stop_price=2.0, time_in_force="IOC"),
    ba.CancelOrder(0),
    ba.EmergencyStop(),
    ba.BookDelta("BTC", -1, 2, ba.Side.SELL, 50_000.0, 0.0),
    ba.Trade("BTC", 1, 2, 0.1, math.nan, ba.Side.SELL),
    ba.Trade("BTC", 1, 2, 0.1, 3.0),
    ba.Quote("BTC", 1, 2, 1.0, 1.1),
    ba.Bar("BTC", 1, 1.0, 2.0, 0.5, 1.5, 10.0, 60_000_000_000),
    ba.Fill(1, "BTC", "BUY", 1.0, 2.0, -0.1, "MAKER", 3, 4),
    ba.OrderUpdate(1, 2, "BTC", "SELL", "REJECTED", 1.0, 0.0, None, 2006),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_a_message_is_equal_to_its_copies_and_to_what_its_record_says(message: object) -> None:
    (back,) = ba.messages.objects(ba.messages.records([message]))
    for other in (back, copy.copy(message), pickle.loads(pickle.dumps(message))):
        assert other == message
        assert hash(other) == hash(message)
        assert repr(other) == repr(message)
        assert type(other) is type(message)
    assert [other for other in MESSAGES if other == message] == [message]


def test_messages_are_never_equal_to_something_else() -> None:
    assert ba.CancelOrder(1) != 1
    assert ba.CancelOrder(1) != ba.CancelOrder(2)
    assert ba.Signal("A", "BUY", 1.0, 1.0, 1.0) != ba.Signal("A", "SELL", 1.0, 1.0, 1.0)
    assert ba.MarketData("A", 0.0, 1.0, 1) == ba.MarketData("A", -0.0, 1.0, 1)
    assert len({*MESSAGES, *MESSAGES}) == len(MESSAGES)


@given(price=st.floats(), quantity=st.floats(), confidence=st.floats())
def test_any_float_comes_back_as_it_was(price: float, quantity: float, confidence: float) -> None:
    (back,) = ba.messages.objects(ba.messages.records([ba.Signal("X", "SELL", price, quantity, confidence)]))
    for got, sent in zip((back.price, back.quantity, back.confidence), (price, quantity, confidence), strict=True):
        assert got == sent or (math.isnan(got) and math.isnan(sent))


@pytest.mark.parametrize(
    "time",
    [
        1_700_000_000_000_000_000,
        np.int64(1_700_000_000_000_000_000),
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        datetime(2023, 11, 14, 22, 13, 20),
        np.datetime64("2023-11-14T22:13:20"),
        "2023-11-14T22:13:20",
    ],
)
def test_a_timestamp_is_anything_that_says_when(time: object) -> None:
    assert ba.MarketData("BTC", 1.0, 1.0, time).timestamp == 1_700_000_000_000_000_000
    assert ba.Trade("BTC", time, time, 1.0).ts_recv == 1_700_000_000_000_000_000


def test_what_is_no_time_no_side_no_number_is_refused_at_once() -> None:
    with pytest.raises(ba.DataError, match="timestamp must be a time"):
        ba.MarketData("BTC", 1.0, 1.0, 1.5)
    with pytest.raises(ba.OrderError, match="action must be one of BUY, SELL, HOLD, was 'buy'"):
        ba.Signal("BTC", "buy", 1.0, 1.0)
    with pytest.raises(ba.OrderError, match="side must be one of"):
        ba.Trade("BTC", 1, 1, 1.0, 1.0, 5)
    with pytest.raises(ba.OrderError, match=r"order_id must be a whole number from 0 to 2\*\*64 - 1, was -1"):
        ba.CancelOrder(-1)
    with pytest.raises(TypeError):
        ba.Signal(5, "BUY", 1.0, 1.0)
    with pytest.raises(TypeError):
        ba.Signal("BTC", "BUY", "1.0", 1.0)
    with pytest.raises(ba.DataError, match="timeframe must be"):
        ba.messages.records([ba.Bar("BTC", 1, 1.0, 2.0, 0.5, 1.5)])
    with pytest.raises(ba.DataError, match="symbol must have at most 255 bytes, was 256 bytes"):
        ba.messages.records([ba.MarketData("x" * 256, 1.0)])


def test_records_of_one_kind_have_its_fields() -> None:
    made = ba.messages.records([ba.Quote("A", 1, 2, 3.0, 4.0, 5.0, 6.0)] * 3)
    assert made.dtype == ba.messages.DTYPES["quote"]
    assert (
        made[["ts_event", "ts_recv", "bid", "ask", "bid_size", "ask_size"]].tolist() == [(1, 2, 3.0, 4.0, 5.0, 6.0)] * 3
    )
    assert ba.messages.records(MESSAGES).dtype == ba.messages.RECORD_DTYPE
    assert ba.messages.objects(ba.messages.records(MESSAGES)) == MESSAGES
    assert ba.messages.records(made) is made or np.array_equal(ba.messages.records(made), made)


def test_every_kind_has_a_dtype_that_says_what_the_object_says() -> None:
    names = {"action", "side", "order_type", "time_in_force", "status", "liquidity", "symbol", "timeframe"}
    for message in MESSAGES:
        record = ba.messages.records([message])
        kind = next(name for name, number in ba.messages.KINDS.items() if number == record["kind"][0])
        assert record.dtype == ba.messages.DTYPES[kind]
        for field in record.dtype.names:
            if field not in names and hasattr(message, field):
                value, there = getattr(message, field), record[field][0]
                assert value == there or ((value is None or value != value) and there != there), field


def test_tables_become_records() -> None:
    times = np.array([1, 2], "datetime64[ns]")
    quotes = {"ts": times, "bid": [1.0, 2.0], "ask": [1.5, None], "symbol": ["A", "B"]}
    for table in (pa.table(quotes), pl.DataFrame(quotes)):
        made = ba.messages.records(table)
        assert made.dtype == ba.messages.DTYPES["quote"]
        assert ba.messages.symbols(made) == ["A", "B"]
        assert made["ts_recv"].tolist() == [1, 2]
        assert math.isnan(made["ask"][1]) and math.isnan(made["bid_size"][0])
    trades = ba.messages.records({"ts_event": [5], "price": [1], "size": [2], "side": ["SELL"]}, symbol="A")
    assert ba.messages.objects(trades) == [ba.Trade("A", 5, 5, 1.0, 2.0, "SELL")]
    signals = ba.messages.records({"action": ["BUY", "HOLD"], "price": [1.0, 2.0], "quantity": [3.0, 4.0]}, symbol="A")
    assert ba.messages.objects(signals)[1] == ba.Signal("A", "HOLD", 2.0, 4.0)
    data = ba.messages.records({"timestamp": [5], "price": [1.0], "volume": [2.0]}, symbol="A")
    assert ba.messages.objects(data) == [ba.MarketData("A", 1.0, 2.0, 5)]
    bars = {"ts": [0], "open": [1.0], "high": [2.0], "low": [0.5], "close": [1.5]}
    (bar,) = ba.messages.objects(ba.messages.records(bars, symbol="A", timeframe="5m"))
    assert (bar.timeframe, bar.close) == (300_000_000_000, 1.5)
    orders = {"order_id": [1], "order_type": ["MARKET"], "side": ["BUY"], "quantity": [1.0]}
    (order,) = ba.messages.objects(ba.messages.records(orders, symbol="A"))
    assert order == ba.ExecuteOrder(1, "A", "MARKET", "BUY", 1.0)
    assert (
        len(ba.messages.records({"ts": pa.array([], pa.int64()), "price": pa.array([], pa.float64())}, symbol="A")) == 0
    )


def test_tables_that_say_too_little_are_refused() -> None:
    with pytest.raises(ba.DataError, match="symbol must be given"):
        ba.messages.records({"ts": [1], "price": [1.0]})
    with pytest.raises(ba.DataError, match="must have the columns"):
        ba.messages.records({"x": [1]}, symbol="A")
    with pytest.raises(ba.DataError, match="must have a column ts_event"):
        ba.messages.records({"bid": [1.0], "ask": [1.0]}, symbol="A")
    with pytest.raises(ba.DataError, match="action must be one of"):
        ba.messages.records({"action": ["buy"], "price": [1.0], "quantity": [1.0]}, symbol="A")
    with pytest.raises(ba.DataError, match="timeframe must be given"):
        ba.messages.records({"ts": [0], "open": [1.0], "high": [2.0], "low": [0.5], "close": [1.5]}, symbol="A")


def test_records_that_mean_nothing_are_refused() -> None:
    made = ba.messages.records([ba.Trade("A", 1, 2, 3.0)])
    for field, value in (("kind", 0), ("kind", 12), ("kind", 200), ("symbol", 4_000_000_000)):
        broken = made.copy()
        broken[field] = value
        with pytest.raises(ba.DataError, match="record 0 must be of a known kind, side and symbol"):
            ba.messages.objects(broken)
    with pytest.raises(ba.DataError):
        ba.messages.records(np.zeros(3))
    with pytest.raises(ba.DataError):
        ba.messages.records(5)
