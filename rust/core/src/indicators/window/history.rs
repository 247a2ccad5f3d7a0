use super::{Columns, Summary, Window};

/// The newest values of a series, to look back at.
#[derive(Clone, Debug)]
pub(crate) struct History {
    column: Columns<1>,
    back: usize,
}

impl History {
    /// One that reaches `back` rows back from any row it has just taken.
    pub(crate) fn new(back: usize) -> Self {
        Self { column: Columns::new(back), back }
    }

    /// Takes rows; says how many of them, the newest ones, have a row `back` rows before them.
    #[inline]
    pub(crate) fn take(&mut self, rows: &[f64]) -> usize {
        let [to] = self.column.grow(rows.len());
        to.copy_from_slice(rows);
        rows.len().min(self.column.len.saturating_sub(self.back))
    }

    /// So many rows, the newest of them `ago` rows back.
    #[inline]
    pub(crate) fn rows(&self, rows: usize, ago: usize) -> &[f64] {
        self.column.rows(rows, ago)[0]
    }
}

impl<S: Summary<I, C>, const I: usize, const C: usize> Window<S, I, C> {
    /// How many rows it is over.
    pub(crate) const fn period(&self) -> usize {
        self.period
    }

    /// After how many of the next rows it is not full yet.
    #[inline]
    pub(in crate::indicators) fn blanks(&self, rows: usize) -> usize {
        (self.period - 1).saturating_sub(self.seen).min(rows)
    }
}
