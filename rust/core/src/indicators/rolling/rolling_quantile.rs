use super::sorted::Sorted;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Quantile.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_quantile",
    class: "RollingQuantile",
    title: "Quantile of the last `period` values: the value that a share of them lies below.",
    formula: "With the values in order, the one at place ``q (period - 1)``, counted from 0; between two places in proportion.",
    inputs: &[X],
    params: &[
        Param::rows("period", 20, 1, "Values, >= 1."),
        Param::number("q", 0.5, 0.0, 1.0, "The share, 0 (the lowest value) to 1 (the highest)."),
    ],
    outputs: &[Output { name: "rolling_quantile", doc: "The quantile, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996, definition 7, as numpy.quantile.",
    example: ">>> ba.indicators.rolling_quantile([1.0, 2.0, 4.0, 0.0], 3, q=0.75)\narray([nan, nan,  3.,  3.])",
    make: |args| make(RollingQuantile::try_new(args.rows(0), args.number(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingQuantile(Sorted);

impl RollingQuantile {
    /// Over `period` values, at share `q`.
    ///
    /// # Errors
    /// `period must be >= 1`, and what [`Param::check`] says of a share that is none.
    pub fn try_new(period: usize, q: f64) -> Result<Self, Error> {
        SPEC.params[1].check(q)?;
        Ok(Self(Sorted::new(check_period(period)?, q)))
    }
}

impl Indicator<1, 1> for RollingQuantile {
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        [self.0.update(x)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out);
    }
}
