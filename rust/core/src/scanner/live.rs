//! A scan that is kept current as bars come in.

use std::hint::black_box;

use rayon::ThreadPool;

use super::chains::Memory;
use super::plan::Plan;
use super::store::Store;
use super::tile::Tile;
use super::worker::Worker;
use super::workers::{Workers, spread};
use super::{Values, gather, share};
use crate::indicators::{LANES, Lane};

/// A bar that was not taken: it is not after the last bar of its instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The row of the update.
    pub row: usize,
    /// The instrument.
    pub instrument: usize,
    /// When the bar began.
    pub time: i64,
    /// When the last bar before it began.
    pub last: i64,
}

/// What became of some bars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// How many bars were taken.
    pub taken: usize,
    /// Those that were not.
    pub refused: Vec<Refused>,
}

/// A store and the values of a plan after its last bars.
#[derive(Debug)]
pub struct Live {
    store: Store,
    plan: Plan,
    memories: Vec<Memory>,
    lanes: Vec<Lane>,
}

const NOBODY: usize = usize::MAX;

impl Live {
    /// Computes the values after the bars that are there.
    pub fn new(store: Store, plan: Plan, pool: &ThreadPool) -> Self {
        let roots = plan.roots.len();
        let memories = vec![Memory::default(); store.tiles().len()];
        let lanes = vec![[f64::NAN; LANES]; store.tiles().len() * roots.max(1)];
        let mut live = Self { store, plan, memories, lanes };
        let share = share(live.store.tiles().len(), pool);
        let Self { store, plan, memories, lanes } = &mut live;
        let workers = Workers::new(plan);
        let parts = store.tiles().chunks(share).zip(memories.chunks_mut(share));
        spread(pool, parts.zip(lanes.chunks_mut(share * roots.max(1))), |((tiles, memories), lanes)| {
            workers.lend(|worker| {
                for ((tile, memory), lanes) in tiles.iter().zip(memories).zip(lanes.chunks_mut(roots.max(1))) {
                    worker.run(tile, Some(memory));
                    read(worker, tile, lanes);
                }
            });
        });
        live
    }

    /// The bars.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Adds instruments that have no bars yet.
    pub fn add(&mut self, count: usize) {
        self.store.add(count);
        let tiles = self.store.tiles().len();
        self.memories.resize_with(tiles, Memory::default);
        self.lanes.resize(tiles * self.plan.roots.len().max(1), [f64::NAN; LANES]);
    }

    /// The bars, when no more values are wanted.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes bars: of which instrument, when each began, and its columns. Several bars of an instrument are
    /// taken in their order; a bar that is not after the last one is refused and changes nothing.
    pub fn push(&mut self, instruments: &[usize], times: &[i64], columns: &[&[f64]], pool: &ThreadPool) -> Update {
        let mut update = Update::default();
        let mut rows: Vec<usize> = (0..instruments.len()).collect();
        while !rows.is_empty() {
            rows = self.round(&rows, instruments, times, columns, &mut update, pool);
        }
        update
    }

    /// One bar an instrument at most; gives back the rows that are left.
    fn round(
        &mut self,
        rows: &[usize],
        instruments: &[usize],
        times: &[i64],
        columns: &[&[f64]],
        update: &mut Update,
        pool: &ThreadPool,
    ) -> Vec<usize> {
        let mut row_of = vec![[NOBODY; LANES]; self.store.tiles().len()];
        let mut later = Vec::new();
        for row in rows {
            let (instrument, time) = (instruments[*row], times[*row]);
            let (tile, lane) = self.store.place(instrument);
            if row_of[tile][lane] != NOBODY {
                later.push(*row);
                continue;
            }
            if let Some(last) = self.store.tiles()[tile].last_time(lane).filter(|last| time <= *last) {
                update.refused.push(Refused { row: *row, instrument, time, last });
                continue;
            }
            row_of[tile][lane] = *row;
            update.taken += 1;
        }
        let roots = self.plan.roots.len();
        let share = share(self.store.tiles().len(), pool);
        let Self { store, plan, memories, lanes } = self;
        let reads: Vec<(usize, usize)> = plan
            .steps
            .iter()
            .filter_map(|step| match step.op {
                super::plan::Op::Input(column) => Some((column, step.need_next)),
                _ => None,
            })
            .collect();
        let (workers, tiles) = (Workers::new(plan), store.tiles_mut());
        let tiles = tiles.chunks_mut(share).zip(row_of.chunks_mut(share));
        let parts = tiles.zip(memories.chunks_mut(share)).zip(lanes.chunks_mut(share * roots.max(1)));
        spread(pool, parts, |(((tiles, row_of), memories), lanes)| {
            workers.lend(|worker| {
                for (place, (rows, lanes)) in row_of.iter_mut().zip(lanes.chunks_mut(roots.max(1))).enumerate() {
                    if let Some(memory) = memories.get(place + 2) {
                        black_box(memory.touch_places());
                    }
                    if let Some(tile) = tiles.get(place + 1) {
                        for (column, rows) in &reads {
                            tile.touch(*column, *rows);
                        }
                        black_box(memories[place + 1].touch());
                    }
                    let (tile, memory) = (&mut tiles[place], &mut memories[place]);
                    let count = tile.members().len();
                    if rows[..count].iter().all(|row| *row == NOBODY) {
                        continue;
                    }
                    let repeated = rows[count - 1];
                    rows[count..].fill(repeated);
                    let active = rows.map(|row| row != NOBODY);
                    let is_first = tile.rows() == 0;
                    tile.push(&active, |lane| times[rows[lane]], |column, lane| columns[column][rows[lane]]);
                    match is_first {
                        true => worker.run(tile, Some(memory)),
                        false => worker.next(tile, memory, active),
                    }
                    read_of(worker, tile, &active, lanes);
                }
            });
        });
        later
    }

    /// The values after the last bars.
    pub fn values(&self, pool: &ThreadPool) -> Values {
        let done = vec![true; self.store.tiles().len()];
        gather(&self.store, &self.plan, &self.lanes, &done, &|_| true, pool)
    }
}

/// [`read`] for the lanes that have a new row; the values of the others are what they were.
fn read_of(worker: &Worker<'_>, tile: &Tile, active: &[bool; LANES], lanes: &mut [Lane]) {
    if *active == [true; LANES] {
        return read(worker, tile, lanes);
    }
    for (root, lanes) in lanes.iter_mut().enumerate().take(worker.roots()) {
        let values = worker.root(tile, root, 0);
        for lane in (0..LANES).filter(|lane| active[*lane]) {
            lanes[lane] = values[lane];
        }
    }
}

fn read(worker: &Worker<'_>, tile: &Tile, lanes: &mut [Lane]) {
    let roots = worker.roots();
    for (root, lane) in lanes.iter_mut().enumerate().filter(|(root, _)| *root < roots && tile.rows() > 0) {
        *lane = worker.root(tile, root, 0);
    }
}
