use super::{CHUNK, all_finite, check_period};
use crate::error::Error;

/// The window's sum is built anew every this many values (or every `period`, if that is more), counted
/// from the start: rounding cannot pile up, and where it happens depends on nothing but the count.
const REBUILD: usize = 1024;

/// Simple moving average: the mean of the last `period` values.
///
/// # Formula
/// `base + sum(x - base) / period`. The sum slides by `x - x_old`; `base` is a value of the window,
/// renewed whenever the sum is rebuilt. A window of equal values gives exactly that value.
///
/// # Warm-up
/// `period - 1` values give nothing; so does a window with a missing value in it.
///
/// # Example
/// ```
/// use baconalgo_core::indicators::Sma;
/// let mut sma = Sma::try_new(2)?;
/// assert_eq!([1.0, 2.0, f64::NAN, 3.0, 5.0].map(|x| sma.update(x)), [None, Some(1.5), None, None, Some(4.0)]);
/// # Ok::<(), baconalgo_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sma {
    period: usize,
    /// The last values, in a ring once it is full; emptied by a missing value.
    window: Vec<f64>,
    /// Where the oldest one is.
    oldest: usize,
    slide: Slide,
}

/// What slides.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slide {
    /// Values, missing ones too, until the sum is rebuilt.
    until: usize,
    every: usize,
    period: usize,
    base: f64,
    sum: f64,
    last: f64,
    /// How often `last` came in a row.
    run: usize,
}

impl Slide {
    fn new(period: usize) -> Self {
        let every = REBUILD.max(period);
        Self { until: every, every, period, base: 0.0, sum: 0.0, last: f64::NAN, run: 0 }
    }

    /// Counts a value, which may be missing; says whether the sum is to be rebuilt after it.
    #[inline(always)]
    fn count(&mut self, x: f64) -> bool {
        self.run = if x == self.last { self.run + 1 } else { 1 };
        self.last = x;
        self.until -= 1;
        self.until == 0
    }

    /// Whether the window holds nothing but `x`, the last value, and the sum does not show it exactly.
    #[inline(always)]
    fn is_flat(&self, x: f64) -> bool {
        self.run >= self.period && (self.base != x || self.sum != 0.0)
    }

    #[inline(always)]
    fn settle(&mut self, x: f64) {
        self.base = x;
        self.sum = 0.0;
    }

    /// Slides over many rows; `pieces` gives the window after one of them.
    #[inline]
    fn over<'a>(
        &mut self,
        entering: &'a [f64],
        leaving: &'a [f64],
        out: &mut [f64],
        pieces: impl Fn(usize) -> [&'a [f64]; 4],
    ) {
        let Self { mut until, every, period, mut base, mut sum, mut last, mut run } = *self;
        // First the sums, one addition after the other; then, for as long as the base stays the same,
        // the means of many rows at once.
        let mut from = 0;
        for (row, (x, old)) in entering.iter().zip(leaving).enumerate() {
            sum += x - old;
            run = if *x == last { run + 1 } else { 1 };
            last = *x;
            until -= 1;
            let due = until == 0;
            if due || (run >= period && (base != *x || sum != 0.0)) {
                finish(&mut out[from..row], base, period);
                from = row;
                (base, sum) = if due { rebuilt(pieces(row)) } else { (*x, 0.0) };
                until = if due { every } else { until };
            }
            out[row] = sum;
        }
        finish(&mut out[from..], base, period);
        *self = Self { until, every, period, base, sum, last, run };
    }

    #[inline(always)]
    fn mean(&self) -> f64 {
        mean(self.base, self.sum, self.period)
    }
}

#[inline(always)]
fn mean(base: f64, sum: f64, period: usize) -> f64 {
    base + sum / period as f64
}

/// Turns sums into means.
fn finish(sums: &mut [f64], base: f64, period: usize) {
    for sum in sums {
        *sum = mean(base, *sum, period);
    }
}

/// Base and sum of a window, from its pieces, oldest value first.
#[cold]
#[inline(never)]
fn rebuilt(pieces: [&[f64]; 4]) -> (f64, f64) {
    let mut window = pieces.into_iter().flatten();
    let base = window.next().copied().unwrap_or(f64::NAN);
    (base, window.fold(0.0, |sum, x| sum + (x - base)))
}

