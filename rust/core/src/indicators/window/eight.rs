use super::{Summary, Window};
use crate::indicators::lanes::{Lane, each};

impl<S: Summary<I, C>, const I: usize, const C: usize> Window<S, I, C> {
    /// The summaries of one window of some instruments: merged as [`Self::extend`] merges, but only what
    /// the last row needs. The rows are those of the window; `tree` is memory for summaries of parts.
    pub(crate) fn of<const N: usize>(&self, rows: [&[[f64; N]]; I], tree: &mut Vec<[f64; N]>) -> [[f64; N]; C] {
        // Half as many as the rows of the largest block.
        let most = (1usize << self.pieces[0].level).div_ceil(2) * C;
        if tree.len() < most {
            tree.resize(most, [0.0; N]);
        }
        let tree = tree.as_chunks_mut().0;
        let mut pieces = self.pieces.iter().map(|piece| {
            let (count, end) = (1usize << piece.level, self.period - piece.ago);
            (self.block(rows.map(|column| &column[end - count..end]), tree), piece.weights)
        });
        let (first, _) = pieces.next().unwrap_or_else(|| unreachable!("a window has a row"));
        pieces.fold(first, |sum, (older, weights)| merge::<S, I, C, N>(&sum, &older, weights))
    }

    /// [`Self::of`], of eight.
    pub(in crate::indicators) fn of_eight(&self, rows: [&[Lane]; I], tree: &mut Vec<Lane>) -> [Lane; C] {
        self.of(rows, tree)
    }

    /// The summary of a block, from pairs of rows, pairs of pairs, and so on.
    #[inline(always)]
    fn block<const N: usize>(&self, rows: [&[[f64; N]]; I], tree: &mut [[[f64; N]; C]]) -> [[f64; N]; C] {
        let [weights, halves @ ..] = &self.halves[..] else { return of::<S, I, C, N>(rows.map(|column| &column[0])) };
        let mut count = rows[0].len() / 2;
        if count == 0 {
            return of::<S, I, C, N>(rows.map(|column| &column[0]));
        }
        let mut halves = halves;
        let pair = |rows: [&[[f64; N]; 2]; I]| {
            let [older, newer] = [0, 1].map(|row| of::<S, I, C, N>(rows.map(|column| &column[row])));
            merge::<S, I, C, N>(&newer, &older, *weights)
        };
        if let [twos, fours, rest @ ..] = halves
            && count.is_multiple_of(4)
        {
            // Eight rows in registers.
            count /= 4;
            let eights = rows.map(|column| &column.as_chunks::<2>().0.as_chunks::<4>().0[..count]);
            for (place, to) in tree[..count].iter_mut().enumerate() {
                let [one, two, three, four] = [0, 1, 2, 3].map(|row| pair(eights.map(|column| &column[place][row])));
                let [older, newer] =
                    [(&one, &two), (&three, &four)].map(|(older, newer)| merge::<S, I, C, N>(newer, older, *twos));
                *to = merge::<S, I, C, N>(&newer, &older, *fours);
            }
            halves = rest;
        } else {
            let pairs = rows.map(|column| &column.as_chunks::<2>().0[..count]);
            for (place, to) in tree[..count].iter_mut().enumerate() {
                *to = pair(pairs.map(|column| &column[place]));
            }
        }
        for weights in halves {
            if count == 1 {
                break;
            }
            count /= 2;
            for place in 0..count {
                tree[place] = merge::<S, I, C, N>(&tree[2 * place + 1], &tree[2 * place], *weights);
            }
        }
        tree[0]
    }
}

/// Of one row.
#[inline(always)]
fn of<S: Summary<I, C>, const I: usize, const C: usize, const N: usize>(row: [&[f64; N]; I]) -> [[f64; N]; C] {
    std::array::from_fn(|number| std::array::from_fn(|lane| S::of(row.map(|values| values[lane]))[number]))
}

#[inline(always)]
fn merge<S: Summary<I, C>, const I: usize, const C: usize, const N: usize>(
    newer: &[[f64; N]; C],
    older: &[[f64; N]; C],
    weights: S::Weights,
) -> [[f64; N]; C] {
    // Each number by itself, so that the lanes are vectors.
    std::array::from_fn(|number| {
        std::array::from_fn(|lane| S::merge(newer.map(|row| row[lane]), older.map(|row| row[lane]), weights)[number])
    })
}

/// The extremes of highs and lows, as `Range` has them: of equal ones the newest.
pub(in crate::indicators) fn range(high: &[Lane], low: &[Lane]) -> [Lane; 2] {
    let highest = extreme(high, |newer, older| if older > newer { older } else { newer });
    [highest, extreme(low, |newer, older| if older < newer { older } else { newer })]
}

// Each by itself: in one function the two are not put into vectors as they should be.

/// The highest of some rows, at least one; of equal ones the oldest.
#[inline(never)]
pub(in crate::indicators) fn highest(rows: &[Lane]) -> Lane {
    extreme(rows, |newer, older| if newer > older { newer } else { older })
}

/// The lowest of some rows, at least one; of equal ones the oldest.
#[inline(never)]
pub(in crate::indicators) fn lowest(rows: &[Lane]) -> Lane {
    extreme(rows, |newer, older| if newer < older { newer } else { older })
}

/// From the newest row to the oldest, both halves at a time: neither waits for the other.
#[inline(always)]
fn extreme(rows: &[Lane], choose: impl Fn(f64, f64) -> f64) -> Lane {
    let pair = |newer: &Lane, older: &Lane| each(|lane| choose(newer[lane], older[lane]));
    let (older, newer) = rows.split_at(rows.len() / 2);
    let [rest @ .., newest] = newer else { unreachable!("there is a row") };
    let Some((last, older)) = older.split_last() else { return *newest };
    // With an odd count the newer half has one row more.
    let (extra, rest) = rest.split_at(rest.len() - older.len());
    let [mut new, mut old] = [*newest, *last];
    for (newer, older) in rest.iter().rev().zip(older.iter().rev()) {
        (new, old) = (pair(&new, newer), pair(&old, older));
    }
    for row in extra.iter().rev() {
        new = pair(&new, row);
    }
    pair(&new, &old)
}
