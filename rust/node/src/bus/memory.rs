//! How much memory a bus may take.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes in use, and the most there may be.
#[derive(Debug)]
pub(crate) struct Memory {
    used: AtomicUsize,
    most: usize,
}

impl Memory {
    pub(crate) fn new(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }

    /// Takes so many bytes, or none.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Gives back what was taken.
    pub(crate) fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let memory = Memory::new(10);
        assert!(memory.take(6) && !memory.take(5) && memory.take(4) && !memory.take(1) && memory.take(0));
        memory.give(6);
        assert_eq!((memory.used(), memory.most()), (4, 10));
        assert!(!memory.take(usize::MAX));
    }
}
