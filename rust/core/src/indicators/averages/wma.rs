use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{Tilt, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Weighted moving average.
pub(super) static SPEC: Spec = Spec {
    name: "wma",
    class: "WMA",
    title: "Weighted moving average: the newest of the last `period` values weighs most.",
    formula: "``(n x[i] + (n-1) x[i-1] + ... + 1 x[i-n+1]) / (n (n+1) / 2)`` with `n` the period, merged from halves: a \
              window of equal values gives exactly that value.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "wma", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib WMA to 1e-12.",
    example: ">>> ba.indicators.wma([1.0, 4.0, 7.0], 2)\narray([nan,  3.,  6.])",
    make: |args| make(Wma::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Wma {
    window: Window<Tilt, 1, 2>,
    /// One part of the sum of the weights.
    part: f64,
}

impl Wma {
    /// An average of `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        let n = period as f64;
        Ok(Self { window: Window::new(period), part: 2.0 / (n * (n + 1.0)) })
    }

    /// Of how many of the next rows there is no average yet.
    pub(super) fn blanks(&self, rows: usize) -> usize {
        self.window.blanks(rows)
    }
}

impl Indicator<1, 1> for Wma {
    #[inline]
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        [self.window.update(row).map_or(f64::NAN, |[mean, tilt]| tilt.mul_add(self.part, mean))]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let part = self.part;
        self.window.extend_as([input], [out], |[mean, tilt]| [tilt.mul_add(part, mean)]);
    }
}
