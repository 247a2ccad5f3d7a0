//! Events in place.

use crate::consumer::Consumer;
use crate::event::Event;

/// A run of events in place, which no producer overwrites while it is held.
///
/// Its sequences follow one another. Dropping it releases it; a panic while it is held unsubscribes the consumer
/// instead, so that nobody waits for one who is gone.
pub struct Batch<'a, T: Event> {
    consumer: &'a mut Consumer<T>,
    first: u64,
    end: u64,
}

impl<'a, T: Event> Batch<'a, T> {
    pub(crate) fn new(consumer: &'a mut Consumer<T>, first: u64, end: u64) -> Self {
        Self { consumer, first, end }
    }

    /// The sequence of its first event.
    pub fn first_sequence(&self) -> u64 {
        self.first
    }

    /// How many events.
    pub fn len(&self) -> usize {
        (self.end - self.first) as usize
    }

    /// All were released.
    pub fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// The events, in two parts where they pass the end of the ring.
    #[cfg(not(feature = "loom"))]
    #[inline]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        // SAFETY: published, without tombstones, and not released before `self` is, which the slices borrow.
        unsafe { self.consumer.shared().slots.run(self.first, self.len()) }
    }

    /// The event at an index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        // SAFETY: published, no tombstone, and not released.
        (index < self.len()).then(|| unsafe { self.consumer.shared().slots.read(self.first + index as u64) })
    }

    /// The events with their sequences.
    pub fn iter(&self) -> impl Iterator<Item = (u64, T)> + '_ {
        (0..self.len()).filter_map(|index| Some((self.first + index as u64, self.get(index)?)))
    }

    /// Releases the first `count` events, and keeps the others.
    pub fn release(&mut self, count: usize) {
        self.first = self.end.min(self.first.saturating_add(count as u64));
        self.consumer.release(self.first);
    }
}

impl<T: Event> Drop for Batch<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.consumer.fail();
        } else if self.first != self.end {
            self.consumer.release(self.end);
        }
    }
}
