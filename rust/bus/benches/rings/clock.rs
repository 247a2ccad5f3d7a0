//! The processor's own clock, pinning, and percentiles.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Ticks of the processor's clock, nanoseconds where it has none.
#[inline(always)]
pub(crate) fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: every x86-64 processor has it.
        unsafe { std::arch::x86_64::_rdtsc() }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
}

/// Ticks a nanosecond.
pub(crate) fn rate() -> f64 {
    static RATE: OnceLock<f64> = OnceLock::new();
    *RATE.get_or_init(|| {
        let (start, from) = (Instant::now(), ticks());
        while start.elapsed() < Duration::from_millis(50) {}
        (ticks() - from) as f64 / start.elapsed().as_nanos() as f64
    })
}

/// Pins this thread to a core, where the system lets it.
pub(crate) fn pin(core: usize) {
    core_affinity::set_for_current(core_affinity::CoreId { id: core });
}

/// How many cores there are.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Counts of durations in ticks: 32 steps an octave, so within 3 %.
#[derive(Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; 64 * 32], max: 0 }
    }

    #[inline]
    pub(crate) fn record(&mut self, ticks: u64) {
        let octave = 63 - (ticks | 32).leading_zeros() as usize - 5;
        self.counts[octave * 32 + (ticks >> octave) as usize] += 1;
        self.max = self.max.max(ticks);
    }

    /// Nanoseconds below which so many of all are.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        let total: u64 = self.counts.iter().sum();
        let mut left = (total as f64 * quantile).ceil() as u64;
        for (index, &count) in self.counts.iter().enumerate() {
            if count >= left {
                let (octave, step) = if index < 64 { (0, index) } else { (index / 32 - 1, index % 32 + 32) };
                return ((step as u64) << octave) as f64 / rate();
            }
            left -= count;
        }
        self.max as f64 / rate()
    }

    /// As JSON fields.
    pub(crate) fn fields(&self) -> String {
        let of = |quantile| self.quantile(quantile).round();
        format!(
            r#""p50_ns": {}, "p90_ns": {}, "p99_ns": {}, "p999_ns": {}, "max_ns": {}"#,
            of(0.5),
            of(0.9),
            of(0.99),
            of(0.999),
            (self.max as f64 / rate()).round()
        )
    }
}

/// The median, the lowest and the highest.
pub(crate) fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}
