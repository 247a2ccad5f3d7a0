//! The emergency stop: cancel, flatten, refuse.

use super::{Audit, Engine, Probe};
use crate::error::Error;
use crate::order::{NewOrder, Order, OrderStatus, OrderType, TimeInForce};
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

    /// A breaker has tripped: everything open is cancelled and, where the guard says so, every position closed.
    #[cold]
    #[inline(never)]
    pub(super) fn trip(&mut self) {
        self.trips_at = NEVER;
        self.cancel_all();
        if self.risk.wants_flat() && self.flattens_from().is_none() {
            self.flattening = Some(OrderId(self.next_order + 1));
            self.flatten_all();
        }
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
