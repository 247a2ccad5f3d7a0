//! The engine as others hold it: start, stop, send, ask.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use baconalgo_bus::{Ring, Tap, WaitStrategy};
use baconalgo_core::engine::Engine;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Basis, Body, Message};
use baconalgo_core::order::Reject;
use baconalgo_core::risk::RiskPolicy;
use baconalgo_core::sim::{SimVenue, VenueModels};
use baconalgo_core::strategy::Strategy;
use baconalgo_core::types::{Instrument, Money};
use parking_lot::Mutex;

use super::audit::Audit;
use super::clock::Clock;
use super::intake::Grids;
use super::pinning::{self, Pinning};
use super::positions::PositionView;
use super::shared::{Fault, Shared, State};
use super::shell::{Inside, Parts, Runner, Shell, Source, WAKE};
use super::workers;
use crate::symbols::Symbols;
use crate::telemetry::{Measured, Registry};

mod sender;
mod stats;

pub use sender::{SendError, Sender};
pub use stats::Stats;

/// What an engine is made with.
#[derive(Debug)]
pub struct Options {
    /// Messages that the input ring holds, a power of two.
    pub ring_capacity: usize,
    /// Threads that convert messages; with one, the engine's thread does it.
    pub workers: usize,
    /// Whether the engine's thread is pinned to a core.
    pub pin: bool,
    /// The most instruments.
    pub instruments_room: usize,
    /// Orders and fills that are remembered, each.
    pub history: usize,
    /// Where time comes from.
    pub clock: Clock,
    /// The instruments there are; `None`: whatever turns up.
    pub instruments: Option<Vec<Instrument>>,
    /// Limits.
    pub risk: RiskPolicy,
    /// Capital.
    pub capital: Money,
    /// The simulated venue's assumptions.
    pub models: VenueModels,
    /// Whether its orders meet the standing market at once.
    pub at_last: bool,
    /// Added to the times of records that do not say when they were seen, in a replay, ns.
    pub feed_latency: i64,
}

pub(super) fn engine_error(parameter: &str, rule: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Engine, 8003, parameter, rule, value)
}

/// The ring of an engine that runs.
struct Gate {
    sender: Sender,
    ring: Ring<Message>,
    done: Arc<AtomicU64>,
}

/// Where the engine is.
enum Place {
    /// Here.
    Resting(Box<dyn Runner>),
    /// On its thread, which brings it back.
    Running { engine: JoinHandle<Option<Box<dyn Runner>>>, workers: Vec<JoinHandle<()>> },
    /// On its way.
    Moving,
}

/// A live engine.
pub struct LiveEngine {
    shared: Arc<Shared>,
    grids: Arc<Grids>,
    ring_capacity: usize,
    workers: usize,
    pin: bool,
    place: Mutex<Place>,
    gate: Mutex<Option<Gate>>,
    thread: Mutex<Option<ThreadId>>,
    events: Ring<Message>,
}

/// Input rings of so many messages at most are in memory from the start: no message of the first lap waits for a page.
const RESIDENT: usize = 1 << 20;

/// Records that the output ring holds.
const EVENTS: usize = 1 << 16;

