//! The normal distribution.

/// The standard normal distribution function, Phi(x); NaN for NaN.
///
/// Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + x^7/(3 5 7) + ...), phi the density; G. Marsaglia,
/// "Evaluating the normal distribution", J. Stat. Software 11(4), 2004. The error is below 1e-15; past
/// |x| = 8.3 the result is 0 or 1 to that accuracy.
pub fn normal_cdf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x.abs() > 8.3 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let square = x * x;
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    loop {
        odd += 2.0;
        term *= square / odd;
        let next = sum + term;
        if next == sum {
            break;
        }
        sum = next;
    }
    // ln sqrt(2 pi)
    const LOG_ROOT_TAU: f64 = 0.918_938_533_204_672_8;
    0.5 + sum * (-0.5 * square - LOG_ROOT_TAU).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_function_agrees_with_tables() {
        for (x, phi) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.0, 0.158_655_253_931_457_05),
            (1.959_963_984_540_054, 0.975),
            (-3.0, 0.001_349_898_031_630_094_5),
            (6.0, 0.999_999_999_013_412_4),
            (9.0, 1.0),
            (-9.0, 0.0),
        ] {
            assert!((normal_cdf(x) - phi).abs() < 1e-15, "{x}: {}", normal_cdf(x));
        }
        assert!(normal_cdf(f64::NAN).is_nan());
    }
}
