use super::breaker::Breakers;
use super::exposure::{Dimension, Group, Line, Totals, own_price2};
use super::live_var::LiveVar;
use super::rate::Window;
use super::uses::Uses;
use super::var_limit::VarLimit;
use super::{Approved, InstrumentLimits, RiskPolicy};
use crate::ledger::Ledger;
use crate::order::{NewOrder, Order, OrderType};
use crate::types::{Instrument, InstrumentId, Money, OrderId, Qty, Side, Ts};

/// A change that is under way: what it may add to its order.
#[derive(Clone, Copy, Debug)]
struct Pending {
    id: OrderId,
    instrument: InstrumentId,
    side: Side,
    lots: i64,
    /// Lots x twice the price beyond what stands; `None` at the price of the market.
    value2: Option<i128>,
}

/// The guard of one account: its limits, and what is exposed and under way.
#[derive(Clone, Debug)]
pub struct Risk {
    pub(super) policy: RiskPolicy,
    pub(super) lines: Vec<Line>,
    /// Instruments whose part of the sums is not up to date.
    dirty: Vec<u32>,
    /// The instrument that was marked last; not among the dirty ones on that account.
    marked: u32,
    pub(super) totals: Totals,
    pub(super) groups: Vec<Group>,
    pub(super) open_orders: u32,
    pub(super) orders: Option<Window>,
    pub(super) messages: Option<Window>,
    pub(super) breakers: Breakers,
    pub(super) uses: Uses,
    pending: Vec<Pending>,
    pub(super) collar_ppm: i64,
    margin_ppm: i64,
    reduce_only: bool,
    /// Whether marks have to be watched one by one.
    watching: bool,
    /// Whether a check found that a breaker trips.
    pub(super) trip_untold: bool,
    pub(super) var_limit: Option<VarLimit>,
    pub(super) live_var: Option<Box<LiveVar>>,
}

/// One instrument of an account, everything under way at its worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstrumentRisk {
    /// Lots held.
    pub position: Qty,
    /// What open buy orders have left, lots.
    pub working_buy: Qty,
    /// What open sell orders have left, lots.
    pub working_sell: Qty,
    /// Worst exposure.
    pub exposure: Money,
    /// Margin that it takes.
    pub margin: Money,
}

impl Risk {
    /// Instruments are brought up to date when so many wait for it: a check never has many to do.
    const DIRTY: usize = 32;

    /// The guard of an account of `capital`, with nothing in it.
    pub fn new(policy: RiskPolicy, instruments: &[Instrument], capital: Money) -> Self {
        let guard = policy.guard.as_ref();
        let breakers = Breakers::new(guard, capital);
        let mut risk = Self {
            lines: Vec::with_capacity(instruments.len()),
            dirty: Vec::with_capacity(Self::DIRTY),
            marked: 0,
            totals: Totals::default(),
            groups: Vec::new(),
            open_orders: 0,
            orders: guard.and_then(|guard| guard.order_rate).map(Window::new),
            messages: guard.and_then(|guard| guard.message_rate).map(Window::new),
            watching: breakers.watches()
                || guard.is_some_and(|guard| guard.max_data_age.is_some() || guard.var.is_some()),
            breakers,
            uses: Uses::default(),
            pending: Vec::with_capacity(16),
            collar_ppm: if guard.is_some() { policy.limits.collar_ppm.unwrap_or(0) } else { 0 },
            margin_ppm: guard.and_then(|guard| guard.margin_ppm).unwrap_or(0),
            reduce_only: guard.is_some_and(|guard| guard.reduce_only),
            live_var: guard.and_then(|guard| guard.var).map(|rule| Box::new(LiveVar::new(rule, capital))),
            policy,
            trip_untold: false,
            var_limit: None,
        };
        let groups = risk.policy.guard.as_ref().map(|guard| guard.groups.clone()).unwrap_or_default();
        for (dimension, name, limit) in groups {
            risk.limit_group(dimension, &name, Some(limit));
        }
        instruments.iter().for_each(|instrument| risk.add_instrument(instrument));
        risk
    }

    /// One instrument more.
    pub fn add_instrument(&mut self, instrument: &Instrument) {
        let id = InstrumentId(self.lines.len() as u32);
        if id.0 == 1 {
            // Alone, its sums may not have been kept.
            self.moved(InstrumentId(0));
        }
        self.lines.push(Line::new(instrument));
        if let Some(live) = &mut self.live_var {
            live.add_instrument();
        }
        let Some(guard) = &self.policy.guard else { return };
        let rules = guard.symbols.get(instrument.symbol()).cloned().unwrap_or_default();
        self.lines[id.index()].limits = guard.limits_of(instrument, &rules);
        self.assign(id, Dimension::Currency, instrument.currency());
        let groups =
            [(Dimension::Sector, rules.sector), (Dimension::Strategy, rules.strategy), (Dimension::Venue, rules.venue)];
        for (dimension, name) in groups {
            if let Some(name) = name {
                self.assign(id, dimension, &name);
            }
        }
    }

