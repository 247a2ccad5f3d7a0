use super::market::{Market, Working};
use super::schedule::Schedule;
use super::{FeeModel, FeePerUnit, FillModel, LatencyModel, SlippageModel};
use crate::event::{Basis, Event};
use crate::order::{Liquidity, NewOrder, OrderType, Reject, ReplaceOrder, Report, ReportKind, TimeInForce};
use crate::risk::Approved;
use crate::types::{DAY_NS, Instrument, InstrumentId, Money, NEVER, OrderId, Px, Qty, Ts};
use crate::venue::{Venue, WholeFill};

/// The modelling assumptions of a simulated venue.
#[derive(Debug)]
pub struct VenueModels {
    /// How long messages take.
    pub latency: Box<dyn LatencyModel>,
    /// What fills cost.
    pub fees: Box<dyn FeeModel>,
    /// How far takes move the price.
    pub slippage: Box<dyn SlippageModel>,
    /// When resting orders fill.
    pub fill: Box<dyn FillModel>,
    /// Whether displayed sizes bound what can be taken.
    pub bounded_by_size: bool,
}

/// How often an assumption mattered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimCounts {
    /// Bars in which a stop and a limit order of one side both lay; the stop filled.
    pub ambiguous_bars: u64,
    /// Bars that touched a resting limit order without trading through it.
    pub limits_touched_not_filled: u64,
    /// Takes that the displayed size cut short.
    pub takes_bounded_by_size: u64,
}

/// A message on its way to the venue.
#[derive(Clone, Copy, Debug)]
enum Inbound {
    /// With whether it had any latency: without, it meets the next record and not the standing quote.
    New(NewOrder, bool),
    Replace(ReplaceOrder, InstrumentId, bool),
    Cancel(OrderId, InstrumentId),
}

/// What the markets of a venue share: its models, and the way out for reports.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) models: VenueModels,
    pub(super) counts: SimCounts,
    /// Whether orders meet the standing market on arrival whatever their latency, and the last price is one.
    pub(super) at_last: bool,
    instruments: Vec<Instrument>,
    /// What a take of each of them costs, where it is a share of its value.
    taking: Vec<Option<FeePerUnit>>,
    outbound: Schedule<Report>,
}

impl Desk {
    /// Reports about an order; `seen` is one response latency later unless it is given.
    #[inline(always)]
    pub(super) fn report(&mut self, order: OrderId, kind: ReportKind, ts_event: Ts, seen: Option<Ts>) {
        let ts_recv = seen.unwrap_or_else(|| ts_event.saturating_add(self.models.latency.response(ts_event)));
        self.outbound.push(ts_recv, Report { order, kind, ts_event, ts_recv });
    }

    #[inline]
    pub(super) fn filled(
        &mut self,
        order: &NewOrder,
        px: Px,
        qty: Qty,
        liquidity: Liquidity,
        ts_event: Ts,
        seen: Option<Ts>,
    ) {
        let fee = self.fee(order, px, qty, liquidity);
        self.report(order.id, ReportKind::Filled { px, qty, fee, liquidity }, ts_event, seen);
    }

    #[inline]
    fn fee(&self, order: &NewOrder, px: Px, qty: Qty, liquidity: Liquidity) -> Money {
        let index = order.instrument.index();
        if liquidity == Liquidity::Taker
            && let Some(fee) = self.taking[index].and_then(|taking| taking.fee(px, qty))
        {
            return fee;
        }
        let notional = self.instruments[index].notional(px, qty);
        // An amount that does not fit is passed on as one that the ledger refuses with a typed error.
        notional.and_then(|n| self.models.fees.fee(n.abs(), liquidity)).unwrap_or(Money::MAX)
    }

    /// What a take of an order without a limit at `px` is paid with, and what it costs.
    #[inline]
    fn taken(&self, order: &NewOrder, px: Px, qty: Qty) -> (Px, Money) {
        let paid = self.models.slippage.slip(px, order.side);
        (paid, self.fee(order, paid, qty, Liquidity::Taker))
    }
}

fn taking(models: &VenueModels, instrument: &Instrument) -> Option<FeePerUnit> {
    models.fees.per_unit(2 * instrument.half_unit(), Liquidity::Taker)
}

