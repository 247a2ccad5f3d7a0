//! The emergency stop: cancel, flatten, refuse.

use super::{Audit, Engine, Probe};
use crate::error::Error;
use crate::order::{NewOrder, Order, OrderStatus, OrderType, TimeInForce};
use crate::risk::RiskPolicy;
use crate::strategy::Strategy;
use crate::types::{InstrumentId, OrderId, Qty, Side, Ts};
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
            for index in 0..self.instruments.len() {
                self.flatten(InstrumentId(index as u32));
            }
            self.due = self.next_due();
        }
        outcome.and_then(|_| self.advance(self.now, probe))
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
        let Some(first) = self.halted else { return };
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
        let Some(approved) = RiskPolicy::approve_flatten(request, lots) else { return };
        self.next_order += 1;
        self.audit.orders += 1;
        self.open.work(instrument, side, request.qty.0);
        self.open.insert(Order { status: OrderStatus::Submitted, ..Order::new(request, self.now) });
        self.venue.submit(approved, self.now);
        self.due = self.next_due();
    }
}
