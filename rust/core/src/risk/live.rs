//! Covariance that follows prices as they come.
//!
//! # Rationale
//! Prices are put on a grid of equal intervals: at the end of each, the last price of every name counts (previous
//! tick). As an interval closes, its log returns enter an exponentially weighted covariance with weights
//! decay^age / sum of decay^age. An interval without any price is no interval: nights and weekends do not fade what
//! is known.
//!
//! # Limitations
//! A name that trades seldom has returns of zero between its trades, which draws its correlations to zero (the Epps
//! effect): see [`mod@super::hayashi_yoshida`]. Of a name seen for the first time in interval k the intervals up to
//! then count as zero returns; until it has two of its own its row is NaN.

use super::checked::{bad_data, bad_setting};
use super::covariance::check_decay;
use super::matrix::Matrix;
use crate::error::Error;

/// Exponentially weighted sums of products of returns.
#[derive(Clone, Debug)]
pub struct ExponentialSums {
    decay: f64,
    /// Only what is above the diagonal, and it, is kept up.
    sums: Matrix,
    weight: f64,
}

impl ExponentialSums {
    /// Of `names` names; nothing yet.
    ///
    /// # Errors
    /// `ConfigError` unless 0 < decay < 1.
    pub fn try_new(names: usize, decay: f64) -> Result<Self, Error> {
        check_decay(decay)?;
        Ok(Self { decay, sums: Matrix::zeros(names), weight: 0.0 })
    }

    /// One more period: S' = decay S + r r'. O(n^2 / 2), no allocation.
    ///
    /// # Errors
    /// `DataError` if there are not as many returns as names, or one is not finite; nothing is changed then.
    pub fn update(&mut self, returns: &[f64]) -> Result<(), Error> {
        super::checked::length("returns", returns.len(), self.sums.size())?;
        super::checked::finite("returns", returns)?;
        for (i, &own) in returns.iter().enumerate() {
            let row = &mut self.sums.row_mut(i)[i..];
            for (sum, other) in row.iter_mut().zip(&returns[i..]) {
                *sum = self.decay.mul_add(*sum, own * other);
            }
        }
        self.weight = self.decay.mul_add(self.weight, 1.0);
        Ok(())
    }

    /// The covariance, the mean taken as zero; zeros before the first period.
    pub fn covariance(&self) -> Matrix {
        let mut made = self.sums.clone();
        made.mirror();
        if self.weight > 0.0 { made.map(|_, _, sum| sum / self.weight) } else { made }
    }
}

/// The covariance of names whose prices come one by one.
#[derive(Clone, Debug)]
pub struct LiveCovariance {
    interval: i64,
    /// The start of the interval that is open.
    open: Option<i64>,
    /// Whether a price came in it.
    traded: bool,
    /// The last price of each name, and the one at the last close; NaN before the first.
    last: Vec<f64>,
    closed: Vec<f64>,
    returns: Vec<f64>,
    /// Intervals in which each name had a price before and after.
    seen: Vec<u64>,
    sums: ExponentialSums,
    closes: u64,
}

impl LiveCovariance {
    /// Of `names` names on a grid of `interval` nanoseconds.
    ///
    /// # Errors
    /// `ConfigError` if there is no name, the interval is not above 0, or not 0 < decay < 1.
    pub fn try_new(names: usize, interval: i64, decay: f64) -> Result<Self, Error> {
        if names == 0 {
            return Err(bad_setting("names", "must be >= 1", names));
        }
        if interval <= 0 {
            return Err(bad_setting("interval", "must be > 0", interval));
        }
        Ok(Self {
            interval,
            open: None,
            traded: false,
            last: vec![f64::NAN; names],
            closed: vec![f64::NAN; names],
            returns: vec![0.0; names],
            seen: vec![0; names],
            sums: ExponentialSums::try_new(names, decay)?,
            closes: 0,
        })
    }

    /// A price of a name at `ts`, nanoseconds. Says whether an interval closed; only then is it O(n^2).
    ///
    /// # Errors
    /// `DataError` if the name is unknown, the price not above 0, or `ts` before the interval that is open; nothing is
    /// changed then.
    pub fn on_price(&mut self, name: usize, ts: i64, price: f64) -> Result<bool, Error> {
        if name >= self.last.len() {
            return Err(bad_data("name", format!("must be below {}", self.last.len()), name));
        }
        if !(price > 0.0 && price.is_finite()) {
            return Err(bad_data("price", "must be > 0", price));
        }
        let closed = self.advance(ts)?;
        self.last[name] = price;
        self.traded = true;
        Ok(closed)
    }

