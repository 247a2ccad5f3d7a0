//! What the next tiles are computed from, asked for while others are.
//!
//! # Rationale
//! A tile is some two hundred cache lines here and there, and all tiles are more than a cache: who computes one line
//! after the other waits for most of them. So each is asked for before: first where things are, then, in shares, while
//! the tile before is computed step by step, the things. All at once would be more than a core can wait for.

use std::ops::Range;

use super::chains::Memory;
use super::plan::{Op, Plan, Step};
use super::tile::Tile;

/// Rows that one share asks for at most.
const ROWS: usize = 8;

/// Rows of a column that are asked for at most: more would push each other out, and are read in order anyway.
const LAST: usize = 256;

/// The rows that a plan reads of a tile after one more bar, the place of the bar included: a share of them a step.
#[derive(Debug)]
pub(super) struct Shares(Vec<Vec<Share>>);

/// A column, and which of its rows, counted from the end.
type Share = (usize, Range<usize>);

impl Shares {
    pub(super) fn of(plan: &Plan) -> Self {
        let read = |step: &Step| match step.op {
            Op::Input(column) => Some((column, step.need_next.min(LAST) + 1)),
            _ => None,
        };
        let columns = plan.steps.iter().filter_map(read);
        let all: Vec<Share> = columns
            .flat_map(|(column, rows)| (0..rows).step_by(ROWS).map(move |row| (column, row..(row + ROWS).min(rows))))
            .collect();
        let steps = plan.steps.len();
        Self((0..steps).map(|step| all[all.len() * step / steps..all.len() * (step + 1) / steps].to_vec()).collect())
    }
}

/// The next tile, and what is remembered of it; `None` if there is none that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead<'t> {
    pub(super) shares: &'t Shares,
    pub(super) next: Option<(&'t Tile, &'t Memory)>,
}

impl Ahead<'_> {
    /// Asks for the share of a step.
    #[inline]
    pub(super) fn ask(&self, step: usize) {
        let Some((tile, memory)) = self.next else { return };
        for (column, rows) in &self.shares.0[step] {
            tile.prefetch(*column, rows.clone());
        }
        memory.prefetch(step);
        if step == 0 {
            tile.prefetch_times();
        }
    }
}
