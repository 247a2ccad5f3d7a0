use super::of_window::OfWindow;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, Y, make};
use crate::indicators::window::Covariance;
use crate::indicators::{Indicator, Spec, check_period};

/// Beta of `x` to `y` over the last `period` rows: how much `x` moves with a move of `y`.
pub(super) static SPEC: Spec = Spec {
    name: "beta",
    class: "Beta",
    title: "Beta of `x` to `y` over the last `period` rows: how much `x` moves with a move of `y`.",
    formula: "``cov(x, y) / var(y)`` over the last `period` rows; 0 if `y` does not move. Give it returns: ``beta(returns(stock), returns(market))``.",
    inputs: &[X, Y],
    params: &[Param::rows("period", 20, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "beta", doc: "The slope, in units of `x` for a unit of `y`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib BETA, which makes the returns itself and takes the market first.",
    example: ">>> ba.indicators.beta([1.0, 2.0, 3.0], [2.0, 4.0, 3.0], 2)\narray([ nan,  0.5, -1. ])",
    make: |args| make(Beta::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Beta {
    window: OfWindow<Covariance, 2, 4>,
}

impl Beta {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { window: OfWindow::new(period) })
    }
}

/// Slope from the sums of squares and products.
#[inline(always)]
fn beta([_, _, squares, products]: [f64; 4]) -> f64 {
    if squares == 0.0 { 0.0 } else { products / squares }
}

impl Indicator<2, 1> for Beta {
    fn update(&mut self, row: [f64; 2]) -> [f64; 1] {
        self.window.update(row, |_, summary| beta(summary))
    }

    fn extend(&mut self, inputs: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        self.window.extend(inputs, out, |_, summary| beta(summary));
    }
}
