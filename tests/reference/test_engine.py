"""The engine against the reference: the same fills, orders, trades and money on random small markets."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings

from .backtester import run_reference
from .engine import fits, in_merge_order, run_engine
from .markets import Case, cases
from .vocabulary import ReferenceResult

MONEY = 10**18

# Shrinking a whole market takes minutes; what fails is small as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def rows(table: Any) -> list[dict[str, Any]]:
    for name in table.column_names:
        if str(table.schema.field(name).type).startswith("timestamp"):
            column = table[name].cast("int64")
            table = table.set_column(table.column_names.index(name), name, column)
    return table.to_pylist()


def near(ours: float, theirs: int) -> bool:
    """Whether a float is an amount of money in 1e-18, as near as floats can be."""
    return math.isclose(ours, theirs / MONEY, rel_tol=1e-14, abs_tol=1e-9)


def compare(case: Case) -> None:
    case = in_merge_order(case)
    reference = run_reference(case.records, case.instruments, case.config, case.script)
    run = run_engine(case)
    assert run.strategy.at == len(case.records)
    same_orders(case, reference, run)
    same_fills(case, reference, run)
    trades = rows(run.result.trades)
    assert len(trades) == len(reference.trades)
    for ours, theirs in zip(trades, reference.trades, strict=True):
        assert (ours["entry_time"], ours["exit_time"]) == (theirs.entry_time, theirs.exit_time)
        assert near(ours["pnl"], theirs.pnl)
        assert near(ours["commission"], theirs.commission)
    curve = rows(run.result.equity_curve)
    assert near(curve[-1]["equity"], reference.equity)
    drawdown = run.result.metrics["max_drawdown_pct"]
    assert drawdown == pytest.approx(100 * reference.max_drawdown, rel=1e-12, abs=1e-12)
    assert run.result.assumptions["ambiguous_bars"] == reference.ambiguous_bars
    assert run.result.assumptions["limits_touched_not_filled"] == reference.limits_touched_not_filled
    assert run.result.assumptions["crossed_quotes"] == reference.crossed


def same_orders(case: Case, reference: ReferenceResult, run: Any) -> None:
    theirs_of = run.ids()
    ours = {theirs_of[row["order_id"]]: row for row in rows(run.result.orders)}
    for order in reference.orders:
        if order.id in run.strategy.malformed:
            assert order.reject == run.strategy.malformed[order.id]
            continue
        row = ours.pop(order.id)
        grid = case.instruments[order.instrument]
        found = (row["status"], row["filled_quantity"], row["reject_code"], row["ts_closed"])
        filled = pytest.approx(order.filled * float(grid.lot), rel=1e-12)
        assert found == (order.status.value, filled, order.reject, order.ts_closed), order
    assert not ours


def same_fills(case: Case, reference: ReferenceResult, run: Any) -> None:
    theirs_of = run.ids()
    ours = rows(run.result.fills)
    assert len(ours) == len(reference.fills)
    for row, fill in zip(ours, reference.fills, strict=True):
        grid = case.instruments[fill.instrument]
        assert theirs_of[row["order_id"]] == fill.order_id
        assert round(row["price"] / float(grid.tick)) == fill.px, fill
        assert round(row["quantity"] / float(grid.lot)) == fill.qty, fill
        assert near(row["fee"], fill.fee), fill
        assert (row["liquidity"], row["ts_event"], row["ts_recv"]) == (fill.liquidity, fill.ts_event, fill.ts_recv)


@pytest.mark.parametrize(
    "data", ["quotes", "ticks", "trades", "bars", "quotes and trades", "ticks and quotes", "trades and bars"]
)
def test_one_instrument_agrees_with_the_reference(data: str) -> None:
    @given(cases(data=(data,), most_instruments=1))
    @settings(max_examples=settings().max_examples * 3, phases=PHASES)
    def agree(case: Case) -> None:
        assume(fits(case))
        compare(case)

    agree()


@given(cases())
@settings(max_examples=settings().max_examples * 4, phases=PHASES)
def test_several_instruments_agree_with_the_reference(case: Case) -> None:
    assume(fits(case))
    compare(case)


@given(cases(data=("quotes", "ticks", "trades", "quotes and trades", "ticks and quotes"), feed_latency=True))
@settings(max_examples=settings().max_examples * 3, phases=PHASES)
def test_data_that_is_seen_late_agrees_with_the_reference(case: Case) -> None:
    assume(fits(case))
    compare(replace(case, config=replace(case.config, seen="on_time")))
