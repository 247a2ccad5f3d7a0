//! What is known of a tile while its steps are computed.

use super::plan::{Alone, Op, Step, Value};
use super::register::Register;
use super::tile::Tile;
use crate::expr::{Cross, MOST, Table, Trend, evaluate, kernels};
use crate::indicators::{LANES, Lane, all_finite};

/// The columns of a tile, and what the steps before have given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'k> {
    pub(super) steps: &'k [Step],
    pub(super) registers: &'k [Register],
    pub(super) tile: &'k Tile,
}

impl<'k> Known<'k> {
    /// The last rows of a number; fewer if there are fewer.
    #[inline]
    pub(super) fn column(&self, value: Value, rows: usize) -> &'k [Lane] {
        match self.steps[value.step].op {
            Op::Input(column) => self.tile.last_rows(column, rows),
            _ => self.registers[value.step].column(value.output, rows),
        }
    }

    fn flat(&self, value: Value, rows: usize) -> &'k [f64] {
        self.column(value, rows).as_flattened()
    }

    fn holds(&self, value: Value, rows: usize) -> &'k [u8] {
        self.registers[value.step].conditions(rows)
    }

    /// The last rows of what an indicator reads, and whether they have no gaps.
    #[inline]
    pub(super) fn inputs(&self, inputs: &[Value], rows: usize, columns: &mut [&'k [Lane]; MOST]) -> bool {
        let mut is_complete = true;
        for (column, input) in columns.iter_mut().zip(inputs) {
            *column = self.column(*input, rows);
            is_complete = is_complete && self.is_complete(*input, column);
        }
        is_complete
    }

    /// Whether rows of a number have no gaps.
    #[inline]
    fn is_complete(&self, value: Value, rows: &[Lane]) -> bool {
        match self.steps[value.step].op {
            Op::Input(column) if self.tile.is_complete(column) => true,
            Op::Constant(value) if self.tile.starts() == &[0; LANES] => value.is_finite(),
            _ => all_finite(rows.as_flattened()),
        }
    }

    /// The last rows of arithmetic.
    pub(super) fn number(&self, op: &Op, rows: usize, register: &mut Register) {
        let out = register.make(1, rows).as_flattened_mut();
        match *op {
            Op::Unary(op, a) => kernels::unary(op, self.flat(a, rows), out),
            Op::Binary(op, a, b) => kernels::binary(op, self.flat(a, rows), self.flat(b, rows), out),
            Op::Where(c, a, b) => {
                kernels::choose(self.holds(c, rows), self.flat(a, rows), self.flat(b, rows), out);
            }
            Op::Lag(a, ago) => self.lagged(a, ago, out),
            _ => unreachable!("conditions and indicators are elsewhere"),
        }
    }

    /// The value `ago` rows before each row; NaN before the first row.
    fn lagged(&self, value: Value, ago: usize, out: &mut [f64]) {
        let rows = out.len() / LANES;
        let source = self.flat(value, rows.saturating_add(ago));
        let known = (source.len() / LANES).saturating_sub(ago).min(rows);
        let (empty, rest) = out.split_at_mut((rows - known) * LANES);
        empty.fill(f64::NAN);
        let end = source.len() - (ago * LANES).min(source.len());
        rest.copy_from_slice(&source[end - rest.len()..end]);
    }

    /// The last rows of a comparison, or of logic.
    pub(super) fn condition(&self, op: &Op, rows: usize, register: &mut Register) {
        let out = register.make_conditions(rows);
        match *op {
            Op::Compare(op, a, b) => kernels::compare(op, self.flat(a, rows), self.flat(b, rows), out),
            Op::Logic(op, a, b) => kernels::logic(op, self.holds(a, rows), self.holds(b, rows), out),
            Op::Trend(trend, a, ago) => {
                out.fill(1);
                let mut newer = vec![0.0; rows * LANES];
                let mut older = newer.clone();
                for back in 0..ago {
                    self.lagged(a, back, &mut newer);
                    self.lagged(a, back + 1, &mut older);
                    for ((out, newer), older) in out.iter_mut().zip(&newer).zip(&older) {
                        *out &= u8::from(if trend == Trend::Rising { newer > older } else { newer < older });
                    }
                }
            }
            Op::Not(a) => kernels::not(self.holds(a, rows), out),
            Op::Cross(cross, a, b) => {
                let (up, down) = if cross == Cross::Above { (a, b) } else { (b, a) };
                let mut before = [vec![0.0; rows * LANES], vec![0.0; rows * LANES]];
                self.lagged(up, 1, &mut before[0]);
                self.lagged(down, 1, &mut before[1]);
                let now = self.flat(up, rows).iter().zip(self.flat(down, rows));
                let before = before[0].iter().zip(&before[1]);
                for ((out, (up, down)), (up_before, down_before)) in out.iter_mut().zip(now).zip(before) {
                    *out = u8::from(up > down) & u8::from(up_before <= down_before);
                }
            }
            _ => unreachable!("numbers and indicators are elsewhere"),
        }
    }

    /// The last rows of a node that runs over one instrument after the other.
    pub(super) fn alone(&self, alone: &Alone, rows: usize, is_condition: bool, register: &mut Register) {
        let tile = self.tile;
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
        register.put(&out, is_condition);
    }
}
