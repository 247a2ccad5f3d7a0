//! A topic: its sequence, its ring while somebody listens, its payloads.
//!
//! # Rationale
//! Sequences count what was published to the topic and are never used twice. While nobody listens a publish only moves
//! the count; the first reader makes a ring, whose own sequences start at what has been counted so far; the last one
//! to leave closes it, and its memory goes. A closed ring takes no more claims, so the count goes on exactly where it
//! ended, whoever was about to publish.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use baconalgo_bus::{BatchError, MultiProducer, PublishError, Ring, TryPublishError, WaitStrategy, ring};
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Body, Message};
use parking_lot::Mutex;

use crate::bus::memory::Memory;
use crate::bus::payload::{Payload, Payloads, Position};
use crate::bus::reader::{End, Reader};
use crate::bus::{Policy, closed_error, exhausted};
use crate::symbols::NO_SYMBOL;
use crate::telemetry::Counter;

/// Bytes of a slot of a ring: the record and its stamp.
const SLOT: usize = size_of::<Message>() + size_of::<u64>();

/// Memory of rings is counted in pieces of so many slots.
const PIECE: u64 = 1024;

/// The longest wait without a look at whether to go on.
const SLICE: Duration = Duration::from_millis(50);

/// A topic of a bus.
pub(crate) struct Topic {
    pub(crate) name: Arc<str>,
    pub(crate) number: u32,
    capacity: usize,
    state: Mutex<State>,
    pub(crate) payloads: Payloads,
    memory: Arc<Memory>,
    pub(crate) published: Counter,
    /// Published while nobody listened.
    pub(crate) unheard: Counter,
    pub(crate) consumed: Counter,
    pub(crate) lost: Counter,
}

struct State {
    live: Option<Live>,
    /// The next sequence, while there is no ring.
    next: u64,
    closed: bool,
}

struct Live {
    producer: MultiProducer<Message>,
    ring: Ring<Message>,
    /// The sequence of the topic at which the ring starts.
    base: u64,
    positions: Vec<Arc<Position>>,
    /// Slots whose memory was taken.
    taken: u64,
}

/// Why nothing was published.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A reader holds the topic back.
    Full,
    /// Payloads have taken all the memory.
    NoMemory,
    /// For good.
    Never(Error),
}

impl Topic {
    pub(crate) fn new(name: Arc<str>, number: u32, capacity: usize, memory: Arc<Memory>) -> Self {
        Self {
            name,
            number,
            capacity,
            state: Mutex::new(State { live: None, next: 0, closed: false }),
            payloads: Payloads::default(),
            memory,
            published: Counter::new(),
            unheard: Counter::new(),
            consumed: Counter::new(),
            lost: Counter::new(),
        }
    }

    /// Publishes a record at once, if there is room: its sequence.
    pub(crate) fn try_publish(&self, record: Message) -> Result<u64, Refused> {
        let mut state = self.state.lock();
        let Some(live) = state.heard(self, 1)? else {
            return Ok(state.pass(self, 1));
        };
        match live.producer.try_publish(record) {
            Ok(sequence) => Ok(live.base + sequence),
            Err(TryPublishError::Full) => Err(Refused::Full),
            Err(TryPublishError::Closed) => Err(Refused::Never(closed_error())),
        }
    }

    /// Publishes as many records from the start of a slice as there is room for: how many.
    pub(crate) fn try_publish_batch(&self, records: &[Message]) -> Result<usize, Refused> {
        let mut state = self.state.lock();
        let Some(live) = state.heard(self, records.len() as u64)? else {
            state.pass(self, records.len() as u64);
            return Ok(records.len());
        };
        live.producer.try_publish_batch(records).map_err(|_| Refused::Never(closed_error()))
    }

    /// Publishes a payload at once, if there is room: its sequence.
    pub(crate) fn try_publish_payload(&self, payload: &Payload, published: i64) -> Result<u64, Refused> {
        let body = Body::Payload { length: payload.bytes as u64, form: payload.form };
        let Some(mut record) = Message::new(NO_SYMBOL, body) else { return Err(Refused::Full) };
        record.published = published;
        // Outlives the lock.
        let mut gone = Vec::new();
        let mut state = self.state.lock();
        let Some(live) = state.heard(self, 1)? else {
            return Ok(state.pass(self, 1));
        };
        let held = live.positions.iter().filter(|reader| reader.holds).map(|reader| reader.get()).min();
        let held = held.unwrap_or(u64::MAX);
        if !self.memory.take(payload.bytes) {
            // What only lossy readers have not seen yet is theirs to lose.
            gone.append(&mut self.payloads.trim(held, payload.bytes, &self.memory));
            if !self.memory.take(payload.bytes) {
                return Err(Refused::NoMemory);
            }
        }
        match live.producer.claim(1) {
            Ok(mut claim) => {
                let sequence = live.base + claim.first_sequence();
                // There before the record is: who sees the record finds the payload.
                self.payloads.insert(sequence, payload.clone());
                let _ = claim.write(record);
                claim.publish();
                // Slots of the ring below this were overwritten; a strict reader may have taken a record out of its
                // slot and not handed it out yet.
                let overwritten = (sequence + 1).saturating_sub(self.capacity as u64).min(held);
                gone.append(&mut self.payloads.trim(overwritten, usize::MAX, &self.memory));
                Ok(sequence)
            }
            Err(refused) => {
                self.memory.give(payload.bytes);
                Err(match refused {
                    TryPublishError::Full => Refused::Full,
                    TryPublishError::Closed => Refused::Never(closed_error()),
                })
            }
        }
    }

