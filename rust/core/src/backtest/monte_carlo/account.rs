//! What the steps of a path do to an account, for sixteen paths side by side.

use super::draw::LANES;

/// One number for each path.
pub(super) type Lane = [f64; LANES];

/// Sixteen accounts that take one step after the other.
pub(super) trait Account {
    /// Accounts of one unit of capital.
    fn open() -> Self;

    /// What a step of the history does, in the form that [`Account::step`] takes.
    fn prepared(step: f64, capital: f64) -> f64;

    /// One step for each path.
    fn step(&mut self, steps: &Lane);

    /// Equity now, in units of the capital.
    fn equity(&self, lane: usize) -> f64;

    /// The lowest equity so far.
    fn lowest(&self, lane: usize) -> f64;

    /// The deepest fall from a high so far, as a fraction of the high.
    fn drawdown(&self, lane: usize) -> f64;
}

#[inline(always)]
fn lower(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Equity grows by a return: e' = e (1 + r); a return of -1 or less leaves nothing.
///
/// The ratio of equity to its high follows q' = min(1, q (1 + r)), without a division.
pub(super) struct Compounding {
    equity: Lane,
    lowest: Lane,
    ratio: Lane,
    lowest_ratio: Lane,
}

impl Account for Compounding {
    fn open() -> Self {
        Self { equity: [1.0; LANES], lowest: [1.0; LANES], ratio: [1.0; LANES], lowest_ratio: [1.0; LANES] }
    }

    fn prepared(step: f64, _capital: f64) -> f64 {
        (1.0 + step).max(0.0)
    }

    #[inline(always)]
    fn step(&mut self, steps: &Lane) {
        for (lane, &factor) in steps.iter().enumerate() {
            self.equity[lane] *= factor;
            self.lowest[lane] = lower(self.equity[lane], self.lowest[lane]);
            self.ratio[lane] = lower(self.ratio[lane] * factor, 1.0);
            self.lowest_ratio[lane] = lower(self.ratio[lane], self.lowest_ratio[lane]);
        }
    }

    fn equity(&self, lane: usize) -> f64 {
        let equity = self.equity[lane];
        // Past the largest float and then multiplied by 0: nothing is left.
        if equity.is_nan() { 0.0 } else { equity.min(f64::MAX) }
    }

    fn lowest(&self, lane: usize) -> f64 {
        if self.equity[lane].is_nan() { 0.0 } else { self.lowest[lane] }
    }

    fn drawdown(&self, lane: usize) -> f64 {
        1.0 - self.lowest_ratio[lane]
    }
}

/// Equity grows by an amount: e' = e + p while e is above 0; an account at or below 0 trades no more.
pub(super) struct Adding {
    equity: Lane,
    lowest: Lane,
    highest: Lane,
    lowest_ratio: Lane,
}

impl Account for Adding {
    fn open() -> Self {
        Self { equity: [1.0; LANES], lowest: [1.0; LANES], highest: [1.0; LANES], lowest_ratio: [1.0; LANES] }
    }

    fn prepared(step: f64, capital: f64) -> f64 {
        step / capital
    }

    #[inline(always)]
    fn step(&mut self, steps: &Lane) {
        for (lane, &amount) in steps.iter().enumerate() {
            let equity = self.equity[lane];
            let equity = equity + if equity > 0.0 { amount } else { 0.0 };
            let highest = if equity > self.highest[lane] { equity } else { self.highest[lane] };
            self.equity[lane] = equity;
            self.highest[lane] = highest;
            self.lowest[lane] = lower(equity, self.lowest[lane]);
            self.lowest_ratio[lane] = lower(equity / highest, self.lowest_ratio[lane]);
        }
    }

    fn equity(&self, lane: usize) -> f64 {
        self.equity[lane]
    }

    fn lowest(&self, lane: usize) -> f64 {
        self.lowest[lane]
    }

    fn drawdown(&self, lane: usize) -> f64 {
        1.0 - self.lowest_ratio[lane]
    }
}
