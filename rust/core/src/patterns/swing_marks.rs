//! Swings of eight instruments at once, looked for from the last row backwards.

use super::swings::Pivot;
use crate::indicators::{LANES, Lane, each};

/// Of one row: a byte for each lane, 1 where the row is a swing. The first lane is the lowest byte.
pub(super) type Mark = u64;

/// A mark of every lane.
const ALL: Mark = Mark::from_le_bytes([1; LANES]);

/// Rows that are looked through at once.
const BLOCK: usize = 32;

/// The lanes of a mark.
#[inline]
pub(super) fn lanes_of(mut mark: Mark) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = (mark != 0).then(|| mark.trailing_zeros() as usize / 8);
        mark &= mark.wrapping_sub(1);
        lane
    })
}

/// Which rows of a column are swing highs, or swing lows, of so many rows on each side.
///
/// # Rationale
/// Of eight instruments some have a neighbour that rules a row out, others have none: a search that ends early ends
/// late for one of them. So all neighbours of a row are compared with it as two extremes, eight lanes at a time; an
/// extreme of `swing` rows is made from two of half as many.
#[derive(Debug)]
pub(super) struct SwingMarks<'a, const HIGHS: bool> {
    column: &'a [Lane],
    swing: usize,
    /// The extremes of the `swing` rows from each row on.
    extremes: Vec<Lane>,
    /// Those of the rows from `first` on.
    marks: [Mark; BLOCK],
    first: usize,
}

impl<'a, const HIGHS: bool> SwingMarks<'a, HIGHS> {
    pub(super) fn new(column: &'a [Lane], swing: usize) -> Self {
        let extremes = Vec::with_capacity(BLOCK + 2 * swing.min(column.len()));
        Self { column, swing, extremes, marks: [0; BLOCK], first: usize::MAX }
    }

    /// The rows that have all neighbours, the last one first.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + use<HIGHS> {
        (self.swing..self.column.len().saturating_sub(self.swing)).rev()
    }

    /// The mark of one of [`Self::rows`], which are to be asked for in their order.
    #[inline]
    pub(super) fn at(&mut self, row: usize) -> Mark {
        if row < self.first {
            self.look_through(row + 1);
        }
        self.marks[row - self.first]
    }

    /// Marks the rows before `end`.
    fn look_through(&mut self, end: usize) {
        let Self { column, swing, .. } = *self;
        self.first = end.saturating_sub(BLOCK).max(swing);
        let around = &column[self.first - swing..end + swing];
        let outer = |one: f64, other: f64| if (one > other) == HIGHS { one } else { other };
        self.extremes.clear();
        self.extremes.extend_from_slice(around);
        let (mut span, mut kept) = (1, around.len());
        while span < swing {
            let step = span.min(swing - span);
            kept -= step;
            for row in 0..kept {
                let later = self.extremes[row + step];
                let now = &mut self.extremes[row];
                *now = each(|lane| outer(now[lane], later[lane]));
            }
            span += step;
        }
        let (before, after) = (&self.extremes[..kept - swing - 1], &self.extremes[swing + 1..kept]);
        for (((row, before), after), mark) in around[swing..].iter().zip(before).zip(after).zip(&mut self.marks) {
            let is_one = |lane: usize| match HIGHS {
                true => row[lane] > before[lane] && row[lane] >= after[lane],
                false => row[lane] < before[lane] && row[lane] <= after[lane],
            };
            *mark = Mark::from_le_bytes(std::array::from_fn(|lane| u8::from(is_one(lane))));
        }
    }

    /// The last swing of each lane.
    pub(super) fn last(&mut self) -> [Option<Pivot>; LANES] {
        let mut found = [None; LANES];
        let mut missing = ALL;
        for row in self.rows() {
            let mark = self.at(row) & missing;
            missing ^= mark;
            for lane in lanes_of(mark) {
                found[lane] = Some(self.pivot(row, lane));
            }
            if missing == 0 {
                break;
            }
        }
        found
    }

    /// What a row is that is a swing of a lane.
    pub(super) fn pivot(&self, row: usize, lane: usize) -> Pivot {
        Pivot { price: self.column[row][lane], bar: row as u64 }
    }
}

/// The last swing high and the last swing low of each of eight instruments.
pub(super) fn last_swings(highs: &[Lane], lows: &[Lane], swing: usize) -> [[Option<Pivot>; LANES]; 2] {
    [SwingMarks::<true>::new(highs, swing).last(), SwingMarks::<false>::new(lows, swing).last()]
}
