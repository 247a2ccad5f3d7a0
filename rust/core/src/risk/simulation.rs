//! Profits and losses of a portfolio, drawn from a model.
//!
//! # Rationale
//! A block of 1,024 paths is sixteen streams of 64 paths, each its own generator (seed, 16 block + stream): a path
//! depends on the seed and its number only, and the result is the same bits at any number of threads. Normals come
//! from the polar form of Box and Muller on sixteen streams side by side, without a branch or a table, and with
//! polynomials of our own, so that they are the same bits on every machine.
//!
//! Of a linear portfolio the sum w' L z over the names is made as one sum of loadings times normals: every path draws
//! as many normals as there are names, but the triangle L is applied once to the weights and not to each path.

mod history;
mod linear;
mod normals;

use rayon::ThreadPool;
use rayon::prelude::*;

pub use self::history::{Draw, from_history};
pub use self::linear::{Shock, linear};
use super::checked::bad_setting;
use crate::error::{Error, ErrorKind};

/// Streams that advance side by side.
const LANES: usize = 16;
/// Paths of one stream of a block.
const ROWS: usize = 64;
/// Paths of one block.
const BLOCK: usize = LANES * ROWS;
/// Paths of a run at most: 100 million take 800 MB.
const MOST_PATHS: usize = 100_000_000;
/// Set in the number of a stream that draws something else than the normals.
const OTHER: u64 = 1 << 63;

/// How much to draw, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Paths, 1 to 100,000,000.
    pub count: usize,
    /// The seed of all streams.
    pub seed: u64,
}

impl Paths {
    /// `fill(block, out)` for every block of paths, in parallel.
    fn each_block(
        self,
        pool: &ThreadPool,
        keep_going: &(dyn Fn() -> bool + Sync),
        fill: impl Fn(u64, &mut [f64; BLOCK]) + Sync,
    ) -> Result<Vec<f64>, Error> {
        if self.count == 0 || self.count > MOST_PATHS {
            return Err(bad_setting("paths", format!("must be in [1, {MOST_PATHS}]"), self.count));
        }
        let mut pnl = vec![0.0; self.count.next_multiple_of(BLOCK)];
        let (blocks, _) = pnl.as_chunks_mut::<BLOCK>();
        let one = |(block, out): (usize, &mut [f64; BLOCK])| {
            let go = keep_going();
            if go {
                fill(block as u64, out);
            }
            go
        };
        let done = pool.install(|| blocks.par_iter_mut().enumerate().map(one).reduce(|| true, |a, b| a && b));
        pnl.truncate(self.count);
        if done {
            Ok(pnl)
        } else {
            Err(Error::new(ErrorKind::Engine, 8001, "simulation", "must run to its end", "interrupted"))
        }
    }
}

#[cfg(test)]
mod tests;
