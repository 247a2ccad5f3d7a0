//! From a distribution with the sample's moments.

use statrs::function::gamma::ln_gamma;

use super::ValueAtRisk;
use super::moments::{Moments, jackknife};
use crate::error::Error;
use crate::risk::checked;
use crate::risk::distributions::{normal_density, normal_quantile, student_density, student_quantile};

/// VaR and CVaR of a normal distribution: -(mean + z deviation) and -(mean - deviation phi(z) / a), z = Phi^-1(a),
/// a = 1 - confidence.
///
/// # Errors
/// `ConfigError` unless 0.5 < confidence < 1, `DataError` if a number is not finite or the deviation negative.
///
/// ```
/// use baconalgo_core::risk::value_at_risk::normal_of;
///
/// let (var, cvar) = normal_of(0.0, 1.0, 0.95).unwrap();
/// assert!((var - 1.644854).abs() < 1e-6 && (cvar - 2.062713).abs() < 1e-6);
/// ```
pub fn normal_of(mean: f64, deviation: f64, confidence: f64) -> Result<(f64, f64), Error> {
    checked::confidence(confidence)?;
    checked::finite("mean", &[mean])?;
    if !(deviation >= 0.0 && deviation.is_finite()) {
        return Err(checked::bad_data("deviation", "must be >= 0", deviation));
    }
    Ok(normal_tail(mean, deviation, confidence))
}

fn normal_tail(mean: f64, deviation: f64, confidence: f64) -> (f64, f64) {
    let a = 1.0 - confidence;
    let z = normal_quantile(a);
    (-(mean + z * deviation), -(mean - deviation * normal_density(z) / a))
}

/// Normal, with the mean and the deviation (n - 1) of the sample.
///
/// Errors: sqrt(s^2 / n + k^2 s^2 / (2 (n - 1))), k the number of deviations in VaR or CVaR. O(n).
///
/// # Errors
/// `DataError` with fewer than two values or one that is not finite, `ConfigError` unless 0.5 < confidence < 1.
pub fn normal(pnl: &[f64], confidence: f64) -> Result<ValueAtRisk, Error> {
    checked::confidence(confidence)?;
    checked::sample("returns", pnl, 2)?;
    let Moments { mean, deviation, .. } = Moments::of(pnl.iter().copied());
    let (var, cvar) = normal_tail(mean, deviation, confidence);
    let (k_var, k_cvar) = normal_tail(0.0, 1.0, confidence);
    let n = pnl.len() as f64;
    let error = |k: f64| Some(deviation * (1.0 / n + k * k / (2.0 * (n - 1.0))).sqrt());
    Ok(ValueAtRisk { var, cvar, var_error: error(k_var), cvar_error: error(k_cvar), observations: pnl.len() })
}

fn student_tail(mean: f64, deviation: f64, df: f64, confidence: f64) -> (f64, f64) {
    let a = 1.0 - confidence;
    let scale = deviation * ((df - 2.0) / df).sqrt();
    let t = student_quantile(a, df);
    let beyond = student_density(t, df) / a * (df + t * t) / (df - 1.0);
    (-(mean + t * scale), -(mean - scale * beyond))
}

/// The degrees of freedom in \[2.05, 200\] that are likeliest if the mean and the deviation are those of the sample: a
/// golden section of log df. 200 (nearly normal) for a sample without variance.
fn likeliest(values: &[f64]) -> f64 {
    let Moments { mean, deviation, .. } = Moments::of(values.iter().copied());
    if deviation == 0.0 {
        return 200.0;
    }
    let squares: Vec<f64> = values.iter().map(|value| ((value - mean) / deviation).powi(2)).collect();
    let likelihood = |log_df: f64| {
        let df = log_df.exp();
        let width = df - 2.0;
        let each = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (width * std::f64::consts::PI).ln();
        let spread = squares.iter().fold(0.0, |sum, square| sum + (square / width).ln_1p());
        squares.len() as f64 * each - 0.5 * (df + 1.0) * spread
    };
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let (mut low, mut high) = (2.05f64.ln(), 200f64.ln());
    let (mut x, mut y) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_x, mut at_y) = (likelihood(x), likelihood(y));
    while high - low > 1e-6 {
        if at_x < at_y {
            (low, x, at_x) = (x, y, at_y);
            y = low + golden * (high - low);
            at_y = likelihood(y);
        } else {
            (high, y, at_y) = (y, x, at_x);
            x = high - golden * (high - low);
            at_x = likelihood(x);
        }
    }
    (0.5 * (low + high)).exp()
}

/// The degrees of freedom of Student's t that fit a sample best, its mean and deviation kept: 2.05 to 200.
///
/// # Errors
/// `DataError` with fewer than two values or one that is not finite.
pub fn fit_student(pnl: &[f64]) -> Result<f64, Error> {
    checked::sample("returns", pnl, 2)?;
    Ok(likeliest(pnl))
}

