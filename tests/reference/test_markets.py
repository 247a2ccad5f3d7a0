"""What must hold in every random market, whatever the rules; and that the markets reach every rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from .backtester import run_reference
from .markets import Case, cases
from .money import to_e18, value_of_half_tick
from .vocabulary import CLOSED, OrderType, ReferenceResult, Side, Status, Submit

# The seed is fixed: the same markets on every machine. Shrinking a market takes minutes: ask for it when needed.
calm = settings(
    derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)


def run(case: Case) -> ReferenceResult:
    return run_reference(case.records, case.instruments, case.config, case.script)


@given(cases(feed_latency=True))
@settings(calm, max_examples=60)
def test_cash_is_what_the_fills_paid_and_equity_what_the_positions_are_worth(case: Case) -> None:
    result = run(case)
    cash = to_e18(case.config.initial_capital)
    for fill in result.fills:
        unit = 2 * value_of_half_tick(case.instruments[fill.instrument])
        cash -= fill.side * fill.px * fill.qty * unit + fill.fee
    assert result.cash == cash
    if all(sum(f.side * f.qty for f in result.fills if f.instrument == i) == 0 for i in range(len(case.instruments))):
        assert result.equity == cash == to_e18(case.config.initial_capital) + sum(t.pnl for t in result.trades)


@given(cases(feed_latency=True))
@settings(calm, max_examples=60)
def test_an_order_never_fills_beyond_its_quantity_its_limit_or_its_end(case: Case) -> None:
    result = run(case)
    replaced = {r.order_id for r in result.reports if r.change is not None}
    for order in result.orders:
        own = [fill for fill in result.fills if fill.order_id == order.id]
        assert sum(fill.qty for fill in own) == order.filled
        if order.id not in replaced and order.status is not Status.REJECTED:
            assert (order.status is Status.FILLED) == (order.filled == order.qty)
        assert (order.ts_closed is not None) == (order.status in CLOSED)
        for fill in own:
            assert fill.ts_recv >= fill.ts_event >= order.ts_submitted
            assert order.ts_closed is None or fill.ts_event <= order.ts_closed
            if order.limit is not None and order.id not in replaced:
                assert fill.px <= order.limit if order.side is Side.BUY else fill.px >= order.limit


@given(cases(data=("quotes", "ticks"), feed_latency=True))
@settings(calm, max_examples=60)
def test_what_is_cut_off_the_end_changes_no_fill_before_it(case: Case) -> None:
    whole = {(f.order_id, f.px, f.qty, f.ts_event, f.ts_recv) for f in run(case).fills}
    half = replace(case, records=case.records[: len(case.records) // 2])
    assert {(f.order_id, f.px, f.qty, f.ts_event, f.ts_recv) for f in run(half).fills} <= whole


@given(cases())
@settings(calm, max_examples=60)
def test_the_two_readings_of_sight_differ_on_bars_alone_where_there_is_no_feed_latency(case: Case) -> None:
    if any(hasattr(record, "ts_open") for record in case.records):
        return
    assert run(case) == run(replace(case, config=replace(case.config, seen="on_time")))


@pytest.mark.parametrize("data", ["quotes", "ticks", "trades", "bars", "everything"])
def test_the_markets_reach_every_rule(data: str) -> None:
    met: Counter[str] = Counter()

    @given(cases(data=(data,)))
    @settings(calm, max_examples=300 if data in ("bars", "everything") else 120, database=None)
    def look(case: Case) -> None:
        result = run(case)
        types = {order.id: order.order_type.value for order in result.orders}
        met.update(f"{types[fill.order_id]} {fill.liquidity}" for fill in result.fills)
        met.update(order.status.value for order in result.orders)
        met.update(str(report.code) for report in result.reports if report.code is not None)
        met.update(report.kind.value for report in result.reports)
        met["crossed"] += result.crossed
        met["ambiguous"] += result.ambiguous_bars
        met["touched"] += result.limits_touched_not_filled
        met["trades"] += len(result.trades)
        met["several fills"] += len(result.fills) > len({fill.order_id for fill in result.fills})
        met["malformed"] += any(isinstance(c, Submit) and c.qty == 0 for cs in case.script.values() for c in cs)

    look()
    wanted = {f"{kind.value} TAKER" for kind in OrderType} | {"LIMIT MAKER", "trades", "malformed"}
    wanted |= {"FILLED", "CANCELLED", "REJECTED", "SUBMITTED", "REPLACED", "TRIGGERED", "1003", "1004", "2006", "3001"}
    if data == "bars":
        wanted |= {"ambiguous", "touched"}
    if data in ("quotes", "ticks"):
        wanted |= {"crossed", "several fills", "2001", "3002", "PARTIALLY_FILLED"}
    if data == "everything":
        wanted |= {"1001", "1002", "EXPIRED", "STOP_LIMIT MAKER"}
        assert any(met[code] for code in ("2002", "2003", "2004", "2005")), dict(sorted(met.items()))
    assert {name for name in wanted if met[name] == 0} == set(), dict(sorted(met.items()))
