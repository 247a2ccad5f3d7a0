//! Market structure: the trend that breaks of confirmed swings make.

use super::finding::{Finding, UNKNOWN, row, share};
use super::swing_marks::last_swings;
use super::swings::{Pivot, Swings, last_swing, last_swing_low};
use crate::indicators::ending::of_each;
use crate::indicators::{Ending, Lane, each};

/// Which breaks of a swing are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the direction of the trend.
    Continuation,
    /// Against it.
    Change,
}

/// The last swings that no close has broken, and the direction of the last break.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    kind: Kind,
    swings: Swings,
    high: Option<Pivot>,
    low: Option<Pivot>,
    /// Whether the last break was upwards.
    upwards: Option<bool>,
    known: Known,
}

/// What no longer depends on bars before the first one taken.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    high: bool,
    low: bool,
    trend: bool,
    /// All that the last row has needed.
    row: bool,
}

impl Structure {
    pub(super) fn new(kind: Kind, swing: usize) -> Self {
        Self { kind, swings: Swings::new(swing), high: None, low: None, upwards: None, known: Known::default() }
    }

    /// See [`crate::indicators::Indicator::is_settled`].
    pub(super) const fn is_settled(&self) -> bool {
        self.known.row
    }

    /// See [`crate::indicators::Indicator::at_end`]: most bars break nothing, and then the trend does not matter.
    pub(super) fn at_end(&self, rows: [&[Lane]; 3]) -> [Lane; 5] {
        let (swing, len) = (self.swings.swing(), rows[0].len());
        if len <= swing.saturating_mul(2) {
            return UNKNOWN.map(|value| each(|_| value));
        }
        let [highs, lows] = last_swings(rows[0], rows[1], swing);
        of_each(rows, |lane, rows| {
            let (last, bars) = (len - 1, Bars { rows, swing });
            let close = rows.at(2, last);
            let is_beyond = |pivot: Option<Pivot>, beyond: fn(&f64, &f64) -> bool| {
                pivot.filter(|pivot| beyond(&close, &pivot.price))
            };
            let high = is_beyond(highs[lane], f64::gt).filter(|pivot| bars.breaks_high(*pivot, last));
            let low = is_beyond(lows[lane], f64::lt).filter(|pivot| high.is_none() && bars.breaks_low(*pivot, last));
            let Some(pivot) = high.or(low) else { return row(None) };
            self.says(pivot, high.is_some(), bars.trend_before(last), rows.row(last), last as u64)
        })
    }

    /// Takes the next bar, gives the row of the pattern.
    #[inline]
    pub(super) fn update(&mut self, high: f64, low: f64, close: f64) -> [f64; 5] {
        let (new_high, new_low) = self.swings.update(high, low);
        self.high = new_high.or(self.high);
        self.low = new_low.or(self.low);
        // Of two that one bar breaks the high goes first: a low is known if the high beside it always was.
        self.known.high |= new_high.is_some();
        self.known.low |= self.known.high && new_low.is_some();
        self.known.row = self.known.low;
        let bullish = match (self.high, self.low) {
            (Some(pivot), _) if close > pivot.price => true,
            (_, Some(pivot)) if close < pivot.price => false,
            _ => return if self.swings.is_ready() { row(None) } else { UNKNOWN },
        };
        let broken = if bullish { self.high.take() } else { self.low.take() };
        self.known.row &= self.known.trend;
        self.known.trend |= self.known.low;
        let before = self.upwards.replace(bullish);
        broken.map_or(row(None), |pivot| self.says(pivot, bullish, before, [high, low, close], self.swings.last_bar()))
    }

    /// The row of a bar that breaks a swing, given the direction of the break before.
    #[inline]
    fn says(
        &self,
        pivot: Pivot,
        bullish: bool,
        before: Option<bool>,
        [high, low, close]: [f64; 3],
        now: u64,
    ) -> [f64; 5] {
        let kind = before.map(|before| if before == bullish { Kind::Continuation } else { Kind::Change });
        row((kind == Some(self.kind)).then(|| Finding {
            bullish,
            start: now - pivot.bar,
            end: 0,
            level: pivot.price,
            strength: share((close - pivot.price).abs(), high - low),
        }))
    }
}

/// All bars of an instrument.
#[derive(Clone, Copy)]
struct Bars<'a> {
    rows: Ending<'a, 3>,
    swing: usize,
}

impl Bars<'_> {
    fn high_before(self, end: usize) -> Option<Pivot> {
        last_swing(|at| self.rows.at(0, at), end, self.swing)
    }

    fn low_before(self, end: usize) -> Option<Pivot> {
        last_swing_low(|at| self.rows.at(1, at), end, self.swing)
    }

    fn close(self, row: usize) -> f64 {
        self.rows.at(2, row)
    }

    /// The row on which a swing is known.
    const fn known(self, pivot: Pivot) -> usize {
        pivot.bar as usize + self.swing
    }

    /// Whether a row is the first to close above a swing high, the last one that is known there.
    fn breaks_high(self, pivot: Pivot, row: usize) -> bool {
        self.close(row) > pivot.price && !(self.known(pivot)..row).rev().any(|at| self.close(at) > pivot.price)
    }

    /// Whether a row is the first to close below a swing low, the last one that is known there.
    fn breaks_low(self, pivot: Pivot, row: usize) -> bool {
        let is_below = |row: usize| self.is_below(pivot, row);
        is_below(row) && !(self.known(pivot)..row).rev().any(is_below)
    }

    /// Whether a row closes below a swing low; of two swings that one bar breaks the high goes first, and the low
    /// stays.
    fn is_below(self, pivot: Pivot, row: usize) -> bool {
        self.close(row) < pivot.price && !self.high_before(row + 1).is_some_and(|high| self.breaks_high(high, row))
    }

    /// Whether the last break before a row was upwards.
    fn trend_before(self, row: usize) -> Option<bool> {
        let up = self.last_break((0, row), Self::high_before, |pivot, row| self.close(row) > pivot.price);
        let down = self.last_break((up.unwrap_or(0), row), Self::low_before, |pivot, row| self.is_below(pivot, row));
        (up.is_some() || down.is_some()).then_some(up > down)
    }

    /// The last row that breaks one of the swings that become the last one within `from..end`.
    fn last_break(
        self,
        (from, mut end): (usize, usize),
        swing_before: impl Fn(Self, usize) -> Option<Pivot>,
        breaks: impl Fn(Pivot, usize) -> bool,
    ) -> Option<usize> {
        while end > from {
            let pivot = swing_before(self, end)?;
            let found = (self.known(pivot)..end).find(|row| breaks(pivot, *row));
            if found.is_some() {
                return found;
            }
            end = self.known(pivot);
        }
        None
    }
}
