"""Bars against the obvious way to make them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from baconalgo import data
from baconalgo.errors import DataError


def obvious(ts: list[int], prices: list[float], sizes: list[float], nanos: int) -> list[tuple[float, ...]]:
    """Time bars by a dict of lists."""
    rows: dict[int, list[tuple[float, float]]] = {}
    for at, price, size in zip(ts, prices, sizes, strict=True):
        rows.setdefault(at // nanos * nanos, []).append((price, size))
    return [
        (
            float(start),
            inside[0][0],
            max(price for price, _ in inside),
            min(price for price, _ in inside),
            inside[-1][0],
            sum(size for _, size in inside),
            float(len(inside)),
        )
        for start, inside in rows.items()
    ]


@pytest.mark.parametrize("every", ["1s", "1m", "5m", "1h", "1D"])
def test_time_bars_equal_the_obvious_ones(every: str) -> None:
    table = data.simulate(20_000, seed=3, kind="trades")
    made = data.bars(table, every)
    ts = table.column("ts").cast(pa.int64()).to_pylist()
    unit = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "D": 86_400 * 10**9}[every[-1]]
    expected = obvious(
        ts, table.column("price").to_pylist(), table.column("quantity").to_pylist(), int(every[:-1]) * unit
    )
    columns = ["open", "high", "low", "close", "volume", "count"]
    starts = made.column("ts").cast(pa.int64()).to_pylist()
    rows = zip(starts, *(made.column(name).to_pylist() for name in columns), strict=True)
    assert [tuple(map(float, row)) for row in rows] == expected


def test_longer_bars_from_shorter_ones_equal_those_from_ticks() -> None:
    table = data.simulate(20_000, seed=4, kind="trades")
    minutes = data.bars(table, "1m").drop_columns(["count", "buy_volume", "sell_volume"])
    columns = ["ts", "open", "high", "low", "close", "volume"]
    assert data.bars(minutes, "1h").select(columns) == data.bars(table, "1h").select(columns)


def test_bought_and_sold_add_up_to_the_volume() -> None:
    made = data.bars(data.simulate(5_000, seed=5), "1m")
    both = made.column("buy_volume").to_numpy() + made.column("sell_volume").to_numpy()
    assert np.array_equal(both, made.column("volume").to_numpy())


def test_bars_by_count_end_with_the_row_that_fills_them() -> None:
    table = data.simulate(1_000, seed=6)
    ticks = data.bars(table, "100 ticks")
    assert ticks.column("count").to_pylist() == [100] * 10
    volume = data.bars(table, "1000 volume").column("volume").to_numpy()
    assert volume.min() >= 1000
    assert data.bars(table, "1e6 dollars").num_rows > 0


def test_volume_bars_need_sizes() -> None:
    with pytest.raises(DataError, match="no sizes"):
        data.bars(data.simulate(100, kind="quotes"), "10 volume", price="mid")


@pytest.mark.parametrize("every", ["", "5 parsecs", "0s", "-1m", "1.5 ticks", 0])
def test_what_is_no_length_is_refused(every: str | int) -> None:
    with pytest.raises(DataError, match="every must"):
        data.bars(data.simulate(10), every)


def test_trades_have_no_mid() -> None:
    with pytest.raises(DataError, match="price must be a price that the rows have"):
        data.bars(data.simulate(10, kind="trades"), "1s", price="mid")


def test_the_simulated_market_is_the_same_every_time_and_sound() -> None:
    table = data.simulate(50_000, seed=1)
    assert table == data.simulate(50_000, seed=1)
    assert table != data.simulate(50_000, seed=2)
    found = data.inspect(table)
    assert (found.used, found.crossed, found.locked, found.duplicates) == (50_000, 0, 0, 0)
    spread = np.round((table.column("ask").to_numpy() - table.column("bid").to_numpy()) * 100)
    assert set(spread.tolist()) == {1.0, 2.0, 3.0, 4.0}
    assert data.load(table).symbols == ["SIM"]
    assert str(found.instruments[0].tick_size) == "0.01"
