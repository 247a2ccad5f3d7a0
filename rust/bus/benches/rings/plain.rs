//! Two rings to compare with. *Plain* is the one that one would write in C in an afternoon: a head and a tail on lines
//! of their own, nothing remembered. *Raw* is the least that hands batches over, a floor: batches never pass the end,
//! each end remembers where the other was, and nothing can be closed, joined, woken or asked for ahead. Whatever two
//! cores cannot do for it, they can do for nobody.

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

/// Writes to a raw ring: how far it has come, and how far the other end had.
pub(crate) struct RawHead(Arc<Ring>, usize, usize);

/// Reads from a raw ring.
pub(crate) struct RawTail(Arc<Ring>, usize, usize);

/// Both ends of a raw ring.
pub(crate) fn raw(capacity: usize) -> (RawHead, RawTail) {
    let (Head(ring), Tail(same)) = plain(capacity);
    (RawHead(ring, 0, 0), RawTail(same, 0, 0))
}

impl RawHead {
    /// Writes all of them, a number that the capacity is a multiple of, or nothing.
    #[inline]
    pub(crate) fn push(&mut self, events: &[Event]) -> bool {
        let Self(ring, head, tail) = self;
        if ring.slots.len() - (*head - *tail) < events.len() {
            *tail = ring.tail.load(Ordering::Acquire);
            if ring.slots.len() - (*head - *tail) < events.len() {
                return false;
            }
        }
        let slot = ring.slots[*head & (ring.slots.len() - 1)].get();
        // SAFETY: between head and tail plus the capacity: the producer's. Batches of one size end with the ring.
        unsafe { slot.copy_from_nonoverlapping(events.as_ptr(), events.len()) };
        *head += events.len();
        ring.head.store(*head, Ordering::Release);
        true
    }
}

impl RawTail {
    /// Handles `max` events, a number that the capacity is a multiple of, or fewer up to what is written.
    #[inline]
    pub(crate) fn pop(&mut self, max: usize, handle: impl FnMut(&Event)) -> usize {
        let Self(ring, tail, head) = self;
        if *head - *tail < max {
            *head = ring.head.load(Ordering::Acquire);
        }
        let count = (*head - *tail).min(max);
        let slot = ring.slots[*tail & (ring.slots.len() - 1)].get();
        // SAFETY: between tail and head: the consumer's. Batches of one size end with the ring.
        unsafe { std::slice::from_raw_parts(slot, count) }.iter().for_each(handle);
        *tail += count;
        ring.tail.store(*tail, Ordering::Release);
        count
    }
}
