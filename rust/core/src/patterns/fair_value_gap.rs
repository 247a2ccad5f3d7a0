use std::collections::VecDeque;

use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength, with};
use crate::indicators::ending::of_each;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Output, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec};

/// Fair value gap.
pub(super) static SPEC: Spec = Spec {
    name: "fair_value_gap",
    class: "FairValueGap",
    title: "Fair value gap: prices between the first and the third of three bars that neither has traded.",
    formula: "Bullish: ``low > high[2]``, the gap is from ``high[2]`` (bottom) to ``low`` (top); bearish: ``high < \
              low[2]``, from ``high`` to ``low[2]``. Equality is no gap. It is known at its third bar. With \
              ``candle=\"own\"`` the middle bar must also have closed in its direction: ``close[1] > open[1]``, \
              bearish ``<``. Every gap is then followed for `lookback` bars: `filled` is how much of it later bars \
              have traded, a bullish one from its top down, a bearish one from its bottom up; at 1 it is closed.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[
        Param::rows("lookback", 50, 0, "Bars for which an open gap is followed, >= 0."),
        Param::choice(
            "candle",
            &["any", "own"],
            "Which middle bars count: any, or only those of the gap's own direction.",
        ),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The middle of the gap."),
        strength("The height of the gap as a share of the range of its three bars."),
        Output { name: "top", doc: "The top of the newest gap that is still open; NaN if there is none." },
        Output { name: "bottom", doc: "The bottom of the newest gap that is still open; NaN if there is none." },
        Output { name: "filled", doc: "How much of the newest gap that is still open has been traded, 0 to below 1." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 2,
    reach: |args| Reach::Rows(args.rows(0).saturating_add(3)),
    source: "Common usage of ICT and smart money concepts; ``candle=\"own\"`` as the smartmoneyconcepts package, but \
             placed on the third bar, where it is known, not on the second.",
    example: ">>> open, high = [9.0, 10.0, 12.0], [10.0, 12.2, 13.0]\n\
              >>> low, close = [8.5, 9.8, 11.0], [9.8, 12.0, 12.5]\n\
              >>> gap = ba.patterns.fair_value_gap(open, high, low, close)\n\
              >>> [float(x[2]) for x in (gap.direction, gap.top, gap.bottom, gap.filled)]\n\
              [1.0, 11.0, 10.0, 0.0]",
    make: |args| make(Ok(FairValueGap::new(args.rows(0), args.choice(1) == 1))),
};

/// A gap that is still open.
#[derive(Clone, Copy, Debug)]
struct Gap {
    bullish: bool,
    bar: u64,
    top: f64,
    bottom: f64,
    /// 0 to below 1.
    filled: f64,
}

impl Gap {
    /// Takes a later bar; says whether the gap is still open.
    fn stays_open(&mut self, bar: Candle) -> bool {
        let traded = if self.bullish { self.top - bar.low } else { bar.high - self.bottom };
        self.filled = self.filled.max(share(traded, self.top - self.bottom));
        self.filled < 1.0
    }
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct FairValueGap {
    lookback: u64,
    own: bool,
    bars: u64,
    before: [Option<Candle>; 2],
    /// Oldest first.
    gaps: VecDeque<Gap>,
}

impl FairValueGap {
    /// With open gaps followed for `lookback` bars; `own` asks for a middle bar in the gap's direction.
    pub fn new(lookback: usize, own: bool) -> Self {
        Self { lookback: lookback as u64, own, bars: 0, before: [None; 2], gaps: VecDeque::new() }
    }

    fn gap(&self, first: Candle, middle: Candle, bar: Candle, at: u64) -> Option<Gap> {
        let up = bar.low > first.high && (!self.own || middle.is_white());
        let down = bar.high < first.low && (!self.own || middle.is_black());
        if !up && !down {
            return None;
        }
        let (top, bottom) = if up { (bar.low, first.high) } else { (first.low, bar.high) };
        Some(Gap { bullish: up, bar: at, top, bottom, filled: 0.0 })
    }
}

impl Indicator<4, 8> for FairValueGap {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 8] {
        let bar = Candle::of(prices);
        while self.gaps.front().is_some_and(|gap| self.bars - gap.bar > self.lookback) {
            self.gaps.pop_front();
        }
        self.gaps.retain_mut(|gap| gap.stays_open(bar));
        let before = self.before;
        self.before = [before[1], Some(bar)];
        let [Some(first), Some(middle)] = before else {
            self.bars += 1;
            return with(UNKNOWN, [f64::NAN; 3]);
        };
        let found = self.gap(first, middle, bar, self.bars);
        self.gaps.extend(found);
        self.bars += 1;
        says(found, [first, middle, bar], self.gaps.back())
    }
}

/// The row of a bar, given the gap it makes, the last three bars and the newest gap that is open.
#[inline]
fn says(found: Option<Gap>, [first, middle, bar]: [Candle; 3], open: Option<&Gap>) -> [f64; 8] {
    let open = open.map_or([f64::NAN; 3], |gap| [gap.top, gap.bottom, gap.filled]);
    let found = found.map(|gap| Finding {
        bullish: gap.bullish,
        start: 2,
        end: 0,
        level: gap.bottom + 0.5 * (gap.top - gap.bottom),
        strength: share(
            gap.top - gap.bottom,
            first.high.max(middle.high).max(bar.high) - first.low.min(middle.low).min(bar.low),
        ),
    });
    with(row(found), open)
}

impl Windowed<4, 8> for FairValueGap {
    fn of_eight(&self, rows: [&[Lane]; 4], _: &mut Scratch) -> [Lane; 8] {
        of_each(rows, |_, rows| {
            let three = |last: usize| [last - 2, last - 1, last].map(|row| Candle::of(rows.row(row)));
            let last = rows.len() - 1;
            let at = |bar: usize| {
                let [first, middle, candle] = three(bar);
                self.gap(first, middle, candle, bar as u64)
            };
            // The newest one that the bars since have not filled: their extremes fill as much as they all do.
            let (found, mut open) = (at(last), None);
            let mut since = Candle { open: 0.0, high: f64::NEG_INFINITY, low: f64::INFINITY, close: 0.0 };
            for bar in (last.saturating_sub(self.lookback as usize).max(2)..=last).rev() {
                open = at(bar).and_then(|mut gap| (bar == last || gap.stays_open(since)).then_some(gap));
                if open.is_some() {
                    break;
                }
                let [_, high, low, _] = rows.row(bar);
                since = Candle { high: since.high.max(high), low: since.low.min(low), ..since };
            }
            says(found, three(last), open.as_ref())
        })
    }
}
