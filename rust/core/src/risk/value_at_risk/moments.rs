//! Mean, deviation, skewness and kurtosis; what leaving a part out does to a number.

/// Parts that are left out in turn.
const PARTS: usize = 20;

/// Central moments of a sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) mean: f64,
    /// With n - 1.
    pub(super) deviation: f64,
    /// m3 / m2^1.5 with n; 0 without variance.
    pub(super) skewness: f64,
    /// m4 / m2^2 - 3 with n; 0 without variance.
    pub(super) excess: f64,
}

impl Moments {
    /// Of two values at least.
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (sum, count) = values.clone().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        let mean: f64 = sum / count;
        let (mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0);
        for value in values {
            let d = value - mean;
            let square = d * d;
            m2 += square;
            m3 += square * d;
            m4 += square * square;
        }
        let (m2, m3, m4): (f64, f64, f64) = (m2 / count, m3 / count, m4 / count);
        let deviation = (m2 * count / (count - 1.0)).sqrt();
        // Below the rounding of the mean there is no variance.
        let flat = m2.sqrt() <= 1e-14 * mean.abs();
        if flat {
            return Self { mean, deviation: 0.0, skewness: 0.0, excess: 0.0 };
        }
        Self { mean, deviation, skewness: m3 / (m2 * m2.sqrt()), excess: m4 / (m2 * m2) - 3.0 }
    }
}

/// Standard errors of the two numbers that `estimate` makes of a sample, by leaving out each of 20 parts (every 20th
/// value) in turn: sqrt(19/20 x sum of squares about the mean); `None` with fewer than 40 values.
pub(super) fn jackknife(values: &[f64], estimate: impl Fn(&[f64]) -> (f64, f64)) -> (Option<f64>, Option<f64>) {
    if values.len() < 2 * PARTS {
        return (None, None);
    }
    let without = |part: usize| {
        let rest = values.iter().enumerate().filter(|(at, _)| at % PARTS != part).map(|(_, &value)| value);
        estimate(&rest.collect::<Vec<f64>>())
    };
    let found: Vec<(f64, f64)> = (0..PARTS).map(without).collect();
    let error = |number: fn(&(f64, f64)) -> f64| {
        let mean = found.iter().map(number).fold(0.0, |sum, value| sum + value) / PARTS as f64;
        let squares = found.iter().map(number).fold(0.0, |sum, value| (value - mean).mul_add(value - mean, sum));
        Some((squares * (PARTS - 1) as f64 / PARTS as f64).sqrt())
    };
    (error(|pair| pair.0), error(|pair| pair.1))
}
