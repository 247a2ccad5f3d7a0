use super::Columns;

/// A series, some rows late.
#[derive(Clone, Debug)]
pub(in crate::indicators) struct Delay {
    rows: usize,
    past: Columns<1>,
    /// Rows so far, up to `rows`.
    seen: usize,
}

impl Delay {
    /// Late by `rows` rows.
    pub(in crate::indicators) fn new(rows: usize) -> Self {
        Self { rows, past: Columns::new(rows), seen: 0 }
    }

    /// Takes rows, writes what was there `rows` rows before each; NaN before the start.
    pub(in crate::indicators) fn extend(&mut self, now: &[f64], out: &mut [f64]) {
        let [place] = self.past.grow(now.len());
        place.copy_from_slice(now);
        let blank = (self.rows - self.seen).min(now.len());
        self.seen += blank;
        let (empty, full) = out.split_at_mut(blank);
        empty.fill(f64::NAN);
        if !full.is_empty() {
            full.copy_from_slice(self.past.rows(full.len(), self.rows)[0]);
        }
    }

    /// [`Self::extend`] by a row.
    pub(in crate::indicators) fn update(&mut self, now: f64) -> f64 {
        let mut out = [f64::NAN];
        self.extend(&[now], &mut out);
        out[0]
    }
}
