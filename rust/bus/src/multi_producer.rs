//! A producer among many.

use std::time::Duration;

use crate::apart::Apart;
use crate::claim::Claim;
use crate::error::{BatchError, Closed, PublishError, TryPublishError};
use crate::event::Event;
use crate::shared::{CLOSED, Lease, Shared};
use crate::sync::{Arc, Ordering, fence};
use crate::wait::Waiter;

/// A producer among many: each thread has its clone. Dropping the last one closes the ring.
///
/// Sequences are claimed by moving the head, after it is known that they fit, and then published one by one with a
/// stamp in each slot: consumers wait for the first one that has none.
// In this order: see `Apart`.
#[repr(C)]
pub struct MultiProducer<T: Event> {
    shared: Arc<Shared<T>>,
    lease: Lease,
    waiter: Waiter,
    apart: Apart,
}

impl<T: Event> Clone for MultiProducer<T> {
    fn clone(&self) -> Self {
        self.shared.notices.producers.fetch_add(1, Ordering::Relaxed);
        Self { shared: Arc::clone(&self.shared), lease: self.lease, waiter: self.waiter, apart: Apart::default() }
    }
}

impl<T: Event> MultiProducer<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>) -> Self {
        let waiter = Waiter::new(shared.strategy);
        Self { shared, lease: Lease { limit: 0, tapped: false }, waiter, apart: Apart::default() }
    }

    /// Claims at least `least` and at most `most` sequences: the first, and how many.
    #[inline]
    fn take(&mut self, least: u64, most: u64) -> Result<(u64, u64), TryPublishError> {
        // Acquire: what made the claims before this one possible happens before, see `Shared::first_unpublished`.
        let mut head = self.shared.head.sequence.load(Ordering::Acquire);
        loop {
            if head & CLOSED != 0 {
                return Err(TryPublishError::Closed);
            }
            // Others have claimed meanwhile: the head may be past the lease.
            if self.lease.limit.saturating_sub(head) < most {
                let lease = self.shared.lease(head);
                self.lease = Lease { limit: lease.limit.max(self.lease.limit), ..lease };
            }
            let count = self.lease.limit.saturating_sub(head).min(most);
            if count < least {
                return Err(TryPublishError::Full);
            }
            let claim =
                self.shared.head.sequence.compare_exchange(head, head + count, Ordering::AcqRel, Ordering::Acquire);
            match claim {
                Ok(_) => return Ok((head, count)),
                Err(moved) => head = moved,
            }
        }
    }

    /// Publishes an event: its sequence.
    ///
    /// # Errors
    /// At once, where a consumer, or another producer a lap behind, holds the ring back, or it is closed.
    #[inline]
    pub fn try_publish(&mut self, event: T) -> Result<u64, TryPublishError> {
        let (sequence, _) = self.take(1, 1)?;
        // SAFETY: claimed by this producer alone, within its lease: every seat has released the slot, the producer of
        // the lap before is done with it, and no tap reads it unless the lease says so. Only rings of `Pod` are tapped.
        unsafe {
            if self.lease.tapped {
                // A tap that reads one word written after this fence sees the claim when it checks (`Tap`).
                fence(Ordering::Release);
                self.shared.slots.write_shared(sequence, &event);
            } else {
                self.shared.slots.write(sequence, event);
            }
        }
        self.shared.publish(sequence, 1, 1);
        Ok(sequence)
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

    /// Publishes as many events from the start of a slice as there is room for: how many. Their sequences follow one
    /// another.
    ///
    /// # Errors
    /// Where the ring is closed.
    #[inline]
    pub fn try_publish_batch(&mut self, events: &[T]) -> Result<usize, Closed> {
        let most = events.len().min(self.shared.slots.capacity()) as u64;
        let (first, count) = match self.take(1.min(most), most) {
            Ok(taken) => taken,
            Err(TryPublishError::Full) => return Ok(0),
            Err(TryPublishError::Closed) => return Err(Closed),
        };
        let published = &events[..count as usize];
        // SAFETY: as in `try_publish`, for each of the sequences.
        unsafe {
            if self.lease.tapped {
                fence(Ordering::Release);
                for (sequence, event) in (first..).zip(published) {
                    self.shared.slots.write_shared(sequence, event);
                }
            } else {
                self.shared.slots.write_run(first, published);
            }
        }
        self.shared.publish(first, count, count);
        Ok(published.len())
    }

    /// Publishes a slice, in parts where it does not fit at once, waiting for room. Events of other producers may come
    /// between the parts.
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
    /// At once, where the ring is held back or closed. Nothing is claimed then.
    pub fn claim(&mut self, count: usize) -> Result<Claim<'_, T>, TryPublishError> {
        let (first, count) = self.take(count as u64, count as u64)?;
        // SAFETY: claimed by this producer alone, within its lease; the head announces it.
        Ok(unsafe { Claim::new(&self.shared, first, count, self.lease.tapped, None) })
    }
}

impl<T: Event> Drop for MultiProducer<T> {
    fn drop(&mut self) {
        // AcqRel: what the others have published happens before the ring is closed.
        if self.shared.notices.producers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.close();
        }
    }
}
