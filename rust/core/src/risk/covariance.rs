//! Covariance of returns: sample, exponentially weighted, shrunk.
//!
//! # Rationale
//! A sum over periods is made period by period for each pair of names, with the pairs side by side in registers: its
//! order, and so its bits, are the same at any number of threads.

mod products;
mod shrinkage;

use rayon::ThreadPool;

use self::products::{Padded, products};
pub use self::shrinkage::{Shrunk, Target, ledoit_wolf};
use super::checked::{bad_data, bad_setting};
use super::matrix::{Matrix, Table};
use crate::error::Error;

/// The decay of RiskMetrics for days (J.P. Morgan, "RiskMetrics Technical Document", 4th edition, 1996, table 5.9).
pub const RISK_METRICS_DECAY: f64 = 0.94;

/// Sum of (x_i - mean_i)(x_j - mean_j) / (rows - 1). O(rows n^2).
///
/// # Errors
/// `DataError` with fewer than two rows.
pub fn sample(returns: Table<'_>, pool: &ThreadPool) -> Result<Matrix, Error> {
    at_least(returns, 2)?;
    let centred = Padded::centred(returns, &returns.means());
    let sums = products(&centred, &centred, true, pool);
    let divisor = (returns.rows() - 1) as f64;
    Ok(sums.map(|_, _, sum| sum / divisor))
}

/// Sum of w_t x_i x_j, the weights (1 - decay) decay^age / (1 - decay^rows); the last row has age 0. The mean is taken
/// as zero, as RiskMetrics does. O(rows n^2).
///
/// # Errors
/// `ConfigError` unless 0 < decay < 1, `DataError` without rows.
pub fn exponential(returns: Table<'_>, decay: f64, pool: &ThreadPool) -> Result<Matrix, Error> {
    check_decay(decay)?;
    at_least(returns, 1)?;
    let mut weights = vec![1.0; returns.rows()];
    let mut total = 0.0;
    let mut weight = 1.0;
    for place in weights.iter_mut().rev() {
        *place = weight;
        total += weight;
        weight *= decay;
    }
    let plain = Padded::centred(returns, &vec![0.0; returns.columns()]);
    let weighted = plain.weighted(&weights);
    Ok(products(&weighted, &plain, true, pool).map(|_, _, sum| sum / total))
}

pub(super) fn check_decay(decay: f64) -> Result<(), Error> {
    if decay > 0.0 && decay < 1.0 { Ok(()) } else { Err(bad_setting("decay", "must be > 0 and < 1", decay)) }
}

fn at_least(returns: Table<'_>, rows: usize) -> Result<(), Error> {
    if returns.rows() >= rows {
        return Ok(());
    }
    Err(bad_data("returns", format!("must have at least {rows} rows"), returns.rows()))
}

#[cfg(test)]
mod tests;
