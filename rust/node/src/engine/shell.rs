//! What the engine's thread does: takes messages in order, carries each out, publishes what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use baconalgo_bus::{Batch, Closed, Consumer};
use baconalgo_core::engine::Engine;
use baconalgo_core::error::Error;
use baconalgo_core::event::{Basis, Event, Message, MessageKind, Record, Trade};
use baconalgo_core::order::{Command, NewOrder, Reject};
use baconalgo_core::sim::SimVenue;
use baconalgo_core::strategy::Strategy;
use baconalgo_core::types::{Instrument, InstrumentId, MaybeQty, NEVER, Ts, money_to_f64};

use super::audit::Audit;
use super::client_ids::ClientIds;
use super::clock::{self, Clock};
use super::intake::{Grids, Intent, Prepared, Wanted, prepare, unseen_instrument};
use super::positions::PositionView;
use super::row::Row;
use super::shared::{Fault, SAMPLED, Shared, State};
use super::workers::Lanes;
use crate::control;

mod inside;

pub use inside::{Account, Inside, Kept};

/// So many messages are taken from the ring at once.
pub(super) const BATCH: usize = 256;

/// The longest that the thread waits for messages before it looks around.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// The number of no instrument, by symbol.
const NOWHERE: u32 = u32::MAX;

/// A command that only wakes the engine's thread.
pub(super) const WAKE: u64 = 0;

/// An engine that a thread can run.
pub(super) trait Runner: Inside {
    /// Takes messages until the ring is closed and drained.
    fn run(&mut self, source: &mut Source) -> Result<(), Error>;
    /// After a fault: cancels what is open. Gives how many messages of its last batch were begun.
    fn fail(&mut self, fault: Fault) -> u64;
    /// For others to look at.
    fn as_inside(&mut self) -> &mut dyn Inside;
}

/// Where messages come from.
pub(super) struct Source {
    pub(super) messages: Consumer<Message>,
    /// Messages converted ahead by other threads, if there are any.
    pub(super) lanes: Option<Lanes>,
    /// Messages taken so far, for who waits for it.
    pub(super) done: Arc<std::sync::atomic::AtomicU64>,
}

/// A strategy that does nothing: orders come from outside.
#[derive(Debug, Default)]
pub struct NoStrategy;

impl Strategy for NoStrategy {
    const WATCHES_ORDERS: bool = false;

    #[inline(always)]
    fn cares(&self, _event: &Event) -> bool {
        false
    }
}

/// What a shell is made of.
pub(super) struct Parts<S> {
    pub(super) core: Engine<SimVenue, S>,
    pub(super) instruments: Vec<(u32, Instrument)>,
    pub(super) grids: Arc<Grids>,
    pub(super) audit: Audit,
    pub(super) clock: Clock,
    /// The most instruments.
    pub(super) room: usize,
}

/// The engine and its surroundings.
pub(super) struct Shell<S> {
    core: Engine<SimVenue, S>,
    audit: Audit,
    shared: Arc<Shared>,
    grids: Arc<Grids>,
    /// Instruments by number of the symbol.
    routes: Vec<u32>,
    clients: ClientIds,
    clock: Clock,
    room: usize,
    started: bool,
    taken: u64,
    /// Of the batch at hand: sequences, and messages among them.
    begun: (u64, u64),
    row: Row,
}

