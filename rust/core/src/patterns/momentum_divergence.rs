use std::collections::VecDeque;

use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength, stronger};
use super::swing_marks::{Room, SwingMarks};
use super::swings::{Pivot, Swings};
use crate::error::Error;
use crate::indicators::ending::of_each;
use crate::indicators::momentum::Rsi;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Ending, Indicator, LANES, Lane, Spec, check_period, each};

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

/// For each lane the swing that the last row confirms and the one before it, if their prices go the right way.
fn newest_pairs<const HIGHS: bool>(
    mut swings: SwingMarks<'_, HIGHS>,
    room: &mut Room,
    goes_right: impl Fn(f64, f64) -> bool,
) -> [Option<(Pivot, Pivot)>; LANES] {
    let (newest, mut firsts) = (swings.next_row(), [None; LANES]);
    let mut seconds = firsts;
    let mut is_newest = true;
    while swings.look_back(room) {
        for (lane, (first, second)) in firsts.iter_mut().zip(&mut seconds).enumerate() {
            let bits = swings.bits(lane);
            let newest = if is_newest { bits & swings.bit(newest) } else { 0 };
            if newest > 0 {
                *second = swings.newest(lane, newest);
            }
            if second.is_some() && first.is_none() {
                *first = swings.newest(lane, bits ^ newest);
            }
        }
        is_newest = false;
        if firsts.iter().zip(&seconds).all(|(first, second)| first.is_some() == second.is_some()) {
            break;
        }
    }
    std::array::from_fn(|lane| {
        firsts[lane].zip(seconds[lane]).filter(|(first, second)| goes_right(first.price, second.price))
    })
}

impl MomentumDivergence {
    /// Two swings with the RSIs at their bars.
    fn marks(&self, rows: Ending<'_, 3>, (first, second): (Pivot, Pivot)) -> (Mark, Mark) {
        let mut rsi = self.rsi.clone();
        let mut rsi_at = |from: u64, to: u64| {
            // What the RSI is before costs a division a bar, if it is asked for.
            for at in from..to {
                rsi.update([rows.at(2, at as usize)]);
            }
            let [value] = rsi.update([rows.at(2, to as usize)]);
            value
        };
        let first = Mark { pivot: first, rsi: rsi_at(0, first.bar) };
        (first, Mark { pivot: second, rsi: rsi_at(first.pivot.bar + 1, second.bar) })
    }
}

impl Indicator<3, 5> for MomentumDivergence {
    fn is_settled(&self) -> bool {
        !self.confirms
    }

    fn at_end(&self, rows: [&[Lane]; 3]) -> Option<[Lane; 5]> {
        let last = (rows[0].len() as u64).saturating_sub(1);
        if last < self.warm_up {
            return Some(UNKNOWN.map(|value| each(|_| value)));
        }
        let mut room = Room::new();
        // Pairs whose prices go the right way: the RSI, which depends on all bars, is asked for them alone.
        let highs =
            newest_pairs(SwingMarks::<true>::new(rows[0], self.swing), &mut room, |first, second| second > first);
        let lows =
            newest_pairs(SwingMarks::<false>::new(rows[1], self.swing), &mut room, |first, second| second < first);
        Some(of_each(rows, |lane, rows| {
            if highs[lane].is_none() && lows[lane].is_none() {
                return row(None);
            }
            let marks = |pair| self.marks(rows, pair);
            row(diverges(highs[lane].map(marks), lows[lane].map(marks), last))
        }))
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
