//! A subscription: to one topic, or to all of them, present and future.
//!
//! # Rationale
//! A subscription to all topics has a reader of each. Whoever makes a topic opens the readers of these subscriptions
//! with it, before anything is published: they lie in an inbox until the subscription looks. Topics are served in
//! turn, so that a busy one does not starve the others.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use baconalgo_bus::Closed;
use baconalgo_core::event::{Message, MessageKind};
use parking_lot::{Mutex, MutexGuard};

use crate::bus::conflate::Latest;
use crate::bus::payload::Payload;
use crate::bus::reader::{Reader, Taken};
use crate::bus::topic::Topic;
use crate::bus::{Bus, Key, Policy};
use crate::clock::wall_clock;

/// Messages taken from one topic in one go, where the latest of each key are sought.
const DRAINED: usize = 1024;

/// A message that was received.
pub struct Delivery {
    /// The name of its topic.
    pub topic: Arc<str>,
    /// Its sequence in the topic.
    pub sequence: u64,
    /// The record; of kind payload if it stands for one.
    pub record: Message,
    /// The payload it stands for.
    pub payload: Option<Payload>,
}

/// Consecutive messages of one topic and one kind.
#[derive(Default)]
pub struct Deliveries {
    /// The name of their topic; `None` if there are none.
    pub topic: Option<Arc<str>>,
    /// Their sequences in the topic: rising, with gaps where messages were lost or replaced.
    pub sequences: Vec<u64>,
    /// The records, all of one kind.
    pub records: Vec<Message>,
    /// Their payloads, if that is what they stand for.
    pub payloads: Vec<Payload>,
}

/// Why there is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Not yet.
    Yet,
    /// For good: the bus or the subscription is closed, and everything was read.
    Ever,
    /// Another thread is receiving.
    Busy,
}

/// A subscription of a bus.
pub struct Subscription {
    id: u64,
    topic: Option<Arc<str>>,
    policy: Policy,
    bus: Arc<Bus>,
    inner: Mutex<Inner>,
    inbox: Mutex<Vec<Reader>>,
    has_mail: AtomicBool,
    closed: AtomicBool,
    lost: AtomicU64,
    replaced: AtomicU64,
    received: AtomicU64,
}

struct Inner {
    readers: Vec<Reader>,
    /// The reader whose turn it is.
    turn: usize,
    latest: Option<Latest>,
    /// Lost by readers that have left.
    lost: u64,
}

impl Subscription {
    pub(crate) fn new(
        id: u64,
        topic: Option<Arc<str>>,
        policy: Policy,
        key: Key,
        bus: &Arc<Bus>,
        readers: Vec<Reader>,
    ) -> Arc<Self> {
        let latest = (policy == Policy::Conflate).then(|| Latest::new(key));
        if topic.is_none() {
            bus.door.add_listener();
        }
        Arc::new(Self {
            id,
            topic,
            policy,
            bus: bus.clone(),
            inner: Mutex::new(Inner { readers, turn: 0, latest, lost: 0 }),
            inbox: Mutex::default(),
            has_mail: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            received: AtomicU64::new(0),
        })
    }

    /// Its number in the bus.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The topic; `None` for all.
    pub fn topic(&self) -> Option<&Arc<str>> {
        self.topic.as_ref()
    }

    /// What happens when it is slow.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// The bus it belongs to.
    pub fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// Messages that it lost for being slow, known when they are passed over.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Messages that later ones of the same key have replaced.
    pub fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Messages that were received.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Whether nothing will come any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Messages that wait to be received; `None` while another thread receives.
    pub fn backlog(&self) -> Option<u64> {
        let mut inner = self.inner.try_lock()?;
        self.open_mail(&mut inner);
        let waiting = inner.latest.as_ref().map_or(0, |latest| latest.len() as u64);
        Some(waiting + inner.readers.iter().map(Reader::backlog).sum::<u64>())
    }

    /// The next message, if there is one.
    ///
    /// # Errors
    /// [`Nothing`] says whether there will be one.
    pub fn try_recv(&self) -> Result<Delivery, Nothing> {
        let mut inner = self.enter()?;
        let found = self.next(&mut inner, 1);
        self.account(&inner);
        let (topic, taken) = found?;
        drop(inner);
        self.delivered(&topic, &[taken.record]);
        let Taken { sequence, record, payload } = taken;
        Ok(Delivery { topic: topic.name.clone(), sequence, record, payload })
    }

