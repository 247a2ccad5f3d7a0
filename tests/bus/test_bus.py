"""What the bus promises: order, policies, payloads, batches, bounds, metrics."""

from __future__ import annotations

import gc
import math

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import baconalgo as ba


def small(size: int = 8, **more: object) -> ba.QuantumBus:
    return ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=size, **more))


def drain(sub: ba.Subscription) -> list[ba.BusMessage]:
    return list(iter(lambda: sub.recv(timeout=0), None))


def test_the_example_of_the_specification() -> None:
    bus = ba.QuantumBus()
    sub = bus.subscribe("trades")
    payload = b"payload"
    bus.publish("trades", payload)
    message = next(sub)
    assert (message.topic, message.payload, message.sequence) == ("trades", payload, 0)
    assert message.payload is payload
    assert abs(message.timestamp - np.datetime64("now", "ns").astype(int)) < 3_600 * 10**9


TABLE = pa.table({"a": [1, 2, 3]})
PAYLOADS = [
    b"",
    b"x" * 1000,
    bytearray(b"abc"),
    memoryview(b"abc"),
    TABLE,
    TABLE.to_batches()[0],
    TABLE["a"],
    TABLE["a"].chunk(0),
    pl.DataFrame({"a": [1.5, None]}),
    ba.Trade("BTC", 1, 2, 3.0, 4.0, "BUY"),
    ba.EmergencyStop(),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: type(p).__name__)
@pytest.mark.parametrize("policy", ["block", "drop_oldest", "conflate"])
def test_a_payload_is_received_as_its_type(payload: object, policy: str) -> None:
    bus = small()
    subs = [bus.subscribe("t", policy=policy), bus.subscribe("t")]
    bus.publish("t", payload)
    for sub in subs:
        got = sub.recv(timeout=0).payload
        assert type(got) is type(payload)
        assert got.equals(payload) if hasattr(got, "equals") else got == payload


def test_what_is_changed_after_it_was_published_is_received_as_it_was() -> None:
    bus = small()
    one, two = bus.subscribe("t"), bus.subscribe("t")
    mine = bytearray(b"abc")
    array = np.array([1, 2], np.uint8)
    bus.publish("t", mine)
    bus.publish("t", array)
    mine[0] = 0
    array[:] = 0
    got = one.recv(timeout=0).payload
    assert got == b"abc"
    got[0] = 1
    assert two.recv(timeout=0).payload == b"abc"
    assert two.recv(timeout=0).payload == b"\x01\x02"


def test_other_tables_of_arrow_become_those_of_pyarrow() -> None:
    bus = small()
    sub = bus.subscribe("t")
    bus.publish("t", pa.RecordBatchReader.from_batches(TABLE.schema, TABLE.to_batches()))
    assert sub.recv(timeout=0).payload.equals(TABLE)


def test_what_is_no_payload_and_what_is_too_large_is_refused() -> None:
    bus = small()
    sub = bus.subscribe("t")
    for wrong in ("text", 5, None, {"a": 1}, object()):
        with pytest.raises(ba.BusError, match="payload must be a message, bytes-like, or of Arrow"):
            bus.publish("t", wrong)
    with pytest.raises(ba.BusError, match="payload must have at most 67108864 bytes, was 67108865 bytes"):
        bus.publish("t", bytes(2**26 + 1))
    assert sub.recv(timeout=0) is None
    bus.publish("t", bytes(2**26))
    assert len(sub.recv(timeout=0).payload) == 2**26


def test_arguments_that_cannot_be_are_refused() -> None:
    bus = small()
    for wrong in (3, 0, -8, 2**25, 1.5, True, "8"):
        with pytest.raises(ba.ConfigError, match="ring_buffer_size must be"):
            ba.QuantumBusConfig(ring_buffer_size=wrong)
    with pytest.raises(ba.ConfigError, match="num_partitions must be"):
        ba.QuantumBusConfig(num_partitions=0)
    with pytest.raises(ba.ConfigError, match="enable_metrics must be"):
        ba.QuantumBusConfig(enable_metrics=1)
    with pytest.raises(ba.BusError, match='policy must be block, drop_oldest or conflate, was "x"'):
        bus.subscribe("t", policy="x")
    with pytest.raises(ba.BusError, match="key must be one of symbol"):
        bus.subscribe("t", policy="conflate", key="x")
    with pytest.raises(ba.BusError, match="key must be None unless"):
        bus.subscribe("t", key="symbol")
    for wrong in (-1.0, math.nan):
        with pytest.raises(ba.BusError, match="timeout must be >= 0 seconds"):
            bus.publish("t", b"", timeout=wrong)
    for wrong in ("", "x" * 256):
        with pytest.raises(ba.BusError, match="topic must have 1 to 255 bytes"):
            bus.publish(wrong, b"")
    with pytest.raises(ba.BusError, match="max_messages must be"):
        bus.subscribe("t").recv_batch(0)
    with pytest.raises(TypeError):
        bus.publish(5, b"")


