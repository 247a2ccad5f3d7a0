use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Reach, make};
use crate::indicators::{Indicator, Spec};

/// True range.
pub(super) static SPEC: Spec = Spec {
    name: "true_range",
    class: "TrueRange",
    title: "True range: how far the price went in a bar, the gap from the bar before included.",
    formula: "``max(high - low, |high - c|, |low - c|)`` with `c` the close before. The first bar has none.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[],
    outputs: &[Output { name: "true_range", doc: "The range, in the unit of the prices, >= 0." }],
    missing: |_| Missing::Restart,
    warm_up: |_| 1,
    reach: |_| Reach::Rows(2),
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; equals TA-Lib TRANGE.",
    example: ">>> ba.indicators.true_range([3.0, 4.0, 9.0], [1.0, 2.0, 8.0], [2.0, 3.0, 8.0])\narray([nan,  2.,  6.])",
    make: |_| make::<_, 3, 1>(Ok::<_, Error>(TrueRange::new())),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct TrueRange {
    /// The last close, NaN before there is one.
    pub(super) before: f64,
}

impl Default for TrueRange {
    fn default() -> Self {
        Self::new()
    }
}

impl TrueRange {
    /// One that has seen nothing.
    pub const fn new() -> Self {
        Self { before: f64::NAN }
    }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(super) fn range(high: f64, low: f64, before: f64) -> f64 {
    // NaN, where there is no close before, stands second and stays.
    larger(high - low, larger((high - before).abs(), (low - before).abs()))
}

impl Indicator<3, 1> for TrueRange {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let range = range(high, low, self.before);
        self.before = close;
        [range]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [out]: [&mut [f64]; 1]) {
        let rows = out.len();
        let (high, low, close) = (&high[..rows], &low[..rows], &close[..rows]);
        let Some(last) = close.last() else { return };
        out[0] = range(high[0], low[0], self.before);
        for row in 1..rows {
            out[row] = range(high[row], low[row], close[row - 1]);
        }
        self.before = *last;
    }
}