impl Sma {
    /// An average over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { period, window: Vec::new(), oldest: 0, slide: Slide::new(period) })
    }

    /// The period.
    pub const fn period(&self) -> usize {
        self.period
    }

    /// Whether there is a value.
    #[inline]
    pub fn is_ready(&self) -> bool {
        self.window.len() == self.period
    }

    /// The average of the last `period` values.
    pub fn value(&self) -> Option<f64> {
        self.is_ready().then(|| self.slide.mean())
    }

    /// Forgets everything but the period.
    pub fn reset(&mut self) {
        self.window.clear();
        self.oldest = 0;
        self.slide = Slide::new(self.period);
    }

    /// Takes a value, gives the average after it; `None` while the window is not full of numbers.
    #[inline]
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !self.is_ready() || !x.is_finite() {
            return self.warm_up(x);
        }
        let old = std::mem::replace(&mut self.window[self.oldest], x);
        self.oldest = if self.oldest + 1 == self.period { 0 } else { self.oldest + 1 };
        self.slide.sum += x - old;
        let due = self.slide.count(x);
        if self.slide.is_flat(x) {
            self.slide.settle(x);
        }
        if due {
            let (newer, older) = self.window.split_at(self.oldest);
            (self.slide.base, self.slide.sum) = rebuilt([older, newer, &[], &[]]);
            self.slide.until = self.slide.every;
        }
        Some(self.slide.mean())
    }

    #[cold]
    fn warm_up(&mut self, x: f64) -> Option<f64> {
        if self.slide.count(x) {
            self.slide.until = self.slide.every;
        }
        if !x.is_finite() {
            self.window.clear();
            self.oldest = 0;
            return None;
        }
        self.window.push(x);
        if self.is_ready() {
            (self.slide.base, self.slide.sum) = rebuilt([&self.window, &[], &[], &[]]);
        }
        self.value()
    }

    /// Takes many values, writes the average after each; NaN where [`Self::update`] gives `None`.
    /// Says whether all of them are numbers.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn extend(&mut self, input: &[f64], out: &mut [f64]) -> bool {
        assert_eq!(input.len(), out.len(), "Invariant: one output a row");
        let (mut at, mut complete) = (0, true);
        while at < input.len() {
            // Below `period` rows the value that leaves the window lies in the ring, then in `input`.
            let ring = at < self.period;
            let most = match (ring, self.is_ready()) {
                (true, true) => CHUNK.min(self.period - at).min(self.period - self.oldest),
                (true, false) => CHUNK.min(self.period - at),
                (false, _) => CHUNK,
            };
            let end = input.len().min(at + most);
            if !self.is_ready() || !all_finite(&input[at..end]) {
                complete &= self.extend_slowly(&input[at..end], &mut out[at..end]);
            } else if ring {
                self.slide_in_ring(&input[at..end], &mut out[at..end]);
            } else {
                self.slide_in_input(input, at, &mut out[at..end]);
            }
            at = end;
        }
        complete
    }

    /// Rows that replace a stretch of the ring that does not wrap.
    fn slide_in_ring(&mut self, input: &[f64], out: &mut [f64]) {
        let (from, end) = (self.oldest, self.oldest + input.len());
        let (newer, older) = self.window.split_at(from);
        let (leaving, older) = older.split_at(input.len());
        self.slide.over(input, leaving, out, |row| [&leaving[row + 1..], older, newer, &input[..=row]]);
        self.window[from..end].copy_from_slice(input);
        self.oldest = if end == self.period { 0 } else { end };
    }

    /// Rows `at..` of an input whose `period` values before `at` are the window.
    fn slide_in_input(&mut self, input: &[f64], at: usize, out: &mut [f64]) {
        let end = at + out.len();
        let leaving = &input[at - self.period..end - self.period];
        let window = |row: usize| [&input[at + row + 1 - self.period..=at + row], &[], &[], &[]];
        self.slide.over(&input[at..end], leaving, out, window);
        self.window.copy_from_slice(&input[end - self.period..end]);
        self.oldest = 0;
    }

    fn extend_slowly(&mut self, input: &[f64], out: &mut [f64]) -> bool {
        let mut complete = true;
        for (x, out) in input.iter().zip(out) {
            let value = self.update(*x);
            complete &= value.is_some();
            *out = value.unwrap_or(f64::NAN);
        }
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_period_of_zero_is_refused_in_words() {
        assert_eq!(Sma::try_new(0).unwrap_err().to_string(), "period must be >= 1, was 0");
    }

    #[test]
    fn a_flat_window_has_a_flat_average_whatever_came_before() {
        for period in 1..=300 {
            let mut sma = Sma::try_new(period).unwrap();
            for i in 0..500 {
                sma.update(f64::from(i % 17) * 0.1);
            }
            for i in 1..period + 30 {
                let mean = sma.update(1.386_27);
                assert!(i < period || mean == Some(1.386_27), "{period} {i} {mean:?}");
            }
        }
    }

    #[test]
    fn it_is_the_mean_of_the_window() {
        for period in 1..=255 {
            let values: Vec<f64> = (0..3000u32).map(|i| 100.0 + f64::from(i * i % 1009) * 0.01).collect();
            let mut out = vec![0.0; values.len()];
            Sma::try_new(period).unwrap().extend(&values, &mut out);
            for (i, window) in values.windows(period).enumerate() {
                let mean = window.iter().sum::<f64>() / period as f64;
                assert!((out[i + period - 1] - mean).abs() < 1e-11, "{period} {i}");
            }
            assert!(out[..period - 1].iter().all(|x| x.is_nan()));
        }
    }

    proptest! {
        #[test]
        fn batch_is_stream_however_it_is_cut(
            values in prop::collection::vec(prop_oneof![400 => -1e3..1e3f64, 400 => Just(5.3), 1 => Just(f64::NAN)], 0..5000),
            period in prop_oneof![1usize..9, 9usize..60, 900usize..1500], cuts in prop::collection::vec(1usize..900, 1..20),
        ) {
            let mut stream = Sma::try_new(period).unwrap();
            let wanted: Vec<u64> = values.iter().map(|x| stream.update(*x).unwrap_or(f64::NAN).to_bits()).collect();
            let (mut batch, mut got) = (Sma::try_new(period).unwrap(), vec![0.0; values.len()]);
            let (mut at, mut cuts) = (0, cuts.iter().cycle());
            while at < values.len() {
                let end = values.len().min(at + cuts.next().unwrap());
                batch.extend(&values[at..end], &mut got[at..end]);
                at = end;
            }
            prop_assert_eq!(got.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), wanted);
        }
    }
}