/// A venue that fills orders by recorded market data.
#[derive(Debug)]
pub struct SimVenue {
    markets: Vec<Market>,
    desk: Desk,
    inbound: Schedule<Inbound>,
    expiries: Schedule<(OrderId, InstrumentId)>,
    /// Orders on their way that have a worst price besides their limit.
    protected: Vec<(OrderId, Px)>,
    /// Whether somebody listens to reports that an order was accepted.
    acknowledges: bool,
}

impl SimVenue {
    /// A venue for these instruments; `basis` says what each trades on.
    pub fn new(instruments: &[Instrument], basis: &[Basis], models: VenueModels) -> Self {
        let taking = instruments.iter().map(|instrument| taking(&models, instrument)).collect();
        Self {
            markets: basis.iter().map(|basis| Market::new(*basis)).collect(),
            desk: Desk {
                models,
                counts: SimCounts::default(),
                at_last: false,
                instruments: instruments.to_vec(),
                taking,
                outbound: Schedule::new(),
            },
            inbound: Schedule::new(),
            expiries: Schedule::new(),
            protected: Vec::new(),
            acknowledges: true,
        }
    }

    /// How often assumptions mattered so far.
    pub const fn counts(&self) -> SimCounts {
        self.desk.counts
    }

    /// Orders meet the standing market on arrival, even without latency: the quote, or where there is none, the
    /// last price.
    #[must_use]
    pub const fn trading_at_last(mut self) -> Self {
        self.desk.at_last = true;
        self
    }

    fn protect(&mut self, order: &Approved<NewOrder>) {
        if let Some(worst) = order.worst() {
            self.protected.push((order.get().id, worst));
        }
    }

    fn expire_at_midnight(&mut self, order: &NewOrder, now: Ts) {
        if order.time_in_force == TimeInForce::Day {
            let midnight = (now.div_euclid(DAY_NS) + 1) * DAY_NS;
            self.expiries.push(midnight, (order.id, order.instrument));
        }
    }

    fn arrive(&mut self, ts: Ts, message: Inbound) {
        match message {
            Inbound::New(order, delayed) => {
                let seen = ts.saturating_add(self.desk.models.latency.response(ts));
                if self.acknowledges {
                    self.desk.report(order.id, ReportKind::Accepted, ts, Some(seen));
                }
                self.expire_at_midnight(&order, ts);
                let mut working = Working::new(order, order.qty.0, ts);
                if !self.protected.is_empty()
                    && let Some(place) = self.protected.iter().position(|(id, _)| *id == order.id)
                {
                    working.worst = self.protected.swap_remove(place).1.into();
                }
                self.markets[order.instrument.index()].arrive(working, delayed, &mut self.desk);
                // Time passes at every report, so one that nobody listens to counts if it comes alone.
                if !self.acknowledges && !self.desk.outbound.has(seen) {
                    self.desk.report(order.id, ReportKind::Accepted, ts, Some(seen));
                }
            }
            Inbound::Replace(change, instrument, delayed) => {
                let market = &mut self.markets[instrument.index()];
                let Some(mut working) = market.remove(change.id) else {
                    return self.desk.report(change.id, ReportKind::ChangeRejected(Reject::TooLate), ts, None);
                };
                if let Some(qty) = change.qty {
                    working.leaves -= working.order.qty.0 - qty.0;
                    working.order.qty = qty;
                }
                if working.leaves <= 0 {
                    return self.desk.report(change.id, ReportKind::Cancelled(None), ts, None);
                }
                working.order.limit = change.limit.or(working.order.limit);
                // A stop that has triggered is no stop any more.
                if working.order.stop.is_some() {
                    working.order.stop = change.stop.or(working.order.stop);
                }
                self.desk.report(change.id, ReportKind::Replaced(change), ts, None);
                let mut again = Working::new(working.order, working.leaves, ts);
                if change.stop.is_none() {
                    again.worst = working.worst;
                }
                self.markets[instrument.index()].arrive(again, delayed, &mut self.desk);
            }
            Inbound::Cancel(id, instrument) => {
                let kind = match self.markets[instrument.index()].remove(id) {
                    Some(_) => ReportKind::Cancelled(None),
                    None => ReportKind::ChangeRejected(Reject::TooLate),
                };
                self.desk.report(id, kind, ts, None);
            }
        }
    }
}

