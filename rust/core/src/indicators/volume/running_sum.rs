use crate::indicators::groups::Group;
use crate::indicators::lanes::{LANES, Lane, STRIP, each};

/// A sum of all rows so far, in blocks of four: within a block from its first row on, on top of the sum of
/// the blocks before.
///
/// # Rationale
/// Every value of a plain running sum waits for the one before. Here only every fourth one waits, and
/// the sum of a long series rounds less often.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RunningSum {
    /// Of the blocks before.
    whole: f64,
    /// Of the rows of this block so far.
    part: f64,
    /// Rows of this block so far.
    rows: usize,
}

const BLOCK: usize = 4;

/// The sums of eight instruments that are at the same row of a block.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightSums {
    whole: Lane,
    part: Lane,
    rows: usize,
}

impl EightSums {
    /// Those that are at the same row of a block.
    pub(super) fn of(lanes: [&RunningSum; LANES]) -> Option<Self> {
        let rows = lanes[0].rows;
        lanes.iter().all(|lane| lane.rows == rows).then(|| Self {
            whole: each(|lane| lanes[lane].whole),
            part: each(|lane| lanes[lane].part),
            rows,
        })
    }

    /// Sums of nothing.
    pub(super) const fn none() -> Self {
        Self { whole: [0.0; LANES], part: [0.0; LANES], rows: 0 }
    }

    /// Takes a row, gives the sums.
    #[inline(always)]
    pub(super) fn add(&mut self, values: Lane) -> Lane {
        let (whole, part) = (self.whole, self.part);
        let part = each(|lane| part[lane] + values[lane]);
        let sum = each(|lane| whole[lane] + part[lane]);
        if self.rows + 1 == BLOCK {
            *self = Self { whole: sum, part: [0.0; LANES], rows: 0 };
        } else {
            (self.part, self.rows) = (part, self.rows + 1);
        }
        sum
    }

    /// Whether the next row is the first one of a block.
    #[inline(always)]
    pub(super) const fn is_between_blocks(&self) -> bool {
        self.rows == 0
    }

    /// Takes the rows of whole blocks in one lane.
    #[inline(always)]
    pub(super) fn add_strip(&mut self, lane: usize, values: [f64; STRIP]) {
        // A block starts from a sum of 0, which changes no value but for the sign of a zero, and that none of
        // the whole: no sum is -0.
        for [a, b, c, d] in values.as_chunks::<BLOCK>().0 {
            self.whole[lane] += a + b + c + d;
        }
    }

    pub(super) fn put_back(&self, lanes: [&mut RunningSum; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            *lane = RunningSum { whole: self.whole[place], part: self.part[place], rows: self.rows };
        }
    }
}

impl RunningSum {
    /// Whether the next row is the first one of a block.
    pub(super) const fn is_between_blocks(&self) -> bool {
        self.rows == 0
    }

    /// Between blocks: whether all values so far were finite, and so is their sum.
    #[inline(always)]
    pub(super) const fn is_finite(&self) -> bool {
        self.whole.is_finite()
    }

    /// Between blocks: takes a group of values, writes the sums.
    #[inline(always)]
    pub(super) fn take_group(&mut self, values: &Group, sums: &mut Group) {
        for ([a, b, c, d], out) in values.as_chunks().0.iter().zip(sums.as_chunks_mut::<BLOCK>().0) {
            let two = a + b;
            let three = two + c;
            let four = three + d;
            let whole = self.whole;
            self.whole += four;
            *out = [whole + a, whole + two, whole + three, self.whole];
        }
    }

    /// Takes a value, gives the sum.
    #[inline]
    pub(super) fn update(&mut self, value: f64) -> f64 {
        self.part += value;
        let sum = self.whole + self.part;
        self.rows += 1;
        if self.rows == BLOCK {
            *self = Self { whole: sum, ..Self::default() };
        }
        sum
    }

    /// Takes values, puts the sums into their places.
    #[inline]
    pub(super) fn extend(&mut self, values: &mut [f64]) {
        let first = ((BLOCK - self.rows) % BLOCK).min(values.len());
        let (first, values) = values.split_at_mut(first);
        for value in first {
            *value = self.update(*value);
        }
        let (blocks, last) = values.as_chunks_mut::<BLOCK>();
        let mut whole = self.whole;
        for [a, b, c, d] in blocks {
            let two = *a + *b;
            let three = two + *c;
            let four = three + *d;
            (*a, *b, *c) = (whole + *a, whole + two, whole + three);
            whole += four;
            *d = whole;
        }
        self.whole = whole;
        for value in last {
            *value = self.update(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_by_one_and_many_at_a_time_are_the_same_bits() {
        let rows: Vec<f64> = (0..300).map(|i| f64::from(i) * 0.1 - 7.3).collect();
        let mut sum = RunningSum::default();
        let wanted: Vec<u64> = rows.iter().map(|x| sum.update(*x).to_bits()).collect();
        for cut in 0..9 {
            let (mut sum, mut values) = (RunningSum::default(), rows.clone());
            let (first, rest) = values.split_at_mut(cut);
            sum.extend(first);
            for part in rest.chunks_mut(cut + 1) {
                sum.extend(part);
            }
            assert!(values.iter().zip(&wanted).all(|(x, wanted)| x.to_bits() == *wanted), "{cut}");
        }
    }
}
