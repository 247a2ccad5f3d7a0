"""Everything that is measured is found in one place, while it lives."""

from __future__ import annotations

import gc

import pyarrow as pa

import baconalgo as ba


def test_a_bus_is_found_by_its_name_until_it_is_gone() -> None:
    bus = ba.QuantumBus()
    name = bus.name
    assert name.startswith("bus-")
    sub = bus.subscribe("prices.btc")
    for number in range(3):
        bus.publish("prices.btc", ba.CancelOrder(number))
    sub.recv()
    found = ba.telemetry.snapshot()[name]
    assert (found["messages_published"], found["messages_consumed"], found["subscriptions"]) == (3, 1, 1)
    assert found["topic"]["prices.btc"]["messages_published"] == 3
    assert found["topic"]["prices.btc"]["readers"] == 1
    latency = found["latency_ns"]
    assert latency["count"] == 1
    assert 0 < latency["min"] <= latency["p50"] <= latency["p99"] <= latency["max"]
    del bus, sub
    gc.collect()
    assert name not in ba.telemetry.snapshot()


def test_the_table_has_a_row_for_each_number() -> None:
    bus = ba.QuantumBus()
    bus.publish("t", b"")
    table = ba.telemetry.table()
    assert isinstance(table, pa.Table)
    rows = [row for row in table.to_pylist() if row["component"] == bus.name]
    assert {"component": bus.name, "part": None, "metric": "messages_published", "value": 1.0} in rows
    assert {"component": bus.name, "part": "t", "metric": "messages_published", "value": 1.0} in rows
    assert {row["metric"] for row in rows} >= {"latency_ns.p50", "latency_ns.p99", "throughput"}
    assert all(isinstance(row["value"], float) for row in rows)


def test_two_of_a_kind_have_two_names() -> None:
    one, two = ba.QuantumBus(), ba.QuantumBus()
    assert one.name != two.name
    assert {one.name, two.name} <= set(ba.telemetry.snapshot())
