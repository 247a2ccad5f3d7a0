//! Topics over rings: who publishes does not know who listens.
//!
//! # Layout
//! A [`Bus`] has topics by name, each with a ring of records while somebody listens (`topic`). A [`Subscription`] has a
//! reader of one topic, or of each (`reader`, `subscription`). What is no fixed record lies beside the ring (`payload`).
//!
//! # Rationale
//! All subscribers of a topic see its messages in one order. A subscription is held back, and holds publishers back,
//! only through its own topic's messages. Three policies: publishers wait for it; it loses the oldest, counted; it
//! gets the latest of each key.
//!
//! # Limitations
//! Order is kept within a topic, not between topics. A topic is never forgotten: there are at most 4,096. At most 64
//! subscriptions can hold back one topic.

mod conflate;
mod door;
mod memory;
mod metrics;
mod payload;
mod publish;
mod reader;
mod subscription;
mod topic;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use baconalgo_core::error::{Error, ErrorKind};
use parking_lot::{Mutex, RwLock};

pub use conflate::Key;
pub use metrics::BusMetrics;
pub use payload::{LARGEST_PAYLOAD, Payload};
pub use publish::{Blocked, Outgoing};
pub use subscription::{Deliveries, Delivery, Nothing, Subscription};

use crate::bus::door::Doorbell;
use crate::bus::memory::Memory;
use crate::bus::subscription::Everything;
use crate::bus::topic::Topic;
use crate::telemetry::{Histogram, Measured, Registration, Registry};

/// The most topics of a bus.
pub const MOST_TOPICS: usize = 4_096;

/// The most bytes of a topic's name.
pub const LONGEST_TOPIC: usize = 255;

/// The most memory of a bus: slots of rings that are in use, and payloads that are kept.
pub const MOST_MEMORY: usize = 1 << 30;

/// What becomes of messages for which a subscription is too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Publishers wait for it.
    Block,
    /// It loses the oldest, and knows how many.
    DropOldest,
    /// It gets the latest of each key.
    Conflate,
}

impl Policy {
    /// The policy of a name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn of(name: &str) -> Result<Self, Error> {
        match name {
            "block" => Ok(Self::Block),
            "drop_oldest" => Ok(Self::DropOldest),
            "conflate" => Ok(Self::Conflate),
            _ => {
                let rule = "must be block, drop_oldest or conflate";
                Err(Error::new(ErrorKind::Bus, 1001, "policy", rule, format!("{name:?}")))
            }
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::DropOldest => "drop_oldest",
            Self::Conflate => "conflate",
        }
    }
}

/// Settings of a bus.
#[derive(Clone, Copy, Debug)]
pub struct BusConfig {
    /// Messages that each topic holds: a power of two from 2 to 2^24.
    pub ring_buffer_size: usize,
    /// Parts of the table of topics, each with a lock of its own.
    pub partitions: usize,
    /// Whether the latency of each message is measured.
    pub measure: bool,
    /// The most memory, bytes.
    pub memory: usize,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self { ring_buffer_size: 262_144, partitions: 16, measure: true, memory: MOST_MEMORY }
    }
}

type Partition = RwLock<HashMap<Arc<str>, Arc<Topic>>>;

/// A message bus within the process.
pub struct Bus {
    config: BusConfig,
    partitions: Box<[Partition]>,
    listing: Mutex<Listing>,
    memory: Arc<Memory>,
    door: Doorbell,
    closed: AtomicBool,
    latency: Option<Histogram>,
    /// When the first message was published; 0 before.
    first: AtomicI64,
    name: Mutex<Option<Registration>>,
}

/// Changed together, so that no topic misses a subscription to everything.
#[derive(Default)]
struct Listing {
    topics: Vec<Arc<Topic>>,
    everything: Everything,
    by_id: HashMap<u64, Weak<Subscription>>,
    given: u64,
}

impl Bus {
    /// A bus, known to the registry of the process.
    ///
    /// # Errors
    /// If a setting cannot be.
    pub fn new(config: BusConfig) -> Result<Arc<Self>, Error> {
        let size = config.ring_buffer_size;
        if !size.is_power_of_two() || !(2..=1 << 24).contains(&size) {
            let rule = "must be a power of two from 2 to 16777216";
            return Err(Error::new(ErrorKind::Config, 1001, "ring_buffer_size", rule, size));
        }
        if !(1..=1024).contains(&config.partitions) {
            let rule = "must be from 1 to 1024";
            return Err(Error::new(ErrorKind::Config, 1001, "num_partitions", rule, config.partitions));
        }
        let bus = Arc::new(Self {
            config,
            partitions: (0..config.partitions).map(|_| Partition::default()).collect(),
            listing: Mutex::default(),
            memory: Arc::new(Memory::new(config.memory)),
            door: Doorbell::default(),
            closed: AtomicBool::new(false),
            latency: config.measure.then(Histogram::new),
            first: AtomicI64::new(0),
            name: Mutex::new(None),
        });
        let weak: Weak<dyn Measured> = Arc::<Self>::downgrade(&bus);
        *bus.name.lock() = Some(Registry::of_process().register("bus", weak));
        Ok(bus)
    }

    /// Its settings.
    pub fn config(&self) -> &BusConfig {
        &self.config
    }

    /// Its name in the registry, as `bus-1`.
    pub fn name(&self) -> String {
        self.name.lock().as_ref().map_or_else(String::new, ToString::to_string)
    }

