//! Conditions, a bit a row, and the positions that they lead to.

use crate::expr::BLOCK;

/// The side of an instrument that a strategy is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Position {
    Short = 0,
    Flat = 1,
    Long = 2,
}

impl Position {
    const fn units(self, quantity: f64) -> f64 {
        match self {
            Self::Short => -quantity,
            Self::Flat => 0.0,
            Self::Long => quantity,
        }
    }
}

/// So many rows go into a word.
const ROWS: usize = u64::BITS as usize;

/// The conditions of so many rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conditions {
    pub(super) entry: u64,
    pub(super) exit: u64,
    pub(super) short_entry: u64,
    pub(super) short_exit: u64,
}

/// What conditions come to, for so many rows.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Rows on which each [`Position`] is left, or decided on anew.
    leaves: [u64; 3],
    /// Rows that lead to a long position from wherever it is left.
    long: u64,
    /// To a short one; all others to none.
    short: u64,
}

/// The conditions of a block by what matters from each position: a long one changes only on
/// `exit | short_entry`, and so on.
#[derive(Clone, Debug, Default)]
pub(super) struct Relevant {
    words: [Word; BLOCK / ROWS],
}

/// A bit for each byte, which are 0 or 1.
#[inline]
fn bits(bytes: &[u8; ROWS]) -> u64 {
    // The product gathers the lowest bits of eight bytes, the first one lowest, in its highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let eight = bytes.as_chunks::<8>().0.iter().rev();
    eight.fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

/// The rows of a word of a column of 0 and 1; none without a column.
#[inline]
pub(super) fn word_of(column: Option<&[u8]>, word: usize) -> u64 {
    column.and_then(|column| column.as_chunks().0.get(word)).map_or(0, bits)
}

impl Relevant {
    /// Takes over the conditions of `rows` rows, word by word; those of the first `warming` count as false.
    #[inline]
    pub(super) fn take(&mut self, rows: usize, warming: usize, mut conditions: impl FnMut(usize) -> Conditions) {
        for (place, word) in self.words[..rows.div_ceil(ROWS)].iter_mut().enumerate() {
            let first = place * ROWS;
            let from = |row: usize| u64::MAX.checked_shl(row.saturating_sub(first) as u32).unwrap_or(0);
            let counts = from(warming) & !from(rows);
            let Conditions { entry, exit, short_entry, short_exit } = conditions(place);
            let (entry, short_entry) = (entry & counts, short_entry & counts);
            *word = Word {
                leaves: [short_exit & counts | entry, entry ^ short_entry, exit & counts | short_entry],
                long: entry & !short_entry,
                short: short_entry & !entry,
            };
        }
    }

    /// Walks the rows and writes the wanted position of each; gives the side after the last.
    pub(super) fn follow(&self, mut side: Position, quantity: f64, target: &mut [f64]) -> Position {
        for (word, target) in self.words.iter().zip(target.chunks_mut(ROWS)) {
            let mut ahead = u64::MAX;
            let mut long = if side == Position::Long { ahead } else { 0 };
            let mut short = if side == Position::Short { ahead } else { 0 };
            loop {
                let next = word.leaves[side as usize] & ahead;
                if next == 0 {
                    break;
                }
                let row = next & next.wrapping_neg();
                // From this row on.
                let on = row.wrapping_neg();
                ahead = on ^ row;
                (long, short) = (long & !on, short & !on);
                if word.long & row != 0 {
                    side = Position::Long;
                    long |= on;
                } else if word.short & row != 0 {
                    side = Position::Short;
                    short |= on;
                } else {
                    side = Position::Flat;
                }
            }
            spread(target, long, short, quantity);
        }
        side
    }
}

/// Writes positions of up to a word of rows.
#[inline]
fn spread(target: &mut [f64], long: u64, short: u64, quantity: f64) {
    let [down, flat, up] = [Position::Short, Position::Flat, Position::Long].map(|side| side.units(quantity).to_bits());
    debug_assert_eq!(flat, 0, "Invariant: no bits are no position");
    // All of the bits or none, by the bit of a row.
    let all = |rows: u64, row: u32| 0u64.wrapping_sub(rows.wrapping_shr(row) & 1);
    for (row, target) in (0..).zip(target) {
        *target = f64::from_bits(all(long, row) & up | all(short, row) & down);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// The rules as they are written.
    fn step(side: Position, [entry, exit, short_entry, short_exit]: [bool; 4]) -> Position {
        let left = match side {
            Position::Long if exit || short_entry => Position::Flat,
            Position::Short if short_exit || entry => Position::Flat,
            side => side,
        };
        match left {
            Position::Flat if entry && !short_entry => Position::Long,
            Position::Flat if short_entry && !entry => Position::Short,
            side => side,
        }
    }

    #[test]
    fn words_lead_to_the_positions_that_rows_one_by_one_lead_to() {
        let mut rng = Rng::new(8, 0);
        for round in 0..400u32 {
            let often = 1 + rng.next_u64() % 40;
            let mut columns: [[u8; BLOCK]; 4] = [[0; BLOCK]; 4];
            // What lies behind the last row is left over from other blocks.
            columns.as_flattened_mut().iter_mut().for_each(|bit| *bit = u8::from(rng.next_u64().is_multiple_of(often)));
            let rows = if round < 70 { round as usize + 1 } else { 1 + (rng.next_u64() % BLOCK as u64) as usize };
            let warming = if round % 3 == 0 { (rng.next_u64() % (rows as u64 + 1)) as usize } else { 0 };
            let mut relevant = Relevant::default();
            relevant.take(rows, warming, |word| {
                let [entry, exit, short_entry, short_exit] =
                    columns.each_ref().map(|column| word_of(Some(column.as_slice()), word));
                Conditions { entry, exit, short_entry, short_exit }
            });
            for start in [Position::Short, Position::Flat, Position::Long] {
                let mut target = vec![f64::NAN; rows];
                let end = relevant.follow(start, 2.5, &mut target);
                let mut side = start;
                for (row, target) in target.iter().enumerate() {
                    if row >= warming {
                        side = step(side, columns.each_ref().map(|column| column[row] == 1));
                    }
                    assert_eq!(*target, side.units(2.5), "row {row} of {rows}, {warming} to warm up");
                }
                assert_eq!(end, side);
            }
        }
    }
}
