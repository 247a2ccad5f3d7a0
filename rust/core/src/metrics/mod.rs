//! What a run or a series of returns amounts to, each number with its formula.
//!
//! - [`Metrics`]: all numbers of a run, from its trades, its sampled equity and what the engine measured
//!   at every mark;
//! - [`summary`], [`tail_risk`], [`ulcer_index`]: the same statistics of any returns;
//! - [`TradeStats`]: the part that is about trades.
//!
//! # Rationale
//! A statistic that has no value (a Sharpe ratio of one return, a profit factor without losses) is
//! `None`, never 0, infinity or NaN. `_pct` is in percent; everything else is a fraction, a count or an
//! amount of the account's currency.
//!
//! # Limitations
//! The risk-free rate and all thresholds are 0. Returns are taken as independent when they are annualised.

mod moments;
mod normal;
mod returns;
mod run;
mod scan;
mod tail;
mod trades;
mod wealth;

pub use normal::normal_cdf;
pub use returns::{ReturnSummary, summary};
pub use run::{Metrics, Run};
pub use tail::{TailRisk, percentile, percentiles, tail_risk, ulcer_index};
pub use trades::{ClosedTrade, TradeStats};

/// A number, for callers that list all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count.
    Int(u64),
    /// A measure.
    Float(f64),
    /// Undefined.
    None,
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Float(value) } else { Self::None }
    }
}

impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::None, Self::from)
    }
}

#[cfg(test)]
mod tests;
