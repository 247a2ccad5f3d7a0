//! The emergency stop: cancel, flatten, refuse.

use super::{Audit, Engine, Probe};
use crate::error::Error;
use crate::order::{NewOrder, Order, OrderStatus, OrderType, ReplaceOrder, TimeInForce};
use crate::strategy::Strategy;
use crate::types::{InstrumentId, NEVER, OrderId, Qty, Side, Ts};
use crate::venue::Venue;

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// Whether an emergency stop is in force.
    pub const fn is_halted(&self) -> bool {
        self.halted.is_some()
    }

    /// Cancels every open order, sends what takes every position back to nothing, and refuses all orders from now
    /// on. What fills after all, because its cancel came too late, is taken back as well.
    ///
    /// # Errors
    /// As [`Self::step`]; the stop is in force all the same.
    pub fn emergency_stop(&mut self, now: Ts, probe: &mut impl Probe) -> Result<Audit, Error> {
        let outcome = self.advance(now, probe);
        if self.halted.is_none() {
            self.halted = Some(OrderId(self.next_order + 1));
            self.cancel_all();
            self.flatten_all();
        }
        outcome.and_then(|_| self.advance(self.now, probe))
    }

    /// Ends an emergency stop: orders are judged by the limits again.
    pub const fn resume(&mut self) {
        self.halted = None;
    }

    /// A breaker has tripped. Where the guard says so, everything open is cancelled and every position closed;
    /// otherwise what could add risk is cancelled, and what protects positions goes on working.
    #[cold]
    #[inline(never)]
    pub(super) fn trip(&mut self) {
        self.trips_at = NEVER;
        if !self.risk.wants_flat() {
            self.withdraw(None);
            return;
        }
        self.cancel_all();
        if self.flattens_from().is_none() {
            self.flattening = Some(OrderId(self.next_order + 1));
            self.flatten_all();
        }
    }

    /// A position, or what works for it, has changed.
    #[inline]
    pub(super) fn after_fill(&mut self, instrument: InstrumentId) {
        if self.flattens_from().is_some() {
            self.flatten(instrument);
        } else if self.risk.is_tripped() && self.trips_at == NEVER {
            self.withdraw(Some(instrument));
        }
    }

    /// Leaves the orders that only take positions back and takes back all others, of one instrument or of all. Where
    /// more works against a position than it is large, market orders stay before stops and stops before limits, the
    /// oldest first; the last one that stays is cut to what is left of the position.
    #[cold]
    #[inline(never)]
    fn withdraw(&mut self, of: Option<InstrumentId>) {
        let mut left: Vec<i64> = self.ledger.positions().iter().map(|lots| lots.0).collect();
        let rank = |order: &Order| match order.request.order_type {
            OrderType::Market => 0,
            OrderType::Stop | OrderType::StopLimit => 1,
            OrderType::Limit => 2,
        };
        let concerned = |order: &&Order| of.is_none_or(|of| order.request.instrument == of);
        let mut orders: Vec<Order> = self.open.iter().filter(concerned).copied().collect();
        orders.sort_by_key(|order| (rank(order), order.request.id));
        for order in orders {
            let request = &order.request;
            let left = &mut left[request.instrument.index()];
            let room = (-request.side.sign() * *left).max(0);
            let stays = order.leaves().0.min(room);
            *left += request.side.sign() * stays;
            if stays < order.leaves().0 {
                self.leave(&order, stays);
            }
        }
        self.due = self.next_due();
    }

    /// Asks the venue to leave only so many lots of an order working, once.
    fn leave(&mut self, order: &Order, lots: i64) {
        let (id, instrument) = (order.request.id, order.request.instrument);
        let qty = if lots > 0 { Qty(order.filled.0 + lots) } else { Qty(0) };
        if self.withdrawn.contains(&(id, qty)) {
            return;
        }
        self.withdrawn.push((id, qty));
        if lots > 0 {
            let change = ReplaceOrder { id, qty: Some(qty), limit: None, stop: None };
            if let Ok(approved) = self.risk.check_replace(change, order, self.now, &self.ledger) {
                self.venue.replace(approved, instrument, self.now);
                return;
            }
        }
        self.venue.cancel(id, instrument, self.now);
    }

    /// Pulls the kill switch: nothing that adds risk is let through until [`Self::reset_breakers`].
    ///
    /// # Errors
    /// As [`Self::step`]; the switch is on all the same.
    pub fn kill(&mut self, now: Ts, probe: &mut impl Probe) -> Result<Audit, Error> {
        let outcome = self.advance(now, probe);
        if self.risk.kill(self.now) {
            self.trip();
        }
        outcome.and_then(|_| self.advance(self.now, probe))
    }

    /// Resets tripped breakers and the kill switch; losses are measured anew.
    ///
    /// # Errors
    /// How long the cool-down still takes, ns.
    pub fn reset_breakers(&mut self, now: Ts) -> Result<(), i64> {
        self.risk.reset(now, &self.ledger)?;
        self.flattening = None;
        self.withdrawn.clear();
        Ok(())
    }

    /// The first order that was sent to flatten, if positions are being closed.
    #[inline]
    pub(super) fn flattens_from(&self) -> Option<OrderId> {
        self.halted.or(self.flattening)
    }

    fn flatten_all(&mut self) {
        for index in 0..self.instruments.len() {
            self.flatten(InstrumentId(index as u32));
        }
        self.due = self.next_due();
    }

    /// Asks the venue to cancel every open order.
    pub fn cancel_all(&mut self) {
        for order in self.open.iter() {
            self.venue.cancel(order.request.id, order.request.instrument, self.now);
        }
        self.due = self.next_due();
    }

    /// Sends what is missing to take a position back to nothing. Of open orders only those sent to flatten count:
    /// the others are being cancelled.
    pub(super) fn flatten(&mut self, instrument: InstrumentId) {
        let Some(first) = self.flattens_from() else { return };
        let lots = self.ledger.positions()[instrument.index()];
        let flattens = |order: &&Order| order.request.instrument == instrument && order.request.id >= first;
        let under_way: i64 = self.open.iter().filter(flattens).map(|o| o.request.side.sign() * o.leaves().0).sum();
        let Some(side) = Side::of(-lots.0 - under_way) else { return };
        let request = NewOrder {
            id: OrderId(self.next_order + 1),
            instrument,
            side,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Gtc,
            qty: Qty((lots.0 + under_way).abs()),
            limit: None,
            stop: None,
        };
        // Where more is under way than there is left to flatten, its fill comes back here.
        let Some(approved) = self.risk.approve_flatten(request, &self.ledger, self.now) else { return };
        self.next_order += 1;
        self.audit.orders += 1;
        self.open.work(instrument, side, request.qty.0);
        self.open.insert(Order { status: OrderStatus::Submitted, ..Order::new(request, self.now) });
        self.venue.submit(approved, self.now);
        self.due = self.next_due();
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "protection_tests.rs"]
mod protection;
