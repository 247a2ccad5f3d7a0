//! Runs a plan over one tile after the other.

use super::ahead::Ahead;
use super::chains::Memory;
use super::known::Known;
use super::plan::{Op, Plan, Step, Value};
use super::register::Register;
use super::tile::Tile;
use crate::error::Error;
use crate::expr::MOST;
use crate::indicators::{LANES, Lane, LaneStream, LaneWindow, Stream};
use crate::patterns;

/// A plan and the columns it works on, for one thread.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    pub(super) plan: &'a Plan,
    pub(super) registers: Vec<Register>,
    /// Running indicators by step.
    windows: Vec<Option<Box<Window>>>,
    /// Made when a tile is computed from its first row on.
    pub(super) chains: Vec<Option<LaneStream>>,
    constants: Vec<usize>,
    /// Whether constants are blank where the last tile has no bars.
    are_masked: bool,
}

/// An indicator of the last rows, with room for the rows of eight instruments, one after the other.
#[derive(Debug)]
struct Window {
    /// Made when it is needed: most windows are asked for one row.
    stream: Option<Stream>,
    /// Of one row, in vectors, if there is such a way.
    last: Option<LaneWindow>,
    inputs: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
}

/// How far a tile is.
enum Phase<'m> {
    /// All rows are new; what is worth remembering goes here.
    All(Option<&'m mut Memory>),
    /// The last row is new, for these lanes.
    Next(&'m mut Memory, [bool; LANES], Ahead<'m>),
}

impl Phase<'_> {
    /// How many of its last rows a step is asked for.
    const fn need(&self, step: &Step) -> usize {
        match self {
            Self::All(_) => step.need,
            Self::Next(..) => step.need_next,
        }
    }
}

/// A way to compute the last row alone, for eight instruments in vectors.
fn lane_window(stream: &Stream) -> Result<Option<LaneWindow>, Error> {
    let (spec, args) = (stream.spec(), stream.args());
    Ok(match LaneWindow::try_new(spec, args)? {
        None => patterns::lane_window(spec, args)?,
        found => found,
    })
}

impl<'a> Worker<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let steps = &plan.steps;
        let window = |op: &Op| match op {
            Op::Window { inputs, stream, outputs, .. } => Some(Box::new(Window {
                // What its parameters are has been checked: it was made with them.
                last: lane_window(stream).ok().flatten(),
                stream: None,
                inputs: vec![Vec::new(); inputs.len()],
                outputs: vec![Vec::new(); *outputs],
            })),
            _ => None,
        };
        Self {
            plan,
            registers: vec![Register::default(); steps.len()],
            windows: steps.iter().map(|step| window(&step.op)).collect(),
            chains: vec![None; steps.len()],
            constants: (0..steps.len()).filter(|place| matches!(steps[*place].op, Op::Constant(_))).collect(),
            are_masked: false,
        }
    }

    /// Computes a tile from its first row on.
    pub(super) fn run(&mut self, tile: &Tile, memory: Option<&mut Memory>) {
        self.steps(tile, Phase::All(memory));
    }

    /// Computes a tile after one more row of the active lanes; asks for the next one on the way.
    pub(super) fn next(&mut self, tile: &Tile, memory: &mut Memory, active: [bool; LANES], ahead: Ahead<'_>) {
        self.steps(tile, Phase::Next(memory, active, ahead));
    }

    fn steps(&mut self, tile: &Tile, mut phase: Phase<'_>) {
        let is_ragged = tile.starts().iter().any(|start| *start > 0);
        self.constants(tile, &phase, is_ragged);
        let (steps, mut chain) = (&self.plan.steps[..], 0);
        for (place, step) in steps.iter().enumerate() {
            if let Phase::Next(.., ahead) = &phase {
                ahead.ask(place);
            }
            let (before, rest) = self.registers.split_at_mut(place);
            let (known, register) = (Known { steps, registers: before, tile }, &mut rest[0]);
            let rows = phase.need(step).min(tile.rows());
            match &step.op {
                Op::Input(_) => continue,
                Op::Constant(_) => {}
                Op::Window { inputs, reach, stream, .. } => {
                    if let Some(window) = &mut self.windows[place] {
                        window.run(known, (inputs, *reach, stream), rows, register);
                    }
                }
                Op::Chain { inputs, stream } => {
                    match &mut phase {
                        Phase::Next(memory, active, _) => {
                            memory.chains[chain].next(known, inputs, rows, active, register);
                        }
                        Phase::All(memory) => {
                            let own = self.chains[place].get_or_insert_with(|| (**stream).clone());
                            known.chain(own, inputs, (rows, memory.is_some()), register);
                        }
                    }
                    chain += 1;
                }
                Op::Given(values) => given(tile, values, rows, step.is_condition, register),
                Op::Alone(alone) => known.alone(alone, rows, step.is_condition, register),
                op if step.is_condition => known.condition(op, rows, register),
                op => known.number(op, rows, register),
            }
            if is_ragged && !step.is_condition {
                for column in register.columns_mut() {
                    mask(column, tile);
                }
            }
        }
        if let Phase::All(Some(memory)) = phase {
            self.remember(memory);
        }
    }

    /// Constants are written once, not for every tile.
    fn constants(&mut self, tile: &Tile, phase: &Phase<'_>, is_ragged: bool) {
        for place in &self.constants {
            let (step, register) = (&self.plan.steps[*place], &mut self.registers[*place]);
            let Op::Constant(value) = step.op else { continue };
            let rows = phase.need(step).min(tile.rows());
            if self.are_masked || register.rows() != rows {
                register.fill(value, rows);
            }
        }
        self.are_masked = is_ragged;
    }

    /// How many roots the plan has.
    pub(super) fn roots(&self) -> usize {
        self.plan.roots.len()
    }

    /// All rows of a root, by instrument.
    pub(super) fn columns(&self, tile: &Tile, root: usize) -> Vec<Vec<f64>> {
        let column = |lane: usize| {
            (tile.start(lane)..tile.rows()).map(|row| self.root(tile, root, tile.rows() - 1 - row)[lane]).collect()
        };
        (0..tile.members().len()).map(column).collect()
    }

    /// A row of a root, so many rows before the last one; conditions are 0 and 1.
    pub(super) fn root(&self, tile: &Tile, root: usize, row_from_end: usize) -> Lane {
        let value = self.plan.roots[root];
        if self.plan.steps[value.step].is_condition {
            let row = &self.registers[value.step].conditions(row_from_end + 1)[..LANES];
            return std::array::from_fn(|lane| f64::from(row[lane]));
        }
        let known = Known { steps: &self.plan.steps, registers: &self.registers, tile };
        known.column(value, row_from_end + 1)[0]
    }
}

