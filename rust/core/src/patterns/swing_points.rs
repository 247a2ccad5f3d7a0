use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength, stronger, with};
use super::swings::{Pivot, Surroundings, Swings};
use crate::error::Error;
use crate::indicators::spec::{HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Swing points.
pub(super) static SPEC: Spec = Spec {
    name: "swing_points",
    class: "SwingPoints",
    title: "Swing points: highs and lows that stand out, on the bar that confirms them.",
    formula: "The bar `swing` bars ago is a swing high if its high is above the highs of the `swing` bars before it \
              and not below those of the `swing` bars after it, the last of which is this bar; a swing low is the \
              mirror image. So of equal highs next to each other the first one counts, and a flat market has none. A \
              low is bullish, a high bearish; if the bar is both, the direction is that of the stronger one, of the \
              low if they are equal.",
    inputs: &[HIGH, LOW],
    params: &[Param::rows("swing", 5, 1, "Bars on each side, >= 1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The price of the swing."),
        strength(
            "The smaller of the moves up to it and down from it, within the `swing` bars on each side, as a share of \
             the range of all these bars.",
        ),
        Output { name: "high", doc: "The price of the swing high that this bar confirms; NaN if it confirms none." },
        Output { name: "low", doc: "The price of the swing low that this bar confirms; NaN if it confirms none." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| 2 * args.rows(0),
    reach: |args| Reach::Rows(2 * args.rows(0) + 1),
    source: "Bill Williams, Trading Chaos, 1995 (his fractals have ``swing=2``), with ties settled.",
    example: ">>> ba.patterns.swing_points([2.0, 5.0, 3.0], [1.0, 4.0, 2.0], 1).high\n\
              array([nan, nan,  5.])",
    make: |args| make(SwingPoints::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct SwingPoints {
    swing: u64,
    swings: Swings,
    around: Surroundings,
}

impl SwingPoints {
    /// With `swing` bars on each side.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(swing: usize) -> Result<Self, Error> {
        let swing = check_period(swing)?;
        Ok(Self { swing: swing as u64, swings: Swings::new(swing), around: Surroundings::new(swing) })
    }

    fn finding(&self, pivot: Pivot, bullish: bool) -> Finding {
        let strength = self.around.prominence(!bullish);
        Finding { bullish, start: self.swing, end: self.swing, level: pivot.price, strength }
    }
}

impl Indicator<2, 7> for SwingPoints {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 7] {
        self.around.push(high, low);
        let (top, bottom) = self.swings.update(high, low);
        let found =
            stronger(bottom.map(|pivot| self.finding(pivot, true)), top.map(|pivot| self.finding(pivot, false)));
        let prices = [top, bottom].map(|pivot| pivot.map_or(f64::NAN, |pivot| pivot.price));
        with(if self.swings.is_ready() { row(found) } else { UNKNOWN }, prices)
    }
}
