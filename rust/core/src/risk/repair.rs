//! What is done to a correlation matrix that is none.
//!
//! # Rationale
//! Correlations estimated over different periods, typed in by hand or pushed in a stress need not fit together: the
//! matrix has negative eigenvalues, and some portfolio a negative variance. The rule here: eigenvalues below
//! [`FLOOR`] are raised to it, the matrix is put together again, and its rows and columns are scaled so that the
//! diagonal is one (P. Jaeckel and R. Rebonato, "The most general methodology to create a valid correlation matrix",
//! 1999, section 3). [`Repair::Nearest`] finds the nearest correlation matrix in the sum of squares instead
//! (N. Higham, "Computing the nearest correlation matrix", IMA J. Num. Anal. 22, 2002), at many times the cost.

use super::eigen::Eigen;
use super::matrix::Matrix;

/// The smallest eigenvalue that a repaired correlation matrix has, before its diagonal is scaled to one.
pub const FLOOR: f64 = 1e-8;

/// How a matrix is repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Eigenvalues are raised to [`FLOOR`].
    Clip,
    /// Alternating projections, at most 200, until a step moves no value by more than 1e-10; then `Clip`.
    Nearest,
}

/// A correlation matrix that is one.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// Positive definite, with ones on the diagonal.
    pub matrix: Matrix,
    /// The smallest eigenvalue before.
    pub smallest: f64,
    /// How many eigenvalues were below [`FLOOR`].
    pub raised: usize,
    /// The largest change of a correlation.
    pub moved: f64,
}

/// Repairs a matrix of correlations; one whose eigenvalues all are [`FLOOR`] or more stays as it is. O(n^3), for
/// `Nearest` in each step; once `keep_going` says no it takes no further one.
pub fn repair(correlation: &Matrix, how: Repair, keep_going: &dyn Fn() -> bool) -> Repaired {
    let eigen = Eigen::of(correlation);
    let smallest = eigen.values.first().copied().unwrap_or(1.0);
    let raised = eigen.values.iter().filter(|&&value| value < FLOOR).count();
    if raised == 0 {
        return Repaired { matrix: correlation.clone(), smallest, raised, moved: 0.0 };
    }
    let matrix = match how {
        Repair::Clip => clipped(&eigen, FLOOR),
        Repair::Nearest => clipped(&Eigen::of(&nearest(correlation, keep_going)), FLOOR),
    };
    let changes = matrix.values().iter().zip(correlation.values());
    let moved = changes.fold(0.0f64, |most, (after, before)| most.max((after - before).abs()));
    Repaired { matrix, smallest, raised, moved }
}

/// The covariance with repaired correlations and the same variances.
pub fn repair_covariance(covariance: &Matrix, how: Repair, keep_going: &dyn Fn() -> bool) -> Repaired {
    let deviations: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let repaired = repair(&super::correlation::of_covariance(covariance), how, keep_going);
    if repaired.raised == 0 {
        return Repaired { matrix: covariance.clone(), ..repaired };
    }
    Repaired { matrix: repaired.matrix.map(|i, j, value| value * deviations[i] * deviations[j]), ..repaired }
}

fn clipped(eigen: &Eigen, floor: f64) -> Matrix {
    let values: Vec<f64> = eigen.values.iter().map(|value| value.max(floor)).collect();
    let made = eigen.with_values(&values);
    let scale: Vec<f64> = made.diagonal().iter().map(|value| 1.0 / value.sqrt()).collect();
    made.map(|i, j, value| if i == j { 1.0 } else { value * scale[i] * scale[j] })
}

/// Dykstra's corrected projections between positive semidefinite matrices and those with a diagonal of ones.
fn nearest(correlation: &Matrix, keep_going: &dyn Fn() -> bool) -> Matrix {
    let mut found = correlation.clone();
    let mut correction = Matrix::zeros(correlation.size());
    for _ in 0..200 {
        let start = found.map(|i, j, value| value - correction.at(i, j));
        let eigen = Eigen::of(&start);
        let projected = eigen.with_values(&eigen.values);
        correction = projected.map(|i, j, value| value - start.at(i, j));
        let next = projected.map(|i, j, value| if i == j { 1.0 } else { value });
        let moved = next.values().iter().zip(found.values()).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        found = next;
        if moved <= 1e-10 || !keep_going() {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impossible() -> Matrix {
        Matrix::try_new("c", 3, &[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0]).unwrap()
    }

    #[test]
    fn the_nearest_matrix_is_the_one_of_the_paper() {
        // Higham (2002), section 4: the off-diagonal values 0.7607 and 0.1573.
        let found = repair(&impossible(), Repair::Nearest, &|| true).matrix;
        assert!((found.at(0, 1) - 0.760_7).abs() < 1e-4, "{found:?}");
        assert!((found.at(0, 2) - 0.157_3).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn a_clipped_matrix_is_a_correlation_matrix() {
        let repaired = repair(&impossible(), Repair::Clip, &|| true);
        assert_eq!(repaired.raised, 1);
        assert!((repaired.smallest - (1.0 - 2f64.sqrt())).abs() < 1e-12);
        assert_eq!(repaired.matrix.diagonal(), [1.0; 3]);
        assert!(Eigen::of(&repaired.matrix).values[0] > 0.0);
        assert!(repaired.moved > 0.1);
    }

    #[test]
    fn what_is_sound_stays_as_it_is() {
        let sound = Matrix::try_new("c", 2, &[1.0, 0.5, 0.5, 1.0]).unwrap();
        let repaired = repair(&sound, Repair::Clip, &|| true);
        assert_eq!((repaired.matrix, repaired.raised), (sound, 0));
    }
}
