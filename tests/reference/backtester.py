"""The reference backtester: one happening at a time, in time order.

`run_reference(records, instruments, config, script)` runs a script (commands by the index of the record on
which they are decided) or any object with the callbacks of `Strategy`. The rules are those of
``docs/simulation.md``; the steps named here are the steps of its "Sequence at one record".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from .book import finest_data
from .ledger import Ledger
from .risk import refusal, refusal_of_change
from .strategy import Context, ScriptedStrategy, Strategy
from .venue import Venue, first_midnight_after
from .vocabulary import (
    CLOSED,
    RANK_OF_RECORD,
    Bar,
    Cancel,
    Command,
    Config,
    Fill,
    Instrument,
    Order,
    Quote,
    Record,
    ReferenceResult,
    Report,
    ReportKind,
    Script,
    Status,
    Submit,
    Tick,
    TimeInForce,
    Trade,
)


class Rank(IntEnum):
    """What comes first at one and the same time."""

    EXPIRY = 0
    ARRIVAL = 1
    REPORT = 2
    TIMER = 3
    SIGHT = 4


@dataclass(frozen=True)
class Due:
    """Something that will happen."""

    time: int
    rank: Rank
    then_by: int
    number: int
    happen: Callable[[], None]


class Backtester:
    """One run."""

    def __init__(
        self, records: Sequence[Record], instruments: Sequence[Instrument], config: Config, strategy: Strategy
    ) -> None:
        # Python's sort is stable: equal times of one kind stay in the order of the inputs and rows.
        self.records = sorted(records, key=lambda record: (record.ts_event, RANK_OF_RECORD[type(record)]))
        self.instruments = list(instruments)
        self.config = config
        self.strategy = strategy
        self.context = Context(self)
        self.ledger = Ledger(self.instruments, config.initial_capital)
        finest = finest_data(self.records, len(self.instruments))
        self.venue = Venue(self.instruments, config, finest, self.venue_reports)
        self.orders: dict[int, Order] = {}  # as the strategy knows them
        self.agenda: list[Due] = []
        self.asked: list[tuple[Command, int]] = []
        self.clock = self.records[0].ts_event if self.records else 0
        self.known = 0  # while a bar is met: when it is known
        self.scheduled = 0
        self.result = ReferenceResult()

    # --- the run --------------------------------------------------------------------------------------

    def run(self) -> ReferenceResult:
        """All records, then the reports still under way."""
        self.call(lambda: self.strategy.on_start(self.context))
        for index, record in enumerate(self.records):
            self.one_record(index, record)
        while due := self.next_due({Rank.REPORT, Rank.SIGHT}, until=None):
            self.let_happen(due)
        self.call(lambda: self.strategy.on_stop(self.context))
        return self.finish()

    def one_record(self, index: int, record: Record) -> None:
        """The sequence at one record."""
        while due := self.next_due(set(Rank), until=record.ts_event):  # step 1
            self.let_happen(due)
        self.known = record.ts_close if isinstance(record, Bar) else 0
        self.venue.record_arrives(index, record)  # steps 2 to 5
        self.known = 0
        self.move_mark(record)  # step 6
        self.result.equity_curve.append(self.ledger.mark_equity())
        ts_recv = self.sight_of(record)  # step 7
        if self.config.seen == "on_time":
            self.schedule(ts_recv, Rank.SIGHT, lambda: self.strategy.on_event(index, record, self.context))
            return
        while due := self.next_due({Rank.REPORT}, until=ts_recv):
            self.let_happen(due)
        self.clock = max(self.clock, ts_recv)
        self.call(lambda: self.strategy.on_event(index, record, self.context))

    def sight_of(self, record: Record) -> int:
        """When the strategy sees a record: the data's own time, else the feed latency after it is known."""
        if record.ts_recv is not None:
            return record.ts_recv
        known = record.ts_close if isinstance(record, Bar) else record.ts_event
        return known + self.config.feed_latency

    def move_mark(self, record: Record) -> None:
        """Step 6: the mid, the last trade or the close, whichever the instrument trades on."""
        finest = self.venue.finest[record.instrument]
        if isinstance(record, (Quote, Tick)):
            if record.bid is not None and record.ask is not None:
                self.ledger.marks[record.instrument] = record.bid + record.ask
        elif isinstance(record, Trade) and finest == "trades":
            self.ledger.marks[record.instrument] = 2 * record.px
        elif isinstance(record, Bar) and finest == "bars":
            self.ledger.marks[record.instrument] = 2 * record.close

    def finish(self) -> ReferenceResult:
        """Everything that a comparison looks at."""
        result = self.result
        result.orders = [self.orders[order_id] for order_id in sorted(self.orders)]
        result.fills = self.ledger.fills
        result.trades = self.ledger.trips
        result.cash = self.ledger.cash
        result.equity = self.ledger.equity()
        result.max_drawdown = self.ledger.max_drawdown
        result.ambiguous_bars = self.venue.ambiguous_bars
        result.limits_touched_not_filled = self.venue.limits_touched_not_filled
        result.crossed = self.venue.crossed
        return result

    # --- the agenda -----------------------------------------------------------------------------------

    def schedule(self, time: int, rank: Rank, happen: Callable[[], None], then_by: int = 0) -> None:
        """Something will happen; all else equal, first asked is first served."""
        self.scheduled += 1
        self.agenda.append(Due(time, rank, then_by, self.scheduled, happen))

    def next_due(self, ranks: set[Rank], until: int | None) -> Due | None:
        """Take the earliest happening of some ranks off the agenda."""
        ready = [due for due in self.agenda if due.rank in ranks and (until is None or due.time <= until)]
        if not ready:
            return None
        first = min(ready, key=lambda due: (due.time, due.rank, due.then_by, due.number))
        self.agenda.remove(first)
        return first

    def let_happen(self, due: Due) -> None:
        """Carry out a happening; what the strategy sees moves its clock, which never runs backwards."""
        if due.rank in (Rank.EXPIRY, Rank.ARRIVAL):
            due.happen()
            return
        self.clock = max(self.clock, due.time)
        self.call(due.happen)

    # --- the strategy's side --------------------------------------------------------------------------

    def call(self, callback: Callable[[], None]) -> None:
        """Call the strategy, carry out what it asked for, and let it see what was refused."""
        callback()
        while self.asked:
            refusals = [report for asked in self.take_asked() if (report := self.carry_out(*asked)) is not None]
            for report in refusals:
                self.see(report)

    def ask(self, command: Command) -> int:
        """Note a command; a new order gets its id at once."""
        if isinstance(command, Submit):
            order_id = len(self.orders) + 1
            self.orders[order_id] = Order(
                id=order_id,
                instrument=command.instrument,
                side=command.side,
                qty=command.qty,
                order_type=command.order_type,
                time_in_force=command.time_in_force,
                limit=command.limit,
                stop=command.stop,
                ts_submitted=self.clock,
                status=Status.PENDING,
            )
        else:
            order_id = command.order_id
        self.asked.append((command, order_id))
        return order_id

    def take_asked(self) -> list[tuple[Command, int]]:
        """The commands noted so far."""
        asked, self.asked = self.asked, []
        return asked

    def carry_out(self, command: Command, order_id: int) -> Report | None:
        """Check a command and send it on its way, or refuse it."""
        config, now = self.config, self.clock
        if isinstance(command, Submit):
            order = self.orders[order_id]
            code = refusal(order, self.sent_besides(order_id), self.ledger, self.instruments, config)
            if code is not None:
                return Report(order_id, ReportKind.REJECTED, now, now, closes=True, code=code)
            order.status = Status.SUBMITTED
            copy = replace(order)
            arrival = now + config.entry_latency
            self.schedule(arrival, Rank.ARRIVAL, lambda: self.order_arrives(copy, arrival))
            return None
        known = self.orders.get(order_id)
        if known is None or known.status in CLOSED or known.status is Status.PENDING:
            return Report(order_id, ReportKind.CHANGE_REJECTED, now, now, code=1004)
        if isinstance(command, Cancel):
            latency = config.entry_latency if config.cancel_latency is None else config.cancel_latency
            self.schedule(now + latency, Rank.ARRIVAL, lambda: self.venue.cancel_arrives(order_id, now + latency))
            return None
        others = self.sent_besides(order_id)
        code = refusal_of_change(known, command, others, self.ledger, self.instruments, config)
        if code is not None:
            return Report(order_id, ReportKind.CHANGE_REJECTED, now, now, code=code)
        arrival = now + config.entry_latency
        self.schedule(arrival, Rank.ARRIVAL, lambda: self.venue.replace_arrives(command, arrival))
        return None

    def sent_besides(self, order_id: int) -> list[Order]:
        """The other orders that have passed the checks."""
        return [o for o in self.orders.values() if o.id != order_id and o.status is not Status.PENDING]

    def order_arrives(self, order: Order, now: int) -> None:
        """An order reaches the venue; a DAY order gets its midnight."""
        if order.time_in_force is TimeInForce.DAY:
            midnight = first_midnight_after(now)
            self.schedule(midnight, Rank.EXPIRY, lambda: self.venue.day_ends(order.id, midnight))
        self.venue.order_arrives(order, now)

    def venue_reports(self, report: Report) -> None:
        """A report is on its way; what a bar did is not known before the bar is."""
        seen = max(report.ts_recv, self.known)
        self.schedule(seen, Rank.REPORT, lambda: self.see(report), then_by=report.ts_recv)

    def set_timer(self, at: int) -> None:
        """The strategy wants to be called at a time."""
        self.schedule(at, Rank.TIMER, lambda: self.strategy.on_timer(self.context))

    def see(self, report: Report) -> None:
        """The strategy learns of a report: its order and the ledger move now."""
        self.result.reports.append(report)
        order = self.orders.get(report.order_id)
        if order is None:
            return  # a change of an order that never was
        if report.kind is ReportKind.FILLED:
            order.filled += report.qty
            self.ledger.book(
                Fill(
                    order_id=order.id,
                    instrument=order.instrument,
                    side=order.side,
                    px=report.px,
                    qty=report.qty,
                    fee=report.fee,
                    liquidity=report.liquidity,
                    ts_event=report.ts_event,
                    ts_recv=report.ts_recv,
                )
            )
        if report.change is not None:
            order.apply(report.change)
        if report.closes:
            order.status = STATUS_AFTER[report.kind]
            order.reject = report.code
            order.ts_closed = report.ts_event
        elif report.kind is ReportKind.FILLED and order.status not in CLOSED:
            order.status = Status.PARTIALLY_FILLED
        self.strategy.on_report(report, order, self.context)


STATUS_AFTER: Mapping[ReportKind, Status] = {
    ReportKind.FILLED: Status.FILLED,
    ReportKind.CANCELLED: Status.CANCELLED,
    ReportKind.EXPIRED: Status.EXPIRED,
    ReportKind.REJECTED: Status.REJECTED,
}


def run_reference(
    records: Sequence[Record],
    instruments: Sequence[Instrument],
    config: Config,
    script: Script | Strategy,
) -> ReferenceResult:
    """Run a script, or a strategy, over records.

    Parameters
    ----------
    records
        In the order of the inputs and rows; sorted here by time and kind.
    instruments
        What `Record.instrument` counts.
    config
        Latencies, costs, limits, fill model.
    script
        Commands by the index of the (sorted) record they are decided on, or a `Strategy`.
    """
    strategy = ScriptedStrategy(script) if isinstance(script, Mapping) else script
    return Backtester(records, instruments, config, strategy).run()
