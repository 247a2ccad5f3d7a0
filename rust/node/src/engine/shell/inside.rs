//! What others may ask of an engine, on its own thread between two batches or where it rests.

use std::any::Any;
use std::sync::atomic::Ordering;

use baconalgo_core::engine::EngineState;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Basis;
use baconalgo_core::order::Fill;
use baconalgo_core::strategy::Strategy;
use baconalgo_core::types::{Instrument, InstrumentId, Money, OrderId, money_to_f64};

use super::super::audit::{Closed, Rejected};
use super::super::shared::State;
use super::Shell;
use crate::symbols::Symbols;

/// The account, as people read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// Cash.
    pub cash: f64,
    /// Cash plus the value of all positions at their marks.
    pub equity: f64,
    /// Commissions paid.
    pub fees: f64,
    /// The largest fall from a peak of equity, percent of the peak.
    pub max_drawdown_pct: f64,
}

/// An engine from inside, on its own thread between two batches, or where it rests.
pub trait Inside: Send {
    /// The last messages and orders that were refused, oldest first.
    fn rejects(&self) -> Vec<Rejected>;
    /// The last orders that are done, in the order of their ends, then the open ones.
    fn orders(&self) -> Vec<Closed>;
    /// The last fills.
    fn fills(&self) -> Vec<Fill>;
    /// How many fills there were, those forgotten included.
    fn fills_so_far(&self) -> u64;
    /// The instruments by number.
    fn instruments(&self) -> Vec<Instrument>;
    /// The numbers of their symbols.
    fn symbols(&self) -> Vec<u32>;
    /// The account.
    fn account(&self) -> Account;
    /// The account's cash, equity and fees, exactly.
    fn money(&self) -> [Money; 3];
    /// The hash of orders, fills and ledger.
    fn hash(&self) -> u128;
    /// Ends an emergency stop.
    fn resume(&mut self);
    /// All that a snapshot keeps.
    fn state(&self) -> Kept;
    /// Goes on from a snapshot.
    ///
    /// # Errors
    /// If it fits no engine with these settings.
    fn restore(&mut self, kept: Kept) -> Result<(), Error>;
    /// The strategy.
    fn strategy(&mut self) -> &mut dyn Any;
}

/// What a snapshot keeps of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Instruments and their basis, by number.
    pub instruments: Vec<(Instrument, Basis)>,
    /// The core.
    pub core: EngineState,
    /// Numbers of clients, oldest first.
    pub clients: Vec<(u64, OrderId)>,
    /// Messages processed so far.
    pub messages: u64,
}

impl<S: Strategy + Send + 'static> Inside for Shell<S> {
    fn rejects(&self) -> Vec<Rejected> {
        self.audit.rejects.iter().copied().collect()
    }

    fn orders(&self) -> Vec<Closed> {
        let open = self.core.open_orders().into_iter().map(|order| (order, None));
        self.audit.orders.iter().copied().chain(open).collect()
    }

    fn fills(&self) -> Vec<Fill> {
        self.audit.fills.iter().copied().collect()
    }

    fn fills_so_far(&self) -> u64 {
        self.shared.fills.get()
    }

    fn instruments(&self) -> Vec<Instrument> {
        self.core.instruments().to_vec()
    }

    fn symbols(&self) -> Vec<u32> {
        (0..self.core.instruments().len()).map(|index| self.audit.symbol(index)).collect()
    }

    fn account(&self) -> Account {
        let ledger = self.core.ledger();
        Account {
            cash: money_to_f64(ledger.cash()),
            equity: money_to_f64(ledger.equity()),
            fees: money_to_f64(ledger.fees()),
            max_drawdown_pct: 100.0 * ledger.max_drawdown(),
        }
    }

    fn money(&self) -> [Money; 3] {
        let ledger = self.core.ledger();
        [ledger.cash(), ledger.equity(), ledger.fees()]
    }

    fn hash(&self) -> u128 {
        self.audit.hash(self.core.ledger(), &self.core.open_orders())
    }

    fn resume(&mut self) {
        self.core.resume();
        if self.shared.state() == State::Halted {
            self.shared.set_state(State::Running);
        }
    }

    fn state(&self) -> Kept {
        let instruments = self.core.instruments().iter().enumerate();
        Kept {
            instruments: instruments
                .map(|(index, instrument)| (instrument.clone(), self.core.basis(InstrumentId(index as u32))))
                .collect(),
            core: self.core.state(),
            clients: self.clients.iter().collect(),
            messages: self.shared.messages.get(),
        }
    }

    fn restore(&mut self, kept: Kept) -> Result<(), Error> {
        for (place, (instrument, basis)) in kept.instruments.iter().enumerate() {
            if let Some(given) = self.core.instruments().get(place) {
                if given != instrument {
                    let rule = format!("must be those of the snapshot, {} in this place", instrument.symbol());
                    return Err(Error::new(ErrorKind::Engine, 8005, "instruments", rule, given.symbol()));
                }
            } else if place >= self.room {
                let rule = format!("must be at least the {} of the snapshot", kept.instruments.len());
                return Err(Error::new(ErrorKind::Engine, 8005, "position_cache_capacity", rule, self.room));
            } else {
                let symbol = Symbols::of_process().intern(instrument.symbol())?;
                let id = self.core.add_instrument(instrument.clone(), Basis::Bars);
                self.route(symbol, id.0);
                self.audit.add_instrument(symbol, instrument.clone());
            }
            self.core.widen(InstrumentId(place as u32), *basis);
        }
        self.core.restore(&kept.core)?;
        for (client, order) in kept.clients {
            self.clients.insert(client, order);
            self.audit.name(order, client);
        }
        for (place, position) in kept.core.ledger.positions.iter().enumerate() {
            if position.lots != 0 || position.realized != 0 {
                self.audit.mark_dirty(place);
            }
        }
        self.shared.messages.add_alone(kept.messages);
        self.shared.before.store(kept.messages, Ordering::Relaxed);
        self.publish(kept.core.now);
        Ok(())
    }

    fn strategy(&mut self) -> &mut dyn Any {
        self.core.strategy_mut()
    }
}
