//! Sequences that are claimed and not published yet.

use crate::event::Event;
use crate::shared::Shared;
use crate::sync::{Ordering, fence};

/// A run of sequences of a producer, to be written one by one and published together.
///
/// What is claimed and not written when it is published, and all of it when it is dropped without being published (by
/// a panic, say), becomes *tombstones*: sequences that consumers pass over and that
/// [`Ring::tombstones`](crate::Ring::tombstones) counts. A claim that is forgotten instead of dropped publishes
/// nothing; with many producers its sequences then hold everyone up for good.
#[must_use = "dropping a claim leaves tombstones"]
pub struct Claim<'a, T: Event> {
    shared: &'a Shared<T>,
    first: u64,
    claimed: u64,
    written: u64,
    tapped: bool,
    /// The next sequence of the only producer, which moves when the claim ends and not before: a forgotten claim
    /// must not become visible with what is published after it.
    next: Option<&'a mut u64>,
}

impl<'a, T: Event> Claim<'a, T> {
    /// # Safety
    /// The sequences are the caller's alone, within its lease, and announced to taps where there are any.
    pub(crate) unsafe fn new(
        shared: &'a Shared<T>,
        first: u64,
        claimed: u64,
        tapped: bool,
        next: Option<&'a mut u64>,
    ) -> Self {
        if tapped {
            // As in `Producer::announce`: what is written from here on is seen after what was claimed.
            fence(Ordering::Release);
        }
        Self { shared, first, claimed, written: 0, tapped, next }
    }

    /// The first of the sequences.
    pub fn first_sequence(&self) -> u64 {
        self.first
    }

    /// How many were claimed.
    pub fn len(&self) -> usize {
        self.claimed as usize
    }

    /// None were claimed.
    pub fn is_empty(&self) -> bool {
        self.claimed == 0
    }

    /// Writes the next event: its sequence, or the event back where all are written.
    ///
    /// # Errors
    /// Where every claimed sequence is written.
    #[inline]
    pub fn write(&mut self, event: T) -> Result<u64, T> {
        if self.written == self.claimed {
            return Err(event);
        }
        let sequence = self.first + self.written;
        // SAFETY: claimed by the caller of `new`, and not published yet.
        unsafe {
            if self.tapped {
                self.shared.slots.write_shared(sequence, &event);
            } else {
                self.shared.slots.write(sequence, event);
            }
        }
        self.written += 1;
        Ok(sequence)
    }

    /// Publishes what was written.
    pub fn publish(mut self) {
        self.end(self.written);
    }

    /// Ends the claim; the second time nothing is left to end.
    fn end(&mut self, written: u64) {
        if self.claimed > 0 {
            self.shared.publish(self.first, written, self.claimed);
            if let Some(next) = self.next.take() {
                *next = self.first + self.claimed;
            }
            self.claimed = 0;
        }
    }
}

impl<T: Event> Drop for Claim<'_, T> {
    fn drop(&mut self) {
        self.end(0);
    }
}
