//! Bars built from ticks, or longer bars from shorter ones, one row at a time.
//!
//! # Rationale
//! A bar is of floats: it is for indicators and people, and the price of a quote may be its mid. Time bars
//! lie on the UTC grid and cover `[t, t+d)`; an interval without rows makes no bar; weeks start on Monday.
//! The other bars end with the row that reaches their size: a row is never split between two bars.

use crate::error::{Error, ErrorKind};
use crate::types::{DAY_NS, NEVER, Side, Ts};

/// When a bar ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BarRule {
    /// Every so many nanoseconds.
    Time(i64),
    /// After so many rows.
    Ticks(u64),
    /// When so many units were traded.
    Volume(f64),
    /// When so much money was traded: price x volume x multiplier, in the currency.
    Dollars(f64),
}

impl BarRule {
    /// Checks the size.
    ///
    /// # Errors
    /// `DataError` if it is not positive and finite.
    pub fn checked(self) -> Result<Self, Error> {
        let (sound, value) = match self {
            Self::Time(nanos) => (nanos > 0, nanos.to_string()),
            Self::Ticks(rows) => (rows > 0, rows.to_string()),
            Self::Volume(size) | Self::Dollars(size) => (size > 0.0 && size.is_finite(), size.to_string()),
        };
        if sound { Ok(self) } else { Err(Error::new(ErrorKind::Data, 1111, "every", "must be > 0", value)) }
    }
}

/// A row that goes into a bar: a price, or a shorter bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Its time; of a bar the start.
    pub ts: Ts,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded; NaN: not known.
    pub volume: f64,
    /// The aggressor's side, if known.
    pub side: Option<Side>,
}

impl Sample {
    /// A single price.
    pub const fn price(ts: Ts, price: f64, volume: f64, side: Option<Side>) -> Self {
        Self { ts, open: price, high: price, low: price, close: price, volume, side }
    }
}

/// A bar of floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatBar {
    /// Start: of the interval for time bars, else the time of the first row.
    pub start: Ts,
    /// End: of the interval (exclusive) for time bars, else the time of the last row.
    pub end: Ts,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded, of the rows that know it; NaN if none does.
    pub volume: f64,
    /// Units bought by aggressors; 0 if sides are not known.
    pub buy_volume: f64,
    /// Units sold by aggressors; 0 if sides are not known.
    pub sell_volume: f64,
    /// Rows.
    pub count: u64,
}

/// Start of the interval of `nanos` that `ts` lies in: UTC grid, whole weeks from Monday.
///
/// ```
/// use baconalgo_core::bar::grid_start;
/// let week = 7 * 86_400_000_000_000;
/// assert_eq!(grid_start(0, week), -3 * 86_400_000_000_000); // 1970-01-01 was a Thursday
/// assert_eq!(grid_start(90_000_000_000, 60_000_000_000), 60_000_000_000);
/// ```
pub fn grid_start(ts: Ts, nanos: i64) -> Ts {
    const FIRST_MONDAY: Ts = 4 * DAY_NS;
    let origin = if nanos % (7 * DAY_NS) == 0 { FIRST_MONDAY } else { 0 };
    ts.saturating_sub(ts.saturating_sub(origin).rem_euclid(nanos))
}

/// Which interval of `nanos` `ts` lies in, counted on the grid of [`grid_start`].
pub fn grid_count(ts: Ts, nanos: i64) -> i64 {
    grid_start(ts, nanos).div_euclid(nanos)
}

/// Builds the bars of one instrument.
#[derive(Clone, Debug)]
pub struct BarBuilder {
    rule: BarRule,
    multiplier: f64,
    current: Option<FloatBar>,
    /// Units or money in the current bar.
    filled: f64,
}

impl BarBuilder {
    /// Bars by a rule; `multiplier` is the value of one unit at a price of one.
    ///
    /// # Errors
    /// As [`BarRule::checked`].
    pub fn try_new(rule: BarRule, multiplier: f64) -> Result<Self, Error> {
        Ok(Self { rule: rule.checked()?, multiplier, current: None, filled: 0.0 })
    }

    /// Adds a row; rows come in time order. Returns the bar that it finishes: for time bars the one
    /// before it, else the one it completes.
    pub fn update(&mut self, sample: &Sample) -> Option<FloatBar> {
        let finished = match (self.rule, &self.current) {
            (BarRule::Time(_), Some(bar)) if sample.ts >= bar.end => self.current.take(),
            _ => None,
        };
        let rule = self.rule;
        let bar = self.current.get_or_insert_with(|| FloatBar::begin(rule, sample));
        bar.add(sample);
        match self.rule {
            BarRule::Time(_) => return finished,
            BarRule::Ticks(rows) if bar.count < rows => return None,
            BarRule::Ticks(_) => {}
            BarRule::Volume(size) | BarRule::Dollars(size) => {
                let worth = if matches!(self.rule, BarRule::Dollars(_)) { sample.close * self.multiplier } else { 1.0 };
                if sample.volume > 0.0 {
                    self.filled += sample.volume * worth;
                }
                if self.filled < size {
                    return None;
                }
                self.filled = 0.0;
            }
        }
        self.current.take()
    }

    /// The last bar, at the end of the data: of time bars what there is of it; other bars count only
    /// whole.
    pub fn finish(&mut self) -> Option<FloatBar> {
        if matches!(self.rule, BarRule::Time(_)) { self.current.take() } else { None }
    }
}

