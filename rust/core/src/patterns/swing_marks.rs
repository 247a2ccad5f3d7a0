//! Swings of eight instruments at once, looked for from the last row backwards.

use super::swings::{Pivot, is_swing};
use crate::indicators::{LANES, Lane};

/// Rows that are looked through at once: a bit each.
const BLOCK: usize = u32::BITS as usize;

/// Neighbours on each side that are looked at as extremes, at most.
const MOST: usize = 16;

/// Memory for the extremes of a block and its neighbours.
#[repr(align(64))]
pub(super) struct Room([[Lane; BLOCK + 2 * MOST]; 2]);

impl Room {
    pub(super) const fn new() -> Self {
        Self([[[0.0; LANES]; BLOCK + 2 * MOST]; 2])
    }
}

/// Which rows of a column are swing highs, or swing lows, of so many rows on each side: block after block, the last
/// rows first.
///
/// # Rationale
/// Of eight instruments some have a neighbour that rules a row out, others have none: a search that ends early ends
/// late for one of them. So all neighbours of a row are compared with it as two extremes, eight lanes at a time; an
/// extreme of `swing` rows is made from two of half as many.
#[derive(Debug)]
pub(super) struct SwingMarks<'a, const HIGHS: bool> {
    column: &'a [Lane],
    swing: usize,
    /// For each lane a bit a row of the block, the lowest one for its first row.
    bits: [u32; LANES],
    /// The first row of the block.
    first: usize,
}

impl<'a, const HIGHS: bool> SwingMarks<'a, HIGHS> {
    pub(super) fn new(column: &'a [Lane], swing: usize) -> Self {
        Self { column, swing, bits: [0; LANES], first: column.len().saturating_sub(swing) }
    }

    /// Looks through the block before; `false` if there is none: all its rows have a neighbour that is not there.
    pub(super) fn look_back(&mut self, room: &mut Room) -> bool {
        let (swing, end) = (self.swing, self.first);
        if end <= swing {
            return false;
        }
        self.first = end.saturating_sub(BLOCK).max(swing);
        let around = &self.column[self.first - swing..end + swing];
        let mut marks = [[0; LANES]; BLOCK];
        if swing > MOST {
            for (row, mark) in marks[..end - self.first].iter_mut().enumerate() {
                let value = |lane: usize, at: usize| if HIGHS { around[at][lane] } else { -around[at][lane] };
                *mark = std::array::from_fn(|lane| u8::from(is_swing(|at| value(lane, at), row + swing, swing)));
            }
        } else {
            mark::<HIGHS>(around, swing, room, marks.as_flattened_mut());
        }
        self.bits =
            std::array::from_fn(|lane| (0..BLOCK).fold(0, |bits, row| bits | u32::from(marks[row][lane]) << row));
        true
    }

    /// The last row of the block before.
    pub(super) const fn next_row(&self) -> usize {
        self.first.saturating_sub(1)
    }

    /// The swings of a lane in the block: the lowest bit is its first row.
    #[inline]
    pub(super) const fn bits(&self, lane: usize) -> u32 {
        self.bits[lane]
    }

    /// The row of a bit.
    #[inline]
    pub(super) const fn row(&self, bit: u32) -> usize {
        self.first + bit as usize
    }

    /// The bit of a row, if it is in the block.
    pub(super) fn bit(&self, row: usize) -> u32 {
        row.checked_sub(self.first).map_or(0, |bit| 1 << bit)
    }

    /// The newest of some swings of a lane in the block.
    #[inline]
    pub(super) fn newest(&self, lane: usize, bits: u32) -> Option<Pivot> {
        let row = self.row(bits.checked_ilog2()?);
        Some(Pivot { price: self.column[row][lane], bar: row as u64 })
    }

    /// The last swing of each lane.
    fn last(mut self, room: &mut Room) -> [Option<Pivot>; LANES] {
        let mut found = [None; LANES];
        while found.contains(&None) && self.look_back(room) {
            found = std::array::from_fn(|lane| found[lane].or_else(|| self.newest(lane, self.bits(lane))));
        }
        found
    }
}

/// The last swing high and the last swing low of each of eight instruments.
pub(super) fn last_swings(highs: &[Lane], lows: &[Lane], swing: usize) -> [[Option<Pivot>; LANES]; 2] {
    let mut room = Room::new();
    [SwingMarks::<true>::new(highs, swing).last(&mut room), SwingMarks::<false>::new(lows, swing).last(&mut room)]
}

/// Marks the rows of a block that are swings, given the block and its neighbours.
#[inline]
fn mark<const HIGHS: bool>(around: &[Lane], swing: usize, room: &mut Room, marks: &mut [u8]) {
    // One number after the other, whatever lane it is of.
    let outer = |one: f64, other: f64| if (one > other) == HIGHS { one } else { other };
    let [now, next] = &mut room.0;
    let (mut now, mut next) = (&mut now[..], &mut next[..]);
    let (mut extremes, mut span) = (around, 1);
    while span < swing {
        let step = span.min(swing - span);
        let rows = extremes.len() - step;
        let pairs = extremes.as_flattened().iter().zip(extremes[step..].as_flattened());
        for (to, (one, other)) in next[..rows].as_flattened_mut().iter_mut().zip(pairs) {
            *to = outer(*one, *other);
        }
        std::mem::swap(&mut now, &mut next);
        extremes = &now[..rows];
        span += step;
    }
    let neighbours = extremes.as_flattened().iter().zip(extremes[swing + 1..].as_flattened());
    let values = around[swing..].as_flattened().iter();
    for (mark, (value, (before, after))) in marks.iter_mut().zip(values.zip(neighbours)) {
        *mark = match HIGHS {
            true => u8::from(value > before) & u8::from(value >= after),
            false => u8::from(value < before) & u8::from(value <= after),
        };
    }
}
