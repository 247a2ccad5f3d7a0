use super::{Summary, Window};
use crate::indicators::lanes::{LANES, Lane};

impl<S: Summary<I, C>, const I: usize, const C: usize> Window<S, I, C> {
    /// The summaries of one window of eight instruments: merged as [`Self::extend`] merges, but only what
    /// the last row needs. The rows are those of the window.
    pub(in crate::indicators) fn of_eight(&self, rows: [&[Lane]; I]) -> [Lane; C] {
        let mut scratch = [[[0.0; LANES]; C]; SCRATCH];
        let mut spilled = Vec::new();
        let mut pieces = self.pieces.iter().map(|piece| {
            let (count, end) = (1usize << piece.level, self.period - piece.ago);
            let block = if count <= SCRATCH {
                &mut scratch[..count]
            } else {
                spilled.resize(count, [[0.0; LANES]; C]);
                &mut spilled[..]
            };
            (self.block(rows.map(|column| &column[end - count..end]), block), piece.weights)
        });
        let (first, _) = pieces.next().unwrap_or_else(|| unreachable!("a window has a row"));
        pieces.fold(first, |sum, (older, weights)| merge::<S, I, C>(&sum, &older, weights))
    }

    /// The summary of a block, from pairs of rows, pairs of pairs, and so on.
    #[inline(always)]
    fn block(&self, rows: [&[Lane]; I], scratch: &mut [[Lane; C]]) -> [Lane; C] {
        let mut count = scratch.len();
        for (row, summary) in scratch.iter_mut().enumerate() {
            for lane in 0..LANES {
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
                scratch[place] = merge::<S, I, C>(&scratch[2 * place + 1], &scratch[2 * place], *weights);
            }
        }
        scratch[0]
    }
}

/// Rows of a block that need no memory of their own.
const SCRATCH: usize = 64;

#[inline(always)]
fn merge<S: Summary<I, C>, const I: usize, const C: usize>(
    newer: &[Lane; C],
    older: &[Lane; C],
    weights: S::Weights,
) -> [Lane; C] {
    let mut merged = [[0.0; LANES]; C];
    for lane in 0..LANES {
        let one = S::merge(newer.each_ref().map(|row| row[lane]), older.each_ref().map(|row| row[lane]), weights);
        for (to, value) in merged.iter_mut().zip(one) {
            to[lane] = value;
        }
    }
    merged
}
