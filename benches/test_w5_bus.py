"""W5: messages from thread to thread, and from a thread into arrays.

One thread publishes, another one receives: a record at a time, and in batches. The peers carry the same trades as
tuples, which is what they can: `queue.SimpleQueue` between threads, `multiprocessing.SimpleQueue` and ZeroMQ (in
process) with pickling or bytes. Latency is that of a ping and its pong, one at a time.
"""

from __future__ import annotations

import multiprocessing
import queue
import struct
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import baconalgo as ba
from benches.conftest import Measure

MESSAGES = 50_000
BATCHED = 2_000_000
PINGS = 5_000
TRADE = (1, 2, 50_000.0, 0.1)
PACKED = struct.Struct("<qqdd")


def between_threads(produce: Callable[[], None], consume: Callable[[], int]) -> int:
    """What the consumer has counted."""
    thread = threading.Thread(target=produce)
    thread.start()
    count = consume()
    thread.join()
    return count


def by_bus() -> int:
    with ba.QuantumBus() as bus:
        sub = bus.subscribe("trades")
        trade = ba.Trade("BTC", *TRADE)

        def produce() -> None:
            for _ in range(MESSAGES):
                bus.publish("trades", trade)
            bus.close()

        return between_threads(produce, lambda: sum(1 for _ in sub))


def by_bus_in_batches() -> int:
    with ba.QuantumBus() as bus:
        sub = bus.subscribe("trades")
        trades = np.repeat(ba.messages.records([ba.Trade("BTC", *TRADE)]), BATCHED)

        def produce() -> None:
            bus.publish_batch("trades", trades)
            bus.close()

        def consume() -> int:
            return sum(map(len, iter(lambda: sub.recv_batch(65_536), None)))

        return between_threads(produce, consume)


def by_queue(channel: Any = None) -> int:
    channel = channel or queue.SimpleQueue()

    def produce() -> None:
        for _ in range(MESSAGES):
            channel.put(TRADE)
        channel.put(None)

    return between_threads(produce, lambda: sum(1 for _ in iter(channel.get, None)))


def by_zeromq() -> int:
    zmq = pytest.importorskip("zmq")
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        pull.set_hwm(0)
        push.set_hwm(0)
        pull.bind("inproc://trades")
        push.connect("inproc://trades")

        def produce() -> None:
            for _ in range(MESSAGES):
                push.send(PACKED.pack(*TRADE))
            push.send(b"")

        return between_threads(produce, lambda: sum(1 for data in iter(pull.recv, b"") if PACKED.unpack(data)))


PEERS = {
    "queue.SimpleQueue": by_queue,
    "multiprocessing.SimpleQueue": lambda: by_queue(multiprocessing.SimpleQueue()),
    "ZeroMQ inproc": by_zeromq,
}


@pytest.mark.parametrize("peer", PEERS)
def test_one_by_one(measure: Measure, peer: str) -> None:
    assert PEERS[peer]() == MESSAGES
    count = measure(
        "W5 bus, one by one", "QuantumBus", by_bus, n=MESSAGES, unit="messages", baseline=(peer, PEERS[peer])
    )
    assert count == MESSAGES


def test_in_batches(measure: Measure) -> None:
    def list_through_a_queue() -> int:
        channel: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def produce() -> None:
            for start in range(0, BATCHED, 4096):
                channel.put([TRADE] * min(4096, BATCHED - start))
            channel.put(None)

        return between_threads(produce, lambda: sum(map(len, iter(channel.get, None))))

    peer = ("lists through queue.SimpleQueue", list_through_a_queue)
    count = measure("W5 bus, batches", "QuantumBus", by_bus_in_batches, n=BATCHED, unit="messages", baseline=peer)
    assert count == list_through_a_queue() == BATCHED


def test_ping_and_pong(measure: Measure) -> None:
    def by_bus() -> int:
        with ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=64)) as bus:
            pings, pongs = bus.subscribe("ping"), bus.subscribe("pong")
            ping = ba.CancelOrder(1)

            def echo() -> None:
                for message in pings:
                    bus.publish("pong", message.payload)

            def ask() -> int:
                for _ in range(PINGS):
                    bus.publish("ping", ping)
                    pongs.recv()
                bus.close()
                return PINGS

            return between_threads(echo, ask)

    def by_queues() -> int:
        pings: queue.SimpleQueue[Any] = queue.SimpleQueue()
        pongs: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def echo() -> None:
            for message in iter(pings.get, None):
                pongs.put(message)

        def ask() -> int:
            for _ in range(PINGS):
                pings.put(TRADE)
                pongs.get()
            pings.put(None)
            return PINGS

        return between_threads(echo, ask)

    peer = ("queue.SimpleQueue", by_queues)
    measure("W5 bus, round trips", "QuantumBus", by_bus, n=PINGS, unit="round trips", baseline=peer)
