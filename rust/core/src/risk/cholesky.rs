//! The triangular root of a positive definite matrix.

use super::checked::bad_data;
use super::matrix::{Matrix, dot};
use super::repair::{Repair, Repaired, repair};
use crate::error::Error;

/// A lower triangle L with L L' = M, and what had to be changed of M for it.
#[derive(Clone, Debug)]
pub struct Factor {
    lower: Matrix,
    repaired: Option<Repaired>,
}

/// L with L L' = `matrix`; `None` unless it is positive definite to `1e-12` of each diagonal value.
fn root(matrix: &Matrix) -> Option<Matrix> {
    let size = matrix.size();
    let mut lower = Matrix::zeros(size);
    for i in 0..size {
        for j in 0..i {
            let inner = dot(&lower.row(i)[..j], &lower.row(j)[..j]);
            let value = (matrix.at(i, j) - inner) / lower.at(j, j);
            lower.set(i, j, value);
        }
        let row = &lower.row(i)[..i];
        let pivot = matrix.at(i, i) - dot(row, row);
        if pivot.is_nan() || pivot <= 1e-12 * matrix.at(i, i) {
            return None;
        }
        lower.set(i, i, pivot.sqrt());
    }
    Some(lower)
}

impl Factor {
    /// The factor of a covariance matrix; one that is not positive definite (a singular one, perfectly correlated
    /// names) is repaired first, see [`mod@super::repair`]. A name without variance gets a row of zeros. O(n^3).
    ///
    /// # Errors
    /// `DataError` if it cannot be factored even then.
    pub fn of(covariance: &Matrix) -> Result<Self, Error> {
        let deviations: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
        let unit = super::correlation::of_covariance(covariance);
        let scaled = |lower: Matrix| lower.map(|i, _, value| value * deviations[i]);
        if let Some(lower) = root(&unit) {
            return Ok(Self { lower: scaled(lower), repaired: None });
        }
        let repaired = repair(&unit, Repair::Clip, &|| true);
        let lower = root(&repaired.matrix)
            .ok_or_else(|| bad_data("covariance", "must be positive semidefinite", repaired.smallest))?;
        Ok(Self { lower: scaled(lower), repaired: Some(repaired) })
    }

    /// The lower triangle.
    pub fn lower(&self) -> &Matrix {
        &self.lower
    }

    /// What was changed of the correlations, if anything.
    pub fn repaired(&self) -> Option<&Repaired> {
        self.repaired.as_ref()
    }

    /// L' w: what weights load on the independent normals behind the names.
    pub fn loadings(&self, weights: &[f64]) -> Vec<f64> {
        let mut loadings = vec![0.0; self.lower.size()];
        for (i, &weight) in weights.iter().enumerate() {
            for (loading, value) in loadings.iter_mut().zip(&self.lower.row(i)[..=i]) {
                *loading = weight.mul_add(*value, *loading);
            }
        }
        loadings
    }

    /// x with L L' x = `right`; `None` if a name has no variance.
    pub fn solve(&self, right: &[f64]) -> Option<Vec<f64>> {
        let size = self.lower.size();
        let mut x = right.to_vec();
        for i in 0..size {
            let pivot = self.lower.at(i, i);
            if pivot == 0.0 {
                return None;
            }
            x[i] = (x[i] - dot(&self.lower.row(i)[..i], &x[..i])) / pivot;
        }
        for i in (0..size).rev() {
            x[i] /= self.lower.at(i, i);
            let (before, from) = x.split_at_mut(i);
            for (value, below) in before.iter_mut().zip(self.lower.row(i)) {
                *value = (-from[0]).mul_add(*below, *value);
            }
        }
        Some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_squared_is_the_matrix_and_solves_it() {
        let matrix = Matrix::try_new("m", 3, &[4.0, 2.0, 0.6, 2.0, 2.0, 0.5, 0.6, 0.5, 9.0]).unwrap();
        let factor = Factor::of(&matrix).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let product = dot(factor.lower().row(i), factor.lower().row(j));
                assert!((product - matrix.at(i, j)).abs() < 1e-12);
            }
        }
        let x = factor.solve(&[1.0, 2.0, 3.0]).unwrap();
        for (found, wanted) in matrix.times(&x).iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - wanted).abs() < 1e-12);
        }
        assert!(factor.repaired().is_none());
    }

    #[test]
    fn perfectly_correlated_names_are_repaired_and_a_name_without_variance_stays_at_zero() {
        let matrix = Matrix::try_new("m", 3, &[1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        let factor = Factor::of(&matrix).unwrap();
        assert!(factor.repaired().is_some());
        let loadings = factor.loadings(&[1.0, 1.0, 1.0]);
        assert!((dot(&loadings, &loadings) - 9.0).abs() < 1e-6, "the deviation of the sum is 1 + 2");
        assert_eq!(factor.lower().row(2), [0.0, 0.0, 0.0]);
        assert_eq!(factor.solve(&[1.0, 1.0, 1.0]), None);
    }
}
