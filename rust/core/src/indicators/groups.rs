//! Columns in groups of rows: looked at for missing values where they are worked on.
//!
//! # Rationale
//! To look through many rows first and work on them then is to wait for memory first and work then. Of a group
//! of rows the core looks at the next ones while it works on these.

use super::{Indicator, LANES, all_finite};

/// Rows of a group.
pub(crate) const GROUP: usize = 32;

/// The rows of a group in a column.
pub(crate) type Group = [f64; GROUP];

/// [`Indicator::ROWS`] of those that go by groups: as many as there are.
pub(crate) const ANY_NUMBER: usize = usize::MAX;

/// The groups of a column from a row on.
#[inline(always)]
pub(crate) fn groups(column: &[f64], row: usize) -> &[Group] {
    column[row..].as_chunks().0
}

/// The groups of a column from a row on, to be written.
#[inline(always)]
pub(crate) fn groups_mut(column: &mut [f64], row: usize) -> &mut [Group] {
    column[row..].as_chunks_mut().0
}

/// Whether every value of a group is finite.
#[inline(always)]
pub(crate) fn are_finite<const I: usize>(columns: [&Group; I]) -> bool {
    // Nothing times a finite number is nothing; times any other it is NaN, and stays.
    let mut nothing = [0.0; LANES];
    for column in columns {
        for values in column.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                nothing[lane] = values[lane].mul_add(0.0, nothing[lane]);
            }
        }
    }
    nothing.iter().fold(true, |all, lane| all & (*lane == 0.0))
}

/// [`Indicator::advance`] by groups: row by row until `is_steady`, one row at least; then by `steady`, which
/// takes groups from a row on to the first with a missing value and gives the row after them; then the rows that
/// make no group.
#[inline(always)]
pub(crate) fn advance<T: Indicator<I, O>, const I: usize, const O: usize>(
    indicator: &mut T,
    inputs: [&[f64]; I],
    mut outputs: [&mut [f64]; O],
    is_steady: impl Fn(&T) -> bool,
    steady: impl FnOnce(&mut T, [&[f64]; I], &mut [&mut [f64]; O], usize) -> usize,
) -> usize {
    let rows = inputs[0].len();
    let inputs = inputs.map(|column| &column[..rows]);
    let mut one = |indicator: &mut T, outputs: &mut [&mut [f64]; O], row: usize| {
        let values = inputs.map(|column| column[row]);
        let is_whole = all_finite(&values);
        if is_whole {
            for (out, value) in outputs.iter_mut().zip(indicator.update(values)) {
                out[row] = value;
            }
        }
        is_whole
    };
    let mut row = 0;
    while row < rows && (row == 0 || !is_steady(indicator)) {
        if !one(indicator, &mut outputs, row) {
            return row;
        }
        row += 1;
    }
    if row < rows {
        row = steady(indicator, inputs, &mut outputs, row);
    }
    if rows - row < GROUP {
        while row < rows && one(indicator, &mut outputs, row) {
            row += 1;
        }
    }
    row
}

/// What is finished a group late.
///
/// Sums and averages are written one after the other and read in vectors, which has to wait until they have
/// arrived in the cache: by the time that the next group is done they have.
#[derive(Debug)]
pub(crate) struct Late<'a, const N: usize> {
    parts: [[Group; N]; 2],
    /// Which parts are those of `out`.
    turn: usize,
    out: Option<&'a mut Group>,
}

impl<'a, const N: usize> Late<'a, N> {
    /// Nothing to finish.
    pub(crate) const fn new() -> Self {
        Self { parts: [[[0.0; GROUP]; N]; 2], turn: 0, out: None }
    }

    /// Makes the parts of a group, for `out`, and finishes the group before.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        out: &'a mut Group,
        make: impl FnOnce(&mut [Group; N]),
        finish: impl Fn([f64; N]) -> f64,
    ) {
        let next = 1 - self.turn;
        make(&mut self.parts[next]);
        self.finish(finish);
        (self.turn, self.out) = (next, Some(out));
    }

    /// Finishes the last group.
    #[inline(always)]
    pub(crate) fn finish(&mut self, finish: impl Fn([f64; N]) -> f64) {
        if let Some(out) = self.out.take() {
            let parts = &self.parts[self.turn];
            *out = std::array::from_fn(|row| finish(std::array::from_fn(|part| parts[part][row])));
        }
    }
}
