"""An expression is decided on the rows of an instrument's primary table: the first input that carries it."""

from __future__ import annotations

import numpy as np

import baconalgo as ba


def trades(symbols: list[str], price: float, start: int) -> dict[str, object]:
    count = len(symbols)
    return {
        "ts": start + np.arange(count, dtype=np.int64) * 1_000_000_000,
        "symbol": np.array(symbols),
        "price": np.full(count, price),
    }


def test_the_first_input_is_the_primary_table_also_where_the_instrument_comes_late_in_it() -> None:
    start = 1_700_000_000_000_000_000
    # B is not among the first thousands of rows of the first table, but it is of that table.
    first = ba.data.load(trades(["A"] * 5_000 + ["B"] * 10, 10.0, start))
    second = ba.data.load(trades(["B"] * 5_000, 100.0, start))
    result = ba.BacktestEngine().run(ba.ExprStrategy(entry=ba.close > 50), [first, second])
    assert result.orders.num_rows == 0
    other = ba.BacktestEngine().run(ba.ExprStrategy(entry=ba.close > 50), [second, first])
    assert other.orders["symbol"].to_pylist() == ["B"]