    /// A subscription from now on: to a topic, or to all of them, present and future.
    ///
    /// # Errors
    /// If the bus is closed, there are too many topics, or too many subscriptions hold the topic back.
    pub fn subscribe(
        self: &Arc<Self>,
        topic: Option<&str>,
        policy: Policy,
        key: Key,
    ) -> Result<Arc<Subscription>, Error> {
        self.check_open()?;
        let (named, known) = match topic {
            Some(name) => (Some(self.topic(name)?), None),
            None => (None, Some(self.listing.lock())),
        };
        let mut listing = match known {
            Some(listing) => listing,
            None => self.listing.lock(),
        };
        let readers = match &named {
            Some(topic) => vec![topic.open(policy)?],
            None => listing.topics.iter().map(|topic| topic.open(policy)).collect::<Result<_, _>>()?,
        };
        listing.everything.retain(|other| other.strong_count() > 0);
        if named.is_none() && listing.everything.len() >= MOST_EVERYTHING {
            let rule = format!("must be at most {MOST_EVERYTHING} to all topics at once");
            let error = Error::new(ErrorKind::Bus, 8005, "subscriptions", rule, MOST_EVERYTHING + 1);
            drop(listing);
            return Err(error);
        }
        listing.given += 1;
        let id = listing.given;
        let name = named.map(|topic| topic.name.clone());
        let subscription = Subscription::new(id, name, policy, key, self, readers);
        listing.by_id.insert(id, Arc::downgrade(&subscription));
        if subscription.topic().is_none() {
            listing.everything.push(Arc::downgrade(&subscription));
        }
        Ok(subscription)
    }

    /// Ends a subscription: whether there was one of this number.
    pub fn unsubscribe(&self, id: u64) -> bool {
        let found = {
            let mut listing = self.listing.lock();
            let found = listing.by_id.remove(&id);
            listing.everything.retain(|other| found.as_ref().is_none_or(|found| !other.ptr_eq(found)));
            found.and_then(|subscription| subscription.upgrade())
        };
        found.map(|subscription| subscription.close()).is_some()
    }

    /// No more is published; subscriptions end when they have received what was. Twice is fine.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for topic in self.topics() {
            topic.close();
        }
        self.door.wake();
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The names of its topics, in the order they came up.
    pub fn topic_names(&self) -> Vec<Arc<str>> {
        self.topics().iter().map(|topic| topic.name.clone()).collect()
    }

    pub(crate) fn topics(&self) -> Vec<Arc<Topic>> {
        self.listing.lock().topics.clone()
    }

    pub(crate) fn subscriptions(&self) -> usize {
        self.listing.lock().by_id.len()
    }

    pub(crate) fn forget(&self, id: u64) {
        self.listing.lock().by_id.remove(&id);
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_closed() { Err(closed_error()) } else { Ok(()) }
    }

    /// The topic of a name, which is made if there is none.
    pub(crate) fn topic(&self, name: &str) -> Result<Arc<Topic>, Error> {
        let partition = self.partition(name);
        if let Some(topic) = partition.read().get(name) {
            return Ok(topic.clone());
        }
        self.make_topic(name, partition)
    }

    #[cold]
    fn make_topic(&self, name: &str, partition: &Partition) -> Result<Arc<Topic>, Error> {
        if name.is_empty() || name.len() > LONGEST_TOPIC {
            let rule = format!("must have 1 to {LONGEST_TOPIC} bytes");
            return Err(Error::new(ErrorKind::Bus, 1001, "topic", rule, format!("{} bytes", name.len())));
        }
        // Kept until the listing is no longer locked: whoever drops a last reference takes that lock.
        let mut everything = Vec::new();
        let mut listing = self.listing.lock();
        self.check_open()?;
        if let Some(topic) = partition.read().get(name) {
            return Ok(topic.clone());
        }
        if listing.topics.len() >= MOST_TOPICS {
            let rule = format!("must be one of at most {MOST_TOPICS}");
            return Err(Error::new(ErrorKind::Bus, 8005, "topic", rule, format!("{name:?} besides them")));
        }
        let (name, number) = (Arc::<str>::from(name), listing.topics.len() as u32);
        let topic = Arc::new(Topic::new(name.clone(), number, self.config.ring_buffer_size, self.memory.clone()));
        everything.extend(listing.everything.iter().filter_map(Weak::upgrade));
        let mut failed = None;
        for subscription in everything.iter().filter(|subscription| !subscription.is_closed()) {
            match topic.open(subscription.policy()) {
                Ok(reader) => subscription.post(reader),
                Err(error) => failed = Some(error),
            }
        }
        if failed.is_none() {
            listing.topics.push(topic.clone());
            partition.write().insert(name, topic.clone());
        }
        drop(listing);
        failed.map_or(Ok(topic), Err)
    }

    fn partition(&self, name: &str) -> &Partition {
        // FNV-1a: short, and no table hangs on it that somebody could fill with names of one partition.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        &self.partitions[(hash % self.partitions.len() as u64) as usize]
    }
}

/// The most subscriptions to all topics: as many as can hold back one topic.
const MOST_EVERYTHING: usize = 64;

fn closed_error() -> Error {
    Error::new(ErrorKind::Bus, 8003, "bus", "must be open", "closed")
}

fn exhausted(most: usize) -> Error {
    let rule = format!("must take at most {most} bytes");
    Error::new(ErrorKind::Bus, 8005, "memory of rings and payloads", rule, "more")
}

fn backpressure(topic: &str, done: usize, all: usize, timeout: Duration) -> Error {
    let rule = format!("must have room within {} s", timeout.as_secs_f64());
    let value = if all == 1 { "full".to_owned() } else { format!("full after {done} of {all} messages") };
    Error::new(ErrorKind::Backpressure, 8002, format!("topic {topic:?}"), rule, value)
}
