"""Data as it comes: how it is read, what is kept of it, and what counts among live bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba

MINUTE = 60_000_000_000
START = 1_700_000_000_000_000_000


def walk(symbol: str, rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(np.cumsum(rng.standard_normal(rows) * 0.01)), 2)
    first = np.concatenate([close[:1], close[:-1]])
    return pa.table(
        {
            "symbol": [symbol] * rows,
            "ts": START + MINUTE * np.arange(rows),
            "open": first,
            "high": np.maximum(first, close) + 0.1,
            "low": np.minimum(first, close) - 0.1,
            "close": close,
            "volume": np.round(1e4 * rng.random(rows)),
        }
    )


@pytest.fixture(scope="module")
def tables() -> list[pa.Table]:
    return [walk(f"S{place}", 400 - 37 * (place % 3), place) for place in range(11)]


def test_the_last_bars_are_kept(tables: list[pa.Table]) -> None:
    config = ba.QuantumScannerConfig(max_bars=120)
    scanner = ba.QuantumScanner(config, pa.concat_tables(table.slice(0, 200) for table in tables))
    assert scanner.get_stats().bars == 11 * 120
    assert scanner.get_stats().left_out == {"older than the last 120": 11 * 80}
    asked = ba.ScanFilter(where=ba.close > ba.sma(ba.close, 50), rank_by=ba.ema(ba.close, 20))
    memory = []
    for row in range(200, 400):
        bars = pa.concat_tables(table.slice(row, 1) for table in tables)
        assert scanner.update(bars).taken == bars.num_rows
        memory.append(scanner.get_stats().nbytes)
    assert scanner.get_stats().bars == 11 * 120
    assert max(memory[100:]) <= 2.5 * min(memory[:10])
    last = pa.concat_tables(table.slice(table.num_rows - 120) for table in tables)
    wanted = ba.QuantumScanner(None, last).scan_instruments(filter=asked)
    assert scanner.scan_instruments(filter=asked).table.equals(wanted.table)
    assert scanner.history(asked, symbols=["S1"]).table.num_rows <= 120


def test_what_is_watched_goes_on_from_all_it_has_seen(tables: list[pa.Table]) -> None:
    asked = ba.ScanFilter(where=ba.ema(ba.close, 100) > 0, rank_by=ba.ema(ba.close, 100))
    scanners = [
        ba.QuantumScanner(ba.QuantumScannerConfig(max_bars=most), pa.concat_tables(t.slice(0, 150) for t in tables))
        for most in (150, None)
    ]
    for scanner in scanners:
        scanner.watch(filter=asked)
    for row in range(150, 300):
        for scanner in scanners:
            scanner.update(pa.concat_tables(table.slice(row, 1) for table in tables))
    bounded, unbounded = (scanner.current() for scanner in scanners)
    assert len(bounded) == 11
    assert bounded.symbols == unbounded.symbols
    # A scan anew knows the last 150 bars alone.
    anew = scanners[0].scan_instruments(filter=asked)
    assert len(anew) == 11
    assert scanners[0].get_stats().bars == 11 * 150


def test_too_few_bars_are_kept_for_what_is_asked(tables: list[pa.Table]) -> None:
    scanner = ba.QuantumScanner(ba.QuantumScannerConfig(max_bars=20), pa.concat_tables(tables))
    found = scanner.scan_instruments(filter=ba.ScanFilter(where=ba.sma(ba.close, 50) > 0))
    assert set(found.skipped.values()) == {"too few bars: 20 of 50"}


def test_live_bars_outside_of_the_sessions_are_left_out_and_counted() -> None:
    def bars(*stamps: str) -> pa.Table:
        times = np.array([f"2024-07-01T{stamp}" for stamp in stamps], "M8[ns]")
        closes = np.arange(1.0, len(stamps) + 1)
        return pa.table(
            {"symbol": ["A"] * len(stamps), "ts": times, **dict.fromkeys(("open", "high", "low", "close"), closes)}
        )

    config = ba.QuantumScannerConfig(session=("09:30", "16:00", "America/New_York"), enable_afterhours=False)
    scanner = ba.QuantumScanner(config, bars("19:57", "19:58"))
    update = scanner.update(bars("19:59", "20:00", "20:01"))
    assert update.taken == 1
    assert update.refused == []
    assert scanner.get_stats().left_out == {"outside of the sessions that are enabled": 2}
    assert scanner.get_stats().bars == 3


def test_files_are_read_as_is_said(tmp_path: Path) -> None:
    lines = [f"0{day}/02/2024,{price},{price + 1},{price - 1},{price},100" for day, price in ((1, 10.0), (2, 11.0))]
    (tmp_path / "ABC.csv").write_text("\n".join(lines) + "\n")
    names = ["date", "open", "high", "low", "close", "volume"]
    scanner = ba.QuantumScanner(None, tmp_path, names=names, day_first=True, tz="America/New_York")
    (result,) = scanner.scan_instruments()
    wanted = int(np.datetime64("2024-02-02T05:00", "ns").astype(np.int64))
    assert result.timestamp == wanted
    assert result.price == 11.0
    (tmp_path / "ABC.csv").write_text("03/02/2024,12,13,11,12,100\n")
    assert scanner.update(tmp_path / "ABC.csv").taken == 1
    assert scanner.scan_instruments()[0].price == 12.0


@pytest.mark.parametrize("most", [0, -1, 1.5, True, "all"])
def test_max_bars_is_a_whole_number(most: object) -> None:
    with pytest.raises(ba.ConfigError, match="max_bars must be"):
        ba.QuantumScannerConfig(max_bars=most)  # type: ignore[arg-type]
