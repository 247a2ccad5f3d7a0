//! Runs a program over blocks of rows.

use super::call::{MOST, Runner};
use super::frame::{FrameMachine, FrameState};
use super::graph::Graph;
use super::input::{Source, Table, check_lengths};
use super::kernels::{self, CrossMemory, LagMemory, TrendMemory};
use super::node::{Kind, NodeId};
use super::program::{self, Op, Program, Register};
use super::{BLOCK, Input};
use crate::bar::grid_count;
use crate::error::Error;
use crate::indicators::Ema;
use crate::types::Ts;

/// The memory of a program's indicators after the rows so far: one for each instrument.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) emas: Vec<Ema>,
    pub(super) calls: Vec<Runner>,
    pub(super) lags: Vec<LagMemory>,
    pub(super) trends: Vec<TrendMemory>,
    pub(super) frames: Vec<FrameState>,
    pub(super) crosses: Vec<CrossMemory>,
}

/// A program and the columns it works on.
#[derive(Clone, Debug)]
pub struct Machine {
    program: Program,
    frames: Vec<FrameMachine>,
    numbers: Vec<Vec<f64>>,
    conditions: Vec<Vec<u8>>,
    ready: Vec<u8>,
    all_ready: bool,
}

impl Machine {
    /// For a program.
    pub fn new(program: Program) -> Self {
        let (numbers, conditions) = program::columns(&program);
        let frames = program.frames.iter().map(FrameMachine::new).collect();
        Self { program, frames, numbers, conditions, ready: vec![1; BLOCK], all_ready: true }
    }

    /// The program.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Computes all roots for `rows` rows from `start` on.
    pub(super) fn run(
        &mut self,
        state: &mut State,
        source: Source<'_>,
        start: usize,
        rows: usize,
    ) -> Result<(), Error> {
        debug_assert!(rows <= BLOCK, "Invariant: a block fits a register");
        self.all_ready = true;
        for place in 0..self.program.ops.len() {
            self.step(self.program.ops[place], state, source, start, rows)?;
        }
        Ok(())
    }

    /// The rows on which every input and every indicator has a number; `None` if that is all of them.
    pub(super) fn ready(&self) -> Option<&[u8]> {
        (!self.all_ready).then_some(&self.ready)
    }

    /// The column of a root that is a condition: 0 or 1 a row.
    pub(super) fn condition(&self, root: usize) -> &[u8] {
        debug_assert_eq!(self.program.roots[root].0, Kind::Condition);
        &self.conditions[self.program.roots[root].1]
    }

    /// The first rows of a root's column; a condition as 0 and 1.
    pub(super) fn write(&self, root: usize, out: &mut [f64]) {
        match self.program.roots[root].0 {
            Kind::Number => out.copy_from_slice(&self.number(root)[..out.len()]),
            Kind::Condition => {
                for (out, holds) in out.iter_mut().zip(self.condition(root)) {
                    *out = f64::from(*holds);
                }
            }
        }
    }

    /// The column of a root that is a number.
    pub(super) fn number(&self, root: usize) -> &[f64] {
        debug_assert_eq!(self.program.roots[root].0, Kind::Number);
        &self.numbers[self.program.roots[root].1]
    }