impl FloatBar {
    fn begin(rule: BarRule, sample: &Sample) -> Self {
        let (start, end) = match rule {
            BarRule::Time(nanos) => {
                let start = grid_start(sample.ts, nanos);
                (start, start.saturating_add(nanos))
            }
            _ => (sample.ts, sample.ts),
        };
        Self {
            start,
            end,
            open: sample.open,
            high: sample.high,
            low: sample.low,
            close: sample.close,
            volume: f64::NAN,
            buy_volume: 0.0,
            sell_volume: 0.0,
            count: 0,
        }
    }

    fn add(&mut self, sample: &Sample) {
        self.high = self.high.max(sample.high);
        self.low = self.low.min(sample.low);
        self.close = sample.close;
        self.end = self.end.max(sample.ts);
        self.count += 1;
        if !sample.volume.is_nan() {
            self.volume = if self.volume.is_nan() { sample.volume } else { self.volume + sample.volume };
            match sample.side {
                Some(Side::Buy) => self.buy_volume += sample.volume,
                Some(Side::Sell) => self.sell_volume += sample.volume,
                None => {}
            }
        }
    }
}

/// Time bars of one instrument, for who has a clock: closes them at their end, not at the next row.
#[derive(Clone, Debug)]
pub struct TimeBars {
    builder: BarBuilder,
}

impl TimeBars {
    /// Bars of `nanos` nanoseconds.
    ///
    /// # Errors
    /// `DataError` if `nanos` is not positive.
    pub fn try_new(nanos: i64) -> Result<Self, Error> {
        Ok(Self { builder: BarBuilder::try_new(BarRule::Time(nanos), 1.0)? })
    }

    /// Adds a sample; returns the bar that was over before it, if it was not closed already.
    pub fn push(&mut self, sample: &Sample) -> Option<FloatBar> {
        self.builder.update(sample)
    }

    /// When the bar under way is over; [`NEVER`] if there is none.
    pub fn close_at(&self) -> Ts {
        self.builder.current.as_ref().map_or(NEVER, |bar| bar.end)
    }

    /// The bar under way, if it is over at `now`; the next price begins another.
    pub fn close(&mut self, now: Ts) -> Option<FloatBar> {
        if self.close_at() <= now { self.builder.current.take() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    fn trade(ts: Ts, price: f64, volume: f64) -> Sample {
        Sample::price(ts, price, volume, Some(Side::Buy))
    }

    #[test]
    fn a_row_on_the_boundary_begins_the_next_bar_and_an_empty_interval_makes_none() {
        let mut bars = BarBuilder::try_new(BarRule::Time(MINUTE), 1.0).unwrap();
        assert_eq!(bars.update(&trade(1, 10.0, 1.0)), None);
        assert_eq!(bars.update(&trade(MINUTE - 1, 12.0, 2.0)), None);
        let first = bars.update(&trade(5 * MINUTE, 11.0, 4.0)).unwrap();
        assert_eq!((first.start, first.end, first.count), (0, MINUTE, 2));
        assert_eq!((first.open, first.high, first.low, first.close, first.volume), (10.0, 12.0, 10.0, 12.0, 3.0));
        assert_eq!(bars.finish().map(|bar| (bar.start, bar.buy_volume)), Some((5 * MINUTE, 4.0)));
        assert_eq!(bars.finish(), None);
    }

    #[test]
    fn times_before_the_epoch_lie_on_the_same_grid() {
        assert_eq!(grid_start(-1, MINUTE), -MINUTE);
        assert_eq!(grid_start(4 * DAY_NS, 7 * DAY_NS), 4 * DAY_NS);
        assert_eq!(grid_start(4 * DAY_NS - 1, 7 * DAY_NS), -3 * DAY_NS);
        assert_eq!(grid_start(DAY_NS + 5, DAY_NS), DAY_NS);
    }

    #[test]
    fn bars_by_count_volume_and_money_end_with_the_row_that_fills_them() {
        let ends = |rule: BarRule| -> Vec<Ts> {
            let mut bars = BarBuilder::try_new(rule, 1.0).unwrap();
            (0..10).filter_map(|ts| bars.update(&trade(ts, 10.0, 3.0)).map(|bar| bar.end)).collect()
        };
        assert_eq!(ends(BarRule::Ticks(4)), [3, 7]);
        assert_eq!(ends(BarRule::Volume(7.0)), [2, 5, 8]);
        assert_eq!(ends(BarRule::Dollars(60.0)), [1, 3, 5, 7, 9]);
    }

    #[test]
    fn a_volume_that_is_not_known_is_not_zero() {
        let mut bars = BarBuilder::try_new(BarRule::Time(MINUTE), 1.0).unwrap();
        bars.update(&trade(0, 1.0, f64::NAN));
        assert!(bars.finish().unwrap().volume.is_nan());
    }

    #[test]
    fn a_clock_closes_a_bar_once() {
        let mut bars = TimeBars::try_new(MINUTE).unwrap();
        assert_eq!(bars.close_at(), NEVER);
        assert_eq!(bars.push(&trade(5, 1.0, 1.0)), None);
        assert_eq!((bars.close_at(), bars.close(MINUTE - 1)), (MINUTE, None));
        assert_eq!(bars.close(MINUTE).map(|bar| bar.close), Some(1.0));
        assert_eq!(bars.push(&trade(MINUTE, 2.0, 1.0)), None);
    }

    #[test]
    fn sizes_must_be_positive() {
        assert!(BarBuilder::try_new(BarRule::Time(0), 1.0).is_err());
        assert!(BarBuilder::try_new(BarRule::Volume(f64::NAN), 1.0).is_err());
    }
}
