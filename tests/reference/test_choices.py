"""Where ``docs/simulation.md`` can be read in two ways: the reading that the reference follows, as an example.

A change of the document that settles one of these the other way changes the test here and one place in the code.
"""

from __future__ import annotations

from dataclasses import replace

from .test_reference import (
    BUY,
    DAY,
    FREE,
    INSTANT,
    IOC,
    MINUTE,
    MS,
    SELL,
    bar,
    fills,
    limit,
    market,
    quote,
    run,
    statuses,
    stop,
    stop_limit,
    trade,
)
from .vocabulary import Bar, Cancel, Record, Replace, ReportKind, Tick


def test_a_limit_order_rests_inside_the_bar_whose_open_it_meets() -> None:
    records = [bar(0, 100, 100, 100, 100), bar(1, 100, 100, 90, 100)]
    # Decided at the close of bar 0; bar 1 opens at 100 and then trades through 98.
    assert fills(run(records, {0: [limit(BUY, 1, 98)]})) == ["1 98 1 MAKER 120000"]


def test_a_stop_works_inside_the_bar_whose_open_it_meets() -> None:
    records = [bar(0, 100, 100, 100, 100), bar(1, 100, 100, 90, 100)]
    assert fills(run(records, {0: [stop(SELL, 1, 98)]})) == ["1 98 1 TAKER 120000"]


def test_a_fill_inside_a_bar_is_seen_at_its_close_whatever_the_response_latency() -> None:
    records = [bar(0, 100, 100, 100, 100), bar(1, 100, 100, 90, 100)]
    result = run(records, {0: [stop(SELL, 1, 98)]}, replace(FREE, response_latency=500 * MS))
    assert result.fills[0].ts_recv == result.fills[0].ts_event == 2 * MINUTE


def test_the_immediacy_of_a_stop_counts_from_its_trigger() -> None:
    records = [quote(0, 100, 102, 9, 3), quote(2, 100, 102, 9, 3), quote(3, 103, 105, 9, 3), quote(4, 103, 105, 9, 3)]
    result = run(records, {0: [stop(BUY, 5, 105, IOC)]})
    assert fills(result) == ["1 105 3 TAKER 3"]
    assert statuses(result) == [("CANCELLED", None)]


def test_a_stop_that_has_triggered_stays_triggered_when_it_is_replaced() -> None:
    records = [quote(0, 100, 102), quote(2, 107, 108), quote(3, 100, 102), quote(6, 100, 102)]
    # Triggered at 2 ms, rests at 105; at 2 ms its limit is moved to 109 and arrives at 3 ms on the 108 still standing.
    result = run(records, {0: [stop_limit(BUY, 1, 106, 105)], 1: [Replace(1, limit=109)]})
    assert fills(result) == ["1 108 1 TAKER 3"]


def test_a_cancel_that_overtakes_its_order_finds_nothing_to_cancel() -> None:
    records = [quote(0, 100, 102), quote(3, 100, 102)]
    result = run(records, {0: [market(BUY, 1), Cancel(1)]}, replace(FREE, cancel_latency=0))
    assert statuses(result) == [("FILLED", None)]
    assert [r.code for r in result.reports if r.kind is ReportKind.CHANGE_REJECTED] == [1004]


def test_an_order_still_taking_that_is_no_longer_marketable_rests_at_once() -> None:
    records: list[Record] = [
        quote(0, 100, 102, 9, 4),
        Tick(0, 2 * MS, 100, 103, 101, 9, 9),  # its quote ends the taking, its trade fills the resting order
    ]
    assert fills(run(records, {0: [limit(BUY, 5, 102)]})) == ["1 102 4 TAKER 1", "1 102 1 MAKER 2"]


def test_a_quote_without_the_side_does_not_end_the_taking() -> None:
    records: list[Record] = [quote(0, 100, 102, 9, 4), quote(2, 100, None, 9), trade(3, 101), quote(4, 100, 102, 9, 9)]
    assert fills(run(records, {0: [limit(BUY, 5, 102)]})) == ["1 102 4 TAKER 1", "1 102 1 TAKER 4"]


def test_a_resting_order_on_a_crossed_quote_looks_at_the_other_side_alone() -> None:
    records = [quote(0, 100, 104), quote(2, 106, 101)]
    assert fills(run(records, {0: [limit(BUY, 1, 102)]})) == ["1 102 1 MAKER 2"]


def test_an_order_on_its_way_at_midnight_has_the_next_day() -> None:
    midnight = 86_400_000
    records = [quote(midnight - 1, 100, 102), quote(midnight + 5, 100, 102), quote(midnight + 6, 90, 91)]
    result = run(records, {0: [limit(BUY, 1, 95, DAY)]})
    assert fills(result) == [f"1 95 1 MAKER {midnight + 6:g}"]


def test_a_trade_between_two_quotes_is_not_what_a_waiting_order_meets() -> None:
    records: list[Record] = [quote(0, 100, 102), trade(1, 90), quote(2, 100, 102)]
    assert fills(run(records, {0: [market(BUY, 1)]}, INSTANT)) == ["1 102 1 TAKER 2"]


def test_bars_of_one_close_are_seen_one_by_one_or_after_each_other() -> None:
    def bar_of(instrument: int, minute: int, low: int) -> Bar:
        return Bar(instrument, minute * MINUTE, (minute + 1) * MINUTE, 100, 100, low, 99)

    records = [bar_of(0, 0, 99), bar_of(1, 0, 99), bar_of(0, 1, 95), bar_of(1, 1, 99)]
    script = {0: [stop(BUY, 1, 98)], 1: [stop(SELL, 1, 96)]}
    at_record = run(records, script, FREE, instruments=2)
    on_time = run(records, script, replace(FREE, seen="on_time"), instruments=2)
    # The sell stop fills inside the second bar of instrument 0 at 96 and is seen at its close; the other instrument's
    # bar of the same close comes in the order of records before (at_record) or after (on_time) that moment.
    assert fills(at_record) == fills(on_time)
    assert at_record.equity == on_time.equity
    assert at_record.equity_curve[3] != on_time.equity_curve[3]
