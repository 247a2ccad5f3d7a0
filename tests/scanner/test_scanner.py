"""The scanner through its public API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import baconalgo as ba

DAY = 86_400_000_000_000
START = 1_700_006_400_000_000_000


def bars(length: int, seed: int, *, first: int = 0, missing: float = 0.0) -> pa.Table:
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(np.cumsum(rng.normal(0, 0.02, length))), 2)
    start = np.append(close[:1], close[:-1])
    high = np.maximum(start, close) + np.round(rng.uniform(0, 1, length), 2)
    low = np.minimum(start, close) - np.round(rng.uniform(0, 1, length), 2)
    volume = np.round(np.exp(rng.normal(9, 1, length)))
    close = np.where(rng.uniform(size=length) < missing, np.nan, close)
    ts = START + DAY * (first + np.arange(length))
    return pa.table({"ts": ts, "open": start, "high": high, "low": low, "close": close, "volume": volume})


def flat(*closes: float) -> pa.Table:
    ts = START + DAY * np.arange(len(closes))
    return pa.table({"ts": ts, "open": closes, "high": closes, "low": closes, "close": closes})


def long(tables: dict[str, pa.Table]) -> pa.Table:
    parts = [
        table.append_column("symbol", pa.array([symbol] * len(table), pa.string())) for symbol, table in tables.items()
    ]
    return pa.concat_tables(parts)


def test_times_print_to_the_nanosecond() -> None:
    table = flat(1.0, 2.0)
    table = table.set_column(0, "ts", pa.array([START + 1, START + DAY + 123]))
    found = ba.QuantumScanner(ba.QuantumScannerConfig(), {"A": table}).scan_instruments(["A"], ba.ScanFilter())
    assert ".000000123" in str(found)


@pytest.fixture
def universe() -> dict[str, pa.Table]:
    lengths = [200] * 19 + [0, 1, 2, 30, 61, 199]
    return {f"S{at:02d}": bars(length, at, missing=0.02 * (at % 3)) for at, length in enumerate(lengths)}


def rules() -> dict[str, Any]:
    return {
        "ema": ba.ema(ba.close, 20),
        "sma": ba.sma(ba.close, 20),
        "rsi": ba.rsi(ba.close, 14),
        "macd": ba.macd(ba.close).hist,
        "rule": (ba.close > ba.ema(ba.close, 10)) & ba.cross_above(ba.close, ba.sma(ba.close, 3)),
        "both": ba.sma(ba.rsi(ba.close, 5), 4) - ba.lag(ba.ema(ba.volume, 3), 7),
        "weekly": ba.ema(ba.close, 3).tf("1W"),
    }


@pytest.mark.parametrize("name", ["ema", "sma", "rsi", "macd", "rule", "both", "weekly"])
def test_a_scan_is_the_last_row_of_evaluate(universe: dict[str, pa.Table], name: str) -> None:
    rule = rules()[name]
    scanner = ba.QuantumScanner(ba.QuantumScannerConfig(num_threads=2), universe)
    number = ba.where(rule, 1.0, 0.0) if rule.kind == "condition" else rule
    found = scanner.scan_instruments(filter=ba.ScanFilter(rank_by=number))
    got = dict(zip(found.symbols, found.table["rank"].to_pylist(), strict=True))
    for symbol, table in universe.items():
        if not len(table) or np.isnan(table["close"][-1].as_py()):
            assert symbol in found.skipped
            continue
        last = float(number.evaluate(table, timeframe="1D")[-1])
        assert got[symbol] == last or (got[symbol] is None and np.isnan(last)), symbol
    ranks = [rank for rank in found.table["rank"].to_pylist() if rank is not None]
    assert ranks == sorted(ranks, reverse=True)


def test_the_number_of_threads_changes_nothing(universe: dict[str, pa.Table]) -> None:
    asked = ba.ScanFilter(where=ba.close > ba.sma(ba.close, 10))
    tables = [
        ba.QuantumScanner(ba.QuantumScannerConfig(num_threads=threads), universe).scan_instruments(filter=asked).table
        for threads in (1, 2, 5)
    ]
    assert tables[0].equals(tables[1]) and tables[0].equals(tables[2])


def test_long_tables_dicts_and_directories_are_the_same_data(universe: dict[str, pa.Table], tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for symbol, table in universe.items():
        if len(table):
            pq.write_table(table, tmp_path / "files" / f"{symbol}.parquet")
    shuffled = long(universe).take(np.random.default_rng(1).permutation(sum(len(t) for t in universe.values())))
    pyarrow.csv.write_csv(long(universe), tmp_path / "long.csv")
    asked = ba.ScanFilter(where=ba.rsi(ba.close, 14) < 60)
    wanted = ba.QuantumScanner(None, universe).scan_instruments(filter=asked).table
    for data in (long(universe), shuffled, str(tmp_path / "files"), tmp_path / "long.csv", long(universe).to_pandas()):
        assert ba.QuantumScanner(None, data).scan_instruments(filter=asked).table.equals(wanted)


def test_what_was_skipped_is_said_with_its_reason() -> None:
    scanner = ba.QuantumScanner(None, {"A": flat(*range(1, 31)), "B": flat(1.0, 2.0), "C": flat(1.0, float("nan"))})
    found = scanner.scan_instruments(["A", "B", "C", "D"], ba.ScanFilter(where=ba.close > ba.sma(ba.close, 20)))
    assert found.symbols == ["A"]
    assert found.skipped == {"D": "not in the data", "B": "too few bars: 2 of 20", "C": "last bar has no close"}
    assert found.complete and found.scanned == 3


def test_a_scan_out_of_time_says_so_for_each_instrument(universe: dict[str, pa.Table]) -> None:
    scanner = ba.QuantumScanner(ba.QuantumScannerConfig(timeout_us=0), universe)
    found = scanner.scan_instruments()
    assert not found.complete and not len(found)
    late = [symbol for symbol, reason in found.skipped.items() if reason == "timeout"]
    assert len(late) == sum(len(table) > 0 for table in universe.values())
    assert scanner.get_stats().timeouts == len(late)
    assert "NOT COMPLETE" in repr(found)


def test_filters_of_the_bar_and_of_the_instrument() -> None:
    prices = {"A": 10.0, "B": 20.0, "C": 30.0, "D": 40.0}
    data = {symbol: flat(price, price) for symbol, price in prices.items()}
    table = {
        "symbol": ["A", "B", "C"],
        "sector": ["x", "y", "x"],
        "market_cap": [1e9, None, 3e9],
        "float": [1.0, 2.0, 3.0],
    }
    scanner = ba.QuantumScanner(None, data, instruments=table)

    def passing(**limits: Any) -> list[str]:
        return sorted(scanner.scan_instruments(filter=ba.ScanFilter(**limits)).symbols)

    assert passing(min_price=20.0, max_price=30.0) == ["B", "C"]
    assert passing(sectors=["x"]) == ["A", "C"]
    assert passing(min_market_cap=1e9) == ["A", "C"]
    assert passing(min_float=2) == ["B", "C"]
    assert scanner.scan_instruments(filter=ba.ScanFilter(min_float=2)).skipped == {
        "D": "not in the table of instruments"
    }
    with pytest.raises(ba.ConfigError, match="min_short_interest must have a column short_interest"):
        passing(min_short_interest=1.0)
    with pytest.raises(ba.ConfigError, match="min_volume must have a column volume"):
        passing(min_volume=1.0)
    with pytest.raises(ba.ConfigError, match="sectors must have a table of instruments"):
        ba.QuantumScanner(None, data).scan_instruments(filter=ba.ScanFilter(sectors=["x"]))


def test_equal_ranks_come_in_the_order_of_symbols_and_missing_ones_last() -> None:
    data = {"B": flat(1.0, 5.0), "A": flat(1.0, 5.0), "C": flat(5.0), "D": flat(1.0, 7.0)}
    found = ba.QuantumScanner(None, data).scan_instruments(filter=ba.ScanFilter(rank_by=ba.close - ba.lag(ba.close, 1)))
    assert found.symbols == ["D", "A", "B", "C"]
    assert found.table["rank"].to_pylist() == [6.0, 4.0, 4.0, None]
    top = ba.QuantumScanner(None, data).scan_instruments(
        filter=ba.ScanFilter(rank_by=ba.close - ba.lag(ba.close, 1)), top=2
    )
    assert top.symbols == ["D", "A"]


def test_an_instrument_among_all_others() -> None:
    data = {symbol: flat(1.0, price) for symbol, price in {"A": 1.0, "B": 2.0, "C": 2.0, "D": 9.0}.items()}
    scanner = ba.QuantumScanner(None, data)
    ranks = scanner.scan_instruments(filter=ba.ScanFilter(rank_by=ba.rank(ba.close)))
    assert ranks.table["rank"].to_pylist() == [1.0, 0.5, 0.5, 0.0]
    assert scanner.scan_instruments(filter=ba.ScanFilter(where=ba.top(ba.close, 1))).symbols == ["D"]
    with pytest.raises(ba.ConfigError, match="last bar only"):
        scanner.scan_instruments(filter=ba.ScanFilter(rank_by=ba.lag(ba.rank(ba.close), 1)))


def test_a_live_scan_is_the_scan_of_all_bars(universe: dict[str, pa.Table]) -> None:
    asked = ba.ScanFilter(where=ba.close > ba.ema(ba.close, 10), rank_by=ba.rsi(ba.close, 14) + ba.sma(ba.volume, 5))
    live = ba.QuantumScanner(None, {symbol: table.slice(0, len(table) // 2) for symbol, table in universe.items()})
    live.watch(filter=asked)
    rest = long({symbol: table.slice(len(table) // 2) for symbol, table in universe.items()}).sort_by("ts")
    for at in range(0, len(rest), 97):
        part = rest.slice(at, 97)
        assert live.update(part).taken == len(part)
    wanted = ba.QuantumScanner(None, universe).scan_instruments(filter=asked).table
    assert live.current().table.equals(wanted)
    assert live.scan_instruments(filter=asked).table.equals(wanted)


def test_a_watched_scan_says_what_it_skips_and_may_compare_instruments() -> None:
    scanner = ba.QuantumScanner(None, {"A": flat(1.0, 2.0), "B": flat(5.0, 1.0)})
    assert scanner.watch(filter=ba.ScanFilter(where=ba.close > ba.sma(ba.close, 3))).skipped == {
        "A": "too few bars: 2 of 3",
        "B": "too few bars: 2 of 3",
    }
    assert scanner.watch(filter=ba.ScanFilter(where=ba.top(ba.close, 1))).symbols == ["A"]
    scanner.update(long({"B": flat(0.0, 0.0, 9.0).slice(2)}))
    assert scanner.current().symbols == ["B"]


def test_a_live_bar_out_of_order_is_refused_and_nothing_is_lost() -> None:
    scanner = ba.QuantumScanner(None, {"A": flat(1.0, 2.0), "B": flat(1.0, 2.0)})
    late = long({"A": flat(9.0, 9.0), "B": flat(3.0, 4.0, 5.0).slice(2), "NEW": flat(7.0)})
    update = scanner.update(late)
    assert update.taken == 2
    assert [type(error) for error in update.refused] == [ba.DataError, ba.DataError]
    assert "must be after the last bar of A" in str(update.refused[0])
    assert scanner.scan_instruments(filter=ba.ScanFilter(rank_by=ba.close)).symbols == ["NEW", "B", "A"]
    stats = scanner.get_stats()
    assert (stats.bars_taken, stats.bars_refused, stats.instruments) == (2, 2, 3)


def test_history_is_the_scan_of_what_was_known_then() -> None:
    universe = {f"S{at}": bars(60 - 7 * at, at, first=3 * at) for at in range(6)}
    asked = ba.ScanFilter(where=ba.close > ba.sma(ba.close, 5), rank_by=ba.rsi(ba.close, 3))
    scanner = ba.QuantumScanner(None, universe)
    start, end = START + 20 * DAY, START + 40 * DAY
    table = scanner.history(asked, start, end, top=3).table.to_pylist()
    for at in range(20, 40):
        now = START + at * DAY
        known = {
            symbol: table.filter(pa.compute.less_equal(table["ts"], now))
            for symbol, table in universe.items()
            if now in table["ts"].to_pylist()
        }
        wanted = ba.QuantumScanner(None, known).scan_instruments(filter=asked, top=3).table.to_pylist()
        assert [row for row in table if row["timestamp"].value == now] == wanted


def test_bars_outside_of_the_sessions_are_left_out() -> None:
    times = np.array(["2024-07-01T13:00", "2024-07-01T13:30", "2024-07-01T19:59", "2024-07-01T20:00"], "M8[ns]")
    closes = np.array([1.0, 2.0, 3.0, 4.0])
    table = pa.table({"ts": times, "open": closes, "high": closes, "low": closes, "close": closes})
    hours = ("09:30", "16:00", "America/New_York")
    for premarket, afterhours, last in ((True, True, 4.0), (False, True, 4.0), (True, False, 3.0), (False, False, 3.0)):
        config = ba.QuantumScannerConfig(session=hours, enable_premarket=premarket, enable_afterhours=afterhours)
        scanner = ba.QuantumScanner(config, {"A": table})
        assert scanner.scan_instruments()[0].price == last
        assert scanner.get_stats().bars == 4 - (not premarket) - (not afterhours)


def test_a_score_has_its_reasons() -> None:
    rising = bars(120, 3).to_pydict()
    close = np.linspace(50, 80, 120) + np.tile([0.0, 1.0, -0.6], 40)
    table = pa.table({**rising, "close": close, "high": close + 1, "low": close - 1, "open": close - 0.2})
    (result,) = ba.QuantumScanner(None, {"UP": table}).scan_instruments()
    assert "EMA 20 above EMA 50" in result.reasons
    assert 25 <= result.signal_score <= 100
    assert result.timestamp == START + 119 * DAY


def test_a_table_shows_itself(universe: dict[str, pa.Table]) -> None:
    found = ba.QuantumScanner(None, universe).scan_instruments()
    assert len(found) == len(found.to_pandas()) == len(list(found)) == len(found.to_polars())
    assert repr(found).splitlines()[1].split()[:3] == ["symbol", "price", "volume"]
    assert found._repr_html_().startswith("<p><b>")
    assert pa.table(found).equals(found.table)
    assert found[:2].symbols == found.symbols[:2]
    assert "no instrument" in repr(found[:0])


def test_settings_are_checked() -> None:
    for settings, message in (
        ({"num_threads": 0}, "num_threads must be a whole number >= 1"),
        ({"timeout_us": -1}, "timeout_us must be a whole number >= 0"),
        ({"enable_premarket": False}, "session must be given"),
        ({"session": ("16:00", "09:30", "UTC")}, "session must open before it closes"),
        ({"session": ("9", "10", "Mars/Phobos")}, "session must be"),
    ):
        with pytest.raises(ba.ConfigError, match=message):
            ba.QuantumScannerConfig(**settings)
    for limits, message in (
        ({"min_price": 2, "max_price": 1}, "max_price must be >= min_price"),
        ({"where": ba.close}, "where must be a condition"),
        ({"rank_by": ba.close > 1}, "rank_by must be a number"),
        ({"where": 5}, "where must be an expression or its text"),
        ({"sectors": "tech"}, "sectors must be a list"),
        ({"min_volume": float("nan")}, "min_volume must be finite"),
    ):
        with pytest.raises(ba.ConfigError, match=message):
            ba.ScanFilter(**limits)
    with pytest.raises(ba.ConfigError, match="expression must use columns of the data"):
        ba.QuantumScanner(None, {"A": flat(1.0)}).scan_instruments(filter=ba.ScanFilter(rank_by=ba.bid))


def test_real_symbols_through_the_command_line(shared: Path) -> None:
    from baconalgo.cli import app

    file = shared / "data" / "bars" / "sp500_daily_2013_2018.parquet"
    arguments = ["scan", "--data", str(file), "--where", "rsi(close, 14) < 30", "--rank-by", "volume / sma(volume, 20)"]
    shown = CliRunner().invoke(app, [*arguments, "--top", "5"])
    assert shown.exit_code == 0, shown.output
    assert "of 505 instruments" in shown.output
    told = CliRunner().invoke(app, [*arguments, "--top", "5", "--json"])
    rows = json.loads(told.output)["rows"]
    assert 0 < len(rows) <= 5
    table = pq.read_table(file)
    for row in rows:
        own = table.filter(pa.compute.equal(table["name"], row["symbol"])).sort_by("date")
        assert ba.rsi(ba.close, 14).evaluate(own)[-1] < 30


def test_files_that_grow_are_followed(tmp_path: Path) -> None:
    from baconalgo.scanner._command import take_new

    file = tmp_path / "A.parquet"
    pq.write_table(flat(1.0, 2.0), file)
    scanner = ba.QuantumScanner(None, tmp_path)
    pq.write_table(flat(1.0, 2.0, 3.0, 4.0), file)
    pq.write_table(flat(8.0), tmp_path / "B.parquet")
    (tmp_path / "C.parquet").write_bytes(b"not yet")
    assert take_new(scanner, sorted(tmp_path.iterdir())) == 3
    assert scanner.scan_instruments(filter=ba.ScanFilter(rank_by=ba.close)).symbols == ["B", "A"]
    assert take_new(scanner, sorted(tmp_path.iterdir())) == 0


def test_the_best_scores_are_the_first_of_all_scores(universe: dict[str, pa.Table]) -> None:
    scanner = ba.QuantumScanner(None, universe)
    everyone = scanner.scan_instruments().table
    for top in (1, 3, 10, 30):
        assert scanner.scan_instruments(top=top).table.equals(everyone.slice(0, top))
    for top in (-1, 1.5):
        with pytest.raises(ba.errors.ConfigError, match="top must be a whole number"):
            scanner.scan_instruments(top=top)


def test_history_compares_instruments_at_one_time() -> None:
    data = {"A": flat(1.0, 5.0, 2.0), "B": flat(2.0, 1.0), "C": flat(3.0, 3.0, 3.0)}
    found = ba.QuantumScanner(None, data).history(ba.ScanFilter(rank_by=ba.rank(ba.close)), top=1)
    assert found.symbols == ["C", "A", "C"]