def test_partitions_change_nothing_but_locks() -> None:
    for partitions in (1, 7, 1024):
        bus = small(num_partitions=partitions)
        subs = {topic: bus.subscribe(topic) for topic in "abcdefgh"}
        for topic in subs:
            bus.publish(topic, topic.encode())
        assert {topic: sub.recv(timeout=0).payload for topic, sub in subs.items()} == {t: t.encode() for t in subs}
        assert bus.topics == list("abcdefgh")


def test_a_full_topic_raises_backpressure_and_says_what_went_through() -> None:
    bus = small(4)
    sub = bus.subscribe("t")
    with pytest.raises(
        ba.BackpressureError, match=r'topic "t" must have room within 0 s, was full after 4 of 6'
    ) as caught:
        bus.publish_batch("t", [ba.CancelOrder(i) for i in range(6)], timeout=0)
    assert caught.value.sent == 4
    assert isinstance(caught.value, ba.BusError) and isinstance(caught.value, ba.EngineError)
    with pytest.raises(ba.BackpressureError, match=r"must have room within 0\.01 s, was full"):
        bus.publish("t", b"", timeout=0.01)
    bus.publish("other", b"")
    assert [message.payload.order_id for message in drain(sub)] == [0, 1, 2, 3]
    bus.publish("t", b"", timeout=0)


def test_the_oldest_are_lost_and_counted() -> None:
    bus = small(8)
    lossy, strict = bus.subscribe("t", policy="drop_oldest"), bus.subscribe("t")
    for number in range(40):
        bus.publish("t", ba.CancelOrder(number))
        assert strict.recv(timeout=0).sequence == number
    got = drain(lossy)
    assert got[-1].sequence == 39
    assert [message.sequence for message in got] == list(range(lossy.lost, 40))
    assert [message.payload.order_id for message in got] == list(range(lossy.lost, 40))
    assert bus.get_metrics().buffer_overruns == lossy.lost == 40 - len(got)


def test_conflation_keeps_the_latest_of_each_key_in_the_order_of_the_updates() -> None:
    bus = small(64)
    by_symbol, by_kind = bus.subscribe("t", policy="conflate"), bus.subscribe("t", policy="conflate", key="kind")
    orders = bus.subscribe("t", policy="conflate", key="order_id")
    for symbol, price in [("A", 1.0), ("B", 2.0), ("A", 3.0), ("C", 4.0), ("B", 5.0)]:
        bus.publish("t", ba.MarketData(symbol, price, 1.0, 0))
    assert [(m.payload.symbol, m.payload.price) for m in drain(by_symbol)] == [("A", 3.0), ("C", 4.0), ("B", 5.0)]
    assert (by_symbol.conflated, by_symbol.lost) == (2, 0)
    assert [m.payload.price for m in drain(by_kind)] == [5.0]
    drain(orders)
    for number in (7, 8, 7):
        bus.publish("t", ba.CancelOrder(number))
    assert [(m.sequence, m.payload.order_id) for m in drain(orders)] == [(6, 8), (7, 7)]
    bus.publish("t", b"1")
    bus.publish("t", b"2")
    assert [m.payload for m in drain(by_symbol)][-1] == b"2"


def test_no_symbol_starves_under_conflation() -> None:
    bus = small(64)
    sub = bus.subscribe("t", policy="conflate")
    bus.publish("t", ba.MarketData("slow", 1.0, 1.0, 0))
    for price in range(30):
        bus.publish("t", ba.MarketData("fast", float(price), 1.0, 0))
        bus.publish("t", ba.MarketData("other", float(price), 1.0, 0))
    assert [m.payload.symbol for m in drain(sub)] == ["slow", "fast", "other"]


