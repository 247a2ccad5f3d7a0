"""The engine on this machine: message in to order out, and how many messages a second."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from baconalgo import messages
from baconalgo.bench._row import Row
from baconalgo.engine import EngineConfig, QuantumEngine
from baconalgo.errors import BackpressureError
from baconalgo.risk import RiskConfig

#: A budget of limits that everything passes, so that every signal fills.
_WIDE = RiskConfig(total_capital=1e12, max_concurrent_positions=10_000)
_SYMBOLS = 50


def _records(count: int, *, signals: bool) -> messages.Records:
    kind = "signal" if signals else "market_data"
    made = np.zeros(count, messages.DTYPES[kind])
    number = np.arange(count)
    symbols = np.array([messages.symbol_number(f"BENCH{n}") for n in range(_SYMBOLS)], np.uint32)
    made["kind"] = messages.KINDS[kind]
    made["symbol"] = symbols[number % _SYMBOLS]
    made["price"] = np.round(100 + (number % 97) / 100, 2)
    if signals:
        made["action"] = np.where(number // _SYMBOLS % 2 == 0, 1, -1)
        made["quantity"], made["confidence"] = 1.0, 0.9
    else:
        made["timestamp"], made["volume"] = number, 1.0
    return made


def _warm() -> QuantumEngine:
    engine = QuantumEngine(EngineConfig(), risk=_WIDE)
    engine.start()
    engine.send_many(_records(20_000, signals=False))
    engine.flush()
    return engine


def _base(count: int) -> Row:
    clock = time.perf_counter_ns
    times = np.array([-(clock() - clock()) for _ in range(count)])
    found = dict(zip(("p50", "p90", "p99", "p999", "max"), np.percentile(times, [50, 90, 99, 99.9, 100]), strict=True))
    return Row.of_latency("base: two reads of the clock in Python", {"count": count, **found})


def _paced(case: str, count: int, interval: int, *, signals: bool) -> Iterator[Row]:
    engine = QuantumEngine(EngineConfig(), risk=_WIDE)
    engine.start()
    # At the same pace, so that it spoils no percentile.
    engine._native.send_paced(_records(1_000, signals=False).view(np.uint8), interval)
    late = engine._native.send_paced(_records(count, signals=signals).view(np.uint8), interval)
    engine.flush()
    found = engine._native.stats()
    engine.stop()
    note = f"one every {interval / 1e3:g} us, from the planned time; sender at most {late / 1e3:.1f} us late"
    yield Row.of_latency(case, found["latency"], note=note)
    for name, stage in found["stages"].items():
        yield Row.of_latency(f"  {name}", stage, note="one message in 64")


def _arrays(case: str, count: int, *, signals: bool) -> Row:
    engine, records = _warm(), _records(count, signals=signals)
    began = time.perf_counter()
    engine.send_many(records)
    engine.flush()
    seconds = time.perf_counter() - began
    engine.stop()
    return Row(case, count, count / seconds, note="NumPy arrays from Python")


def _singly(count: int) -> Row:
    engine = _warm()
    objects = messages.objects(_records(count, signals=False))
    began = time.perf_counter()
    for message in objects:
        while True:
            try:
                engine.send_message(message)
                break
            except BackpressureError:
                time.sleep(0)
    engine.flush()
    seconds = time.perf_counter() - began
    engine.stop()
    return Row("market data, one by one", count, count / seconds, note="send_message from Python")


def bench_engine(*, scale: float = 1.0) -> Iterator[Row]:
    """Measure the engine.

    Parameters
    ----------
    scale
        How much of the usual number of messages.

    Yields
    ------
    Row
        Results as they come: the base case, latencies at planned send times, throughput.
    """

    def count(messages: int) -> int:
        return max(int(messages * scale), 1_000)

    yield _base(count(200_000))
    yield from _paced("market data in, position marked", count(200_000), 10_000, signals=False)
    yield from _paced("signal in, order out and filled", count(200_000), 10_000, signals=True)
    yield _arrays("market data in batches", count(5_000_000), signals=False)
    yield _arrays("signals in batches, all filled", count(1_000_000), signals=True)
    yield _singly(count(200_000))
