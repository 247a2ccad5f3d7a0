use super::{Summary, Window};
use crate::indicators::lanes::Lane;

impl<S: Summary<I, C>, const I: usize, const C: usize> Window<S, I, C> {
    /// The summaries of one window of some instruments: merged as [`Self::extend`] merges, but only what
    /// the last row needs. The rows are those of the window.
    pub(crate) fn of<const N: usize>(&self, rows: [&[[f64; N]]; I]) -> [[f64; N]; C] {
        let mut scratch = [[[0.0; N]; C]; SCRATCH];
        let mut spilled = Vec::new();
        let mut pieces = self.pieces.iter().map(|piece| {
            let (count, end) = (1usize << piece.level, self.period - piece.ago);
            let block = if count <= SCRATCH {
                &mut scratch[..count]
            } else {
                spilled.resize(count, [[0.0; N]; C]);
                &mut spilled[..]
            };
            (self.block(rows.map(|column| &column[end - count..end]), block), piece.weights)
        });
        let (first, _) = pieces.next().unwrap_or_else(|| unreachable!("a window has a row"));
        pieces.fold(first, |sum, (older, weights)| merge::<S, I, C, N>(&sum, &older, weights))
    }

    /// [`Self::of`], of eight.
    pub(in crate::indicators) fn of_eight(&self, rows: [&[Lane]; I]) -> [Lane; C] {
        self.of(rows)
    }

    /// The summary of a block, from pairs of rows, pairs of pairs, and so on.
    #[inline(always)]
    fn block<const N: usize>(&self, rows: [&[[f64; N]]; I], scratch: &mut [[[f64; N]; C]]) -> [[f64; N]; C] {
        let mut count = scratch.len();
        for (row, summary) in scratch.iter_mut().enumerate() {
            for lane in 0..N {
                let of = S::of(rows.map(|column| column[row][lane]));
                for (to, value) in summary.iter_mut().zip(of) {
                    to[lane] = value;
                }
            }
        }
        for weights in &self.halves {
            if count == 1 {
                break;
            }
            count /= 2;
            for place in 0..count {
                scratch[place] = merge::<S, I, C, N>(&scratch[2 * place + 1], &scratch[2 * place], *weights);
            }
        }
        scratch[0]
    }
}

/// Rows of a block that need no memory of their own.
const SCRATCH: usize = 64;

#[inline(always)]
fn merge<S: Summary<I, C>, const I: usize, const C: usize, const N: usize>(
    newer: &[[f64; N]; C],
    older: &[[f64; N]; C],
    weights: S::Weights,
) -> [[f64; N]; C] {
    let mut merged = [[0.0; N]; C];
    for lane in 0..N {
        let one = S::merge(newer.each_ref().map(|row| row[lane]), older.each_ref().map(|row| row[lane]), weights);
        for (to, value) in merged.iter_mut().zip(one) {
            to[lane] = value;
        }
    }
    merged
}