def test_sequences_are_stable_whoever_listens() -> None:
    bus = small(8)
    for _ in range(5):
        bus.publish("t", b"")
    sub = bus.subscribe("t")
    bus.publish("t", b"")
    assert sub.recv(timeout=0).sequence == 5
    sub.close()
    bus.publish("t", b"")
    with bus.subscribe("t", policy="drop_oldest") as sub:
        bus.publish("t", b"")
        assert sub.recv(timeout=0).sequence == 7
    metrics = bus.get_metrics()
    assert (metrics.messages_published, metrics.messages_unheard, metrics.messages_consumed) == (8, 6, 2)


def test_all_topics_are_those_of_the_past_and_the_future_each_in_order() -> None:
    bus = small(64)
    bus.publish("old", b"")
    for policy in ("block", "drop_oldest", "conflate"):
        with bus.subscribe(policy=policy) as everything:
            assert everything.topic is None
            for number in range(3):
                bus.publish("old", ba.CancelOrder(number))
                bus.publish(f"new {policy}", ba.CancelOrder(number))
            got = [(m.topic, m.payload.order_id) for m in drain(everything)]
            if policy != "conflate":
                assert got == [(t, n) for n in range(3) for t in ("old", f"new {policy}")]
            else:
                assert sorted(got) == [(f"new {policy}", 2), ("old", 2)]


def test_a_million_topics_are_refused_and_the_others_go_on() -> None:
    bus = small()
    for number in range(4096):
        bus.publish(f"topic {number}", b"")
    for call, payload in ((bus.publish, b""), (bus.publish_batch, [b""])):
        with pytest.raises(ba.BusError, match='topic must be one of at most 4096, was "one more"'):
            call("one more", payload)
    with pytest.raises(ba.BusError):
        bus.subscribe("one more")
    everything = bus.subscribe()
    bus.publish("topic 4095", b"last")
    assert everything.recv(timeout=0).payload == b"last"
    assert bus.get_metrics().topics == 4096


def test_sixty_four_subscriptions_can_hold_a_topic_back() -> None:
    bus = small()
    subs = [bus.subscribe("t") for _ in range(64)]
    with pytest.raises(ba.BusError, match="consumers must be at most 64"):
        bus.subscribe("t")
    lossy = [bus.subscribe("t", policy="drop_oldest") for _ in range(100)]
    bus.publish("t", b"x")
    assert all(sub.recv(timeout=0).payload == b"x" for sub in subs + lossy)
    subs.pop().close()
    bus.subscribe("t")


def test_batches_are_arrays_of_one_topic_and_one_kind() -> None:
    bus = small(64)
    sub = bus.subscribe("t")
    messages = [ba.MarketData("A", float(i), 1.0, i) for i in range(5)] + [b"1", b"2", ba.CancelOrder(1)]
    assert bus.publish_batch("t", messages) == 8
    batch = sub.recv_batch(3, timeout=0)
    assert batch.topic == "t" and len(batch) == 3
    assert batch.payloads.dtype == ba.messages.DTYPES["market_data"]
    assert batch.payloads["price"].tolist() == [0.0, 1.0, 2.0]
    assert batch.sequences.tolist() == [0, 1, 2]
    assert np.array_equal(batch.payloads["published"], batch.timestamps)
    assert ba.messages.symbols(batch.payloads) == ["A"] * 3
    assert len(sub.recv_batch(timeout=0)) == 2
    batch = sub.recv_batch(timeout=0)
    assert (batch.payloads, batch.sequences.tolist(), len(batch.timestamps)) == ([b"1", b"2"], [5, 6], 2)
    assert sub.recv_batch(timeout=0).payloads["order_id"].tolist() == [1]
    assert sub.recv_batch(timeout=0) is None


def test_arrays_and_tables_are_published_whole() -> None:
    bus = small(1024)
    sub, lossy = bus.subscribe("t"), bus.subscribe("t", policy="drop_oldest")
    rng = np.random.default_rng(1)
    prices = rng.random(1000)
    table = pa.table({"ts": np.arange(1000), "price": prices, "quantity": prices, "symbol": ["A", "B"] * 500})
    assert bus.publish_batch("t", table) == 1000
    batch = sub.recv_batch(timeout=0)
    assert np.array_equal(batch.payloads["price"], prices)
    assert bus.publish_batch("t", batch.payloads[::2]) == 500
    assert np.array_equal(sub.recv_batch(timeout=0).payloads["price"], prices[::2])
    assert bus.publish_batch("t", table.slice(0, 0)) == bus.publish_batch("t", []) == 0
    assert sum(len(batch) for batch in iter(lambda: lossy.recv_batch(timeout=0), None)) + lossy.lost == 1500
    broken = batch.payloads.copy()
    broken["kind"][7] = 99
    with pytest.raises(ba.DataError, match="record 7 must be of a known kind"):
        bus.publish_batch("t", broken)


