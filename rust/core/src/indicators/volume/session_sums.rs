use std::hint::black_box;

use super::running_sum::{EightSums, RunningSum};
use crate::indicators::groups::{GROUP, Group};
use crate::indicators::lanes::{LANES, Lane, STRIP, each};

/// Sums over a session, of the first `N` of: volume, volume times distance, volume times squared distance.
///
/// The distance is that of three times the typical price from where the session started: from the first
/// row with volume. Prices that do not move have none, and sums of small distances lose no digits.
#[derive(Clone, Debug)]
pub(super) struct SessionSums<const N: usize> {
    session: f64,
    /// Three times the first typical price with volume; NaN while there is none.
    origin: f64,
    sums: [RunningSum; N],
}

impl<const N: usize> SessionSums<N> {
    pub(super) fn new() -> Self {
        // No session: not even equal to itself.
        Self { session: f64::NAN, origin: f64::NAN, sums: [RunningSum::default(); N] }
    }

    /// Takes a row, gives the origin and the sums; an origin of NaN while there was no volume.
    pub(super) fn update(&mut self, [high, low, close, volume, session]: [f64; 5]) -> (f64, [f64; N]) {
        if session != self.session {
            *self = Self { session, ..Self::new() };
        }
        if self.origin.is_nan() {
            if volume <= 0.0 {
                return (f64::NAN, [f64::NAN; N]);
            }
            self.origin = high + low + close;
        }
        let mut values = weighted::<N>(high + low + close - self.origin, volume);
        for (value, sum) in values.iter_mut().zip(&mut self.sums) {
            *value = sum.update(*value);
        }
        (self.origin, values)
    }

    /// Takes rows, writes the sums; after each stretch of rows of one origin `finish` is told which rows
    /// they are, and the origin.
    pub(super) fn extend(
        &mut self,
        [high, low, close, volume, session]: [&[f64]; 5],
        outs: &mut [&mut [f64]; N],
        mut finish: impl FnMut(&mut [&mut [f64]; N], std::ops::Range<usize>, f64),
    ) {
        let mut at = 0;
        while at < session.len() {
            let mut end = at + leading(&session[at..], self.session);
            if end == at || self.origin.is_nan() {
                let (origin, values) = self.update([high[at], low[at], close[at], volume[at], session[at]]);
                for (out, value) in outs.iter_mut().zip(values) {
                    out[at] = value;
                }
                end = at + 1;
                finish(outs, at..end, origin);
            } else {
                let rows = at..end;
                let (high, low, close) = (&high[rows.clone()], &low[rows.clone()], &close[rows.clone()]);
                let volume = &volume[rows.clone()];
                let mut columns = outs.each_mut().map(|out| &mut out[rows.clone()]);
                let count = volume.len();
                for column in &columns {
                    assert_eq!(column.len(), count, "Invariant: columns in step");
                }
                for row in 0..count {
                    let away = high[row] + low[row] + close[row] - self.origin;
                    for (column, value) in columns.iter_mut().zip(weighted::<N>(away, volume[row])) {
                        column[row] = value;
                    }
                }
                for (sum, column) in self.sums.iter_mut().zip(&mut columns) {
                    sum.extend(column);
                }
                finish(outs, rows, self.origin);
            }
            at = end;
        }
    }
}

impl<const N: usize> SessionSums<N> {
    /// Which session it is.
    pub(super) const fn session(&self) -> f64 {
        self.session
    }

    /// Whether there is an origin, and the next row is the first one of a block.
    pub(super) const fn is_between_blocks(&self) -> bool {
        !self.origin.is_nan() && self.sums[0].is_between_blocks()
    }

    /// Where the distances are from; NaN while there was no volume.
    pub(super) const fn origin(&self) -> f64 {
        self.origin
    }

    /// Between blocks: takes a group of rows of this session, writes the sums.
    #[inline(always)]
    pub(super) fn take_group(&mut self, [high, low, close, volume]: [&Group; 4], sums: &mut [Group; N]) {
        let mut values = [[0.0; GROUP]; N];
        for row in 0..GROUP {
            let away = high[row] + low[row] + close[row] - self.origin;
            for (column, value) in values.iter_mut().zip(weighted::<N>(away, volume[row])) {
                column[row] = value;
            }
        }
        for ((sum, values), sums) in self.sums.iter_mut().zip(&values).zip(sums) {
            // Made in vectors and read one by one: through memory, which takes less than to take vectors of several
            // sums apart.
            sum.take_group(black_box(values), sums);
        }
    }
}

