"""The engine on this machine: message in to order out, and how many messages a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from baconalgo import messages
from baconalgo.bench._row import Row
from baconalgo.engine import EngineConfig, QuantumEngine
from baconalgo.errors import BackpressureError
from baconalgo.risk import RiskConfig

#: A budget of limits that everything passes, so that every signal fills.
_WIDE = RiskConfig(total_capital=1e12, max_concurrent_positions=10_000)
_SYMBOLS = 50
#: Between planned times, ns.
_INTERVAL = 10_000
_SHORT_RUNS = 21


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


def _at_pace(count: int, *, signals: bool) -> tuple[Any, int]:
    """Statistics of a fresh engine, and how late the sender was at most."""
    engine = QuantumEngine(EngineConfig(), risk=_WIDE)
    engine.start()
    # At the same pace, so that it spoils no percentile.
    engine._native.send_paced(_records(1_000, signals=False).view(np.uint8), _INTERVAL)
    late = engine._native.send_paced(_records(count, signals=signals).view(np.uint8), _INTERVAL)
    engine.flush()
    found = engine._native.stats()
    engine.stop()
    return found, late


def _paced(case: str, count: int, *, signals: bool) -> Iterator[Row]:
    found, late = _at_pace(count, signals=signals)
    # What else runs on a machine takes a core for milliseconds now and then: most short runs are spared.
    short = sorted(_at_pace(count // 20, signals=signals)[0]["latency"]["p99"] for _ in range(_SHORT_RUNS))
    note = (
        f"one every {_INTERVAL / 1e3:g} us, from the planned time; sender at most {late / 1e3:.1f} us late; 99 in 100 "
        f"within {short[_SHORT_RUNS // 2] / 1e3:.3g} us in the median of {_SHORT_RUNS} runs of {count // 20:,}"
    )
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
    yield from _paced("market data in, position marked", count(200_000), signals=False)
    yield from _paced("signal in, order out and filled", count(200_000), signals=True)
    yield _arrays("market data in batches", count(5_000_000), signals=False)
    yield _arrays("signals in batches, all filled", count(1_000_000), signals=True)
    yield _singly(count(200_000))
