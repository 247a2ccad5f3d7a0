use super::of_window::OfWindow;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, Y, make};
use crate::indicators::window::CoMoments;
use crate::indicators::{Indicator, Spec, check_period};

/// Correlation of two series over the last `period` rows.
pub(super) static SPEC: Spec = Spec {
    name: "correlation",
    class: "Correlation",
    title: "Correlation of two series over the last `period` rows.",
    formula: "``cov(x, y) / sqrt(var(x) var(y))`` over the last `period` rows; 0 if one of them does not move.",
    inputs: &[X, Y],
    params: &[Param::rows("period", 20, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "correlation", doc: "-1 to 1." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Karl Pearson's r; TA-Lib CORREL.",
    example: ">>> ba.indicators.correlation([1.0, 2.0, 3.0], [2.0, 4.0, 0.0], 2)\narray([nan,  1., -1.])",
    make: |args| make(Correlation::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Correlation {
    window: OfWindow<CoMoments, 2, 5>,
}

impl Correlation {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { window: OfWindow::new(period) })
    }
}

/// Correlation from sums of squares and products.
#[inline(always)]
fn correlation([_, _, x, y, products]: [f64; 5]) -> f64 {
    let scale = (x * y).sqrt();
    // Rounding may leave a little more than 1.
    let part = products / scale;
    let part = if part > 1.0 { 1.0 } else { part };
    let part = if part < -1.0 { -1.0 } else { part };
    if scale == 0.0 { 0.0 } else { part }
}

impl Indicator<2, 1> for Correlation {
    fn update(&mut self, row: [f64; 2]) -> [f64; 1] {
        self.window.update(row, |_, summary| correlation(summary))
    }

    fn extend(&mut self, inputs: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        self.window.extend(inputs, out, |_, summary| correlation(summary));
    }
}