    fn step(&mut self, op: Op, state: &mut State, source: Source<'_>, start: usize, rows: usize) -> Result<(), Error> {
        // Columns are taken out to be written and put back: no register is read and written at once.
        match op {
            Op::Load { input, out } => {
                source.load(input, start, &mut self.numbers[out][..rows])?;
                let complete = kernels::complete(&self.numbers[out][..rows]);
                self.note(complete, out, rows);
            }
            Op::Unary { op, a, out } => {
                self.number_op(out, rows, |n, _, column| kernels::unary(op, &n[a][..rows], column))
            }
            Op::Binary { op, a, b, out } => {
                self.number_op(out, rows, |n, _, column| kernels::binary(op, &n[a][..rows], &n[b][..rows], column));
            }
            Op::Where { condition, a, b, out } => self.number_op(out, rows, |n, c, column| {
                kernels::choose(&c[condition][..rows], &n[a][..rows], &n[b][..rows], column);
            }),
            Op::Ema { a, out, memory } => {
                let complete =
                    self.number_op(out, rows, |n, _, column| state.emas[memory].extend(&n[a][..rows], column));
                self.note(complete, out, rows);
            }
            Op::EmaPair { a, out: [one, two], memory } => {
                let mut second = std::mem::take(&mut self.numbers[two]);
                let complete = self.number_op(one, rows, |n, _, first| {
                    let (head, tail) = state.emas.split_at_mut(memory + 1);
                    Ema::extend_pair([&mut head[memory], &mut tail[0]], &n[a][..rows], [first, &mut second[..rows]])
                });
                self.numbers[two] = second;
                self.note(complete, one, rows);
                self.note(complete, two, rows);
            }
            Op::Call { call } => self.call(call, state, rows)?,
            Op::Frame { frame } => self.frame(frame, state, source, start, rows)?,
            Op::Session { nanos, out } => {
                let times = source.times()?;
                self.number_op(out, rows, |_, _, column| {
                    for (row, out) in column.iter_mut().enumerate() {
                        *out = grid_count(times.at(start + row).0, nanos) as f64;
                    }
                });
            }
            Op::Given { slot, kind: Kind::Number, out } => {
                source.load_given(slot, start, &mut self.numbers[out][..rows])?;
                let complete = kernels::complete(&self.numbers[out][..rows]);
                self.note(complete, out, rows);
            }
            Op::Given { slot, kind: Kind::Condition, out } => {
                let mut column = [0.0; BLOCK];
                source.load_given(slot, start, &mut column[..rows])?;
                self.condition_op(out, rows, |_, _, out| {
                    out.iter_mut().zip(column).for_each(|(out, holds)| *out = u8::from(holds != 0.0));
                });
            }
            Op::Trend { op, a, out, memory } => {
                self.condition_op(out, rows, |n, _, column| state.trends[memory].run(op, &n[a][..rows], column));
            }
            Op::Lag { a, out, memory } => {
                self.number_op(out, rows, |n, _, column| state.lags[memory].run(&n[a][..rows], column));
                let complete = kernels::complete(&self.numbers[out][..rows]);
                self.note(complete, out, rows);
            }
            Op::Compare { op, a, b, out } => {
                self.condition_op(out, rows, |n, _, column| kernels::compare(op, &n[a][..rows], &n[b][..rows], column));
            }
            Op::Cross { op, a, b, out, memory } => self.condition_op(out, rows, |n, _, column| {
                state.crosses[memory].run(op, &n[a][..rows], &n[b][..rows], column);
            }),
            Op::Logic { op, a, b, out } => {
                self.condition_op(out, rows, |_, c, column| kernels::logic(op, &c[a][..rows], &c[b][..rows], column));
            }
            Op::Not { a, out } => self.condition_op(out, rows, |_, c, column| kernels::not(&c[a][..rows], column)),
        }
        Ok(())
    }

    fn call(&mut self, place: usize, state: &mut State, rows: usize) -> Result<(), Error> {
        let call = &self.program.calls[place];
        let (reads, writes) = (call.inputs.len(), call.outputs.len());
        let mut outs: [Vec<f64>; MOST] = Default::default();
        for (out, (register, _)) in outs.iter_mut().zip(&call.outputs) {
            *out = std::mem::take(&mut self.numbers[*register]);
        }
        let mut inputs: [&[f64]; MOST] = [&[]; MOST];
        for (input, register) in inputs.iter_mut().zip(&call.inputs) {
            *input = &self.numbers[*register][..rows];
        }
        let inputs = &inputs[..reads];
        let mut columns: [&mut [f64]; MOST] = Default::default();
        for (column, out) in columns.iter_mut().zip(&mut outs[..writes]) {
            *column = &mut out[..rows];
        }
        let done = match &mut state.calls[place] {
            Runner::Stream(stream) => {
                let seen = stream.seen();
                if !stream.extend(inputs, &mut columns[..writes]) {
                    if std::mem::replace(&mut self.all_ready, false) {
                        self.ready.fill(1);
                    }
                    stream.strike(seen, inputs, &mut self.ready[..rows]);
                }
                Ok(())
            }
            Runner::Custom(custom) => custom.extend(inputs, &mut columns[..writes]),
        };
        for (out, (register, _)) in outs.iter_mut().zip(&call.outputs) {
            self.numbers[*register] = std::mem::take(out);
        }
        done?;
        if matches!(state.calls[place], Runner::Custom(_)) {
            for output in 0..writes {
                if let (register, true) = self.program.calls[place].outputs[output] {
                    let complete = kernels::complete(&self.numbers[register][..rows]);
                    self.note(complete, register, rows);
                }
            }
        }
        Ok(())
    }

