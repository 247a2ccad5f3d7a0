use super::venue::Desk;
use crate::event::{Bar, Basis, Event, Quote, Record, Trade};
use crate::order::{Liquidity, NewOrder, OrderType, Reject, ReportKind, TimeInForce};
use crate::types::{MaybePx, MaybeQty, OrderId, Px, Qty, Side, Ts};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Arrived; meets the next record.
    Waiting,
    /// Took what was displayed and goes on taking.
    Taking,
    /// In the book.
    Resting,
    /// Came to rest at this very record, which therefore cannot fill it any more.
    FreshlyResting,
    /// Waits for its stop.
    Stop,
}

/// An order at the venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Working {
    pub(super) order: NewOrder,
    pub(super) leaves: i64,
    pub(super) arrived: Ts,
    /// The worst price at which it may fill, where it has no limit that says so.
    pub(super) worst: MaybePx,
    state: State,
}

impl Working {
    pub(super) const fn new(order: NewOrder, leaves: i64, arrived: Ts) -> Self {
        Self { order, leaves, arrived, worst: MaybePx::NONE, state: State::Waiting }
    }

    /// An order that worked here before: a limit rests, and a stop waits again.
    pub(super) const fn adopted(order: NewOrder, leaves: i64, arrived: Ts) -> Self {
        let state = match (order.stop, order.limit) {
            (Some(_), _) => State::Stop,
            (None, Some(_)) => State::Resting,
            (None, None) => State::Taking,
        };
        Self { order, leaves, arrived, worst: MaybePx::NONE, state }
    }

    fn wants_to_take(&self) -> bool {
        matches!(self.state, State::Waiting | State::Taking)
    }

    /// A resting order fills at its own price.
    fn give(&mut self, limit: Px, qty: i64, ts: Ts, desk: &mut Desk) {
        if qty > 0 {
            self.leaves -= qty;
            desk.filled(&self.order, limit, Qty(qty), Liquidity::Maker, ts, None);
        }
    }
}

/// When something happens and when it is seen.
#[derive(Clone, Copy)]
struct Moment {
    ts_event: Ts,
    /// `None`: one response latency later.
    ts_recv: Option<Ts>,
}

impl Moment {
    const fn at(ts_event: Ts) -> Self {
        Self { ts_event, ts_recv: None }
    }
}

/// One instrument at the simulated venue: its standing market and the orders working in it.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) basis: Basis,
    bid: MaybePx,
    ask: MaybePx,
    /// The last trade or close, where there are no quotes.
    last: MaybePx,
    /// Displayed size not yet used up by our own orders; `i64::MAX` if the data has none.
    bid_left: i64,
    ask_left: i64,
    /// In order of id.
    orders: Vec<Working>,
}

#[inline(always)]
fn displayed(size: MaybeQty) -> i64 {
    size.get().map_or(i64::MAX, |qty| qty.0)
}

/// Whether `px` is at or beyond `level` for a side: at or above for a buy.
fn reaches(side: Side, px: Px, level: Px) -> bool {
    (px.0 - level.0) * side.sign() >= 0
}

impl Market {
    pub(super) fn new(basis: Basis) -> Self {
        let (bid, ask) = (MaybePx::NONE, MaybePx::NONE);
        let last = MaybePx::NONE;
        Self { basis, bid, ask, last, bid_left: i64::MAX, ask_left: i64::MAX, orders: Vec::with_capacity(16) }
    }

    /// Whether no order works in it.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// A market order takes all it wants from the standing quote, alone in this market; gives the price. `None`: it
    /// cannot, and the market is as it was.
    #[inline]
    pub(super) fn take_whole(&mut self, order: &NewOrder) -> Option<Px> {
        let px = self.offered(order.side)?;
        let alone = self.basis == Basis::Quotes && self.orders.is_empty();
        let left = self.left(order.side);
        if !alone || order.qty.0 > *left {
            return None;
        }
        *left -= if *left == i64::MAX { 0 } else { order.qty.0 };
        Some(px)
    }

