//! Where the engine asks the guard of the account.

use super::Engine;
use crate::event::{Event, Record};
use crate::order::{NewOrder, ReplaceOrder, Report, ReportKind};
use crate::risk::{Approved, Denied};
use crate::strategy::Strategy;
use crate::venue::Venue;

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// Shows the guard a mark, where it watches them one by one. What trips is acted on when the mark is seen.
    #[inline(never)]
    pub(super) fn watch(&mut self, event: &Event) {
        if self.risk.watch(event.instrument, event.ts_event, &self.ledger) {
            let known = if let Record::Bar(bar) = event.record { bar.ts_close } else { event.ts_event };
            self.trips_at = event.ts_recv.max(known);
        }
    }

    pub(super) fn replace(&mut self, change: ReplaceOrder) {
        let Some(order) = self.open.get(change.id).copied() else {
            self.audit.refused += 1;
            return;
        };
        match self.risk.check_replace(change, &order, self.now, &self.ledger) {
            Ok(approved) => self.venue.replace(approved, order.request.instrument, self.now),
            Err(denied) => {
                self.audit.refused += 1;
                let kind = ReportKind::ChangeRejected(denied.reject);
                let report = Report { order: change.id, kind, ts_event: self.now, ts_recv: self.now };
                self.local.refused.push((report, order));
            }
        }
    }

    /// The risk check.
    #[inline(always)]
    pub(super) fn check<'a>(&mut self, request: &'a NewOrder) -> Result<Approved<&'a NewOrder>, Denied> {
        if self.risk.may_cross(request) {
            self.risk.tighten(request.instrument, request.side.opposite(), self.open.iter());
        }
        let checked = self.risk.check_in_place(request, self.now, &self.ledger);
        if checked.is_err() && self.risk.take_trip() {
            self.trip();
        }
        checked
    }
}
