mod eight;

pub(super) use eight::Eight;

/// An average that is part of an indicator: `a = a (1 - k) + x k`, seeded with the mean of the first
/// `period` values.
///
/// # Rationale
/// Eight steps at once: `a[i] = a[i-8] (1 - k)^8 + m (1 - (1 - k)^8)` with `m` the mean of the last eight
/// values, each weighted `1 - k` times the one after it, merged from halves. No row waits for the one before
/// it, so that columns run in vectors; single rows take the same steps. Equal values have an exactly
/// equal average: all weights sum to 1, and a merge moves one mean towards the other by a part of
/// their difference.
#[derive(Clone, Debug)]
pub(super) struct Smoothing {
    period: usize,
    /// Values seen, up to the first average.
    seen: usize,
    first: f64,
    sum: f64,
    /// Of the past and of the new value, and so after eight.
    one: [f64; 2],
    eight: [f64; 2],
    /// The older half's part in the means of 2, 4 and 8 values.
    shares: [f64; 3],
    /// Averages so far, up to `STRIDE`.
    made: usize,
    /// The last averages, oldest first.
    values: [f64; STRIDE],
    /// The last value, the last means of 2 and of 4, oldest first.
    last: f64,
    twos: [f64; 2],
    fours: [f64; 4],
}

/// Rows at once.
pub(super) const STRIDE: usize = 8;
/// Rows that are worked on together.
const BLOCK: usize = 128;

#[inline(always)]
fn merge(newer: f64, older: f64, share: f64) -> f64 {
    (older - newer).mul_add(share, newer)
}

/// The larger one is rounded, the other one is what is left of 1, which is exact.
fn weights(keep: f64) -> [f64; 2] {
    let weight = 1.0 - keep;
    if keep < 0.5 { [1.0 - weight, weight] } else { [keep, weight] }
}

impl Smoothing {
    /// With `k = 2 / (period + 1)`.
    pub(super) fn exponential(period: usize) -> Self {
        Self::new(period, 2.0 / (period as f64 + 1.0))
    }

    /// With `k = 1 / period`.
    pub(super) fn wilder(period: usize) -> Self {
        Self::new(period, 1.0 / period as f64)
    }

    /// Wilder's, after an average of `value`.
    pub(super) fn wilder_from(value: f64, period: usize) -> Self {
        let mut made = Self::wilder(period);
        made.seen = period;
        made.start(value);
        made
    }

    fn new(period: usize, k: f64) -> Self {
        let one = weights(1.0 - k);
        let keep = one[0];
        Self {
            period,
            seen: 0,
            first: 0.0,
            sum: 0.0,
            one,
            eight: weights(keep.powi(8)),
            shares: [1, 2, 4].map(|rows| keep.powi(rows) / (1.0 + keep.powi(rows))),
            made: 0,
            values: [f64::NAN; STRIDE],
            last: 0.0,
            twos: [0.0; 2],
            fours: [0.0; 4],
        }
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.made > 0
    }

    /// The average, NaN while warming up.
    pub(super) const fn value(&self) -> f64 {
        self.values[STRIDE - 1]
    }

    fn start(&mut self, value: f64) {
        self.values[STRIDE - 1] = value;
        self.made = 1;
    }

    /// Takes a value, gives the average after it; NaN while warming up.
    pub(super) fn update(&mut self, x: f64) -> f64 {
        if !self.is_ready() {
            self.warm_up(x);
            return self.value();
        }
        let two = merge(x, self.last, self.shares[0]);
        let four = merge(two, self.twos[0], self.shares[1]);
        let eight = merge(four, self.fours[0], self.shares[2]);
        self.last = x;
        self.twos = [self.twos[1], two];
        self.fours = [self.fours[1], self.fours[2], self.fours[3], four];
        let value = if self.made < STRIDE {
            self.made += 1;
            self.value().mul_add(self.one[0], self.one[1] * x)
        } else {
            self.values[0].mul_add(self.eight[0], self.eight[1] * eight)
        };
        self.values.rotate_left(1);
        self.values[STRIDE - 1] = value;
        value
    }

    #[cold]
    fn warm_up(&mut self, x: f64) {
        if self.seen == 0 {
            self.first = x;
        }
        self.sum += x - self.first;
        self.seen += 1;
        if self.seen == self.period {
            self.start(self.first + self.sum / self.period as f64);
        }
    }

    /// Puts the averages in the place of the values; NaN while warming up.
    pub(super) fn extend(&mut self, values: &mut [f64]) {
        let mut rows = 0;
        while self.made < STRIDE && rows < values.len() {
            values[rows] = self.update(values[rows]);
            rows += 1;
        }
        for block in values[rows..].chunks_mut(BLOCK) {
            self.run(block);
        }
    }

    fn run(&mut self, block: &mut [f64]) {
        let rows = block.len();
        let ([keep, weight], [one, two, four]) = (self.eight, self.shares);
        let (mut twos, mut fours) = ([0.0; BLOCK + 2], [0.0; BLOCK + 4]);
        twos[..2].copy_from_slice(&self.twos);
        fours[..4].copy_from_slice(&self.fours);
        let (twos, fours) = (&mut twos[..rows + 2], &mut fours[..rows + 4]);
        twos[2] = merge(block[0], self.last, one);
        for (to, pair) in twos[3..].iter_mut().zip(block.windows(2)) {
            *to = merge(pair[1], pair[0], one);
        }
        for ((to, newer), older) in fours[4..].iter_mut().zip(&twos[2..]).zip(twos.iter()) {
            *to = merge(*newer, *older, two);
        }
        self.last = block[rows - 1];
        self.twos.copy_from_slice(&twos[rows..]);
        self.fours.copy_from_slice(&fours[rows..]);
        let mut values = self.values;
        let (strides, rest) = block.as_chunks_mut::<STRIDE>();
        let (newer, older) = (&fours[4..], &fours[..rows]);
        for ((out, newer), older) in strides.iter_mut().zip(newer.as_chunks().0).zip(older.as_chunks().0) {
            let newer: &[f64; STRIDE] = newer;
            let older: &[f64; STRIDE] = older;
            for lane in 0..STRIDE {
                values[lane] = values[lane].mul_add(keep, weight * merge(newer[lane], older[lane], four));
            }
            *out = values;
        }
        let done = rows - rest.len();
        for ((out, value), row) in rest.iter_mut().zip(&mut values).zip(done..) {
            *value = value.mul_add(keep, weight * merge(newer[row], older[row], four));
            *out = *value;
        }
        values.rotate_left(rows - done);
        self.values = values;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_steps_at_once_are_eight_steps() {
        for period in [1, 2, 3, 14, 1000] {
            let (mut average, mut plain) = (Smoothing::wilder(period), f64::NAN);
            for i in 0..5000u32 {
                let x = 1.0 + f64::from(i * i % 1009) * 0.01;
                let value = average.update(x);
                plain = if plain.is_nan() { value } else { plain + (x - plain) / period as f64 };
                assert!(value.is_nan() == (i + 1 < period as u32), "{period} {i}");
                assert!(value.is_nan() || (value - plain).abs() < 1e-13, "{period} {i} {value} {plain}");
            }
        }
    }

    #[test]
    fn equal_values_have_that_average() {
        for period in (1..300).chain([12_345]) {
            let mut average = Smoothing::wilder(period);
            for i in 0..period + 40 {
                assert_eq!(
                    average.update(1.386_27).to_bits(),
                    if i + 1 < period { f64::NAN } else { 1.386_27 }.to_bits()
                );
            }
        }
    }
}
