use super::{STRIDE, Smoothing, merge};
use crate::indicators::lanes::{LANES, Lane};

/// Values in eight rows of eight instruments.
pub(in crate::indicators::volatility) const VALUES: usize = STRIDE * LANES;

/// Eight rows of eight instruments, row by row.
pub(in crate::indicators::volatility) type Block = [f64; VALUES];

/// The averages of eight instruments that have all made as many.
#[derive(Clone, Debug)]
pub(in crate::indicators::volatility) struct Eight {
    keep: f64,
    weight: f64,
    shares: [f64; 3],
    values: Block,
    /// A block of rows, means of two and of four, each after as many as are merged with the first ones.
    rows: [f64; VALUES + LANES],
    twos: [f64; VALUES + 2 * LANES],
    fours: [f64; VALUES + 4 * LANES],
}

impl Eight {
    pub(in crate::indicators::volatility) fn of(lanes: [&Smoothing; LANES]) -> Self {
        let mut made = Self {
            keep: lanes[0].eight[0],
            weight: lanes[0].eight[1],
            shares: lanes[0].shares,
            values: [0.0; VALUES],
            rows: [0.0; VALUES + LANES],
            twos: [0.0; VALUES + 2 * LANES],
            fours: [0.0; VALUES + 4 * LANES],
        };
        for (place, lane) in lanes.into_iter().enumerate() {
            made.rows[place] = lane.last;
            spread(&mut made.values, place, &lane.values);
            spread(&mut made.twos, place, &lane.twos);
            spread(&mut made.fours, place, &lane.fours);
        }
        made
    }

    /// Takes eight rows, gives the averages after each.
    #[inline(always)]
    pub(in crate::indicators::volatility) fn extend(&mut self, block: &Block) -> &Block {
        // One loop over all values each: in vectors.
        let (keep, weight, [one, two, four]) = (self.keep, self.weight, self.shares);
        self.rows[LANES..].copy_from_slice(block);
        for i in 0..VALUES {
            self.twos[2 * LANES + i] = merge(self.rows[LANES + i], self.rows[i], one);
        }
        for i in 0..VALUES {
            self.fours[4 * LANES + i] = merge(self.twos[2 * LANES + i], self.twos[i], two);
        }
        for i in 0..VALUES {
            let eight = merge(self.fours[4 * LANES + i], self.fours[i], four);
            self.values[i] = self.values[i].mul_add(keep, weight * eight);
        }
        self.rows.copy_within(VALUES.., 0);
        self.twos.copy_within(VALUES.., 0);
        self.fours.copy_within(VALUES.., 0);
        &self.values
    }

    pub(in crate::indicators::volatility) fn put_back(self, lanes: [&mut Smoothing; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            lane.last = self.rows[place];
            collect(&self.values, place, &mut lane.values);
            collect(&self.twos, place, &mut lane.twos);
            collect(&self.fours, place, &mut lane.fours);
        }
    }
}

fn spread(block: &mut [f64], place: usize, values: &[f64]) {
    for (row, value) in block.chunks_exact_mut(LANES).zip(values) {
        row[place] = *value;
    }
}

fn collect(block: &[f64], place: usize, values: &mut [f64]) {
    for (row, value) in block.chunks_exact(LANES).zip(values) {
        *value = row[place];
    }
}

/// Eight rows of a column.
#[inline(always)]
pub(in crate::indicators::volatility) fn block(column: &[Lane], row: usize) -> &Block {
    column[row..row + STRIDE]
        .as_flattened()
        .as_array()
        .unwrap_or_else(|| unreachable!("as many values as a block has"))
}

/// Writes what of the averages after rows `from`.. is wanted: those of the last rows.
#[inline(always)]
pub(in crate::indicators::volatility) fn write(values: &Block, from: usize, silent: usize, out: &mut [Lane]) {
    if from + STRIDE > silent {
        for (row, value) in (from..).zip(values.as_chunks().0).filter(|(row, _)| *row >= silent) {
            out[row - silent] = *value;
        }
    }
}
