//! A reader for which nobody waits.
//!
//! # How
//! Somebody may write a slot while it is copied here. So the copy is taken first, word by word, and then it is asked
//! whether the slot has been claimed anew: a producer announces a claim, passes a release fence, and writes; a tap
//! reads, passes an acquire fence, and looks at the announcement. Had it read a single word of the new event, it would
//! see that claim, and it throws the copy away.

use std::time::Duration;

use crate::apart::Apart;
use crate::error::Closed;
use crate::event::Pod;
use crate::shared::{CLOSED, Shared, dead, live};
use crate::sync::{Arc, Ordering, fence};
use crate::wait::Waiter;

/// How often a tap that was overtaken starts anew before it says that there is nothing.
const ATTEMPTS: usize = 8;

/// An event, and how many sequences before it were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<T> {
    /// Its sequence.
    pub sequence: u64,
    /// The event.
    pub event: T,
    /// How many sequences were overwritten unread between this event and the one received before it. The sequences
    /// from there to here are these and the tombstones that were seen.
    pub lost: u64,
}

/// A reader for which nobody waits: it copies, and loses what it is too slow for, counted.
// In this order: see `Apart`.
#[repr(C)]
pub struct Tap<T: Pod> {
    shared: Arc<Shared<T>>,
    next: u64,
    /// Lost since the last event it gave out.
    gap: u64,
    lost: u64,
    waiter: Waiter,
    apart: Apart,
}

enum Look<T> {
    Event(T),
    Tombstone,
    NotYet,
    Overwritten,
}

impl<T: Pod> Tap<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>) -> Self {
        let waiter = Waiter::new(shared.strategy);
        shared.notices.taps.fetch_add(1, Ordering::AcqRel);
        // Before the head is read: see `Shared::lease`.
        fence(Ordering::SeqCst);
        let next = shared.head();
        Self { shared, next, gap: 0, lost: 0, waiter, apart: Apart::default() }
    }

    /// Sequences below this one are, or may be, written.
    fn claimed(&self) -> u64 {
        let head = &self.shared.head;
        if self.shared.many {
            head.sequence.load(Ordering::Relaxed) & !CLOSED
        } else {
            head.announced.load(Ordering::Relaxed).max(head.sequence.load(Ordering::Relaxed))
        }
    }

    fn look(&self) -> Look<T> {
        let (sequence, slots) = (self.next, &self.shared.slots);
        // Acquire: the event, or the tombstone, was written before.
        let stamp = if self.shared.many {
            let stamp = slots.stamp(sequence).load(Ordering::Acquire);
            match stamp {
                stamp if stamp < live(sequence) => return Look::NotYet,
                stamp if stamp > dead(sequence) => return Look::Overwritten,
                stamp => stamp,
            }
        } else if self.shared.head.sequence.load(Ordering::Acquire) <= sequence {
            return Look::NotYet;
        } else if self.shared.notices.tombstones.load(Ordering::Relaxed) > 0 {
            slots.stamp(sequence).load(Ordering::Relaxed)
        } else {
            live(sequence)
        };
        // SAFETY: published, as was just seen; and since this tap is counted, and started at or above every lease that
        // did not know, its slot is only written as words after that.
        let event = unsafe { slots.read_shared(sequence) };
        fence(Ordering::Acquire);
        if self.claimed() > sequence + self.shared.capacity() {
            Look::Overwritten
        } else if stamp == dead(sequence) {
            Look::Tombstone
        } else {
            Look::Event(event)
        }
    }

    /// The next event, if there is one.
    ///
    /// # Errors
    /// Where the ring is closed and everything was read.
    #[inline]
    pub fn try_recv(&mut self) -> Result<Option<Received<T>>, Closed> {
        let mut attempts = 0;
        loop {
            match self.look() {
                Look::Event(event) => {
                    let received = Received { sequence: self.next, event, lost: self.gap };
                    self.gap = 0;
                    self.next += 1;
                    return Ok(Some(received));
                }
                Look::Tombstone => self.next += 1,
                Look::NotYet if self.shared.has_ended(self.next) => return Err(Closed),
                Look::NotYet => return Ok(None),
                Look::Overwritten if attempts == ATTEMPTS => return Ok(None),
                Look::Overwritten => {
                    attempts += 1;
                    self.skip();
                }
            }
        }
    }

    /// Goes on behind what was overwritten, with an eighth of the ring to spare.
    fn skip(&mut self) {
        let capacity = self.shared.capacity();
        let kept = (capacity - capacity / 8 - 1).max(1);
        let oldest = self.claimed().saturating_sub(kept).max(self.next + 1);
        self.gap += oldest - self.next;
        self.lost += oldest - self.next;
        self.next = oldest;
    }

    /// The next event, waiting for it; `None` after the timeout.
    ///
    /// # Errors
    /// Where the ring is closed and everything was read.
    pub fn recv(&mut self, timeout: Duration) -> Result<Option<Received<T>>, Closed> {
        match self.try_recv() {
            Ok(None) => {
                let (shared, mut waiter) = (Arc::clone(&self.shared), self.waiter);
                let result = waiter.wait(&shared.notices.events, timeout, || self.try_recv().transpose());
                self.waiter = waiter;
                result.transpose()
            }
            other => other,
        }
    }

    /// Appends the next events to a vector, `max` at most: how many. They may have gaps: compare
    /// [`lost`](Self::lost) before and after.
    ///
    /// # Errors
    /// Where the ring is closed and everything was read.
    pub fn read_into(&mut self, events: &mut Vec<T>, max: usize) -> Result<usize, Closed> {
        for count in 0..max {
            match self.try_recv() {
                Ok(Some(received)) => events.push(received.event),
                Ok(None) => return Ok(count),
                Err(Closed) if count == 0 => return Err(Closed),
                Err(Closed) => return Ok(count),
            }
        }
        Ok(max)
    }

    /// The next sequence to read.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// How many sequences were claimed that it has not read yet.
    pub fn lag(&self) -> u64 {
        self.shared.head().saturating_sub(self.next)
    }

    /// How many sequences were lost in all.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

impl<T: Pod> Drop for Tap<T> {
    fn drop(&mut self) {
        self.shared.notices.taps.fetch_sub(1, Ordering::Release);
    }
}
