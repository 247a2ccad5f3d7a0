//! The last rows of one of eight instruments, looked at from the end.

use super::lanes::{Lane, each};

/// All rows of an instrument that stands among eight: finite numbers, the last row last.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a, const I: usize> {
    columns: [&'a [Lane]; I],
    lane: usize,
}

impl<'a, const I: usize> Ending<'a, I> {
    pub(crate) const fn new(columns: [&'a [Lane]; I], lane: usize) -> Self {
        Self { columns, lane }
    }

    /// How many rows there are.
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.columns[0].len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.columns[0].is_empty()
    }

    /// An input on a row.
    #[inline(always)]
    pub fn at(&self, input: usize, row: usize) -> f64 {
        self.columns[input][row][self.lane]
    }

    /// All inputs on a row.
    #[inline(always)]
    pub fn row(&self, row: usize) -> [f64; I] {
        std::array::from_fn(|input| self.at(input, row))
    }
}

/// What `says` makes of each of eight instruments.
#[inline(always)]
pub(crate) fn of_each<const I: usize, const O: usize>(
    rows: [&[Lane]; I],
    says: impl Fn(usize, Ending<'_, I>) -> [f64; O],
) -> [Lane; O] {
    let values: [[f64; O]; super::LANES] = std::array::from_fn(|lane| says(lane, Ending::new(rows, lane)));
    std::array::from_fn(|output| each(|lane| values[lane][output]))
}
