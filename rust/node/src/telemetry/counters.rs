//! Counters and levels.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A count that only grows. On a cache line of its own: its writer disturbs nobody.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counter(AtomicU64);

impl Counter {
    /// Zero.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts so many; any thread may.
    #[inline]
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts so many, a few times faster; only right while one thread alone counts.
    #[inline]
    pub fn add_alone(&self, count: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// What has been counted.
    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A level that rises and falls.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Zero.
    pub const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// The level is this now.
    #[inline]
    pub fn set(&self, level: i64) {
        self.0.store(level, Ordering::Relaxed);
    }

    /// The level is so much higher, or lower, now.
    #[inline]
    pub fn add(&self, change: i64) {
        self.0.fetch_add(change, Ordering::Relaxed);
    }

    /// The level.
    #[inline]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_many_threads_add_up() {
        let (counter, gauge) = (Counter::new(), Gauge::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        counter.add(2);
                        gauge.add(1);
                        gauge.add(-1);
                    }
                });
            }
        });
        counter.add_alone(1);
        assert_eq!((counter.get(), gauge.get()), (80_001, 0));
        gauge.set(-5);
        assert_eq!(gauge.get(), -5);
    }
}
