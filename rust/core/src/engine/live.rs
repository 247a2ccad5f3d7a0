//! What a live shell asks of the engine besides [`Engine::step`]: commands from outside, time that passes without
//! events, instruments that turn up, and a state to start again from.

use super::{Audit, Engine, Probe, mark2};
use crate::error::{Error, ErrorKind};
use crate::event::{Basis, Event};
use crate::ledger::{Ledger, LedgerState};
use crate::order::{Command, Order};
use crate::risk::RiskState;
use crate::strategy::Strategy;
use crate::types::{Instrument, InstrumentId, OrderId, Ts};
use crate::venue::Venue;

/// Where an engine stands, as a snapshot keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineState {
    /// The local time.
    pub now: Ts,
    /// The last order number given.
    pub last_order: u64,
    /// Since an emergency stop, the first order sent to flatten.
    pub halted: Option<OrderId>,
    /// The account.
    pub ledger: LedgerState,
    /// Open orders, in order of id.
    pub orders: Vec<Order>,
    /// Since a breaker tripped that closes positions, the first order sent for it.
    pub flattening: Option<OrderId>,
    /// The guard of the account.
    pub risk: RiskState,
}

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// Time passes: everything that is due at or before `now`.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn advance(&mut self, now: Ts, probe: &mut impl Probe) -> Result<Audit, Error> {
        self.audit = Audit::default();
        self.pass(now, probe)?;
        Ok(self.audit)
    }

    /// [`Self::step`], unless the ledger could not bear the event's mark: then nothing of the event is done, only what
    /// was due before it, and there is no audit.
    ///
    /// # Errors
    /// As [`Self::step`].
    #[inline]
    pub fn try_step(&mut self, event: &Event, probe: &mut impl Probe) -> Result<Option<Audit>, Error> {
        self.audit = Audit::default();
        if self.due <= event.ts_event {
            self.settle(event.ts_event, probe)?;
        }
        // Asked of the position as what was due has left it.
        let mark = mark2(&event.record, self.basis[event.instrument.index()]);
        if mark.is_some_and(|mark| !self.ledger.bears(event.instrument, mark.unsigned_abs())) {
            return Ok(None);
        }
        self.take(event, probe)?;
        Ok(Some(self.audit))
    }

    /// Carries out a command from outside, as if a strategy had asked for it at `now`, and what is due by then.
    /// The numbers of new orders come from [`Self::next_order_id`].
    ///
    /// # Errors
    /// As [`Self::step`]. A command that breaks a rule is no error: it is refused and its probe and strategy are told.
    pub fn command(&mut self, now: Ts, command: Command, probe: &mut impl Probe) -> Result<Audit, Error> {
        self.audit = Audit::default();
        self.pass(now, probe)?;
        self.commands.push(command);
        self.carry_out(Ts::MIN, probe)?;
        self.pass(self.now, probe)?;
        Ok(self.audit)
    }

    #[inline]
    fn pass(&mut self, now: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        if self.due <= now {
            self.settle(now, probe)?;
        }
        if self.now < now {
            probe.on_time(now, &self.ledger);
            self.now = now;
        }
        Ok(())
    }

    /// When something is due next; [`NEVER`](crate::types::NEVER) if nothing is under way.
    #[inline]
    pub const fn due(&self) -> Ts {
        self.due
    }

    /// A number for a new order.
    pub const fn next_order_id(&mut self) -> OrderId {
        self.next_order += 1;
        OrderId(self.next_order)
    }

    /// An open order.
    #[inline]
    pub fn open_order(&self, id: OrderId) -> Option<&Order> {
        self.open.get(id)
    }

    /// What marks an instrument and what its orders trade on.
    #[inline]
    pub fn basis(&self, instrument: InstrumentId) -> Basis {
        self.basis[instrument.index()]
    }

    /// One instrument more.
    pub fn add_instrument(&mut self, instrument: Instrument, basis: Basis) -> InstrumentId {
        let id = InstrumentId(self.instruments.len() as u32);
        self.ledger.add_instrument(&instrument);
        self.open.add_instrument();
        self.risk.add_instrument(&instrument);
        self.bars.add_instrument(basis);
        self.venue.add_instrument(&instrument, basis);
        self.strategy.add_instrument(&instrument);
        self.basis.push(basis);
        self.instruments.push(instrument);
        id
    }

    /// An instrument turns out to have finer data than was known.
    pub fn widen(&mut self, instrument: InstrumentId, basis: Basis) {
        if self.basis[instrument.index()] < basis {
            self.basis[instrument.index()] = basis;
            self.bars.widen(instrument, basis);
            self.venue.widen(instrument, basis);
        }
    }

    /// Where it stands.
    pub fn state(&self) -> EngineState {
        EngineState {
            now: self.now,
            last_order: self.next_order,
            halted: self.halted,
            ledger: self.ledger.state(),
            orders: self.open_orders(),
            flattening: self.flattening,
            risk: self.risk.state(),
        }
    }

    /// Goes on from a state; its open orders work at the venue again. The strategy starts anew.
    ///
    /// # Errors
    /// `EngineError` if the state is none that an engine with these instruments can be in; the engine is then as
    /// before.
    pub fn restore(&mut self, state: &EngineState) -> Result<(), Error> {
        let ledger = Ledger::restore(&self.instruments, &state.ledger)?;
        let mut before = 0;
        for order in &state.orders {
            let (request, open) = (&order.request, !order.status.is_closed());
            let ids = request.id.0 > before && request.id.0 <= state.last_order;
            let lots = request.qty.0 > 0 && (0..request.qty.0).contains(&order.filled.0);
            if !(ids && open && lots && request.instrument.index() < self.instruments.len()) {
                let rule = "must be open orders of the instruments, in order of id";
                return Err(Error::new(ErrorKind::Engine, 8005, "orders", rule, request.id.0));
            }
            before = request.id.0;
        }
        self.ledger = ledger;
        self.risk.restart(&self.ledger, &state.risk);
        self.now = state.now;
        self.next_order = state.last_order;
        (self.halted, self.flattening) = (state.halted, state.flattening);
        for order in &state.orders {
            let request = order.request;
            self.open.work(request.instrument, request.side, order.leaves().0);
            self.open.insert(*order);
            self.venue.adopt(self.risk.adopt(request, order.leaves()), order.leaves(), state.now);
        }
        self.due = self.next_due();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
