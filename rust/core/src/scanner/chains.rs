//! Indicators that depend on all rows, of the instruments of a tile.

use super::known::Known;
use super::plan::{ALL, Value};
use super::register::Register;
use super::worker::Worker;
use crate::expr::MOST;
use crate::indicators::{LANES, Lane, LaneStream, prefetch};

/// What a tile remembers between bars: the indicators that depend on all rows, by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) chains: Vec<Chain>,
}

impl Memory {
    /// Asks for where the indicators are.
    pub(super) fn prefetch_places(&self) {
        prefetch(&self.chains[..]);
    }

    /// Asks for what [`Self::prefetch`] reads itself.
    pub(super) fn prefetch_starts(&self) {
        for chain in &self.chains {
            chain.stream.prefetch_start();
        }
    }

    /// Asks for what one of the indicators will read at its next row, if there are so many.
    #[inline]
    pub(super) fn prefetch(&self, chain: usize) {
        if let Some(chain) = self.chains.get(chain) {
            chain.stream.prefetch();
        }
    }
}

/// An indicator after the last row.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    stream: LaneStream,
    /// Its last values, if more than those of the last row are asked for.
    last: Vec<Vec<Lane>>,
}

impl Chain {
    /// Takes one row more.
    pub(super) fn next(
        &mut self,
        known: Known<'_>,
        inputs: &[Value],
        rows: usize,
        active: &[bool; LANES],
        register: &mut Register,
    ) {
        let outputs = self.stream.outputs();
        let mut columns: [&[Lane]; MOST] = [&[]; MOST];
        let complete = known.inputs(inputs, 1, &mut columns);
        let mut outs: [&mut [Lane]; MOST] = Default::default();
        for (out, row) in outs.iter_mut().zip(register.make(outputs, 1)) {
            *out = std::slice::from_mut(row);
        }
        self.stream.extend(&columns[..inputs.len()], complete, active, &mut outs[..outputs]);
        if !self.last.is_empty() {
            for (last, row) in self.last.iter_mut().zip(register.columns()) {
                advance(last, &row[0], active, rows);
            }
            register.make(outputs, rows);
            for (to, last) in register.columns_mut().zip(&self.last) {
                to.copy_from_slice(&last[last.len() - rows..]);
            }
        }
    }
}

impl Known<'_> {
    /// An indicator from the first row on; where it does not go on from there, its last rows alone.
    pub(super) fn chain(
        &self,
        stream: &mut LaneStream,
        inputs: &[Value],
        (rows, goes_on): (usize, bool),
        register: &mut Register,
    ) {
        let outputs = stream.outputs();
        register.make(outputs, rows);
        let mut outs: [&mut [Lane]; MOST] = Default::default();
        for (out, column) in outs.iter_mut().zip(register.columns_mut()) {
            *out = column;
        }
        let mut columns: [&[Lane]; MOST] = [&[]; MOST];
        let complete = self.inputs(inputs, self.tile.rows(), &mut columns);
        let (columns, outs) = (&columns[..inputs.len()], &mut outs[..outputs]);
        if goes_on {
            stream.reset();
            stream.extend(columns, complete, &[true; LANES], outs);
        } else {
            stream.last_of(columns, complete, outs);
        }
    }
}

impl Worker<'_> {
    /// Keeps the indicators as they are after the last row.
    pub(super) fn remember(&mut self, memory: &mut Memory) {
        memory.chains.clear();
        for (place, stream) in self.chains.iter().enumerate() {
            let Some(stream) = stream else { continue };
            let keep = self.plan.steps[place].need_next.min(ALL - 1);
            let tail = |column: &[Lane]| column[column.len() - keep.min(column.len())..].to_vec();
            let last = if keep > 1 { self.registers[place].columns().map(tail).collect() } else { Vec::new() };
            memory.chains.push(Chain { stream: stream.clone(), last });
        }
    }
}

/// Appends a row for the active lanes; those of the others move up, so that all end at their last row.
fn advance(last: &mut Vec<Lane>, newest: &Lane, active: &[bool; LANES], keep: usize) {
    if last.len() < keep {
        last.push([f64::NAN; LANES]);
        let end = last.len() - 1;
        for lane in (0..LANES).filter(|lane| !active[*lane]) {
            for row in (0..end).rev() {
                last[row + 1][lane] = last[row][lane];
            }
            last[0][lane] = f64::NAN;
        }
        for lane in (0..LANES).filter(|lane| active[*lane]) {
            last[end][lane] = newest[lane];
        }
        return;
    }
    let end = last.len() - 1;
    for lane in (0..LANES).filter(|lane| active[*lane]) {
        for row in 0..end {
            last[row][lane] = last[row + 1][lane];
        }
        last[end][lane] = newest[lane];
    }
}
