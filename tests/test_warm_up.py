"""start_date and end_date: a run is [start, end); earlier rows only warm indicators up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import baconalgo as ba

DATA = ba.data.simulate(rows=20_000, seed=8)
TIMES = DATA["ts"].to_numpy().astype("datetime64[ns]").astype(np.int64)
START, END = int(TIMES[8_000]), int(TIMES[15_000])


def cross() -> ba.ExprStrategy:
    fast, slow = ba.ema(ba.close, 20), ba.ema(ba.close, 60)
    return ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=1)


def run(strategy: Any, data: Any = DATA, **settings: Any) -> ba.BacktestResult:
    return ba.BacktestEngine(ba.BacktestConfig(**settings)).run(strategy, data)


def ns(column: Any) -> np.ndarray:
    return column.to_numpy().astype("datetime64[ns]").astype(np.int64)


def test_no_order_is_sent_before_the_start_and_no_row_is_read_from_the_end_on() -> None:
    result = run(cross(), start_date=START, end_date=END)
    submitted = ns(result.orders["ts_submitted"])
    assert submitted.min() >= START
    assert submitted.max() < END
    assert result.stats["events"] == 15_000
    assert ns(result.equity_curve["ts"]).min() <= START


def test_a_run_with_a_start_trades_as_the_whole_run_does_from_there_on() -> None:
    """Indicators are as warm at the start as if they had been used all along."""
    whole, late = run(cross()), run(cross(), start_date=START)
    after = whole.orders.filter(
        pc.greater_equal(whole.orders["ts_submitted"], pa.scalar(START, pa.timestamp("ns", "UTC")))
    )
    sides, times = after["side"].to_pylist(), ns(after["ts_submitted"])
    late_sides, late_times = late.orders["side"].to_pylist(), ns(late.orders["ts_submitted"])
    # The first order of the late run opens the position that the whole run already has.
    assert late_times[0] == START
    assert late_sides[1:] == sides
    np.testing.assert_array_equal(late_times[1:], times)


def test_an_end_cuts_the_run_and_changes_nothing_before_it() -> None:
    whole, cut = run(cross()), run(cross(), end_date=END)
    count = cut.fills.num_rows
    assert 0 < count < whole.fills.num_rows
    for name in ("price", "quantity", "ts_event"):
        assert cut.fills[name].to_pylist() == whole.fills[name].to_pylist()[:count]
    assert run(cross(), DATA.slice(0, 15_000)).fills.equals(cut.fills)


@pytest.mark.parametrize("row", [8_000, 8_001])
def test_start_is_inside_and_end_is_outside(row: int) -> None:
    every = run(cross(), start_date=int(TIMES[row]), end_date=int(TIMES[row]) + 1)
    assert every.stats["events"] == row + 1
    assert every.orders.num_rows == 1


class EveryQuote(ba.Strategy):
    def on_start(self) -> None:
        self.seen, self.refused, self.warm = 0, [], []

    def on_quote(self, quote: ba.Quote) -> None:
        self.seen += 1
        self.warm.append(self.warming_up)
        if self.seen in (100, 9_000):
            self.buy(quote.symbol, 1)

    def on_order(self, order: ba.Order) -> None:
        if order.status == ba.OrderStatus.REJECTED:
            self.refused.append((order.reject_code, order.ts_submitted))


def test_a_class_sees_the_rows_before_the_start_and_its_orders_are_refused_until_then() -> None:
    strategy = EveryQuote()
    result = run(strategy, start_date=START)
    assert strategy.seen == 20_000
    assert strategy.warm == [True] * 8_000 + [False] * 12_000
    assert strategy.refused == [(1005, TIMES[99])]
    assert result.orders["status"].to_pylist() == ["REJECTED", "FILLED"]
    assert result.orders["reject_reason"][0].as_py()
    assert result.assumptions["orders_rejected"] == 1


def test_targets_count_rows_of_the_whole_table_and_act_from_the_start_on() -> None:
    targets = np.where(np.arange(20_000) < 10_000, 1.0, 0.0)
    result = run(ba.SignalStrategy(targets), start_date=START)
    np.testing.assert_array_equal(ns(result.orders["ts_submitted"]), [TIMES[8_000], TIMES[10_000]])


def test_equity_does_not_move_before_the_start() -> None:
    curve = run(cross(), start_date=START, sample="10m").equity_curve
    early = curve.filter(pc.less_equal(curve["ts"], pa.scalar(START, pa.timestamp("ns", "UTC"))))
    assert set(early["equity"].to_pylist()) <= {100_000.0}
    assert early.num_rows <= 2


def test_a_start_after_all_rows_trades_nothing() -> None:
    try:
        result = run(cross(), start_date=int(TIMES[-1]) + 1)
    except ba.DataError as error:
        assert error.code == 1108
    else:
        assert result.orders.num_rows == 0
        assert result.metrics["final_equity"] == 100_000.0
