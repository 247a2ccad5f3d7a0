"""Data that is wrong: a typed error that names what is at fault, or a count among the assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import baconalgo as ba

ROWS = 400
START = 1_704_153_600_000_000_000  # 2024-01-02
ALWAYS = ba.ExprStrategy(ba.close > 0)


def quotes(**columns: Any) -> dict[str, Any]:
    rising = np.arange(ROWS) // 40 * 0.1
    made: dict[str, Any] = {
        "ts": START + np.arange(ROWS) * 1_000_000_000,
        "bid": 10.0 + rising,
        "ask": 10.1 + rising,
        "bid_size": np.full(ROWS, 5.0),
        "ask_size": np.full(ROWS, 5.0),
    }
    return {**made, **columns}


def with_value(column: str, row: int, value: float) -> dict[str, Any]:
    table = quotes()
    table[column] = table[column].copy()
    table[column][row] = value
    return table


def run(data: Any, **options: Any) -> ba.BacktestResult:
    return ba.BacktestEngine().run(ALWAYS, data, **options)


def test_unsorted_time_is_an_error_or_is_sorted() -> None:
    table = quotes()
    table["ts"] = table["ts"].copy()
    table["ts"][[7, 8]] = table["ts"][[8, 7]]
    with pytest.raises(ba.DataError, match=r"^ts must not fall: row 8 ") as caught:
        run(table)
    assert caught.value.parameter == "ts"
    sorted_run = run(table, unsorted="sort")
    assert sorted_run.complete
    assert any(str(name).startswith("rows_sorted_by_time") for name in sorted_run.assumptions)


def test_unsorted_time_late_in_the_data_keeps_what_was_computed() -> None:
    many = ba.data.simulate(rows=300_000, seed=1)
    late = pa.concat_tables([many, many.slice(0, 1)])
    path_free = pa.Table.from_batches(late.to_batches())
    engine = ba.BacktestEngine()
    fast = ba.ema(ba.close, 10) > ba.ema(ba.close, 20)
    with pytest.raises(ba.DataError, match=r"ts must not fall: row 300000"):
        engine.run(ba.ExprStrategy(fast, exit=~fast), path_free)
    assert engine.last_result is None or not engine.last_result.complete


def test_duplicate_rows_stay_or_are_dropped_and_counted() -> None:
    table = {name: np.repeat(column, 2) for name, column in quotes().items()}
    assert run(table).assumptions["rows_read"] == 2 * ROWS
    dropped = run(table, duplicates="drop")
    assert dropped.assumptions["duplicate_rows_dropped"] == ROWS
    assert dropped.stats["events"] == ROWS


def test_rows_without_a_price_are_skipped_and_counted() -> None:
    trades = {"ts": quotes()["ts"], "price": quotes()["bid"].copy()}
    trades["price"][[3, 4, 9]] = np.nan
    result = run(trades)
    assert result.assumptions["rows_without_a_price_skipped"] == 3
    assert result.stats["events"] == ROWS - 3


def test_a_quote_without_one_side_is_counted_as_one_sided() -> None:
    assert run(with_value("bid", 3, np.nan)).assumptions["one_sided_quotes"] == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("bid", np.inf), ("ask", -np.inf), ("bid_size", -1.0), ("ask_size", np.inf), ("bid", 1e300)],
)
def test_values_that_cannot_be_name_column_row_and_value_or_are_skipped(column: str, value: float) -> None:
    table = with_value(column, 17, value)
    with pytest.raises(
        ba.DataError, match=rf"^{column} must be .* in row 17 of table at 2024-01-02T00:00:17Z"
    ) as caught:
        run(table)
    assert (caught.value.parameter, caught.value.code) == (column, 1106)
    skipped = run(table, invalid="skip")
    assert skipped.assumptions["invalid_rows_skipped"] == 1


def test_crossed_quotes_are_counted_dropped_or_refused() -> None:
    table = quotes(ask=quotes()["bid"] - 0.1)
    result = run(table)
    assert result.assumptions["crossed_quotes"] == ROWS
    # A buy pays the worse of the two.
    assert result.fills["price"][0].as_py() >= 10.0
    with pytest.raises(ba.DataError, match="must"):
        run(table, crossed="error")
    with pytest.raises(ba.DataError):
        run(table, crossed="drop")  # nothing is left


def test_a_price_off_the_tick_is_an_error_or_rounded_and_counted() -> None:
    table = with_value("bid", 17, 10.03)
    with pytest.raises(ba.DataError, match=r"^bid must be .* of 0\.1 in row 17 .* was 10\.03$"):
        run(table, tick_size=0.1)
    assert run(table, tick_size=0.1, off_tick="round").assumptions["prices_rounded_to_the_tick"] == 1


def test_the_zone_of_times_changes_nothing_but_how_they_are_written() -> None:
    utc = pa.table(quotes()).set_column(0, "ts", pa.array(quotes()["ts"], pa.timestamp("ns", "UTC")))
    berlin = utc.set_column(0, "ts", utc["ts"].cast(pa.timestamp("ns", "Europe/Berlin")))
    naive = utc.set_column(0, "ts", utc["ts"].cast(pa.timestamp("ns")))
    assert run(utc).hash == run(berlin).hash == run(naive).hash


def test_naive_times_of_a_zone_step_over_its_change() -> None:
    # 2024-10-27 03:00 CEST becomes 02:00 CET: as local times these rows are one hour long, in truth two.
    local = np.array(["2024-10-27T01:30", "2024-10-27T03:30"], "datetime64[ns]")
    table = {"ts": local, "price": np.array([1.0, 2.0])}
    result = run(table, tz="Europe/Berlin")
    seconds = ba.data.inspect(table, tz="Europe/Berlin")
    assert result.complete
    assert "2024-10-26" in str(seconds)  # 01:30 CEST is 23:30 UTC of the day before


def test_nothing_is_an_error_whatever_it_is_in(tmp_path: Path) -> None:
    empty = pa.table({"ts": pa.array([], pa.int64()), "price": pa.array([], pa.float64())})
    pq.write_table(empty, tmp_path / "rows.parquet")
    (tmp_path / "bytes.parquet").touch()
    (tmp_path / "bytes.csv").touch()
    (tmp_path / "header.csv").write_text("ts,price\n")
    for source in (empty, *sorted(tmp_path.iterdir())):
        with pytest.raises(ba.DataError, match=r"must have rows") as caught:
            run(source)
        assert caught.value.code == 1108


def test_a_missing_column_lists_those_that_are_there() -> None:
    with pytest.raises(ba.DataError, match=r"ts, bid, colour") as caught:
        run({"ts": quotes()["ts"], "bid": quotes()["bid"], "colour": quotes()["bid"]})
    assert caught.value.code == 1101


def test_a_truncated_parquet_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table(quotes()), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ba.DataError, match=r"cut\.parquet") as caught:
        run(path)
    assert caught.value.code == 1109


@pytest.mark.parametrize("data", ["no/such/file.parquet", Path("/no/such.csv")])
def test_a_file_that_is_not_there_is_named(data: Any) -> None:
    with pytest.raises(ba.DataError, match="no/such"):
        run(data)


@pytest.mark.parametrize("data", [5, object(), [], {}, [1.0, 2.0], b"bytes"], ids=repr)
def test_what_is_no_data_is_a_data_error(data: Any) -> None:
    with pytest.raises(ba.DataError):
        run(data)


def test_options_for_data_that_is_loaded_are_refused_and_not_ignored() -> None:
    loaded = ba.data.load(quotes())
    assert run(loaded).hash == run(loaded).hash == run(quotes()).hash
    with pytest.raises(ba.DataError, match=r"^options must"):
        run(loaded, tick_size=0.5)


def test_a_range_without_rows_is_an_error() -> None:
    engine = ba.BacktestEngine(ba.BacktestConfig(end_date="2000-01-01"))
    with pytest.raises(ba.DataError, match="must have rows in the run's range"):
        engine.run(ALWAYS, quotes())


@pytest.mark.parametrize("time", [-(2**63) + 2, 2**63 - 1 - 10**9], ids=["first", "last"])
@pytest.mark.parametrize("kind", ["quotes", "bars"])
def test_times_at_the_ends_of_time_are_used_or_refused(time: int, kind: str) -> None:
    """In a process of its own: it must not hang either."""
    import subprocess
    import sys

    code = f"""
import numpy as np, baconalgo as ba
ts = np.int64({time}) + np.arange(5) * 200_000_000
one = np.ones(5)
table = {{"ts": ts, "bid": one, "ask": one}}
if {kind == "bars"}:
    table = {{"ts": ts, "open": one, "high": one, "low": one, "close": one}}
options = {{"timeframe": "1s"}} if {kind == "bars"} else {{}}
try:
    ba.BacktestEngine().run(ba.ExprStrategy(ba.close > 0), table, time_unit="ns", **options)
except ba.BaconError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
