use super::lag::Lag;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Logarithmic returns.
pub(super) static SPEC: Spec = Spec {
    name: "log_returns",
    class: "LogReturns",
    title: "Logarithmic returns: they add up over time.",
    formula: "``ln(x[i] / x[i-period])``; NaN where one of the two is not above 0.",
    inputs: &[X],
    params: &[Param::rows("period", 1, 1, "Rows, >= 1.")],
    outputs: &[Output { name: "log_returns", doc: "The return, 0.01 for about a percent." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "The logarithm of fdlibm, within an ulp, the same bits on every machine.",
    example: ">>> ba.indicators.log_returns([1.0, 2.0, 1.0])\narray([        nan,  0.69314718, -0.69314718])",
    make: |args| make(LogReturns::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct LogReturns(Lag);

impl LogReturns {
    /// Over `period` rows.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Lag::new(check_period(period)?)))
    }
}

/// The logarithm of a positive normal number; of anything else nothing that makes sense.
///
/// With `x = 2^k (1 + f)`, `s = f / (2 + f)`: `ln(1 + f) = 2 s + 2 s^3 / 3 + ...`, as fdlibm's `e_log.c`.
#[inline(always)]
#[expect(clippy::excessive_precision, reason = "the constants as they are published")]
fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238_164_90e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_700_02e-10;
    const ODD: [f64; 4] = [
        6.666_666_666_666_735_130e-1,
        2.857_142_874_366_239_149e-1,
        1.818_357_216_161_805_012e-1,
        1.479_819_860_511_658_591e-1,
    ];
    const EVEN: [f64; 3] = [3.999_999_999_940_941_908e-1, 2.222_219_843_214_978_396e-1, 1.531_383_769_920_937_332e-1];
    /// The upper half of sqrt(2) / 2: what is below belongs to the power before.
    const HALF_ROOT: u64 = 0x3fe6_a09e_0000_0000;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    let shifted = x.to_bits().wrapping_add(ONE - HALF_ROOT);
    let exponent = shifted >> 52;
    // 2^52 + exponent is a float whose lowest bits are the exponent.
    let power = f64::from_bits(exponent | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let fraction = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(HALF_ROOT)) - 1.0;
    let s = fraction / (2.0 + fraction);
    let (square, half) = (s * s, 0.5 * fraction * fraction);
    let fourth = square * square;
    let even = fourth * EVEN[2].mul_add(fourth, EVEN[1]).mul_add(fourth, EVEN[0]);
    let odd = square * ODD[3].mul_add(fourth, ODD[2]).mul_add(fourth, ODD[1]).mul_add(fourth, ODD[0]);
    let rest = s.mul_add(half + (odd + even), power * LN2_LOW);
    power * LN2_HIGH - ((half - rest) - fraction)
}

/// The logarithm of a ratio of positive numbers, NaN of others. Right where it is between -708 and 708.
#[inline(always)]
fn log_return(before: f64, now: f64) -> f64 {
    let value = ln(now / before);
    if (before > 0.0) & (now > 0.0) { value } else { f64::NAN }
}

/// [`log_return`], also where the ratio is too large or too small for a normal number.
fn log_return_of_any(before: f64, now: f64) -> f64 {
    let value = log_return(before, now);
    if value.abs() >= MOST { ln_of_any(now) - ln_of_any(before) } else { value }
}

/// The logarithm of any positive number.
fn ln_of_any(x: f64) -> f64 {
    const TWO_TO_54: f64 = 18_014_398_509_481_984.0;
    if x < f64::MIN_POSITIVE { ln(x * TWO_TO_54) - ln(TWO_TO_54) } else { ln(x) }
}

/// A little less than the logarithm of the largest number, and of the reciprocal of the smallest normal one.
const MOST: f64 = 708.0;

impl Indicator<1, 1> for LogReturns {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let mut out = [0.0];
        self.0.extend(&row, &mut out, log_return_of_any);
        out
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let full = self.0.extend(input, out, log_return);
        // Without an early end: in vectors.
        if out.iter().fold(false, |far, value| far | (value.abs() >= MOST)) {
            self.0.write(full, input, out, log_return_of_any);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_right_to_an_ulp_and_of_any_positive_number() {
        let near = (0..4000).map(|i| 1.0 + (f64::from(i) - 2000.0) * 1e-4);
        let far = (-300..300).map(|i| 1.234_5 * 10f64.powi(i));
        for x in near.chain(far).chain([1.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, 1e-310]) {
            let wanted = x.ln();
            assert!((ln_of_any(x) - wanted).abs() <= f64::EPSILON * wanted.abs(), "{x}");
        }
    }

    #[test]
    fn a_ratio_that_is_no_normal_number_has_a_logarithm_too() {
        let mut returns = LogReturns::try_new(1).unwrap();
        let mut out = [0.0; 5];
        returns.extend([&[1e-300, 1e300, 1e-300, -1.0, -2.0]], [&mut out]);
        let wanted = 600.0 * 10f64.ln();
        assert!((out[1] - wanted).abs() < 1e-9 && (out[2] + wanted).abs() < 1e-9, "{out:?}");
        assert!(out[0].is_nan() && out[3].is_nan() && out[4].is_nan(), "{out:?}");
    }
}