impl Window {
    fn run(
        &mut self,
        known: Known<'_>,
        (inputs, reach, stream): (&[Value], usize, &Stream),
        rows: usize,
        register: &mut Register,
    ) {
        let wanted = rows.saturating_add(reach - 1);
        let segment = wanted.min(known.tile.rows());
        // The rows of one instrument after those of another: a value depends on the rows of its window, so
        // that the others do not matter - as long as the window is full. Else a missing row parts them.
        let gap = usize::from(segment < wanted);
        let each = segment + gap;
        let count = self.outputs.len();
        if rows == 1
            && gap == 0
            && let Some(last) = &mut self.last
        {
            let mut columns: [&[Lane]; MOST] = [&[]; MOST];
            if known.inputs(inputs, segment, &mut columns) {
                last.last(&columns[..inputs.len()], register.make(count, 1));
                return;
            }
        }
        for (column, input) in self.inputs.iter_mut().zip(inputs) {
            column.resize(each * LANES, f64::NAN);
            let source = known.column(*input, segment);
            for (lane, to) in column.chunks_exact_mut(each.max(1)).enumerate() {
                if gap > 0 {
                    to[0] = f64::NAN;
                }
                for (to, row) in to[gap..].iter_mut().zip(source) {
                    *to = row[lane];
                }
            }
        }
        for column in &mut self.outputs {
            column.resize(each * LANES, 0.0);
        }
        let mut columns: [&[f64]; MOST] = [&[]; MOST];
        for (column, input) in columns.iter_mut().zip(&self.inputs) {
            *column = input;
        }
        let mut outs: [&mut [f64]; MOST] = Default::default();
        for (out, column) in outs.iter_mut().zip(&mut self.outputs) {
            *out = column;
        }
        self.stream.get_or_insert_with(|| stream.clone()).extend(&columns[..inputs.len()], &mut outs[..count]);
        register.make(count, rows);
        for (to, column) in register.columns_mut().zip(&self.outputs) {
            for (lane, values) in column.chunks_exact(each.max(1)).enumerate() {
                for (to, value) in to.iter_mut().zip(&values[each - rows..]) {
                    to[lane] = *value;
                }
            }
        }
    }
}

/// Values that are there already.
fn given(tile: &Tile, values: &[f64], rows: usize, is_condition: bool, register: &mut Register) {
    let member = |lane: usize| tile.members()[lane.min(tile.members().len() - 1)];
    let row = std::array::from_fn(|lane| values.get(member(lane)).copied().unwrap_or(f64::NAN));
    register.put(&vec![row; rows], is_condition);
}

/// Rows before an instrument's first bar have no value.
fn mask(column: &mut [Lane], tile: &Tile) {
    let first = tile.rows() - column.len();
    for (lane, start) in tile.starts().iter().enumerate() {
        for row in column.iter_mut().take(start.saturating_sub(first)) {
            row[lane] = f64::NAN;
        }
    }
}