    /// Time has come to `ts`: closes the open interval if it ends at or before it.
    ///
    /// # Errors
    /// `DataError` if `ts` is before the interval that is open.
    pub fn advance(&mut self, ts: i64) -> Result<bool, Error> {
        let start = ts.saturating_sub(ts.rem_euclid(self.interval));
        let mut closes = false;
        match self.open {
            Some(open) if start < open => return Err(bad_data("ts", format!("must be at least {open}"), ts)),
            Some(open) if start > open && self.traded => {
                self.close()?;
                closes = true;
            }
            _ => {}
        }
        self.open = Some(start);
        Ok(closes)
    }

    fn close(&mut self) -> Result<(), Error> {
        let mut any = false;
        for (name, change) in self.returns.iter_mut().enumerate() {
            let (before, now) = (self.closed[name], self.last[name]);
            let known = !before.is_nan();
            *change = if known { (now / before).ln() } else { 0.0 };
            self.seen[name] += u64::from(known);
            any |= known;
        }
        if any {
            self.sums.update(&self.returns)?;
            self.closes += 1;
        }
        self.closed.copy_from_slice(&self.last);
        self.traded = false;
        Ok(())
    }

    /// Intervals that count.
    pub fn observations(&self) -> u64 {
        self.closes
    }

    /// The covariance of the log returns of one interval; NaN for names with fewer than two returns.
    pub fn covariance(&self) -> Matrix {
        let ready: Vec<bool> = self.seen.iter().map(|&seen| seen >= 2).collect();
        self.sums.covariance().map(|i, j, value| if ready[i] && ready[j] { value } else { f64::NAN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::covariance::exponential;
    use crate::risk::matrix::Table;

    #[test]
    fn update_by_update_is_the_covariance_of_all_rows() {
        let rows = [[0.1, -0.2, 0.05], [0.0, 0.1, -0.1], [-0.3, 0.2, 0.2], [0.1, 0.1, 0.1]];
        let mut sums = ExponentialSums::try_new(3, 0.9).unwrap();
        rows.iter().for_each(|row| sums.update(row).unwrap());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let whole = exponential(Table::new(rows.as_flattened(), 4, 3).unwrap(), 0.9, &pool).unwrap();
        for (a, b) in sums.covariance().values().iter().zip(whole.values()) {
            assert!((a - b).abs() < 1e-16);
        }
        assert!(sums.update(&[0.1]).is_err());
        assert!(sums.update(&[0.1, f64::NAN, 0.0]).is_err());
    }

    #[test]
    fn the_last_price_of_an_interval_counts_and_empty_intervals_do_not() {
        let mut live = LiveCovariance::try_new(2, 60, 0.5).unwrap();
        assert!(!live.on_price(0, 5, 1.0).unwrap());
        assert!(!live.on_price(1, 10, 4.0).unwrap());
        assert!(!live.on_price(0, 59, 2.0).unwrap());
        assert!(live.on_price(0, 60, 4.0).unwrap(), "the first interval closes: prices 2 and 4");
        assert_eq!(live.observations(), 0, "no return yet");
        assert!(live.on_price(1, 6_000, 8.0).unwrap(), "the second: 2 to 4, and 4 as before");
        assert_eq!(live.observations(), 1);
        assert!(live.covariance().at(0, 0).is_nan(), "one return is too few");
        assert!(live.advance(6_060).unwrap(), "the third: 4 as before, and 4 to 8");
        let two = 2f64.ln() * 2f64.ln();
        let found = live.covariance();
        assert!((found.at(0, 0) - two * 0.5 / 1.5).abs() < 1e-15);
        assert!((found.at(1, 1) - two / 1.5).abs() < 1e-15);
        assert_eq!(found.at(0, 1), 0.0);
        assert!(!live.advance(9_000).unwrap(), "nobody traded");
        assert_eq!(live.observations(), 2);
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_changes_nothing() {
        let mut live = LiveCovariance::try_new(1, 60, 0.5).unwrap();
        live.on_price(0, 100, 1.0).unwrap();
        for (name, ts, price) in [(1, 100, 1.0), (0, 100, 0.0), (0, 100, f64::NAN), (0, 59, 1.0)] {
            assert!(live.on_price(name, ts, price).is_err());
        }
        assert!(!live.on_price(0, 60, 1.0).unwrap(), "late within the open interval is fine");
        assert!(LiveCovariance::try_new(0, 60, 0.5).is_err());
        assert!(LiveCovariance::try_new(1, 0, 0.5).is_err());
        assert!(LiveCovariance::try_new(1, 60, 0.0).is_err());
    }
}
