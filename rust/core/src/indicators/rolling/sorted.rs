use crate::indicators::window::History;

/// The last values, in order; asked for a quantile.
#[derive(Clone, Debug)]
pub(super) struct Sorted {
    period: usize,
    /// The place of the quantile: the value there, and the part of the way to the next one.
    place: usize,
    part: f64,
    history: History,
    /// In order; up to `period` of them.
    values: Vec<f64>,
}

impl Sorted {
    /// Of `period` values, at least one.
    pub(super) fn new(period: usize, q: f64) -> Self {
        let place = q * (period - 1) as f64;
        Self {
            period,
            place: (place as usize).min(period - 1),
            part: place.fract(),
            history: History::new(period),
            values: Vec::new(),
        }
    }

    /// Takes a value, gives the quantile; NaN while there are not `period` of them.
    pub(super) fn update(&mut self, x: f64) -> f64 {
        // One zero: of two that are equal either could be the one in the middle.
        let x = x + 0.0;
        if self.history.take(&[x]) > 0 {
            let [oldest, ..] = self.history.rows(self.period + 1, 0) else { return f64::NAN };
            replace(&mut self.values, *oldest, x);
        } else {
            let to = self.values.partition_point(|value| *value < x);
            self.values.insert(to, x);
        }
        if self.values.len() < self.period {
            return f64::NAN;
        }
        let low = self.values[self.place];
        if self.part == 0.0 { low } else { (self.values[self.place + 1] - low).mul_add(self.part, low) }
    }

    /// Takes values, writes the quantile after each.
    pub(super) fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        for (x, out) in input.iter().zip(out) {
            *out = self.update(*x);
        }
    }
}

/// Takes one value out of a sorted slice, puts another in.
fn replace(values: &mut [f64], old: f64, new: f64) {
    let from = values.partition_point(|value| *value < old);
    let to = values.partition_point(|value| *value < new);
    if to > from {
        values.copy_within(from + 1..to, from);
        values[to - 1] = new;
    } else {
        values.copy_within(to..from, to + 1);
        values[to] = new;
    }
}
