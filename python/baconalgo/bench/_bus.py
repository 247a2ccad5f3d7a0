"""The bus on this machine, beside what Python has: a thread that publishes, a thread that receives."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np

from baconalgo import messages
from baconalgo.bench._row import Row
from baconalgo.bus import QuantumBus

_BATCH = 256


def _records(count: int) -> messages.Records:
    made = np.zeros(count, messages.DTYPES["market_data"])
    made["kind"] = messages.KINDS["market_data"]
    made["symbol"] = messages.symbol_number("BENCH")
    made["timestamp"], made["price"], made["volume"] = np.arange(count), 100.0, 1.0
    return made


def _timed(count: int, receive: Callable[[], int], send: Callable[[], None]) -> float:
    """Messages a second, from the first one sent until the last one received."""
    ready = threading.Event()

    def consume() -> None:
        ready.set()
        left = count
        while left > 0:
            left -= receive()

    consumer = threading.Thread(target=consume)
    consumer.start()
    ready.wait()
    began = time.perf_counter()
    send()
    consumer.join()
    return count / (time.perf_counter() - began)


def _bus_singly(count: int) -> Row:
    bus = QuantumBus()
    with bus.subscribe("bench") as subscription:
        objects = messages.objects(_records(count))

        def send() -> None:
            for message in objects:
                bus.publish("bench", message)

        rate = _timed(count, lambda: subscription.recv(1.0) is not None, send)
        found = bus.get_metrics()
    row = Row(
        "QuantumBus, one by one",
        count,
        rate,
        p50_ns=found.p50_latency_ns,
        p99_ns=found.p99_latency_ns,
        p999_ns=found.p999_latency_ns,
        max_ns=found.max_latency_ns,
        note="latency with the queue that forms",
    )
    bus.close()
    return row


def _bus_in_batches(count: int) -> Row:
    bus = QuantumBus()
    with bus.subscribe("bench") as subscription:
        records = _records(count)

        def receive() -> int:
            batch = subscription.recv_batch(4_096, 1.0)
            return 0 if batch is None else len(batch)

        def send() -> None:
            for first in range(0, count, _BATCH):
                bus.publish_batch("bench", records[first : first + _BATCH])

        rate = _timed(count, receive, send)
    bus.close()
    return Row(f"QuantumBus, batches of {_BATCH}", count, rate, note="NumPy arrays")


def _simple_queue(count: int) -> Row:
    line: queue.SimpleQueue[object] = queue.SimpleQueue()
    objects = messages.objects(_records(count))

    def receive() -> int:
        line.get()
        return 1

    def send() -> None:
        for message in objects:
            line.put(message)

    return Row("queue.SimpleQueue, one by one", count, _timed(count, receive, send), note="unbounded")


def _zeromq(count: int) -> Row | None:
    try:
        import zmq
    except ImportError:
        return None
    context = zmq.Context()
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    pull.bind("inproc://bench")
    push.connect("inproc://bench")
    payload = _records(1).tobytes()

    def receive() -> int:
        pull.recv()
        return 1

    def send() -> None:
        for _ in range(count):
            push.send(payload)

    row = Row("pyzmq inproc, one by one", count, _timed(count, receive, send), note="bytes")
    push.close()
    pull.close()
    context.term()
    return row


def _base(count: int) -> Row:
    began = time.perf_counter()
    for _ in range(count):
        pass
    return Row("base: an empty loop in Python", count, count / (time.perf_counter() - began))


def bench_bus(*, scale: float = 1.0) -> Iterator[Row]:
    """Measure the bus, and what else Python has between two threads.

    Parameters
    ----------
    scale
        How much of the usual number of messages.

    Yields
    ------
    Row
        Results as they come: the base case, the bus, its peers.
    """

    def count(messages: int) -> int:
        return max(int(messages * scale), 1_000)

    yield _base(count(1_000_000))
    yield _bus_singly(count(200_000))
    yield _bus_in_batches(count(5_000_000))
    yield _simple_queue(count(200_000))
    zeromq = _zeromq(count(200_000))
    if zeromq is not None:
        yield zeromq
