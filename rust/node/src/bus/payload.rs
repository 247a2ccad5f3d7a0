//! What is no fixed record: kept beside the ring until everybody who needs it has it.
//!
//! # Rationale
//! The ring carries a record that says "a payload"; the payload itself is found by its sequence. It is handed over as
//! it is: each subscriber gets the same object, nothing is copied. A payload goes when the last reader of the topic is
//! past it, or when its slot in the ring is written anew. Only those whose turn it is take the lock, and only for
//! payloads.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::bus::memory::Memory;

/// The most bytes of one payload.
pub const LARGEST_PAYLOAD: usize = 64 << 20;

/// Something to be handed over.
#[derive(Clone)]
pub struct Payload {
    /// It.
    pub value: Arc<dyn Any + Send + Sync>,
    /// What it takes, bytes.
    pub bytes: usize,
    /// What it is, as whoever publishes and receives numbers them.
    pub form: u8,
}

/// Where a reader of a topic is.
#[derive(Debug)]
pub(crate) struct Position {
    /// The next sequence it will hand out.
    pub(crate) next: AtomicU64,
    /// Whether nothing that it has not read may be thrown away.
    pub(crate) holds: bool,
}

impl Position {
    pub(crate) fn get(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }
}

/// The payloads of a topic, by sequence.
#[derive(Default)]
pub(crate) struct Payloads {
    kept: Mutex<BTreeMap<u64, Payload>>,
    /// How many, so that a topic of records takes no lock.
    count: AtomicUsize,
}

impl Payloads {
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Keeps a payload, for whose bytes room was taken.
    pub(crate) fn insert(&self, sequence: u64, payload: Payload) {
        let mut kept = self.kept.lock();
        kept.insert(sequence, payload);
        self.count.store(kept.len(), Ordering::Relaxed);
    }

    pub(crate) fn get(&self, sequence: u64) -> Option<Payload> {
        self.kept.lock().get(&sequence).cloned()
    }

    /// Takes out what is below a sequence, oldest first, until so many bytes are free. Whoever asked drops it when it
    /// holds no lock: to drop an object may run anything.
    #[must_use = "is dropped where no lock is held"]
    pub(crate) fn trim(&self, below: u64, wanted: usize, memory: &Memory) -> Vec<Payload> {
        let mut gone = Vec::new();
        let mut bytes = 0;
        let mut kept = self.kept.lock();
        while bytes < wanted
            && let Some(oldest) = kept.first_entry().filter(|oldest| *oldest.key() < below)
        {
            let payload = oldest.remove();
            bytes += payload.bytes;
            gone.push(payload);
        }
        self.count.store(kept.len(), Ordering::Relaxed);
        drop(kept);
        memory.give(bytes);
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(bytes: usize) -> Payload {
        Payload { value: Arc::new(bytes), bytes, form: 0 }
    }

    #[test]
    fn the_oldest_go_first_and_only_as_many_as_are_wanted() {
        let (payloads, memory) = (Payloads::default(), Memory::new(1000));
        for sequence in [5, 3, 4, 9] {
            assert!(memory.take(10));
            payloads.insert(sequence, payload(10));
        }
        assert_eq!(payloads.trim(9, 15, &memory).len(), 2);
        assert!(payloads.get(3).is_none() && payloads.get(4).is_none() && payloads.get(5).is_some());
        assert_eq!((payloads.trim(9, usize::MAX, &memory).len(), memory.used()), (1, 10));
        assert_eq!(payloads.trim(10, usize::MAX, &memory).len(), 1);
        assert!(payloads.is_empty());
    }
}
