use std::collections::VecDeque;

use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::error::Error;
use crate::indicators::ending::of_each;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec, check_period};

/// Breakout.
pub(super) static SPEC: Spec = Spec {
    name: "breakout",
    class: "Breakout",
    title: "Breakout: a close beyond the highest high or the lowest low of the bars before.",
    formula: "Bullish: ``close > max(high[1], ..., high[period])``; bearish: ``close < min(low[1], ..., \
              low[period])``; a close at the level is none. It begins at the bar that made the level, the newest of \
              them if there are several. Each close beyond the bars before it counts, so a run has one a bar.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("period", 20, 1, "Bars before this one, >= 1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The highest high of the bars before, or the lowest low of a bearish one."),
        strength(
            "``abs(close - level) / (high - low)``, at most 1: how much of the bar the close has put beyond the level.",
        ),
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "Richard Donchian's channel rule, as common; the channel ends one bar before, so that a bar can leave it.",
    example: ">>> ba.patterns.breakout([10.0, 11.0, 12.0], [9.0, 10.0, 10.5], [9.5, 10.5, 11.5], 2).direction\n\
              array([nan, nan,  1.])",
    make: |args| make(Breakout::try_new(args.rows(0))),
};

/// The highest of the last values, and where it is.
#[derive(Clone, Debug, Default)]
struct Highest {
    /// Falling values; the first is the highest, the newest of equal ones.
    falling: VecDeque<(u64, f64)>,
}

impl Highest {
    /// Of the bars since `oldest`.
    #[inline]
    fn since(&mut self, oldest: u64) -> Option<(u64, f64)> {
        while self.falling.front().is_some_and(|(bar, _)| *bar < oldest) {
            self.falling.pop_front();
        }
        self.falling.front().copied()
    }

    #[inline]
    fn push(&mut self, bar: u64, value: f64) {
        while self.falling.back().is_some_and(|(_, last)| *last <= value) {
            self.falling.pop_back();
        }
        self.falling.push_back((bar, value));
    }
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Breakout {
    period: u64,
    bars: u64,
    highs: Highest,
    /// Lows with their sign turned.
    lows: Highest,
}

impl Breakout {
    /// Out of the range of the last `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)? as u64;
        Ok(Self { period, bars: 0, highs: Highest::default(), lows: Highest::default() })
    }

    #[inline]
    fn find(&mut self, high: f64, low: f64, close: f64) -> Option<Finding> {
        let oldest = self.bars - self.period;
        let (top, bottom) = (self.highs.since(oldest)?, self.lows.since(oldest)?);
        judge(top, bottom, [high, low, close], self.bars)
    }
}

/// Whether a bar closes beyond the highest high and the lowest low before it, the latter with its sign turned.
#[inline]
fn judge(top: (u64, f64), bottom: (u64, f64), [high, low, close]: [f64; 3], now: u64) -> Option<Finding> {
    let bullish = close > top.1;
    if !bullish && close >= -bottom.1 {
        return None;
    }
    let (bar, level) = if bullish { top } else { (bottom.0, -bottom.1) };
    let strength = share((close - level).abs(), high - low);
    Some(Finding { bullish, start: now - bar, end: 0, level, strength })
}

impl Windowed<3, 5> for Breakout {
    fn of_eight(&self, rows: [&[Lane]; 3], _: &mut Scratch) -> [Lane; 5] {
        of_each(rows, |_, rows| {
            let last = rows.len() - 1;
            // The newest of equal ones, as it was found first.
            let newest = |best: (u64, f64), bar: usize, value: f64| {
                if value > best.1 { (bar as u64, value) } else { best }
            };
            let (mut top, mut bottom) = ((0, f64::NEG_INFINITY), (0, f64::NEG_INFINITY));
            for bar in (0..last).rev() {
                top = newest(top, bar, rows.at(0, bar));
                bottom = newest(bottom, bar, -rows.at(1, bar));
            }
            row(judge(top, bottom, rows.row(last), last as u64))
        })
    }
}

impl Indicator<3, 5> for Breakout {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 5] {
        let found = if self.bars < self.period { UNKNOWN } else { row(self.find(high, low, close)) };
        self.highs.push(self.bars, high);
        self.lows.push(self.bars, -low);
        self.bars += 1;
        found
    }
}
