//! The heart of backtest, paper and live: one event in, everything it causes done.
//!
//! Data flows one way: event -> venue (simulated ones match against it) -> mark -> strategy -> risk ->
//! venue -> reports -> ledger -> strategy. Clock, venue, randomness and probe are parameters.

use crate::error::Error;
use crate::event::{Basis, Block, Event, Record};
use crate::ledger::{ClosedTrade, Ledger};
use crate::order::{Command, Fill, Order, OrderStatus, Report, ReportKind};
use crate::risk::{Denied, Risk, RiskPolicy};
use crate::strategy::{Context, Request, Strategy};
use crate::types::{Instrument, Money, NEVER, OrderId, Qty, Ts};
use crate::venue::Venue;

mod at_once;
mod builder;
mod guard;
mod halt;
mod live;
mod local;
mod marks;
mod open;
mod stretch;

use builder::BarBuilder;
pub use live::EngineState;
use local::{Local, Timer};
use marks::Marks;
use open::OpenOrders;
pub(crate) use stretch::Rows;

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Orders decided.
    pub orders: u32,
    /// Fills seen.
    pub fills: u32,
    /// Orders, cancels and replaces refused by the risk check.
    pub refused: u32,
}

/// Watches an engine. Every method does nothing unless it is given.
pub trait Probe {
    /// Time is about to move to `ts`; `ledger` is as it was before.
    #[inline]
    fn on_time(&mut self, _ts: Ts, _ledger: &Ledger) {}
    /// Until when, exclusive, it is enough to be told of the last of several times in a row.
    #[inline]
    fn indifferent_until(&self) -> Ts {
        Ts::MIN
    }
    /// A fill was applied.
    fn on_fill(&mut self, _fill: &Fill, _ledger: &Ledger) {}
    /// A trade came to its end.
    fn on_trade(&mut self, _trade: &ClosedTrade) {}
    /// An order was refused by the risk check; next it is done.
    fn on_denied(&mut self, _order: &Order, _denied: &Denied) {}
    /// An order is done.
    fn on_order_closed(&mut self, _order: &Order) {}
}

