//! The variance of a portfolio, kept up as positions change: what a limit on value at risk asks before each order.

use super::checked;
use super::distributions::normal_quantile;
use super::matrix::{Matrix, dot};
use crate::error::Error;

/// Changes after which the pulls are summed anew, so that rounding errors do not pile up.
const ANEW: u32 = 4096;

/// Positions with a covariance of their returns; normal value at risk with a mean of zero.
#[derive(Clone, Debug)]
pub struct PortfolioRisk {
    covariance: Matrix,
    /// Money in each name; a short is negative.
    values: Vec<f64>,
    /// C v.
    pulls: Vec<f64>,
    variance: f64,
    /// -Phi^-1(1 - confidence).
    deviations: f64,
    changes: u32,
}

impl PortfolioRisk {
    /// Nothing held yet.
    ///
    /// # Errors
    /// `ConfigError` unless 0.5 < confidence < 1.
    pub fn try_new(covariance: Matrix, confidence: f64) -> Result<Self, Error> {
        checked::confidence(confidence)?;
        let size = covariance.size();
        let deviations = -normal_quantile(1.0 - confidence);
        Ok(Self { covariance, values: vec![0.0; size], pulls: vec![0.0; size], variance: 0.0, deviations, changes: 0 })
    }

    /// Takes a newer covariance of the same names. O(n^2).
    ///
    /// # Errors
    /// `DataError` if its size is another.
    pub fn set_covariance(&mut self, covariance: Matrix) -> Result<(), Error> {
        checked::length("covariance", covariance.size(), self.values.len())?;
        self.covariance = covariance;
        self.sum_anew();
        Ok(())
    }

    /// `change` more money in a name. O(n), no allocation but every 4,096th time.
    ///
    /// # Errors
    /// `DataError` if the name is unknown or the change not finite.
    pub fn add(&mut self, name: usize, change: f64) -> Result<(), Error> {
        self.variance = self.variance_with(name, change)?;
        self.values[name] += change;
        for (pull, covariance) in self.pulls.iter_mut().zip(self.covariance.row(name)) {
            *pull = change.mul_add(*covariance, *pull);
        }
        self.changes += 1;
        if self.changes == ANEW {
            self.sum_anew();
        }
        Ok(())
    }

    fn sum_anew(&mut self) {
        self.pulls = self.covariance.times(&self.values);
        self.variance = dot(&self.pulls, &self.values).max(0.0);
        self.changes = 0;
    }

    fn variance_with(&self, name: usize, change: f64) -> Result<f64, Error> {
        let Some(pull) = self.pulls.get(name) else {
            return Err(checked::bad_data("name", format!("must be below {}", self.pulls.len()), name));
        };
        checked::finite("change", &[change])?;
        let own = self.covariance.at(name, name);
        Ok((self.variance + change * (2.0 * pull + change * own)).max(0.0))
    }

    /// Value at risk now.
    pub fn var(&self) -> f64 {
        self.deviations * self.variance.sqrt()
    }

    /// What value at risk would be with `change` more money in a name: v' C v + 2 d (C v)_i + d^2 C_ii. O(1), no
    /// allocation.
    ///
    /// # Errors
    /// `DataError` if the name is unknown or the change not finite.
    pub fn var_with(&self, name: usize, change: f64) -> Result<f64, Error> {
        Ok(self.deviations * self.variance_with(name, change)?.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn what_would_be_is_what_then_is_and_what_all_positions_give() {
        let covariance = Matrix::try_new("c", 3, &[0.04, 0.01, -0.01, 0.01, 0.09, 0.0, -0.01, 0.0, 0.02]).unwrap();
        let mut risk = PortfolioRisk::try_new(covariance.clone(), 0.99).unwrap();
        let mut held = [0.0; 3];
        let mut rng = Rng::new(1, 1);
        for _ in 0..10_000 {
            let (name, change) = (rng.below(3) as usize, 1000.0 * (rng.next_f64() - 0.5));
            let before = risk.var_with(name, change).unwrap();
            risk.add(name, change).unwrap();
            held[name] += change;
            let whole = 2.326_347_874_040_841 * covariance.quadratic(&held).sqrt();
            assert!((risk.var() - whole).abs() < 1e-9 * whole.max(1.0));
            assert!((before - whole).abs() < 1e-9 * whole.max(1.0));
        }
        risk.set_covariance(Matrix::identity(3)).unwrap();
        let length = dot(&held, &held).sqrt();
        assert!((risk.var() - 2.326_347_874_040_841 * length).abs() < 1e-9 * length);
    }

    #[test]
    fn unknown_names_and_numbers_are_refused() {
        let mut risk = PortfolioRisk::try_new(Matrix::identity(2), 0.95).unwrap();
        assert!(risk.add(2, 1.0).is_err() && risk.var_with(0, f64::NAN).is_err());
        assert!(risk.set_covariance(Matrix::identity(3)).is_err());
        assert!(PortfolioRisk::try_new(Matrix::identity(2), 1.0).is_err());
        assert_eq!(risk.var(), 0.0);
    }
}
