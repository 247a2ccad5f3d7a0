//! Latencies in buckets whose width grows with the value.
//!
//! Values up to 255 ns have a bucket each; from there on each power of two is cut into 128 buckets. A percentile is the
//! middle of its bucket, within 0.4 % of the true one; count, mean, minimum and maximum are exact. What is longer than
//! [`LONGEST`] counts in the last bucket.
//!
//! # Rationale
//! The scheme of Gil Tene's HdrHistogram with fixed bounds: 30 kB, no allocation, and nothing but relaxed atomic
//! additions, so that it is read while it is written. A reader may see a value in the buckets and not yet in the count;
//! it works on the buckets alone.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest time that has a bucket of its own: 60 s.
pub const LONGEST: u64 = 60_000_000_000;

/// Buckets of a power of two: 2^7.
const BITS: u32 = 7;
const HALF: usize = 1 << BITS;

/// The bucket of a value.
#[inline]
const fn place(value: u64) -> usize {
    let value = if value > LONGEST { LONGEST } else { value };
    let shift = (63 - (value | (HALF as u64)).leading_zeros()) - BITS;
    shift as usize * HALF + (value >> shift) as usize
}

/// The middle of a bucket.
const fn middle(place: usize) -> u64 {
    if place < 2 * HALF {
        return place as u64;
    }
    let shift = (place / HALF - 1) as u32;
    let low = ((place % HALF + HALF) as u64) << shift;
    low + (1 << shift) / 2
}

const BUCKETS: usize = place(LONGEST) + 1;

/// A histogram of times in ns, written and read without locks.
pub struct Histogram {
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
}