def test_a_conflated_batch_has_the_latest_of_each_key() -> None:
    bus = small(64)
    sub = bus.subscribe("t", policy="conflate")
    bus.publish_batch("t", [ba.MarketData("AB"[i % 2], float(i), 1.0, i) for i in range(9)])
    batch = sub.recv_batch(timeout=0)
    assert (batch.payloads["price"].tolist(), batch.sequences.tolist()) == ([7.0, 8.0], [7, 8])


def test_a_closed_bus_is_drained_and_then_ends() -> None:
    bus = small()
    sub, everything, left = bus.subscribe("t"), bus.subscribe(), bus.subscribe("t")
    bus.publish("t", b"1")
    assert bus.unsubscribe(left.id) and not bus.unsubscribe(left.id)
    bus.close()
    bus.close()
    assert [message.payload for message in sub] == [b"1"]
    assert [message.payload for message in everything] == [b"1"]
    assert list(left) == [] and left.recv() is None and left.recv_batch() is None and left.wait() is None
    assert sub.recv() is None
    for call in (lambda: bus.publish("t", b""), lambda: bus.publish("new", b""), lambda: bus.subscribe("t")):
        with pytest.raises(ba.BusError, match="bus must be open, was closed"):
            call()
    assert bus.is_closed and left.is_closed
    sub.close()
    sub.close()


def test_a_bus_that_is_dropped_ends_its_subscriptions() -> None:
    sub = ba.QuantumBus().subscribe("t")
    gc.collect()
    assert sub.recv() is None


def test_subscriptions_that_are_dropped_hold_nobody_back() -> None:
    bus = small(2)
    bus.subscribe("t")
    gc.collect()
    for _ in range(10):
        bus.publish("t", b"", timeout=0)
    assert bus.get_metrics().subscriptions == 0
    assert bus.get_metrics().memory_bytes == 0


def test_payloads_are_freed_when_everybody_has_them_or_the_ring_has_come_round() -> None:
    bus = small(4)
    one, two = bus.subscribe("t"), bus.subscribe("t")
    ring = None
    for _ in range(3):
        bus.publish("t", bytes(1000))
        one.recv(timeout=0)
        ring = ring or bus.get_metrics().memory_bytes - 1000
    assert bus.get_metrics().memory_bytes == ring + 3000
    drain(two)
    assert bus.get_metrics().memory_bytes == ring
    two.close()
    one.close()
    lossy = bus.subscribe("t", policy="drop_oldest")
    for _ in range(100):
        bus.publish("t", bytes(1000))
    assert bus.get_metrics().memory_bytes <= ring + 4000
    assert lossy.recv(timeout=0).payload == bytes(1000)


def test_what_is_measured_is_what_happened() -> None:
    bus = small(64)
    sub = bus.subscribe("t")
    for number in range(10):
        bus.publish("t", ba.CancelOrder(number))
    drain(sub)
    metrics = bus.get_metrics()
    assert (metrics.messages_published, metrics.messages_consumed, metrics.buffer_overruns) == (10, 10, 0)
    assert 0 < metrics.avg_latency_ns <= metrics.max_latency_ns
    assert 0 < metrics.p50_latency_ns <= metrics.p99_latency_ns <= metrics.max_latency_ns
    assert metrics.throughput > 0
    assert (metrics.topics, metrics.subscriptions) == (1, 1)
    assert "messages_published=10" in repr(metrics)
    silent = small(enable_metrics=False)
    sub = silent.subscribe("t")
    silent.publish("t", b"")
    drain(sub)
    assert silent.get_metrics().avg_latency_ns == 0 and silent.get_metrics().messages_consumed == 1


def test_things_say_what_they_are() -> None:
    bus = small()
    sub = bus.subscribe("t", policy="drop_oldest")
    bus.publish("t", b"x")
    assert (sub.topic, sub.policy, sub.lost, sub.backlog, sub.received) == ("t", "drop_oldest", 0, 1, 0)
    assert repr(sub) == f'<Subscription {sub.id} to "t": drop_oldest, open>'
    assert "BusMessage(topic='t', payload=b'x', sequence=0" in repr(sub.recv())
    assert bus.config == ba.QuantumBusConfig(ring_buffer_size=8)
    assert repr(bus) == f"<QuantumBus {bus.name}: open, 1 topics>"
    assert sub.wait(0) is False
