/// An average that is part of an indicator: `a = a (1 - k) + x k`, seeded with the mean of the first
/// `period` values.
#[derive(Clone, Debug)]
pub(super) struct Smoothing {
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

impl Smoothing {
    /// With `k = 2 / (period + 1)`.
    pub(super) fn exponential(period: usize) -> Self {
        Self::new(period, 2.0 / (period as f64 + 1.0))
    }

    /// With `k = 1 / period`.
    pub(super) fn wilder(period: usize) -> Self {
        Self::new(period, 1.0 / period as f64)
    }

    fn new(period: usize, k: f64) -> Self {
        // The smaller one is what the larger one leaves of 1, which is exact.
        let keep = 1.0 - k;
        let weight = if k > 0.5 { k } else { 1.0 - keep };
        Self { step: Step { keep, weight }, value: f64::NAN, period, seen: 0, first: 0.0, sum: 0.0 }
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.seen >= self.period
    }

    /// Takes a value, gives the average after it; NaN while warming up.
    #[inline]
    pub(super) fn update(&mut self, x: f64) -> f64 {
        if self.is_ready() {
            self.value = self.step.of(self.value, x);
        } else {
            self.warm_up(x);
        }
        self.value
    }

    #[cold]
    fn warm_up(&mut self, x: f64) {
        if self.seen == 0 {
            self.first = x;
        }
        self.sum += x - self.first;
        self.seen += 1;
        if self.is_ready() {
            self.value = self.first + self.sum / self.period as f64;
        }
    }

    /// Puts the averages in the place of the values; NaN while warming up.
    pub(super) fn extend(&mut self, values: &mut [f64]) {
        let mut values = values.iter_mut();
        while !self.is_ready() {
            let Some(x) = values.next() else { return };
            *x = self.update(*x);
        }
        let (step, mut value) = (self.step, self.value);
        for x in values {
            value = step.of(value, *x);
            *x = value;
        }
        self.value = value;
    }
}