    /// Puts an instrument in a group, and takes it out of any other of that dimension.
    pub fn assign(&mut self, instrument: InstrumentId, dimension: Dimension, name: &str) {
        let group = self.group(dimension, name);
        let line = &mut self.lines[instrument.index()];
        if let Some(before) = line.groups[dimension as usize].replace(group) {
            self.groups[before as usize].gross -= line.part.gross;
        }
        self.groups[group as usize].gross += line.part.gross;
    }

    /// Sets or lifts the limit on the exposure of a group, now and for orders under way.
    pub fn limit_group(&mut self, dimension: Dimension, name: &str, limit: Option<Money>) {
        let group = self.group(dimension, name);
        self.groups[group as usize].limit = limit;
    }

    fn group(&mut self, dimension: Dimension, name: &str) -> u32 {
        let known = self.groups.iter().position(|group| group.dimension == dimension && group.name == name);
        let place = known.unwrap_or_else(|| {
            self.groups.push(Group { dimension, name: name.to_owned(), gross: 0, limit: None });
            self.groups.len() - 1
        });
        place as u32
    }

    /// The groups: dimension, name, worst exposure, limit.
    pub fn groups(&self) -> impl Iterator<Item = (Dimension, &str, Money, Option<Money>)> {
        self.groups.iter().map(|group| (group.dimension, group.name.as_str(), group.gross, group.limit))
    }

    /// Sets an instrument's own limits. What is under way stays under way.
    pub fn limit_instrument(&mut self, instrument: InstrumentId, limits: InstrumentLimits) {
        self.lines[instrument.index()].limits = limits;
        self.note(instrument);
    }

    /// An instrument's own limits.
    pub fn instrument_limits(&self, instrument: InstrumentId) -> InstrumentLimits {
        self.lines[instrument.index()].limits
    }

    /// Whether an instrument trades; if not, nothing of it is let through, not even what reduces.
    pub fn set_trading(&mut self, instrument: InstrumentId, trades: bool) {
        self.lines[instrument.index()].halted = !trades;
    }

    /// Whether the market data of an instrument is whole.
    pub fn set_synced(&mut self, instrument: InstrumentId, synced: bool) {
        self.lines[instrument.index()].synced = synced;
    }

    /// Whether orders may only reduce positions.
    pub const fn set_reduce_only(&mut self, only: bool) {
        self.reduce_only = only;
    }

    pub(super) const fn is_reduce_only(&self) -> bool {
        self.reduce_only
    }

    /// The limits.
    pub const fn policy(&self) -> &RiskPolicy {
        &self.policy
    }

    /// The circuit breakers.
    pub const fn breakers(&self) -> &Breakers {
        &self.breakers
    }

    /// How close each limit was, and what it refused.
    pub const fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Whether a tripped breaker asks for all positions to be closed.
    pub fn wants_flat(&self) -> bool {
        self.is_tripped() && self.policy.guard.as_ref().is_some_and(|guard| guard.flatten)
    }

    /// Whether a breaker has tripped and was not reset.
    pub fn is_tripped(&self) -> bool {
        self.breakers.condition() == super::Condition::Tripped
    }

    /// Lets nothing through that adds risk, from now on until a reset; gives whether that is news.
    pub fn kill(&mut self, now: Ts) -> bool {
        self.breakers.kill(now)
    }

    /// Resets the breakers and the kill switch. Losses are measured from here on.
    ///
    /// # Errors
    /// How long the cool-down still takes, ns.
    pub fn reset(&mut self, now: Ts, ledger: &Ledger) -> Result<(), i64> {
        self.breakers.reset(now, ledger.equity())
    }

    /// Whether [`Self::watch`] has to be told of every mark and fill.
    #[inline(always)]
    pub const fn is_watching(&self) -> bool {
        self.watching
    }

    /// An instrument was marked, at `now`; gives whether that tripped a breaker.
    pub fn watch(&mut self, instrument: InstrumentId, now: Ts, ledger: &Ledger) -> bool {
        if let Some(live) = &mut self.live_var {
            live.mark(instrument.index(), now, ledger.mark2(instrument), &self.lines, self.collar_ppm);
        }
        self.traded(instrument, now, ledger)
    }

    /// An instrument was traded, at `now`: there is a price, if none on the grid; gives whether that tripped a breaker.
    pub fn traded(&mut self, instrument: InstrumentId, now: Ts, ledger: &Ledger) -> bool {
        self.lines[instrument.index()].marked_at = now;
        self.breakers.see(now, ledger.equity())
    }

