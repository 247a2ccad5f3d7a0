//! A consumer that sees every event, and for which producers wait.

use std::hint::spin_loop;
use std::time::Duration;

use crate::apart::Apart;
use crate::batch::Batch;
use crate::error::Closed;
use crate::event::Event;
use crate::shared::{Shared, dead, live};
use crate::sync::{Arc, Ordering};
use crate::wait::Waiter;

/// Which consumer of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub(crate) u64);

/// Stamps to look ahead for where events are received one by one.
const LOOK_AHEAD: usize = 16;

/// Events after a batch that are asked for ahead, at most.
const EXPECTED: u64 = 16;

/// A consumer that sees every event in order exactly once, and for which producers wait.
///
/// Dropping it unsubscribes; so does a panic while it, or a [`Batch`] of it, is held.
// In this order: see `Apart`.
#[repr(C)]
pub struct Consumer<T: Event> {
    shared: Arc<Shared<T>>,
    seat: usize,
    id: ConsumerId,
    /// The next sequence to read.
    next: u64,
    /// Below it everything is published and released by those it comes after.
    limit: u64,
    /// Where it had read everything last time.
    dry: u64,
    /// There may be tombstones below the limit.
    tombstones: bool,
    /// It has given back its seat.
    left: bool,
    failed: bool,
    waiter: Waiter,
    apart: Apart,
}

