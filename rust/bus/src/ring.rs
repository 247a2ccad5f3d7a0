//! Making a ring, and the handle to it.

use crate::consumer::{Consumer, ConsumerId};
use crate::error::Error;
use crate::event::{Event, Pod};
use crate::multi_producer::MultiProducer;
use crate::producer::Producer;
use crate::shared::Shared;
#[cfg(not(feature = "loom"))]
use crate::slots::Slots;
#[cfg(feature = "loom")]
use crate::slots_model::Slots;
use crate::sync::{Arc, Ordering};
use crate::tap::Tap;
use crate::wait::WaitStrategy;

/// A ring that is being made.
pub struct Builder<T: Event> {
    slots: Slots<T>,
    strategy: WaitStrategy,
    resident: bool,
}

/// A ring of so many events, a power of two from 2 to 2^30. Its memory is taken from the system where it is first
/// written, or at once: [`Builder::resident`].
///
/// # Errors
/// Where the capacity is none, or that much memory cannot be had.
pub fn ring<T: Event>(capacity: usize) -> Result<Builder<T>, Error> {
    if !capacity.is_power_of_two() || !(2..=1 << 30).contains(&capacity) {
        return Err(Error::Capacity(capacity));
    }
    Ok(Builder { slots: Slots::new(capacity)?, strategy: WaitStrategy::default(), resident: false })
}

impl<T: Event> Builder<T> {
    /// How its producers and consumers wait; [`WaitStrategy::Adaptive`] unless said otherwise.
    #[must_use]
    pub fn wait(mut self, strategy: WaitStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Takes all of its memory from the system at once, so that no event of the first lap waits for a page.
    #[must_use]
    pub fn resident(mut self) -> Self {
        self.resident = true;
        self
    }

    /// The ring with its one producer.
    pub fn single_producer(mut self) -> (Producer<T>, Ring<T>) {
        if self.resident {
            self.slots.touch(false);
        }
        let shared = Arc::new(Shared::new(self.slots, false, self.strategy));
        (Producer::new(Arc::clone(&shared)), Ring { shared })
    }

    /// The ring with the first of its producers, to be cloned.
    pub fn multi_producer(mut self) -> (MultiProducer<T>, Ring<T>) {
        if self.resident {
            self.slots.touch(true);
        }
        let shared = Arc::new(Shared::new(self.slots, true, self.strategy));
        (MultiProducer::new(Arc::clone(&shared)), Ring { shared })
    }
}

/// A handle to a ring, to watch it and to subscribe.
pub struct Ring<T: Event> {
    shared: Arc<Shared<T>>,
}

impl<T: Event> Clone for Ring<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T: Event> Ring<T> {
    /// A consumer that sees every event from now on, and for which producers wait.
    ///
    /// # Errors
    /// Where 64 consumers hold the ring back already, or it is closed.
    pub fn subscribe(&self) -> Result<Consumer<T>, Error> {
        self.subscribe_after(&[])
    }

    /// A consumer that sees an event once all of the given ones have released it. It comes after whom they came after
    /// where they leave.
    ///
    /// # Errors
    /// Where one of them has left, 64 consumers hold the ring back already, or it is closed.
    pub fn subscribe_after(&self, consumers: &[ConsumerId]) -> Result<Consumer<T>, Error> {
        let numbers: Vec<u64> = consumers.iter().map(|id| id.0).collect();
        let (seat, number, start) = self.shared.subscribe(&numbers)?;
        Ok(Consumer::new(Arc::clone(&self.shared), seat, number, start))
    }

    /// The next sequence to be claimed.
    pub fn cursor(&self) -> u64 {
        self.shared.head()
    }

    /// Ends the ring: producers get an error from now on, consumers when they have read what was published.
    ///
    /// With many producers, what was claimed before is delivered, and nothing else is. A *single* producer's publish
    /// that runs at the same time as this may be told that it was published though consumers have gone home already:
    /// that producer closes the ring exactly by [`Producer::close`], or by being dropped.
    pub fn close(&self) {
        self.shared.close();
    }

    /// It is closed.
    pub fn is_closed(&self) -> bool {
        self.shared.notices.closed.load(Ordering::Acquire)
    }

    /// How many sequences were claimed and never written.
    pub fn tombstones(&self) -> u64 {
        self.shared.notices.tombstones.load(Ordering::Relaxed)
    }

    /// How many consumers a panic has unsubscribed.
    pub fn failed(&self) -> u64 {
        self.shared.notices.failed.load(Ordering::Relaxed)
    }

    /// How many consumers hold it back.
    pub fn consumers(&self) -> usize {
        self.shared.notices.active.load(Ordering::Relaxed).count_ones() as usize
    }

    /// How many events it holds.
    pub fn capacity(&self) -> usize {
        self.shared.slots.capacity()
    }
}

impl<T: Pod> Ring<T> {
    /// A reader for which nobody waits, from now on.
    pub fn tap(&self) -> Tap<T> {
        Tap::new(Arc::clone(&self.shared))
    }
}
