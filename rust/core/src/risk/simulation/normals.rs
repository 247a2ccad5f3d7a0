//! Normal numbers, sixteen streams side by side.

use super::LANES;
use crate::rng::{self, Rng};

/// One number for each stream.
pub(super) type Row = [f64; LANES];

/// Sixteen generators.
pub(super) struct Normals {
    state: [[u64; LANES]; 4],
}

impl Normals {
    /// The streams `first`, `first + 1` and so on of a seed.
    pub(super) fn new(seed: u64, first: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        for lane in 0..LANES {
            let words = Rng::new(seed, first + lane as u64).state();
            for (lanes, word) in state.iter_mut().zip(words) {
                lanes[lane] = word;
            }
        }
        Self { state }
    }

    /// 64 random bits for each stream.
    #[inline(always)]
    fn words(&mut self) -> [u64; LANES] {
        let mut words = [0; LANES];
        let [s0, s1, s2, s3] = &mut self.state;
        for (lane, out) in words.iter_mut().enumerate() {
            let (word, [t0, t1, t2, t3]) = rng::step([s0[lane], s1[lane], s2[lane], s3[lane]]);
            (s0[lane], s1[lane], s2[lane], s3[lane]) = (t0, t1, t2, t3);
            *out = word;
        }
        words
    }

    /// Two independent standard normals for each stream; none beyond 8.5 deviations.
    #[inline(always)]
    pub(super) fn pair(&mut self) -> (Row, Row) {
        let (radii, angles) = (self.words(), self.words());
        let (mut x, mut y) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            (x[lane], y[lane]) = polar(radii[lane], angles[lane]);
        }
        (x, y)
    }
}

/// sum of c_k x^k, the highest power first.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |sum, &c| sum.mul_add(x, c))
}

/// A float in [1, 2) from the upper 52 bits.
#[inline(always)]
fn one_to_two(word: u64) -> f64 {
    f64::from_bits((word >> 12) | 1f64.to_bits())
}

/// ln(u) for a normal number u, to 1e-15 of it.
///
/// u = m 2^e with m in [sqrt(1/2), sqrt(2)) and ln(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1).
#[inline(always)]
fn log(u: f64) -> f64 {
    let bits = u.to_bits();
    let exponent = bits.wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits()) as i64 >> 52;
    let m = f64::from_bits(bits.wrapping_sub((exponent << 52) as u64));
    // 1.5 x 2^52: a whole number added to its bits is added to its value, which needs no conversion instruction.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let whole = f64::from_bits(SHIFT.to_bits().wrapping_add(exponent as u64)) - SHIFT;
    let s = (m - 1.0) / (m + 1.0);
    let odd = [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0].map(|k: f64| 1.0 / k);
    whole.mul_add(std::f64::consts::LN_2, 2.0 * s * polynomial(s * s, odd))
}

/// sin(x) and cos(x) for |x| <= pi / 4, by Taylor's series to the last bit or two.
#[inline(always)]
fn sine_cosine(x: f64) -> (f64, f64) {
    let square = x * x;
    let sine = polynomial(
        square,
        [
            355_687_428_096_000.0,
            -1_307_674_368_000.0,
            6_227_020_800.0,
            -39_916_800.0,
            362_880.0,
            -5_040.0,
            120.0,
            -6.0,
            1.0,
        ]
        .map(|factorial: f64| 1.0 / factorial),
    );
    let cosine = polynomial(
        square,
        [20_922_789_888_000.0, -87_178_291_200.0, 479_001_600.0, -3_628_800.0, 40_320.0, -720.0, 24.0, -2.0, 1.0]
            .map(|factorial: f64| 1.0 / factorial),
    );
    (sine * x, cosine)
}

/// Box and Muller (1958): radius sqrt(-2 ln u), u in (0, 1], and an even angle.
///
/// The angle within an eighth of the circle to both sides of the axis comes from the upper bits; one lower bit turns
/// the axis around, another swaps the axes. 52 bits for each uniform number.
#[inline(always)]
fn polar(radius: u64, angle: u64) -> (f64, f64) {
    let length = (-2.0 * log(2.0 - one_to_two(radius))).sqrt();
    // Half a step off, so that both sides of the axis are alike.
    const HALF: f64 = f64::EPSILON / 2.0;
    let (sine, cosine) = sine_cosine((one_to_two(angle) - 1.5 + HALF) * std::f64::consts::FRAC_PI_2);
    let side = sine * length;
    let along = f64::from_bits((cosine * length).to_bits() ^ ((angle & 1) << 63));
    if angle & 2 == 0 { (along, side) } else { (side, along) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_sine_and_cosine_are_those_of_the_library() {
        let mut rng = Rng::new(1, 1);
        for k in 0..200_000 {
            let u = 2.0 - one_to_two(rng.next_u64() >> (k % 50));
            assert!((log(u) - u.ln()).abs() <= 2e-15 * u.ln().abs().max(1e-3), "{u}");
            let x = (rng.next_f64() - 0.5) * std::f64::consts::FRAC_PI_2;
            let (sine, cosine) = sine_cosine(x);
            assert!((sine - x.sin()).abs() < 4e-16 && (cosine - x.cos()).abs() < 4e-16, "{x}");
        }
        assert_eq!(log(1.0), 0.0);
        assert_eq!(log(f64::EPSILON).to_bits(), (-52.0 * std::f64::consts::LN_2).to_bits());
    }

    #[test]
    fn the_largest_and_the_smallest_radius_are_finite() {
        let (x, y) = polar(u64::MAX, 0);
        assert!((x.hypot(y) - (104.0 * std::f64::consts::LN_2).sqrt()).abs() < 1e-12);
        assert_eq!(polar(0, 0), (0.0, 0.0));
    }

    #[test]
    fn streams_are_frozen() {
        // Results of old runs depend on these: never change them.
        let (x, y) = Normals::new(7, 0).pair();
        assert_eq!(
            [x[0], y[0], x[15], y[15]].map(f64::to_bits),
            [
                4_609_294_515_448_732_110,
                4_608_149_790_043_257_956,
                13_827_465_813_603_634_889,
                4_584_983_414_153_659_269
            ]
        );
    }

    #[test]
    fn every_lane_is_its_own_generator() {
        let (x, y) = Normals::new(7, 100).pair();
        for lane in 0..LANES {
            let mut rng = Rng::new(7, 100 + lane as u64);
            let (radius, angle) = (rng.next_u64(), rng.next_u64());
            assert_eq!((x[lane], y[lane]), polar(radius, angle));
        }
    }
}