impl<T: Event> Consumer<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, seat: usize, number: u64, next: u64) -> Self {
        let waiter = Waiter::new(shared.strategy);
        let id = ConsumerId(number);
        Self {
            shared,
            seat,
            id,
            next,
            limit: next,
            dry: next,
            tombstones: false,
            left: false,
            failed: false,
            waiter,
            apart: Apart::default(),
        }
    }

    /// Which consumer this is, for [`Ring::subscribe_after`](crate::Ring::subscribe_after).
    pub fn id(&self) -> ConsumerId {
        self.id
    }

    /// The next sequence to read.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// How many sequences were claimed that it has not read yet.
    pub fn lag(&self) -> u64 {
        self.shared.head().saturating_sub(self.next)
    }

    /// A panic has unsubscribed it.
    pub fn is_failed(&self) -> bool {
        self.failed
    }

    /// Looks for events, `wanted` at most where each has to be looked at: whether there are any.
    #[inline]
    fn refresh(&mut self, wanted: usize) -> Result<bool, Closed> {
        if self.left {
            return Err(Closed);
        }
        let seat = &self.shared.seats[self.seat];
        let mut after = seat.after.load(Ordering::Acquire);
        let seen = if after != 0 {
            loop {
                let mut seen = u64::MAX;
                let mut rest = after;
                while rest != 0 {
                    let other = rest.trailing_zeros() as usize;
                    // Acquire: what the other has read happened before, and so did its being published.
                    seen = seen.min(self.shared.seats[other].next.load(Ordering::Acquire));
                    rest &= rest - 1;
                }
                // One of them may have left and somebody else may have taken its seat, who is no measure. Having seen
                // the newcomer's sequence, one sees here that the old one has left. A newcomer never comes to be
                // among those this one comes after: they are all older. So the same set is the same consumers.
                let now = seat.after.load(Ordering::Acquire);
                if now == after {
                    break seen;
                }
                after = now;
                if after == 0 {
                    return self.refresh(wanted);
                }
            }
        } else if self.shared.many {
            let mut seen = self.limit;
            let end = self.next.saturating_add(wanted as u64);
            // Acquire: the event was written before its stamp. A later lap cannot be seen: the seat holds it back.
            while seen < end && self.shared.slots.stamp(seen).load(Ordering::Acquire) | 1 == live(seen) | 1 {
                seen += 1;
            }
            seen
        } else {
            // Acquire: the events were written before the head.
            self.shared.head.sequence.load(Ordering::Acquire)
        };
        if seen > self.limit {
            self.limit = seen;
            self.tombstones = self.shared.notices.tombstones.load(Ordering::Relaxed) > 0;
        }
        if self.next < self.limit {
            return Ok(true);
        }
        if self.shared.has_ended(self.next) { Err(Closed) } else { Ok(false) }
    }

    #[inline(always)]
    fn is_tombstone(&self, sequence: u64) -> bool {
        self.tombstones && self.shared.slots.stamp(sequence).load(Ordering::Relaxed) == dead(sequence)
    }

    /// Gives everything below a sequence back to the producers.
    #[inline(always)]
    pub(crate) fn release(&mut self, next: u64) {
        self.next = next;
        let seat = &self.shared.seats[self.seat];
        // Release: what was read happens before it is overwritten.
        seat.next.store(next, Ordering::Release);
        self.shared.notices.room.ring();
        if seat.followed.load(Ordering::Relaxed) {
            self.shared.notices.events.ring();
        }
    }

    /// The next event and its sequence, if there is one.
    ///
    /// # Errors
    /// Where the ring is closed and everything was read, or a panic has unsubscribed this consumer.
    #[inline]
    pub fn try_recv(&mut self) -> Result<Option<(u64, T)>, Closed> {
        loop {
            if self.next == self.limit && !self.refresh(LOOK_AHEAD)? {
                return Ok(None);
            }
            let sequence = self.next;
            if self.is_tombstone(sequence) {
                self.release(sequence + 1);
                continue;
            }
            // SAFETY: published, no tombstone, and not released.
            let event = unsafe { self.shared.slots.read(sequence) };
            self.release(sequence + 1);
            return Ok(Some((sequence, event)));
        }
    }

    /// The next event and its sequence, waiting for it; `None` after the timeout.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    #[inline]
    pub fn recv(&mut self, timeout: Duration) -> Result<Option<(u64, T)>, Closed> {
        match self.try_recv() {
            Ok(None) => self.wait(timeout, |consumer| consumer.try_recv().transpose()).transpose(),
            other => other,
        }
    }

    /// Finds the next run of events, `max` at most, and passes over the tombstones before it: where it ends.
    #[inline]
    fn run(&mut self, max: usize) -> Result<Option<u64>, Closed> {
        loop {
            let known = self.limit - self.next;
            if known < max as u64 && !self.refresh(max)? {
                return Ok(None);
            }
            let end = self.limit.min(self.next.saturating_add(max as u64));
            // Published ones only: others are still the producer's.
            self.shared.slots.expect_reads(end, (self.limit - end).min(EXPECTED) as usize);
            if !self.tombstones {
                return Ok(Some(end));
            }
            match (self.next..end).find(|&sequence| self.is_tombstone(sequence)) {
                None => return Ok(Some(end)),
                Some(tombstone) if tombstone > self.next => return Ok(Some(tombstone)),
                Some(_) => {
                    let alive = (self.next..self.limit).find(|&sequence| !self.is_tombstone(sequence));
                    self.release(alive.unwrap_or(self.limit));
                }
            }
        }
    }

    /// The next events in place, `max` at most, if there are any: they end where the ring has ended so far, or before
    /// a tombstone.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    #[inline]
    pub fn try_read(&mut self, max: usize) -> Result<Option<Batch<'_, T>>, Closed> {
        if max == 0 {
            return Ok(None);
        }
        let end = self.run(max)?;
        let first = self.next;
        Ok(end.map(|end| Batch::new(self, first, end)))
    }

    /// The next events in place, `max` at most, waiting for the first of them; `None` after the timeout.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    #[inline]
    pub fn read(&mut self, max: usize, timeout: Duration) -> Result<Option<Batch<'_, T>>, Closed> {
        if max == 0 {
            return Ok(None);
        }
        let end = match self.run(max)? {
            Some(end) => Some(end),
            None => self.wait(timeout, |consumer| consumer.run(max).transpose()).transpose()?,
        };
        let first = self.next;
        Ok(end.map(|end| Batch::new(self, first, end)))
    }

    fn wait<R>(&mut self, timeout: Duration, mut attempt: impl FnMut(&mut Self) -> Option<R>) -> Option<R> {
        if timeout.is_zero() {
            return None;
        }
        let caught_up = self.next - self.dry;
        self.dry = self.next;
        for _ in 0..self.waiter.pauses(caught_up) {
            spin_loop();
        }
        // Before the clock is looked at: what comes at once must not wait for that.
        for _ in 0..self.waiter.first_polls() {
            if let Some(found) = attempt(self) {
                return Some(found);
            }
            spin_loop();
        }
        let (shared, mut waiter) = (Arc::clone(&self.shared), self.waiter);
        let result = waiter.wait(&shared.notices.events, timeout, || attempt(self));
        self.waiter = waiter;
        result
    }

    pub(crate) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    /// Unsubscribes for a panic.
    pub(crate) fn fail(&mut self) {
        if !self.left {
            self.failed = true;
            self.shared.notices.failed.fetch_add(1, Ordering::Relaxed);
            self.leave();
        }
    }

    fn leave(&mut self) {
        if !self.left {
            self.left = true;
            // Nothing of the ring may be read from here on.
            self.limit = self.next;
            self.shared.leave(self.seat);
        }
    }
}

impl<T: Event> Drop for Consumer<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail();
        }
        self.leave();
    }
}