    pub(super) fn find(&self, id: OrderId) -> Option<usize> {
        self.orders.binary_search_by_key(&id, |working| working.order.id).ok()
    }

    pub(super) fn remove(&mut self, id: OrderId) -> Option<Working> {
        self.find(id).map(|place| self.orders.remove(place))
    }

    /// An order arrives: it meets the standing quote, or waits for the next record.
    pub(super) fn arrive(&mut self, mut working: Working, meets_standing: bool, desk: &mut Desk) {
        let side = working.order.side;
        let offer = match self.basis {
            Basis::Quotes if meets_standing || desk.at_last => self.offered(side),
            _ if desk.at_last => self.last.get(),
            _ => None,
        };
        let ts = working.arrived;
        let stays = match offer {
            Some(px) => self.meet(&mut working, px, Moment::at(ts), State::Resting, desk),
            None => true,
        };
        if stays {
            self.insert(working);
        }
    }

    pub(super) fn insert(&mut self, working: Working) {
        let place = self.orders.partition_point(|other| other.order.id < working.order.id);
        self.orders.insert(place, working);
    }

    /// What a taker of this side would pay or get: the worse of both sides on a crossed quote.
    fn offered(&self, side: Side) -> Option<Px> {
        let (near, far) = (self.bid.get(), self.ask.get());
        match side {
            Side::Buy => far.map(|ask| near.map_or(ask, |bid| bid.max(ask))),
            Side::Sell => near.map(|bid| far.map_or(bid, |ask| ask.min(bid))),
        }
    }

    #[inline(always)]
    pub(super) fn observe(&mut self, event: &Event, desk: &mut Desk) {
        match (&event.record, self.basis) {
            (Record::Quote(quote), _) => {
                self.stand(quote, desk.models.bounded_by_size);
                if !self.orders.is_empty() {
                    self.match_quote(None, event.ts_event, desk);
                }
            }
            (Record::Tick(quote, trade), _) => {
                self.stand(quote, desk.models.bounded_by_size);
                if !self.orders.is_empty() {
                    self.match_quote(Some(*trade), event.ts_event, desk);
                }
            }
            (Record::Trade(trade), Basis::Quotes) => {
                if !self.orders.is_empty() {
                    self.fill_resting(None, Some(trade), event.ts_event, desk);
                }
            }
            (Record::Trade(trade), _) => {
                self.last = trade.px.into();
                if !self.orders.is_empty() {
                    self.match_trade(trade, event.ts_event, desk);
                }
            }
            (Record::Bar(bar), Basis::Bars) => {
                self.last = bar.close.into();
                if !self.orders.is_empty() {
                    self.match_bar(bar, desk);
                }
            }
            (Record::Bar(_), _) => {}
        }
    }

    #[inline(always)]
    fn stand(&mut self, quote: &Quote, bounded: bool) {
        self.bid = quote.bid;
        self.ask = quote.ask;
        if bounded {
            self.bid_left = displayed(quote.bid_qty);
            self.ask_left = displayed(quote.ask_qty);
        }
    }

    #[cold]
    #[inline(never)]
    fn match_quote(&mut self, trade: Option<Trade>, ts: Ts, desk: &mut Desk) {
        let moment = Moment::at(ts);
        self.each(|market, working| {
            if !working.wants_to_take() {
                return true;
            }
            match market.offered(working.order.side) {
                Some(px) => market.meet(working, px, moment, State::FreshlyResting, desk),
                None => true,
            }
        });
        self.each(|market, working| {
            if working.state != State::Stop {
                return true;
            }
            match (market.offered(working.order.side), working.order.stop) {
                (Some(px), Some(stop)) if reaches(working.order.side, px, stop) => {
                    market.trigger(working, px, moment, State::FreshlyResting, desk)
                }
                _ => true,
            }
        });
        self.fill_resting(Some(()), trade.as_ref(), ts, desk);
    }

