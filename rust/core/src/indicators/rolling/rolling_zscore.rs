use super::of_window::OfWindow;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::Moments;
use crate::indicators::{Indicator, Spec, check_period};

/// How many deviations the newest value is above the mean of the last `period` values.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_zscore",
    class: "RollingZScore",
    title: "How many deviations the newest value is above the mean of the last `period` values.",
    formula: "``(x[i] - mean) / std``, both of the last `period` values, `std` with ``ddof = 0``; 0 if they are all equal.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "rolling_zscore", doc: "Deviations." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib (x - SMA) / STDDEV to 1e-9.",
    example: ">>> ba.indicators.rolling_zscore([1.0, 3.0, 3.0], 2)\narray([nan,  1.,  0.])",
    make: |args| make(RollingZscore::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingZscore {
    rows: f64,
    window: OfWindow<Moments, 1, 2>,
}

impl RollingZscore {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { rows: period as f64, window: OfWindow::new(period) })
    }
}

/// Distance from the mean over the deviation.
#[inline(always)]
fn score([x]: [f64; 1], [mean, squares]: [f64; 2], rows: f64) -> f64 {
    let score = (x - mean) / (squares / rows).sqrt();
    if squares == 0.0 { 0.0 } else { score }
}

impl Indicator<1, 1> for RollingZscore {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let rows = self.rows;
        self.window.update(row, |row, summary| score(row, summary, rows))
    }

    fn extend(&mut self, inputs: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let rows = self.rows;
        self.window.extend(inputs, out, |row, summary| score(row, summary, rows));
    }
}
