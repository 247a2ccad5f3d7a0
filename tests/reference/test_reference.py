"""The reference backtester against scenarios worked out by hand from ``docs/simulation.md``.

Times are milliseconds (bars: minutes), prices ticks, quantities lots. Unless a test says otherwise latencies are
1 ms each way and nothing costs anything. Each expected fill is a row `id px qty liquidity ms`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from .backtester import run_reference
from .strategy import Context, SilentStrategy
from .vocabulary import (
    Bar,
    Cancel,
    Command,
    Config,
    Instrument,
    Order,
    OrderLimits,
    OrderType,
    Quote,
    Record,
    ReferenceResult,
    Replace,
    Report,
    ReportKind,
    Side,
    Status,
    Submit,
    Tick,
    TimeInForce,
    Trade,
)

MS = 1_000_000
MINUTE = 60_000 * MS
E18 = 10**18
BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK, DAY = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY
FREE = Config()
INSTANT = Config(entry_latency=0, response_latency=0)


def quote(ms: float, bid: int | None, ask: int | None, bid_qty: int | None = None, ask_qty: int | None = None) -> Quote:
    return Quote(0, int(ms * MS), bid, ask, bid_qty, ask_qty)


def trade(ms: float, px: int) -> Trade:
    return Trade(0, int(ms * MS), px)


def bar(minute: int, open_: int, high: int, low: int, close: int) -> Bar:
    return Bar(0, minute * MINUTE, (minute + 1) * MINUTE, open_, high, low, close)


def market(side: Side, qty: int, tif: TimeInForce = GTC) -> Submit:
    return Submit(0, side, qty, OrderType.MARKET, tif)


def limit(side: Side, qty: int, px: int, tif: TimeInForce = GTC) -> Submit:
    return Submit(0, side, qty, OrderType.LIMIT, tif, limit=px)


def stop(side: Side, qty: int, px: int, tif: TimeInForce = GTC) -> Submit:
    return Submit(0, side, qty, OrderType.STOP, tif, stop=px)


def stop_limit(side: Side, qty: int, stop_px: int, limit_px: int) -> Submit:
    return Submit(0, side, qty, OrderType.STOP_LIMIT, GTC, limit=limit_px, stop=stop_px)


def run(
    records: Sequence[Record], script: Mapping[int, Sequence[Command]], config: Config = FREE, instruments: int = 1
) -> ReferenceResult:
    return run_reference(records, [Instrument()] * instruments, config, script)


def fills(result: ReferenceResult) -> list[str]:
    return [f"{f.order_id} {f.px} {f.qty} {f.liquidity} {f.ts_event / MS:g}" for f in result.fills]


def statuses(result: ReferenceResult) -> list[tuple[str, int | None]]:
    return [(order.status.value, order.reject) for order in result.orders]


# --- arrival and latency ------------------------------------------------------------------------------


def test_with_latency_a_market_order_takes_the_quote_standing_when_it_arrives() -> None:
    records = [
        quote(0, 100, 102),  # decided here
        quote(0.5, 101, 103),  # standing at 1 ms
        quote(1.5, 105, 107),
    ]
    result = run(records, {0: [market(BUY, 5)]})
    assert fills(result) == ["1 103 5 TAKER 1"]
    assert result.fills[0].ts_recv == 2 * MS
    # The fill is seen at 2 ms, after the last record: no record was marked with the position.
    assert result.equity_curve == [100_000 * E18] * 3
    # 5 lots x (mid 106 - 103) x 0.01
    assert result.equity == 100_000 * E18 + 15 * E18 // 100


def test_a_quote_stamped_at_the_very_arrival_follows_the_order() -> None:
    records = [quote(0, 100, 102), quote(1, 101, 103), quote(2, 99, 101)]
    assert fills(run(records, {0: [market(SELL, 5)]})) == ["1 100 5 TAKER 1"]


def test_without_latency_an_order_takes_the_next_quote_even_of_the_same_time() -> None:
    records = [quote(0, 100, 102), quote(0, 101, 103), quote(1, 104, 106)]
    assert fills(run(records, {0: [market(BUY, 5)]}, INSTANT)) == ["1 103 5 TAKER 0"]


def test_on_trades_alone_an_order_takes_the_first_trade_at_or_after_its_arrival() -> None:
    records = [trade(0, 100), trade(0.9, 101), trade(1, 102), trade(2, 103)]
    # The limit order is touched at 2 ms, not traded through.
    assert fills(run(records, {0: [market(BUY, 5), limit(SELL, 2, 103)]})) == ["1 102 5 TAKER 1"]


def test_on_bars_alone_a_market_order_fills_at_the_next_open() -> None:
    records = [bar(0, 100, 105, 95, 101), bar(1, 103, 106, 99, 104)]
    result = run(records, {0: [market(BUY, 5)]})
    # Decided at the close of minute 0 (60,000 ms), arrived 1 ms later: max(A, ts_open) = A.
    assert fills(result) == ["1 103 5 TAKER 60001"]
    # 5 lots x (104 - 103) x 0.01; the fill is seen (60,002) before the bar is, but after its mark.
    assert result.equity_curve == [100_000 * E18] * 2
    assert result.equity == 100_000 * E18 + 5 * E18 // 100


def test_an_order_with_no_quote_on_its_side_waits_for_one_that_has_it() -> None:
    records = [
        quote(0, 100, 102),
        quote(0.5, 100, None),
        quote(2, 99, None),
        quote(3, 99, 104),
    ]
    assert fills(run(records, {0: [market(BUY, 5, IOC)]})) == ["1 104 5 TAKER 3"]


def test_an_order_still_on_its_way_at_the_end_never_arrives() -> None:
    result = run([quote(0, 100, 102), quote(0.5, 100, 102)], {0: [market(BUY, 5)], 1: [Cancel(1)]})
    assert statuses(result) == [("SUBMITTED", None)]
    assert result.reports == []


def test_feed_latency_delays_the_decision() -> None:
    records = [quote(0, 100, 102), quote(2.5, 101, 103), quote(5, 107, 109)]
    result = run(records, {0: [market(BUY, 1)]}, replace(FREE, feed_latency=2 * MS))
    assert fills(result) == ["1 103 1 TAKER 3"]


# --- taking -------------------------------------------------------------------------------------------


def test_a_take_is_bounded_by_the_displayed_size_and_the_rest_takes_the_next_quotes() -> None:
    records = [
        quote(0, 100, 102, 9, 4),
        quote(2, 100, 103, 9, 4),
        quote(3, 100, 103, 9, 4),
    ]
    result = run(records, {0: [market(BUY, 10)]})
    assert fills(result) == ["1 102 4 TAKER 1", "1 103 4 TAKER 2", "1 103 2 TAKER 3"]
    assert statuses(result) == [("FILLED", None)]


def test_own_orders_use_up_the_displayed_size_for_each_other() -> None:
    records = [quote(0, 100, 102, 9, 5), quote(2, 100, 102, 9, 5)]
    result = run(records, {0: [market(BUY, 3), market(BUY, 3)]})
    assert fills(result) == ["1 102 3 TAKER 1", "2 102 2 TAKER 1", "2 102 1 TAKER 2"]


def test_a_limit_order_goes_on_taking_until_it_is_not_marketable_and_then_rests() -> None:
    records = [
        quote(0, 100, 102, 9, 4),
        quote(2, 100, 101, 9, 2),  # still marketable: takes at 101
        quote(3, 100, 103, 9, 4),  # not any more: rests
        quote(4, 100, 102, 9, 9),  # touched only
        quote(5, 100, 101, 9, 1),  # through: passive, at its own price, bounded
        quote(6, 100, 101, 9, 9),
    ]
    assert fills(run(records, {0: [limit(BUY, 10, 102)]})) == [
        "1 102 4 TAKER 1",
        "1 101 2 TAKER 2",
        "1 102 1 MAKER 5",
        "1 102 3 MAKER 6",
    ]


def test_fill_or_kill_takes_all_or_nothing() -> None:
    records = [quote(0, 100, 102, 9, 5), quote(2, 100, 102, 9, 9)]
    result = run(records, {0: [market(BUY, 6, FOK), limit(BUY, 5, 102, FOK), limit(BUY, 1, 101, FOK)]})
    assert fills(result) == ["2 102 5 TAKER 1"]
    assert statuses(result) == [("CANCELLED", 3002), ("FILLED", None), ("CANCELLED", 3002)]


def test_immediate_or_cancel_cancels_the_rest_at_its_first_meeting() -> None:
    records = [quote(0, 100, 102, 9, 5), quote(2, 100, 102, 9, 9)]
    result = run(records, {0: [market(BUY, 6, IOC), limit(BUY, 1, 101, IOC)]})
    assert fills(result) == ["1 102 5 TAKER 1"]
    assert statuses(result) == [("CANCELLED", None), ("CANCELLED", None)]
    assert [(order.filled, order.ts_closed) for order in result.orders] == [(5, MS), (0, MS)]


def test_on_a_crossed_quote_a_buy_pays_the_higher_and_a_sell_gets_the_lower_price() -> None:
    records = [quote(0, 100, 102), quote(0.5, 105, 103, 7, 2), quote(2, 100, 102)]
    result = run(records, {0: [market(BUY, 3, IOC), market(SELL, 3, IOC), limit(BUY, 1, 104, IOC)]})
    # The buy is bounded by the ask's 2, the sell by the bid's 7; a limit of 104 is below the 105 on offer.
    assert fills(result) == ["1 105 2 TAKER 1", "2 103 3 TAKER 1"]
    assert result.crossed == 1


def test_slippage_goes_to_the_next_tick_against_the_order_and_never_past_its_limit() -> None:
    records = [quote(0, 1000, 1001), quote(2, 1000, 1001)]
    script = {0: [market(BUY, 1), market(SELL, 1), limit(BUY, 1, 1001), limit(BUY, 1, 1003), market(BUY, 1, FOK)]}
    # 1001 x 1.001 = 1002.001 -> 1003; 1000 x 0.999 = 999 exactly.
    result = run(records, script, replace(FREE, slippage_pct=Decimal("0.1")))
    assert [f.px for f in result.fills] == [1003, 999, 1001, 1003, 1003]


# --- resting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fill_model", "expected"), [("through", "1 101 5 MAKER 4"), ("touch", "1 101 5 MAKER 3")])
def test_a_resting_order_fills_when_the_market_trades_through_it_or_touches_it(fill_model: str, expected: str) -> None:
    records = [quote(0, 100, 102), quote(3, 100, 101), quote(4, 99, 100)]
    assert fills(run(records, {0: [limit(BUY, 5, 101)]}, replace(FREE, fill_model=fill_model))) == [expected]


def test_a_trade_through_a_resting_order_fills_it_whole_on_quotes() -> None:
    records: list[Record] = [
        quote(0, 100, 102, 1, 1),
        trade(2, 101),  # touched
        trade(3, 100),  # through
        quote(4, 100, 102, 1, 1),
    ]
    result = run(records, {0: [limit(BUY, 5, 101)]})
    assert fills(result) == ["1 101 5 MAKER 3"]
    # A trade leaves the mid as the mark: (100 + 102) / 2 = 101.
    assert result.equity == 100_000 * E18


def test_a_tick_fills_a_resting_order_by_its_quote_and_then_by_its_trade() -> None:
    records: list[Record] = [
        quote(0, 100, 104, 9, 9),
        Tick(0, 2 * MS, 100, 102, 99, bid_qty=9, ask_qty=2),
    ]
    assert fills(run(records, {0: [limit(BUY, 5, 103)]})) == ["1 103 2 MAKER 2", "1 103 3 MAKER 2"]


def test_an_order_that_waits_for_a_record_rests_only_from_the_one_after_it() -> None:
    records: list[Record] = [
        quote(0, 100, 104),
        Tick(0, 1 * MS, 100, 104, 99),  # met: not marketable; its trade does not fill it
        trade(2, 99),
    ]
    assert fills(run(records, {0: [limit(BUY, 5, 103)]}, INSTANT)) == ["1 103 5 MAKER 2"]


# --- stops --------------------------------------------------------------------------------------------


def test_a_stop_takes_on_the_quote_that_triggers_it() -> None:
    records = [quote(0, 100, 102), quote(2, 102, 104), quote(3, 103, 106), quote(4, 100, 102)]
    assert fills(run(records, {0: [stop(BUY, 5, 105)]})) == ["1 106 5 TAKER 3"]


def test_a_stop_that_the_market_is_beyond_triggers_on_arrival() -> None:
    records = [quote(0, 100, 102), quote(2, 90, 92)]
    assert fills(run(records, {0: [stop(SELL, 5, 100)]})) == ["1 100 5 TAKER 1"]


def test_a_stop_limit_beyond_its_limit_rests() -> None:
    records = [quote(0, 100, 102), quote(2, 107, 108), quote(3, 104, 106), quote(4, 103, 105)]
    # Triggered at 108, not marketable at 106; touched at 3 ms, traded through at 4 ms.
    assert fills(run(records, {0: [stop_limit(BUY, 5, 105, 106)]})) == ["1 106 5 MAKER 4"]


def test_a_bar_that_opens_beyond_a_stop_fills_it_at_the_open_else_at_the_stop_price() -> None:
    records = [bar(0, 100, 100, 100, 100), bar(1, 101, 104, 96, 100), bar(2, 107, 109, 90, 108)]
    result = run(records, {0: [stop(SELL, 1, 97), stop(BUY, 2, 106)]})
    assert fills(result) == ["1 97 1 TAKER 120000", "2 107 2 TAKER 120000"]
    # Inside bar 1: seen at its close. At the open of bar 2 (also 120,000 ms): seen a response later.
    assert [f.ts_recv for f in result.fills] == [2 * MINUTE, 2 * MINUTE + MS]


def test_a_stop_and_a_limit_of_one_side_in_one_bar_fill_only_the_stop() -> None:
    records = [
        bar(0, 100, 100, 100, 100),
        bar(1, 100, 101, 99, 100),  # both arrive; the limit rests from the next bar
        bar(2, 100, 106, 94, 100),  # both lie in this bar
        bar(3, 100, 105, 99, 100),  # touches the limit
        bar(4, 100, 106, 99, 100),
    ]
    result = run(records, {0: [market(BUY, 2), limit(SELL, 1, 105), stop(SELL, 1, 95)]})
    assert fills(result) == ["1 100 2 TAKER 60001", "3 95 1 TAKER 180000", "2 105 1 MAKER 300000"]
    assert (result.ambiguous_bars, result.limits_touched_not_filled) == (1, 1)
    # -2 x 100 + 95 + 105 = 0
    assert [(t.side, t.qty, t.pnl) for t in result.trades] == [(BUY, 2, 0)]


# --- cancel, replace, expiry --------------------------------------------------------------------------


def test_a_cancel_after_the_fill_is_too_late() -> None:
    records = [quote(0, 100, 102), quote(0.5, 100, 102), quote(3, 100, 102)]
    result = run(records, {0: [market(BUY, 5)], 1: [Cancel(1)], 2: [Cancel(1), Cancel(7)]})
    assert statuses(result) == [("FILLED", None)]
    refused = [(r.code, r.ts_event / MS) for r in result.reports if r.kind is ReportKind.CHANGE_REJECTED]
    # At the venue at 1.5 ms; at 3 ms the strategy knows of the fill and the order is not open.
    assert refused == [(3001, 1.5), (1004, 3), (1004, 3)]


def test_a_cancel_in_time_leaves_what_was_filled() -> None:
    records = [quote(0, 100, 102, 9, 4), quote(2, 100, 103, 9, 1), quote(4, 100, 103, 9, 9)]
    result = run(records, {0: [market(BUY, 10)], 1: [Cancel(1)]})
    order = result.orders[0]
    assert (order.status, order.filled, order.ts_closed) == (Status.CANCELLED, 5, 3 * MS)


def test_a_replaced_order_may_take() -> None:
    records = [quote(0, 100, 102, 9, 4), quote(2, 100, 102, 9, 4), quote(4, 100, 102)]
    result = run(records, {0: [limit(BUY, 5, 101)], 1: [Replace(1, qty=3, limit=102)]})
    assert fills(result) == ["1 102 3 TAKER 3"]
    assert (result.orders[0].qty, result.orders[0].limit) == (3, 102)


def test_a_replace_to_no_more_than_was_filled_cancels_the_rest() -> None:
    records = [quote(0, 100, 102, 9, 4), quote(2, 100, 103, 9, 9), quote(4, 100, 102)]
    result = run(records, {0: [limit(BUY, 5, 102)], 1: [Replace(1, qty=4)]})
    assert fills(result) == ["1 102 4 TAKER 1"]
    assert statuses(result) == [("CANCELLED", None)]


def test_a_day_order_expires_at_midnight() -> None:
    midnight = 86_400_000
    records = [quote(midnight - 10, 100, 102), quote(midnight - 5, 100, 102), quote(midnight, 90, 91)]
    result = run(records, {0: [limit(BUY, 5, 101, DAY), limit(BUY, 5, 101, GTC)]})
    assert fills(result) == [f"2 101 5 MAKER {midnight:g}"]
    assert (result.orders[0].status, result.orders[0].ts_closed) == (Status.EXPIRED, midnight * MS)


# --- money --------------------------------------------------------------------------------------------


def test_a_commission_is_rounded_half_away_from_zero_to_1e_8() -> None:
    # 3 lots x 1 tick x 0.01 = 0.03; x 0.00005 % = 1.5e-8 -> 2e-8. 1 lot: 0.5e-8 -> 1e-8.
    records = [quote(0, 1, 1), quote(2, 1, 1)]
    result = run(
        records, {0: [market(BUY, 3), market(SELL, 1)]}, replace(FREE, taker_commission_pct=Decimal("0.00005"))
    )
    assert [f.fee for f in result.fills] == [2 * 10**10, 10**10]


def test_makers_and_takers_pay_their_own_commission() -> None:
    records = [quote(0, 100, 102), quote(2, 98, 99)]
    config = replace(FREE, taker_commission_pct=Decimal(1), maker_commission_pct=Decimal("0.5"))
    result = run(records, {0: [market(BUY, 1), limit(BUY, 1, 100)]}, config)
    assert [(f.liquidity, f.fee) for f in result.fills] == [("TAKER", 102 * 10**14), ("MAKER", 50 * 10**14)]


def test_a_fill_through_zero_closes_one_trade_and_opens_the_next() -> None:
    records = [quote(0, 100, 100), quote(3, 110, 110), quote(6, 120, 120), quote(9, 120, 120)]
    config = replace(FREE, taker_commission_pct=Decimal(1))
    result = run(records, {0: [market(BUY, 2)], 1: [market(SELL, 3)], 2: [market(BUY, 1)]}, config)
    cent = 10**16
    # Long 2: 2 x (110 - 100) cents, fees 2 + 2/3 of 3.3. Short 1: 110 - 120, fees 1/3 of 3.3 + 1.2.
    assert [(t.side, t.qty, t.pnl, t.commission) for t in result.trades] == [
        (BUY, 2, 20 * cent - 42 * cent // 10, 42 * cent // 10),
        (SELL, 1, -10 * cent - 23 * cent // 10, 23 * cent // 10),
    ]
    assert result.cash == result.equity == 100_000 * E18 + 10 * cent - 65 * cent // 10


def test_the_drawdown_uses_every_mark() -> None:
    records = [quote(0, 100, 100), quote(3, 100, 100), quote(4, 80, 80), quote(5, 90, 90), quote(6, None, 10)]
    config = replace(FREE, initial_capital=Decimal(10))
    result = run(records, {0: [market(BUY, 10)]}, config)
    assert result.equity_curve == [10 * E18, 10 * E18, 8 * E18, 9 * E18, 9 * E18]
    assert result.max_drawdown == 0.2


# --- checks -------------------------------------------------------------------------------------------


def test_each_check_has_its_code() -> None:
    limits = OrderLimits(Decimal(10), Decimal(12), Decimal(9), Decimal(5))
    records = [quote(0, None, 101), quote(1, 99, 101), quote(5, 99, 101)]
    no_price = Submit(0, BUY, 1, OrderType.LIMIT)
    result = run(
        records,
        {
            0: [market(BUY, 1)],
            1: [
                Submit(3, BUY, 1),
                market(BUY, 0),
                no_price,
                market(BUY, 11),
                market(BUY, 8),  # sent
                market(BUY, 5),
                market(SELL, 10),  # notional 10 x 1.00 > 9
                limit(BUY, 1, 94),  # 6 % below the mark
                limit(BUY, 1, 95),  # sent
            ],
            2: [market(SELL, 9)],
        },
        replace(FREE, limits=limits),
    )
    assert [order.reject for order in result.orders] == [
        2001,
        1001,
        1002,
        1003,
        2002,
        None,
        2003,
        2004,
        2005,
        None,
        None,
    ]


def test_an_order_before_the_start_is_refused() -> None:
    records = [quote(0, 100, 102), quote(2, 100, 102), quote(4, 100, 102)]
    result = run(records, {0: [market(BUY, 1)], 1: [market(BUY, 1)]}, replace(FREE, start=2 * MS))
    assert statuses(result) == [("REJECTED", 1005), ("FILLED", None)]


def test_exposure_is_bounded_by_equity_times_leverage_but_may_always_be_reduced() -> None:
    config = replace(FREE, initial_capital=Decimal(10), leverage=Decimal(1))
    records = [quote(0, 100, 100), quote(3, 100, 100), quote(4, 200, 200), quote(9, 100, 100), quote(12, 100, 100)]
    result = run(
        records,
        {
            0: [market(BUY, 11), market(SELL, 6), market(SELL, 5)],  # 11 > 10; short 11 in all: 6 + 5 > 10
            # Short 6 at 200: equity 10 - 6 = 4, exposure 12; buying 6 back does not raise it, selling does.
            2: [market(BUY, 6), market(SELL, 1)],
        },
        config,
    )
    assert [order.reject for order in result.orders] == [2006, None, 2006, None, 2006]
    assert [order.ts_closed for order in result.orders] == [0, MS, 0, 5 * MS, 4 * MS]


def test_a_refusal_is_seen_before_the_next_record() -> None:
    seen: list[str] = []

    class Listener(SilentStrategy):
        def on_event(self, index: int, record: Record, context: Context) -> None:
            seen.append(f"record {index}")
            if index == 0:
                context.submit(0, BUY, 0)
                context.submit(0, BUY, 1)

        def on_report(self, report: Report, order: Order, context: Context) -> None:
            seen.append(f"{report.kind.value} {order.id} {context.position(0)}")

    run_reference([quote(0, 100, 102), quote(1, 100, 102), quote(2, 100, 102)], [Instrument()], FREE, Listener())
    assert seen == ["record 0", "REJECTED 1 0", "record 1", "ACCEPTED 2 0", "FILLED 2 1", "record 2"]


@pytest.mark.parametrize("fields", [{"tick": Decimal("1e-18")}, {"lot": Decimal("1e-17")}])
def test_an_instrument_finer_than_money_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="even number of 1e-18"):
        run_reference([], [Instrument(**fields)], FREE, {})
