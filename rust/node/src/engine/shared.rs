//! What the engine's thread and everybody else look at: state, counters, histograms, the fault.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};

use baconalgo_core::error::Error;
use baconalgo_core::order::Reject;
use baconalgo_core::types::Ts;
use parking_lot::Mutex;

use super::pinning::Pinning;
use super::positions::PositionBoard;
use super::shell::Inside;
use crate::telemetry::{Counter, Histogram, Measured, Measurement, Value};

/// What an engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Not started, or stopped.
    Stopped = 0,
    /// Takes messages.
    Running = 1,
    /// Takes messages and refuses orders: an emergency stop is in force.
    Halted = 2,
    /// Failed; its open orders are cancelled.
    Faulted = 3,
}

impl State {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Running => "RUNNING",
            Self::Halted => "HALTED",
            Self::Faulted => "FAULTED",
        }
    }
}

/// Why an engine failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something panicked: what it said.
    Panic(String),
    /// The strategy or the ledger failed.
    Error(Error),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Panic(said) => write!(f, "panic: {said}"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

/// The stages of a message that are timed, one message in [`SAMPLED`].
pub const STAGES: [&str; 4] = ["queue", "convert", "execute", "publish"];

/// One message in so many has its stages timed.
pub const SAMPLED: u64 = 64;

/// Codes are below this many thousands, and below 32 within one.
const THOUSANDS: usize = 9;
const CODES: usize = 32;

/// Something asked of the engine's thread between two batches.
pub(super) type Request = Box<dyn FnOnce(&mut dyn Inside) + Send>;

/// Counters have one writer, the engine's thread.
pub(super) struct Shared {
    state: AtomicU8,
    /// Set by whoever sends an emergency stop.
    pub(super) emergency: AtomicBool,
    pub(super) messages: Counter,
    /// Of them, those before the snapshot that the engine goes on from.
    pub(super) before: AtomicU64,
    pub(super) orders: Counter,
    pub(super) executed: Counter,
    pub(super) fills: Counter,
    pub(super) rounded: Counter,
    pub(super) rejected: Counter,
    rejects: Box<[AtomicU64]>,
    /// End to end, from published to done.
    pub(super) latency: Histogram,
    pub(super) stages: [Histogram; STAGES.len()],
    /// When the first and the last message were taken, ns; 0 before.
    pub(super) first: AtomicI64,
    pub(super) last: AtomicI64,
    /// Equity and cash as of the last batch, as bits of floats.
    pub(super) equity: AtomicU64,
    pub(super) cash: AtomicU64,
    pub(super) board: PositionBoard,
    pub(super) pinning: Mutex<Pinning>,
    fault: Mutex<Option<Fault>>,
    requests: Mutex<VecDeque<Request>>,
    asked: AtomicBool,
}

impl Shared {
    pub(super) fn new(positions: usize) -> Self {
        Self {
            state: AtomicU8::new(State::Stopped as u8),
            emergency: AtomicBool::new(false),
            messages: Counter::new(),
            before: AtomicU64::new(0),
            orders: Counter::new(),
            executed: Counter::new(),
            fills: Counter::new(),
            rounded: Counter::new(),
            rejected: Counter::new(),
            rejects: (0..THOUSANDS * CODES).map(|_| AtomicU64::new(0)).collect(),
            latency: Histogram::new(),
            stages: std::array::from_fn(|_| Histogram::new()),
            first: AtomicI64::new(0),
            last: AtomicI64::new(0),
            equity: AtomicU64::new(0),
            cash: AtomicU64::new(0),
            board: PositionBoard::new(positions),
            pinning: Mutex::new(Pinning::NotWanted),
            fault: Mutex::new(None),
            requests: Mutex::new(VecDeque::new()),
            asked: AtomicBool::new(false),
        }
    }

    pub(super) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Stopped,
            1 => State::Running,
            2 => State::Halted,
            _ => State::Faulted,
        }
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Release);
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.lock().clone()
    }

    /// The first fault stays.
    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.lock().get_or_insert(fault);
        self.set_state(State::Faulted);
    }

    pub(super) fn count_rejects(&self, reject: Reject, count: u64) {
        let code = usize::from(reject.code());
        let place = code / 1000 * CODES + (code % 1000).min(CODES - 1);
        if let Some(cell) = self.rejects.get(place) {
            cell.fetch_add(count, Ordering::Relaxed);
        }
        self.rejected.add(count);
    }

    /// Codes and how often each was given.
    pub(super) fn rejects(&self) -> Vec<(u16, u64)> {
        let counted = self.rejects.iter().enumerate().map(|(place, count)| {
            let code = place / CODES * 1000 + place % CODES;
            (code as u16, count.load(Ordering::Relaxed))
        });
        counted.filter(|(_, count)| *count > 0).collect()
    }

    pub(super) fn ask(&self, request: Request) {
        self.requests.lock().push_back(request);
        self.asked.store(true, Ordering::Release);
    }

    #[inline]
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn next_request(&self) -> Option<Request> {
        let mut requests = self.requests.lock();
        let next = requests.pop_front();
        if requests.is_empty() {
            self.asked.store(false, Ordering::Release);
        }
        next
    }

    /// Messages a second between the first and the last one taken.
    pub(super) fn throughput(&self) -> f64 {
        let span: Ts = self.last.load(Ordering::Relaxed) - self.first.load(Ordering::Relaxed);
        let messages = self.messages.get() - self.before.load(Ordering::Relaxed);
        if span > 0 { messages as f64 * 1e9 / span as f64 } else { 0.0 }
    }
}

impl Measured for Shared {
    fn measurements(&self) -> Vec<Measurement> {
        let mut all = vec![
            Measurement::new("state", Value::Word(self.state().word().into())),
            Measurement::new("messages_processed", Value::Count(self.messages.get())),
            Measurement::new("orders", Value::Count(self.orders.get())),
            Measurement::new("orders_executed", Value::Count(self.executed.get())),
            Measurement::new("fills", Value::Count(self.fills.get())),
            Measurement::new("rejects", Value::Count(self.rejected.get())),
            Measurement::new("active_positions", Value::Level(self.board.open() as f64)),
            Measurement::new("throughput", Value::Level(self.throughput())),
            Measurement::new("latency", Value::Latency(self.latency.summary())),
        ];
        for (name, histogram) in STAGES.iter().zip(&self.stages) {
            all.push(Measurement::of_part("stage", (*name).into(), "latency", Value::Latency(histogram.summary())));
        }
        all
    }
}
