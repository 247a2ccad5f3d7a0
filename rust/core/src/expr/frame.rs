//! Expressions over bars of a longer timeframe, built from the rows as they come.
//!
//! A bar covers `[t, t + d)` of the UTC grid, weeks from Monday; an interval without a price makes none.
//! It counts from the moment on at which it is known: for quotes and trades from the first row at or
//! after its end, for bars from the row on that ends with it, which is part of it. Before that, the value
//! is that of the bar before, so nothing is known sooner than it could be.

use super::input::{Source, Table};
use super::machine::{Machine, State};
use super::node::Kind;
use super::program::{Program, Register};
use super::{BLOCK, Input};
use crate::bar::grid_start;
use crate::error::{Error, ErrorKind};
use crate::types::Ts;

/// The columns of a bar, in the order in which they are kept.
const COLUMNS: [Input; 6] = [Input::Open, Input::High, Input::Low, Input::Close, Input::Volume, Input::BuyVolume];
const CLOSE: usize = 3;

/// What the nodes of one timeframe need.
#[derive(Clone, Debug)]
pub(super) struct FrameProgram {
    pub(super) nanos: i64,
    pub(super) program: Program,
    /// Where the values of the program's roots go.
    pub(super) outs: Vec<Register>,
    /// Which of [`COLUMNS`] are read.
    wants: [bool; COLUMNS.len()],
}

impl FrameProgram {
    pub(super) fn try_new(nanos: i64, program: Program, outs: Vec<Register>) -> Result<Self, Error> {
        let mut wants = [false; COLUMNS.len()];
        // A row without a price is no row of a bar.
        wants[CLOSE] = true;
        for input in program.inputs() {
            let Some(place) = COLUMNS.iter().position(|column| *column == input) else {
                let rule = "must use open, high, low, close, volume or buy_volume inside a timeframe";
                return Err(Error::new(ErrorKind::Config, 1001, "expression", rule, input.name()));
            };
            wants[place] = true;
        }
        Ok(Self { nanos, program, outs, wants })
    }

    /// The columns that its bars are built from.
    pub(super) fn inputs(&self) -> impl Iterator<Item = Input> {
        COLUMNS.into_iter().zip(self.wants).filter_map(|(input, wanted)| wanted.then_some(input))
    }

    pub(super) fn fresh_state(&self) -> FrameState {
        FrameState {
            bar: None,
            state: self.program.fresh_state(),
            last: self
                .program
                .roots
                .iter()
                .map(|(kind, _)| if *kind == Kind::Number { f64::NAN } else { 0.0 })
                .collect(),
            ready: false,
        }
    }
}

/// The memory of a timeframe.
#[derive(Clone, Debug)]
pub(super) struct FrameState {
    bar: Option<Building>,
    state: State,
    /// The values at the last closed bar.
    last: Vec<f64>,
    /// Whether all indicators had one there.
    ready: bool,
}

/// A bar under way.
#[derive(Clone, Copy, Debug)]
struct Building {
    start: Ts,
    end: Ts,
    values: [f64; COLUMNS.len()],
}

/// Works on one timeframe.
#[derive(Clone, Debug)]
pub(super) struct FrameMachine {
    machine: Machine,
    /// The rows, where they are wanted.
    rows: [Vec<f64>; COLUMNS.len()],
    /// Bars that closed in this block of rows.
    starts: Vec<Ts>,
    bars: [Vec<f64>; COLUMNS.len()],
    /// How many bars of this block are known on each row.
    known: Vec<u32>,
    /// The values at each bar, root by root, and whether all indicators had one.
    values: Vec<Vec<f64>>,
    ready: Vec<u8>,
}

impl FrameMachine {
    pub(super) fn new(frame: &FrameProgram) -> Self {
        Self {
            machine: Machine::new(frame.program.clone()),
            rows: frame.wants.map(|wanted| vec![f64::NAN; if wanted { BLOCK } else { 0 }]),
            starts: Vec::new(),
            bars: Default::default(),
            known: vec![0; BLOCK],
            values: vec![Vec::new(); frame.outs.len()],
            ready: Vec::new(),
        }
    }

    /// Takes rows; the columns then say what is known on each.
    pub(super) fn run(
        &mut self,
        frame: &FrameProgram,
        state: &mut FrameState,
        source: Source<'_>,
        start: usize,
        rows: usize,
    ) -> Result<(), Error> {
        self.starts.clear();
        for column in self.bars.iter_mut().chain(&mut self.values) {
            column.clear();
        }
        self.ready.clear();
        for ((column, input), wanted) in self.rows.iter_mut().zip(COLUMNS).zip(frame.wants) {
            if wanted {
                source.load_for_bars(input, start, &mut column[..rows])?;
            }
        }
        self.build(frame, state, source, start, rows)?;
        self.evaluate(frame, state)
    }