impl<S: Strategy + Send + 'static> Shell<S> {
    pub(super) fn new(parts: Parts<S>) -> Self {
        let Parts { core, instruments, grids, audit, clock, room } = parts;
        let mut shell = Self {
            shared: Arc::clone(&audit.shared),
            core,
            audit,
            grids,
            routes: Vec::new(),
            clients: ClientIds::new(),
            clock,
            room,
            started: false,
            taken: 0,
            begun: (0, 0),
            row: Row::new(),
        };
        for (place, (symbol, instrument)) in (0..).zip(instruments) {
            shell.route(symbol, place);
            shell.audit.add_instrument(symbol, instrument);
        }
        shell.publish(0);
        shell
    }

    fn route(&mut self, symbol: u32, place: u32) {
        if self.routes.len() <= symbol as usize {
            self.routes.resize((symbol as usize + 1).next_power_of_two(), NOWHERE);
        }
        self.routes[symbol as usize] = place;
    }

    /// The instrument of a symbol, which it gets if there is room.
    #[inline]
    fn instrument(&mut self, symbol: u32) -> Result<InstrumentId, Reject> {
        match self.routes.get(symbol as usize) {
            Some(place) if *place != NOWHERE => Ok(InstrumentId(*place)),
            _ => self.add(symbol),
        }
    }

    #[cold]
    fn add(&mut self, symbol: u32) -> Result<InstrumentId, Reject> {
        if self.core.instruments().len() >= self.room {
            return Err(Reject::TooManyInstruments);
        }
        let instrument = unseen_instrument(symbol).ok_or(Reject::UnknownInstrument)?;
        let id = self.core.add_instrument(instrument.clone(), Basis::Bars);
        self.route(symbol, id.0);
        self.audit.add_instrument(symbol, instrument);
        Ok(id)
    }

    /// What time it is for a message that is carried out now.
    fn local(&self, now: Ts) -> Ts {
        match self.clock {
            Clock::System => now.max(self.core.now()),
            // Before the first record there is no time yet.
            Clock::Replay => self.core.now().max(0),
        }
    }

    fn start(&mut self, now: Ts) -> Result<(), Error> {
        self.started = true;
        self.core.start(now, &mut self.audit)
    }

    /// One message, and everything it causes.
    #[inline]
    fn carry_out(&mut self, message: &Message, prepared: &Prepared, now: Ts) -> Result<(), Error> {
        self.audit.kind = message.kind;
        if prepared.rounded {
            self.shared.rounded.add_alone(1);
        }
        let outcome = match prepared.intent {
            Intent::Record(event, basis) => match self.instrument(message.symbol) {
                Ok(id) => self.record(Event { instrument: id, ..event }, basis, now)?,
                Err(reject) => Err((None, reject)),
            },
            Intent::Order(wanted) => self.order(message.symbol, &wanted, now)?,
            Intent::Cancel(client) => self.cancel(client, now)?,
            Intent::Hold => Ok(()),
            Intent::Control(code) => {
                if code == control::EMERGENCY_STOP {
                    self.emergency_stop(now)?;
                }
                Ok(())
            }
            Intent::Refused(reject) => Err((None, reject)),
        };
        if let Err((client, reject)) = outcome {
            self.refuse(message.symbol, client, reject, now);
        }
        Ok(())
    }

    #[cold]
    fn refuse(&mut self, symbol: u32, client: Option<u64>, reject: Reject, now: Ts) {
        self.audit.now = self.local(now);
        self.audit.refuse(symbol, client, reject);
    }

    #[inline]
    fn record(&mut self, mut event: Event, basis: Basis, now: Ts) -> Result<Done, Error> {
        let id = event.instrument;
        match self.clock {
            Clock::System => self.date(&mut event, now),
            Clock::Replay => {
                if event.ts_event < self.core.now() || event.ts_event > LATEST {
                    return Ok(Err((None, Reject::OutOfOrder)));
                }
                if !self.started {
                    self.start(event.ts_event)?;
                }
            }
        }
        if self.core.basis(id) < basis {
            self.core.widen(id, basis);
        }
        if S::DECIDES_BY_COLUMN && self.core.basis(id) == basis {
            // As in a backtest, where the finest data of an instrument is what its columns are of.
            let row = self.row.of(&event);
            self.core.prepare(0, row)?;
            event.target = row.target.first().copied().unwrap_or(f64::NAN);
        }
        self.audit.now = event.ts_recv;
        if self.core.try_step(&event, &mut self.audit)?.is_none() {
            // A price that no ledger can hold with this position: one bad message ends no engine.
            return Ok(Err((None, Reject::Amount)));
        }
        if self.core.ledger().positions()[id.index()].0 != 0 {
            self.audit.mark_dirty(id.index());
        }
        if self.clock == Clock::System {
            // What is due by now; in a replay it waits for the next record, as in a backtest.
            self.core.advance(event.ts_recv, &mut self.audit)?;
        }
        Ok(Ok(()))
    }

    /// A record happens when it is taken; a bar keeps its interval if that is over.
    #[inline]
    fn date(&self, event: &mut Event, now: Ts) {
        let now = self.local(now);
        event.ts_recv = now;
        event.ts_event = now;
        if let Record::Bar(bar) = &mut event.record {
            if bar.ts_close > now {
                bar.ts_open = now - (bar.ts_close - bar.ts_open);
                bar.ts_close = now;
            }
            event.ts_event = bar.ts_close - 1;
        }
    }

    #[inline]
    fn order(&mut self, symbol: u32, wanted: &Wanted, now: Ts) -> Result<Done, Error> {
        let known = wanted.client.is_some_and(|client| self.clients.order(client).is_some());
        if known {
            return Ok(Err((wanted.client, Reject::DuplicateOrder)));
        }
        let instrument = match self.instrument(symbol) {
            Ok(id) => id,
            Err(reject) => return Ok(Err((wanted.client, reject))),
        };
        let now = self.local(now);
        if !self.started {
            self.start(now)?;
        }
        self.audit.now = now;
        if let (Some(px), None) = (wanted.mark, self.core.ledger().mark2(instrument)) {
            let trade = Trade { px, qty: MaybeQty::NONE, side: None };
            let record = Record::Trade(trade);
            self.core.widen(instrument, Basis::Trades);
            let event = Event { ts_event: now, ts_recv: now, instrument, target: f64::NAN, record };
            self.core.step(&event, &mut self.audit)?;
        }
        let id = self.core.next_order_id();
        if let Some(client) = wanted.client {
            self.clients.insert(client, id);
            self.audit.name(id, client);
        }
        self.shared.orders.add_alone(1);
        let order = NewOrder {
            id,
            instrument,
            side: wanted.side,
            order_type: wanted.order_type,
            time_in_force: wanted.time_in_force,
            qty: wanted.qty,
            limit: wanted.limit,
            stop: wanted.stop,
        };
        self.core.command(now, Command::Submit(order), &mut self.audit)?;
        if let Some(open) = self.core.open_order(id) {
            self.audit.tell(open);
        }
        Ok(Ok(()))
    }

    fn cancel(&mut self, client: u64, now: Ts) -> Result<Done, Error> {
        let Some(order) = self.clients.order(client) else {
            return Ok(Err((Some(client), Reject::UnknownOrder)));
        };
        if self.core.open_order(order).is_none() {
            return Ok(Err((Some(client), Reject::TooLate)));
        }
        let now = self.local(now);
        self.audit.now = now;
        self.core.command(now, Command::Cancel(order), &mut self.audit)?;
        Ok(Ok(()))
    }

    #[cold]
    fn emergency_stop(&mut self, now: Ts) -> Result<(), Error> {
        self.shared.emergency.store(false, Ordering::Release);
        self.shared.set_state(State::Halted);
        let now = self.local(now);
        self.audit.now = now;
        self.core.emergency_stop(now, &mut self.audit)?;
        Ok(())
    }

    /// What happens without messages.
    fn look_around(&mut self, now: Ts) -> Result<(), Error> {
        if self.shared.emergency.load(Ordering::Acquire) {
            self.emergency_stop(now)?;
        }
        if self.clock == Clock::System {
            let now = self.local(now);
            if self.core.due() <= now {
                self.audit.now = now;
                self.core.advance(now, &mut self.audit)?;
            }
        }
        while self.shared.is_asked()
            && let Some(request) = self.shared.next_request()
        {
            self.publish(now);
            request(self);
        }
        self.publish(now);
        Ok(())
    }

    /// Makes positions and account visible.
    #[inline]
    fn publish(&mut self, now: Ts) {
        while let Some(index) = self.audit.next_dirty() {
            let ledger = self.core.ledger();
            let instrument = &self.core.instruments()[index];
            let id = InstrumentId(index as u32);
            let scale = instrument.px_scale();
            let view = PositionView {
                symbol: self.audit.symbol(index),
                quantity: instrument.quantity(ledger.positions()[index]),
                average_price: ledger.average_px(id).map_or(f64::NAN, |px| px * scale.mantissa / scale.power),
                mark_price: ledger.mark2(id).map_or(f64::NAN, |two| two as f64 / 2.0 * scale.mantissa / scale.power),
                unrealized_pnl: money_to_f64(ledger.unrealized(id)),
                realized_pnl: money_to_f64(ledger.realized(id)),
                timestamp: now,
            };
            self.shared.board.write(index, &view);
        }
        let ledger = self.core.ledger();
        self.shared.board.set_open(ledger.open_positions());
        self.shared.equity.store(money_to_f64(ledger.equity()).to_bits(), Ordering::Relaxed);
        self.shared.cash.store(money_to_f64(ledger.cash()).to_bits(), Ordering::Relaxed);
    }

    /// A batch of messages, in order.
    fn batch(&mut self, batch: &Batch<'_, Message>, lanes: Option<&mut Lanes>) -> Result<(), Error> {
        let began = clock::now();
        let mut lanes = lanes;
        let mut count = 0;
        let mut sampled = None;
        let (front, back) = batch.as_slices();
        for message in front.iter().chain(back) {
            count += u64::from(!is_wake(message));
            if self.shared.emergency.load(Ordering::Relaxed) {
                self.emergency_stop(began)?;
            }
            let number = self.taken;
            self.taken += 1;
            self.begun = (self.begun.0 + 1, count);
            if number.is_multiple_of(SAMPLED) && sampled.is_none() {
                sampled = Some(self.timed(message, lanes.as_deref_mut())?);
                continue;
            }
            let prepared = match lanes.as_deref_mut() {
                Some(lanes) => lanes.next(message),
                None => prepare(message, &self.grids),
            };
            self.carry_out(message, &prepared, began)?;
        }
        self.begun = (0, 0);
        let executed = clock::now();
        self.publish(began);
        let done = clock::now();
        let shared = &self.shared;
        if let Some((queue, convert, execute)) = sampled {
            for (stage, nanos) in shared.stages.iter().zip([queue, convert, execute, done - executed]) {
                stage.record_alone(nanos.max(0) as u64, 1);
            }
        }
        note_latencies(shared, batch, done);
        shared.messages.add_alone(count);
        if shared.first.load(Ordering::Relaxed) == 0 {
            shared.first.store(began, Ordering::Relaxed);
        }
        shared.last.store(done, Ordering::Relaxed);
        Ok(())
    }

    /// One message with its stages timed: in the queue, converted, carried out; ns.
    #[cold]
    fn timed(&mut self, message: &Message, lanes: Option<&mut Lanes>) -> Result<(i64, i64, i64), Error> {
        let taken = clock::now();
        let prepared = match lanes {
            Some(lanes) => lanes.next(message),
            None => prepare(message, &self.grids),
        };
        let converted = clock::now();
        self.carry_out(message, &prepared, taken)?;
        Ok((taken - message.published, converted - taken, clock::now() - converted))
    }
}