/// What a histogram says, all times in ns; 0 where nothing was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many were recorded.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Shortest.
    pub min: u64,
    /// Longest.
    pub max: u64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p999: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
        }
    }

    /// Records a time; any thread may.
    #[inline]
    pub fn record(&self, nanos: u64) {
        self.record_many(nanos, 1);
    }

    /// Records a time that so many took; any thread may.
    #[inline]
    pub fn record_many(&self, nanos: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.counts[place(nanos)].fetch_add(count, Ordering::Relaxed);
        self.sum.fetch_add(nanos.wrapping_mul(count), Ordering::Relaxed);
        // Mostly no new extreme: a load is cheaper than a locked instruction.
        if nanos < self.min.load(Ordering::Relaxed) {
            self.min.fetch_min(nanos, Ordering::Relaxed);
        }
        if nanos > self.max.load(Ordering::Relaxed) {
            self.max.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    /// Records a time that so many took, without a locked instruction; only right while one thread alone records.
    #[inline]
    pub fn record_alone(&self, nanos: u64, count: u64) {
        let add = |cell: &AtomicU64, more: u64| {
            cell.store(cell.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        };
        if count == 0 {
            return;
        }
        add(&self.counts[place(nanos)], count);
        add(&self.sum, nanos.wrapping_mul(count));
        if nanos < self.min.load(Ordering::Relaxed) {
            self.min.store(nanos, Ordering::Relaxed);
        }
        if nanos > self.max.load(Ordering::Relaxed) {
            self.max.store(nanos, Ordering::Relaxed);
        }
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// The time that a share of all stay within, `quantile` from 0 to 1; 0 if nothing was recorded.
    pub fn quantile(&self, quantile: f64) -> u64 {
        self.quantiles([quantile]).1[0]
    }

    /// Count, and the times that these shares of all stay within; the shares must rise.
    pub fn quantiles<const N: usize>(&self, quantiles: [f64; N]) -> (u64, [u64; N]) {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let mut found = [0; N];
        if total == 0 {
            return (0, found);
        }
        let (min, max) = (self.min.load(Ordering::Relaxed), self.max.load(Ordering::Relaxed));
        let (mut before, mut next) = (0, 0);
        for (place, count) in counts.into_iter().enumerate() {
            before += count;
            while next < N && before >= ((quantiles[next] * total as f64).ceil() as u64).clamp(1, total) {
                // Nothing is outside what was recorded; the last bucket holds all that is longer.
                let value = if place == BUCKETS - 1 { max } else { middle(place) };
                found[next] = value.max(min).min(max);
                next += 1;
            }
        }
        (total, found)
    }

    /// All of it at a glance.
    pub fn summary(&self) -> Summary {
        let (count, [p50, p90, p99, p999]) = self.quantiles([0.5, 0.9, 0.99, 0.999]);
        if count == 0 {
            return Summary::default();
        }
        Summary {
            count,
            mean: self.sum.load(Ordering::Relaxed) as f64 / count as f64,
            min: self.min.load(Ordering::Relaxed),
            max: self.max.load(Ordering::Relaxed),
            p50,
            p90,
            p99,
            p999,
        }
    }

    /// Adds what another one has recorded.
    pub fn merge(&self, other: &Self) {
        for (mine, theirs) in self.counts.iter().zip(&other.counts) {
            let count = theirs.load(Ordering::Relaxed);
            if count > 0 {
                mine.fetch_add(count, Ordering::Relaxed);
            }
        }
        self.sum.fetch_add(other.sum.load(Ordering::Relaxed), Ordering::Relaxed);
        self.min.fetch_min(other.min.load(Ordering::Relaxed), Ordering::Relaxed);
        self.max.fetch_max(other.max.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_follow_each_other_and_are_narrow() {
        let mut last = 0;
        for place_ in 1..BUCKETS {
            let value = middle(place_);
            assert!(value > last, "{place_}");
            assert_eq!(place(value), place_);
            last = value;
        }
        assert_eq!((place(0), place(u64::MAX)), (0, BUCKETS - 1));
    }

    #[test]
    fn an_empty_one_says_nothing() {
        assert_eq!(Histogram::new().summary(), Summary::default());
        assert_eq!(Histogram::new().quantile(0.5), 0);
    }

    #[test]
    fn what_takes_longer_than_the_longest_is_counted_and_its_maximum_is_exact() {
        let histogram = Histogram::new();
        histogram.record(10);
        histogram.record_alone(u64::MAX / 4, 1);
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.min, summary.max), (2, 10, u64::MAX / 4));
        assert_eq!(histogram.quantile(1.0), u64::MAX / 4);
    }

    #[test]
    fn threads_lose_nothing() {
        let histogram = Histogram::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let histogram = &histogram;
                scope.spawn(move || (0..10_000).for_each(|i| histogram.record(i * (thread + 1))));
            }
        });
        assert_eq!((histogram.count(), histogram.summary().max), (40_000, 9_999 * 4));
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_hdrhistogram_within_one_percent(
            values in prop::collection::vec((0u32..36).prop_flat_map(|bits| 0u64..=(1 << bits).min(LONGEST)), 1..400),
            split in 0usize..400,
        ) {
            let (mine, rest) = (Histogram::new(), Histogram::new());
            let mut theirs = hdrhistogram::Histogram::<u64>::new_with_bounds(1, LONGEST, 4).unwrap();
            for (place, value) in values.iter().enumerate() {
                if place < split { mine.record(*value) } else { rest.record_alone(*value, 1) }
                theirs.record(*value).unwrap();
            }
            mine.merge(&rest);
            for quantile in [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0] {
                let (a, b) = (mine.quantile(quantile) as f64, theirs.value_at_quantile(quantile) as f64);
                prop_assert!((a - b).abs() <= 0.01 * b.max(1.0), "{quantile}: {a} and {b}");
            }
            let summary = mine.summary();
            prop_assert_eq!(summary.count, values.len() as u64);
            prop_assert_eq!(summary.min, *values.iter().min().unwrap());
            prop_assert_eq!(summary.max, *values.iter().max().unwrap());
            let mean = values.iter().sum::<u64>() as f64 / values.len() as f64;
            prop_assert!((summary.mean - mean).abs() <= 1e-9 * mean);
        }
    }
}
