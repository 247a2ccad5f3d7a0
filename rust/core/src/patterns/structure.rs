//! Market structure: the trend that breaks of confirmed swings make.

use super::finding::{Finding, UNKNOWN, row, share};
use super::swings::{Pivot, Swings, last_swing, last_swing_low};
use crate::indicators::Ending;

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
    pub(super) fn at_end(&self, rows: Ending<'_, 3>) -> Option<[f64; 5]> {
        let (swing, len) = (self.swings.swing(), rows.len());
        if len <= swing.saturating_mul(2) {
            return Some(UNKNOWN);
        }
        let close = |row: usize| rows.at(2, row);
        let high_of = |rows_so_far: usize| last_swing(|at| rows.at(0, at), rows_so_far, swing);
        let since = |pivot: Pivot| (pivot.bar as usize + swing..len - 1).rev();
        let breaks_high = high_of(len)
            .is_some_and(|high| close(len - 1) > high.price && !since(high).any(|row| close(row) > high.price));
        let breaks_low = || {
            last_swing_low(|at| rows.at(1, at), len, swing).is_some_and(|low| {
                let broken_before = |row: usize| {
                    // Of two that one bar breaks the high goes first, and the low stays.
                    close(row) < low.price && high_of(row + 1).is_none_or(|high| close(row) <= high.price)
                };
                close(len - 1) < low.price && !since(low).any(broken_before)
            })
        };
        (!breaks_high && !breaks_low()).then(|| row(None))
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
        let kind = match self.upwards.replace(bullish) {
            Some(before) if before == bullish => Some(Kind::Continuation),
            Some(_) => Some(Kind::Change),
            None => None,
        };
        row(broken.filter(|_| kind == Some(self.kind)).map(|pivot| Finding {
            bullish,
            start: self.swings.last_bar() - pivot.bar,
            end: 0,
            level: pivot.price,
            strength: share((close - pivot.price).abs(), high - low),
        }))
    }
}
