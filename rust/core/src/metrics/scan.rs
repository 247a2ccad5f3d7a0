//! One pass over the returns: moments and wealth together.
//!
//! # Rationale
//! The series is cut into blocks of 4,096 returns that stay in the first-level cache, and a block into
//! 32 segments of 128. Eight segments make one vector: tiles of 8 x 8 returns are transposed so that
//! lane j walks segment j, and the chains of four such vectors overlap. The cuts depend only on the
//! position in the series, and lanes are joined in order, so the result is the same bits whatever the
//! width of the processor's vectors.

use super::moments::{Moments, Sums};
use super::wealth::{Stretch, Wealth};

const LANES: usize = 8;
const GROUPS: usize = 4;
const SEGMENT: usize = 128;
/// Returns in one block.
const BLOCK: usize = LANES * GROUPS * SEGMENT;

type Lane = [f64; LANES];
type Tile = [Lane; LANES];

/// Moments of `returns`, and the wealth they compound to if every factor 1 + r is above zero.
pub(super) fn scan(returns: &[f64]) -> (Moments, Wealth) {
    let mut moments = Moments::EMPTY;
    let mut wealth = Wealth::START;
    let (blocks, rest) = returns.as_chunks::<BLOCK>();
    let mut shift = mean(blocks.first().map_or(rest, |block| block.as_slice()));
    for block in blocks {
        let part = scan_block(block, shift, &mut wealth);
        shift = part.mean;
        moments.join(&part);
    }
    if !rest.is_empty() {
        moments.join(&scan_rest(rest, shift, &mut wealth));
    }
    (moments, wealth)
}

/// The mean, good enough to shift by.
fn mean(returns: &[f64]) -> f64 {
    returns.iter().sum::<f64>() / returns.len().max(1) as f64
}

/// Fewer returns than a block, one after the other.
fn scan_rest(rest: &[f64], shift: f64, wealth: &mut Wealth) -> Moments {
    let mut sums = Sums::ZERO;
    for segment in rest.chunks(SEGMENT) {
        let mut stretch = Stretch::EMPTY;
        for &value in segment {
            sums.push(value, shift);
            stretch.push(1.0 + value);
        }
        wealth.join(&stretch);
    }
    Moments::of_block(rest.len(), shift, &sums)
}

/// The lanes of the sums, field by field so that each field is one vector.
struct SumLanes {
    powers: [Lane; 4],
    gains: Lane,
    losses: Lane,
    squared_losses: Lane,
    worst: Lane,
    best: Lane,
}

/// The lanes of eight segments.
#[derive(Clone, Copy)]
struct StretchLanes {
    product: Lane,
    lowest_product: Lane,
    ratio: Lane,
    lowest_ratio: Lane,
}

impl SumLanes {
    #[inline(always)]
    fn lane(&self, j: usize) -> Sums {
        Sums {
            powers: [self.powers[0][j], self.powers[1][j], self.powers[2][j], self.powers[3][j]],
            gains: self.gains[j],
            losses: self.losses[j],
            squared_losses: self.squared_losses[j],
            worst: self.worst[j],
            best: self.best[j],
        }
    }

    #[inline(always)]
    fn set_lane(&mut self, j: usize, sums: &Sums) {
        for (lanes, power) in self.powers.iter_mut().zip(sums.powers) {
            lanes[j] = power;
        }
        self.gains[j] = sums.gains;
        self.losses[j] = sums.losses;
        self.squared_losses[j] = sums.squared_losses;
        self.worst[j] = sums.worst;
        self.best[j] = sums.best;
    }
}

impl StretchLanes {
    #[inline(always)]
    fn lane(&self, j: usize) -> Stretch {
        Stretch {
            product: self.product[j],
            lowest_product: self.lowest_product[j],
            ratio: self.ratio[j],
            lowest_ratio: self.lowest_ratio[j],
        }
    }

    #[inline(always)]
    fn set_lane(&mut self, j: usize, stretch: &Stretch) {
        self.product[j] = stretch.product;
        self.lowest_product[j] = stretch.lowest_product;
        self.ratio[j] = stretch.ratio;
        self.lowest_ratio[j] = stretch.lowest_ratio;
    }
}

fn scan_block(block: &[f64; BLOCK], shift: f64, wealth: &mut Wealth) -> Moments {
    let mut sums = SumLanes {
        powers: [[0.0; LANES]; 4],
        gains: [0.0; LANES],
        losses: [0.0; LANES],
        squared_losses: [0.0; LANES],
        worst: [f64::INFINITY; LANES],
        best: [f64::NEG_INFINITY; LANES],
    };
    let one = [1.0; LANES];
    let mut stretches = [StretchLanes { product: one, lowest_product: one, ratio: one, lowest_ratio: one }; GROUPS];
    for column in block.as_chunks::<LANES>().0 {
        for (j, &value) in column.iter().enumerate() {
            let mut sum = sums.lane(j);
            sum.push(value, shift);
            sums.set_lane(j, &sum);
        }
    }
    for start in (0..SEGMENT).step_by(LANES) {
        for (group, stretch) in stretches.iter_mut().enumerate() {
            let tile = transposed(block, group * LANES * SEGMENT + start);
            for column in &tile {
                step(column, stretch);
            }
        }
    }
    for lanes in &stretches {
        for j in 0..LANES {
            wealth.join(&lanes.lane(j));
        }
    }
    let mut total = Sums::ZERO;
    for j in 0..LANES {
        total.add(&sums.lane(j));
    }
    Moments::of_block(BLOCK, shift, &total)
}

/// One return for each of the eight lanes.
#[inline(always)]
fn step(column: &Lane, stretches: &mut StretchLanes) {
    for (j, value) in column.iter().enumerate() {
        let mut stretch = stretches.lane(j);
        stretch.push(1.0 + value);
        stretches.set_lane(j, &stretch);
    }
}

/// `tile[i][j]` is return `first + i` of segment `j`.
#[inline(always)]
fn transposed(block: &[f64; BLOCK], first: usize) -> Tile {
    let mut tile = [[0.0; LANES]; LANES];
    for j in 0..LANES {
        for i in 0..LANES {
            tile[i][j] = block[first + j * SEGMENT + i];
        }
    }
    tile
}
