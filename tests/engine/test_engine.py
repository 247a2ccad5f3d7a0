"""The engine as the specification uses it, and what it does with each kind of message."""

from __future__ import annotations

import math
import threading
import time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba


def wait_for(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


@pytest.fixture
def engine():
    with ba.QuantumEngine(ba.EngineConfig(enable_thread_pinning=False)) as engine:
        yield engine


def test_the_specification_s_example() -> None:
    engine = ba.QuantumEngine(ba.EngineConfig())
    engine.start()
    assert engine.is_running
    engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95))
    engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 1.0, 0.95))
    assert engine.flush(60)
    stats = engine.get_stats()
    assert stats.messages_processed == 2
    assert (stats.orders, stats.orders_executed, stats.fills, stats.rejects) == (2, 1, 1, 1)
    assert 0 < stats.min_latency_ns <= stats.p50_latency_ns <= stats.p999_latency_ns <= stats.max_latency_ns
    assert stats.min_latency_ns <= stats.avg_latency_ns <= stats.max_latency_ns
    assert stats.throughput > 0
    assert set(stats.stages) == {"queue", "convert", "execute", "publish"}
    position = engine.get_position("BTC")
    assert position is not None
    assert (position.quantity, position.average_price) == (0.1, 50_000.0)
    assert engine.active_positions() == 1
    assert engine.list_positions() == [position]
    refused = engine.rejects()[-1]
    assert (refused.message, refused.symbol, refused.code // 1000) == ("Signal", "BTC", 2)
    assert (refused.value, refused.bound) == (55_000.0, 20_000.0)
    engine.stop()
    assert not engine.is_running
    assert engine.get_position("BTC") == position


def test_measurements_print_as_a_table(engine) -> None:
    engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95))
    engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 1.0, 0.95))
    assert engine.flush(60)
    shown = str(engine.get_stats())
    assert "2 done, 0 wait" in shown
    assert "2, 1 executed in 1 fills" in shown
    assert "1 (2019 x1)" in shown
    assert "equity 100,000.00, cash 95,000.00, 1 positions" in shown
    assert all(len(line) <= 100 for line in shown.splitlines())


def test_market_data_marks_positions_and_hold_does_nothing(engine) -> None:
    engine.send_message(ba.MarketData("ETH", 2_000.0, 1.0, 1))
    engine.send_message(ba.Signal("ETH", ba.Action.SELL, 1.0, 2.0, 0.5))
    engine.send_message(ba.Signal("ETH", ba.Action.HOLD, math.nan, math.nan, 0.5))
    engine.send_message(ba.MarketData("ETH", 1_900.0, 1.0, 2))
    engine.flush()
    position = engine.get_position("ETH")
    assert (position.quantity, position.average_price, position.mark_price) == (-2.0, 2_000.0, 1_900.0)
    assert (position.unrealized_pnl, position.realized_pnl) == (200.0, 0.0)
    engine.send_message(ba.ExecuteOrder(1, "ETH", ba.OrderType.MARKET, ba.Side.BUY, 2.0))
    engine.flush()
    position = engine.get_position("ETH")
    assert (position.quantity, position.average_price, position.realized_pnl) == (0.0, None, 200.0)
    assert engine.list_positions() == []
    assert engine.account()["equity"] == 100_200.0
    assert engine.get_position("NEVER HEARD OF") is None


def test_quotes_trades_and_bars_are_market_data_too(engine) -> None:
    engine.send_message(ba.Quote("Q", 1, 1, 99.0, 101.0, 5.0, 5.0))
    engine.send_message(ba.Signal("Q", ba.Action.BUY, 100.0, 1.0, 0.5))
    engine.send_message(ba.Trade("T", 1, 1, 50.0, 3.0))
    engine.send_message(ba.Signal("T", ba.Action.BUY, 1.0, 1.0, 0.5))
    engine.send_message(ba.Bar("B", 0, 10.0, 12.0, 9.0, 11.0, 100.0, 60_000_000_000))
    engine.send_message(ba.Signal("B", ba.Action.BUY, 1.0, 1.0, 0.5))
    engine.flush()
    bought = {position.symbol: (position.average_price, position.mark_price) for position in engine.list_positions()}
    assert bought == {"Q": (101.0, 100.0), "T": (50.0, 50.0), "B": (11.0, 11.0)}


