//! How to wait, for events or for room.

use std::time::Duration;

use crate::bell::Bell;

/// What a thread does while there is nothing to read, or no room to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WaitStrategy {
    /// Never gives up the core: the lowest latency, at the price of a core for each that waits.
    BusySpin,
    /// Spins a little, then offers the core to others again and again.
    Yield,
    /// Spins for a microsecond or two, offers the core to others for some more, then sleeps until it is woken. Two
    /// threads that wake each other may be put on one core, where to spin for long is to wait for oneself.
    SpinThenPark,
    /// Spins, yields, sleeps. Spins longer where spinning has paid off lately, hardly where cores are few, not at all
    /// where there is one.
    #[default]
    Adaptive,
    /// As `Adaptive`, for threads that have a core to themselves (pinned ones, say): spins for up to a hundred
    /// microseconds even where cores are few.
    Dedicated,
}

/// Polls between two looks at the clock.
#[cfg(not(feature = "loom"))]
const POLLS_PER_LOOK: u32 = 64;

/// Pauses that let some events gather.
#[cfg(not(feature = "loom"))]
const GATHER: u32 = 8;

/// A strategy and what it has learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiter {
    strategy: WaitStrategy,
    #[cfg(not(feature = "loom"))]
    spins: u32,
    #[cfg(not(feature = "loom"))]
    most: u32,
}

#[cfg(not(feature = "loom"))]
mod real {
    use std::hint::spin_loop;
    use std::sync::OnceLock;
    use std::thread::{available_parallelism, yield_now};
    use std::time::Instant;

    use super::{Bell, Duration, GATHER, POLLS_PER_LOOK, WaitStrategy, Waiter};

    /// Spins before a yield or a park, at most, by strategy and cores.
    fn most_spins(strategy: WaitStrategy) -> u32 {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(|| available_parallelism().map_or(1, usize::from));
        match (strategy, cores) {
            (WaitStrategy::BusySpin, _) => u32::MAX,
            (_, 1) => 0,
            (WaitStrategy::Yield, _) => 128,
            (WaitStrategy::SpinThenPark, _) => 64,
            (WaitStrategy::Adaptive, 2..=3) => 512,
            (WaitStrategy::Adaptive | WaitStrategy::Dedicated, _) => 4096,
        }
    }

    impl Waiter {
        pub(crate) fn new(strategy: WaitStrategy) -> Self {
            let most = most_spins(strategy);
            Self { strategy, spins: most, most }
        }

        /// How many pauses to make before who has read everything, `events` since the last time, looks again.
        ///
        /// A consumer at the heels of its producer takes each line while the next is being written, and both wait for
        /// the other all the time. A fraction of a microsecond later there are some more, which it reads at full
        /// speed. Not where they come one at a time, like answers to questions.
        pub(crate) fn pauses(&self, events: u64) -> u32 {
            if self.spins > 0 && events > 1 { GATHER } else { 0 }
        }

        /// How often to look before [`wait`](Self::wait) is worth its while.
        pub(crate) fn first_polls(&self) -> u32 {
            self.spins.min(POLLS_PER_LOOK)
        }

        /// Polls until there is something or the time is up; for ever, where it is too long for the clock.
        pub(crate) fn wait<R>(
            &mut self,
            bell: &Bell,
            timeout: Duration,
            mut poll: impl FnMut() -> Option<R>,
        ) -> Option<R> {
            if timeout.is_zero() {
                return None;
            }
            let deadline = Instant::now().checked_add(timeout);
            let late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let yields = match self.strategy {
                WaitStrategy::BusySpin => 0,
                WaitStrategy::SpinThenPark => 64,
                WaitStrategy::Yield => u32::MAX,
                WaitStrategy::Adaptive | WaitStrategy::Dedicated => 8,
            };
            let learns = matches!(self.strategy, WaitStrategy::Adaptive | WaitStrategy::Dedicated);
            let mut polls = 0u32;
            loop {
                if let Some(found) = poll() {
                    if learns {
                        self.spins = (self.spins * 2).clamp(self.most.min(16), self.most);
                    }
                    return Some(found);
                }
                polls = polls.wrapping_add(1);
                if polls < self.spins || self.spins == u32::MAX {
                    spin_loop();
                    if polls.is_multiple_of(POLLS_PER_LOOK) && late() {
                        return None;
                    }
                } else if yields == u32::MAX || polls - self.spins < yields {
                    yield_now();
                    // Whoever was let in may have taken long.
                    if late() {
                        return None;
                    }
                } else {
                    break;
                }
            }
            if learns {
                self.spins /= 2;
            }
            bell.sleep(deadline, poll)
        }
    }
}

#[cfg(feature = "loom")]
impl Waiter {
    pub(crate) fn new(strategy: WaitStrategy) -> Self {
        Self { strategy }
    }

    /// Time does not pass in a model.
    pub(crate) fn pauses(&self, _: u64) -> u32 {
        0
    }

    /// As often as [`wait`](Self::wait) likes.
    pub(crate) fn first_polls(&self) -> u32 {
        0
    }

    /// Time does not pass in a model: polls until there is something.
    pub(crate) fn wait<R>(&mut self, _: &Bell, timeout: Duration, mut poll: impl FnMut() -> Option<R>) -> Option<R> {
        let _ = self.strategy;
        while !timeout.is_zero() {
            if let Some(found) = poll() {
                return Some(found);
            }
            loom::thread::yield_now();
        }
        None
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn who_slept_spins_as_long_the_next_time_unless_it_is_to_learn() {
        let after_a_sleep = |strategy| {
            let mut waiter = Waiter::new(strategy);
            let before = waiter.spins;
            assert_eq!(waiter.wait(&Bell::new(), Duration::from_millis(1), || None::<()>), None);
            (before, waiter.spins)
        };
        let (before, after) = after_a_sleep(WaitStrategy::SpinThenPark);
        assert_eq!(before, after);
        let (before, after) = after_a_sleep(WaitStrategy::Adaptive);
        assert_eq!(before / 2, after);
    }
}
