"""W2: the last bar of many instruments, 22 numbers each, against a loop by hand on the same threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

import baconalgo as ba
from baconalgo import _core
from baconalgo.expr._lower import lower

BARS = 500
MINUTE = 60_000_000_000
THREADS = 2
INSTRUMENTS = (1_000, 10_000, int(os.environ.get("BACONALGO_BENCH_INSTRUMENTS", "20_000")))

Columns = dict[str, npt.NDArray[np.float64]]


def universe(instruments: int, seed: int = 2) -> Columns:
    """Random walks with wicks, volumes and what buyers took, prices on cents."""
    rng = np.random.default_rng([seed, instruments])
    shape = (instruments, BARS)
    first = np.exp(rng.uniform(np.log(5), np.log(500), (instruments, 1)))
    spread = np.exp(rng.uniform(np.log(0.005), np.log(0.03), (instruments, 1)))
    close = np.maximum(np.round(first * np.exp(np.cumsum(rng.standard_normal(shape) * spread, axis=1)), 2), 0.1)
    start = np.concatenate([first, close[:, :-1]], axis=1)
    start = np.maximum(np.round(start * (1 + rng.standard_normal(shape) * spread * 0.2), 2), 0.1)
    high = np.round(np.maximum(start, close) * (1 + np.abs(rng.standard_normal(shape)) * spread * 0.6), 2)
    low = np.maximum(
        np.round(np.minimum(start, close) * (1 - np.abs(rng.standard_normal(shape)) * spread * 0.6), 2), 0.01
    )
    volume = np.round(np.exp(rng.standard_normal(shape) * 0.8 + 9.0))
    return {
        "open": start,
        "high": high,
        "low": low,
        "close": close,
        "volume": volume,
        "buy_volume": np.round(volume * rng.beta(4, 4, shape)),
    }


def asked() -> list[Any]:
    """The 22 numbers, in the order of the loop by hand."""
    a: Any = ba
    macd, bands, stochastic = a.macd(a.close), a.bollinger(a.close), a.stochastic()
    keltner = a.keltner(style="close")
    return [
        *(a.rsi(a.close, 14), a.ema(a.close, 20), a.sma(a.close, 20), macd.macd, macd.signal, macd.hist),
        *(bands.upper, bands.lower, stochastic.k, stochastic.d, a.williams_r(14), a.cci(20), a.mfi(14), a.atr(14)),
        *(keltner.upper, keltner.lower, *(a.donchian(rows).middle for rows in (9, 26, 52))),
        *(a.obv(), a.vwap(), a.cvd()),
    ]


def native(columns: Columns, max_bars: int | None = None) -> _core.Universe:
    instruments = len(columns["close"])
    long = [(name, np.ascontiguousarray(column.ravel())) for name, column in columns.items()]
    times = np.tile(np.arange(BARS, dtype=np.int64) * MINUTE, instruments)
    return _core.Universe(long, times, list(range(0, instruments * BARS + 1, BARS)), THREADS, MINUTE, max_bars)


def by_hand(columns: Columns) -> Callable[[], npt.NDArray[np.float64]]:
    numba = pytest.importorskip("numba")
    numba.set_num_threads(min(THREADS, numba.config.NUMBA_NUM_THREADS))
    from benches.scan_loop import last_values

    arrays = [columns[name] for name in ("high", "low", "close", "volume", "buy_volume")]
    return lambda: last_values(*arrays)


@pytest.mark.parametrize("instruments", INSTRUMENTS)
def test_scan(measure: Any, instruments: int) -> None:
    columns = universe(instruments)
    loop, scanner = by_hand(columns), native(columns)
    nodes, params, places, _ = lower(asked())
    found, wanted = np.array(scanner.scan(nodes, params, places)[0]).T, loop()
    # The money flow index has the tolerance for ties of TA-Lib, which the loop by hand has not.
    compared = [place for place in range(22) if place != 12]
    np.testing.assert_allclose(found[:, compared], wanted[:, compared], rtol=1e-9, atol=1e-9)
    measure(
        "W2/scan",
        "baconalgo",
        lambda: scanner.scan(nodes, params, places),
        n=instruments,
        unit="instruments",
        baseline=("loop by hand, numba", loop),
        facts={"megabytes": lambda _: scanner.nbytes / 1e6},
        rounds=9,
    )


@pytest.mark.parametrize("max_bars", [None, BARS])
def test_one_more_bar(measure: Any, max_bars: int | None) -> None:
    """Right after loading; and after a hundred bars more, where as many are kept as there were."""
    instruments = 10_000
    columns = universe(instruments)
    loop, scanner = by_hand(columns), native(columns, max_bars)
    nodes, params, places, _ = lower(asked())
    scanner.watch(nodes, params, places)
    rows = [np.ascontiguousarray(column[:, -1]) for column in columns.values()]
    everyone, at = np.arange(instruments, dtype=np.int64), iter(range(BARS, 10 * BARS))

    def once() -> None:
        taken, _ = scanner.push(everyone, np.full(instruments, next(at) * MINUTE, np.int64), rows)
        assert taken == instruments

    for _ in range(0 if max_bars is None else 100):
        once()
    measure(
        "W2/one more bar",
        "baconalgo" if max_bars is None else f"baconalgo, the last {max_bars} kept",
        once,
        n=instruments,
        unit="instruments",
        baseline=("whole scan by hand, numba", loop),
        rounds=20,
    )


@pytest.mark.parametrize("instruments", INSTRUMENTS[:2])
@pytest.mark.parametrize("who", ["all of them", "those with RSI below 30"])
def test_whole_scan(measure: Any, instruments: int, who: str) -> None:
    """What a user calls: score, reasons and fourteen patterns of what passes, as a table."""
    columns = universe(instruments)
    symbols = np.repeat([f"S{place:05d}" for place in range(instruments)], BARS)
    times = np.tile(1_700_000_000_000_000_000 + np.arange(BARS) * MINUTE, instruments)
    table = pa.table({"symbol": symbols, "ts": times, **{name: column.ravel() for name, column in columns.items()}})
    scanner = ba.QuantumScanner(ba.QuantumScannerConfig(num_threads=THREADS), table)
    asked_for = ba.ScanFilter(where=None if who == "all of them" else ba.rsi(ba.close, 14) < 30)
    measure(
        "W2/scan_instruments",
        who,
        lambda: scanner.scan_instruments(None, asked_for),
        n=instruments,
        unit="instruments",
        facts={"found": len, "load_seconds": lambda _: scanner.get_stats().load_seconds},
        rounds=9,
    )
