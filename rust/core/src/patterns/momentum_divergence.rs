use std::collections::VecDeque;

use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength, stronger};
use super::swings::{Pivot, Swings, is_swing, last_swing, last_swing_low};
use crate::error::Error;
use crate::indicators::momentum::Rsi;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Ending, Indicator, Spec, check_period};

/// Momentum divergence.
pub(super) static SPEC: Spec = Spec {
    name: "momentum_divergence",
    class: "MomentumDivergence",
    title: "Momentum divergence: a lower low in price that is a higher low in RSI, or the mirror image at highs.",
    formula: "Two confirmed swing lows in a row (swings as `swing_points`), the second one confirmed by this bar: \
              bullish if its low is below the first one's, and ``rsi(close, period)`` at its bar above the RSI at the \
              first one's bar. Bearish: the second swing high above the first, its RSI below. Equal prices and equal \
              RSIs are none. If both are confirmed by one bar, the stronger one is given, the bullish one if they are \
              equal.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("period", 14, 1, "Moves of the RSI, >= 1."),
        Param::rows("swing", 5, 1, "Bars on each side of a swing, >= 1."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The price of the second swing: beyond it the divergence has failed."),
        strength("The difference of the two RSIs, divided by 50, at most 1."),
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(1) + args.rows(0).max(args.rows(1)),
    reach: |_| Reach::All,
    source: "Regular divergence as J. Welles Wilder, New Concepts in Technical Trading Systems, 1978, reads his RSI; \
             confirmed swings only.",
    example: ">>> high = [9.0, 8.0, 7.0, 8.0, 7.2, 7.0, 8.0]\n\
              >>> low = [8.0, 7.0, 5.0, 6.0, 6.0, 4.5, 6.0]\n\
              >>> close = [8.5, 7.5, 5.5, 7.5, 7.0, 6.5, 7.5]\n\
              >>> ba.patterns.momentum_divergence(high, low, close, 2, 1).direction\n\
              array([nan, nan, nan,  0.,  0.,  0.,  1.])",
    make: |args| make(MomentumDivergence::try_new(args.rows(0), args.rows(1))),
};

/// A swing, and the RSI at its bar; NaN before it has a value.
#[derive(Clone, Copy, Debug)]
struct Mark {
    pivot: Pivot,
    rsi: f64,
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct MomentumDivergence {
    swing: usize,
    warm_up: u64,
    swings: Swings,
    rsi: Rsi,
    /// Of the last `swing + 1` bars.
    rsis: VecDeque<f64>,
    high: Option<Mark>,
    low: Option<Mark>,
    /// Whether the last bar has confirmed a swing: an RSI depends on all bars.
    confirms: bool,
}

impl MomentumDivergence {
    /// With the RSI of `period` moves, and `swing` bars on each side of a swing.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, swing: usize) -> Result<Self, Error> {
        let swing = check_period(swing)?;
        Ok(Self {
            swing,
            warm_up: (swing + swing.max(period)) as u64,
            swings: Swings::new(swing),
            rsi: Rsi::try_new(period)?,
            rsis: VecDeque::new(),
            high: None,
            low: None,
            confirms: false,
        })
    }
}

/// What two swing highs in a row, and two swing lows, say on the bar that confirms the second one.
#[inline]
fn diverges(highs: Option<(Mark, Mark)>, lows: Option<(Mark, Mark)>, now: u64) -> Option<Finding> {
    let finding = |(first, second): (Mark, Mark), bullish: bool| Finding {
        bullish,
        start: now - first.pivot.bar,
        end: now - second.pivot.bar,
        level: second.pivot.price,
        strength: ((second.rsi - first.rsi).abs() / 50.0).min(1.0),
    };
    let bearish = highs.filter(|(first, second)| second.pivot.price > first.pivot.price && second.rsi < first.rsi);
    let bullish = lows.filter(|(first, second)| second.pivot.price < first.pivot.price && second.rsi > first.rsi);
    stronger(bullish.map(|pair| finding(pair, true)), bearish.map(|pair| finding(pair, false)))
}

impl Indicator<3, 5> for MomentumDivergence {
    fn is_settled(&self) -> bool {
        !self.confirms
    }

    fn at_end(&self, rows: Ending<'_, 3>) -> Option<[f64; 5]> {
        let last = (rows.len() as u64).saturating_sub(1);
        if last < self.warm_up {
            return Some(UNKNOWN);
        }
        let middle = rows.len() - 1 - self.swing;
        let before = middle + self.swing;
        let (high, low) = (|at| rows.at(0, at), |at| rows.at(1, at));
        // Pairs whose prices go the right way: the RSI, which depends on all bars, is asked for them alone.
        let highs = is_swing(high, middle, self.swing)
            .then(|| last_swing(high, before, self.swing))
            .flatten()
            .map(|first| (first, Pivot { price: high(middle), bar: middle as u64 }))
            .filter(|(first, second)| second.price > first.price);
        let lows = is_swing(|at| -low(at), middle, self.swing)
            .then(|| last_swing_low(low, before, self.swing))
            .flatten()
            .map(|first| (first, Pivot { price: low(middle), bar: middle as u64 }))
            .filter(|(first, second)| second.price < first.price);
        if highs.is_none() && lows.is_none() {
            return Some(row(None));
        }
        let (mut rsi, mut rsis) = (self.rsi.clone(), vec![f64::NAN; middle + 1]);
        for (at, value) in rsis.iter_mut().enumerate() {
            [*value] = rsi.update([rows.at(2, at)]);
        }
        let mark = |pivot: Pivot| Mark { pivot, rsi: rsis[pivot.bar as usize] };
        let marks = |pair: (Pivot, Pivot)| (mark(pair.0), mark(pair.1));
        Some(row(diverges(highs.map(marks), lows.map(marks), last)))
    }

    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 5] {
        if self.rsis.len() > self.swing {
            self.rsis.pop_front();
        }
        let [rsi] = self.rsi.update([close]);
        self.rsis.push_back(rsi);
        let (new_high, new_low) = self.swings.update(high, low);
        self.confirms = new_high.is_some() || new_low.is_some();
        let mark = |pivot| Mark { pivot, rsi: self.rsis[0] };
        let (new_high, new_low) = (new_high.map(mark), new_low.map(mark));
        let found = diverges(self.high.zip(new_high), self.low.zip(new_low), self.swings.last_bar());
        self.high = new_high.or(self.high);
        self.low = new_low.or(self.low);
        if self.swings.last_bar() < self.warm_up {
            return UNKNOWN;
        }
        row(found)
    }
}
