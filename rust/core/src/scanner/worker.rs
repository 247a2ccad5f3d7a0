//! Runs a plan over one tile after the other.

use super::chains::Memory;
use super::plan::{Alone, Op, Plan, Step, Value};
use super::tile::Tile;
use crate::error::Error;
use crate::expr::{Cross, MOST, Table, Trend, evaluate, kernels};
use crate::indicators::{LANES, Lane, LaneStream, LaneWindow, Stream};
use crate::patterns;

/// The outputs of a step over its last rows: numbers, or conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct Register {
    pub(super) numbers: Vec<Vec<Lane>>,
    conditions: Vec<u8>,
}

impl Register {
    /// Makes room for so many columns of so many rows.
    pub(super) fn make(&mut self, columns: usize, rows: usize) {
        if self.numbers.len() != columns {
            self.numbers.resize(columns, Vec::new());
        }
        for column in self.numbers.iter_mut().filter(|column| column.len() != rows) {
            column.resize(rows, [0.0; LANES]);
        }
    }
}

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
    Next(&'m mut Memory, [bool; LANES]),
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

    /// Computes a tile after one more row of the active lanes.
    pub(super) fn next(&mut self, tile: &Tile, memory: &mut Memory, active: [bool; LANES]) {
        self.steps(tile, Phase::Next(memory, active));
    }

    fn steps(&mut self, tile: &Tile, mut phase: Phase<'_>) {
        let is_ragged = tile.starts().iter().any(|start| *start > 0);
        self.constants(tile, &phase, is_ragged);
        let mut chain = 0;
        for place in 0..self.plan.steps.len() {
            let step = &self.plan.steps[place];
            if matches!(step.op, Op::Input(_)) {
                continue;
            }
            let rows = phase.need(step).min(tile.rows());
            let mut register = std::mem::take(&mut self.registers[place]);
            match &step.op {
                Op::Input(_) | Op::Constant(_) => {}
                Op::Window { inputs, reach, stream, .. } => {
                    self.window(tile, place, (inputs, *reach, stream), rows, &mut register);
                }
                Op::Chain { inputs, stream } => {
                    match &mut phase {
                        Phase::Next(memory, active) => {
                            self.next_of_chain(tile, place, inputs, &mut memory.chains[chain], active, &mut register);
                        }
                        Phase::All(memory) => {
                            let goes_on = memory.is_some();
                            self.chain(tile, place, (inputs, stream), (rows, goes_on), &mut register);
                        }
                    }
                    chain += 1;
                }
                Op::Given(values) => given(tile, values, rows, step.is_condition, &mut register),
                Op::Alone(alone) => self.alone(tile, alone, rows, step.is_condition, &mut register),
                op if step.is_condition => self.condition(tile, op, rows, &mut register),
                op => self.number(tile, op, rows, &mut register),
            }
            if is_ragged && !step.is_condition {
                for column in &mut register.numbers {
                    mask(column, tile);
                }
            }
            self.registers[place] = register;
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
            if self.are_masked || register.numbers.first().is_none_or(|column| column.len() != rows) {
                register.numbers = vec![vec![[value; LANES]; rows]];
            }
        }
        self.are_masked = is_ragged;
    }

    /// The last rows of a number; fewer if there are fewer.
    #[inline]
    pub(super) fn column<'s>(&'s self, tile: &'s Tile, value: Value, rows: usize) -> &'s [Lane] {
        if let Op::Input(column) = self.plan.steps[value.step].op {
            return tile.last_rows(column, rows);
        }
        let column = &self.registers[value.step].numbers[value.output];
        &column[column.len() - rows.min(column.len())..]
    }

    pub(super) fn flat<'s>(&'s self, tile: &'s Tile, value: Value, rows: usize) -> &'s [f64] {
        self.column(tile, value, rows).as_flattened()
    }

    fn holds(&self, value: Value, rows: usize) -> &[u8] {
        let column = &self.registers[value.step].conditions;
        &column[column.len() - rows * LANES..]
    }

    fn number(&self, tile: &Tile, op: &Op, rows: usize, register: &mut Register) {
        register.numbers.resize(1, Vec::new());
        let column = &mut register.numbers[0];
        column.resize(rows, [0.0; LANES]);
        let out = column.as_flattened_mut();
        match *op {
            Op::Unary(op, a) => kernels::unary(op, self.flat(tile, a, rows), out),
            Op::Binary(op, a, b) => kernels::binary(op, self.flat(tile, a, rows), self.flat(tile, b, rows), out),
            Op::Where(c, a, b) => {
                kernels::choose(self.holds(c, rows), self.flat(tile, a, rows), self.flat(tile, b, rows), out);
            }
            Op::Lag(a, ago) => self.lagged(tile, a, ago, out),
            _ => unreachable!("conditions and indicators are elsewhere"),
        }
    }

    /// The value `ago` rows before each row; NaN before the first row.
    fn lagged(&self, tile: &Tile, value: Value, ago: usize, out: &mut [f64]) {
        let rows = out.len() / LANES;
        let source = self.flat(tile, value, rows.saturating_add(ago));
        let known = (source.len() / LANES).saturating_sub(ago).min(rows);
        let (empty, rest) = out.split_at_mut((rows - known) * LANES);
        empty.fill(f64::NAN);
        let end = source.len() - (ago * LANES).min(source.len());
        rest.copy_from_slice(&source[end - rest.len()..end]);
    }

    fn condition(&self, tile: &Tile, op: &Op, rows: usize, register: &mut Register) {
        let out = &mut register.conditions;
        out.resize(rows * LANES, 0);
        match *op {
            Op::Compare(op, a, b) => kernels::compare(op, self.flat(tile, a, rows), self.flat(tile, b, rows), out),
            Op::Logic(op, a, b) => kernels::logic(op, self.holds(a, rows), self.holds(b, rows), out),
            Op::Trend(trend, a, ago) => {
                out.fill(1);
                let mut newer = vec![0.0; rows * LANES];
                let mut older = newer.clone();
                for back in 0..ago {
                    self.lagged(tile, a, back, &mut newer);
                    self.lagged(tile, a, back + 1, &mut older);
                    for ((out, newer), older) in out.iter_mut().zip(&newer).zip(&older) {
                        *out &= u8::from(if trend == Trend::Rising { newer > older } else { newer < older });
                    }
                }
            }
            Op::Not(a) => kernels::not(self.holds(a, rows), out),
            Op::Cross(cross, a, b) => {
                let (up, down) = if cross == Cross::Above { (a, b) } else { (b, a) };
                let mut before = [vec![0.0; rows * LANES], vec![0.0; rows * LANES]];
                self.lagged(tile, up, 1, &mut before[0]);
                self.lagged(tile, down, 1, &mut before[1]);
                let now = self.flat(tile, up, rows).iter().zip(self.flat(tile, down, rows));
                let before = before[0].iter().zip(&before[1]);
                for ((out, (up, down)), (up_before, down_before)) in out.iter_mut().zip(now).zip(before) {
                    *out = u8::from(up > down) & u8::from(up_before <= down_before);
                }
            }
            _ => unreachable!("numbers and indicators are elsewhere"),
        }
    }

    /// The last rows of a node that runs over one instrument after the other.
    fn alone(&self, tile: &Tile, alone: &Alone, rows: usize, is_condition: bool, register: &mut Register) {
        let mut out = vec![[f64::NAN; LANES]; rows];
        for lane in 0..tile.members().len() {
            let columns: Vec<Vec<f64>> = alone
                .columns
                .iter()
                .map(|(_, column)| tile.column(*column)[tile.start(lane)..].iter().map(|row| row[lane]).collect())
                .collect();
            let times = tile.times(lane);
            let mut table = Table { ts: Some(times), span: alone.span, ..Table::default() };
            for ((input, _), column) in alone.columns.iter().zip(&columns) {
                table[*input as usize] = Some(column);
            }
            let values = match evaluate(&alone.graph, alone.node, &alone.values, &table, times.len()) {
                Ok(values) => values,
                Err(error) => {
                    alone.failure.get_or_init(|| error);
                    continue;
                }
            };
            for (row, value) in out.iter_mut().rev().zip(values.iter().rev()) {
                row[lane] = *value;
            }
        }
        put(&out, is_condition, register);
    }

    fn window(
        &mut self,
        tile: &Tile,
        place: usize,
        (inputs, reach, stream): (&[Value], usize, &Stream),
        rows: usize,
        register: &mut Register,
    ) {
        let Some(mut window) = self.windows[place].take() else { return };
        let wanted = rows.saturating_add(reach - 1);
        let segment = wanted.min(tile.rows());
        // The rows of one instrument after those of another: a value depends on the rows of its window, so
        // that the others do not matter - as long as the window is full. Else a missing row parts them.
        let gap = usize::from(segment < wanted);
        let each = segment + gap;
        if rows == 1
            && gap == 0
            && let Some(last) = &mut window.last
            && self.last_row(tile, inputs, segment, last, window.outputs.len(), register)
        {
            self.windows[place] = Some(window);
            return;
        }
        for (column, input) in window.inputs.iter_mut().zip(inputs) {
            column.resize(each * LANES, f64::NAN);
            let source = self.column(tile, *input, segment);
            for (lane, to) in column.chunks_exact_mut(each.max(1)).enumerate() {
                if gap > 0 {
                    to[0] = f64::NAN;
                }
                for (to, row) in to[gap..].iter_mut().zip(source) {
                    *to = row[lane];
                }
            }
        }
        for column in &mut window.outputs {
            column.resize(each * LANES, 0.0);
        }
        let mut columns: [&[f64]; MOST] = [&[]; MOST];
        for (column, input) in columns.iter_mut().zip(&window.inputs) {
            *column = input;
        }
        let mut outs: [&mut [f64]; MOST] = Default::default();
        let count = window.outputs.len();
        for (out, column) in outs.iter_mut().zip(&mut window.outputs) {
            *out = column;
        }
        window.stream.get_or_insert_with(|| stream.clone()).extend(&columns[..inputs.len()], &mut outs[..count]);
        register.numbers.resize(count, Vec::new());
        for (to, column) in register.numbers.iter_mut().zip(&window.outputs) {
            to.resize(rows, [0.0; LANES]);
            for (lane, values) in column.chunks_exact(each.max(1)).enumerate() {
                for (to, value) in to.iter_mut().zip(&values[each - rows..]) {
                    to[lane] = *value;
                }
            }
        }
        self.windows[place] = Some(window);
    }

    /// One row of a window, in vectors; `false` if a value is missing.
    fn last_row(
        &self,
        tile: &Tile,
        inputs: &[Value],
        segment: usize,
        last: &mut LaneWindow,
        outputs: usize,
        register: &mut Register,
    ) -> bool {
        let (columns, complete) = self.inputs(tile, inputs, segment);
        if complete {
            register.make(outputs, 1);
            let mut out = [[0.0; LANES]; MOST];
            last.last(&columns[..inputs.len()], &mut out[..outputs]);
            for (column, row) in register.numbers.iter_mut().zip(&out) {
                column[0] = *row;
            }
        }
        complete
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
            let column = &self.registers[value.step].conditions;
            let end = column.len() - row_from_end * LANES;
            return std::array::from_fn(|lane| f64::from(column[end - LANES + lane]));
        }
        let column = self.column(tile, value, tile.rows());
        column[column.len() - 1 - row_from_end]
    }
}

/// Values that are there already.
fn given(tile: &Tile, values: &[f64], rows: usize, is_condition: bool, register: &mut Register) {
    let member = |lane: usize| tile.members()[lane.min(tile.members().len() - 1)];
    let row = std::array::from_fn(|lane| values.get(member(lane)).copied().unwrap_or(f64::NAN));
    put(&vec![row; rows], is_condition, register);
}

fn put(rows: &[Lane], is_condition: bool, register: &mut Register) {
    if is_condition {
        register.conditions = rows.as_flattened().iter().map(|value| u8::from(*value == 1.0)).collect();
    } else {
        register.numbers = vec![rows.to_vec()];
    }
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