    /// Fills resting limit orders against the standing quote, if it is new, and a trade, if there is one.
    #[cold]
    #[inline(never)]
    fn fill_resting(&mut self, quote: Option<()>, trade: Option<&Trade>, ts: Ts, desk: &mut Desk) {
        self.each(|market, working| {
            if working.state == State::FreshlyResting {
                working.state = State::Resting;
                return true;
            }
            let (State::Resting, Some(limit)) = (working.state, working.order.limit) else {
                return true;
            };
            let side = working.order.side;
            let opposite = if side == Side::Buy { market.ask } else { market.bid };
            // First against the quote, bounded by its size; what is left against the trade.
            if quote.and(opposite.get()).is_some_and(|px| desk.models.fill.fills(side, limit, px)) {
                let left = market.left(side);
                let qty = working.leaves.min(*left);
                *left -= if *left == i64::MAX { 0 } else { qty };
                working.give(limit, qty, ts, desk);
            }
            if trade.is_some_and(|trade| desk.models.fill.fills(side, limit, trade.px)) {
                working.give(limit, working.leaves, ts, desk);
            }
            working.leaves > 0
        });
    }

    #[cold]
    #[inline(never)]
    fn match_trade(&mut self, trade: &Trade, ts: Ts, desk: &mut Desk) {
        let moment = Moment::at(ts);
        self.each(|market, working| {
            !working.wants_to_take() || market.meet(working, trade.px, moment, State::FreshlyResting, desk)
        });
        self.each(|market, working| match working.order.stop {
            Some(stop) if working.state == State::Stop && reaches(working.order.side, trade.px, stop) => {
                market.trigger(working, trade.px, moment, State::FreshlyResting, desk)
            }
            _ => true,
        });
        self.fill_resting(None, Some(trade), ts, desk);
    }

    #[cold]
    #[inline(never)]
    fn match_bar(&mut self, bar: &Bar, desk: &mut Desk) {
        // What meets the open: orders waiting for this bar, then stops that the bar opens beyond.
        // A limit order that does not take at the open rests for the remainder of this same bar.
        let mut stopped = [false; 2];
        let side_index = |side: Side| usize::from(side == Side::Sell);
        self.each(|market, working| {
            if !working.wants_to_take() || working.arrived >= bar.ts_close {
                return true;
            }
            let (is_stop, leaves) = (working.order.stop.is_some(), working.leaves);
            let rest = if is_stop { State::FreshlyResting } else { State::Resting };
            let stays = market.meet(working, bar.open, Moment::at(working.arrived.max(bar.ts_open)), rest, desk);
            stopped[side_index(working.order.side)] |= is_stop && working.leaves < leaves;
            stays
        });
        self.each(|market, working| {
            let (State::Stop, Some(stop)) = (working.state, working.order.stop) else {
                return true;
            };
            let side = working.order.side;
            let (px, moment) = if reaches(side, bar.open, stop) {
                (bar.open, Moment::at(working.arrived.max(bar.ts_open)))
            } else if reaches(side, if side == Side::Buy { bar.high } else { bar.low }, stop) {
                (stop, Moment { ts_event: bar.ts_close, ts_recv: Some(bar.ts_close) })
            } else {
                return true;
            };
            let leaves = working.leaves;
            let stays = market.trigger(working, px, moment, State::FreshlyResting, desk);
            stopped[side_index(side)] |= working.leaves < leaves;
            stays
        });
        let inside = Moment { ts_event: bar.ts_close, ts_recv: Some(bar.ts_close) };
        let mut ambiguous = false;
        self.each(|_, working| {
            if working.state == State::FreshlyResting {
                working.state = State::Resting;
                return true;
            }
            let (State::Resting, Some(limit)) = (working.state, working.order.limit) else {
                return true;
            };
            let side = working.order.side;
            let extreme = if side == Side::Buy { bar.low } else { bar.high };
            if !desk.models.fill.fills(side, limit, extreme) {
                desk.counts.limits_touched_not_filled += u64::from(extreme == limit);
                return true;
            }
            if stopped[side_index(side)] {
                ambiguous = true;
                return true;
            }
            let qty = Qty(working.leaves);
            working.leaves = 0;
            desk.filled(&working.order, limit, qty, Liquidity::Maker, inside.ts_event, inside.ts_recv);
            false
        });
        desk.counts.ambiguous_bars += u64::from(ambiguous);
    }

