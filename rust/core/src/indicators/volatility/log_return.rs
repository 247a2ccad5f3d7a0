/// `ln(now / before)`; NaN unless both are above 0.
///
/// # Rationale
/// `ln(a / b) = 2 atanh((a - b) / (a + b))`: one division, no cancellation (the difference of two floats
/// within a factor of 2 is exact), 0 for equal values, and a series that runs in vectors. Larger moves
/// take the logarithm of the ratio.
#[inline(always)]
pub(in crate::indicators) fn log_return(now: f64, before: f64) -> f64 {
    if is_small(now, before) { small(now, before) } else { large(now, before) }
}

/// Writes the [`log_return`] of each row.
pub(in crate::indicators) fn log_returns(now: &[f64], before: &[f64], out: &mut [f64]) {
    let rows = out.len();
    let (now, before) = (&now[..rows], &before[..rows]);
    // Without a branch, so that all of it runs in vectors.
    let mut moves = true;
    for row in 0..rows {
        out[row] = small(now[row], before[row]);
        moves &= is_small(now[row], before[row]);
    }
    if !moves {
        for row in 0..rows {
            out[row] = log_return(now[row], before[row]);
        }
    }
}

#[inline(always)]
fn is_small(now: f64, before: f64) -> bool {
    // Both are above 0 where this holds.
    (now < 1.4 * before) & (before < 1.4 * now)
}

#[cold]
fn large(now: f64, before: f64) -> f64 {
    if now > 0.0 && before > 0.0 { now.ln() - before.ln() } else { f64::NAN }
}

#[inline(always)]
fn small(now: f64, before: f64) -> f64 {
    // |t| <= 1/6: the first term that is left out, t^20 / 21, is below 2^-55.
    const TERMS: [f64; 9] =
        [1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0];
    let t = (now - before) / (now + before);
    let square = t * t;
    let tail = TERMS.iter().skip(1).fold(TERMS[0], |sum, term| sum.mul_add(square, *term));
    let twice = t + t;
    twice.mul_add(square * tail, twice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_return_is_a_logarithm() {
        for i in 1..4000 {
            let (now, before) = (f64::from(i) * 1e-3, 1.0);
            let (got, wanted) = (log_return(now, before), now.ln());
            assert!((got - wanted).abs() <= 4e-16 * wanted.abs(), "{now} {got} {wanted}");
        }
        assert_eq!(log_return(1.386_27, 1.386_27), 0.0);
        assert!((log_return(1e300, 1e-300) / (600.0 * std::f64::consts::LN_10) - 1.0).abs() < 1e-15);
        for (now, before) in [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (-2.0, -2.0), (0.0, 0.0)] {
            assert!(log_return(now, before).is_nan(), "{now} {before}");
        }
    }
}