/// The sums of eight instruments whose sessions have as many rows, but for whole blocks.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightSessions<const N: usize> {
    session: Lane,
    /// All NaN, or none.
    pub(super) origin: Lane,
    sums: [EightSums; N],
}

impl<const N: usize> EightSessions<N> {
    /// Those that are at the same row of a block, if all have an origin or none has seen anything.
    pub(super) fn of(lanes: [&SessionSums<N>; LANES]) -> Option<Self> {
        let is_new = |lane: &&SessionSums<N>| lane.session.is_nan();
        if !lanes.iter().all(is_new) && lanes.iter().any(|lane| lane.origin.is_nan()) {
            return None;
        }
        let mut sums = [EightSums::none(); N];
        for (power, sums) in sums.iter_mut().enumerate() {
            *sums = EightSums::of(lanes.map(|lane| &lane.sums[power]))?;
        }
        Some(Self { session: each(|lane| lanes[lane].session), origin: each(|lane| lanes[lane].origin), sums })
    }

    pub(super) fn put_back(&self, mut lanes: [&mut SessionSums<N>; LANES]) {
        for (place, lane) in lanes.iter_mut().enumerate() {
            (lane.session, lane.origin) = (self.session[place], self.origin[place]);
        }
        for (power, sum) in self.sums.iter().enumerate() {
            sum.put_back(lanes.each_mut().map(|lane| &mut lane.sums[power]));
        }
    }

    fn goes_on(&self, session: &Lane) -> bool {
        (0..LANES).fold(true, |same, lane| same & (session[lane] == self.session[lane]))
    }

    /// How many of the first rows they take in step: those that go on with the sessions, or one that starts
    /// new ones everywhere, with volume.
    pub(super) fn stay(&self, volumes: &[Lane], sessions: &[Lane]) -> usize {
        let rows = sessions.iter().take_while(|session| self.goes_on(session)).count();
        let starts = |lane: usize| sessions[0][lane] != self.session[lane] && volumes[0][lane] > 0.0;
        if rows == 0 && (0..LANES).all(starts) { 1 } else { rows }
    }

    /// Takes a row that goes on with the sessions, or starts new ones; gives the sums.
    #[inline(always)]
    pub(super) fn update(&mut self, [high, low, close, volume, session]: [&Lane; 5]) -> [Lane; N] {
        if !self.goes_on(session) {
            self.sums = [EightSums::none(); N];
            (self.session, self.origin) = (*session, each(|lane| high[lane] + low[lane] + close[lane]));
        }
        let values: [Lane; N] = weighted_of_eight(&self.origin, [high, low, close, volume]);
        std::array::from_fn(|power| self.sums[power].add(values[power]))
    }

    /// Whether [`Self::add_strip`] may be asked.
    pub(super) const fn is_between_blocks(&self) -> bool {
        self.sums[0].is_between_blocks()
    }

    /// Takes rows that go on with the sessions.
    #[inline(always)]
    pub(super) fn add_strip(&mut self, [high, low, close, volume]: [&[Lane; STRIP]; 4]) {
        for lane in 0..LANES {
            let origin = self.origin[lane];
            let values: [[f64; N]; STRIP] = std::array::from_fn(|row| {
                weighted(high[row][lane] + low[row][lane] + close[row][lane] - origin, volume[row][lane])
            });
            for (power, sum) in self.sums.iter_mut().enumerate() {
                sum.add_strip(lane, values.map(|row| row[power]));
            }
        }
    }
}

/// [`weighted`]; each power by itself, so that the lanes are vectors.
#[inline(always)]
fn weighted_of_eight<const N: usize>(origin: &Lane, [high, low, close, volume]: [&Lane; 4]) -> [Lane; N] {
    let away = each(|lane| high[lane] + low[lane] + close[lane] - origin[lane]);
    std::array::from_fn(|power| each(|lane| weighted::<N>(away[lane], volume[lane])[power]))
}

#[inline(always)]
fn weighted<const N: usize>(away: f64, volume: f64) -> [f64; N] {
    let first = away * volume;
    let all = [volume, first, first * away];
    std::array::from_fn(|power| all[power])
}

/// How many values in front are equal to one.
fn leading(values: &[f64], wanted: f64) -> usize {
    let mut count = 0;
    for chunk in values.chunks(64) {
        // Without an early end: in vectors.
        if !chunk.iter().fold(true, |same, value| same & (*value == wanted)) {
            return count + chunk.iter().take_while(|value| **value == wanted).count();
        }
        count += chunk.len();
    }
    count
}
