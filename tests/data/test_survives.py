"""Bad data is a clear typed error or a documented count, never silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baconalgo import data
from baconalgo.errors import DataError

INF = float("inf")
NAN = float("nan")


def trades(prices: list[float], times: list[int] | None = None, **more: Any) -> pa.Table:
    return pa.table({"ts": times or list(range(len(prices))), "price": prices, **more})


def run(x: Any, **options: Any) -> pa.Table:
    return data.bars(x, "1 tick", time_unit="s", **options)


def test_unsorted_time_names_the_row_and_both_times() -> None:
    with pytest.raises(DataError) as raised:
        run(trades([1.0, 1.0, 1.0], [5, 9, 7]))
    assert "row 2 of table follows 1970-01-01T00:00:09Z" in str(raised.value)
    assert raised.value.value == "1970-01-01T00:00:07Z"
    assert (raised.value.parameter, raised.value.code) == ("ts", 1104)


def test_missing_prices_are_skipped_and_counted() -> None:
    table = trades([1.0, NAN, 2.0])
    assert run(table).num_rows == 2
    assert data.inspect(table).missing == 1


def test_infinite_prices_are_an_error_or_skipped() -> None:
    table = trades([1.0, INF])
    with pytest.raises(DataError, match=r"price must be finite .* row 1 of table .*, was inf"):
        run(table)
    assert run(table, invalid="skip").num_rows == 1
    assert data.inspect(table).infinite == 1


def test_negative_sizes_are_an_error_or_skipped() -> None:
    table = trades([1.0, 1.0], size=[1, -3])
    with pytest.raises(DataError, match=r"size must be >= 0 in row 1 of table .*, was -3"):
        run(table)
    assert run(table, invalid="skip").num_rows == 1
    assert data.inspect(table).negative_sizes == 1


def test_duplicate_rows_stay_unless_dropped() -> None:
    table = trades([1.0, 1.0, 1.0], [1, 1, 2])
    assert run(table).num_rows == 3
    assert run(table, duplicates="drop").num_rows == 2
    assert data.inspect(table).duplicates == 1


def test_crossed_quotes_stay_go_or_are_an_error() -> None:
    table = pa.table({"ts": [1, 2], "bid": [1.0, 1.2], "ask": [1.1, 1.1]})
    assert run(table).num_rows == 2
    assert run(table, crossed="drop").num_rows == 1
    with pytest.raises(DataError, match="row 1 of table"):
        run(table, crossed="error")
    assert data.inspect(table).crossed == 1


def test_prices_off_the_tick_are_an_error_or_rounded() -> None:
    table = trades([1.0, 1.003])
    with pytest.raises(
        DataError, match=r"price must be a whole number of ticks of 0.01 in row 1 of table .*, was 1.003"
    ):
        run(table, tick_size=0.01)
    assert run(table, tick_size=0.01, off_tick="round").column("close").to_pylist() == [1.0, 1.0]
    assert data.inspect(table, tick_size=0.01).off_tick == 1


def test_one_sided_quotes_keep_the_absent_side_or_clear_it() -> None:
    table = pa.table({"ts": [1, 2], "bid": [1.0, 0.0], "ask": [1.1, 1.2]})
    assert run(table, price="bid").num_rows == 2
    assert run(table, price="bid", one_sided="clear").num_rows == 1
    assert data.inspect(table).one_sided == 1


def test_bars_that_cannot_be_are_an_error_or_skipped() -> None:
    table = pa.table(
        {"ts": [0, 60, 120], "open": [1.0] * 3, "high": [2.0, 0.5, 2.0], "low": [0.9] * 3, "close": [1.0] * 3}
    )
    with pytest.raises(DataError, match="high must not be below the low in row 1"):
        run(table)
    assert run(table, invalid="skip").num_rows == 2


def test_missing_times_are_an_error() -> None:
    table = pa.table({"ts": pa.array([1, None]), "price": [1.0, 1.0]})
    with pytest.raises(DataError, match="ts must not be missing in row 1"):
        run(table)
    assert data.inspect(table).missing == 1


def test_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must have rows"):
        data.load(trades([]).cast(pa.schema([("ts", pa.int64()), ("price", pa.float64())])))
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(DataError, match="an empty file"):
        data.load(empty)
    with pytest.raises(DataError, match="must be a file that exists"):
        data.load(tmp_path / "absent.parquet")
    for nothing in ([], {}):
        with pytest.raises(DataError, match="must hold something"):
            data.load(nothing)


def test_a_truncated_parquet_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x_trades.parquet"
    pq.write_table(trades([1.0] * 1000), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"x_trades.parquet must be readable"):
        data.load(path)


def test_a_parquet_that_breaks_in_the_middle_is_an_error_too(tmp_path: Path) -> None:
    path = tmp_path / "x_trades.parquet"
    random = np.random.default_rng(0).random(300_000)
    pq.write_table(trades(random.tolist()), path, row_group_size=100_000, use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 200_000] = bytes(200_000)
    path.write_bytes(bytes(content))
    with pytest.raises(DataError):
        run(data.load(path, tick_size="0.000000001", off_tick="round"))


def test_columns_of_the_wrong_type_are_named() -> None:
    with pytest.raises(DataError, match="price must be numbers"):
        run(pa.table({"ts": [1], "price": ["dear"]}), tick_size=1)
    with pytest.raises(DataError, match="ts must be times"):
        data.load(pa.table({"ts": [[1]], "price": [1.0]}))


def test_times_that_nanoseconds_cannot_hold_are_refused_and_not_wrapped() -> None:
    # By their size these are microseconds, of the year 3052.
    times = [34_000_000_000_000_000, 34_100_000_000_000_000]
    for column in (pa.array(times), pa.array(np.array(times, np.float64))):
        with pytest.raises(DataError, match="between the years 1678 and 2262, read in us: say time_unit"):
            data.inspect(pa.table({"ts": column, "price": [1.0, 2.0]}))
    assert data.bars(pa.table({"ts": times, "price": [1.0, 2.0]}), "1 tick", time_unit="ns", tick_size=1).num_rows == 2
    with pytest.raises(DataError, match="ts must be there on every row, was nan"):
        data.inspect(pa.table({"ts": [1.0, float("nan")], "price": [1.0, 2.0]}))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("off_tick", "ignore"),
        ("kind", "candles"),
        ("time_unit", "hours"),
        ("tick_size", -1),
        ("columns", {"px": "price"}),
    ],
)
def test_options_are_checked(option: str, value: Any) -> None:
    with pytest.raises(DataError, match=f"{'columns' if option == 'columns' else option} must"):
        data.load(trades([1.0]), **{option: value})


def test_what_cannot_hold_data_is_refused() -> None:
    with pytest.raises(DataError, match="was int"):
        data.load(5)