/// So often a strategy that has failed may fail again while its orders are cancelled.
const ATTEMPTS: usize = 1_000;

/// The latest time that a record may have: the year 2116. What is reckoned from it still fits.
const LATEST: Ts = 1 << 62;

/// What became of a message: done, or refused, with its sender's number.
type Done = Result<(), (Option<u64>, Reject)>;

/// Whether a message is none: it only wakes the engine's thread.
#[inline]
fn is_wake(message: &Message) -> bool {
    message.kind == MessageKind::Control as u8 && message.words[0] == WAKE
}

/// Every message is done when its batch is.
fn note_latencies(shared: &Shared, batch: &Batch<'_, Message>, done: Ts) {
    let (mut published, mut count) = (0, 0);
    let (front, back) = batch.as_slices();
    for message in front.iter().chain(back).filter(|message| !is_wake(message)) {
        if message.published != published {
            if count > 0 {
                shared.latency.record_alone((done - published).max(0) as u64, count);
            }
            (published, count) = (message.published, 0);
        }
        count += 1;
    }
    if count > 0 {
        shared.latency.record_alone((done - published).max(0) as u64, count);
    }
}

impl<S: Strategy + Send + 'static> Runner for Shell<S> {
    fn run(&mut self, source: &mut Source) -> Result<(), Error> {
        self.core.resume();
        if self.clock == Clock::System {
            self.start(self.local(clock::now()))?;
        }
        loop {
            let due = self.core.due();
            let wait = if self.clock == Clock::Replay || due == NEVER {
                LONGEST_WAIT
            } else {
                LONGEST_WAIT.min(Duration::from_nanos(due.saturating_sub(clock::now()).max(0) as u64))
            };
            match source.messages.read(BATCH, wait) {
                Ok(Some(batch)) => self.batch(&batch, source.lanes.as_mut())?,
                Ok(None) => {}
                Err(Closed) => break,
            }
            source.done.store(source.messages.next_sequence(), Ordering::Release);
            if self.shared.is_asked() || self.shared.emergency.load(Ordering::Relaxed) || self.core.due() < NEVER {
                self.look_around(clock::now())?;
            }
        }
        self.core.finish(&mut self.audit)?;
        self.look_around(clock::now())
    }

    fn fail(&mut self, fault: Fault) -> u64 {
        self.shared.set_fault(fault);
        // The strategy is not asked again: its orders are cancelled, and what fills on the way is still booked.
        let far = self.core.now().saturating_add(60_000_000_000);
        self.core.cancel_all();
        // A strategy that is told of its cancelled orders may fail at each.
        for _ in 0..ATTEMPTS {
            if self.core.advance(far, &mut self.audit).is_ok() {
                break;
            }
        }
        self.publish(far);
        self.shared.messages.add_alone(self.begun.1);
        self.begun.0
    }

    fn as_inside(&mut self) -> &mut dyn Inside {
        self
    }
}
