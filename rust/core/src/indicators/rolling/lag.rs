use crate::indicators::window::History;

/// Values next to those some rows before.
#[derive(Clone, Debug)]
pub(super) struct Lag {
    period: usize,
    history: History,
}

impl Lag {
    /// By `period` rows.
    pub(super) fn new(period: usize) -> Self {
        Self { period, history: History::new(period) }
    }

    /// Takes values, writes what `of` makes of the value `period` rows before and of the value now; NaN
    /// where there is none. Says for how many of them, the newest ones, there is one.
    #[inline(always)]
    pub(super) fn extend(&mut self, input: &[f64], out: &mut [f64], of: impl Fn(f64, f64) -> f64) -> usize {
        let full = self.history.take(input);
        out[..input.len() - full].fill(f64::NAN);
        self.write(full, input, out, of);
        full
    }

    /// Writes what `of` makes of the newest `full` of the values that were just taken.
    #[inline(always)]
    pub(super) fn write(&self, full: usize, input: &[f64], out: &mut [f64], of: impl Fn(f64, f64) -> f64) {
        if full > 0 {
            let blank = input.len() - full;
            let before = self.history.rows(full, self.period);
            for ((out, now), before) in out[blank..].iter_mut().zip(&input[blank..]).zip(before) {
                *out = of(*before, *now);
            }
        }
    }
}