/// The engine.
#[derive(Debug)]
pub struct Engine<V, S> {
    venue: V,
    strategy: S,
    instruments: Vec<Instrument>,
    basis: Vec<Basis>,
    risk: Risk,
    ledger: Ledger,
    open: OpenOrders,
    next_order: u64,
    commands: Vec<Command>,
    requests: Vec<Request>,
    local: Local,
    bars: BarBuilder,
    marks: Marks,
    now: Ts,
    /// Orders decided before this are refused.
    trading_from: Ts,
    /// The earliest time at which anything under way is due.
    due: Ts,
    audit: Audit,
    /// Since an emergency stop: the first order that was sent to flatten. Nothing else is sent any more.
    halted: Option<OrderId>,
    /// Since a breaker tripped that closes positions: the first order that was sent for it.
    flattening: Option<OrderId>,
    /// Since a breaker tripped: the orders that were cut for it and to what; to nothing if cancelled.
    withdrawn: Vec<(OrderId, Qty)>,
    /// When it is seen that a breaker has tripped; [`NEVER`] if none has, or it was seen.
    trips_at: Ts,
}

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// An engine with an account of `capital`. `basis` says what marks each instrument; `feed_latency` is
    /// only needed to know when bars built from ticks are complete.
    pub fn new(
        instruments: Vec<Instrument>,
        basis: Vec<Basis>,
        venue: V,
        strategy: S,
        risk: RiskPolicy,
        capital: Money,
        feed_latency: i64,
    ) -> Self {
        let mut venue = venue;
        if !S::WATCHES_ORDERS {
            venue.mute_acknowledgements();
        }
        Self {
            ledger: Ledger::new(&instruments, capital),
            open: OpenOrders::new(instruments.len()),
            bars: BarBuilder::new(basis.clone(), feed_latency),
            basis,
            venue,
            strategy,
            risk: Risk::new(risk, &instruments, capital),
            instruments,
            next_order: 0,
            commands: Vec::with_capacity(16),
            requests: Vec::new(),
            marks: Marks::default(),
            local: Local { last_seen: Ts::MIN, ..Local::default() },
            now: Ts::MIN,
            trading_from: Ts::MIN,
            due: NEVER,
            audit: Audit::default(),
            halted: None,
            flattening: None,
            withdrawn: Vec::new(),
            trips_at: NEVER,
        }
    }

    /// Until `start` the strategy only warms up: its orders are refused.
    pub const fn warm_up_until(&mut self, start: Ts) {
        self.trading_from = start;
    }

    /// The account.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The guard of the account.
    pub const fn risk(&self) -> &Risk {
        &self.risk
    }

    /// The venue.
    pub const fn venue(&self) -> &V {
        &self.venue
    }

    /// The strategy.
    pub const fn strategy(&self) -> &S {
        &self.strategy
    }

    /// The strategy, to ask it why it failed.
    pub const fn strategy_mut(&mut self) -> &mut S {
        &mut self.strategy
    }

    /// Shows the strategy a block of rows before its events.
    ///
    /// # Errors
    /// What the strategy returns.
    pub fn prepare(&mut self, input: usize, block: &mut Block) -> Result<(), Error> {
        self.strategy.prepare(input, block, &self.instruments)
    }

    /// The instruments.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// The local time.
    pub const fn now(&self) -> Ts {
        self.now
    }

    /// Orders still open, in order of id.
    pub fn open_orders(&self) -> Vec<Order> {
        self.open.sorted()
    }

    /// Starts the strategy at local time `now`.
    ///
    /// # Errors
    /// What the strategy returns.
    pub fn start(&mut self, now: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        self.now = now;
        self.call(probe, |strategy, context| strategy.on_start(context))
    }

    /// One event, and everything that was due before it.
    ///
    /// # Errors
    /// What the strategy returns, or `EngineError` if an amount leaves the range of the ledger.
    #[inline(always)]
    pub fn step(&mut self, event: &Event, probe: &mut impl Probe) -> Result<Audit, Error> {
        self.audit = Audit::default();
        if self.due <= event.ts_event {
            self.settle(event.ts_event, probe)?;
        }
        self.take(event, probe)?;
        Ok(self.audit)
    }

    /// An event before which nothing is due.
    #[inline(always)]
    fn take(&mut self, event: &Event, probe: &mut impl Probe) -> Result<(), Error> {
        probe.on_time(event.ts_event, &self.ledger);
        self.venue.observe(event);
        if let Some(mark2) = mark2(&event.record, self.basis[event.instrument.index()]) {
            self.ledger.mark(event.instrument, mark2)?;
            self.risk.touch(event.instrument, &self.ledger);
            if self.risk.is_watching() {
                self.watch(event);
            }
        }
        let known = match event.record {
            Record::Bar(bar) => bar.ts_close,
            _ => event.ts_event,
        };
        if event.ts_recv > known || self.local.last_seen > known {
            self.postpone(*event);
        } else {
            let venue_due = self.venue.next_due();
            if venue_due <= known {
                self.see_reports(known, probe)?;
            } else {
                // The record may have filled something: its report is under way.
                self.due = self.due.min(venue_due);
            }
            self.now = known;
            self.deliver(event, probe)?;
        }
        Ok(())
    }

    /// Market data that is seen later than it happens waits its turn.
    #[cold]
    #[inline(never)]
    fn postpone(&mut self, event: Event) {
        let seen = event.ts_recv.max(self.local.last_seen);
        self.local.last_seen = seen;
        self.local.unseen.push_back(Event { ts_recv: seen, ..event });
        self.due = self.due.min(seen).min(self.venue.next_due());
    }

    #[inline(always)]
    fn deliver(&mut self, event: &Event, probe: &mut impl Probe) -> Result<(), Error> {
        if self.trips_at <= self.now {
            self.trip();
        }
        if self.bars.is_on() {
            self.build_bars(*event, probe)?;
        }
        if !self.strategy.cares(event) {
            return Ok(());
        }
        self.call(probe, |strategy, context| strategy.on_event(event, context))
    }

    /// Calls the strategy and carries out what it asks for.
    #[inline(always)]
    fn call(
        &mut self,
        probe: &mut impl Probe,
        call: impl FnOnce(&mut S, &mut Context<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut context = Context {
            now: self.now,
            warming_up: self.now < self.trading_from,
            instruments: &self.instruments,
            positions: self.ledger.positions(),
            working: &self.open.net,
            next_order: &mut self.next_order,
            commands: &mut self.commands,
            requests: &mut self.requests,
        };
        let result = call(&mut self.strategy, &mut context);
        if !self.commands.is_empty() || !self.requests.is_empty() {
            let carried_out = self.carry_out(Ts::MIN, probe);
            return result.and(carried_out);
        }
        result
    }

    #[cold]
    #[inline(never)]
    fn build_bars(&mut self, event: Event, probe: &mut impl Probe) -> Result<(), Error> {
        let early = self.bars.push(&event, &self.instruments[event.instrument.index()]);
        for bar in early {
            self.call(probe, |strategy, context| strategy.on_bar(&bar, context))?;
        }
        self.due = self.due.min(self.bars.due());
        Ok(())
    }

    /// Does everything that is due at or before `until`, in time order; at one time: the venue (orders
    /// arrive, then reports are seen), built bars, timers, market data.
    #[cold]
    #[inline(never)]
    fn settle(&mut self, until: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        self.tell_refused(probe)?;
        loop {
            let (venue, bars) = (self.venue.next_due(), self.bars.due());
            let (timers, unseen) = (self.local.timers_due(), self.local.unseen_due());
            let due = venue.min(bars).min(timers).min(unseen);
            if due > until {
                self.due = self.next_due();
                return Ok(());
            }
            probe.on_time(due, &self.ledger);
            self.now = self.now.max(due);
            if venue == due {
                if let Some(report) = self.venue.advance(due) {
                    self.see(&report, probe)?;
                }
            } else if bars == due {
                for bar in self.bars.close(due) {
                    self.call(probe, |strategy, context| strategy.on_bar(&bar, context))?;
                }
            } else if timers == due {
                self.fire_timer(due, probe)?;
            } else if let Some(event) = self.local.unseen.pop_front() {
                self.deliver(&event, probe)?;
            }
        }
    }

    /// What the venue made of the record itself, where it is seen at once.
    #[cold]
    #[inline(never)]
    fn see_reports(&mut self, until: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        while let Some(report) = self.venue.next_report(until) {
            self.now = self.now.max(report.ts_recv);
            self.see(&report, probe)?;
        }
        self.due = self.next_due();
        Ok(())
    }

    fn next_due(&self) -> Ts {
        if !self.local.refused.is_empty() {
            return Ts::MIN;
        }
        self.venue.next_due().min(self.bars.due()).min(self.local.timers_due()).min(self.local.unseen_due())
    }

    fn fire_timer(&mut self, due: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        let Some(place) = self.local.timers.iter().position(|timer| timer.at == due) else {
            return Ok(());
        };
        let timer = self.local.timers[place];
        if timer.every > 0 {
            self.local.timers[place].at = due.saturating_add(timer.every);
        } else {
            self.local.timers.remove(place);
        }
        self.call(probe, |strategy, context| strategy.on_timer(timer.id, context))
    }

    /// Tells the strategy of its orders that were refused here. What it asks for in answer and is refused
    /// again is told at the next record: a strategy that insists cannot hold the engine up.
    fn tell_refused(&mut self, probe: &mut impl Probe) -> Result<(), Error> {
        let mut refused = std::mem::replace(&mut self.local.refused, std::mem::take(&mut self.local.spare));
        let outcome = refused.drain(..).try_for_each(|(report, order)| self.tell(&report, &order, probe));
        self.local.spare = refused;
        outcome
    }

    /// A report is seen: order, ledger, strategy.
    #[inline]
    fn see(&mut self, report: &Report, probe: &mut impl Probe) -> Result<(), Error> {
        if let ReportKind::ChangeRejected(_) = report.kind {
            self.risk.change_answered(report.order);
        }
        let tells = matches!(report.kind, ReportKind::Accepted | ReportKind::Triggered | ReportKind::ChangeRejected(_));
        if tells && !S::WATCHES_ORDERS {
            return Ok(());
        }
        // A cancel or replace that came too late is reported after its order was seen to be done: the
        // strategy knows that already.
        let Some(order) = self.open.get_mut(report.order) else { return Ok(()) };
        let left_before = order.leaves().0;
        let mut under_way = left_before;
        match report.kind {
            ReportKind::Accepted | ReportKind::Triggered | ReportKind::ChangeRejected(_) => order.found(),
            ReportKind::Unknown => order.status = OrderStatus::Unknown,
            ReportKind::Filled { px, qty, fee, liquidity } => {
                let fill = Fill {
                    order: report.order,
                    instrument: order.request.instrument,
                    side: order.request.side,
                    px,
                    qty,
                    fee,
                    liquidity,
                    ts_event: report.ts_event,
                    ts_recv: report.ts_recv,
                };
                let closed = self.ledger.apply(&fill)?;
                order.filled.0 += qty.0;
                order.filled_value += i128::from(px.0) * i128::from(qty.0);
                order.status = if order.leaves().0 <= 0 { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
                self.audit.fills += 1;
                probe.on_fill(&fill, &self.ledger);
                if let Some(trade) = closed {
                    probe.on_trade(&trade);
                }
            }
            ReportKind::Cancelled(reason) => {
                order.status = OrderStatus::Cancelled;
                order.reject = reason;
            }
            ReportKind::Expired => order.status = OrderStatus::Expired,
            ReportKind::Rejected(reject) => {
                order.status = OrderStatus::Rejected;
                order.reject = Some(reject);
            }
            ReportKind::Replaced(change) => {
                order.found();
                self.risk.change_answered(report.order);
                self.risk.release(&order.request, under_way);
                under_way = 0;
                order.request.qty = change.qty.unwrap_or(order.request.qty);
                order.request.limit = change.limit.or(order.request.limit);
                order.request.stop = change.stop.or(order.request.stop);
            }
        }
        let (instrument, side) = (order.request.instrument, order.request.side);
        let over = order.status.is_closed();
        let left = if over { 0 } else { order.leaves().0 };
        match left - under_way {
            0 => {}
            fewer @ ..0 => self.risk.release(&order.request, -fewer),
            more => self.risk.reserve(&order.request, more),
        }
        if over {
            self.risk.closed(report.order);
            order.ts_closed = report.ts_event;
            probe.on_order_closed(order);
        }
        let told = S::WATCHES_ORDERS.then_some(*order);
        if over {
            self.open.close_one();
        }
        self.open.work(instrument, side, left - left_before);
        if left != left_before {
            self.after_fill(instrument);
        }
        told.map_or(Ok(()), |order| self.tell(report, &order, probe))
    }

    fn tell(&mut self, report: &Report, order: &Order, probe: &mut impl Probe) -> Result<(), Error> {
        if !S::WATCHES_ORDERS {
            return Ok(());
        }
        self.call(probe, |strategy, context| strategy.on_report(report, order, context))
    }

    /// Carries out what the strategy asked for during its last call. No market data comes before `until`.
    #[inline]
    fn carry_out(&mut self, until: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        let alone =
            until < self.due && self.requests.is_empty() && self.flattens_from().is_none() && !S::WATCHES_ORDERS;
        let mut commands = std::mem::take(&mut self.commands);
        if alone && let [Command::Submit(request)] = &commands[..] {
            let outcome = self.submit_alone(request, until, probe);
            commands.clear();
            self.commands = commands;
            return outcome;
        }
        for request in self.requests.drain(..) {
            match request {
                Request::Bars(timeframe) => self.bars.subscribe(timeframe),
                Request::Timer { id, at, every } => {
                    self.local.timers.retain(|timer| timer.id != id);
                    self.local.timers.push(Timer { id, at: at.max(self.now), every });
                }
                Request::CancelTimer(id) => self.local.timers.retain(|timer| timer.id != id),
            }
        }
        for command in commands.drain(..) {
            match command {
                Command::Submit(request) => {
                    if let Some(approved) = self.approve(&request, probe) {
                        self.submit(approved);
                    }
                }
                Command::Refuse(request, reject) => {
                    self.audit.orders += 1;
                    self.refuse(Order::new(request, self.now), reject.into(), probe);
                }
                Command::Cancel(id) => match self.open.get(id) {
                    Some(order) => {
                        self.risk.message(self.now);
                        self.venue.cancel(id, order.request.instrument, self.now);
                    }
                    // Already done, and the strategy was told so: nothing to tell, only to count.
                    None => self.audit.refused += 1,
                },
                Command::Replace(change) => self.replace(change),
            }
        }
        self.commands = commands;
        self.due = self.next_due();
        Ok(())
    }

    fn refuse(&mut self, order: Order, denied: Denied, probe: &mut impl Probe) {
        let reject = denied.reject;
        self.audit.refused += 1;
        let order = Order { status: OrderStatus::Rejected, reject: Some(reject), ts_closed: self.now, ..order };
        probe.on_denied(&order, &denied);
        probe.on_order_closed(&order);
        let kind = ReportKind::Rejected(reject);
        let report = Report { order: order.request.id, kind, ts_event: self.now, ts_recv: self.now };
        self.local.refused.push((report, order));
    }

    /// After the last event: what is under way to us is seen, then the strategy stops. Orders under way
    /// never arrive.
    ///
    /// # Errors
    /// What the strategy returns.
    pub fn finish(&mut self, probe: &mut impl Probe) -> Result<(), Error> {
        self.tell_refused(probe)?;
        while let Some(report) = self.venue.next_report(NEVER) {
            while self.local.unseen_due() < report.ts_recv {
                self.see_unseen(probe)?;
            }
            probe.on_time(report.ts_recv, &self.ledger);
            self.now = self.now.max(report.ts_recv);
            self.see(&report, probe)?;
        }
        while !self.local.unseen.is_empty() {
            self.see_unseen(probe)?;
        }
        self.call(probe, |strategy, context| strategy.on_stop(context))
    }

    fn see_unseen(&mut self, probe: &mut impl Probe) -> Result<(), Error> {
        if let Some(event) = self.local.unseen.pop_front() {
            probe.on_time(event.ts_recv, &self.ledger);
            self.now = self.now.max(event.ts_recv);
            self.deliver(&event, probe)?;
        }
        Ok(())
    }
}

/// Twice the price at which a record marks its instrument, in ticks: mid, last trade or close, by the
/// finest data that the instrument has.
#[inline(always)]
fn mark2(record: &Record, basis: Basis) -> Option<i64> {
    match (record, basis) {
        (Record::Quote(quote) | Record::Tick(quote, _), _) => match (quote.bid.get(), quote.ask.get()) {
            (Some(bid), Some(ask)) => Some(bid.0 + ask.0),
            _ => None,
        },
        (Record::Trade(trade), Basis::Trades) => Some(2 * trade.px.0),
        (Record::Bar(bar), Basis::Bars) => Some(2 * bar.close.0),
        _ => None,
    }
}