def test_orders_by_their_sender_s_number_work_until_cancelled(engine) -> None:
    events = engine.events()
    engine.send_message(ba.MarketData("X", 100.0, 1.0, 1))
    engine.send_message(ba.ExecuteOrder(7, "X", "LIMIT", "BUY", 2.0, 90.0))
    engine.send_message(ba.ExecuteOrder(8, "X", "LIMIT", "BUY", 1.0, 95.0))
    engine.send_message(ba.MarketData("X", 95.0, 1.0, 2))
    engine.send_message(ba.CancelOrder(7))
    engine.flush()
    assert engine.orders().column("status").to_pylist() == ["FILLED", "CANCELLED"]
    assert engine.fills().column("price").to_pylist() == [95.0]
    told = [events.recv(5) for _ in range(4)]
    assert [(type(event).__name__, getattr(event, "client_id", None)) for event in told] == [
        ("OrderUpdate", 7),
        ("OrderUpdate", 8),
        ("Fill", None),
        ("OrderUpdate", 8),
    ]
    assert told[3].status == ba.OrderStatus.FILLED
    assert events.lost == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (ba.MarketData("R", math.nan, 1.0, 1), 1007),
        (ba.MarketData("R", math.inf, 1.0, 1), 1007),
        (ba.MarketData("R", 1e300, 1.0, 1), 1007),
        (ba.MarketData("R", -1.0, 1.0, 1), 1003),
        (ba.Signal("R", "BUY", 100.0, -1.0, 0.5), 1002),
        (ba.Signal("R", "BUY", 100.0, 0.0, 0.5), 1002),
        (ba.Signal("R", "BUY", 100.0, 1e300, 0.5), 1007),
        (ba.Signal("R", "BUY", 100.0, 1.0, 1.5), 1007),
        (ba.Signal("R", "BUY", 100.0, 1.0, math.nan), 1007),
        (ba.ExecuteOrder(5, "R", "LIMIT", "BUY", 1.0), 1003),
        (ba.CancelOrder(12345), 1004),
        (ba.ExecuteOrder(6, "R", "MARKET", "BUY", 1.0), 2001),
        (ba.Quote("R", 1, 1, math.nan, math.nan), 1007),
        (ba.Signal("", "BUY", 100.0, 1.0, 0.5), 1001),
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_counted_and_not_raised(engine, message, code) -> None:
    engine.send_message(message)
    engine.flush()
    assert dict(engine.get_stats().rejects_by_code) == {code: 1}
    refused = engine.rejects()[0]
    assert (refused.code, refused.message) == (code, type(message).__name__)
    assert refused.reason
    assert engine.active_positions() == 0


def test_a_number_that_was_used_is_refused(engine) -> None:
    engine.send_message(ba.MarketData("D", 100.0, 1.0, 1))
    for _ in range(2):
        engine.send_message(ba.ExecuteOrder(1, "D", "MARKET", "BUY", 1.0))
    engine.flush()
    assert engine.get_position("D").quantity == 1.0
    assert engine.rejects()[0].client_order_id == 1
    assert dict(engine.get_stats().rejects_by_code) == {1006: 1}


def test_with_a_list_other_symbols_are_refused_and_steps_are_kept_to() -> None:
    listed = ba.Instrument("ES", Decimal("0.25"), Decimal(1), Decimal(50))
    with ba.QuantumEngine(instruments=[listed], risk=ba.RiskConfig(total_capital=10_000_000)) as engine:
        engine.send_message(ba.Signal("ES", "BUY", 4_800.25, 2.0, 0.5))
        engine.send_message(ba.Signal("ES", "BUY", 4_800.3, 2.0, 0.5))
        engine.send_message(ba.Signal("ES", "BUY", 4_800.25, 1.5, 0.5))
        engine.send_message(ba.Signal("NQ", "BUY", 4_800.25, 2.0, 0.5))
        engine.send_message(ba.MarketData("ES", 4_801.25, 1.0, 1))
        engine.flush()
        assert dict(engine.get_stats().rejects_by_code) == {1001: 1, 1002: 1, 1003: 1}
        assert engine.get_position("ES").unrealized_pnl == 100.0


def test_prices_between_the_steps_of_an_unknown_symbol_go_to_the_nearest(engine) -> None:
    engine.send_message(ba.Signal("THIRD", "BUY", 100 / 3, 1 / 3, 0.5))
    engine.flush()
    position = engine.get_position("THIRD")
    assert position.average_price == pytest.approx(100 / 3, abs=1e-8)
    assert position.quantity == pytest.approx(1 / 3, abs=1e-8)
    assert engine.get_stats().rounded == 1


def test_tables_and_arrays_are_sent_whole(engine) -> None:
    count = 20_000
    prices = np.round(100 + np.cumsum(np.random.default_rng(1).normal(0, 0.01, count)), 2)
    times = np.arange(1, count + 1)
    table = pa.table({"ts": times, "price": prices, "volume": np.ones(count)})
    assert engine.send_many(table, symbol="TABLE") == count
    array = ba.messages.records({"ts": times, "bid": prices - 0.01, "ask": prices + 0.01}, symbol="ARRAY")
    assert engine.send_many(array) == count
    signals = {"symbol": ["ARRAY", "TABLE"], "action": ["BUY", "SELL"], "price": [1.0, 1.0], "quantity": [1.0, 2.0]}
    assert engine.send_many(signals) == 2
    assert engine.send_many([ba.MarketData("LIST", 5.0, 1.0, 1)]) == 1
    assert engine.flush(60)
    stats = engine.get_stats()
    assert (stats.messages_processed, stats.rejects, stats.queue_depth) == (2 * count + 3, 0, 0)
    assert engine.get_position("ARRAY").average_price == pytest.approx(prices[-1] + 0.01)
    assert engine.get_position("TABLE").average_price == prices[-1]


