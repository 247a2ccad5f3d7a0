//! What each position adds to the value at risk of all.

use crate::error::Error;
use crate::risk::checked;
use crate::risk::distributions::{normal_density, normal_quantile};
use crate::risk::matrix::{Matrix, dot};

/// Normal value at risk by position.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Of the whole: -(w' mean + z s), s = sqrt(w' C w).
    pub var: f64,
    /// The mean loss beyond it.
    pub cvar: f64,
    /// d VaR / d w_i = -(mean_i + z (C w)_i / s): what one more unit adds.
    pub marginal: Vec<f64>,
    /// w_i marginal_i: these sum to `var`.
    pub component: Vec<f64>,
    /// VaR of all less VaR without position i: what closing it would take away.
    pub incremental: Vec<f64>,
    /// The share of each position in `cvar`; these sum to it.
    pub component_cvar: Vec<f64>,
}

/// Of positions `weights` (fractions, or amounts) whose returns have these means and covariance. A portfolio without
/// variance has no marginals but the means. O(n^2).
///
/// # Errors
/// `DataError` if lengths differ or a number is not finite, `ConfigError` unless 0.5 < confidence < 1.
pub fn contributions(
    weights: &[f64],
    covariance: &Matrix,
    means: &[f64],
    confidence: f64,
) -> Result<Contributions, Error> {
    checked::confidence(confidence)?;
    checked::length("weights", weights.len(), covariance.size())?;
    checked::length("mean", means.len(), covariance.size())?;
    checked::finite("weights", weights)?;
    checked::finite("mean", means)?;
    let a = 1.0 - confidence;
    let z = -normal_quantile(a);
    let beyond = normal_density(z) / a;
    let pull = covariance.times(weights);
    let variance = dot(&pull, weights).max(0.0);
    let (deviation, mean) = (variance.sqrt(), dot(means, weights));
    let share = |i: usize, k: f64| if deviation > 0.0 { k * pull[i] / deviation - means[i] } else { -means[i] };
    let names = 0..weights.len();
    let marginal: Vec<f64> = names.clone().map(|i| share(i, z)).collect();
    let component = names.clone().map(|i| weights[i] * marginal[i]).collect();
    let component_cvar = names.clone().map(|i| weights[i] * share(i, beyond)).collect();
    let var = z * deviation - mean;
    // The variance without position i: w' C w - 2 w_i (C w)_i + w_i^2 C_ii.
    let without = |i: usize| {
        let w = weights[i];
        let rest = (variance - 2.0 * w * pull[i] + w * w * covariance.at(i, i)).max(0.0);
        z * rest.sqrt() - (mean - w * means[i])
    };
    let incremental = names.map(|i| var - without(i)).collect();
    Ok(Contributions { var, cvar: beyond * deviation - mean, marginal, component, incremental, component_cvar })
}
