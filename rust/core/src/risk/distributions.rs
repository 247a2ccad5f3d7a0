//! The distributions that risk numbers are made of.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// The standard normal density.
pub fn normal_density(x: f64) -> f64 {
    const ROOT_TAU: f64 = 2.506_628_274_631_000_7;
    (-0.5 * x * x).exp() / ROOT_TAU
}

/// x with Phi(x) = p; infinite for 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// The density of Student's t with `df` degrees of freedom.
pub fn student_density(x: f64, df: f64) -> f64 {
    let scale = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * std::f64::consts::PI).ln();
    (scale - 0.5 * (df + 1.0) * (x * x / df).ln_1p()).exp()
}

/// The distribution function of Student's t.
pub fn student_probability(x: f64, df: f64) -> f64 {
    let tail = 0.5 * beta_reg(0.5 * df, 0.5, df / x.mul_add(x, df));
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// x with `student_probability(x, df)` = p, for p in (0, 1); infinite for 0 and 1.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if p == 0.5 {
        return 0.0;
    }
    if p > 0.5 {
        return -student_quantile(1.0 - p, df);
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // The tail grows from left to right: bracket, then halve; Newton where it stays inside.
    let (mut low, mut high) = (-1.0, 0.0);
    while student_probability(low, df) > p {
        high = low;
        low *= 2.0;
    }
    let mut x = 0.5 * (low + high);
    for _ in 0..200 {
        let miss = student_probability(x, df) - p;
        if miss > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - miss / student_density(x, df);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-15 * x.abs() {
            return next;
        }
        x = next;
    }
    x
}

/// P(X > x) for a chi-squared variable with `df` degrees of freedom.
pub fn chi_squared_tail(x: f64, df: f64) -> f64 {
    if x > 0.0 { gamma_ur(0.5 * df, 0.5 * x) } else { 1.0 }
}

/// P(X <= k) of n trials with probability p each, 0 < p < 1.
pub fn binomial_probability(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { beta_reg((n - k) as f64, k as f64 + 1.0, 1.0 - p) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_probabilities_agree_with_tables() {
        for (p, x) in [(0.05, -1.644_853_626_951_472_7), (0.01, -2.326_347_874_040_841), (0.975, 1.959_963_984_540_054)]
        {
            assert!((normal_quantile(p) - x).abs() < 1e-13, "{}", normal_quantile(p));
        }
        // Student: t(0.05; 5) and t(0.01; 3), and the Cauchy distribution in closed form.
        assert!((student_quantile(0.05, 5.0) + 2.015_048_373_333_024).abs() < 1e-12);
        assert!((student_quantile(0.01, 3.0) + 4.540_702_858_568_13).abs() < 1e-11);
        let cauchy = (std::f64::consts::PI * (0.999 - 0.5)).tan();
        assert!((student_quantile(0.999, 1.0) / cauchy - 1.0).abs() < 1e-12);
        assert_eq!(student_quantile(0.5, 4.0), 0.0);
        assert!((student_quantile(0.01, 1e7) - normal_quantile(0.01)).abs() < 1e-5);
        // chi squared with one degree: 3.841 is the 5 % point.
        assert!((chi_squared_tail(3.841_458_820_694_124, 1.0) - 0.05).abs() < 1e-12);
        assert_eq!(chi_squared_tail(0.0, 2.0), 1.0);
        assert!((chi_squared_tail(4.0, 2.0) - (-2f64).exp()).abs() < 1e-14);
        // Three trials with 0.2: 0.8^3 + 3 x 0.2 x 0.8^2.
        assert!((binomial_probability(1, 3, 0.2) - 0.896).abs() < 1e-14);
        assert_eq!(binomial_probability(3, 3, 0.2), 1.0);
    }
}
