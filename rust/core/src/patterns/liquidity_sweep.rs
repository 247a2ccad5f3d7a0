use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength, stronger};
use super::swing_marks::last_swings;
use super::swings::{Pivot, Swings};
use crate::error::Error;
use crate::indicators::ending::of_each;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec, check_period, each};

/// Liquidity sweep.
pub(super) static SPEC: Spec = Spec {
    name: "liquidity_sweep",
    class: "LiquiditySweep",
    title: "Liquidity sweep: a wick beyond the last confirmed swing, and a close back inside.",
    formula: "Bearish: ``high > p`` and ``close < p`` with `p` the last confirmed swing high (swings as \
              `swing_points`); bullish: ``low < p`` and ``close > p`` with the last confirmed swing low. The first \
              bar that trades beyond a swing takes its liquidity, wherever it closes: the swing then counts no more. \
              A wick or a close at the level is neither beyond nor inside. If both sides are swept, the stronger one \
              is given, the bullish one if they are equal.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("swing", 5, 1, "Bars on each side of a swing, >= 1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The price of the swing that is swept; it begins at that bar."),
        strength(
            "How much of the bar lies beyond the level: ``(high - level) / (high - low)``, bullish ``(level - low) / \
             (high - low)``.",
        ),
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| 2 * args.rows(0),
    reach: |_| Reach::All,
    source: "Common usage of ICT and smart money concepts, made causal: a swing counts from the bar that confirms it.",
    example: ">>> high = [3.0, 5.0, 4.0, 5.5]\n\
              >>> low = [2.0, 4.0, 3.0, 4.0]\n\
              >>> close = [2.5, 4.5, 3.5, 4.5]\n\
              >>> ba.patterns.liquidity_sweep(high, low, close, 1).direction\n\
              array([nan, nan,  0., -1.])",
    make: |args| make(LiquiditySweep::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct LiquiditySweep {
    swings: Swings,
    /// Not yet traded beyond.
    high: Option<Pivot>,
    low: Option<Pivot>,
    /// Whether there has been a swing high, and a swing low.
    known: [bool; 2],
}

impl LiquiditySweep {
    /// With `swing` bars on each side of a swing.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(swing: usize) -> Result<Self, Error> {
        Ok(Self { swings: Swings::new(check_period(swing)?), high: None, low: None, known: [false; 2] })
    }
}

/// What a bar sweeps of the last swings that nothing has traded beyond before it.
#[inline]
fn sweep(above: Option<Pivot>, below: Option<Pivot>, [high, low, close]: [f64; 3], now: u64) -> Option<Finding> {
    let finding = |pivot: Pivot, bullish: bool, beyond: f64| Finding {
        bullish,
        start: now - pivot.bar,
        end: 0,
        level: pivot.price,
        strength: share(beyond, high - low),
    };
    let above = above.filter(|pivot| high > pivot.price && close < pivot.price);
    let below = below.filter(|pivot| low < pivot.price && close > pivot.price);
    stronger(
        below.map(|pivot| finding(pivot, true, pivot.price - low)),
        above.map(|pivot| finding(pivot, false, high - pivot.price)),
    )
}

impl Indicator<3, 5> for LiquiditySweep {
    fn is_settled(&self) -> bool {
        self.known == [true; 2]
    }

    fn at_end(&self, rows: [&[Lane]; 3]) -> Option<[Lane; 5]> {
        let (swing, len) = (self.swings.swing(), rows[0].len());
        if len <= swing.saturating_mul(2) {
            return Some(UNKNOWN.map(|value| each(|_| value)));
        }
        let [highs, lows] = last_swings(rows[0], rows[1], swing);
        Some(of_each(rows, |lane, rows| {
            let since = |pivot: &Pivot| (pivot.bar as usize + swing..len - 1).rev();
            let (now, bar) = (len as u64 - 1, rows.row(len - 1));
            if sweep(highs[lane], lows[lane], bar, now).is_none() {
                return row(None);
            }
            // Most bars are not even one of the last swing, traded beyond before or not.
            let high = highs[lane].filter(|pivot| !since(pivot).any(|at| rows.at(0, at) > pivot.price));
            let low = lows[lane].filter(|pivot| !since(pivot).any(|at| rows.at(1, at) < pivot.price));
            row(sweep(high, low, bar, now))
        }))
    }

    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 5] {
        let (new_high, new_low) = self.swings.update(high, low);
        self.high = new_high.or(self.high);
        self.low = new_low.or(self.low);
        self.known[0] |= new_high.is_some();
        self.known[1] |= new_low.is_some();
        if !self.swings.is_ready() {
            return UNKNOWN;
        }
        let found = sweep(self.high, self.low, [high, low, close], self.swings.last_bar());
        self.high.take_if(|pivot| high > pivot.price);
        self.low.take_if(|pivot| low < pivot.price);
        row(found)
    }
}
