use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{Lowest, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// The lowest of the last `period` values.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_min",
    class: "RollingMin",
    title: "The lowest of the last `period` values.",
    formula: "``min(x[i], x[i-1], ..., x[i-period+1])``",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "rolling_min", doc: "The lowest value, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib MIN to the last bit.",
    example: ">>> ba.indicators.rolling_min([3.0, 1.0, 2.0, 4.0], 2)\narray([nan,  1.,  1.,  2.])",
    make: |args| make(RollingMin::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingMin(Window<Lowest, 1, 1>);

impl RollingMin {
    /// Over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Window::new(check_period(period)?)))
    }
}

impl Indicator<1, 1> for RollingMin {
    #[inline]
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        self.0.update(row).unwrap_or([f64::NAN])
    }

    fn extend(&mut self, inputs: [&[f64]; 1], outputs: [&mut [f64]; 1]) {
        self.0.extend(inputs, outputs);
    }
}
