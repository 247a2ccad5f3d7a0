//! Covariance drawn towards a simple one, as far as the data say.
//!
//! # Sources
//! O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices" (J. Multivariate
//! Analysis 88, 2004: the identity) and "Honey, I shrunk the sample covariance matrix" (J. Portfolio Management
//! 30(4), 2004: constant correlation). Both divide by the number of rows.

use rayon::ThreadPool;

use super::products::{Padded, products};
use crate::error::Error;
use crate::risk::matrix::{Matrix, Table};

/// What the sample covariance is drawn towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The mean variance on the diagonal, zero beside it.
    Identity,
    /// The sample's variances, and the mean of its correlations for every pair.
    ConstantCorrelation,
}

/// A shrunk covariance.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// shrinkage x target + (1 - shrinkage) x sample.
    pub matrix: Matrix,
    /// How far it was drawn, 0..=1.
    pub shrinkage: f64,
}

/// The covariance shrunk by the estimated best amount. Names without variance take no part in the mean correlation.
/// O(rows n^2).
///
/// # Errors
/// `DataError` with fewer than two rows.
pub fn ledoit_wolf(returns: Table<'_>, target: Target, pool: &ThreadPool) -> Result<Shrunk, Error> {
    super::at_least(returns, 2)?;
    let rows = returns.rows() as f64;
    let centred = Padded::centred(returns, &returns.means());
    let sample = products(&centred, &centred, true, pool).map(|_, _, sum| sum / rows);
    let (goal, shrinkage) = match target {
        Target::Identity => identity(&sample, &centred, rows),
        Target::ConstantCorrelation => constant(&sample, &centred, rows, pool),
    };
    let matrix = sample.map(|i, j, value| shrinkage * goal.at(i, j) + (1.0 - shrinkage) * value);
    Ok(Shrunk { matrix, shrinkage })
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

fn identity(sample: &Matrix, centred: &Padded, rows: f64) -> (Matrix, f64) {
    let names = sample.size() as f64;
    let mean = sum(sample.diagonal().into_iter()) / names;
    let goal = Matrix::identity(sample.size()).map(|_, _, one| one * mean);
    let squares = sum(sample.values().iter().map(|s| s * s));
    let fourth = sum(centred.each_row().map(|row| {
        let square = sum(row.iter().map(|x| x * x));
        square * square
    }));
    let noise = (fourth / rows - squares) / (names * rows);
    let distance = squares / names - mean * mean;
    (goal, part(noise, distance))
}

fn constant(sample: &Matrix, centred: &Padded, rows: f64, pool: &ThreadPool) -> (Matrix, f64) {
    let size = sample.size();
    let deviations: Vec<f64> = sample.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let (mut total, mut pairs) = (0.0, 0.0);
    for i in 0..size {
        for j in (0..size).filter(|&j| j != i) {
            let scale = deviations[i] * deviations[j];
            if scale > 0.0 {
                total += sample.at(i, j) / scale;
                pairs += 1.0;
            }
        }
    }
    let mean = if pairs > 0.0 { total / pairs } else { 0.0 };
    let goal = sample.map(|i, j, value| if i == j { value } else { mean * deviations[i] * deviations[j] });
    let squared = centred.map(|x| x * x);
    let cubed = centred.map(|x| x * x * x);
    let fourth = products(&squared, &squared, true, pool);
    let third = products(&cubed, centred, false, pool);
    let (mut spread, mut shared, mut distance) = (0.0, 0.0, 0.0);
    for i in 0..size {
        for j in 0..size {
            let value = sample.at(i, j);
            let noise = fourth.at(i, j) / rows - value * value;
            spread += noise;
            let away = value - goal.at(i, j);
            distance += away * away;
            if i == j {
                shared += noise;
            } else if deviations[i] > 0.0 {
                let moved = third.at(i, j) / rows - sample.at(i, i) * value;
                shared += mean * deviations[j] / deviations[i] * moved;
            }
        }
    }
    (goal, part((spread - shared) / rows, distance))
}

/// noise / distance within 0..=1; without distance there is nothing to gain.
fn part(noise: f64, distance: f64) -> f64 {
    if distance > 0.0 { (noise / distance).clamp(0.0, 1.0) } else { 0.0 }
}
