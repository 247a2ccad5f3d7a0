//! How much to hold.
//!
//! # Limitations
//! Kelly's fraction assumes that the edge is known. It is estimated, and too large a fraction loses more growth than
//! too small a one: take half of it, or shrink it by the number of observations.

mod parity;

pub use self::parity::risk_parity;
use super::checked::{bad_data, bad_setting, finite, length, positive};
use super::cholesky::Factor;
use super::matrix::{Matrix, dot};
use crate::error::Error;

/// Kelly's fraction of a bet that wins `average_win` with probability `win_rate`, else loses `average_loss`:
/// f = p - (1 - p) / b, b = average_win / |average_loss|. Below 0 there is no edge; without a loss to fear f = p.
///
/// Of `observations` trades, f is shrunk by e^2 / (e^2 + v): e = p (b + 1) - 1 the edge, v = (b + 1)^2 p (1 - p) / n
/// its variance (after R. Baker and I. McHale, "Optimal betting under parameter uncertainty", 2013).
///
/// # Errors
/// `ConfigError` if the rate is outside 0..=1, the win negative or an amount not finite, or there are no observations.
///
/// ```
/// use baconalgo_core::risk::sizing::kelly;
///
/// assert!((kelly(0.65, 1000.0, 500.0, None).unwrap() - 0.475).abs() < 1e-15);
/// ```
pub fn kelly(win_rate: f64, average_win: f64, average_loss: f64, observations: Option<u64>) -> Result<f64, Error> {
    if !(0.0..=1.0).contains(&win_rate) {
        return Err(bad_setting("win_rate", "must be in [0, 1]", win_rate));
    }
    if !(average_win >= 0.0 && average_win.is_finite()) {
        return Err(bad_setting("avg_win", "must be >= 0", average_win));
    }
    if !average_loss.is_finite() {
        return Err(bad_setting("avg_loss", "must be finite", average_loss));
    }
    check_observations(observations)?;
    let lost = 1.0 - win_rate;
    if average_loss == 0.0 {
        return Ok(if average_win > 0.0 { win_rate } else { 0.0 });
    }
    if average_win == 0.0 {
        // Nothing to win: the fraction has no bound below.
        return Ok(if lost > 0.0 { f64::NEG_INFINITY } else { 0.0 });
    }
    let odds = average_win / average_loss.abs();
    let whole = win_rate - lost / odds;
    let Some(count) = observations else { return Ok(whole) };
    let edge = win_rate.mul_add(odds + 1.0, -1.0);
    let noise = (odds + 1.0) * (odds + 1.0) * win_rate * lost / count as f64;
    Ok(whole * shrink(edge * edge, noise))
}

fn check_observations(observations: Option<u64>) -> Result<(), Error> {
    if observations == Some(0) { Err(bad_setting("observations", "must be >= 1", 0)) } else { Ok(()) }
}

/// signal / (signal + noise); 1 if both are 0.
fn shrink(signal: f64, noise: f64) -> f64 {
    if noise > 0.0 { signal / (signal + noise) } else { 1.0 }
}

/// Kelly's fraction of continuous returns: mean / variance, both of one period.
///
/// Of `observations` periods it is shrunk by S / (S + 1 / n), S = mean^2 / variance.
///
/// # Errors
/// `DataError` if the mean is not finite or the variance not above 0, `ConfigError` without observations.
pub fn kelly_continuous(mean: f64, variance: f64, observations: Option<u64>) -> Result<f64, Error> {
    finite("mean", &[mean])?;
    if !(variance > 0.0 && variance.is_finite()) {
        return Err(bad_data("variance", "must be > 0", variance));
    }
    check_observations(observations)?;
    let whole = mean / variance;
    Ok(observations.map_or(whole, |count| whole * shrink(mean * whole, 1.0 / count as f64)))
}

/// Kelly's fractions of several names: f with C f = mean.
///
/// Of `observations` periods they are shrunk by S / (S + k / n), S = mean' C^-1 mean and k the number of names (after
/// R. Kan and G. Zhou, "Optimal portfolio choice with parameter uncertainty", 2007, without their correction for small
/// samples). A covariance that is not positive definite is repaired, see [`mod@super::repair`]. O(n^3).
///
/// # Errors
/// `DataError` if lengths differ, a mean is not finite or a name has no variance, `ConfigError` without observations.
pub fn kelly_portfolio(means: &[f64], covariance: &Matrix, observations: Option<u64>) -> Result<Vec<f64>, Error> {
    length("mean", means.len(), covariance.size())?;
    finite("mean", means)?;
    check_observations(observations)?;
    let found = Factor::of(covariance)?.solve(means);
    let whole = found.ok_or_else(|| bad_data("covariance", "must have variances > 0", 0))?;
    let square = dot(means, &whole).max(0.0);
    let part = observations.map_or(1.0, |count| shrink(square, means.len() as f64 / count as f64));
    Ok(whole.into_iter().map(|fraction| fraction * part).collect())
}

