use crate::indicators::window::History;

/// Up to this period all values in order are written anew for each row, without a branch; a longer window
/// moves those between the place of the oldest and that of the newest.
const SHORT: usize = 512;

/// Values that are written side by side.
const LANES: usize = 32;

/// The last values, in order; asked for a quantile.
#[derive(Clone, Debug)]
pub(super) struct Sorted {
    period: usize,
    /// The place of the quantile: the value there, and the part of the way to the next one.
    place: usize,
    part: f64,
    seen: usize,
    history: History,
    order: Order,
}

#[derive(Clone, Debug)]
enum Order {
    /// The values behind one that is lower than all, before some that are higher than all; and room for
    /// the next ones.
    Short { values: Vec<f64>, next: Vec<f64> },
    /// The values.
    Long(Vec<f64>),
}

impl Sorted {
    /// Of `period` values, at least one.
    pub(super) fn new(period: usize, q: f64) -> Self {
        let place = q * (period - 1) as f64;
        let order = if period <= SHORT {
            let mut values = vec![f64::INFINITY; period.next_multiple_of(LANES) + 2];
            values[0] = f64::NEG_INFINITY;
            Order::Short { next: values.clone(), values }
        } else {
            Order::Long(Vec::new())
        };
        Self {
            period,
            place: (place as usize).min(period - 1),
            part: place.fract(),
            seen: 0,
            history: History::new(period),
            order,
        }
    }

    /// Takes a value, gives the quantile; NaN while there are not `period` of them.
    pub(super) fn update(&mut self, x: f64) -> f64 {
        let mut out = [0.0];
        self.extend(&[x], &mut out);
        out[0]
    }

    /// Takes values, writes the quantile after each.
    pub(super) fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        let full = self.history.take(input);
        let (warming, rest) = input.split_at(input.len() - full);
        let (blank, out) = out.split_at_mut(warming.len());
        for (x, out) in warming.iter().zip(blank) {
            self.order.replace(None, *x);
            self.seen += 1;
            *out = if self.seen == self.period { self.order.between(self.place, self.part) } else { f64::NAN };
        }
        if full > 0 {
            for ((oldest, x), out) in self.history.rows(full, self.period).iter().zip(rest).zip(out) {
                self.order.replace(Some(*oldest), *x);
                *out = self.order.between(self.place, self.part);
            }
        }
    }
}

impl Order {
    /// Takes the oldest value out, if there are enough of them, and puts a new one in.
    #[inline]
    fn replace(&mut self, oldest: Option<f64>, x: f64) {
        // One zero: of two that are equal either could be the one in the middle.
        let x = x + 0.0;
        match self {
            Self::Short { values, next } => {
                write_next(values, next, oldest.unwrap_or(f64::INFINITY), x);
                std::mem::swap(values, next);
            }
            Self::Long(values) => {
                let to = values.partition_point(|value| *value < x);
                let Some(oldest) = oldest else { return values.insert(to, x) };
                let from = values.partition_point(|value| *value < oldest);
                if to > from {
                    values.copy_within(from + 1..to, from);
                    values[to - 1] = x;
                } else {
                    values.copy_within(to..from, to + 1);
                    values[to] = x;
                }
            }
        }
    }

    /// The value at a place, and a part of the way to the next one.
    #[inline]
    fn between(&self, place: usize, part: f64) -> f64 {
        let values = match self {
            Self::Short { values, .. } => &values[1..],
            Self::Long(values) => values,
        };
        let low = values[place];
        if part == 0.0 { low } else { (values[place + 1] - low).mul_add(part, low) }
    }
}

/// Writes the values in order without `oldest`, and with `x`: each place has `x` or one of the three values
/// around it.
#[inline(never)]
fn write_next(values: &[f64], next: &mut [f64], oldest: f64, x: f64) {
    let next = &mut next[1..];
    let rows = next.len() - 1;
    let (left, middle, right) = (&values[..rows], &values[1..][..rows], &values[2..][..rows]);
    for (((next, left), middle), right) in next.iter_mut().zip(left).zip(middle).zip(right) {
        // Without the oldest value those from it on move down by one.
        let below = if *left < oldest { *left } else { *middle };
        let here = if *middle < oldest { *middle } else { *right };
        let least = if x > below { x } else { below };
        *next = if least < here { least } else { here };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_windows_are_in_order() {
        let rows: Vec<f64> = (0..1500u32).map(|i| f64::from(i * i % 211) - 100.0).collect();
        for period in [1, 2, 31, 32, 33, 511, 512, 513, 700] {
            for q in [0.0, 0.3, 0.5, 1.0] {
                let mut sorted = Sorted::new(period, q);
                let mut out = vec![0.0; rows.len()];
                sorted.extend(&rows, &mut out);
                for (window, got) in rows.windows(period).zip(&out[period - 1..]) {
                    let mut window = window.to_vec();
                    window.sort_by(f64::total_cmp);
                    let place = q * (period - 1) as f64;
                    let (low, high) = (window[place.floor() as usize], window[place.ceil() as usize]);
                    assert!((got - (low + (high - low) * place.fract())).abs() < 1e-12, "{period} {q}");
                }
            }
        }
    }
}
