//! Technical indicators: each one a streaming struct and a batch over slices, bit for bit the same.
//!
//! # Rationale
//! A recursion is one formula, written once with an explicit `mul_add` and used by every path - stream,
//! batch, expression, compiled strategy - so that no path can disagree with another. State is carried
//! from one call of `extend` to the next: how the input is cut never shows in the output.
//!
//! # Missing data
//! An input that is not finite counts as missing and gives NaN. Recursive indicators hold their state
//! over it; windowed ones give NaN for as long as it lies in the window.

mod ema;
mod sma;

pub use ema::Ema;
pub use sma::Sma;

use crate::error::{Error, ErrorKind};

/// Rows that are looked at together for missing values: they stay in the first-level cache.
const CHUNK: usize = 1024;

/// A period that is usable, or the error that says why not.
pub(crate) fn check_period(period: usize) -> Result<usize, Error> {
    if period == 0 {
        return Err(Error::new(ErrorKind::Config, 1001, "period", "must be >= 1", period));
    }
    Ok(period)
}

/// Whether every value is finite.
#[inline]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    // A fold without an early exit, so that it runs in vectors.
    values.iter().fold(true, |all, value| all & value.is_finite())
}
