//! Weights of which each brings its part of the risk.

use crate::error::Error;
use crate::risk::checked::{bad_data, finite, length};
use crate::risk::matrix::{Matrix, dot};

/// More sweeps than are ever needed; some ten to fifty are.
const SWEEPS: usize = 10_000;
/// Parts of the risk are met to this.
const CLOSE: f64 = 1e-10;

/// Long weights that sum to 1, of which each contributes its part of `budgets` to the deviation:
/// w_i (C w)_i / (w' C w) = budget_i / sum of budgets; equal parts without budgets.
///
/// The minimum of x' C x / 2 - sum of b_i ln x_i, one coordinate after another (T. Griveau-Billion, J.-C. Richard and
/// T. Roncalli, "A fast algorithm for computing high-dimensional risk parity portfolios", 2013). O(n^2) a sweep.
///
/// # Errors
/// `DataError` if a name has no variance, a budget is not above 0 or lengths differ; or if no weights are found, as
/// with a covariance that is not positive semidefinite.
pub fn risk_parity(covariance: &Matrix, budgets: Option<&[f64]>) -> Result<Vec<f64>, Error> {
    let size = covariance.size();
    let variances = covariance.diagonal();
    if let Some(at) = variances.iter().position(|variance| *variance <= 0.0 || variance.is_nan()) {
        return Err(bad_data("covariance", "must have variances > 0", format!("{} at {at}", variances[at])));
    }
    let budgets = budgets.map_or_else(|| vec![1.0; size], <[f64]>::to_vec);
    length("budgets", budgets.len(), size)?;
    finite("budgets", &budgets)?;
    if let Some(bad) = budgets.iter().find(|budget| **budget <= 0.0) {
        return Err(bad_data("budgets", "must be > 0", bad));
    }
    let whole = budgets.iter().fold(0.0, |sum, budget| sum + budget);
    let parts: Vec<f64> = budgets.iter().map(|budget| budget / whole).collect();
    let mut x: Vec<f64> = variances.iter().zip(&parts).map(|(variance, part)| (part / variance).sqrt()).collect();
    for _ in 0..SWEEPS {
        for i in 0..size {
            let others = dot(covariance.row(i), &x) - variances[i] * x[i];
            let root = others.mul_add(others, 4.0 * variances[i] * parts[i]).sqrt();
            // The root of variance x^2 + others x = part above zero, in the form that does not cancel.
            x[i] = if others > 0.0 { 2.0 * parts[i] / (others + root) } else { (root - others) / (2.0 * variances[i]) };
        }
        let pull = covariance.times(&x);
        let variance = dot(&pull, &x);
        let met = |i: usize| (x[i] * pull[i] / variance - parts[i]).abs() <= CLOSE * parts[i];
        if variance > 0.0 && (0..size).all(met) {
            let sum = x.iter().fold(0.0, |sum, weight| sum + weight);
            return Ok(x.into_iter().map(|weight| weight / sum).collect());
        }
    }
    Err(bad_data("covariance", "must be positive semidefinite", "no weights of equal risk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_brings_its_part() {
        let values = [0.04, 0.01, -0.02, 0.01, 0.09, 0.0, -0.02, 0.0, 0.16];
        let covariance = Matrix::try_new("c", 3, &values).unwrap();
        for budgets in [[1.0, 1.0, 1.0], [1.0, 2.0, 5.0]] {
            let weights = risk_parity(&covariance, Some(&budgets)).unwrap();
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            let pull = covariance.times(&weights);
            let variance = dot(&pull, &weights);
            let whole: f64 = budgets.iter().sum();
            for i in 0..3 {
                assert!((weights[i] * pull[i] / variance - budgets[i] / whole).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn uncorrelated_names_are_weighted_by_their_deviations() {
        let covariance = Matrix::try_new("c", 2, &[0.01, 0.0, 0.0, 0.04]).unwrap();
        let weights = risk_parity(&covariance, None).unwrap();
        assert!((weights[0] - 2.0 / 3.0).abs() < 1e-12, "{weights:?}");
        let twins = Matrix::try_new("c", 2, &[0.04; 4]).unwrap();
        assert!(risk_parity(&twins, None).unwrap().iter().all(|weight| (weight - 0.5).abs() < 1e-9));
        assert!(risk_parity(&Matrix::zeros(2), None).is_err());
        assert!(risk_parity(&covariance, Some(&[1.0, 0.0])).is_err());
    }
}
