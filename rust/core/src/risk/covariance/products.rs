//! Sums over rows of the products of columns.

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::risk::matrix::{Matrix, Table};

/// Rows and columns of sums that are made at a time: they fit the registers.
const HIGH: usize = 4;
const WIDE: usize = 16;

/// A table whose rows are filled up with zeros to a multiple of [`WIDE`].
pub(super) struct Padded {
    columns: usize,
    width: usize,
    values: Vec<f64>,
}

impl Padded {
    /// The table less `centre` in each column.
    pub(super) fn centred(table: Table<'_>, centre: &[f64]) -> Self {
        let width = table.columns().next_multiple_of(WIDE);
        let mut values = vec![0.0; table.rows() * width];
        for (to, from) in values.chunks_exact_mut(width).zip(table.each_row()) {
            for ((to, from), centre) in to.iter_mut().zip(from).zip(centre) {
                *to = from - centre;
            }
        }
        Self { columns: table.columns(), width, values }
    }

    /// Every row times its weight.
    pub(super) fn weighted(&self, weights: &[f64]) -> Self {
        let mut values = self.values.clone();
        for (row, weight) in values.chunks_exact_mut(self.width).zip(weights) {
            row.iter_mut().for_each(|value| *value *= weight);
        }
        Self { values, ..*self }
    }

    /// Every value by a function of it; zero must stay zero.
    pub(super) fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.iter().map(|&value| change(value)).collect(), ..*self }
    }

    pub(super) fn each_row(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width)
    }
}

/// Entry i, j: the sum over rows of left\[i\] right\[j\]. If `symmetric`, only what is above the diagonal is summed
/// and then mirrored.
pub(super) fn products(left: &Padded, right: &Padded, symmetric: bool, pool: &ThreadPool) -> Matrix {
    let (columns, width) = (left.columns, left.width);
    let mut sums = vec![0.0; columns.next_multiple_of(HIGH) * width];
    let strip = |(number, out): (usize, &mut [f64])| {
        let top = number * HIGH;
        let first = if symmetric { top / WIDE * WIDE } else { 0 };
        for start in (first..width).step_by(WIDE) {
            let tile = tile(left, right, top, start);
            for (out, sums) in out.chunks_exact_mut(width).zip(tile) {
                out[start..start + WIDE].copy_from_slice(&sums);
            }
        }
    };
    pool.install(|| sums.par_chunks_mut(HIGH * width).enumerate().for_each(strip));
    let mut made = Matrix::zeros(columns);
    for i in 0..columns {
        made.row_mut(i).copy_from_slice(&sums[i * width..i * width + columns]);
    }
    if symmetric {
        made.mirror();
    }
    made
}

#[inline(always)]
fn tile(left: &Padded, right: &Padded, top: usize, start: usize) -> [[f64; WIDE]; HIGH] {
    let mut sums = [[0.0; WIDE]; HIGH];
    for (left, right) in left.each_row().zip(right.each_row()) {
        let (Some(left), Some(right)) = (left[top..].first_chunk::<HIGH>(), right[start..].first_chunk::<WIDE>())
        else {
            break;
        };
        for (sums, left) in sums.iter_mut().zip(left) {
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = left.mul_add(*right, *sum);
            }
        }
    }
    sums
}
