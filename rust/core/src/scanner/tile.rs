//! Eight instruments side by side.

use std::ops::Range;

use super::store::Long;
use crate::indicators::{LANES, Lane, all_finite, prefetch};
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

/// Rows that a tile takes more room for at once, at least.
const ROOM: usize = 16;

/// Rows that a tile of so many has room for: half an eighth of them or more, but not as much as the next one. So tiles
/// that take rows together do not all take more memory at once.
fn room(rows: usize, place: usize) -> usize {
    let about = (rows / 8).max(ROOM);
    about / 2 + place % about
}

/// Rows that a tile has room for which keeps so many and moves them when it is full: half as many, more or less, so that
/// tiles move one after the other.
fn room_to_move(rows: usize, place: usize) -> usize {
    (rows / 4).max(ROOM) + place % (rows / 2).max(1)
}

/// Columns of eight instruments, aligned at their last rows. Lanes without an instrument repeat the last
/// one that has one.
#[derive(Debug)]
pub(super) struct Tile {
    /// Column after column, `capacity` rows each.
    values: Aligned,
    columns: usize,
    capacity: usize,
    /// Rows before the ones that are kept.
    dropped: usize,
    rows: usize,
    /// Rows that are kept at most.
    most: usize,
    start: [usize; LANES],
    /// The instruments of the lanes, as many as there are.
    members: [usize; LANES],
    count: usize,
    /// When the last bar of each member began.
    last: [Ts; LANES],
    /// When each bar of each member began, those that are kept at the end: one list as long as all have the same.
    times: Vec<Vec<Ts>>,
    /// For each column whether all its values are finite.
    complete: Vec<bool>,
}