    /// Waits for room and publishes, in slices: `Full` after one in which there was none.
    pub(crate) fn publish_slice(&self, records: &[Message], until: Instant) -> Result<usize, Refused> {
        let Some(mut producer) = self.state.lock().live.as_ref().map(|live| live.producer.clone()) else {
            return self.try_publish_batch(records);
        };
        let slice = until.saturating_duration_since(Instant::now()).min(SLICE);
        match producer.publish_batch(records, slice) {
            Ok(()) => Ok(records.len()),
            // A ring that was closed meanwhile: the topic knows whether there is another.
            Err(BatchError { published: 0, .. }) => Err(Refused::Full),
            Err(BatchError { published, reason: PublishError::Timeout | PublishError::Closed }) => Ok(published),
        }
    }

    /// A new reader, from now on.
    pub(crate) fn open(self: &Arc<Self>, policy: Policy) -> Result<Reader, Error> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed_error());
        }
        let made = match &mut state.live {
            Some(_) => None,
            None => {
                // Who waits here mostly waits for a thread of Python, which is not there within a few microseconds.
                let made = ring(self.capacity).map_err(of_ring)?.wait(WaitStrategy::SpinThenPark);
                let (producer, ring) = made.multi_producer();
                Some(Live { producer, ring, base: state.next, positions: Vec::new(), taken: 0 })
            }
        };
        let live = match made {
            Some(live) => state.live.insert(live),
            None => match &mut state.live {
                Some(live) => live,
                None => return Err(closed_error()),
            },
        };
        let end = match policy {
            Policy::Block => End::Gate(live.ring.subscribe().map_err(of_ring)?),
            Policy::DropOldest | Policy::Conflate => End::Tap(live.ring.tap()),
        };
        let next = AtomicU64::new(live.base + end.next_sequence());
        let position = Arc::new(Position { next, holds: policy == Policy::Block });
        live.positions.push(position.clone());
        Ok(Reader::new(self.clone(), live.base, end, position))
    }

    /// A reader has left, whose end of the ring is dropped.
    pub(crate) fn leave(&self, position: &Arc<Position>) {
        let retired = {
            let mut state = self.state.lock();
            let Some(live) = &mut state.live else { return };
            live.positions.retain(|other| !Arc::ptr_eq(other, position));
            if live.positions.is_empty() { state.retire() } else { None }
        };
        match retired {
            Some(live) => {
                self.memory.give(live.taken as usize * SLOT);
                drop(self.payloads.trim(u64::MAX, usize::MAX, &self.memory));
            }
            None => drop(self.forget_read()),
        }
    }

    /// Takes out the payloads that all readers are past.
    #[must_use = "is dropped where no lock is held"]
    pub(crate) fn forget_read(&self) -> Vec<Payload> {
        if self.payloads.is_empty() {
            return Vec::new();
        }
        let below = self.state.lock().live.as_ref().and_then(|live| live.positions.iter().map(|at| at.get()).min());
        below.map_or_else(Vec::new, |below| self.payloads.trim(below, usize::MAX, &self.memory))
    }

    /// No more is published; readers get what was.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        if let Some(live) = &state.live {
            live.ring.close();
        }
    }

    /// The next sequence.
    pub(crate) fn next_sequence(&self) -> u64 {
        let state = self.state.lock();
        state.live.as_ref().map_or(state.next, |live| live.base + live.ring.cursor())
    }

    /// How many readers it has.
    pub(crate) fn readers(&self) -> usize {
        self.state.lock().live.as_ref().map_or(0, |live| live.positions.len())
    }
}

impl State {
    /// The ring, with memory for so many more; `None` if nobody listens.
    fn heard(&mut self, topic: &Topic, count: u64) -> Result<Option<&mut Live>, Refused> {
        if self.closed {
            return Err(Refused::Never(closed_error()));
        }
        let Some(live) = &mut self.live else { return Ok(None) };
        let capacity = topic.capacity as u64;
        if live.taken < capacity {
            let wanted = live.ring.cursor().saturating_add(count).next_multiple_of(PIECE).min(capacity);
            if wanted > live.taken {
                let bytes = (wanted - live.taken) as usize * SLOT;
                if !topic.memory.take(bytes) {
                    return Err(Refused::Never(exhausted(topic.memory.most())));
                }
                live.taken = wanted;
            }
        }
        Ok(Some(live))
    }

    /// Counts what nobody hears: the first of the sequences.
    fn pass(&mut self, topic: &Topic, count: u64) -> u64 {
        let first = self.next;
        self.next += count;
        topic.unheard.add(count);
        first
    }

    /// Nobody listens any more.
    fn retire(&mut self) -> Option<Live> {
        let live = self.live.take()?;
        live.ring.close();
        // Closed: what was claimed is final.
        self.next = live.base + live.ring.cursor();
        Some(live)
    }
}

fn of_ring(error: baconalgo_bus::Error) -> Error {
    Error::new(ErrorKind::Bus, 8005, error.parameter(), error.rule(), error.value())
}

/// The most that a publisher that has to poll sleeps, and the least.
const LONGEST_NAP: Duration = Duration::from_millis(1);
const SHORTEST_NAP: Duration = Duration::from_micros(20);

/// Naps for whoever waits for something that rings no bell: room for payloads.
pub(crate) struct Naps(Duration);

impl Naps {
    pub(crate) fn new() -> Self {
        Self(SHORTEST_NAP)
    }

    pub(crate) fn nap(&mut self, until: Instant) {
        std::thread::sleep(self.0.min(until.saturating_duration_since(Instant::now())));
        self.0 = (self.0 * 2).min(LONGEST_NAP);
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // Payloads of a topic that goes give their room back to a memory that others may share.
        drop(self.payloads.trim(u64::MAX, usize::MAX, &self.memory));
    }
}
