use super::roc::Lag;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec};

/// Momentum.
pub(super) static SPEC: Spec = Spec {
    name: "momentum",
    class: "Momentum",
    title: "Momentum: how much higher a value is than the one `period` rows before.",
    formula: "``x[i] - x[i-period]``",
    inputs: &[X],
    params: &[Param::rows("period", 10, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "momentum", doc: "The change, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "TA-Lib MOM to the last bit.",
    example: ">>> ba.indicators.momentum([1.0, 2.0, 5.0], 1)\narray([nan,  1.,  3.])",
    make: |args| make(Momentum::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Momentum(Lag);

impl Momentum {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Lag::try_new(period).map(Self)
    }
}

fn rise(before: f64, now: f64) -> f64 {
    now - before
}

impl Indicator<1, 1> for Momentum {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let mut out = [0.0];
        self.0.extend(&row, &mut out, rise);
        out
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out, rise);
    }
}
