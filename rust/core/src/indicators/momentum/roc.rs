use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::History;
use crate::indicators::{Indicator, Spec, check_period};

/// Rate of change.
pub(super) static SPEC: Spec = Spec {
    name: "roc",
    class: "ROC",
    title: "Rate of change: how much higher a value is than the one `period` rows before, in percent.",
    formula: "``100 (x[i] / x[i-period] - 1)``; 0 where ``x[i-period]`` is 0.",
    inputs: &[X],
    params: &[Param::rows("period", 10, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "roc", doc: "The change, percent." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "TA-Lib ROC to the last bit.",
    example: ">>> ba.indicators.roc([1.0, 2.0, 3.0], 1)\narray([ nan, 100.,  50.])",
    make: |args| make(Roc::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Roc(Lag);

impl Roc {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Lag::try_new(period).map(Self)
    }
}

/// Values next to those some rows before.
#[derive(Clone, Debug)]
pub(super) struct Lag {
    period: usize,
    history: History,
}

impl Lag {
    pub(super) fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { period, history: History::new(period) })
    }

    /// Takes values, writes what `of` makes of the value `period` rows before and of the value now; NaN
    /// where there is none.
    #[inline(always)]
    pub(super) fn extend(&mut self, input: &[f64], out: &mut [f64], of: impl Fn(f64, f64) -> f64) {
        let full = self.history.take(input);
        let blank = input.len() - full;
        out[..blank].fill(f64::NAN);
        if full > 0 {
            let before = self.history.rows(full, self.period);
            for ((out, now), before) in out[blank..].iter_mut().zip(&input[blank..]).zip(before) {
                *out = of(*before, *now);
            }
        }
    }
}

/// A change in percent.
#[inline(always)]
pub(in crate::indicators) fn change(before: f64, now: f64) -> f64 {
    if before == 0.0 { 0.0 } else { 100.0 * (now / before - 1.0) }
}

impl Indicator<1, 1> for Roc {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let mut out = [0.0];
        self.0.extend(&row, &mut out, change);
        out
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out, change);
    }
}