    fn build(
        &mut self,
        frame: &FrameProgram,
        state: &mut FrameState,
        source: Source<'_>,
        start: usize,
        rows: usize,
    ) -> Result<(), Error> {
        let times = source.times()?;
        let mut row = 0;
        while row < rows {
            let (begin, over) = times.at(start + row);
            let span = over.saturating_sub(begin);
            if span > 0 && frame.nanos % span != 0 {
                let rule = format!("must be a whole multiple of the bars' {span} ns");
                return Err(Error::new(ErrorKind::Config, 1001, "timeframe", rule, format!("{} ns", frame.nanos)));
            }
            if let Some(bar) = state.bar.take_if(|bar| begin >= bar.end) {
                self.close(&bar);
            }
            let first = grid_start(begin, frame.nanos);
            let (first, end) =
                state.bar.map_or_else(|| (first, first.saturating_add(frame.nanos)), |bar| (bar.start, bar.end));
            // The rows of this bar: at least this one.
            let mut stop = row + 1;
            let mut closes = span > 0 && over >= end;
            while stop < rows && !closes {
                let (begin, over) = times.at(start + stop);
                if begin >= end {
                    break;
                }
                stop += 1;
                closes = over > begin && over >= end;
            }
            self.known[row..stop].fill(self.starts.len() as u32);
            self.fold(&mut state.bar, first, end, row, stop);
            if closes {
                if let Some(bar) = state.bar.take() {
                    self.close(&bar);
                }
                self.known[stop - 1] = self.starts.len() as u32;
            }
            row = stop;
        }
        Ok(())
    }

    /// Adds rows to the bar under way; one without a price is passed over.
    fn fold(&self, bar: &mut Option<Building>, start: Ts, end: Ts, from: usize, to: usize) {
        let closes = &self.rows[CLOSE][from..to];
        let Some(last) = closes.iter().rev().find(|close| !close.is_nan()) else { return };
        let bar = bar.get_or_insert(Building { start, end, values: [f64::NAN; COLUMNS.len()] });
        for ((column, value), input) in self.rows.iter().zip(&mut bar.values).zip(COLUMNS) {
            let Some(column) = column.get(from..to) else { continue };
            let mut present = column.iter().zip(closes).filter(|(_, close)| !close.is_nan()).map(|(new, _)| *new);
            *value = match input {
                Input::Open if !value.is_nan() => *value,
                Input::Open => present.find(|new| !new.is_nan()).unwrap_or(f64::NAN),
                Input::High => present.fold(*value, f64::max),
                Input::Low => present.fold(*value, f64::min),
                Input::Volume | Input::BuyVolume => present
                    .filter(|new| !new.is_nan())
                    .fold(*value, |sum, new| if sum.is_nan() { new } else { sum + new }),
                _ => *last,
            };
        }
    }

    fn close(&mut self, bar: &Building) {
        self.starts.push(bar.start);
        for (column, value) in self.bars.iter_mut().zip(bar.values) {
            column.push(value);
        }
    }

    /// Runs the expressions over the bars that have closed.
    fn evaluate(&mut self, frame: &FrameProgram, state: &mut FrameState) -> Result<(), Error> {
        let bars = self.starts.len();
        if bars == 0 {
            return Ok(());
        }
        let mut table = Table { ts: Some(&self.starts), span: frame.nanos, ..Table::default() };
        for ((input, column), wanted) in COLUMNS.into_iter().zip(&self.bars).zip(frame.wants) {
            table[input as usize] = wanted.then_some(column);
        }
        for first in (0..bars).step_by(BLOCK) {
            let count = BLOCK.min(bars - first);
            self.machine.run(&mut state.state, Source::Table(&table), first, count)?;
            for (root, (values, (kind, _))) in self.values.iter_mut().zip(&frame.program.roots).enumerate() {
                match kind {
                    Kind::Number => values.extend_from_slice(&self.machine.number(root)[..count]),
                    Kind::Condition => {
                        values.extend(self.machine.condition(root)[..count].iter().map(|holds| f64::from(*holds)));
                    }
                }
            }
            match self.machine.ready() {
                Some(ready) => self.ready.extend_from_slice(&ready[..count]),
                None => self.ready.resize(self.ready.len() + count, 1),
            }
        }
        Ok(())
    }

    /// Writes what a root's value is on each row, given what it was before them.
    pub(super) fn write<T: Copy>(&self, state: &FrameState, root: usize, out: &mut [T], of: impl Fn(f64) -> T) {
        let before = of(state.last[root]);
        for (out, known) in out.iter_mut().zip(&self.known) {
            *out = match known.checked_sub(1) {
                Some(bar) => of(self.values[root][bar as usize]),
                None => before,
            };
        }
    }

    /// Clears the rows at which not every indicator has a value; says whether there are any.
    pub(super) fn strike(&self, state: &FrameState, ready: &mut [u8]) -> bool {
        let mut any = false;
        for (ready, known) in ready.iter_mut().zip(&self.known) {
            let there = known.checked_sub(1).map_or(state.ready, |bar| self.ready[bar as usize] != 0);
            *ready &= u8::from(there);
            any |= !there;
        }
        any
    }

    /// What is known after these rows becomes what was known before the next ones.
    pub(super) fn remember(&self, state: &mut FrameState) {
        for (last, values) in state.last.iter_mut().zip(&self.values) {
            *last = values.last().copied().unwrap_or(*last);
        }
        state.ready = self.ready.last().map_or(state.ready, |ready| *ready != 0);
    }
}
