"""The real files: what is known about them is what is found in them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from baconalgo import data
from baconalgo.errors import DataError


def test_minute_bars_of_eurusd_equal_the_known_ones_exactly(shared: Path) -> None:
    known = pq.read_table(shared / "bars" / "eurusd_fxcm_1m_2014-05-06.parquet")
    made = data.bars(shared / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet", "1m", price="bid_ask")
    first, last = known.column("ts")[0], known.column("ts")[-1]
    inside = pc.and_(pc.greater_equal(made.column("ts"), first), pc.less_equal(made.column("ts"), last))
    made = made.filter(inside).select(known.column_names)
    assert made.num_rows == known.num_rows == 1431
    assert made.to_pydict() == known.to_pydict()


def test_a_tenth_of_the_eurusd_quotes_is_crossed_and_it_is_said(shared: Path) -> None:
    found = data.inspect(shared / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet")
    assert (found.rows, found.crossed, found.locked) == (1_144_807, 116_871, 142_462)
    assert "10.2 %" in repr(found)
    assert str(found.instruments[0].tick_size) == "0.00001"


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("xauusd_oanda_quotes_2014-05", "quotes", 2_022_969),
        ("ibm_quotes_2013-10", "quotes", 575_589),
        ("ibm_trades_2013-10", "trades", 126_395),
        ("spy_trades_2013-10", "trades", 1_887_460),
    ],
)
def test_every_tick_file_is_understood(shared: Path, name: str, kind: str, rows: int) -> None:
    found = data.inspect(shared / "ticks" / f"{name}.parquet")
    assert (found.rows, found.used, found.out_of_order) == (rows, rows, 0)
    assert list(found.kinds) == [kind]
    assert found.one_sided == (rows if name.startswith("ibm_quotes") else 0)


def test_daily_bars_of_many_symbols_merge_by_time(shared: Path) -> None:
    path = shared / "bars" / "sp500_daily_2013_2018.parquet"
    found = data.inspect(path)
    assert (found.rows, len(found.instruments), found.out_of_order, found.missing) == (619_040, 505, 0, 11)
    assert found.data.series[0].timeframe == 86_400 * 10**9
    with pytest.raises(DataError, match="row"):
        data.bars(path, "1W")
    weekly = data.bars(path, "1W", symbol="AAPL")
    assert weekly.column("ts").to_pylist()[0].weekday() == 0
    merged = data.bars(path, "1W", invalid="skip")
    assert set(merged.column("symbol").unique().to_pylist()) == {each.symbol for each in found.instruments}


def test_tardis_files_are_recognised(shared: Path) -> None:
    quotes = data.load(shared / "tardis" / "huobi-dm-swap_quotes_BTC-USD.csv")
    assert quotes.symbols == ["BTC-USD"]
    assert set(quotes.series[0].meaning.columns) >= {"ts", "ts_recv", "bid", "ask", "bid_size", "ask_size"}
    trades = data.load(shared / "tardis" / "bitmex_trades_XBTUSD.csv")
    assert (trades.series[0].kind, trades.series[0].time_unit) == ("trades", "us")
    assert data.bars(trades, "1s").num_rows > 0
