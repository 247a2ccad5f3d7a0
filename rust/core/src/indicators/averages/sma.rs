use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::Lane;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{Mean, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Simple moving average.
pub(super) static SPEC: Spec = Spec {
    name: "sma",
    class: "SMA",
    title: "Simple moving average: the mean of the last `period` values.",
    formula: "``(x[i] + x[i-1] + ... + x[i-period+1]) / period``, merged from means of halves: a window of equal values \
              gives exactly that value, and the same window gives the same bits wherever it stands.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "sma", doc: "The mean, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "TA-Lib SMA to 1e-12.",
    example: ">>> ba.indicators.sma([1.0, 2.0, 4.0], 2)\narray([nan, 1.5, 3. ])",
    make: |args| make(Sma::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Sma(Window<Mean, 1, 1>);

impl Sma {
    /// An average of `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Window::new(check_period(period)?)))
    }
}

impl Indicator<1, 1> for Sma {
    const ROWS: usize = 256;

    #[inline]
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        self.0.update(row).unwrap_or([f64::NAN])
    }

    fn extend(&mut self, inputs: [&[f64]; 1], outputs: [&mut [f64]; 1]) {
        self.0.extend(inputs, outputs);
    }
}

impl Windowed<1, 1> for Sma {
    fn of_eight(&self, rows: [&[Lane]; 1], scratch: &mut Scratch) -> [Lane; 1] {
        self.0.of_eight(rows, &mut scratch.tree)
    }
}
