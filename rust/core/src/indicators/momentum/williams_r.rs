use super::stochastic::{part_of_range, parts_of_ranges};
use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{Lane, each};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Range, Window, range};
use crate::indicators::{Indicator, Spec, check_period};

/// Williams %R.
pub(super) static SPEC: Spec = Spec {
    name: "williams_r",
    class: "WilliamsR",
    title: "Williams %R: how far below the highest price of the last `period` bars the close is.",
    formula: "``-100 (hh - close) / (hh - ll)`` with `hh` and `ll` the highest high and the lowest low of the last `period` \
              bars; 0 if the two are equal (but for rounding). A close outside of that range counts as at its border.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("period", 14, 1, "Bars, >= 1.")],
    outputs: &[Output { name: "williams_r", doc: "-100 (at the low) to 0 (at the high)." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Larry Williams, 1973; TA-Lib WILLR to 1e-12.",
    example: ">>> ba.indicators.williams_r([3.0, 4.0], [1.0, 2.0], [2.0, 3.0], 2)\narray([         nan, -33.33333333])",
    make: |args| make(WilliamsR::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct WilliamsR(Window<Range, 2, 2>);

impl WilliamsR {
    /// Over `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Window::new(check_period(period)?)))
    }
}

#[inline(always)]
fn percent_r([highest, lowest]: [f64; 2], close: f64) -> f64 {
    part_of_range(highest, lowest, close - highest).clamp(-100.0, 0.0)
}

impl Indicator<3, 1> for WilliamsR {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.0.update([high, low]).map_or(f64::NAN, |range| percent_r(range, close))]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [out]: [&mut [f64]; 1]) {
        self.0.extend_beside([high, low], [close], [out], |range, [close]| [percent_r(range, close)]);
    }
}

impl Windowed<3, 1> for WilliamsR {
    fn of_eight(&self, [high, low, close]: [&[Lane]; 3], _: &mut Scratch) -> [Lane; 1] {
        let [highest, lowest] = range(high, low);
        let close = close[close.len() - 1];
        let parts = parts_of_ranges(&highest, &lowest, &each(|lane| close[lane] - highest[lane]));
        [each(|lane| parts[lane].clamp(-100.0, 0.0))]
    }
}
