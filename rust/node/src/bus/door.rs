//! The bell of a bus, for whoever waits for many topics at once.
//!
//! A ring wakes those who wait for it alone. Who waits for all topics sleeps here; publishers ring only while somebody
//! could be waiting.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

#[derive(Default)]
pub(crate) struct Doorbell {
    /// Who could come to wait.
    listeners: AtomicUsize,
    /// Who is about to sleep, or sleeps.
    waiting: AtomicUsize,
    lock: Mutex<()>,
    rung: Condvar,
}

impl Doorbell {
    pub(crate) fn add_listener(&self) {
        self.listeners.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove_listener(&self) {
        self.listeners.fetch_sub(1, Ordering::Relaxed);
    }

    /// Something was published.
    #[inline]
    pub(crate) fn ring(&self) {
        if self.listeners.load(Ordering::Relaxed) > 0 {
            // Either this sees who waits, or who waits sees what was published: each fence lies between a write
            // and a read, and one of the two comes first.
            fence(Ordering::SeqCst);
            if self.waiting.load(Ordering::Relaxed) > 0 {
                self.wake();
            }
        }
    }

    #[cold]
    pub(crate) fn wake(&self) {
        // Whoever has looked and not slept yet holds the lock.
        drop(self.lock.lock());
        self.rung.notify_all();
    }

    /// Sleeps until it rings, but not if there is something.
    pub(crate) fn wait(&self, timeout: Duration, something: impl FnOnce() -> bool) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        {
            let mut lock = self.lock.lock();
            if !something() {
                self.rung.wait_for(&mut lock, timeout);
            }
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