    /// Whether a check since the last call found that a breaker trips.
    pub const fn take_trip(&mut self) -> bool {
        std::mem::replace(&mut self.trip_untold, false)
    }

    /// An instrument was marked: what it exposes to is to be brought up to date.
    #[inline(always)]
    pub fn touch(&mut self, instrument: InstrumentId, ledger: &Ledger) {
        if self.marked != instrument.0 {
            self.touch_other(instrument, ledger);
        }
    }

    #[inline(never)]
    fn touch_other(&mut self, instrument: InstrumentId, ledger: &Ledger) {
        self.note(InstrumentId(self.marked));
        self.marked = instrument.0;
        if self.dirty.len() >= Self::DIRTY {
            self.refresh(ledger);
        }
    }

    /// Notes that an instrument is not up to date, unless it is certain to add nothing.
    #[inline(never)]
    fn note(&mut self, instrument: InstrumentId) {
        let line = &mut self.lines[instrument.index()];
        let idle = line.part.gross == 0 && !line.part.open && line.buy.lots == 0 && line.sell.lots == 0;
        if !line.dirty && !idle {
            line.dirty = true;
            self.dirty.push(instrument.0);
        }
    }

    /// A position changed otherwise than by an order of ours.
    pub fn moved(&mut self, instrument: InstrumentId) {
        let line = &mut self.lines[instrument.index()];
        if !line.dirty {
            line.dirty = true;
            self.dirty.push(instrument.0);
        }
    }

    /// Brings the sums up to date.
    pub fn refresh(&mut self, ledger: &Ledger) {
        while let Some(index) = self.dirty.pop() {
            self.lines[index as usize].dirty = false;
            self.renew(index as usize, ledger);
        }
    }

    /// Brings one instrument up to date, in itself and in the sums.
    fn renew(&mut self, index: usize, ledger: &Ledger) {
        let line = &mut self.lines[index];
        line.read(index, ledger);
        let part = line.current(self.collar_ppm, self.margin_ppm);
        let before = std::mem::replace(&mut line.part, part);
        if let Some(limit) = &mut self.var_limit {
            limit.update(index, part.worst());
        }
        if let Some(live) = &mut self.live_var {
            live.hold(index, line, self.collar_ppm);
        }
        self.totals.gross += part.gross - before.gross;
        self.totals.net_long += part.long - before.long;
        self.totals.net_short += part.short - before.short;
        self.totals.margin += part.margin - before.margin;
        self.totals.open += i64::from(part.open) - i64::from(before.open);
        for group in line.groups.into_iter().flatten() {
            self.groups[group as usize].gross += part.gross - before.gross;
        }
    }

    /// Everything that a check of this instrument reads is up to date after this.
    #[inline]
    pub(super) fn prepare(&mut self, instrument: InstrumentId, ledger: &Ledger) {
        let index = instrument.index();
        if self.lines.len() == 1 && self.policy.guard.is_none() {
            // No sums are read.
            self.lines[index].read(index, ledger);
            return;
        }
        self.refresh(ledger);
        self.renew(self.marked as usize, ledger);
        if index != self.marked as usize {
            self.renew(index, ledger);
        }
    }

    /// The worst price of an order by its own terms; without a guard everything is judged at the mark.
    #[inline(always)]
    pub(super) fn price2(&self, order: &NewOrder) -> Option<i64> {
        if self.policy.guard.is_none() { None } else { own_price2(order, self.collar_ppm) }
    }

    /// Lots of an order are under way.
    #[inline]
    pub fn reserve(&mut self, order: &NewOrder, lots: i64) {
        self.count(order, lots);
        if self.policy.guard.is_some()
            && order.order_type == OrderType::Limit
            && let Some(px) = order.limit
        {
            let working = self.lines[order.instrument.index()].working_mut(order.side);
            let nearest = working.nearest.get_or_insert(px.0);
            *nearest = if order.side == Side::Buy { px.0.max(*nearest) } else { px.0.min(*nearest) };
        }
    }

    /// Lots of an order are under way no more: filled, or given up.
    #[inline]
    pub fn release(&mut self, order: &NewOrder, lots: i64) {
        self.count(order, -lots);
    }

    #[inline(always)]
    fn count(&mut self, order: &NewOrder, lots: i64) {
        let price2 = self.price2(order);
        self.lines[order.instrument.index()].working_mut(order.side).add(lots, price2);
        if self.lines.len() > 1 || self.policy.guard.is_some() {
            self.note(order.instrument);
        }
    }

