//! From the losses themselves, seen or drawn.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::ValueAtRisk;
use crate::error::Error;
use crate::risk::checked;

/// From this many values on, what is surely not in the tail is left out before sorting.
const MANY: usize = 1 << 16;
/// The first values, from which the bound of the tail is guessed.
const PROBE: usize = 1 << 14;

/// Historical simulation: VaR is minus the (1 - confidence) quantile, linear between ranks as NumPy's default
/// (h = (n - 1)(1 - c)); CVaR is minus the mean of the values at or below that quantile.
///
/// The error of VaR is half the distance between the order statistics sqrt(n a c) ranks below and above (for n > 2);
/// that of CVaR is sqrt((v + c (CVaR - VaR)^2) / (n a)) with v the variance of the losses beyond VaR (B. Manistre and
/// G. Hancock, "Variance of the CTE estimator", 2005). O(n log n).
///
/// # Errors
/// `DataError` without values or if one is not finite, `ConfigError` unless 0.5 < confidence < 1.
pub fn historical(pnl: &[f64], confidence: f64) -> Result<ValueAtRisk, Error> {
    checked::confidence(confidence)?;
    checked::sample("returns", pnl, 1)?;
    Ok(of_sorted(sorted(pnl.to_vec()), pnl.len(), confidence))
}

/// As [`historical`], of values that were drawn and are known to be finite; the same bits at any number of threads.
pub fn simulated(pnl: &[f64], confidence: f64, pool: &ThreadPool) -> ValueAtRisk {
    let count = pnl.len();
    if count < MANY {
        return of_sorted(sorted(pnl.to_vec()), count, confidence);
    }
    let (above, _) = ranks(count, confidence);
    let needed = above + spread(count, confidence) + 2;
    let share = needed as f64 / count as f64;
    // Four deviations of the probe's share: nearly never too low.
    let guess = share + 4.0 * (share * (1.0 - share) / PROBE as f64).sqrt();
    let mut probe = pnl[..PROBE].to_vec();
    let place = ((guess * PROBE as f64) as usize).min(PROBE - 1);
    let (_, &mut bound, _) = probe.select_nth_unstable_by(place, f64::total_cmp);
    let low = |part: &[f64]| part.iter().copied().filter(|&value| value <= bound).collect::<Vec<f64>>();
    let tail: Vec<f64> = pool.install(|| pnl.par_chunks(PROBE).map(low).collect::<Vec<_>>()).concat();
    let kept = if tail.len() >= needed { tail } else { pnl.to_vec() };
    of_sorted(sorted(kept), count, confidence)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The rank above the quantile, and how far the quantile is from the rank below it.
fn ranks(count: usize, confidence: f64) -> (usize, f64) {
    let h = (count - 1) as f64 * (1.0 - confidence);
    // 1 - 0.9 is not 0.1: a whole rank must not be missed by a rounding error.
    let h = if (h - h.round()).abs() < 1e-9 { h.round() } else { h };
    ((h as usize + 1).min(count - 1), h.fract())
}

fn spread(count: usize, confidence: f64) -> usize {
    (count as f64 * confidence * (1.0 - confidence)).sqrt().ceil() as usize
}

/// `tail` holds the lowest of `count` values, in order: all that are needed here.
fn of_sorted(tail: Vec<f64>, count: usize, confidence: f64) -> ValueAtRisk {
    let (above, fraction) = ranks(count, confidence);
    let below = above.saturating_sub(usize::from(count > 1));
    let quantile = if fraction == 0.0 || tail[below] == tail[above] {
        tail[below]
    } else {
        fraction.mul_add(tail[above] - tail[below], tail[below])
    };
    let beyond = &tail[..tail.partition_point(|&value| value <= quantile)];
    let share = beyond.len() as f64;
    let mean = beyond.iter().fold(0.0, |sum, value| sum + value) / share;
    let squares = beyond.iter().fold(0.0, |sum, value| (value - mean).mul_add(value - mean, sum));
    let reach = spread(count, confidence);
    let var_error =
        (count > 2).then(|| 0.5 * (tail[(below + reach).min(tail.len() - 1)] - tail[below.saturating_sub(reach)]));
    let cvar_error = (beyond.len() > 1).then(|| {
        let gap = mean - quantile;
        ((squares / (share - 1.0) + confidence * gap * gap) / share).sqrt()
    });
    ValueAtRisk { var: -quantile, cvar: -mean, var_error, cvar_error, observations: count }
}
