//! What the engine needs of a venue, real or simulated.

use crate::event::{Basis, Event};
use crate::order::{NewOrder, ReplaceOrder, Report};
use crate::risk::Approved;
use crate::types::{Instrument, InstrumentId, Money, OrderId, Px, Qty, Ts};

/// How an order was filled whole as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeFill {
    /// At what price.
    pub px: Px,
    /// The commission.
    pub fee: Money,
    /// When it arrived and was filled.
    pub ts_event: Ts,
    /// When that is seen.
    pub ts_recv: Ts,
}

/// Where orders go. It answers in [`Report`]s.
pub trait Venue {
    /// When it next does something by itself; [`crate::types::NEVER`] if nothing is under way.
    fn next_due(&self) -> Ts;

    /// Does the next thing that is due at or before `until`; returns the report if that is what it was.
    fn advance(&mut self, until: Ts) -> Option<Report>;

    /// The next report that is seen at or before `until`; orders under way stay where they are.
    fn next_report(&mut self, until: Ts) -> Option<Report>;

    /// Market data as it happens at the venue. A real venue has its own and ignores this.
    fn observe(&mut self, event: &Event);

    /// Whether market data of an instrument changes nothing but where its market stands: of several records in
    /// a row it is then enough to show the last one.
    fn is_quiet(&self, _instrument: InstrumentId) -> bool {
        false
    }

    /// One instrument more, the next by number, and what it trades on.
    fn add_instrument(&mut self, _instrument: &Instrument, _basis: Basis) {}

    /// An instrument has finer data than was known.
    fn widen(&mut self, _instrument: InstrumentId, _basis: Basis) {}

    /// An order that worked here before a restart, with what is left of it. Whether its stop had been reached is not
    /// known: it waits for it again.
    fn adopt(&mut self, _order: Approved<NewOrder>, _leaves: Qty, _now: Ts) {}

    /// From now on nobody listens to reports that an order was accepted: one that comes together with another report
    /// may be left out.
    fn mute_acknowledgements(&mut self) {}

    /// Sends an order at local time `now`.
    fn submit(&mut self, order: Approved<NewOrder>, now: Ts);

    /// [`Self::submit`] while nothing else is under way, no market data comes before `until`, and nobody listens to
    /// reports that an order was accepted: an order of which nothing but one fill would be seen by then may be filled
    /// at once, with the liquidity of a taker. `None`: it is still to be submitted.
    fn fill_at_once(&mut self, _order: Approved<&NewOrder>, _now: Ts, _until: Ts) -> Option<WholeFill> {
        None
    }

    /// Sends a change of an order.
    fn replace(&mut self, change: Approved<ReplaceOrder>, instrument: InstrumentId, now: Ts);

    /// Sends a cancel.
    fn cancel(&mut self, order: OrderId, instrument: InstrumentId, now: Ts);
}
