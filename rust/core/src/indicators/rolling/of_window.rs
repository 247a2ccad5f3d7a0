use crate::indicators::window::{History, Shifted, Window};

/// Up to this period a window is summed up afresh for each row, for many rows side by side: that takes
/// fewer steps than merging it from halves.
const SHORT: usize = 64;

/// Rows whose windows are summed up side by side: their sums stay in registers.
const TILE: usize = 32;

/// A number that follows from the summary of a window and its newest row.
#[derive(Clone, Debug)]
pub(super) enum OfWindow<S: Shifted<I, C>, const I: usize, const C: usize> {
    /// The rows themselves.
    Short { period: usize, history: [History; I] },
    /// Halves, and summaries of a stretch of rows.
    Long { window: Window<S, I, C>, columns: [Vec<f64>; C] },
}

impl<S: Shifted<I, C>, const I: usize, const C: usize> OfWindow<S, I, C> {
    /// Over `period` rows, at least one.
    pub(super) fn new(period: usize) -> Self {
        if period <= SHORT {
            Self::Short { period, history: std::array::from_fn(|_| History::new(period - 1)) }
        } else {
            Self::Long { window: Window::new(period), columns: std::array::from_fn(|_| Vec::new()) }
        }
    }

    /// Takes a row, gives what `of` makes of it; NaN while the window is not full.
    #[inline(always)]
    pub(super) fn update(&mut self, row: [f64; I], of: impl Fn([f64; I], [f64; C]) -> f64) -> [f64; 1] {
        match self {
            Self::Short { .. } => {
                let mut out = [0.0];
                self.extend(row.each_ref().map(std::slice::from_ref), &mut out, of);
                out
            }
            Self::Long { window, .. } => [window.update(row).map_or(f64::NAN, |summary| of(row, summary))],
        }
    }

    /// Takes rows, writes what `of` makes of each. It gets NaN while the window is not full, and has to
    /// give NaN then.
    #[inline(always)]
    pub(super) fn extend(&mut self, inputs: [&[f64]; I], out: &mut [f64], of: impl Fn([f64; I], [f64; C]) -> f64) {
        let rows = out.len();
        match self {
            Self::Short { period, history } => {
                let mut full = 0;
                for (history, input) in history.iter_mut().zip(inputs) {
                    full = history.take(input);
                }
                let (blank, out) = out.split_at_mut(rows - full);
                blank.fill(f64::NAN);
                if full > 0 {
                    let all = history.each_ref().map(|history| history.rows(*period - 1 + full, 0));
                    summed_up::<S, I, C>(all, *period, out, of);
                }
            }
            Self::Long { window, columns } => {
                for column in columns.iter_mut() {
                    column.resize(rows, 0.0);
                }
                window.extend(inputs, columns.each_mut().map(|column| &mut column[..]));
                let (inputs, columns) = (inputs.map(|column| &column[..rows]), columns.each_ref().map(|c| &c[..rows]));
                for (row, out) in out.iter_mut().enumerate() {
                    *out = of(inputs.map(|column| column[row]), columns.map(|column| column[row]));
                }
            }
        }
    }
}

/// Sums up each window of some rows.
#[inline(always)]
fn summed_up<S: Shifted<I, C>, const I: usize, const C: usize>(
    all: [&[f64]; I],
    period: usize,
    out: &mut [f64],
    of: impl Fn([f64; I], [f64; C]) -> f64,
) {
    let (others, rows) = (period - 1, period as f64);
    let (tiles, rest) = out.as_chunks_mut::<TILE>();
    for (place, out) in tiles.iter_mut().enumerate() {
        let first = place * TILE;
        let newest = all.map(|column| tile(column, first + others));
        let sums = sums_of_tile::<S, I, C>(all, first, others);
        for (lane, out) in out.iter_mut().enumerate() {
            let newest = newest.map(|values| values[lane]);
            *out = of(newest, S::summary(newest, sums.each_ref().map(|sum| sum[lane]), rows));
        }
    }
    let first = tiles.len() * TILE;
    for (row, out) in rest.iter_mut().enumerate() {
        let newest = all.map(|column| column[first + row + others]);
        let mut sums = [0.0; C];
        let mut past = all.map(|column| column[first + row..][..others].iter());
        for _ in 0..others {
            let mut input = 0;
            sums = S::add(
                sums,
                past.each_mut().map(|past| {
                    input += 1;
                    past.next().map_or(0.0, |past| past - newest[input - 1])
                }),
            );
        }
        *out = of(newest, S::summary(newest, sums, rows));
    }
}

/// The sums of the windows of a tile of rows. By itself, so that they are kept in registers.
#[inline(never)]
fn sums_of_tile<S: Shifted<I, C>, const I: usize, const C: usize>(
    all: [&[f64]; I],
    first: usize,
    others: usize,
) -> [[f64; TILE]; C] {
    let newest = all.map(|column| *tile(column, first + others));
    let mut sums = [[0.0; TILE]; C];
    for row in first..first + others {
        let past = all.map(|column| tile(column, row));
        for lane in 0..TILE {
            let away = std::array::from_fn(|input| past[input][lane] - newest[input][lane]);
            let added = S::add(sums.each_ref().map(|sum| sum[lane]), away);
            for (sum, added) in sums.iter_mut().zip(added) {
                sum[lane] = added;
            }
        }
    }
    sums
}

#[inline(always)]
fn tile(column: &[f64], first: usize) -> &[f64; TILE] {
    column[first..].first_chunk().unwrap_or_else(|| unreachable!("a tile of rows"))
}
