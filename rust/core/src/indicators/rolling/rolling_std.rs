use super::of_window::OfWindow;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::Moments;
use crate::indicators::{Indicator, Spec, check_period};

/// Standard deviation.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_std",
    class: "RollingStd",
    title: "Standard deviation of the last `period` values.",
    formula: "``sqrt(sum((x - mean)^2) / (period - ddof))`` over the last `period` values, merged from halves and never the \
              difference of two large sums: values that are all equal give exactly 0. NaN if `period` is not above `ddof`.",
    inputs: &[X],
    params: &[
        Param::rows("period", 20, 1, "Values, >= 1."),
        Param::rows("ddof", 0, 0, "Taken off the number of values: 0 for the population, 1 for a sample."),
    ],
    outputs: &[Output { name: "rolling_std", doc: "The deviation, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib STDDEV.",
    example: ">>> ba.indicators.rolling_std([1.0, 3.0, 7.0], 2)\narray([nan,  1.,  2.])",
    make: |args| make(RollingStd::try_new(args.rows(0), args.rows(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingStd {
    /// What the sum of squares is divided by; NaN if there are too few values.
    freedom: f64,
    window: OfWindow<Moments, 1, 2>,
}

impl RollingStd {
    /// Over `period` values, `ddof` of which are taken off.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, ddof: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        let freedom = if period > ddof { (period - ddof) as f64 } else { f64::NAN };
        Ok(Self { freedom, window: OfWindow::new(period) })
    }
}

impl Indicator<1, 1> for RollingStd {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let freedom = self.freedom;
        self.window.update(row, |_, [_, squares]| (squares / freedom).sqrt())
    }

    fn extend(&mut self, inputs: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let freedom = self.freedom;
        self.window.extend(inputs, out, |_, [_, squares]| (squares / freedom).sqrt());
    }
}