    /// Visits every order in order of id and keeps those for which `visit` says so.
    fn each(&mut self, mut visit: impl FnMut(&mut Self, &mut Working) -> bool) {
        let mut orders = std::mem::take(&mut self.orders);
        orders.retain_mut(|working| visit(self, working));
        self.orders = orders;
    }

    /// An order meets the market at `px`; returns whether it stays.
    fn meet(&mut self, working: &mut Working, px: Px, moment: Moment, rest: State, desk: &mut Desk) -> bool {
        let order = &working.order;
        match (order.order_type, order.stop, order.limit) {
            (OrderType::Stop | OrderType::StopLimit, Some(stop), _) => {
                if reaches(order.side, px, stop) {
                    return self.trigger(working, px, moment, rest, desk);
                }
                working.state = State::Stop;
                true
            }
            (_, _, Some(limit)) if !reaches(order.side, limit, px) => match order.time_in_force {
                TimeInForce::Gtc | TimeInForce::Day => {
                    // What was taking is no newcomer: the trade of this same record may fill it.
                    working.state = if working.state == State::Taking { State::Resting } else { rest };
                    true
                }
                TimeInForce::Ioc => self.cancel_rest(working, None, moment, desk),
                TimeInForce::Fok => self.cancel_rest(working, Some(Reject::NotFilledWhole), moment, desk),
            },
            _ => self.take(working, px, moment, desk),
        }
    }

    /// A stop is reached: the order becomes a market or limit order and meets the market at `px`.
    fn trigger(&mut self, working: &mut Working, px: Px, moment: Moment, rest: State, desk: &mut Desk) -> bool {
        desk.report(working.order.id, ReportKind::Triggered, moment.ts_event, moment.ts_recv);
        working.order.order_type = if working.order.limit.is_some() { OrderType::Limit } else { OrderType::Market };
        working.order.stop = None;
        self.meet(working, px, moment, rest, desk)
    }

    fn take(&mut self, working: &mut Working, px: Px, moment: Moment, desk: &mut Desk) -> bool {
        let order = working.order;
        let worst = order.limit.or(working.worst.get());
        if working.worst.get().is_some_and(|worst| px != worst && reaches(order.side, px, worst)) {
            return self.cancel_rest(working, Some(Reject::Collar), moment, desk);
        }
        let left = self.left(order.side);
        if order.time_in_force == TimeInForce::Fok && *left < working.leaves {
            return self.cancel_rest(working, Some(Reject::NotFilledWhole), moment, desk);
        }
        let qty = working.leaves.min(*left);
        if qty > 0 {
            *left -= if *left == i64::MAX { 0 } else { qty };
            working.leaves -= qty;
            let slipped = desk.models.slippage.slip(px, order.side);
            let paid = match (worst, order.side) {
                (Some(limit), Side::Buy) => slipped.min(limit),
                (Some(limit), Side::Sell) => slipped.max(limit),
                (None, _) => slipped,
            };
            desk.filled(&order, paid, Qty(qty), Liquidity::Taker, moment.ts_event, moment.ts_recv);
        }
        if working.leaves == 0 {
            return false;
        }
        desk.counts.takes_bounded_by_size += 1;
        if order.time_in_force == TimeInForce::Ioc {
            return self.cancel_rest(working, None, moment, desk);
        }
        working.state = State::Taking;
        true
    }

    #[expect(clippy::unused_self, reason = "reads as the other endings of `meet`")]
    fn cancel_rest(&self, working: &Working, reason: Option<Reject>, moment: Moment, desk: &mut Desk) -> bool {
        desk.report(working.order.id, ReportKind::Cancelled(reason), moment.ts_event, moment.ts_recv);
        false
    }

    /// The displayed size that an order of this side can still take.
    fn left(&mut self, side: Side) -> &mut i64 {
        match side {
            Side::Buy => &mut self.ask_left,
            Side::Sell => &mut self.bid_left,
        }
    }
}
