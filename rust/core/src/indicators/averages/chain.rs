use super::ema;

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
    #[inline(always)]
    pub(super) fn of(self, value: f64, x: f64) -> f64 {
        value.mul_add(self.keep, self.weight * x)
    }
}

impl Chain {
    /// With `k = 2 / (period + 1)`.
    pub(super) fn exponential(period: usize) -> Self {
        let (keep, weight) = ema::weights(period);
        Self { step: Step { keep, weight }, value: f64::NAN, period, seen: 0, first: 0.0, sum: 0.0 }
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
