//! Correlation matrices.

use super::checked::bad_setting;
use super::matrix::Matrix;
use crate::error::Error;

/// The correlations in a covariance: c_ij / (s_i s_j), held to -1..=1; a name without variance has correlation 0 with
/// every other, and 1 with itself.
pub fn of_covariance(covariance: &Matrix) -> Matrix {
    let deviations: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    covariance.map(|i, j, value| {
        if i == j {
            return 1.0;
        }
        let scale = deviations[i] * deviations[j];
        if scale > 0.0 { (value / scale).clamp(-1.0, 1.0) } else { 0.0 }
    })
}

/// The covariance whose correlations have gone the part `strength` (0..=1) of the way to one, the variances as they
/// are: c_ij + strength (s_i s_j - c_ij). Positive semidefinite if the covariance is.
///
/// # Errors
/// `ConfigError` if `strength` is outside 0..=1.
pub fn towards_one(covariance: &Matrix, strength: f64) -> Result<Matrix, Error> {
    if !(0.0..=1.0).contains(&strength) {
        return Err(bad_setting("strength", "must be in [0, 1]", strength));
    }
    let deviations: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    Ok(covariance.map(|i, j, value| strength.mul_add(deviations[i] * deviations[j] - value, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_of_a_covariance() {
        let covariance = Matrix::try_new("c", 3, &[4.0, -3.0, 0.0, -3.0, 9.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        let found = of_covariance(&covariance);
        assert_eq!(found.values(), [1.0, -0.5, 0.0, -0.5, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let all_one = towards_one(&covariance, 1.0).unwrap();
        assert_eq!(all_one.at(0, 1), 6.0);
        assert_eq!(towards_one(&covariance, 0.0).unwrap(), covariance);
        assert!(towards_one(&covariance, 1.1).is_err());
    }
}
