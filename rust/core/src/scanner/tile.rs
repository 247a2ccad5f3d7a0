//! Eight instruments side by side.

use super::store::Long;
use crate::indicators::{LANES, Lane, all_finite};
use crate::types::Ts;

/// Floats that begin at a cache line.
#[derive(Debug)]
struct Aligned {
    values: Vec<f64>,
    offset: usize,
}

impl Aligned {
    fn new(len: usize) -> Self {
        const LINE: usize = 64;
        // Zeros cost no memory until they are written.
        let values = vec![0.0; len + LANES];
        // `align_offset` may say that it does not know: any place is right then, only slower.
        let offset = match values.as_ptr().align_offset(LINE) {
            offset if offset <= LANES => offset,
            _ => 0,
        };
        Self { values, offset }
    }

    fn rows(&self) -> &[Lane] {
        self.values[self.offset..].as_chunks().0
    }

    fn rows_mut(&mut self) -> &mut [Lane] {
        self.values[self.offset..].as_chunks_mut().0
    }
}

/// Rows that a tile has room for, at least, before it takes more memory.
const ROOM: usize = 16;

/// Columns of eight instruments, aligned at their last rows. Lanes without an instrument repeat the last
/// one that has one.
#[derive(Debug)]
pub(super) struct Tile {
    /// Column after column, `capacity` rows each.
    values: Aligned,
    columns: usize,
    capacity: usize,
    rows: usize,
    start: [usize; LANES],
    members: Vec<usize>,
    /// When the last bar of each member began.
    last: [Ts; LANES],
    /// When each bar of each member began: one list as long as all have the same.
    times: Vec<Vec<Ts>>,
    /// For each column whether all its values are finite.
    complete: Vec<bool>,
}

impl Tile {
    pub(super) fn new(long: &Long<'_>, members: Vec<usize>) -> Self {
        let lengths: Vec<usize> =
            members.iter().map(|member| long.offsets[member + 1] - long.offsets[*member]).collect();
        let rows = lengths.iter().copied().max().unwrap_or(0);
        let capacity = rows + (rows / 8).max(ROOM);
        let mut tile = Self::with_capacity(long.columns.len(), members, capacity);
        tile.rows = rows;
        let times_of = |member: &usize| &long.times[long.offsets[*member]..long.offsets[*member + 1]];
        let is_one = tile.members.iter().all(|member| times_of(member) == times_of(&tile.members[0]));
        let lists = if is_one { &tile.members[..1] } else { &tile.members };
        tile.times = lists.iter().map(|member| with_room(times_of(member))).collect();
        for (last, member) in tile.last.iter_mut().zip(&tile.members) {
            *last = times_of(member).last().copied().unwrap_or_default();
        }
        for lane in 0..LANES {
            let source = lane.min(tile.members.len() - 1);
            let (begin, start) = (long.offsets[tile.members[source]], rows - lengths[source]);
            tile.start[lane] = start;
            for (column, (_, values)) in long.columns.iter().enumerate() {
                let (before, to) = tile.values.rows_mut()[column * capacity..][..rows].split_at_mut(start);
                for row in before {
                    row[lane] = f64::NAN;
                }
                for (row, value) in to.iter_mut().zip(&values[begin..]) {
                    row[lane] = *value;
                }
            }
        }
        for column in 0..tile.columns {
            tile.complete[column] = finite(tile.column(column));
        }
        tile
    }

    pub(super) fn empty(columns: usize, members: Vec<usize>) -> Self {
        Self::with_capacity(columns, members, 0)
    }

    fn with_capacity(columns: usize, members: Vec<usize>, capacity: usize) -> Self {
        let values = Aligned::new(columns * capacity * LANES);
        let (times, complete) = (vec![Vec::new()], vec![true; columns]);
        Self { values, columns, capacity, rows: 0, start: [0; LANES], members, last: [0; LANES], times, complete }
    }

