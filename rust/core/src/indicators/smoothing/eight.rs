use super::{STRIDE, Smoothing, merge};
use crate::indicators::lanes::{LANES, Lane, each, prefetch};

/// The averages of eight instruments that have seen as many values.
///
/// What is needed of the last rows lies in rings: a row replaces what it is the last one to read, and nothing
/// moves.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Eight {
    /// Of the past and of the new value after eight, and the older half's part in the means of 2, 4 and 8.
    keep: f64,
    weight: f64,
    shares: [f64; 3],
    /// Rows since the first averages, modulo 8: where the rings are.
    at: usize,
    made: usize,
    seen: usize,
    last: Lane,
    twos: [Lane; 2],
    fours: [Lane; 4],
    values: [Lane; STRIDE],
    first: Lane,
    sum: Lane,
    one: [f64; 2],
    period: usize,
}

impl Eight {
    /// Those that are at the same row.
    pub(in crate::indicators) fn of(lanes: [&Smoothing; LANES]) -> Option<Self> {
        let Smoothing { period, seen, made, one, eight: [keep, weight], shares, .. } = *lanes[0];
        let row = |value: &dyn Fn(&Smoothing) -> f64| each(|lane| value(lanes[lane]));
        lanes.iter().all(|lane| lane.seen == seen && lane.made == made).then(|| Self {
            keep,
            weight,
            shares,
            at: 0,
            made,
            seen,
            last: row(&|lane| lane.last),
            twos: std::array::from_fn(|ago| row(&|lane| lane.twos[ago])),
            fours: std::array::from_fn(|ago| row(&|lane| lane.fours[ago])),
            values: std::array::from_fn(|ago| row(&|lane| lane.values[ago])),
            first: row(&|lane| lane.first),
            sum: row(&|lane| lane.sum),
            one,
            period,
        })
    }

    pub(in crate::indicators) fn put_back(&self, lanes: [&mut Smoothing; LANES]) {
        for (place, lane) in lanes.into_iter().enumerate() {
            (lane.seen, lane.made) = (self.seen, self.made);
            (lane.first, lane.sum, lane.last) = (self.first[place], self.sum[place], self.last[place]);
            lane.twos = std::array::from_fn(|ago| self.twos[(self.at + ago) % 2][place]);
            lane.fours = std::array::from_fn(|ago| self.fours[(self.at + ago) % 4][place]);
            lane.values = std::array::from_fn(|ago| self.values[(self.at + ago) % STRIDE][place]);
        }
    }

    /// The averages, NaN while warming up.
    pub(in crate::indicators) const fn value(&self) -> &Lane {
        &self.values[(self.at + STRIDE - 1) % STRIDE]
    }

    /// Rows before every average takes the step of eight.
    pub(in crate::indicators) const fn warming(&self) -> usize {
        match self.made {
            0 => self.period - self.seen + STRIDE - 1,
            made => STRIDE - made,
        }
    }

    /// Where the rings are.
    pub(in crate::indicators) const fn at(&self) -> usize {
        self.at
    }

    /// See [`Abreast`](crate::indicators::lanes::Abreast): with the rings at this place.
    #[inline]
    pub(in crate::indicators) fn prefetch(&self, at: usize) {
        prefetch(&self.keep);
        prefetch(&self.last);
        prefetch(&self.twos[at % 2]);
        prefetch(&self.fours[at % 4]);
        prefetch(&self.values[at % STRIDE]);
    }

    /// Takes a row, gives the averages after it; NaN while warming up.
    pub(in crate::indicators) fn update(&mut self, x: &Lane) -> Lane {
        if self.made == 0 {
            self.warm_up(x);
            return *self.value();
        }
        let [one, two, four] = self.shares;
        let (place, last, before_two, before_four) =
            (self.at, self.last, self.twos[self.at % 2], self.fours[self.at % 4]);
        let twos = each(|lane| merge(x[lane], last[lane], one));
        let fours = each(|lane| merge(twos[lane], before_two[lane], two));
        let value = if self.made < STRIDE {
            self.made += 1;
            let (value, [keep, weight]) = (*self.value(), self.one);
            each(|lane| value[lane].mul_add(keep, weight * x[lane]))
        } else {
            let (value, keep, weight) = (self.values[place], self.keep, self.weight);
            let eights = each(|lane| merge(fours[lane], before_four[lane], four));
            each(|lane| value[lane].mul_add(keep, weight * eights[lane]))
        };
        self.last = *x;
        self.twos[place % 2] = twos;
        self.fours[place % 4] = fours;
        self.values[place] = value;
        self.at = (place + 1) % STRIDE;
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
            self.values[STRIDE - 1] = each(|lane| first[lane] + sum[lane] / period);
            self.made = 1;
        }
    }

    /// Takes rows, gives the averages after those from row `silent` on to `read`; for those that are past the
    /// warm-up.
    #[inline]
    pub(in crate::indicators) fn extend(&mut self, rows: &[Lane], silent: usize, mut read: impl FnMut(usize, Lane)) {
        let mut row = 0;
        while row < rows.len() {
            if self.at == 0
                && let Some(block) = rows[row..].first_chunk()
            {
                self.stride(block);
                for ahead in 0..STRIDE {
                    if row + ahead >= silent {
                        read(row + ahead - silent, self.values[ahead]);
                    }
                }
                row += STRIDE;
                continue;
            }
            let value = self.update(&rows[row]);
            if row >= silent {
                read(row - silent, value);
            }
            row += 1;
        }
    }

    /// Eight rows at once, at the start of the rings.
    #[inline(never)]
    #[expect(clippy::needless_range_loop, reason = "a lane is a place in many columns")]
    fn stride(&mut self, rows: &[Lane; STRIDE]) {
        let (keep, weight, [one, two, four]) = (self.keep, self.weight, self.shares);
        // Over the lanes outside: one iteration of vectors, all of whose numbers are in registers.
        for lane in 0..LANES {
            let x: [f64; STRIDE] = std::array::from_fn(|row| rows[row][lane]);
            let twos: [f64; STRIDE] =
                std::array::from_fn(|row| merge(x[row], if row == 0 { self.last[lane] } else { x[row - 1] }, one));
            let fours: [f64; STRIDE] = std::array::from_fn(|row| {
                merge(twos[row], if row < 2 { self.twos[row][lane] } else { twos[row - 2] }, two)
            });
            for row in 0..STRIDE {
                let eights = merge(fours[row], if row < 4 { self.fours[row][lane] } else { fours[row - 4] }, four);
                self.values[row][lane] = self.values[row][lane].mul_add(keep, weight * eights);
            }
            self.last[lane] = x[7];
            (self.twos[0][lane], self.twos[1][lane]) = (twos[6], twos[7]);
            for row in 0..4 {
                self.fours[row][lane] = fours[4 + row];
            }
        }
    }
}
