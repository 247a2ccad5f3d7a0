//! A scan that is kept current as bars come in.

use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;

use super::ahead::{Ahead, Shares};
use super::chains::Memory;
use super::plan::Plan;
use super::store::Store;
use super::tile::Tile;
use super::worker::Worker;
use super::workers::{Workers, spread};
use super::{Values, gather, share};
use crate::indicators::{LANES, Lane, prefetch};

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
    /// Those that were not, by row.
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
        let bars = Bars { instruments, times, columns };
        let mut refused = Vec::new();
        let mut rows: Vec<usize> = (0..instruments.len()).collect();
        while !rows.is_empty() {
            rows = self.round(&rows, bars, &mut refused, pool);
        }
        refused.sort_by_key(|bar| bar.row);
        Update { taken: instruments.len() - refused.len(), refused }
    }

    /// One bar an instrument at most; gives back the rows that are left.
    fn round(&mut self, rows: &[usize], bars: Bars<'_>, refused: &mut Vec<Refused>, pool: &ThreadPool) -> Vec<usize> {
        let mut row_of = vec![[NOBODY; LANES]; self.store.tiles().len()];
        let mut later = Vec::new();
        for row in rows {
            let (tile, lane) = self.store.place(bars.instruments[*row]);
            match &mut row_of[tile][lane] {
                place if *place == NOBODY => *place = *row,
                _ => later.push(*row),
            }
        }
        let roots = self.plan.roots.len();
        let share = share(self.store.tiles().len(), pool);
        let Self { store, plan, memories, lanes } = self;
        let (workers, shares, refused) = (Workers::new(plan), Shares::of(plan), Mutex::new(refused));
        let tiles = store.tiles_mut().chunks_mut(share).zip(row_of.chunks_mut(share));
        let parts = tiles.zip(memories.chunks_mut(share)).zip(lanes.chunks_mut(share * roots.max(1)));
        spread(pool, parts, |(((tiles, rows), memories), lanes)| {
            let mut part = Part { tiles, rows, memories, lanes, refused: Vec::new() };
            workers.lend(|worker| part.take(bars, &shares, worker));
            if !part.refused.is_empty() {
                refused.lock().unwrap_or_else(PoisonError::into_inner).append(&mut part.refused);
            }
        });
        later
    }

    /// The values after the last bars.
    pub fn values(&self, pool: &ThreadPool) -> Values {
        let done = vec![true; self.store.tiles().len()];
        gather(&self.store, &self.plan, &self.lanes, &done, &|_| true, pool)
    }
}

/// Rows: of which instrument, when they began, and their columns.
#[derive(Clone, Copy)]
struct Bars<'a> {
    instruments: &'a [usize],
    times: &'a [i64],
    columns: &'a [&'a [f64]],
}

impl Bars<'_> {
    /// Asks for the first of eight rows: the others are near it where that helps.
    fn prefetch(&self, rows: &[usize; LANES]) {
        for column in self.columns {
            if let Some(value) = column.get(rows[0]) {
                prefetch(value);
            }
        }
        if let Some(time) = self.times.get(rows[0]) {
            prefetch(time);
        }
    }

    /// A column at the rows of eight instruments; a zero where there is none.
    #[inline]
    fn lanes(&self, column: usize, rows: &[usize; LANES]) -> Lane {
        let column = self.columns[column];
        let is_run = rows.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
        match column.get(rows[0]..).and_then(<[f64]>::first_chunk).filter(|_| is_run) {
            Some(run) => *run,
            None => rows.map(|row| if row == NOBODY { 0.0 } else { column[row] }),
        }
    }
}

/// Some tiles, the row that each of their instruments gets, what they remember and their values.
struct Part<'p> {
    tiles: &'p mut [Tile],
    rows: &'p mut [[usize; LANES]],
    memories: &'p mut [Memory],
    lanes: &'p mut [Lane],
    refused: Vec<Refused>,
}

impl Part<'_> {
    fn take(&mut self, bars: Bars<'_>, shares: &Shares, worker: &mut Worker<'_>) {
        for place in 0..self.tiles.len() {
            self.look_ahead(place, bars);
            if self.is_asked(place) {
                self.tile(place, bars, shares, worker);
            }
        }
    }

    fn is_asked(&self, place: usize) -> bool {
        self.rows.get(place).is_some_and(|rows| *rows != [NOBODY; LANES])
    }

    /// Asks for where the tiles after the next one are, and for their bars.
    fn look_ahead(&self, place: usize, bars: Bars<'_>) {
        if let Some(rows) = self.rows.get(place + 6) {
            prefetch(rows);
        }
        if self.is_asked(place + 3) {
            prefetch(&self.tiles[place + 3]);
            self.memories[place + 3].prefetch_places();
        }
        if self.is_asked(place + 2) {
            self.tiles[place + 2].prefetch_places();
            self.memories[place + 2].prefetch_starts();
            bars.prefetch(&self.rows[place + 2]);
        }
    }

    /// One bar more for a tile.
    fn tile(&mut self, place: usize, bars: Bars<'_>, shares: &Shares, worker: &mut Worker<'_>) {
        let is_next_asked = self.is_asked(place + 1);
        let ([.., tile], tiles) = self.tiles.split_at_mut(place + 1) else { return };
        let ([.., memory], memories) = self.memories.split_at_mut(place + 1) else { return };
        let next = tiles.first().zip(memories.first()).filter(|_| is_next_asked);
        let rows = &mut self.rows[place];
        let count = tile.members().len();
        for (lane, row) in rows[..count].iter_mut().enumerate().filter(|(_, row)| **row != NOBODY) {
            let time = bars.times[*row];
            if let Some(last) = tile.last_time(lane).filter(|last| time <= *last) {
                self.refused.push(Refused { row: *row, instrument: bars.instruments[*row], time, last });
                *row = NOBODY;
            }
        }
        if rows[..count].iter().all(|row| *row == NOBODY) {
            return;
        }
        let repeated = rows[count - 1];
        rows[count..].fill(repeated);
        let active = rows.map(|row| row != NOBODY);
        let is_first = tile.rows() == 0;
        tile.push(&active, |lane| bars.times[rows[lane]], |column| bars.lanes(column, rows));
        match is_first {
            true => worker.run(tile, Some(memory)),
            false => worker.next(tile, memory, active, Ahead { shares, next }),
        }
        let roots = worker.roots().max(1);
        read_of(worker, tile, &active, &mut self.lanes[place * roots..][..roots]);
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