impl LiveEngine {
    /// An engine at rest. `adapt` sees the instruments and makes the strategy.
    ///
    /// # Errors
    /// `ConfigError` if a setting cannot be; `EngineError` if there are more instruments than room.
    pub fn new<S: Strategy + Send + 'static>(options: Options, strategy: S) -> Result<Self, Error> {
        let config =
            |parameter: &str, rule: String, value: usize| Error::new(ErrorKind::Config, 1001, parameter, rule, value);
        let capacity = options.ring_capacity;
        if !capacity.is_power_of_two() || !(2..=1 << 30).contains(&capacity) {
            let rule = "must be a power of two from 2 to 2^30".to_owned();
            return Err(config("ring_buffer_capacity", rule, capacity));
        }
        if !(1..=32).contains(&options.workers) {
            return Err(config("num_workers", "must be from 1 to 32".into(), options.workers));
        }
        let given = options.instruments.unwrap_or_default();
        if given.len() > options.instruments_room {
            let rule = "must be at least as many as there are instruments".to_owned();
            return Err(config("position_cache_capacity", rule, options.instruments_room));
        }
        let symbols = given.iter().map(|instrument| Symbols::of_process().intern(instrument.symbol()));
        let symbols = symbols.collect::<Result<Vec<u32>, Error>>()?;
        let limited = (!given.is_empty()).then_some((given.as_slice(), symbols.as_slice()));
        let grids = Arc::new(Grids::new(limited));
        let basis = vec![Basis::Bars; given.len()];
        let venue = SimVenue::new(&given, &basis, options.models);
        let venue = if options.at_last { venue.trading_at_last() } else { venue };
        let core =
            Engine::new(given.clone(), basis, venue, strategy, options.risk, options.capital, options.feed_latency);
        let shared = Arc::new(Shared::new(options.instruments_room));
        let (out, events) = baconalgo_bus::ring::<Message>(EVENTS)
            .map_err(|error| engine_error("events", "must have room", error))?
            .resident()
            .single_producer();
        let shell = Shell::new(Parts {
            core,
            instruments: symbols.into_iter().zip(given).collect(),
            grids: Arc::clone(&grids),
            audit: Audit::new(Arc::clone(&shared), out, options.history),
            clock: options.clock,
            room: options.instruments_room,
        });
        let weak: std::sync::Weak<dyn Measured> = Arc::<Shared>::downgrade(&shared);
        Registry::of_process().register("engine", weak);
        Ok(Self {
            shared,
            grids,
            ring_capacity: capacity,
            workers: options.workers,
            pin: options.pin,
            place: Mutex::new(Place::Resting(Box::new(shell))),
            gate: Mutex::new(None),
            thread: Mutex::new(None),
            events,
        })
    }

    /// Starts its thread; nothing if it runs. Gives what became of the wish to pin it.
    ///
    /// # Errors
    /// `EngineError` if it has failed, or threads or memory cannot be had.
    pub fn start(&self) -> Result<Pinning, Error> {
        let mut place = self.place.lock();
        self.not_faulted()?;
        if matches!(*place, Place::Running { .. }) {
            return Ok(self.shared.pinning.lock().clone());
        }
        let failed = |error: &dyn std::fmt::Display| engine_error("engine", "must be startable", error);
        // A pinned thread has its core: it gives up no microsecond of a gap between messages to be woken from sleep.
        let dedicated = self.pin && pinning::allowed_cores().len() > 1;
        let waits = if dedicated { WaitStrategy::Dedicated } else { WaitStrategy::default() };
        let builder = baconalgo_bus::ring::<Message>(self.ring_capacity).map_err(|error| failed(&error))?.wait(waits);
        let builder = if self.ring_capacity <= RESIDENT { builder.resident() } else { builder };
        let (producer, ring) = builder.multi_producer();
        let (workers, messages, lanes) = if self.workers > 1 {
            let started = workers::start(self.workers, &ring, &self.grids)?;
            (started.threads, started.messages, Some(started.lanes))
        } else {
            (Vec::new(), ring.subscribe().map_err(|error| failed(&error))?, None)
        };
        let done = Arc::new(AtomicU64::new(0));
        let source = Source { messages, lanes, done: Arc::clone(&done) };
        let Place::Resting(runner) = std::mem::replace(&mut *place, Place::Moving) else {
            return Err(failed(&"it is being stopped"));
        };
        let (shared, closing, pin) = (Arc::clone(&self.shared), ring.clone(), self.pin);
        let (told, started) = sync_channel(1);
        // The runner comes along only once the thread is there: it must not be lost if none can be had.
        let (hand, over) = sync_channel::<Box<dyn Runner>>(1);
        let body = move || {
            let pinned = if pin { pinning::pin(0) } else { Pinning::NotWanted };
            *shared.pinning.lock() = pinned.clone();
            let runner = over.recv();
            let _ = told.send(pinned);
            runner.map(|runner| live(runner, source, &shared, &closing))
        };
        let spawned = std::thread::Builder::new().name("baconalgo-engine".into()).spawn(move || {
            // Whoever started the thread hands the runner over, or is gone together with it.
            body().ok()
        });
        let engine = match spawned {
            Ok(engine) => engine,
            Err(error) => {
                ring.close();
                *place = Place::Resting(runner);
                return Err(failed(&error));
            }
        };
        self.shared.emergency.store(false, Ordering::Release);
        self.shared.set_state(State::Running);
        *self.thread.lock() = Some(engine.thread().id());
        *self.gate.lock() = Some(Gate { sender: Sender { producer }, ring, done });
        let _ = hand.send(runner);
        *place = Place::Running { engine, workers };
        Ok(started.recv().unwrap_or(Pinning::NotWanted))
    }

    /// Lets nothing more in; what was accepted is still carried out.
    pub fn close(&self) {
        if let Some(gate) = self.gate.lock().take() {
            gate.ring.close();
        }
    }

    /// Whether its thread has come to its end, or there is none.
    pub fn is_at_rest(&self) -> bool {
        match &*self.place.lock() {
            Place::Running { engine, .. } => engine.is_finished(),
            Place::Resting(_) => true,
            Place::Moving => false,
        }
    }

    /// Carries out what was accepted, then ends the thread; nothing if it does not run.
    ///
    /// # Errors
    /// `EngineError` if called on the engine's own thread.
    pub fn stop(&self) -> Result<(), Error> {
        self.not_inside()?;
        self.close();
        self.settle(&mut self.place.lock(), true);
        Ok(())
    }

    /// Brings the engine back from its thread, if that has ended or is waited for.
    fn settle(&self, place: &mut Place, wait: bool) {
        let over = |engine: &JoinHandle<Option<Box<dyn Runner>>>| wait || engine.is_finished();
        if !matches!(&*place, Place::Running { engine, .. } if over(engine)) {
            return;
        }
        let Place::Running { engine, workers } = std::mem::replace(place, Place::Moving) else { return };
        let runner = engine.join().ok().flatten();
        for worker in workers {
            let _ = worker.join();
        }
        *self.thread.lock() = None;
        if self.shared.state() != State::Faulted {
            self.shared.set_state(State::Stopped);
        }
        // A thread that panicked outside of its guarded part has taken the engine with it.
        *place = runner.map_or(Place::Moving, Place::Resting);
    }

    /// Whether this is not the engine's own thread, which must not wait for itself.
    ///
    /// # Errors
    /// `EngineError` if it is.
    pub fn not_inside(&self) -> Result<(), Error> {
        if *self.thread.lock() == Some(std::thread::current().id()) {
            let rule = "must not be called from the engine's own thread (a strategy's callback)";
            return Err(engine_error("engine", rule, "inside"));
        }
        Ok(())
    }

    fn not_faulted(&self) -> Result<(), Error> {
        match self.shared.fault() {
            Some(fault) => Err(Error::new(ErrorKind::Engine, 8002, "engine", "must not have failed", fault)),
            None => Ok(()),
        }
    }

    /// Why messages are not taken.
    pub fn why_not(&self) -> Error {
        match self.not_faulted() {
            Err(fault) => fault,
            Ok(()) => engine_error("engine", "must be running", self.shared.state().word()),
        }
    }

    /// The way in.
    ///
    /// # Errors
    /// `EngineError` if it does not run.
    pub fn sender(&self) -> Result<Sender, Error> {
        let sender = self.gate.lock().as_ref().map(|gate| gate.sender.clone());
        sender.filter(|_| self.shared.fault().is_none()).ok_or_else(|| self.why_not())
    }

    /// Sends one message, whichever thread this is.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn send(&self, message: Message) -> Result<(), SendError> {
        self.gate.lock().as_mut().ok_or(SendError::NotRunning)?.sender.send(message)
    }

    /// Stops all trading: cannot fail, whatever the ring holds.
    pub fn emergency_stop(&self) {
        if !matches!(self.shared.state(), State::Running | State::Halted) {
            return;
        }
        self.shared.emergency.store(true, Ordering::Release);
        self.wake();
    }

    /// A thread that waits for messages looks around; one that has messages does so anyway.
    fn wake(&self) {
        if let Some(message) = Message::new(0, Body::Control { code: WAKE, argument: 0 }) {
            let _ = self.send(message);
        }
    }

    /// Asks the engine, between two batches.
    ///
    /// # Errors
    /// `EngineError` if called on the engine's own thread.
    pub fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Inside) -> R + Send + 'static,
    ) -> Result<Pending<'_, R>, Error> {
        self.not_inside()?;
        let (answer, answers) = sync_channel(1);
        self.shared.ask(Box::new(move |inside| {
            let _ = answer.send(question(inside));
        }));
        self.wake();
        Ok(Pending { engine: self, answers })
    }

    /// Answers what was asked, if the engine is here to answer.
    fn answer_here(&self) {
        let Some(mut place) = self.place.try_lock() else { return };
        self.settle(&mut place, false);
        match &mut *place {
            Place::Running { .. } => {}
            Place::Resting(runner) => {
                while let Some(request) = self.shared.next_request() {
                    request(runner.as_inside());
                }
            }
            // It is lost: whoever asked learns that no answer comes.
            Place::Moving => while self.shared.next_request().is_some() {},
        }
    }

    /// Sequence up to which everything has been accepted, to wait for; `None` if it does not run.
    pub fn accepted(&self) -> Option<u64> {
        self.gate.lock().as_ref().map(|gate| gate.ring.cursor())
    }

    /// Whether all messages before a sequence are carried out.
    pub fn has_done(&self, sequence: u64) -> bool {
        self.gate.lock().as_ref().is_none_or(|gate| gate.done.load(Ordering::Acquire) >= sequence)
            || self.shared.state() == State::Faulted
    }

    /// Waits until all that is accepted now is carried out; `false` if that took too long.
    pub fn wait_idle(&self, most: Duration) -> bool {
        let Some(until) = self.accepted() else { return true };
        let began = std::time::Instant::now();
        while !self.has_done(until) {
            if began.elapsed() > most {
                return false;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        true
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// Why it failed, if it did.
    pub fn fault(&self) -> Option<Fault> {
        self.shared.fault()
    }

    /// What became of the wish to pin its thread.
    pub fn pinning(&self) -> Pinning {
        self.shared.pinning.lock().clone()
    }

    /// How many positions are open.
    pub fn open_positions(&self) -> usize {
        self.shared.board.open()
    }

    /// Positions ever taken, by instrument, as of the last batch.
    pub fn positions(&self) -> Vec<PositionView> {
        self.shared.board.all().collect()
    }

    /// The position of a symbol, if there ever was one.
    pub fn position(&self, symbol: u32) -> Option<PositionView> {
        self.shared.board.of(symbol)
    }

    /// Orders, fills and rejects from now on; slow readers lose the oldest.
    pub fn events(&self) -> Tap<Message> {
        self.events.tap()
    }
}

impl Drop for LiveEngine {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// An answer to come.
pub struct Pending<'a, R> {
    engine: &'a LiveEngine,
    answers: Receiver<R>,
}

impl<R> Pending<'_, R> {
    /// Waits for it so long.
    ///
    /// # Errors
    /// `EngineError` if there will be none.
    pub fn wait(&self, most: Duration) -> Result<Option<R>, Error> {
        self.engine.answer_here();
        match self.answers.recv_timeout(most) {
            Ok(answer) => Ok(Some(answer)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.engine.why_not()),
        }
    }

    /// Waits for it.
    ///
    /// # Errors
    /// `EngineError` if there will be none.
    pub fn get(&self) -> Result<R, Error> {
        loop {
            if let Some(answer) = self.wait(Duration::from_millis(5))? {
                return Ok(answer);
            }
        }
    }
}

/// The life of the engine's thread.
fn live(mut runner: Box<dyn Runner>, mut source: Source, shared: &Shared, ring: &Ring<Message>) -> Box<dyn Runner> {
    let fault = match catch_unwind(AssertUnwindSafe(|| runner.run(&mut source))) {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Fault::Error(error)),
        Err(panic) => Some(Fault::Panic(said(&*panic))),
    };
    if let Some(fault) = fault {
        ring.close();
        let begun = catch_unwind(AssertUnwindSafe(|| runner.fail(fault.clone()))).unwrap_or_else(|_| {
            shared.set_fault(fault);
            0
        });
        let lost = ring.cursor().saturating_sub(source.done.load(Ordering::Acquire) + begun);
        shared.count_rejects(Reject::Faulted, lost);
    }
    runner
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".into())
}