/// Student's t scaled to the mean and the deviation of the sample, with `df` > 2 degrees of freedom or the likeliest
/// ones ([`fit_student`]). Returns them too.
///
/// VaR is -(mean + s t), CVaR -(mean - s f(t) / a (df + t^2) / (df - 1)), t the a-quantile, f the density and
/// s = deviation sqrt((df - 2) / df). Errors by leaving out twentieths. O(n) for each of some forty steps of the fit.
///
/// # Errors
/// As [`normal`], and `ConfigError` unless df > 2.
pub fn student_t(pnl: &[f64], confidence: f64, df: Option<f64>) -> Result<(ValueAtRisk, f64), Error> {
    checked::confidence(confidence)?;
    checked::sample("returns", pnl, 2)?;
    check_df(df)?;
    let estimate = |values: &[f64], df: f64| {
        let Moments { mean, deviation, .. } = Moments::of(values.iter().copied());
        student_tail(mean, deviation, df, confidence)
    };
    let used = df.unwrap_or_else(|| likeliest(pnl));
    let (var, cvar) = estimate(pnl, used);
    let (var_error, cvar_error) = jackknife(pnl, |rest| estimate(rest, df.unwrap_or_else(|| likeliest(rest))));
    Ok((ValueAtRisk { var, cvar, var_error, cvar_error, observations: pnl.len() }, used))
}

pub(in crate::risk) fn check_df(df: Option<f64>) -> Result<(), Error> {
    match df {
        Some(df) if !(df > 2.0 && df.is_finite()) => Err(checked::bad_setting("df", "must be > 2", df)),
        _ => Ok(()),
    }
}

/// Normal, corrected for skewness S and excess kurtosis K of the sample (both with n):
/// z' = z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36, VaR = -(mean + z' deviation); CVaR is minus
/// the mean of the corrected quantiles below a. Errors by leaving out twentieths. O(n).
///
/// Source: R. Cornish and R. Fisher, "Moments and cumulants in the specification of distributions", 1938.
///
/// # Limitations
/// With much skewness or kurtosis the corrected quantiles are not in order any more, and the numbers mean little: see
/// [`cornish_fisher_is_monotone`].
///
/// # Errors
/// As [`normal`].
pub fn cornish_fisher(pnl: &[f64], confidence: f64) -> Result<ValueAtRisk, Error> {
    checked::confidence(confidence)?;
    checked::sample("returns", pnl, 2)?;
    let estimate = |values: &[f64]| corrected(&Moments::of(values.iter().copied()), confidence);
    let (var, cvar) = estimate(pnl);
    let (var_error, cvar_error) = jackknife(pnl, estimate);
    Ok(ValueAtRisk { var, cvar, var_error, cvar_error, observations: pnl.len() })
}

fn corrected(moments: &Moments, confidence: f64) -> (f64, f64) {
    let Moments { mean, deviation, skewness: s, excess: k } = *moments;
    let a = 1.0 - confidence;
    let z = normal_quantile(a);
    let cube = z * z * z;
    let quantile = z + (z * z - 1.0) * s / 6.0 + (cube - 3.0 * z) * k / 24.0 - (2.0 * cube - 5.0 * z) * s * s / 36.0;
    // The integrals of z, z^2 - 1, z^3 - 3 z and 2 z^3 - 5 z against the density up to z are -phi times these.
    let factor = 1.0 + z * s / 6.0 + (z * z - 1.0) * k / 24.0 - (2.0 * z * z - 1.0) * s * s / 36.0;
    (-(mean + quantile * deviation), -(mean - deviation * normal_density(z) / a * factor))
}

/// Whether the Cornish-Fisher quantiles of a sample rise with the probability everywhere, as quantiles must.
///
/// The derivative 1 + z S / 3 + (z^2 - 1) K / 8 - (6 z^2 - 5) S^2 / 36 is above zero for every z (D. Maillard, "A
/// user's guide to the Cornish-Fisher expansion", 2012).
///
/// # Errors
/// `DataError` with fewer than two values or one that is not finite.
pub fn cornish_fisher_is_monotone(pnl: &[f64]) -> Result<bool, Error> {
    checked::sample("returns", pnl, 2)?;
    let Moments { skewness: s, excess: k, .. } = Moments::of(pnl.iter().copied());
    let (square, slope, constant) = (k / 8.0 - s * s / 6.0, s / 3.0, 1.0 - k / 8.0 + 5.0 * s * s / 36.0);
    let flat = square == 0.0 && slope == 0.0;
    Ok(constant > 0.0 && (flat || square > 0.0 && slope * slope < 4.0 * square * constant))
}
