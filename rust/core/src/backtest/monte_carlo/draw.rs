//! Which step of the history comes next, for sixteen paths side by side.

use crate::rng::{self, Rng};

/// Paths that are worked on side by side.
pub(super) const LANES: usize = 16;
/// Steps that are drawn at a time; even, because two draws share one random word.
pub(super) const CHUNK: usize = 64;

/// One place in the history for each path.
pub(super) type Places = [u32; LANES];

/// How places follow each other, in the terms of the kernel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Every place is drawn anew.
    Independent,
    /// A new place after every `length` steps, the following ones between.
    Fixed { length: usize },
    /// A new place if 32 random bits are below `threshold`, else the following one.
    Stationary { threshold: u64 },
}

/// The random streams of sixteen paths, and where each path is in the history.
pub(super) struct Draw {
    rule: Rule,
    /// The length of the history.
    count: u32,
    state: [[u64; LANES]; 4],
    place: Places,
    /// Steps until the next block (fixed blocks), 0 at the start.
    left: usize,
}

impl Draw {
    /// The streams of paths `first_path`, `first_path + 1` and so on.
    pub(super) fn new(rule: Rule, count: u32, seed: u64, first_path: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        for lane in 0..LANES {
            let words = Rng::new(seed, first_path + lane as u64).state();
            for (lanes, word) in state.iter_mut().zip(words) {
                lanes[lane] = word;
            }
        }
        Self { rule, count, state, place: [0; LANES], left: 0 }
    }

    /// The next 64 places of every path.
    ///
    /// With count n: place = floor(u n / 2^32) of 32 random bits u. A place is up to n / 2^32 (relative)
    /// more likely than another, 0.002 % for a history of 100,000.
    pub(super) fn fill(&mut self, places: &mut [Places; CHUNK]) {
        match self.rule {
            Rule::Independent => self.fill_independent(places),
            Rule::Fixed { length } => self.fill_fixed(places, length),
            Rule::Stationary { threshold } => self.fill_stationary(places, threshold),
        }
    }

    /// One random word for each path.
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

    /// Steps 2k and 2k + 1 use the upper and the lower half of one word.
    fn fill_independent(&mut self, places: &mut [Places; CHUNK]) {
        let count = self.count;
        let (pairs, _) = places.as_chunks_mut::<2>();
        for [even, odd] in pairs {
            let words = self.words();
            for (lane, word) in words.into_iter().enumerate() {
                even[lane] = scaled(word >> 32, count);
                odd[lane] = scaled(word & 0xFFFF_FFFF, count);
            }
        }
    }

    fn fill_fixed(&mut self, places: &mut [Places; CHUNK], length: usize) {
        for row in places {
            if self.left == 0 {
                self.left = length;
                let words = self.words();
                for (place, word) in self.place.iter_mut().zip(words) {
                    *place = scaled(word >> 32, self.count);
                }
            } else {
                for place in &mut self.place {
                    *place = following(*place, self.count);
                }
            }
            self.left -= 1;
            *row = self.place;
        }
    }

    fn fill_stationary(&mut self, places: &mut [Places; CHUNK], threshold: u64) {
        // The first place of all is drawn whatever the bits say.
        let mut threshold_now = if self.left == 0 { 1 << 32 } else { threshold };
        self.left = 1;
        for row in places {
            let words = self.words();
            for (lane, word) in words.into_iter().enumerate() {
                let fresh = scaled(word >> 32, self.count);
                let next = following(self.place[lane], self.count);
                self.place[lane] = if word & 0xFFFF_FFFF < threshold_now { fresh } else { next };
            }
            threshold_now = threshold;
            *row = self.place;
        }
    }
}

/// floor(bits x count / 2^32), for 32 bits.
#[inline(always)]
fn scaled(bits: u64, count: u32) -> u32 {
    // Below 2^64, so nothing wraps; a check for it would cost the vector form.
    (bits.wrapping_mul(u64::from(count)) >> 32) as u32
}

/// The place after this one; the history is a ring.
#[inline(always)]
fn following(place: u32, count: u32) -> u32 {
    let next = place.wrapping_add(1);
    if next == count { 0 } else { next }
}
