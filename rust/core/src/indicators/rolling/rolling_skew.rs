use super::of_window::OfWindow;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::ThirdMoments;
use crate::indicators::{Indicator, Spec, check_period};

/// Skewness of the last `period` values.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_skew",
    class: "RollingSkew",
    title: "Skewness of the last `period` values.",
    formula: "``m3 / m2^1.5`` with the moments about the mean of the population, ``mk = mean((x - mean)^k)``; 0 if all values are equal.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "rolling_skew", doc: "0 for symmetric values, above for a longer tail of high ones." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Fisher and Pearson's g1, as scipy.stats.skew.",
    example: ">>> ba.indicators.rolling_skew([1.0, 1.0, 4.0], 3)\narray([       nan,        nan, 0.70710678])",
    make: |args| make(RollingSkew::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingSkew {
    /// The square root of the number of rows.
    root: f64,
    window: OfWindow<ThirdMoments, 1, 3>,
}

impl RollingSkew {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { root: (period as f64).sqrt(), window: OfWindow::new(period) })
    }
}

/// Skewness from sums of squares and cubes.
#[inline(always)]
fn skew([_, squares, cubes]: [f64; 3], root: f64) -> f64 {
    let scale = squares * squares.sqrt();
    let skew = root * (cubes / scale);
    if scale == 0.0 { 0.0 } else { skew }
}

impl Indicator<1, 1> for RollingSkew {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let root = self.root;
        self.window.update(row, |_, summary| skew(summary, root))
    }

    fn extend(&mut self, inputs: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let root = self.root;
        self.window.extend(inputs, out, |_, summary| skew(summary, root));
    }
}