    /// An order was sent.
    #[inline]
    pub(super) fn sent(&mut self, order: &NewOrder, now: Ts) {
        self.reserve(order, order.qty.0);
        self.open_orders += 1;
        if self.policy.guard.is_some() {
            self.lines[order.instrument.index()].last_order = Some((now, *order));
            if let Some(orders) = &mut self.orders {
                orders.note(now);
            }
            self.message(now);
        }
    }

    /// A message was sent: an order, a change or a cancel.
    pub fn message(&mut self, now: Ts) {
        if let Some(messages) = &mut self.messages {
            messages.note(now);
        }
    }

    /// A change of an order was sent: what it may add counts until it is answered.
    pub(super) fn change_sent(&mut self, before: &NewOrder, left: i64, after: &NewOrder, leaves: i64, now: Ts) {
        self.message(now);
        if self.policy.guard.is_none() {
            return;
        }
        let value2 = |order: &NewOrder, lots: i64| self.price2(order).map(|px| i128::from(lots) * i128::from(px));
        let pending = Pending {
            id: before.id,
            instrument: before.instrument,
            side: before.side,
            lots: (leaves - left).max(0),
            value2: value2(after, leaves).zip(value2(before, left)).map(|(after, before)| (after - before).max(0)),
        };
        self.count_pending(&pending, 1);
        if after.order_type == OrderType::Limit {
            self.reserve(after, 0);
        }
        self.pending.push(pending);
    }

    fn count_pending(&mut self, pending: &Pending, sign: i64) {
        let working = self.lines[pending.instrument.index()].working_mut(pending.side);
        working.value2 += i128::from(sign) * pending.value2.unwrap_or(0);
        working.add(sign * pending.lots, pending.value2.map(|_| 0));
        self.note(pending.instrument);
    }

    /// A change of an order was answered, either way.
    pub fn change_answered(&mut self, id: OrderId) {
        if let Some(place) = self.pending.iter().position(|pending| pending.id == id) {
            let pending = self.pending.remove(place);
            self.count_pending(&pending, -1);
        }
    }

    /// An order is done; nothing of it is under way any more.
    #[inline]
    pub fn closed(&mut self, id: OrderId) {
        self.open_orders = self.open_orders.saturating_sub(1);
        while !self.pending.is_empty() && self.pending.iter().any(|pending| pending.id == id) {
            self.change_answered(id);
        }
    }

    /// The limit price nearest to the other side is looked up again, among the orders that are open: what is known of it
    /// may be of an order that is done.
    pub fn tighten<'a>(&mut self, instrument: InstrumentId, side: Side, open: impl Iterator<Item = &'a Order>) {
        let ours = open.map(|order| &order.request).filter(|request| {
            request.instrument == instrument && request.side == side && request.order_type == OrderType::Limit
        });
        let prices = ours.filter_map(|request| request.limit.map(|px| px.0));
        let working = self.lines[instrument.index()].working_mut(side);
        working.nearest = if side == Side::Buy { prices.max() } else { prices.min() };
    }

    /// Nothing is under way.
    pub(super) fn forget_orders(&mut self) {
        self.pending.clear();
        self.open_orders = 0;
    }

    /// Takes over an order that was approved before, with `leaves` still working.
    pub fn adopt(&mut self, order: NewOrder, leaves: Qty) -> Approved<NewOrder> {
        self.reserve(&order, leaves.0);
        self.open_orders += 1;
        Approved::new(order)
    }

    /// Approves an order that takes a position back towards nothing, past every limit but the state of its
    /// instrument.
    ///
    /// `None` if the order is anything else: not a market order against the position, or larger than it.
    pub fn approve_flatten(&mut self, order: NewOrder, ledger: &Ledger, now: Ts) -> Option<Approved<NewOrder>> {
        let lots = ledger.positions()[order.instrument.index()];
        let reduces = Side::of(lots.0) == Some(order.side.opposite()) && (1..=lots.0.abs()).contains(&order.qty.0);
        let plain = order.order_type == OrderType::Market && order.limit.is_none() && order.stop.is_none();
        if !reduces || !plain || self.lines[order.instrument.index()].halted {
            return None;
        }
        self.sent(&order, now);
        Some(Approved::new(order))
    }

    /// The account as a whole, up to date.
    pub fn totals(&mut self, ledger: &Ledger) -> Totals {
        self.refresh(ledger);
        if !self.lines.is_empty() {
            self.renew(self.marked as usize, ledger);
        }
        self.totals
    }

    /// One instrument, up to date.
    pub fn instrument(&mut self, instrument: InstrumentId, ledger: &Ledger) -> InstrumentRisk {
        self.renew(instrument.index(), ledger);
        let line = &self.lines[instrument.index()];
        InstrumentRisk {
            position: Qty(line.position),
            working_buy: Qty(line.buy.lots),
            working_sell: Qty(line.sell.lots),
            exposure: line.part.gross,
            margin: line.part.margin,
        }
    }
}