    /// The instruments of its lanes; there may be fewer than eight.
    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// When each bar of a lane that has an instrument began.
    pub(super) fn times(&self, lane: usize) -> &[Ts] {
        &self.times[lane.min(self.times.len() - 1)]
    }

    /// When the last bar of a lane began.
    pub(super) fn last_time(&self, lane: usize) -> Option<Ts> {
        (self.start[lane] < self.rows).then_some(self.last[lane])
    }

    /// The first row of a lane that is a bar.
    pub(super) fn start(&self, lane: usize) -> usize {
        self.start[lane]
    }

    /// The first rows of all lanes.
    pub(super) fn starts(&self) -> &[usize; LANES] {
        &self.start
    }

    #[inline]
    pub(super) fn column(&self, column: usize) -> &[Lane] {
        &self.values.rows()[column * self.capacity..][..self.rows]
    }

    /// Reads the last rows of a column, so that they are near when they are needed.
    #[inline]
    pub(super) fn touch(&self, column: usize, rows: usize) {
        let column = &self.values.rows()[column * self.capacity..][..self.capacity];
        let end = (self.rows + 1).min(self.capacity);
        let sum = column[end.saturating_sub(rows + 1)..end].iter().fold(0, |sum, row| sum | row[0].to_bits());
        std::hint::black_box(sum);
    }

    pub(super) fn is_complete(&self, column: usize) -> bool {
        self.complete[column]
    }

    pub(super) fn bytes(&self) -> usize {
        let times: usize = self.times.iter().map(Vec::capacity).sum();
        self.values.values.len() * size_of::<f64>() + times * size_of::<Ts>()
    }

    /// Takes a row for the active lanes; the others stay as they are, aligned at their last row.
    pub(super) fn push(
        &mut self,
        active: &[bool; LANES],
        time: impl Fn(usize) -> Ts,
        row: impl Fn(usize, usize) -> f64,
    ) {
        if self.rows == self.capacity {
            self.grow();
        }
        let members = self.members.len();
        for lane in (0..members).filter(|lane| active[*lane]) {
            self.last[lane] = time(lane);
        }
        let is_one = (0..members).all(|lane| active[lane] && self.last[lane] == self.last[0]);
        if !is_one && self.times.len() < members {
            self.times = vec![with_room(&self.times[0]); members];
        }
        for (lane, times) in self.times.iter_mut().enumerate().filter(|(lane, _)| active[*lane]) {
            times.push(self.last[lane]);
        }
        let end = self.rows;
        self.rows += 1;
        for column in 0..self.columns {
            let rows = &mut self.values.rows_mut()[column * self.capacity..][..end + 1];
            for lane in 0..LANES {
                if active[lane] {
                    rows[end][lane] = row(column, lane);
                    self.complete[column] &= rows[end][lane].is_finite();
                }
            }
        }
        for lane in (0..LANES).filter(|lane| !active[*lane]) {
            for column in 0..self.columns {
                let rows = &mut self.values.rows_mut()[column * self.capacity..][..end + 1];
                for row in (self.start[lane]..end).rev() {
                    rows[row + 1][lane] = rows[row][lane];
                }
                rows[self.start[lane]][lane] = f64::NAN;
                self.complete[column] = false;
            }
            self.start[lane] += 1;
        }
    }

    fn grow(&mut self) {
        let capacity = self.capacity + (self.capacity / 4).max(ROOM);
        let mut values = Aligned::new(self.columns * capacity * LANES);
        for column in 0..self.columns {
            values.rows_mut()[column * capacity..][..self.rows].copy_from_slice(self.column(column));
        }
        (self.values, self.capacity) = (values, capacity);
    }
}

/// A copy that can take some more.
fn with_room(times: &[Ts]) -> Vec<Ts> {
    let mut copy = Vec::with_capacity(times.len() + (times.len() / 8).max(ROOM));
    copy.extend_from_slice(times);
    copy
}

fn finite(rows: &[Lane]) -> bool {
    all_finite(rows.as_flattened())
}
