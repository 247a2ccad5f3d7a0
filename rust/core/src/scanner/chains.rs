//! Indicators that depend on all rows, of the instruments of a tile.

use super::plan::{ALL, Op, Value};
use super::tile::Tile;
use super::worker::{Register, Worker};
use crate::expr::MOST;
use crate::indicators::{LANES, Lane, LaneStream, all_finite};

/// What a tile remembers between bars: the indicators that depend on all rows, by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) chains: Vec<Chain>,
}

impl Memory {
    /// Reads what the next row will read of it, so that it is near then.
    pub(super) fn touch(&self) -> f64 {
        self.chains.iter().fold(0.0, |sum, chain| sum + chain.stream.touch())
    }

    /// Reads where that is.
    pub(super) fn touch_places(&self) -> usize {
        self.chains.iter().fold(0, |sum, chain| sum | chain.last.len())
    }
}

/// An indicator after the last row.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    stream: LaneStream,
    /// Its last values, if more than those of the last row are asked for.
    last: Vec<Vec<Lane>>,
}

impl Worker<'_> {
    /// An indicator from the first row on; where it does not go on from there, its last rows alone.
    pub(super) fn chain(
        &mut self,
        tile: &Tile,
        place: usize,
        (inputs, fresh): (&[Value], &LaneStream),
        (rows, goes_on): (usize, bool),
        register: &mut Register,
    ) {
        let mut stream = self.chains[place].take().unwrap_or_else(|| fresh.clone());
        let outputs = stream.outputs();
        register.make(outputs, rows);
        let mut outs: [&mut [Lane]; MOST] = Default::default();
        for (out, column) in outs.iter_mut().zip(&mut register.numbers) {
            *out = column;
        }
        let (columns, complete) = self.inputs(tile, inputs, tile.rows());
        let (columns, outs) = (&columns[..inputs.len()], &mut outs[..outputs]);
        if goes_on {
            stream.reset();
            stream.extend(columns, complete, &[true; LANES], outs);
        } else {
            stream.last_of(columns, complete, outs);
        }
        self.chains[place] = Some(stream);
    }

    /// An indicator after one row more.
    pub(super) fn next_of_chain(
        &self,
        tile: &Tile,
        place: usize,
        inputs: &[Value],
        chain: &mut Chain,
        active: &[bool; LANES],
        register: &mut Register,
    ) {
        let outputs = chain.stream.outputs();
        register.make(outputs, 1);
        let mut outs: [&mut [Lane]; MOST] = Default::default();
        for (out, column) in outs.iter_mut().zip(&mut register.numbers) {
            *out = column;
        }
        let (columns, complete) = self.inputs(tile, inputs, 1);
        chain.stream.extend(&columns[..inputs.len()], complete, active, &mut outs[..outputs]);
        let need = self.plan.steps[place].need_next;
        for (column, last) in register.numbers.iter_mut().zip(&mut chain.last) {
            advance(last, &column[0], active, need);
            column.clear();
            column.extend_from_slice(&last[last.len() - need.min(tile.rows())..]);
        }
    }

    /// The last rows of what an indicator reads, and whether they have no gaps.
    pub(super) fn inputs<'s>(&'s self, tile: &'s Tile, inputs: &[Value], rows: usize) -> ([&'s [Lane]; MOST], bool) {
        let mut columns: [&[Lane]; MOST] = [&[]; MOST];
        let mut complete = true;
        for (column, input) in columns.iter_mut().zip(inputs) {
            *column = self.column(tile, *input, rows);
            complete = complete && self.is_complete(tile, *input, column);
        }
        (columns, complete)
    }

    /// Whether rows of a number have no gaps.
    #[inline]
    fn is_complete(&self, tile: &Tile, value: Value, rows: &[Lane]) -> bool {
        match self.plan.steps[value.step].op {
            Op::Input(column) if tile.is_complete(column) => true,
            Op::Constant(value) if tile.starts() == &[0; LANES] => value.is_finite(),
            _ => all_finite(rows.as_flattened()),
        }
    }

    /// Keeps the indicators as they are after the last row.
    pub(super) fn remember(&mut self, memory: &mut Memory) {
        memory.chains.clear();
        for (place, stream) in self.chains.iter().enumerate() {
            let Some(stream) = stream else { continue };
            let keep = self.plan.steps[place].need_next.min(ALL - 1);
            let tail = |column: &Vec<Lane>| column[column.len() - keep.min(column.len())..].to_vec();
            let last = if keep > 1 { self.registers[place].numbers.iter().map(tail).collect() } else { Vec::new() };
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