    fn frame(
        &mut self,
        place: usize,
        state: &mut State,
        source: Source<'_>,
        start: usize,
        rows: usize,
    ) -> Result<(), Error> {
        let (frame, machine, state) = (&self.program.frames[place], &mut self.frames[place], &mut state.frames[place]);
        machine.run(frame, state, source, start, rows)?;
        for (root, (out, (kind, _))) in frame.outs.iter().zip(&frame.program.roots).enumerate() {
            match kind {
                Kind::Number => machine.write(state, root, &mut self.numbers[*out][..rows], |value| value),
                Kind::Condition => {
                    machine.write(state, root, &mut self.conditions[*out][..rows], |holds| u8::from(holds != 0.0));
                }
            }
        }
        if self.all_ready {
            self.ready.fill(1);
        }
        self.all_ready &= !machine.strike(state, &mut self.ready[..rows]);
        machine.remember(state);
        Ok(())
    }

    #[inline(always)]
    fn number_op<T>(
        &mut self,
        out: Register,
        rows: usize,
        run: impl FnOnce(&[Vec<f64>], &[Vec<u8>], &mut [f64]) -> T,
    ) -> T {
        let mut column = std::mem::take(&mut self.numbers[out]);
        let result = run(&self.numbers, &self.conditions, &mut column[..rows]);
        self.numbers[out] = column;
        result
    }

    #[inline(always)]
    fn condition_op(&mut self, out: Register, rows: usize, run: impl FnOnce(&[Vec<f64>], &[Vec<u8>], &mut [u8])) {
        let mut column = std::mem::take(&mut self.conditions[out]);
        run(&self.numbers, &self.conditions, &mut column[..rows]);
        self.conditions[out] = column;
    }

    #[inline]
    fn note(&mut self, complete: bool, out: Register, rows: usize) {
        if complete {
            return;
        }
        if self.all_ready {
            self.ready.fill(1);
            self.all_ready = false;
        }
        kernels::strike_missing(&self.numbers[out][..rows], &mut self.ready[..rows]);
    }
}

/// The column of an expression over columns of floats: numbers as they are, conditions as 0 and 1.
///
/// # Errors
/// `ConfigError` if the table lacks a column or its columns differ in length, and as
/// [`Program::try_new`].
pub fn evaluate(
    graph: &Graph,
    root: NodeId,
    values: &[f64],
    table: &Table<'_>,
    rows: usize,
) -> Result<Vec<f64>, Error> {
    Ok(evaluate_many(Program::try_new(graph, &[root], values)?, table, rows)?.swap_remove(0))
}

/// The columns of all roots of a program, in one go.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_many(program: Program, table: &Table<'_>, rows: usize) -> Result<Vec<Vec<f64>>, Error> {
    check_lengths(table, rows)?;
    let mut machine = Machine::new(program);
    let mut state = machine.program.fresh_state();
    let mut outs = vec![vec![0.0; rows]; machine.program.roots.len()];
    for start in (0..rows).step_by(BLOCK) {
        let count = BLOCK.min(rows - start);
        machine.run(&mut state, Source::Table(table), start, count)?;
        for (root, out) in outs.iter_mut().enumerate() {
            machine.write(root, &mut out[start..start + count]);
        }
    }
    Ok(outs)
}

/// An expression that takes rows as they come.
#[derive(Clone, Debug)]
pub struct Live {
    machine: Machine,
    state: State,
    inputs: Vec<Input>,
}

impl Live {
    /// For a program with one root.
    pub fn new(program: Program) -> Self {
        Self { state: program.fresh_state(), inputs: program.inputs(), machine: Machine::new(program) }
    }

    /// The columns that a row has, in order.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Takes a row - a value for each of [`Self::inputs`], its time, how long it lasts (0: a moment) -
    /// and gives the value after it; a condition as 0 or 1.
    ///
    /// # Errors
    /// As [`evaluate`].
    pub fn update(&mut self, row: &[f64], ts: Ts, span: i64) -> Result<f64, Error> {
        let ts = [ts];
        let mut table = Table { ts: Some(&ts), span, ..Table::default() };
        for (input, value) in self.inputs.iter().zip(row.as_chunks::<1>().0) {
            table[*input as usize] = Some(value);
        }
        self.machine.run(&mut self.state, Source::Table(&table), 0, 1)?;
        let mut out = [f64::NAN];
        self.machine.write(0, &mut out);
        Ok(out[0])
    }

    /// Forgets all rows.
    pub fn reset(&mut self) {
        self.state = self.machine.program.fresh_state();
    }
}
