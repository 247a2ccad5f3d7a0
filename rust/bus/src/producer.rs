//! The only producer of a ring.

use std::time::Duration;

use crate::apart::Apart;
use crate::claim::Claim;
use crate::error::{BatchError, Closed, PublishError, TryPublishError};
use crate::event::Event;
use crate::shared::{Lease, Shared};
use crate::sync::{Arc, Ordering, fence};
use crate::wait::Waiter;

/// How many batches ahead slots are asked for.
const AHEAD: u64 = 3;

/// The only producer of a ring. Dropping it closes the ring.
// In this order: see `Apart`.
#[repr(C)]
pub struct Producer<T: Event> {
    shared: Arc<Shared<T>>,
    /// The next sequence: the head, which nobody else moves.
    next: u64,
    lease: Lease,
    /// What taps were told last. A forgotten claim has written slots that are claimed anew: it must not go back.
    announced: u64,
    waiter: Waiter,
    apart: Apart,
}

impl<T: Event> Producer<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>) -> Self {
        let waiter = Waiter::new(shared.strategy);
        Self {
            shared,
            next: 0,
            lease: Lease { limit: 0, tapped: false },
            announced: 0,
            waiter,
            apart: Apart::default(),
        }
    }

    /// How many of `wanted` events have room; it asks for a new lease only where the old one does not do.
    #[inline(always)]
    fn room(&mut self, wanted: u64) -> Result<u64, Closed> {
        if self.shared.notices.closed.load(Ordering::Relaxed) {
            return Err(Closed);
        }
        if self.lease.limit - self.next < wanted {
            let lease = self.shared.lease(self.next);
            self.lease = Lease { limit: lease.limit.max(self.lease.limit), ..lease };
        }
        Ok((self.lease.limit - self.next).min(wanted))
    }

    /// Tells taps that slots up to `end` are written anew. To be called before they are.
    #[inline]
    fn announce(&mut self, end: u64) {
        self.announced = self.announced.max(end);
        self.shared.head.announced.store(self.announced, Ordering::Relaxed);
        // A tap that reads one word written after this fence sees the announcement when it checks (`Tap`).
        fence(Ordering::Release);
    }

    /// Publishes an event: its sequence.
    ///
    /// # Errors
    /// At once, where a consumer holds the ring back or it is closed.
    #[inline]
    pub fn try_publish(&mut self, event: T) -> Result<u64, TryPublishError> {
        if self.room(1).map_err(|Closed| TryPublishError::Closed)? == 0 {
            return Err(TryPublishError::Full);
        }
        let sequence = self.next;
        // SAFETY: this is the only producer, and the sequence is within its lease: every seat has released the slot,
        // and no tap reads it unless the lease says so. Only rings of `Pod` are tapped.
        unsafe {
            if self.lease.tapped {
                self.announce(sequence + 1);
                self.shared.slots.write_shared(sequence, &event);
            } else {
                self.shared.slots.write(sequence, event);
            }
        }
        self.commit(sequence + 1);
        Ok(sequence)
    }

    #[inline(always)]
    fn commit(&mut self, next: u64) {
        self.next = next;
        // Release: the events happen before whoever reads the head with acquire.
        self.shared.head.sequence.store(next, Ordering::Release);
        self.shared.notices.events.ring();
    }

    /// Publishes an event, waiting for room: its sequence.
    ///
    /// # Errors
    /// Where there is no room within the timeout, or the ring is closed.
    #[inline]
    pub fn publish(&mut self, event: T, timeout: Duration) -> Result<u64, PublishError> {
        match self.try_publish(event) {
            Ok(sequence) => Ok(sequence),
            Err(TryPublishError::Closed) => Err(PublishError::Closed),
            Err(TryPublishError::Full) => self.publish_waiting(event, timeout),
        }
    }

    #[cold]
    fn publish_waiting(&mut self, event: T, timeout: Duration) -> Result<u64, PublishError> {
        self.wait(timeout, |producer| match producer.try_publish(event) {
            Ok(sequence) => Some(Ok(sequence)),
            Err(TryPublishError::Full) => None,
            Err(TryPublishError::Closed) => Some(Err(PublishError::Closed)),
        })
        .unwrap_or(Err(PublishError::Timeout))
    }

    fn wait<R>(&mut self, timeout: Duration, mut attempt: impl FnMut(&mut Self) -> Option<R>) -> Option<R> {
        let (shared, mut waiter) = (Arc::clone(&self.shared), self.waiter);
        let result = waiter.wait(&shared.notices.room, timeout, || attempt(self));
        self.waiter = waiter;
        result
    }

    /// Publishes as many events from the start of a slice as there is room for: how many.
    ///
    /// They become visible together.
    ///
    /// # Errors
    /// Where the ring is closed.
    #[inline]
    pub fn try_publish_batch(&mut self, events: &[T]) -> Result<usize, Closed> {
        let count = self.room(events.len().min(self.shared.slots.capacity()) as u64)?;
        if count == 0 {
            return Ok(0);
        }
        let (first, published) = (self.next, &events[..count as usize]);
        // SAFETY: as in `try_publish`, for each of the sequences.
        unsafe {
            if self.lease.tapped {
                self.announce(first + count);
                for (sequence, event) in (first..).zip(published) {
                    self.shared.slots.write_shared(sequence, event);
                }
            } else {
                // Within the lease only: what consumers have still to read stays with them.
                let (soon, left) = (first + AHEAD * count, self.lease.limit - first);
                self.shared.slots.expect_writes(soon, left.saturating_sub(AHEAD * count).min(count) as usize);
                self.shared.slots.write_run(first, published);
            }
        }
        self.commit(first + count);
        Ok(published.len())
    }

    /// Publishes a slice, in parts where it does not fit at once, waiting for room.
    ///
    /// # Errors
    /// Where not all is published within the timeout, or the ring is closed; the error says how many were published.
    pub fn publish_batch(&mut self, events: &[T], timeout: Duration) -> Result<(), BatchError> {
        let mut published = 0;
        let mut attempt = |producer: &mut Self| match producer.try_publish_batch(&events[published..]) {
            Ok(count) => {
                published += count;
                (published == events.len()).then_some(Ok(()))
            }
            Err(Closed) => Some(Err(PublishError::Closed)),
        };
        let result = match attempt(self) {
            Some(result) => result,
            None => self.wait(timeout, &mut attempt).unwrap_or(Err(PublishError::Timeout)),
        };
        result.map_err(|reason| BatchError { published, reason })
    }

    /// Claims sequences to be written in place. `Full` where they do not fit, which they never do where they are more
    /// than the ring has.
    ///
    /// # Errors
    /// At once, where a consumer holds the ring back or it is closed. Nothing is claimed then.
    pub fn claim(&mut self, count: usize) -> Result<Claim<'_, T>, TryPublishError> {
        let count = count as u64;
        if self.room(count).map_err(|Closed| TryPublishError::Closed)? < count {
            return Err(TryPublishError::Full);
        }
        if self.lease.tapped {
            self.announce(self.next + count);
        }
        let first = self.next;
        // SAFETY: within the lease of the only producer, which the claim borrows.
        Ok(unsafe { Claim::new(&self.shared, first, count, self.lease.tapped, Some(&mut self.next)) })
    }

    /// The next sequence.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// Closes the ring, exactly: what this producer has published is all there will be.
    pub fn close(self) {}
}

impl<T: Event> Drop for Producer<T> {
    fn drop(&mut self) {
        self.shared.close();
    }
}
