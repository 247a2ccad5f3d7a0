//! Expressions over the last bar of thousands of instruments.
//!
//! A [`Store`] holds the bars, a [`Plan`] what is asked; [`scan`] computes the last values of every
//! instrument, [`best`] picks and orders them, [`Live`] keeps them current as bars come in.
//!
//! # Rationale
//! A scan wants one value an instrument. The plan is read backwards from the last bar: an indicator over a
//! window runs over the rows of that window and no others, which gives the same bits, because such
//! indicators are functions of their window. Those that depend on all rows run for eight instruments at
//! once (see [`crate::indicators::LaneStream`]). Tiles of eight are independent: the result does not depend
//! on the number of threads.
//!
//! # Limitations
//! Memory a thread: eight values a row for each number that an indicator over all rows is made from, if it
//! is not a column itself.

mod ahead;
mod chains;
mod known;
mod live;
mod plan;
mod register;
mod sections;
mod select;
mod store;
#[cfg(test)]
mod tests;
mod tile;
mod worker;
mod workers;

use rayon::ThreadPool;
use rayon::prelude::*;

pub use live::{Live, Refused, Update};
pub use plan::Plan;
pub use sections::{ask, ask_history};
pub use select::best;
pub use store::{Long, Store};

use crate::indicators::LANES;
use tile::Tile;
use workers::{Workers, spread};

/// The last values of some expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// By expression, then by instrument; conditions are 0 and 1. NaN where there is no value, and where
    /// time ran out.
    pub roots: Vec<Vec<f64>>,
    /// Whether each instrument was computed.
    pub done: Vec<bool>,
}

/// Computes the last value of every root of a plan for every instrument that is wanted.
///
/// `keep_going` is asked before every tile of eight instruments, on any thread; once it says no, the rest
/// is not computed.
pub fn scan(
    store: &Store,
    plan: &Plan,
    wanted: Option<&[bool]>,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Values {
    let (tiles, roots) = (store.tiles(), plan.roots.len());
    let is_wanted = |instrument: &usize| wanted.is_none_or(|wanted| wanted[*instrument]);
    // Zeros cost nothing until they are written: by the threads, each its own.
    let mut lanes = vec![[0.0; LANES]; tiles.len() * roots.max(1)];
    let mut done = vec![false; tiles.len()];
    let (share, workers) = (share(tiles.len(), pool), Workers::new(plan));
    let parts = tiles.chunks(share).zip(lanes.chunks_mut(share * roots.max(1))).zip(done.chunks_mut(share));
    spread(pool, parts, |((tiles, lanes), done)| {
        lanes.as_flattened_mut().fill(f64::NAN);
        workers.lend(|worker| {
            for ((tile, lanes), done) in tiles.iter().zip(lanes.chunks_mut(roots.max(1))).zip(done) {
                if !tile.members().iter().any(is_wanted) {
                    *done = true;
                    continue;
                }
                if !keep_going() {
                    return;
                }
                *done = true;
                if tile.rows() == 0 {
                    continue;
                }
                worker.run(tile, None);
                for (root, lane) in lanes.iter_mut().take(roots).enumerate() {
                    *lane = worker.root(tile, root, 0);
                }
            }
        });
    });
    gather(store, plan, &lanes, &done, &is_wanted, pool)
}

/// Tiles that one task takes: several tasks a thread, so that no thread waits long for another.
fn share(tiles: usize, pool: &ThreadPool) -> usize {
    tiles.div_ceil(8 * pool.current_num_threads()).max(1)
}

/// From tiles to instruments, on the threads of the pool that it is called in.
fn gather(
    store: &Store,
    plan: &Plan,
    lanes: &[[f64; LANES]],
    tiles_done: &[bool],
    is_wanted: &(dyn Fn(&usize) -> bool + Sync),
    pool: &ThreadPool,
) -> Values {
    let roots = plan.roots.len();
    let mut done = vec![false; store.len()];
    for (tile, is_done) in store.tiles().iter().zip(tiles_done) {
        for member in tile.members() {
            done[*member] = *is_done;
        }
    }
    let column = |root: usize| {
        let mut values = vec![f64::NAN; store.len()];
        for (place, tile) in store.tiles().iter().enumerate() {
            let lanes = &lanes[place * roots + root];
            for (lane, member) in tile.members().iter().enumerate() {
                if is_wanted(member) && tile.last_time(lane).is_some() {
                    values[*member] = lanes[lane];
                }
            }
        }
        values
    };
    let mut columns = vec![Vec::new(); roots];
    spread(pool, columns.iter_mut().enumerate(), |(root, to)| *to = column(root));
    Values { roots: columns, done }
}

/// All values of the roots of a plan, by root, then by instrument, one a bar. The plan asks for all rows.
pub fn history(store: &Store, plan: &Plan, pool: &ThreadPool) -> Vec<Vec<Vec<f64>>> {
    let tiles = store.tiles();
    let workers = Workers::new(plan);
    let by_tile: Vec<Vec<Vec<Vec<f64>>>> = pool.install(|| {
        let columns = |tile: &Tile| {
            workers.lend(|worker| {
                worker.run(tile, None);
                (0..plan.roots.len()).map(|root| worker.columns(tile, root)).collect()
            })
        };
        tiles.par_iter().map(columns).collect()
    });
    let mut values = vec![vec![Vec::new(); store.len()]; plan.roots.len()];
    for (tile, columns) in tiles.iter().zip(by_tile) {
        for (values, columns) in values.iter_mut().zip(columns) {
            for (member, column) in tile.members().iter().zip(columns) {
                values[*member] = column;
            }
        }
    }
    values
}
