use super::lag::Lag;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Returns.
pub(super) static SPEC: Spec = Spec {
    name: "returns",
    class: "Returns",
    title: "Simple returns: by what part a value is above the one `period` rows before.",
    formula: "``x[i] / x[i-period] - 1``; 0 where ``x[i-period]`` is 0.",
    inputs: &[X],
    params: &[Param::rows("period", 1, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "returns", doc: "The return, 0.01 for a percent." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "TA-Lib ROCP.",
    example: ">>> ba.indicators.returns([1.0, 2.0, 3.0])\narray([nan, 1. , 0.5])",
    make: |args| make(Returns::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Returns(Lag);

impl Returns {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Lag::new(check_period(period)?)))
    }
}

#[inline(always)]
fn change(before: f64, now: f64) -> f64 {
    let change = now / before - 1.0;
    if before == 0.0 { 0.0 } else { change }
}

impl Indicator<1, 1> for Returns {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let mut out = [0.0];
        self.0.extend(&row, &mut out, change);
        out
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out, change);
    }
}
