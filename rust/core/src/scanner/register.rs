//! What a step gives.

use crate::indicators::{LANES, Lane};

/// The outputs of a step over its last rows: numbers, or conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct Register {
    /// Column after column.
    numbers: Vec<Lane>,
    rows: usize,
    conditions: Vec<u8>,
}

impl Register {
    /// Room for so many columns of so many rows.
    #[inline]
    pub(super) fn make(&mut self, columns: usize, rows: usize) -> &mut [Lane] {
        self.rows = rows;
        if self.numbers.len() != columns * rows {
            self.numbers.resize(columns * rows, [0.0; LANES]);
        }
        &mut self.numbers
    }

    /// Room for conditions of so many rows.
    pub(super) fn make_conditions(&mut self, rows: usize) -> &mut [u8] {
        self.conditions.resize(rows * LANES, 0);
        &mut self.conditions
    }

    /// How many rows of numbers there are.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// The last rows of a number; fewer if there are fewer.
    #[inline]
    pub(super) fn column(&self, output: usize, rows: usize) -> &[Lane] {
        let column = &self.numbers[output * self.rows..][..self.rows];
        &column[self.rows - rows.min(self.rows)..]
    }

    /// All numbers.
    #[inline]
    pub(super) fn columns(&self) -> impl Iterator<Item = &[Lane]> {
        self.numbers.chunks_exact(self.rows.max(1))
    }

    /// All numbers.
    #[inline]
    pub(super) fn columns_mut(&mut self) -> impl Iterator<Item = &mut [Lane]> {
        self.numbers.chunks_exact_mut(self.rows.max(1))
    }

    /// The last rows of a condition.
    pub(super) fn conditions(&self, rows: usize) -> &[u8] {
        &self.conditions[self.conditions.len() - rows * LANES..]
    }

    /// The same number in all rows.
    pub(super) fn fill(&mut self, value: f64, rows: usize) {
        self.make(1, rows).fill([value; LANES]);
    }

    /// Rows of a number, or of a condition.
    pub(super) fn put(&mut self, rows: &[Lane], is_condition: bool) {
        if is_condition {
            let holds = rows.as_flattened().iter().map(|value| u8::from(*value == 1.0));
            self.conditions.clear();
            self.conditions.extend(holds);
        } else {
            self.make(1, rows.len()).copy_from_slice(rows);
        }
    }
}