def test_an_emergency_stop_cancels_flattens_and_refuses_until_reset(engine) -> None:
    engine.send_message(ba.Signal("E", "BUY", 100.0, 5.0, 0.5))
    engine.send_message(ba.ExecuteOrder(1, "E", "LIMIT", "BUY", 1.0, 90.0))
    engine.send_message(ba.EmergencyStop())
    wait_for(lambda: engine.state == "HALTED" and engine.active_positions() == 0)
    assert engine.is_running
    engine.send_message(ba.Signal("E", "BUY", 100.0, 5.0, 0.5))
    engine.flush()
    assert engine.get_stats().rejects_by_code[8001] >= 1
    assert "SUBMITTED" not in engine.orders().column("status").to_pylist()
    engine.reset()
    assert engine.state == "RUNNING"
    engine.send_message(ba.Signal("E", "BUY", 100.0, 5.0, 0.5))
    engine.flush()
    assert engine.get_position("E").quantity == 5.0


def test_costs_and_latency_of_a_venue_are_those_of_a_backtest() -> None:
    venue = ba.SimVenue(commission_pct=0.1, slippage_pct=0, latency=0, at_last=True)
    with ba.QuantumEngine(venue=venue) as engine:
        engine.send_message(ba.Signal("C", "BUY", 100.0, 10.0, 0.5))
        engine.flush()
        assert engine.account() == {"cash": 98_999.0, "equity": 99_999.0, "fees": 1.0, "max_drawdown_pct": 0.001}
    assert "0.1 %" in engine.assumptions["commission"]
    with ba.QuantumEngine(venue=ba.SimVenue(latency=5_000_000)) as engine:
        engine.send_message(ba.Quote("L", 1, 1, 99.0, 101.0, 100.0, 100.0))
        engine.send_message(ba.Signal("L", "BUY", 100.0, 10.0, 0.5))
        # No message comes, yet time passes: the order arrives, and its fill is seen.
        wait_for(lambda: engine.active_positions() == 1)
        fill = engine.fills().to_pylist()[0]
        assert fill["ts_recv"] >= fill["ts_event"]


def test_a_live_strategy_is_told_and_trades() -> None:
    class Follower(ba.Strategy):
        def __init__(self) -> None:
            self.told = []

        def on_trade(self, trade) -> None:
            self.told.append((trade.symbol, trade.price))
            if trade.symbol == "TWO":
                self.buy(trade.symbol, 3)

        def on_fill(self, fill) -> None:
            self.told.append((fill.order_id, fill.symbol, fill.quantity, self.position(fill.symbol)))

    strategy = Follower()
    with ba.QuantumEngine(strategy=strategy) as engine:
        engine.send_message(ba.MarketData("ONE", 10.0, 1.0, 1))
        engine.send_message(ba.Signal("ONE", "SELL", 7.0, 1.0, 0.5))
        engine.send_message(ba.MarketData("TWO", 20.0, 1.0, 2))
        wait_for(lambda: engine.active_positions() == 2)
        assert [(p.symbol, p.quantity) for p in engine.list_positions()] == [("ONE", -1.0), ("TWO", 3.0)]
    # Its own orders and those of messages are numbered together.
    assert strategy.told == [("ONE", 10.0), (1, "ONE", 1.0, -1.0), ("TWO", 20.0), (2, "TWO", 3.0, 3.0)]


def test_many_threads_send_and_every_message_counts_once(engine) -> None:
    each, threads = 2_000, 4

    def send(name: str) -> None:
        for n in range(each):
            message = ba.MarketData(name, 100.0 + n % 7, 1.0, n)
            while True:
                try:
                    engine.send_message(message)
                    break
                except ba.BackpressureError:
                    time.sleep(0.0001)

    senders = [threading.Thread(target=send, args=(f"N{n}",)) for n in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert engine.flush(60)
    assert engine.get_stats().messages_processed == each * threads


def test_an_engine_is_measured_with_the_rest_of_the_process(engine) -> None:
    engine.send_message(ba.MarketData("M", 1.0, 1.0, 1))
    engine.flush()
    found = [of for name, of in ba.telemetry.snapshot().items() if name.startswith("engine-")]
    assert any(of["messages_processed"] == 1 and of["state"] == "RUNNING" for of in found)


def test_settings_that_cannot_be_are_refused() -> None:
    for bad in ({"ring_buffer_capacity": 1000}, {"num_workers": 0}, {"clock": "wall"}, {"position_cache_capacity": 0}):
        with pytest.raises(ba.ConfigError):
            ba.EngineConfig(**bad)
    for arguments in ({"venue": "SIM"}, {"risk": 5}, {"strategy": object()}, {"instruments": []}):
        with pytest.raises(ba.ConfigError):
            ba.QuantumEngine(**arguments)
