use crate::indicators::window::{Summary, Window};

/// A number that follows from the summary of a window and its newest row.
#[derive(Clone, Debug)]
pub(super) struct OfWindow<S: Summary<I, C>, const I: usize, const C: usize> {
    window: Window<S, I, C>,
    /// Summaries of a stretch of rows.
    columns: [Vec<f64>; C],
}

impl<S: Summary<I, C>, const I: usize, const C: usize> OfWindow<S, I, C> {
    /// Over `period` rows, at least one.
    pub(super) fn new(period: usize) -> Self {
        Self { window: Window::new(period), columns: std::array::from_fn(|_| Vec::new()) }
    }

    /// Takes a row, gives what `of` makes of it; NaN while the window is not full.
    #[inline(always)]
    pub(super) fn update(&mut self, row: [f64; I], of: impl Fn([f64; I], [f64; C]) -> f64) -> [f64; 1] {
        [self.window.update(row).map_or(f64::NAN, |summary| of(row, summary))]
    }

    /// Takes rows, writes what `of` makes of each. It gets NaN while the window is not full, and has to
    /// give NaN then.
    #[inline(always)]
    pub(super) fn extend(&mut self, inputs: [&[f64]; I], out: &mut [f64], of: impl Fn([f64; I], [f64; C]) -> f64) {
        let rows = out.len();
        for column in &mut self.columns {
            column.resize(rows, 0.0);
        }
        self.window.extend(inputs, self.columns.each_mut().map(|column| &mut column[..]));
        let (inputs, columns) =
            (inputs.map(|column| &column[..rows]), self.columns.each_ref().map(|column| &column[..rows]));
        for (row, out) in out.iter_mut().enumerate() {
            *out = of(inputs.map(|column| column[row]), columns.map(|column| column[row]));
        }
    }
}
