"""Whatever holds market data becomes the same rows."""

from __future__ import annotations

import bz2
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from baconalgo import data
from baconalgo.errors import DataError

BARS = ["open", "high", "low", "close"]


def quotes(rows: int = 5) -> pa.Table:
    step = np.arange(rows)
    return pa.table(
        {
            "ts": pa.array(1_600_000_000_000_000_000 + step * 10**9, pa.timestamp("ns", "UTC")),
            "bid": 1.1 + step / 1e5,
            "ask": 1.10002 + step / 1e5,
        }
    )


def mids(x: Any, **options: Any) -> list[dict[str, Any]]:
    return data.bars(x, "1 tick", price="mid", **options).select(["ts", "close"]).to_pylist()


EXPECTED = mids(quotes())


@pytest.mark.parametrize(
    "suffix", [".parquet", ".csv", ".csv.gz", ".csv.bz2", ".csv.zst", ".feather", ".arrows", ".arrow"]
)
def test_every_format_of_file_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"eurusd_quotes{suffix}"
    table = quotes()
    if suffix == ".parquet":
        pq.write_table(table, path)
    elif suffix == ".feather":
        feather.write_feather(table, str(path))
    elif suffix in (".arrows", ".arrow"):
        with ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        plain = tmp_path / "plain"
        csv.write_csv(table, str(plain))
        content = plain.read_bytes()
        pack = {
            ".csv": lambda raw: raw,
            ".csv.gz": gzip.compress,
            ".csv.bz2": bz2.compress,
            ".csv.zst": lambda raw: pa.compress(raw, "zstd", asbytes=True),
        }
        path.write_bytes(pack[suffix](content))
    loaded = data.load(path)
    assert loaded.symbols == ["EURUSD"]
    assert loaded.instruments[0].tick_size == Decimal("0.00001")
    assert mids(loaded) == EXPECTED
    assert mids(loaded) == EXPECTED, "every run opens the file afresh"


def test_tables_of_other_libraries_give_the_same_rows() -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    table = quotes()
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert mids(frame) == EXPECTED
    assert mids(frame.set_index("ts")) == EXPECTED
    assert mids(polars.from_arrow(table)) == EXPECTED
    assert mids(table.to_batches()[0]) == EXPECTED
    arrays = {name: table.column(name).to_numpy() for name in table.column_names}
    assert mids(arrays) == EXPECTED
    structured = np.zeros(5, dtype=[("ts", "i8"), ("bid", "f8"), ("ask", "f8")])
    for name in arrays:
        structured[name] = arrays[name].astype(structured.dtype[name])
    assert mids(structured) == EXPECTED


def test_duckdb_relations_are_tables_too() -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = quotes()
    assert len(rows) == 5
    assert mids(duckdb.sql("select * from rows")) == EXPECTED


def test_a_stream_is_read_once_and_says_so() -> None:
    loaded = data.load(quotes().to_reader())
    assert mids(loaded) == EXPECTED
    with pytest.raises(DataError, match="can be read once"):
        loaded.sources()


def test_existing_data_is_returned_as_it_is() -> None:
    loaded = data.load(quotes())
    assert data.load(loaded) is loaded


