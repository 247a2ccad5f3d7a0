"""The simulated venue: which order fills when, where and how much. One record at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .book import Book
from .money import commission, slipped
from .risk import STOP_TYPES
from .vocabulary import (
    Bar,
    Config,
    Instrument,
    Order,
    Quote,
    Record,
    Replace,
    Report,
    ReportKind,
    Side,
    Tick,
    TimeInForce,
    Trade,
)

NS_PER_DAY = 86_400_000_000_000


class Stage(Enum):
    """Where an order is in its life at the venue."""

    WAITING = "arrived, has not met the market yet"
    STOP = "has met the market, its stop is not reached"
    TAKING = "took all that was displayed, goes on with the next quote"
    RESTING = "a limit order in the book"
    DONE = "nothing more can happen"


@dataclass
class VenueOrder:
    """An order at the venue."""

    order: Order
    arrived: int
    stage: Stage = Stage.WAITING
    triggered: bool = False
    rests_from: int = 0  # the first record that may fill it passively


@dataclass(frozen=True)
class Moment:
    """When something happens at the venue, and when the strategy sees it."""

    ts_event: int
    ts_recv: int


class Venue:
    """All orders and all standing quotes."""

    def __init__(
        self, instruments: list[Instrument], config: Config, finest: list[str], send: Callable[[Report], None]
    ) -> None:
        self.instruments = instruments
        self.config = config
        self.finest = finest
        self.send = send
        self.books = [Book() for _ in instruments]
        self.orders: dict[int, VenueOrder] = {}
        self.record_index = -1  # of the record that is met, or was met last
        self.stopped_sides: set[Side] = set()  # sides on which a stop filled in this bar
        self.crossed = 0
        self.ambiguous_bars = 0
        self.limits_touched_not_filled = 0

    # --- what reaches the venue between records -------------------------------------------------------

    def order_arrives(self, order: Order, now: int) -> None:
        """A new order is here."""
        venue_order = self.orders[order.id] = VenueOrder(order, arrived=now)
        self.report(order, ReportKind.ACCEPTED, self.moment(now))
        self.meet_standing_quote(venue_order)

    def cancel_arrives(self, order_id: int, now: int) -> None:
        """A cancel is here: too late if the order is done, unknown if the order is not here yet."""
        venue_order = self.orders.get(order_id)
        if venue_order is None:
            self.refuse_change(order_id, 1004, now)
        elif venue_order.stage is Stage.DONE:
            self.refuse_change(order_id, 3001, now)
        else:
            self.close(venue_order, ReportKind.CANCELLED, self.moment(now))

    def replace_arrives(self, change: Replace, now: int) -> None:
        """A replace is here; the order counts as newly arrived with what is left."""
        venue_order = self.orders.get(change.order_id)
        if venue_order is None:
            self.refuse_change(change.order_id, 1004, now)
            return
        if venue_order.stage is Stage.DONE:
            self.refuse_change(change.order_id, 3001, now)
            return
        order = venue_order.order
        order.apply(change)
        self.report(order, ReportKind.REPLACED, self.moment(now), change=change)
        if order.leaves <= 0:
            self.close(venue_order, ReportKind.CANCELLED, self.moment(now))
            return
        venue_order.arrived = now
        venue_order.stage = Stage.WAITING
        self.meet_standing_quote(venue_order)

    def day_ends(self, order_id: int, now: int) -> None:
        """The midnight of a DAY order."""
        venue_order = self.orders[order_id]
        if venue_order.stage is not Stage.DONE:
            self.close(venue_order, ReportKind.EXPIRED, self.moment(now))

    def meet_standing_quote(self, venue_order: VenueOrder) -> None:
        """With a latency above zero on quotes an order meets the quote standing at its arrival."""
        instrument = venue_order.order.instrument
        offer = self.books[instrument].offer(venue_order.order.side)
        if self.config.entry_latency > 0 and self.finest[instrument] == "quotes" and offer is not None:
            self.meet(venue_order, offer, self.moment(venue_order.arrived))

    # --- one record -----------------------------------------------------------------------------------

    def record_arrives(self, index: int, record: Record) -> None:
        """Steps 2 to 5 of the document's sequence at one record."""
        self.record_index = index
        self.stopped_sides = set()
        if isinstance(record, (Quote, Tick)):  # step 2
            self.books[record.instrument] = Book(record.bid, record.ask, record.bid_qty, record.ask_qty)
            if record.bid is not None and record.ask is not None and record.bid > record.ask:
                self.crossed += 1
        finest = self.finest[record.instrument]
        if finest == "quotes" and isinstance(record, Bar):
            return
        if finest == "trades" and not isinstance(record, Trade):
            return
        if not (finest == "quotes" and isinstance(record, Trade)):
            self.meet_waiting_and_taking(record)  # step 3
            self.meet_stops(record)  # step 4
        self.meet_resting(record)  # step 5

    def meet_waiting_and_taking(self, record: Record) -> None:
        """Step 3: orders that wait for a record, and those still taking."""
        for venue_order in self.working(record.instrument, Stage.WAITING, Stage.TAKING):
            offer = self.offer(record, venue_order.order.side)
            if offer is None:
                continue
            moment = self.moment_at_offer(venue_order, record)
            if venue_order.stage is Stage.WAITING:
                self.meet(venue_order, offer, moment)
            else:
                self.take(venue_order, offer, moment, rests_from=self.record_index)

    def meet_stops(self, record: Record) -> None:
        """Step 4: a bar reaches a stop at its open, or inside at the stop price."""
        for venue_order in self.working(record.instrument, Stage.STOP):
            order = venue_order.order
            offer = self.offer(record, order.side)
            if offer is None or order.stop is None:
                continue
            if reached(order, offer):
                self.trigger(venue_order, offer, self.moment_at_offer(venue_order, record))
            elif isinstance(record, Bar) and reached(order, record.high if order.side is Side.BUY else record.low):
                self.trigger(venue_order, order.stop, Moment(record.ts_close, record.ts_close))

    def meet_resting(self, record: Record) -> None:
        """Step 5: resting limit orders, at their own price."""
        ambiguous = False
        for venue_order in self.working(record.instrument, Stage.RESTING):
            order = venue_order.order
            if venue_order.rests_from > self.record_index or order.limit is None:
                continue
            if isinstance(record, Bar):
                extreme = record.low if order.side is Side.BUY else record.high
                if self.fills_at(order, extreme):
                    if order.side in self.stopped_sides:
                        ambiguous = True
                    else:
                        inside = Moment(record.ts_close, record.ts_close)
                        self.fill(venue_order, order.limit, order.leaves, "MAKER", inside)
                elif extreme == order.limit:
                    self.limits_touched_not_filled += 1
            if isinstance(record, (Quote, Tick)):
                book = self.books[record.instrument]
                across = book.ask if order.side is Side.BUY else book.bid
                if across is not None and self.fills_at(order, across):
                    qty = self.available(order)
                    if qty > 0:
                        book.use(order.side, qty)
                        self.fill(venue_order, order.limit, qty, "MAKER", self.moment(record.ts_event))
            if isinstance(record, (Trade, Tick)) and order.leaves > 0 and self.fills_at(order, record.px):
                self.fill(venue_order, order.limit, order.leaves, "MAKER", self.moment(record.ts_event))
        self.ambiguous_bars += ambiguous

    # --- one order meets a price ----------------------------------------------------------------------

    def meet(self, venue_order: VenueOrder, offer: int, moment: Moment) -> None:
        """An order's first meeting with the market after its arrival."""
        order = venue_order.order
        if order.order_type not in STOP_TYPES or venue_order.triggered:
            # What meets a bar's open has the rest of that bar before it.
            wait = 0 if self.finest[order.instrument] == "bars" else 1
            self.take(venue_order, offer, moment, rests_from=self.record_index + wait)
        elif reached(order, offer):
            self.trigger(venue_order, offer, moment)
        else:
            venue_order.stage = Stage.STOP

    def trigger(self, venue_order: VenueOrder, offer: int, moment: Moment) -> None:
        """The stop is reached: from here on it is a market or a limit order."""
        venue_order.triggered = True
        self.report(venue_order.order, ReportKind.TRIGGERED, moment)
        before = venue_order.order.filled
        self.take(venue_order, offer, moment, rests_from=self.record_index + 1)
        if venue_order.order.filled > before:
            self.stopped_sides.add(venue_order.order.side)

    def take(self, venue_order: VenueOrder, offer: int, moment: Moment, rests_from: int) -> None:
        """Take what is on offer, bounded by the displayed size; the rest goes by type and time in force."""
        order = venue_order.order
        marketable = order.limit is None or order.side * (order.limit - offer) >= 0
        qty = self.available(order) if marketable else 0
        if order.time_in_force is TimeInForce.FOK and qty < order.leaves:
            self.close(venue_order, ReportKind.CANCELLED, moment, code=3002)
            return
        if qty > 0:
            self.books[order.instrument].use(order.side, qty)
            px = slipped(offer, order.side, self.config.slippage_pct, order.limit)
            self.fill(venue_order, px, qty, "TAKER", moment)
        if venue_order.stage is Stage.DONE:
            return
        if order.time_in_force is TimeInForce.IOC:
            self.close(venue_order, ReportKind.CANCELLED, moment)
        elif marketable:
            venue_order.stage = Stage.TAKING
        else:
            venue_order.stage = Stage.RESTING
            venue_order.rests_from = rests_from

    def fill(self, venue_order: VenueOrder, px: int, qty: int, liquidity: str, moment: Moment) -> None:
        """A fill at the venue."""
        order = venue_order.order
        order.filled += qty
        if order.leaves == 0:
            venue_order.stage = Stage.DONE
        pct = self.config.maker_commission_pct if liquidity == "MAKER" else self.config.taker_commission_pct
        fee = commission(self.instruments[order.instrument], px, qty, pct)
        self.send(
            Report(
                order_id=order.id,
                kind=ReportKind.FILLED,
                ts_event=moment.ts_event,
                ts_recv=moment.ts_recv,
                closes=venue_order.stage is Stage.DONE,
                px=px,
                qty=qty,
                fee=fee,
                liquidity=liquidity,
            )
        )

    # --- small questions ------------------------------------------------------------------------------

    def working(self, instrument: int, *stages: Stage) -> list[VenueOrder]:
        """Orders of an instrument in a stage, in order of id."""
        found = [o for o in self.orders.values() if o.order.instrument == instrument and o.stage in stages]
        return sorted(found, key=lambda venue_order: venue_order.order.id)

    def offer(self, record: Record, side: Side) -> int | None:
        """The price that a taker meets at a record: the quote, the trade, or the bar's open."""
        if isinstance(record, Bar):
            return record.open
        if isinstance(record, Trade):
            return record.px
        return self.books[record.instrument].offer(side)

    def available(self, order: Order) -> int:
        """How much of an order the displayed size lets through."""
        left = self.books[order.instrument].left(order.side)
        return order.leaves if left is None else min(order.leaves, left)

    def fills_at(self, order: Order, px: int) -> bool:
        """Whether a resting limit order fills when the market is at a price."""
        if order.limit is None:
            return False
        beyond = order.side * (order.limit - px)
        return beyond >= 0 if self.config.fill_model == "touch" else beyond > 0

    def moment(self, now: int) -> Moment:
        """Now at the venue, a response latency later at the strategy."""
        return Moment(now, now + self.config.response_latency)

    def moment_at_offer(self, venue_order: VenueOrder, record: Record) -> Moment:
        """When an order meets the offer of a record: a bar's open lies back, but not before the arrival."""
        if isinstance(record, Bar):
            return self.moment(max(venue_order.arrived, record.ts_open))
        return self.moment(record.ts_event)

    def close(self, venue_order: VenueOrder, kind: ReportKind, moment: Moment, code: int | None = None) -> None:
        """Nothing more can happen to an order."""
        venue_order.stage = Stage.DONE
        self.report(venue_order.order, kind, moment, closes=True, code=code)

    def refuse_change(self, order_id: int, code: int, now: int) -> None:
        """A cancel or replace changes nothing."""
        moment = self.moment(now)
        self.send(Report(order_id, ReportKind.CHANGE_REJECTED, moment.ts_event, moment.ts_recv, code=code))

    def report(
        self,
        order: Order,
        kind: ReportKind,
        moment: Moment,
        closes: bool = False,
        code: int | None = None,
        change: Replace | None = None,
    ) -> None:
        """Tell the strategy, a response latency away."""
        self.send(Report(order.id, kind, moment.ts_event, moment.ts_recv, closes, code=code, change=change))


def reached(order: Order, px: int) -> bool:
    """Whether a price is at or beyond an order's stop."""
    return order.stop is not None and order.side * (px - order.stop) >= 0


def first_midnight_after(ts: int) -> int:
    """The first UTC midnight after a time."""
    return (ts // NS_PER_DAY + 1) * NS_PER_DAY
