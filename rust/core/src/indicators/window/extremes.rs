use super::Columns;

/// Highest highs and lowest lows of `N` windows of several lengths.
///
/// # Rationale
/// The windows share their levels, and plain loops over plain slices run with one instruction an extreme.
#[derive(Clone, Debug)]
pub(in crate::indicators) struct Extremes<const N: usize> {
    periods: [usize; N],
    /// Level `k` has the highest high and the lowest low of `2^k` rows.
    levels: Vec<Columns<2>>,
    /// Rows so far.
    seen: usize,
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

impl<const N: usize> Extremes<N> {
    /// Rows that are best taken at once: all levels stay in the first-level cache.
    pub(in crate::indicators) const BLOCK: usize = 256;

    /// Over the last rows, each length at least one.
    pub(in crate::indicators) fn new(periods: [usize; N]) -> Self {
        let top = periods.iter().map(|period| period.ilog2()).max().unwrap_or(0);
        let mut keep: Vec<usize> = (0..=top).map(|level| if level < top { 1 << level } else { 0 }).collect();
        for period in periods {
            let level = period.ilog2() as usize;
            keep[level] = keep[level].max(period - (1 << level));
        }
        Self { periods, levels: keep.into_iter().map(Columns::new).collect(), seen: 0 }
    }

    /// Takes rows.
    pub(in crate::indicators) fn take(&mut self, high: &[f64], low: &[f64]) {
        let rows = high.len();
        self.seen = self.seen.saturating_add(rows);
        let [highest, lowest] = self.levels[0].grow(rows);
        highest.copy_from_slice(high);
        lowest.copy_from_slice(low);
        for level in 1..self.levels.len() {
            // A block of 2^level rows is there from row 2^level on.
            let fresh = rows.min(self.seen.saturating_sub((1 << level) - 1));
            if fresh == 0 {
                break;
            }
            let (below, above) = self.levels.split_at_mut(level);
            let (below, above) = (&below[level - 1], &mut above[0]);
            let [high_newer, low_newer] = below.rows(fresh, 0);
            let [high_older, low_older] = below.rows(fresh, 1 << (level - 1));
            let [highest, lowest] = above.grow(fresh);
            for ((out, newer), older) in highest.iter_mut().zip(high_newer).zip(high_older) {
                *out = larger(*newer, *older);
            }
            for ((out, newer), older) in lowest.iter_mut().zip(low_newer).zip(low_older) {
                *out = smaller(*newer, *older);
            }
        }
    }

    /// How many of the last `rows` rows are before the end of the first full window.
    fn blank(&self, window: usize, rows: usize) -> usize {
        rows.min((self.periods[window] - 1).saturating_sub(self.seen - rows))
    }

    /// Two blocks that make up a window, at the newest `rows` rows.
    fn halves(&self, window: usize, rows: usize) -> [[&[f64]; 2]; 2] {
        let level = self.periods[window].ilog2() as usize;
        let level = (&self.levels[level], self.periods[window] - (1 << level));
        [level.0.rows(rows, 0), level.0.rows(rows, level.1)]
    }

    /// Writes the extremes of a window at the newest rows; NaN while it is not full.
    pub(in crate::indicators) fn edges(&self, window: usize, highest: &mut [f64], lowest: &mut [f64]) {
        let blank = self.blank(window, highest.len());
        highest[..blank].fill(f64::NAN);
        lowest[..blank].fill(f64::NAN);
        if blank == highest.len() {
            return;
        }
        let [[high_newer, low_newer], [high_older, low_older]] = self.halves(window, highest.len() - blank);
        for ((out, newer), older) in highest[blank..].iter_mut().zip(high_newer).zip(high_older) {
            *out = larger(*newer, *older);
        }
        for ((out, newer), older) in lowest[blank..].iter_mut().zip(low_newer).zip(low_older) {
            *out = smaller(*newer, *older);
        }
    }

    /// Writes what is half-way between the extremes of a window; NaN while it is not full.
    pub(in crate::indicators) fn middles(&self, window: usize, out: &mut [f64]) {
        let blank = self.blank(window, out.len());
        out[..blank].fill(f64::NAN);
        if blank == out.len() {
            return;
        }
        let out = &mut out[blank..];
        let rows = out.len();
        let [newer, older] = self.halves(window, rows).map(|columns| columns.map(|column| &column[..rows]));
        for row in 0..rows {
            let (highest, lowest) = (larger(newer[0][row], older[0][row]), smaller(newer[1][row], older[1][row]));
            out[row] = middle(highest, lowest);
        }
    }
}

/// Half-way between two prices.
#[inline(always)]
pub(in crate::indicators) fn middle(a: f64, b: f64) -> f64 {
    0.5 * (a + b)
}
