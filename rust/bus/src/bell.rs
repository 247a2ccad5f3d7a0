//! What wakes those who parked.
//!
//! # Rationale
//! Ringing is a relaxed load of a flag that is almost never set: a publisher must not pay a fence for sleepers that
//! are not there. So one wakeup can be missed: a publisher whose store is still in its store buffer while it reads the
//! flag, and a sleeper that sets the flag and does not see the event yet. That lasts for tens of nanoseconds. The first
//! nap is therefore short (`FIRST_NAP`); the flag stays set meanwhile, so every later publisher sees it, and later
//! naps may be long.

use crate::sync::{AtomicBool, Ordering};

/// A flag, and a place to sleep until it is taken down.
pub(crate) struct Bell {
    asleep: AtomicBool,
    #[cfg(not(feature = "loom"))]
    bed: bed::Bed,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self {
            asleep: AtomicBool::new(false),
            #[cfg(not(feature = "loom"))]
            bed: bed::Bed::default(),
        }
    }

    /// Wakes all who sleep, if any: to be called after what they wait for was stored.
    #[inline(always)]
    pub(crate) fn ring(&self) {
        if self.asleep.load(Ordering::Relaxed) {
            self.ring_if_taken();
        }
    }

    #[cold]
    fn ring_if_taken(&self) {
        if self.asleep.swap(false, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Wakes all who sleep or are about to; never missed, for changes that come once.
    pub(crate) fn wake(&self) {
        #[cfg(not(feature = "loom"))]
        self.bed.wake();
    }
}

#[cfg(not(feature = "loom"))]
mod bed {
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use super::Bell;
    use crate::sync::{Ordering, fence};

    /// The first nap, the only one that can miss its wakeup.
    const FIRST_NAP: Duration = Duration::from_micros(500);
    /// Naps after that.
    const NAP: Duration = Duration::from_millis(50);

    #[derive(Default)]
    pub(super) struct Bed {
        /// How often the bell was rung.
        rings: Mutex<u64>,
        woken: Condvar,
    }

    impl Bed {
        pub(super) fn wake(&self) {
            let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
            *rings += 1;
            self.woken.notify_all();
        }
    }

    impl Bell {
        /// Sleeps until `poll` gives something or the deadline has passed. `poll` may do what it likes: no lock is
        /// held while it runs.
        pub(crate) fn sleep<R>(&self, deadline: Option<Instant>, mut poll: impl FnMut() -> Option<R>) -> Option<R> {
            let mut nap = FIRST_NAP;
            loop {
                // The count is read before the poll: a ring in between is seen below.
                let before = *self.bed.rings.lock().unwrap_or_else(PoisonError::into_inner);
                self.asleep.store(true, Ordering::SeqCst);
                fence(Ordering::SeqCst);
                if let Some(found) = poll() {
                    return Some(found);
                }
                let now = Instant::now();
                let left = match deadline {
                    Some(deadline) if deadline <= now => return None,
                    Some(deadline) => nap.min(deadline - now),
                    None => nap,
                };
                let rings = self.bed.rings.lock().unwrap_or_else(PoisonError::into_inner);
                // Woken early for no reason, it polls once more: harmless.
                drop(self.bed.woken.wait_timeout_while(rings, left, |rings| *rings == before));
                nap = NAP;
            }
        }
    }
}
