use super::ema;
use crate::indicators::lanes::{LANES, Lane, each, prefetch};

/// An exponential average, part of an indicator: it sees numbers only.
///
/// `a = a (1 - k) + x k`, seeded with the mean of the first `period` values. A series that does not move
/// has an average that does not move, to the last bit.
///
/// # Rationale
/// One step a row. A single one waits for itself - [`Smoothing`](crate::indicators::smoothing::Smoothing)
/// does not - but several in one loop wait side by side, and nothing goes through memory between them.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) step: Step,
    pub(super) value: f64,
    period: usize,
    /// Values seen, up to `period`.
    seen: usize,
    first: f64,
    sum: f64,
}

/// The recursion, in its one form: a single rounding on the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Weight of the past.
    keep: f64,
    /// Weight of the new value; the two sum to 1 exactly.
    weight: f64,
}

impl Step {
    pub(super) const fn new((keep, weight): (f64, f64)) -> Self {
        Self { keep, weight }
    }

    #[inline(always)]
    pub(super) fn of(self, value: f64, x: f64) -> f64 {
        value.mul_add(self.keep, self.weight * x)
    }
}

impl Chain {
    /// With `k = 2 / (period + 1)`.
    pub(super) fn exponential(period: usize) -> Self {
        Self { step: Step::new(ema::weights(period)), value: f64::NAN, period, seen: 0, first: 0.0, sum: 0.0 }
    }

    #[inline]
    pub(super) const fn is_ready(&self) -> bool {
        self.seen >= self.period
    }

    /// Takes a value, gives the average after it once it is ready.
    #[inline]
    pub(super) fn update(&mut self, x: f64) -> Option<f64> {
        if self.is_ready() {
            self.value = self.step.of(self.value, x);
            return Some(self.value);
        }
        if self.seen == 0 {
            self.first = x;
        }
        self.sum += x - self.first;
        self.seen += 1;
        if self.is_ready() {
            self.value = self.first + self.sum / self.period as f64;
            return Some(self.value);
        }
        None
    }
}

/// The averages of eight instruments that have seen as many values.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightChains {
    /// NaN while warming up.
    pub(super) value: Lane,
    pub(super) step: Step,
    pub(super) period: usize,
    pub(super) seen: usize,
    pub(super) first: Lane,
    pub(super) sum: Lane,
}

impl EightChains {
    pub(super) fn of(lanes: [&Chain; LANES]) -> Option<Self> {
        let Chain { step, period, seen, .. } = *lanes[0];
        lanes.iter().all(|lane| lane.seen == seen).then(|| Self {
            step,
            period,
            seen,
            value: each(|lane| lanes[lane].value),
            first: each(|lane| lanes[lane].first),
            sum: each(|lane| lanes[lane].sum),
        })
    }

    pub(super) fn put_back(&self, lanes: [&mut Chain; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            lane.seen = self.seen;
            (lane.value, lane.first, lane.sum) = (self.value[place], self.first[place], self.sum[place]);
        }
    }

    /// Values before there are averages.
    pub(super) const fn warming(&self) -> usize {
        self.period - self.seen
    }

    /// See [`Abreast`](crate::indicators::lanes::Abreast).
    #[inline]
    pub(super) fn prefetch(&self) {
        prefetch(&self.value);
        prefetch(&self.step);
    }

    /// Takes a row.
    #[inline]
    pub(super) fn update(&mut self, x: &Lane) {
        if self.warming() == 0 {
            let (step, value) = (self.step, self.value);
            self.value = each(|lane| step.of(value[lane], x[lane]));
        } else {
            self.warm_up(x);
        }
    }

    fn warm_up(&mut self, x: &Lane) {
        if self.seen == 0 {
            (self.first, self.sum) = (*x, [0.0; LANES]);
        }
        let (first, sum) = (self.first, self.sum);
        let sum = each(|lane| sum[lane] + (x[lane] - first[lane]));
        self.sum = sum;
        self.seen += 1;
        if self.seen == self.period {
            let period = self.period as f64;
            self.value = each(|lane| first[lane] + sum[lane] / period);
        }
    }
}
