use super::{STRIDE, Smoothing, merge};

/// Eight rows.
pub(in crate::indicators) type Stride = [f64; STRIDE];

/// The averages of a series that takes eight rows at a time, in registers: [`Smoothing`] with the last eight
/// values of each level.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Strides {
    rows: Stride,
    twos: Stride,
    fours: Stride,
    values: Stride,
    keep: f64,
    weight: f64,
    shares: [f64; 3],
}

/// The eight values that end `ago` rows before the last one.
#[inline(always)]
fn late(before: &Stride, now: &Stride, ago: usize) -> Stride {
    std::array::from_fn(|row| if row < ago { before[STRIDE + row - ago] } else { now[row - ago] })
}

/// The merges of eight rows with the ones `ago` rows before.
#[inline(always)]
fn merged(before: &Stride, now: &Stride, ago: usize, share: f64) -> Stride {
    let older = late(before, now, ago);
    std::array::from_fn(|row| merge(now[row], older[row], share))
}

impl Strides {
    /// Takes eight rows, gives the averages after each.
    #[inline(always)]
    pub(in crate::indicators) fn take(&mut self, rows: Stride) -> Stride {
        let [one, two, four] = self.shares;
        let twos = merged(&self.rows, &rows, 1, one);
        let fours = merged(&self.twos, &twos, 2, two);
        let eights = merged(&self.fours, &fours, 4, four);
        let (values, keep, weight) = (self.values, self.keep, self.weight);
        self.values = std::array::from_fn(|row| values[row].mul_add(keep, weight * eights[row]));
        (self.rows, self.twos, self.fours) = (rows, twos, fours);
        self.values
    }
}

impl Smoothing {
    /// Whether every average takes the step of eight.
    pub(in crate::indicators) const fn is_steady(&self) -> bool {
        self.made == STRIDE
    }

    /// For one that is steady: to go on eight rows at a time.
    pub(in crate::indicators) fn strides(&self) -> Strides {
        let last = |values: &[f64]| -> Stride {
            std::array::from_fn(|row| (row + values.len()).checked_sub(STRIDE).map_or(0.0, |place| values[place]))
        };
        Strides {
            rows: last(&[self.last]),
            twos: last(&self.twos),
            fours: last(&self.fours),
            values: self.values,
            keep: self.eight[0],
            weight: self.eight[1],
            shares: self.shares,
        }
    }

    /// Goes on from there.
    pub(in crate::indicators) fn resume(&mut self, strides: &Strides) {
        self.last = strides.rows[STRIDE - 1];
        self.twos.copy_from_slice(&strides.twos[STRIDE - 2..]);
        self.fours.copy_from_slice(&strides.fours[STRIDE - 4..]);
        self.values = strides.values;
    }
}
