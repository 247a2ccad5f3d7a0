//! Random numbers from (seed, entity): one frozen xoshiro256++ stream for each entity of a run.
//!
//! # Rationale
//! The streams are part of what a result is, so they are written here rather than taken from a crate
//! whose next version may draw differently. xoshiro256++ 1.0 and splitmix64 are by D. Blackman and
//! S. Vigna ("Scrambled linear pseudorandom number generators", 2021; reference code at
//! <https://prng.di.unimi.it>).
//!
//! # Limitations
//! Not for secrets.

/// The increment of splitmix64: 2^64 over the golden ratio, made odd.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of splitmix64: a bijection that spreads every bit over the word.
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// splitmix64: fills the state of other generators.
struct SplitMix64(u64);

impl SplitMix64 {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }
}

/// xoshiro256++ 1.0: 256 bits of state, period 2^256 - 1.
///
/// ```
/// use baconalgo_core::rng::Rng;
///
/// let (mut a, mut b) = (Rng::new(7, 0), Rng::new(7, 0));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(a.next_u64(), Rng::new(7, 1).next_u64());
/// assert!((0.0..1.0).contains(&a.next_f64()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of one entity (a path, an order, a strategy) of a seeded run.
    ///
    /// splitmix64, started at `mix(mix(seed + gamma) ^ entity)`, fills the state; for one seed
    /// different entities always start at different points.
    pub const fn new(seed: u64, entity: u64) -> Self {
        let mut filler = SplitMix64(mix(mix(seed.wrapping_add(GAMMA)) ^ entity));
        Self { state: [filler.next(), filler.next(), filler.next(), filler.next()] }
    }

    /// The four words of state, for kernels that step several streams side by side.
    pub(crate) const fn state(&self) -> [u64; 4] {
        self.state
    }

    /// 64 random bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        let (word, state) = step(self.state);
        self.state = state;
        word
    }

    /// A float in [0, 1): the upper 53 bits over 2^53, so every value is equally likely.
    #[inline]
    pub const fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number in [0, n), each exactly equally likely; 0 if `n` is 0.
    ///
    /// Multiply and shift with rejection (D. Lemire, "Fast random integer generation in an interval",
    /// 2019): nearly always one draw.
    #[inline]
    pub const fn below(&mut self, n: u64) -> u64 {
        let mut product = self.next_u64() as u128 * n as u128;
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = self.next_u64() as u128 * n as u128;
            }
        }
        (product >> 64) as u64
    }
}

/// One step of xoshiro256++: the output and the next state.
#[inline(always)]
pub(crate) const fn step(state: [u64; 4]) -> (u64, [u64; 4]) {
    let [mut s0, mut s1, mut s2, mut s3] = state;
    let word = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
    let shifted = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = s3.rotate_left(45);
    (word, [s0, s1, s2, s3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xoshiro_gives_the_published_reference_outputs() {
        let mut rng = Rng { state: [1, 2, 3, 4] };
        for expected in [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ] {
            assert_eq!(rng.next_u64(), expected);
        }
    }

    #[test]
    fn splitmix_gives_the_published_reference_outputs() {
        let mut filler = SplitMix64(1_234_567);
        for expected in [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ] {
            assert_eq!(filler.next(), expected);
        }
    }

    #[test]
    fn streams_are_frozen() {
        // Results of old runs depend on these: never change them.
        assert_eq!(Rng::new(0, 0).next_u64(), 18_353_448_787_882_852_715);
        assert_eq!(Rng::new(42, 7).next_u64(), 15_575_224_149_540_505_585);
    }

    #[test]
    fn every_value_below_n_is_drawn_equally_often() {
        let mut rng = Rng::new(1, 0);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[rng.below(6) as usize] += 1;
        }
        // Standard deviation of one count: sqrt(60,000 x 1/6 x 5/6) = 91.
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 450), "{counts:?}");
        assert_eq!(rng.below(1), 0);
        assert_eq!(rng.below(0), 0);
        assert!((0..100).all(|_| rng.below(u64::MAX) < u64::MAX));
    }

    #[test]
    fn floats_lie_in_the_unit_interval_with_mean_one_half() {
        let mut rng = Rng::new(3, 9);
        let draws: Vec<f64> = (0..100_000).map(|_| rng.next_f64()).collect();
        assert!(draws.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
