use super::{STRIDE, Smoothing, merge};
use crate::indicators::lanes::{LANES, Lane, each};

/// Values in eight rows of eight instruments.
pub(in crate::indicators) const VALUES: usize = STRIDE * LANES;

/// Eight rows of eight instruments, row by row.
pub(in crate::indicators) type Block = [f64; VALUES];

/// The averages of eight instruments that are at the same row.
///
/// Every row lies in a cache line of its own: a row that is written and soon read again comes straight from the
/// store, which one across two lines does not.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(in crate::indicators) struct Eight {
    values: Block,
    /// A block of rows, means of two and of four, each after as many as are merged with the first ones.
    rows: [f64; VALUES + LANES],
    twos: [f64; VALUES + 2 * LANES],
    fours: [f64; VALUES + 4 * LANES],
    first: Lane,
    sum: Lane,
    one: [f64; 2],
    keep: f64,
    weight: f64,
    shares: [f64; 3],
    period: usize,
    seen: usize,
    made: usize,
}

impl Eight {
    /// Whether the eight are at the same row.
    pub(in crate::indicators) fn are_in_step(lanes: [&Smoothing; LANES]) -> bool {
        lanes.iter().all(|lane| lane.seen == lanes[0].seen && lane.made == lanes[0].made)
    }

    pub(in crate::indicators) fn of(lanes: [&Smoothing; LANES]) -> Self {
        let mut made = Self {
            one: lanes[0].one,
            keep: lanes[0].eight[0],
            weight: lanes[0].eight[1],
            shares: lanes[0].shares,
            period: lanes[0].period,
            seen: lanes[0].seen,
            made: lanes[0].made,
            first: each(|lane| lanes[lane].first),
            sum: each(|lane| lanes[lane].sum),
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

    /// Whether every average takes the step of eight.
    pub(in crate::indicators) const fn is_steady(&self) -> bool {
        self.made == STRIDE
    }

    /// The averages, NaN while warming up.
    pub(in crate::indicators) fn value(&self) -> Lane {
        *self.values.last_chunk().unwrap_or_else(|| unreachable!("a block has eight rows"))
    }

    /// Takes a row, gives the averages after it; NaN while warming up.
    pub(in crate::indicators) fn update(&mut self, x: &Lane) -> Lane {
        if self.made == 0 {
            self.warm_up(x);
            return self.value();
        }
        let [one, two, four] = self.shares;
        let older = |column: &[f64]| -> Lane { *column.first_chunk().unwrap_or_else(|| unreachable!("a row")) };
        let (last, before_two, before_four) = (older(&self.rows), older(&self.twos), older(&self.fours));
        let twos = each(|lane| merge(x[lane], last[lane], one));
        let fours = each(|lane| merge(twos[lane], before_two[lane], two));
        let value = if self.made < STRIDE {
            self.made += 1;
            let (value, [keep, weight]) = (self.value(), self.one);
            each(|lane| value[lane].mul_add(keep, weight * x[lane]))
        } else {
            let (value, keep, weight) = (older(&self.values), self.keep, self.weight);
            each(|lane| value[lane].mul_add(keep, weight * merge(fours[lane], before_four[lane], four)))
        };
        self.rows[..LANES].copy_from_slice(x);
        shift(&mut self.twos[..2 * LANES], &twos);
        shift(&mut self.fours[..4 * LANES], &fours);
        shift(&mut self.values, &value);
        value
    }

    fn warm_up(&mut self, x: &Lane) {
        if self.seen == 0 {
            self.first = *x;
        }
        let (first, sum) = (self.first, self.sum);
        self.sum = each(|lane| sum[lane] + (x[lane] - first[lane]));
        self.seen += 1;
        if self.seen == self.period {
            let (sum, period) = (self.sum, self.period as f64);
            let start = each(|lane| first[lane] + sum[lane] / period);
            self.values[VALUES - LANES..].copy_from_slice(&start);
            self.made = 1;
        }
    }

    /// Takes eight rows, gives the averages after each; for those that are steady.
    #[inline(always)]
    pub(in crate::indicators) fn extend(&mut self, block: &Block) -> &Block {
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

    pub(in crate::indicators) fn put_back(self, lanes: [&mut Smoothing; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            (lane.seen, lane.made, lane.first, lane.sum) = (self.seen, self.made, self.first[place], self.sum[place]);
            lane.last = self.rows[place];
            collect(&self.values, place, &mut lane.values);
            collect(&self.twos, place, &mut lane.twos);
            collect(&self.fours, place, &mut lane.fours);
        }
    }
}

fn shift(column: &mut [f64], row: &Lane) {
    column.copy_within(LANES.., 0);
    let end = column.len() - LANES;
    column[end..].copy_from_slice(row);
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
pub(in crate::indicators) fn block(column: &[Lane], row: usize) -> &Block {
    column[row..row + STRIDE].as_flattened().as_array().unwrap_or_else(|| unreachable!("as many values as a block has"))
}

/// Writes what of the averages after rows `from`.. is wanted: those of the last rows.
#[inline(always)]
pub(in crate::indicators) fn write(values: &Block, from: usize, silent: usize, out: &mut [Lane]) {
    if from + STRIDE > silent {
        for (row, value) in (from..).zip(values.as_chunks().0).filter(|(row, _)| *row >= silent) {
            out[row - silent] = *value;
        }
    }
}
