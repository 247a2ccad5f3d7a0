use super::sorted::Sorted;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Median.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_median",
    class: "RollingMedian",
    title: "Median of the last `period` values.",
    formula: "The value in the middle of the last `period` values in order, or the mean of the two in the middle.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "rolling_median", doc: "The median, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "`rolling_quantile` at 0.5; TA-Lib PERCENTILE(50) where `period` is odd, to the last bit.",
    example: ">>> ba.indicators.rolling_median([1.0, 2.0, 4.0, 0.0], 3)\narray([nan, nan,  2.,  2.])",
    make: |args| make(RollingMedian::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingMedian(Sorted);

impl RollingMedian {
    /// Over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Sorted::new(check_period(period)?, 0.5)))
    }
}

impl Indicator<1, 1> for RollingMedian {
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        [self.0.update(x)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out);
    }
}
