use super::{STRIDE, Smoothing, merge};
use crate::indicators::lanes::{LANES, Lane, each};

/// Eight rows of eight instruments.
pub(in crate::indicators::volatility) type Block = [Lane; STRIDE];

/// The averages of eight instruments that have all made as many.
#[derive(Clone, Debug)]
pub(in crate::indicators::volatility) struct Eight {
    keep: f64,
    weight: f64,
    shares: [f64; 3],
    values: Block,
    last: Lane,
    twos: [Lane; 2],
    fours: [Lane; 4],
}

impl Eight {
    pub(in crate::indicators::volatility) fn of(lanes: [&Smoothing; LANES]) -> Self {
        Self {
            keep: lanes[0].eight[0],
            weight: lanes[0].eight[1],
            shares: lanes[0].shares,
            values: std::array::from_fn(|row| each(|lane| lanes[lane].values[row])),
            last: each(|lane| lanes[lane].last),
            twos: std::array::from_fn(|row| each(|lane| lanes[lane].twos[row])),
            fours: std::array::from_fn(|row| each(|lane| lanes[lane].fours[row])),
        }
    }

    /// Takes eight rows, gives the averages after each.
    #[inline(always)]
    pub(in crate::indicators::volatility) fn extend(&mut self, rows: &Block) -> &Block {
        let [one, two, four] = self.shares;
        let join = |newer: &Lane, older: &Lane, share: f64| each(|lane| merge(newer[lane], older[lane], share));
        let (keep, weight) = (self.keep, self.weight);
        let (mut twos, mut fours) = ([[0.0; LANES]; STRIDE], [[0.0; LANES]; STRIDE]);
        for row in 0..STRIDE {
            twos[row] = join(&rows[row], if row > 0 { &rows[row - 1] } else { &self.last }, one);
        }
        for row in 0..STRIDE {
            fours[row] = join(&twos[row], if row > 1 { &twos[row - 2] } else { &self.twos[row] }, two);
        }
        for row in 0..STRIDE {
            let eight = join(&fours[row], if row > 3 { &fours[row - 4] } else { &self.fours[row] }, four);
            let value = &mut self.values[row];
            *value = each(|lane| value[lane].mul_add(keep, weight * eight[lane]));
        }
        self.last = rows[STRIDE - 1];
        self.twos.copy_from_slice(&twos[STRIDE - 2..]);
        self.fours.copy_from_slice(&fours[STRIDE - 4..]);
        &self.values
    }

    pub(in crate::indicators::volatility) fn put_back(self, lanes: [&mut Smoothing; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            lane.values = self.values.map(|row| row[place]);
            lane.last = self.last[place];
            lane.twos = self.twos.map(|row| row[place]);
            lane.fours = self.fours.map(|row| row[place]);
        }
    }
}

/// Eight rows of a column.
#[inline(always)]
pub(in crate::indicators::volatility) fn block(column: &[Lane], row: usize) -> &Block {
    column[row..row + STRIDE].as_array().unwrap_or_else(|| unreachable!("as many rows as a block has"))
}

/// Writes what of the averages after rows `from`.. is wanted: those of the last rows.
#[inline(always)]
pub(in crate::indicators::volatility) fn write(values: &Block, from: usize, silent: usize, out: &mut [Lane]) {
    if from + STRIDE > silent {
        for (row, value) in (from..).zip(values).filter(|(row, _)| *row >= silent) {
            out[row - silent] = *value;
        }
    }
}