    /// The next messages of one topic and one kind, `max` at most.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    pub fn try_recv_batch(&self, max: usize) -> Result<Deliveries, Nothing> {
        let mut inner = self.enter()?;
        let found = self.next_run(&mut inner, max);
        self.account(&inner);
        let (topic, mut batch) = found?;
        drop(inner);
        self.delivered(&topic, &batch.records);
        batch.topic = Some(topic.name.clone());
        Ok(batch)
    }

    /// Waits until there is a message, or the time is up, or the subscription has ended: whether there is a message.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    pub fn wait(&self, timeout: Duration) -> Result<bool, Nothing> {
        if self.is_closed() {
            return Err(Nothing::Ever);
        }
        let until = Instant::now() + timeout;
        let Some(mut inner) = self.inner.try_lock_for(timeout) else { return Err(Nothing::Busy) };
        if self.ready(&mut inner)? {
            return Ok(true);
        }
        let rest = until.saturating_duration_since(Instant::now());
        if self.topic.is_some()
            && let Some(reader) = inner.readers.first_mut()
        {
            return match reader.wait(rest) {
                Ok(found) => Ok(found),
                Err(Closed) => self.ready(&mut inner),
            };
        }
        let mut found = Ok(false);
        self.bus.door.wait(rest, || {
            found = self.ready(&mut inner);
            found != Ok(false)
        });
        match found {
            Ok(false) => self.ready(&mut inner),
            other => other,
        }
    }

    /// Ends it: what it has not received is dropped, nobody waits for it any more.
    pub fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) && self.topic.is_none() {
            self.bus.door.remove_listener();
        }
        // Who is receiving right now sees that it is closed within a slice.
        if let Some(mut inner) = self.inner.try_lock() {
            self.leave(&mut inner);
        }
        self.bus.door.wake();
    }

    /// A reader of a topic that is new.
    pub(crate) fn post(&self, reader: Reader) {
        let mut inbox = self.inbox.lock();
        if !self.is_closed() {
            inbox.push(reader);
            self.has_mail.store(true, Ordering::Release);
        }
    }

    fn enter(&self) -> Result<MutexGuard<'_, Inner>, Nothing> {
        if self.is_closed() {
            if let Some(mut inner) = self.inner.try_lock() {
                self.leave(&mut inner);
            }
            return Err(Nothing::Ever);
        }
        self.inner.try_lock().ok_or(Nothing::Busy)
    }

    fn leave(&self, inner: &mut Inner) {
        self.open_mail(inner);
        inner.readers.clear();
        if let Some(latest) = &mut inner.latest {
            *latest = Latest::default();
        }
    }

    fn open_mail(&self, inner: &mut Inner) {
        if self.has_mail.load(Ordering::Acquire) {
            let mut inbox = self.inbox.lock();
            self.has_mail.store(false, Ordering::Relaxed);
            inner.readers.append(&mut inbox);
        }
    }

    /// Whether there is something to receive.
    fn ready(&self, inner: &mut Inner) -> Result<bool, Nothing> {
        if self.is_closed() {
            self.leave(inner);
            return Err(Nothing::Ever);
        }
        if inner.latest.as_ref().is_some_and(|latest| latest.len() > 0) {
            return Ok(true);
        }
        match self.find(inner, 0) {
            Ok(_) => Ok(true),
            Err(Nothing::Yet | Nothing::Busy) => Ok(false),
            Err(Nothing::Ever) => Err(Nothing::Ever),
        }
    }

    /// The reader whose turn it is and that has something; takes up to `max` from its ring.
    fn find(&self, inner: &mut Inner, max: usize) -> Result<usize, Nothing> {
        self.open_mail(inner);
        let mut left = inner.readers.len();
        while left > 0 {
            if inner.turn >= inner.readers.len() {
                inner.turn = 0;
            }
            let turn = inner.turn;
            match inner.readers[turn].fill(max) {
                Ok(true) => return Ok(turn),
                Ok(false) => inner.turn += 1,
                Err(Closed) => {
                    let reader = inner.readers.remove(turn);
                    inner.lost += reader.lost();
                }
            }
            left -= 1;
        }
        // Without readers: of all topics of an open bus, more may come.
        let ended = inner.readers.is_empty() && (self.topic.is_some() || self.bus.is_closed());
        Err(if ended { Nothing::Ever } else { Nothing::Yet })
    }

    fn next(&self, inner: &mut Inner, max: usize) -> Result<(Arc<Topic>, Taken), Nothing> {
        if inner.latest.is_some() {
            return self.next_latest(inner);
        }
        loop {
            let place = self.find(inner, max)?;
            let reader = &mut inner.readers[place];
            if let Some(taken) = reader.take() {
                inner.turn = place + 1;
                return Ok((reader.topic.clone(), taken));
            }
        }
    }

    fn next_latest(&self, inner: &mut Inner) -> Result<(Arc<Topic>, Taken), Nothing> {
        let nothing = self.drain(inner);
        inner.latest.as_mut().and_then(Latest::take).ok_or(nothing)
    }

    /// Takes what is there, but not what comes meanwhile for ever.
    fn drain(&self, inner: &mut Inner) -> Nothing {
        let mut most = inner.readers.iter().map(Reader::backlog).sum::<u64>().max(1);
        loop {
            let place = match self.find(inner, DRAINED) {
                Ok(place) => place,
                Err(nothing) => return nothing,
            };
            let Inner { readers, latest: Some(latest), turn, .. } = &mut *inner else { return Nothing::Yet };
            let reader = &mut readers[place];
            while reader.next_kind().is_some() {
                if let Some(taken) = reader.take() {
                    latest.put(&reader.topic, taken);
                }
                most = most.saturating_sub(1);
            }
            *turn = place + 1;
            if most == 0 {
                return Nothing::Yet;
            }
        }
    }

    fn next_run(&self, inner: &mut Inner, max: usize) -> Result<(Arc<Topic>, Deliveries), Nothing> {
        let mut batch = Deliveries::default();
        if inner.latest.is_some() {
            let nothing = self.drain(inner);
            let Some(latest) = inner.latest.as_mut() else { return Err(nothing) };
            let Some(kind) = latest.next() else { return Err(nothing) };
            let mut of = None;
            while batch.records.len() < max
                && latest.next() == Some(kind)
                && let Some((topic, taken)) = latest.take()
            {
                batch.push(taken);
                of = Some(topic);
            }
            return of.map(|topic| (topic, batch)).ok_or(nothing);
        }
        loop {
            let place = self.find(inner, max)?;
            inner.turn = place + 1;
            let reader = &mut inner.readers[place];
            let kind = reader.next_kind();
            if kind == Some(MessageKind::Payload as u8) {
                while batch.records.len() < max && reader.next_kind() == kind {
                    batch.records.reserve(1);
                    if let Some(taken) = reader.take() {
                        batch.push(taken);
                    }
                }
            } else {
                reader.take_run(max, &mut batch.records, &mut batch.sequences);
            }
            if !batch.records.is_empty() {
                return Ok((reader.topic.clone(), batch));
            }
        }
    }

    /// Counts what was lost, while the readers are at hand.
    fn account(&self, inner: &Inner) {
        if self.policy == Policy::Block {
            return;
        }
        let lost = inner.lost + inner.readers.iter().map(Reader::lost).sum::<u64>();
        self.lost.store(lost, Ordering::Relaxed);
        if let Some(latest) = &inner.latest {
            self.replaced.store(latest.replaced(), Ordering::Relaxed);
        }
    }

    fn delivered(&self, topic: &Topic, records: &[Message]) {
        let count = records.len() as u64;
        self.received.fetch_add(count, Ordering::Relaxed);
        topic.consumed.add(count);
        if let Some(latency) = &self.bus.latency {
            let now = wall_clock();
            let mut rest = records;
            // What was published together was published at the same time.
            while let Some(first) = rest.first() {
                let same = rest.iter().take_while(|record| record.published == first.published).count();
                // A clock that was set back makes no negative latency.
                latency.record_many(u64::try_from(now.saturating_sub(first.published)).unwrap_or(0), same as u64);
                rest = &rest[same..];
            }
        }
    }
}

impl Deliveries {
    fn push(&mut self, taken: Taken) {
        self.records.push(taken.record);
        self.sequences.push(taken.sequence);
        self.payloads.extend(taken.payload);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
        self.bus.forget(self.id);
    }
}

/// Subscriptions to all topics, as those who make a topic know them.
pub(crate) type Everything = Vec<Weak<Subscription>>;
