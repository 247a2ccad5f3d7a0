//! The ring one would write in C in an afternoon: a head and a tail on lines of their own, nothing cached.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use crate::Event;

struct Ring {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    slots: Box<[UnsafeCell<Event>]>,
}

// SAFETY: a slot is the producer's from the tail's passing it to the head's passing it, and the consumer's otherwise.
unsafe impl Sync for Ring {}

/// Writes.
pub(crate) struct Head(Arc<Ring>);

/// Reads.
pub(crate) struct Tail(Arc<Ring>);

/// Both ends.
pub(crate) fn plain(capacity: usize) -> (Head, Tail) {
    let slots = (0..capacity).map(|_| UnsafeCell::new([0; 8])).collect();
    let ring = Arc::new(Ring { head: Default::default(), tail: Default::default(), slots });
    (Head(Arc::clone(&ring)), Tail(ring))
}

impl Head {
    #[inline]
    pub(crate) fn push(&mut self, events: &[Event]) -> usize {
        let ring = &*self.0;
        let head = ring.head.load(Ordering::Relaxed);
        let count = (ring.slots.len() - (head - ring.tail.load(Ordering::Acquire))).min(events.len());
        for (i, event) in events[..count].iter().enumerate() {
            // SAFETY: between head and tail plus the capacity: the producer's.
            unsafe { *ring.slots[(head + i) & (ring.slots.len() - 1)].get() = *event };
        }
        ring.head.store(head + count, Ordering::Release);
        count
    }
}

impl Tail {
    #[inline]
    pub(crate) fn pop(&mut self, max: usize, mut handle: impl FnMut(&Event)) -> usize {
        let ring = &*self.0;
        let tail = ring.tail.load(Ordering::Relaxed);
        let count = (ring.head.load(Ordering::Acquire) - tail).min(max);
        for i in 0..count {
            // SAFETY: between tail and head: the consumer's.
            handle(unsafe { &*ring.slots[(tail + i) & (ring.slots.len() - 1)].get() });
        }
        ring.tail.store(tail + count, Ordering::Release);
        count
    }
}
