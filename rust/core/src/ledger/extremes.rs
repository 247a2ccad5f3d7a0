//! The lowest and the highest of a stretch of marks.

use std::ops::Range;

/// Marks are compared by so many at a time: most stretches between two orders are no longer, and that the loop over
/// them ends is then no surprise to the processor.
pub const MARK_LANES: usize = 32;

/// Marks side by side, as vector registers hold them.
type Lanes = [i64; MARK_LANES];

/// Where a window of it begins says how many lanes lie inside: those with all bits set.
const INSIDE: [i64; 2 * MARK_LANES] = {
    let mut inside = [-1; 2 * MARK_LANES];
    let mut lane = MARK_LANES;
    while lane < 2 * MARK_LANES {
        inside[lane] = 0;
        lane += 1;
    }
    inside
};

/// The lowest and the highest of some rows, at least one, of a column that goes on behind them.
#[inline]
pub(super) fn extremes(column: &[i64], rows: Range<usize>) -> (i64, i64) {
    let first = column[rows.start];
    let (mut low, mut high) = (first, first);
    let (mut row, mut left) = (rows.start, rows.len());
    while let (Some(lanes), Some(inside)) =
        (column[row..].first_chunk(), INSIDE[MARK_LANES - left.min(MARK_LANES)..].first_chunk())
    {
        let (lowest, highest) = extremes_of(lanes, inside, first);
        (low, high) = (low.min(lowest), high.max(highest));
        if left <= MARK_LANES {
            break;
        }
        (row, left) = (row + MARK_LANES, left - MARK_LANES);
    }
    (low, high)
}

/// The lowest and the highest; a lane that is not inside counts as `other`. Not inlined, so that lanes are worked on
/// side by side: inlined, the loop around it would be the one to be made into vectors.
#[inline(never)]
fn extremes_of(lanes: &Lanes, inside: &Lanes, other: i64) -> (i64, i64) {
    lanes.iter().zip(inside).fold((other, other), |(low, high), (mark, inside)| {
        let mark = other ^ (other ^ mark) & inside;
        (low.min(mark), high.max(mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_the_rows_is_not_looked_at() {
        let mut rng = crate::rng::Rng::new(6, 0);
        let column: Vec<i64> = (0..300).map(|_| rng.next_u64() as i64 >> (rng.next_u64() % 64)).collect();
        for start in 0..40 {
            for end in start + 1..start + 140 {
                let rows = &column[start..end];
                let expected = (*rows.iter().min().unwrap(), *rows.iter().max().unwrap());
                assert_eq!(extremes(&column, start..end), expected, "{start}..{end}");
            }
        }
    }
}