impl Tile {
    pub(super) fn new(long: &Long<'_>, members: &[usize]) -> Self {
        let lengths: Vec<usize> = members.iter().map(|member| long.rows_of(*member).len()).collect();
        let rows = lengths.iter().copied().max().unwrap_or(0);
        let place = members[0] / LANES;
        let capacity = rows + if rows == long.most { room_to_move(rows, place) } else { room(rows, place) };
        let mut tile = Self::with_capacity(long.columns.len(), members, capacity, long.most);
        tile.rows = rows;
        let times_of = |member: &usize| &long.times[long.rows_of(*member)];
        let is_one = members.iter().all(|member| times_of(member) == times_of(&members[0]));
        let lists = if is_one { &members[..1] } else { members };
        tile.times = lists.iter().map(|member| with_room(times_of(member))).collect();
        for (last, member) in tile.last.iter_mut().zip(members) {
            *last = times_of(member).last().copied().unwrap_or_default();
        }
        for lane in 0..LANES {
            let source = lane.min(members.len() - 1);
            let (begin, start) = (long.rows_of(members[source]).start, rows - lengths[source]);
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

    pub(super) fn empty(columns: usize, members: &[usize], most: usize) -> Self {
        Self::with_capacity(columns, members, 0, most)
    }

    fn with_capacity(columns: usize, instruments: &[usize], capacity: usize, most: usize) -> Self {
        let mut members = [0; LANES];
        members[..instruments.len()].copy_from_slice(instruments);
        let count = instruments.len();
        let values = Aligned::new(columns * capacity * LANES);
        let (times, complete) = (vec![Vec::new()], vec![true; columns]);
        Self {
            values,
            columns,
            capacity,
            dropped: 0,
            rows: 0,
            most,
            start: [0; LANES],
            members,
            count,
            last: [0; LANES],
            times,
            complete,
        }
    }

    /// The instruments of its lanes; there may be fewer than eight.
    pub(super) fn members(&self) -> &[usize] {
        &self.members[..self.count]
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// When each bar of a lane that has an instrument began.
    pub(super) fn times(&self, lane: usize) -> &[Ts] {
        let times = &self.times[lane.min(self.times.len() - 1)];
        &times[times.len() - (self.rows - self.start[lane])..]
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

    /// The last rows of a column; fewer if there are fewer.
    #[inline]
    pub(super) fn last_rows(&self, column: usize, rows: usize) -> &[Lane] {
        let rows = rows.min(self.rows);
        &self.values.rows()[column * self.capacity + self.dropped + self.rows - rows..][..rows]
    }

    #[inline]
    pub(super) fn column(&self, column: usize) -> &[Lane] {
        &self.values.rows()[column * self.capacity + self.dropped..][..self.rows]
    }

    /// Asks for rows of a column, counted from the end: the first is the place of the next one.
    #[inline]
    pub(super) fn prefetch(&self, column: usize, rows: Range<usize>) {
        let column = &self.values.rows()[column * self.capacity..][..self.capacity];
        let end = (self.dropped + self.rows + 1).min(self.capacity);
        prefetch(&column[end.saturating_sub(rows.end)..end.saturating_sub(rows.start)]);
    }

    /// Asks for where the times are, and for what is known of the columns.
    pub(super) fn prefetch_places(&self) {
        prefetch(&self.times[..]);
        prefetch(&self.complete[..]);
    }

    /// Asks for the place of the next time.
    pub(super) fn prefetch_times(&self) {
        if let Some(last) = self.times.first().and_then(|times| times.last()) {
            prefetch(last);
        }
    }

    pub(super) fn is_complete(&self, column: usize) -> bool {
        self.complete[column]
    }

    pub(super) fn bytes(&self) -> usize {
        let times: usize = self.times.iter().map(Vec::capacity).sum();
        self.values.values.len() * size_of::<f64>() + times * size_of::<Ts>()
    }

    /// Takes a row for the active lanes; the others stay as they are, aligned at their last row.
    pub(super) fn push(&mut self, active: &[bool; LANES], time: impl Fn(usize) -> Ts, newest: impl Fn(usize) -> Lane) {
        if self.dropped + self.rows == self.capacity {
            self.make_room();
        }
        let members = self.count;
        for lane in (0..members).filter(|lane| active[*lane]) {
            self.last[lane] = time(lane);
        }
        let is_one = (0..members).all(|lane| active[lane] && self.last[lane] == self.last[0]);
        if !is_one && self.times.len() < members {
            self.times = vec![with_room(self.times(0)); members];
        }
        for (lane, times) in self.times.iter_mut().enumerate().filter(|(lane, _)| active[*lane]) {
            times.push(self.last[lane]);
        }
        let end = self.rows;
        self.rows += 1;
        for column in 0..self.columns {
            let newest = newest(column);
            self.values.rows_mut()[column * self.capacity + self.dropped + end] = newest;
            self.complete[column] &= all_finite(&newest);
        }
        for lane in (0..LANES).filter(|lane| !active[*lane]) {
            for column in 0..self.columns {
                let rows = &mut self.values.rows_mut()[column * self.capacity + self.dropped..][..end + 1];
                for row in (self.start[lane]..end).rev() {
                    rows[row + 1][lane] = rows[row][lane];
                }
                rows[self.start[lane]][lane] = f64::NAN;
                self.complete[column] = false;
            }
            self.start[lane] += 1;
        }
        if self.rows > self.most {
            (self.dropped, self.rows) = (self.dropped + 1, self.rows - 1);
            self.start = self.start.map(|start| start.saturating_sub(1));
        }
    }

    /// Takes more memory; or moves the rows that are kept to its start, where that makes room enough.
    fn make_room(&mut self) {
        let is_full = self.rows == self.most;
        if is_full && self.dropped >= room_to_move(self.rows, 0) {
            let (capacity, kept) = (self.capacity, self.dropped..self.dropped + self.rows);
            for column in self.values.rows_mut().chunks_exact_mut(capacity) {
                column.copy_within(kept.clone(), 0);
            }
        } else {
            let more =
                if is_full { room_to_move(self.rows, self.members[0] / LANES) } else { (self.rows / 2).max(ROOM) };
            let capacity = self.rows + more;
            let mut values = Aligned::new(self.columns * capacity * LANES);
            for column in 0..self.columns {
                values.rows_mut()[column * capacity..][..self.rows].copy_from_slice(self.column(column));
            }
            (self.values, self.capacity) = (values, capacity);
        }
        self.dropped = 0;
        for column in 0..self.columns {
            self.complete[column] = self.complete[column] || finite(self.column(column));
        }
        for times in &mut self.times {
            times.drain(..times.len().saturating_sub(self.rows));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_that_take_rows_together_take_memory_one_after_the_other() {
        for (rows, tiles) in [(500, 1_250), (8, 40), (0, 40)] {
            let rooms: Vec<usize> = (0..tiles).map(|place| room(rows, place)).collect();
            let most =
                (0..=rows.max(2 * ROOM)).map(|wanted| rooms.iter().filter(|room| **room == wanted).count()).max();
            assert!(most.unwrap() <= tiles.div_ceil((rows / 8).max(ROOM)), "{rows} rows: {most:?} at once");
            assert!(rooms.iter().all(|room| *room >= ROOM / 2));
        }
        let rooms: Vec<usize> = (0..1_250).map(|place| room_to_move(500, place)).collect();
        let most = (0..500).map(|wanted| rooms.iter().filter(|room| **room == wanted).count()).max();
        assert_eq!((most, rooms.iter().min()), (Some(5), Some(&125)));
    }
}