/// The leverage at which a deviation of returns becomes the `target`: target / deviation, `most` at the highest; `most`
/// if there is no deviation.
///
/// # Errors
/// `ConfigError` if the target or `most` is not above 0, `DataError` if the deviation is negative or not finite.
pub fn volatility_target(target: f64, deviation: f64, most: f64) -> Result<f64, Error> {
    positive("target", target)?;
    positive("max_leverage", most)?;
    if !(deviation >= 0.0 && deviation.is_finite()) {
        return Err(bad_data("volatility", "must be >= 0", deviation));
    }
    Ok(if deviation > 0.0 { (target / deviation).min(most) } else { most })
}

/// Units that lose `risk` of the capital if the price goes from `entry` to `stop`: capital risk / |entry - stop|; 0
/// without capital.
///
/// # Errors
/// `ConfigError` if the risk is outside (0, 1], the prices are not finite, or equal.
pub fn fixed_fraction(capital: f64, risk: f64, entry: f64, stop: f64) -> Result<f64, Error> {
    finite("capital", &[capital])?;
    if !(risk > 0.0 && risk <= 1.0) {
        return Err(bad_setting("risk", "must be > 0 and <= 1", risk));
    }
    let distance = (entry - stop).abs();
    if !(distance > 0.0 && distance.is_finite()) {
        return Err(bad_setting("stop", format!("must differ from the entry ({entry})"), stop));
    }
    Ok(capital.max(0.0) * risk / distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kelly_with_one_losing_side_or_none() {
        assert_eq!(kelly(0.6, 100.0, 0.0, None).unwrap(), 0.6);
        assert_eq!(kelly(0.0, 0.0, 0.0, None).unwrap(), 0.0);
        assert_eq!(kelly(0.5, 0.0, 1.0, None).unwrap(), f64::NEG_INFINITY);
        assert!(kelly(0.3, 1.0, -1.0, None).unwrap() < 0.0, "no edge; the sign of the loss does not matter");
        assert!(kelly(1.1, 1.0, 1.0, None).is_err());
        assert!(kelly(0.5, -1.0, 1.0, None).is_err());
        assert!(kelly(0.5, 1.0, f64::NAN, None).is_err());
        assert!(kelly(0.5, 1.0, 1.0, Some(0)).is_err());
    }

    #[test]
    fn few_observations_shrink_much_and_many_little() {
        let at = |count| kelly(0.65, 1000.0, 500.0, Some(count)).unwrap();
        assert!(at(10) < at(100) && at(100) < at(100_000) && at(100_000) < 0.475);
        assert!((at(100_000) - 0.475).abs() < 1e-4);
        assert!((kelly_continuous(0.001, 0.0001, None).unwrap() - 10.0).abs() < 1e-12);
        assert!((kelly_continuous(0.001, 0.0001, Some(100)).unwrap() - 5.0).abs() < 1e-12, "t is one: half");
        assert!(kelly_continuous(0.001, 0.0, None).is_err());
    }

    #[test]
    fn several_names_solve_the_equations_and_one_is_the_continuous_kelly() {
        let covariance = Matrix::try_new("c", 2, &[0.04, 0.01, 0.01, 0.09]).unwrap();
        let means = [0.02, 0.03];
        let found = kelly_portfolio(&means, &covariance, None).unwrap();
        for (made, mean) in covariance.times(&found).iter().zip(means) {
            assert!((made - mean).abs() < 1e-15);
        }
        let one = Matrix::try_new("c", 1, &[0.04]).unwrap();
        let single = kelly_portfolio(&[0.02], &one, Some(50)).unwrap()[0];
        assert!((single - kelly_continuous(0.02, 0.04, Some(50)).unwrap()).abs() < 1e-12);
        assert!(kelly_portfolio(&[0.02], &Matrix::zeros(1), None).is_err());
        // Two names that are one: half of it each.
        let twins = Matrix::try_new("c", 2, &[0.04; 4]).unwrap();
        let halves = kelly_portfolio(&[0.02, 0.02], &twins, None).unwrap();
        assert!(halves.iter().all(|half| (half - 0.25).abs() < 1e-3), "{halves:?}");
    }

    #[test]
    fn targets_and_fractions() {
        assert_eq!(volatility_target(0.1, 0.2, 3.0).unwrap(), 0.5);
        assert_eq!(volatility_target(0.1, 0.0, 3.0).unwrap(), 3.0);
        assert_eq!(volatility_target(0.1, 0.001, 3.0).unwrap(), 3.0);
        assert!(volatility_target(0.0, 0.1, 1.0).is_err() && volatility_target(0.1, -0.1, 1.0).is_err());
        assert_eq!(fixed_fraction(100_000.0, 0.01, 50.0, 48.0).unwrap(), 500.0);
        assert_eq!(fixed_fraction(-5.0, 0.01, 50.0, 48.0).unwrap(), 0.0);
        assert!(fixed_fraction(1.0, 0.01, 50.0, 50.0).is_err() && fixed_fraction(1.0, 2.0, 50.0, 48.0).is_err());
    }
}