impl Venue for SimVenue {
    #[inline]
    fn next_due(&self) -> Ts {
        self.inbound.due().min(self.desk.outbound.due()).min(self.expiries.due())
    }

    fn advance(&mut self, until: Ts) -> Option<Report> {
        let (expiry, arrival, report) = (self.expiries.due(), self.inbound.due(), self.desk.outbound.due());
        let due = expiry.min(arrival).min(report);
        if due > until {
            return None;
        }
        if expiry == due {
            if let Some((ts, (id, instrument))) = self.expiries.pop()
                && self.markets[instrument.index()].remove(id).is_some()
            {
                self.desk.report(id, ReportKind::Expired, ts, None);
            }
            return None;
        }
        if arrival == due {
            if let Some((ts, message)) = self.inbound.pop() {
                self.arrive(ts, message);
            }
            return None;
        }
        self.next_report(until)
    }

    fn next_report(&mut self, until: Ts) -> Option<Report> {
        if self.desk.outbound.due() > until {
            return None;
        }
        self.desk.outbound.pop().map(|(_, report)| report)
    }

    #[inline(always)]
    fn observe(&mut self, event: &Event) {
        self.markets[event.instrument.index()].observe(event, &mut self.desk);
    }

    fn add_instrument(&mut self, instrument: &Instrument, basis: Basis) {
        self.markets.push(Market::new(basis));
        self.desk.instruments.push(instrument.clone());
        self.desk.taking.push(taking(&self.desk.models, instrument));
    }

    fn widen(&mut self, instrument: InstrumentId, basis: Basis) {
        self.markets[instrument.index()].basis = basis;
    }

    fn adopt(&mut self, order: Approved<NewOrder>, leaves: Qty, now: Ts) {
        let order = order.into_inner();
        self.expire_at_midnight(&order, now);
        self.markets[order.instrument.index()].insert(Working::adopted(order, leaves.0, now));
    }

    #[inline]
    fn is_quiet(&self, instrument: InstrumentId) -> bool {
        self.markets[instrument.index()].is_empty()
    }

    fn mute_acknowledgements(&mut self) {
        self.acknowledges = false;
    }

    fn submit(&mut self, order: Approved<NewOrder>, now: Ts) {
        self.protect(&order);
        let latency = self.desk.models.latency.entry(now);
        self.inbound.push(now.saturating_add(latency), Inbound::New(order.into_inner(), latency > 0));
    }

    #[inline(always)]
    fn fill_at_once(&mut self, order: Approved<&NewOrder>, now: Ts, until: Ts) -> Option<WholeFill> {
        let (worst, order) = (order.worst(), order.get());
        let plain = order.order_type == OrderType::Market && order.time_in_force == TimeInForce::Gtc;
        if !plain || worst.is_some() || self.acknowledges || self.next_due() != NEVER {
            return None;
        }
        let (entry, response) = self.desk.models.latency.constant()?;
        let ts_event = now.saturating_add(entry);
        let ts_recv = ts_event.saturating_add(response);
        if entry <= 0 || ts_recv < ts_event || ts_recv > until {
            return None;
        }
        let px = self.markets[order.instrument.index()].take_whole(order)?;
        let (px, fee) = self.desk.taken(order, px, order.qty);
        Some(WholeFill { px, fee, ts_event, ts_recv })
    }

    fn replace(&mut self, change: Approved<ReplaceOrder>, instrument: InstrumentId, now: Ts) {
        let latency = self.desk.models.latency.entry(now);
        self.inbound.push(now.saturating_add(latency), Inbound::Replace(change.into_inner(), instrument, latency > 0));
    }

    fn cancel(&mut self, order: OrderId, instrument: InstrumentId, now: Ts) {
        let latency = self.desk.models.latency.cancel(now);
        self.inbound.push(now.saturating_add(latency), Inbound::Cancel(order, instrument));
    }
}