@pytest.mark.parametrize(("unit", "factor"), [("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1)])
def test_the_unit_of_plain_numbers_follows_from_their_magnitude(unit: str, factor: int) -> None:
    table = quotes()
    numbers = table.column("ts").cast(pa.int64()).to_numpy() // factor
    assert mids(table.set_column(0, "ts", pa.array(numbers))) == EXPECTED
    assert mids(table.set_column(0, "ts", pa.array(numbers)), time_unit=unit) == EXPECTED


def test_naive_times_are_utc_unless_a_zone_is_given() -> None:
    naive = quotes().set_column(0, "ts", quotes().column("ts").cast(pa.timestamp("ns")))
    assert mids(naive) == EXPECTED
    first = data.inspect(naive, tz="America/New_York").first
    assert first == 1_600_000_000_000_000_000 + 4 * 3600 * 10**9


def test_a_zone_change_makes_an_ambiguous_time_an_error() -> None:
    ambiguous = pa.array(["2023-11-05T01:30:00"]).cast(pa.timestamp("s"))
    skipped = pa.array(["2023-03-12T02:30:00"]).cast(pa.timestamp("s"))
    for times in (ambiguous, skipped):
        table = pa.table({"ts": times, "price": [1.0]})
        with pytest.raises(DataError):
            data.load(table, tz="America/New_York")
        assert data.load(table).symbols == ["ASSET"]


def test_times_with_different_zones_are_the_same_instants() -> None:
    table = quotes()
    berlin = table.set_column(0, "ts", table.column("ts").cast(pa.timestamp("ns", "Europe/Berlin")))
    assert mids(berlin) == EXPECTED


def test_texts_are_read_as_times() -> None:
    table = pa.table({"time": ["2020-01-01 00:00:00", "2020-01-01T00:00:01.5"], "price": [1.0, 2.0]})
    assert data.inspect(table).last == 1_577_836_801_500_000_000


def test_columns_are_recognised_or_mapped() -> None:
    table = pa.table({"exchange_timestamp": [1, 2], "Bid_Px": [1.0, 1.0], "OFFER": [1.1, 1.1], "bidQty": [1, 2]})
    meaning = data.load(table).series[0].meaning
    assert {role: column.name for role, column in meaning.columns.items()} == {
        "ts": "exchange_timestamp",
        "bid": "Bid_Px",
        "ask": "OFFER",
        "bid_size": "bidQty",
    }
    odd = pa.table({"when": [1, 2], "x": [1.0, 2.0], "price": [9.0, 9.0]})
    loaded = data.load(odd, columns={"ts": "when", "price": "x"})
    assert mids_of_trades(loaded) == [1.0, 2.0]


def mids_of_trades(x: Any, **options: Any) -> list[float]:
    closes: list[float] = data.bars(x, "1 tick", **options).column("close").to_pylist()
    return closes


def test_kinds_follow_from_the_columns() -> None:
    base = {"ts": [1, 2], "price": [1.0, 1.0], "bid": [1.0, 1.0], "ask": [1.1, 1.1]}
    ohlc = {"ts": [1, 2], **{name: [1.0, 1.0] for name in BARS}, "volume": [1, 1]}
    of = {
        kind: data.load(pa.table(columns)).series[0].kind
        for kind, columns in {
            "ticks": base,
            "trades": {name: base[name] for name in ("ts", "price")},
            "quotes": {name: base[name] for name in ("ts", "bid", "ask")},
            "bars": ohlc,
        }.items()
    }
    assert of == {kind: kind for kind in of}
    assert data.load(pa.table(base), kind="quotes").series[0].kind == "quotes"


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    table = pa.table({"ts": [1], "bid": [1.0], "foo": [2.0]})
    with pytest.raises(DataError, match="ts, bid, foo are there"):
        data.load(table)
    with pytest.raises(DataError, match=r"ask .*ts, bid, foo are there"):
        data.load(table, kind="quotes")
    with pytest.raises(DataError, match=r"price .*ts, bid, foo are there.*'px'"):
        data.load(table, columns={"price": "px"})


def test_scaled_integers_give_the_tick() -> None:
    table = pa.table({"ts": [1, 2], "price_e4": [1_836_300, 1_836_325], "size": [1, 2]})
    loaded = data.load(table)
    assert loaded.instruments[0].tick_size == Decimal("0.0001")
    assert mids_of_trades(loaded) == [183.63, 183.6325]


def test_instruments_are_given_or_inferred_and_shown() -> None:
    loaded = data.load(quotes(), symbol="EURUSD", tick_size="0.00001", currency="EUR", multiplier=10)
    instrument = loaded.instruments[0]
    assert (instrument.symbol, instrument.currency, instrument.multiplier) == ("EURUSD", "EUR", 10)
    assert instrument.inferred == ("lot_size",)
    assert "0.00000001 (inferred)" in loaded.describe()
    assert "<table>" in loaded._repr_html_()


def test_all_sources_of_a_symbol_take_the_finest_tick() -> None:
    coarse = pa.table({"ts": [1, 2], "price": [1.0, 2.0]})
    loaded = data.load({"X": [coarse, quotes()]})
    assert [instrument.tick_size for instrument in loaded.instruments] == [Decimal("0.00001")]
    assert len(loaded.sources()) == 2


def test_directories_globs_and_dicts_are_several_sources(tmp_path: Path) -> None:
    for name in ("aaa", "bbb"):
        pq.write_table(quotes(), tmp_path / f"{name}_quotes.parquet")
    (tmp_path / "notes.md").write_text("not data")
    assert data.load(tmp_path).symbols == ["AAA", "BBB"]
    assert data.load(str(tmp_path / "*_quotes.parquet")).symbols == ["AAA", "BBB"]
    assert data.load({"X": quotes(), "Y": tmp_path / "aaa_quotes.parquet"}).symbols == ["X", "Y"]
    with pytest.raises(DataError, match="must have market data files"):
        data.load(tmp_path / "*.xyz")


def test_files_that_follow_each_other_are_one_source(tmp_path: Path) -> None:
    table = quotes(10)
    pq.write_table(table.slice(5), tmp_path / "x_a.parquet")
    pq.write_table(table.slice(0, 5), tmp_path / "x_b.parquet")
    loaded = data.load(tmp_path)
    assert len(loaded.series) == 1
    assert mids(loaded) == mids(table)
    pq.write_table(table.slice(3, 4), tmp_path / "x_c.parquet")
    assert len(data.load(tmp_path).series) == 3, "files that overlap are merged, not chained"


def test_the_timeframe_of_bars_is_their_most_common_spacing() -> None:
    minutes = [0, 1, 2, 5, 6]
    columns = {"ts": [minute * 60 for minute in minutes], **{name: [1.0] * 5 for name in BARS}}
    assert data.load(pa.table(columns)).series[0].timeframe == 60 * 10**9
    with pytest.raises(DataError, match="timeframe must be given"):
        data.load(pa.table(columns).slice(0, 1))


def test_a_table_of_many_symbols_is_merged_by_time() -> None:
    table = pa.table({"date": [1, 2, 1, 2], "name": ["A", "A", "B", "B"], "price": [1.0, 2.0, 3.0, 4.0]})
    merged = data.bars(table, "1 tick")
    assert merged.column("symbol").to_pylist() == ["A", "B", "A", "B"]
    assert data.load(table, symbol="B").symbols == ["B"]
    assert mids_of_trades(table, symbol="B") == [3.0, 4.0]
    with pytest.raises(DataError, match="'C'"):
        data.load(table, symbol="C")


def test_time_that_falls_within_a_symbol_is_an_error_unless_sorted() -> None:
    table = pa.table({"date": [1, 3, 2, 1], "name": ["A", "A", "A", "B"], "price": [1.0, 3.0, 2.0, 5.0]})
    with pytest.raises(DataError, match="row 2 of table follows"):
        data.load(table)
    assert mids_of_trades(table, unsorted="sort") == [1.0, 5.0, 2.0, 3.0]
    assert data.inspect(table).out_of_order == 1
    alone = table.slice(0, 3).select(["date", "price"])
    assert mids_of_trades(alone, unsorted="sort") == [1.0, 2.0, 3.0]


def test_prices_that_begin_as_whole_numbers_are_still_prices(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = "".join(f"{second};{1 if second < 400_000 else 1.25};7\n" for second in range(410_000))
    path.write_text("time;price;volume\n" + rows)
    assert data.bars(path, "1W", tick_size="0.01").column("high").to_pylist()[-1] == 1.25


def test_a_stream_of_texts_or_local_times_is_still_read_once() -> None:
    table = pa.table({"time": ["2020-01-01 00:00:00", "2020-01-01 00:00:01"], "price": [1.0, 2.0]})
    assert mids_of_trades(table.to_reader()) == [1.0, 2.0]
    assert mids_of_trades(table.to_reader(), tz="Asia/Tokyo") == [1.0, 2.0]


def test_symbols_of_every_type_of_text_are_read() -> None:
    polars = pytest.importorskip("polars")
    table = pa.table({"ts": [1, 2, 1], "symbol": ["A", "A", "B"], "price": [1.0, 2.0, 3.0]})
    encoded = table.set_column(1, "symbol", table.column("symbol").dictionary_encode())
    for x in (table, encoded, polars.from_arrow(table), polars.from_arrow(encoded), table.to_reader()):
        assert mids_of_trades(x) == [1.0, 3.0, 2.0]


def test_a_key_names_the_one_symbol_of_its_table() -> None:
    table = pa.table({"ts": [1], "symbol": ["A"], "price": [1.0]})
    assert data.load({"B": table}).symbols == ["B"]
    assert data.load(table).symbols == ["A"]


def test_the_number_of_rows_is_told_where_it_is_known(tmp_path: Path) -> None:
    pq.write_table(quotes(), tmp_path / "x.parquet")
    assert data.load([tmp_path / "x.parquet", quotes()], symbol="X").rows == 10
    csv.write_csv(quotes(), str(tmp_path / "y.csv"))
    assert data.load(tmp_path / "y.csv").rows is None
