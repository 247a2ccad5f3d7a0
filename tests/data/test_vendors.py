"""Tables and files as vendors, exchanges and other packages hand them out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv_writer
import pytest

from baconalgo import QuantumScanner, QuantumScannerConfig, ScanFilter, data
from baconalgo.errors import DataError

DAY = 86_400 * 10**9
FIRST = 1_704_153_600 * 10**9
NAMES = ["ts", "open", "high", "low", "close", "volume"]
BARS = [[1.5, 2.0, 1.0, 1.75, 100.0], [1.75, 2.5, 1.5, 2.25, 200.0], [2.25, 2.5, 2.0, 2.0, 300.0]]


def days(x: Any, **options: Any) -> tuple[list[str], list[int], list[list[float]]]:
    """Symbols, times and bars that a run on ``x`` would see, one instrument."""
    loaded = data.load(x, **options)
    table = data.bars(loaded, "1D")
    times = table.column("ts").cast(pa.int64()).to_pylist()
    bars = [list(row) for row in zip(*(table.column(name).to_pylist() for name in NAMES[1:]), strict=True)]
    return loaded.symbols, times, bars


WANTED = [FIRST, FIRST + DAY, FIRST + 2 * DAY]


def csv(path: Path, head: str, dates: list[str], mark: str = ",", rest: str = "") -> Path:
    lines = [mark.join([date, *map(str, bar)]) + rest for date, bar in zip(dates, BARS, strict=True)]
    path.write_text("\n".join([head, *lines] if head else lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("head", "dates", "mark"),
    [
        ("Date,Open,High,Low,Close,Volume", ["2024-01-02", "2024-01-03", "2024-01-04"], ","),
        ("Date,Open,High,Low,Close,Volume", ["2024-1-2", "2024-1-3", "2024-1-4"], ","),
        ("Date,Open,High,Low,Close,Volume", ["20240102", "20240103", "20240104"], ","),
        ("Date;Open;High;Low;Close;Volume", ["2024/01/02", "2024/01/03", "2024/01/04"], ";"),
        ("Gmt time,Open,High,Low,Close,Volume", [f"0{day}.01.2024 00:00:00.000" for day in (2, 3, 4)], ","),
        ("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>", ["2024.01.02", "2024.01.03", "2024.01.04"], "\t"),
        (
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>",
            ["2024.01.02\t00:00:00", "2024.01.03\t00:00:00", "2024.01.04\t00:00:00"],
            "\t",
        ),
        ("date,time,open,high,low,close,vol", ["20240102,000000", "20240103,000000", "20240104,000000"], ","),
        ("window_start,open,high,low,close,volume", [str(time) for time in WANTED], ","),
        (",open,high,low,close,volume", ["2024-01-02", "2024-01-03", "2024-01-04"], ","),
    ],
)
def test_dates_are_read_as_they_are_written(tmp_path: Path, head: str, dates: list[str], mark: str) -> None:
    path = csv(tmp_path / "acme.csv", head, dates, mark)
    assert days(path) == (["ACME"], WANTED, BARS)


def test_a_day_and_a_time_of_day_are_one_time(tmp_path: Path) -> None:
    texts = ["9:30", "15:45:30", "15:45:30.250"]
    wanted = [34_200 * 10**9, 56_730 * 10**9, 56_730_250 * 10**6]
    for clocks in (texts, [int("093000"), int("154530"), int("154531")], [930, 1545, 1546]):
        path = tmp_path / "acme.csv"
        path.write_text("date,time,price\n" + "".join(f"2024.01.02,{clock},1.5\n" for clock in clocks))
        found = data.bars(path, "1 tick").column("ts").cast(pa.int64()).to_pylist()
        assert found[0] - FIRST == wanted[0]
        if clocks is texts:
            assert [time - FIRST for time in found] == wanted
    local = data.bars(path, "1 tick", tz="America/New_York").column("ts").cast(pa.int64()).to_pylist()
    assert local[0] - FIRST == wanted[0] + 5 * 3_600 * 10**9


def test_a_whole_time_beside_a_day_stands_by_itself() -> None:
    table = {
        "date": np.array(["2024-01-02"] * 2),
        "time": np.array([WANTED[0], WANTED[1]]) // 10**9,
        "price": [1.0, 2.0],
    }
    found = data.bars({name: pa.array(column) for name, column in table.items()}, "1 tick")
    assert found.column("ts").cast(pa.int64()).to_pylist() == WANTED[:2]


@pytest.mark.parametrize(
    ("dates", "day_first"),
    [(["02/01/2024", "03/01/2024", "04/01/2024"], True), (["01/02/2024", "1/3/2024", "01/04/2024"], False)],
)
def test_the_user_says_whether_the_day_comes_first(tmp_path: Path, dates: list[str], day_first: bool) -> None:
    path = csv(tmp_path / "acme.csv", "Date,Open,High,Low,Close,Volume", dates)
    assert days(path, day_first=day_first) == (["ACME"], WANTED, BARS)
    with pytest.raises(DataError, match="day_first must say what comes first in dates such as"):
        data.load(path)


def test_a_day_above_twelve_says_which_part_is_the_day(tmp_path: Path) -> None:
    for dates in (["29/02/2024", "01/03/2024", "02/03/2024"], ["02/29/2024", "03/01/2024", "03/02/2024"]):
        path = csv(tmp_path / "acme.csv", "Date,Open,High,Low,Close,Volume", dates)
        first = int(datetime(2024, 2, 29, tzinfo=UTC).timestamp()) * 10**9
        assert days(path)[1] == [first, first + DAY, first + 2 * DAY]


def test_a_text_that_is_no_time_is_named() -> None:
    with pytest.raises(DataError, match=r"ts must be a time: .*, was 'soon'"):
        data.load(pa.table({"date": ["2024-01-02", "soon"], "price": [1.0, 2.0]}))


def test_plain_seconds_are_not_taken_for_days() -> None:
    table = {"ts": np.arange(5) * 60 + 20_240_102, "price": np.arange(5) + 1.0}
    assert data.inspect(table).first == 20_240_102 * 10**9
    days_only = {"ts": np.array([20_240_102, 20_240_103]), "price": np.array([1.0, 2.0])}
    assert data.inspect(days_only).first == FIRST
    assert data.inspect(days_only, time_unit="s").first == 20_240_102 * 10**9


def test_a_file_without_a_line_of_names_needs_names(tmp_path: Path) -> None:
    path = csv(tmp_path / "acme.csv", "", ["20240102 000000", "20240103 000000", "20240104 000000"], ";")
    with pytest.raises(DataError, match=r"names must be given .*acme.csv, was '20240102 000000;1.5;2.0"):
        data.load(path)
    assert days(path, names=NAMES) == (["ACME"], WANTED, BARS)


def test_rows_and_arrays_without_names_need_names() -> None:
    rows = [[time // 10**6, *bar] for time, bar in zip(WANTED, BARS, strict=True)]
    for x in (rows, np.array(rows, dtype=np.float64)):
        assert days(x, names=NAMES) == (["ASSET"], WANTED, BARS)
        with pytest.raises(DataError, match="names must be given for rows without names"):
            data.load(x)
        with pytest.raises(DataError, match="names must be 6, one a column, was 2: ts, close"):
            data.load(x, names=["ts", "close"])
    with pytest.raises(DataError, match=r"names must be given for data without names only .*, was ts, price"):
        data.load({"ts": np.array(WANTED), "price": np.ones(3)}, names=["ts", "price"])
    with pytest.raises(DataError, match="data must be rows of numbers, all of one length"):
        data.load([*rows, [1.0]], names=NAMES)


def test_a_binary_file_of_another_kind_is_not_csv(tmp_path: Path) -> None:
    path = tmp_path / "frame.pkl"
    path.write_bytes(b"\x80\x05\x95\x00\x00")
    with pytest.raises(DataError, match=r"frame.pkl must be a Parquet, Arrow IPC or CSV file"):
        data.load(path)


@pytest.mark.parametrize("last", [0.0, None])
def test_quotes_with_an_empty_last_price_are_quotes(last: float | None) -> None:
    table = pa.table(
        {"time": [1_704_153_600] * 2, "time_msc": [1_704_153_600_001, 1_704_153_600_002]}
        | {"bid": [1.1, 1.2], "ask": [1.2, 1.3], "last": pa.array([last] * 2, pa.float64())}
    )
    found = data.inspect(table)
    assert (found.kinds, found.used, found.first) == ({"quotes": 2}, 2, FIRST + 10**6)


def book(actions: list[str]) -> dict[str, Any]:
    """Level one as it is after each change of a book, and the price of the change."""
    rows = len(actions)
    return {
        "ts_event": np.array(WANTED[:1] * rows) + np.arange(rows),
        "action": pa.array(actions),
        "side": pa.array(["B", "A"] * (rows // 2)),
        "price": np.arange(rows) + 1.0,
        "size": np.full(rows, 3),
        "bid_px_00": np.arange(rows) + 1.0,
        "ask_px_00": np.arange(rows) + 2.0,
    }


def test_only_what_traded_of_the_changes_of_a_book_is_a_trade(tmp_path: Path) -> None:
    columns = book(["A", "T", "F", "C", "T", "M"])
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    streamed = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    for x in (table, columns, streamed):
        loaded = data.load(x)
        assert [series.kind for series in loaded.series] == ["quotes", "trades"]
        if x is not streamed:
            trades = data.bars(x, "1 tick", kind="trades").select(["close", "sell_volume"]).to_pylist()
            assert trades == [{"close": 2.0, "sell_volume": 3.0}, {"close": 5.0, "sell_volume": 0.0}]
            assert data.inspect(x).kinds == {"quotes": 6, "trades": 2}
    path = tmp_path / "es.csv"
    csv_writer.write_csv(table, str(path))
    path.write_text(path.read_text().replace("5,3,5,6", "5.25,3,5.25,6"))
    assert data.bars(path, "1 tick", kind="trades").column("close").to_pylist() == [2.0, 5.25]
    orders = {name: column for name, column in columns.items() if "px" not in name}
    assert data.inspect(orders).kinds == {"trades": 2}
    assert [series.kind for series in data.load(book(["A", "C"])).series] == ["quotes"]
    assert [series.kind for series in data.load(book(["T", "T"])).series] == ["ticks"]


def test_changes_of_a_book_are_not_trades() -> None:
    columns = {"timestamp": np.array(WANTED), "is_snapshot": np.zeros(3, bool), "side": pa.array(["bid", "ask", "bid"])}
    with pytest.raises(DataError, match=r"table must be quotes, trades or bars .*, was changes of an order book"):
        data.load(columns | {"price": np.ones(3), "amount": np.ones(3)})


def test_the_first_level_of_a_book_is_a_quote() -> None:
    names = ["asks[0].price", "asks[0].amount", "bids[0].price", "bids[0].amount", "asks[1].price", "bids[1].price"]
    found = data.load({"timestamp": np.array(WANTED)} | {name: np.arange(3) + 1.0 for name in names})
    assert {role: column.name for role, column in found.series[0].meaning.columns.items() if role != "ts"} == {
        "bid": "bids[0].price",
        "ask": "asks[0].price",
        "bid_size": "bids[0].amount",
        "ask_size": "asks[0].amount",
    }


def test_a_column_of_closes_is_told_how_to_be_read() -> None:
    with pytest.raises(DataError, match=r"columns=\{'price': 'Close'\} takes it as the price of trades"):
        data.load({"ts": np.array(WANTED), "Close": np.array([1.0, 2.0, 3.0])})


class TestPandas:
    """Frames as pandas users have them."""

    def frame(self) -> Any:
        pd = pytest.importorskip("pandas")
        columns = dict(zip(["Open", "High", "Low", "Close", "Volume"], np.array(BARS).T, strict=True))
        return pd.DataFrame(columns, index=pd.DatetimeIndex(np.array(WANTED, "datetime64[ns]"), name="Date"))

    def test_columns_of_two_levels_are_a_table_for_each_symbol(self) -> None:
        pd = pytest.importorskip("pandas")
        both = pd.concat({"ACME": self.frame(), "BOLT": self.frame().iloc[1:]}, axis=1)
        for frame in (both, both.swaplevel(axis=1)):
            loaded = data.load(frame)
            assert loaded.symbols == ["ACME", "BOLT"]
            assert [series.input.rows for series in loaded.series] == [3, 2]
            scanner = QuantumScanner(QuantumScannerConfig(), frame)
            assert {row.symbol: row.price for row in scanner.scan_instruments(None, ScanFilter())} == {
                "ACME": 2.0,
                "BOLT": 2.0,
            }
        one = both[["ACME"]].swaplevel(axis=1)
        assert days(one) == (["ACME"], WANTED, BARS)
        three = pd.concat({"X": both}, axis=1)
        with pytest.raises(DataError, match="columns must have one level, or two"):
            data.load(three)

    def test_rows_of_two_levels_have_a_symbol(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = pd.concat({"ACME": self.frame(), "BOLT": self.frame()}, names=["symbol", "date"])
        assert data.load(frame).symbols == ["ACME", "BOLT"]

    def test_an_index_of_texts_or_with_a_name_is_a_column(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = self.frame()
        texts = frame.set_index(pd.Index(["2024-01-02", "2024-01-03", "2024-01-04"]))
        whole = frame.set_index(pd.Index(WANTED, name="timestamp"))
        plain = frame.reset_index()
        for each in (texts, whole, plain, plain[plain.Open > 0]):
            assert days(each) == (["ASSET"], WANTED, BARS)

    def test_a_series_of_prices_is_trades(self) -> None:
        series = self.frame()["Close"].rename(None)
        assert data.load(series).series[0].kind == "trades"

    def test_scans_read_dates_as_texts(self) -> None:
        frame = self.frame().reset_index()
        frame["Date"] = frame["Date"].dt.strftime("%Y%m%d")
        found = QuantumScanner(QuantumScannerConfig(), {"ACME": frame}).scan_instruments(None, ScanFilter())
        assert next(iter(found)).timestamp == WANTED[-1]
