use super::Summary;

/// The sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Sum;

impl Summary<1, 1> for Sum {
    type Weights = ();

    fn of(row: [f64; 1]) -> [f64; 1] {
        row
    }

    fn weights(_: f64, _: f64) {}

    #[inline(always)]
    fn merge([newer]: [f64; 1], [older]: [f64; 1], (): ()) -> [f64; 1] {
        [newer + older]
    }
}

/// The mean, and the moment about the middle: the sum of each value times the number of rows that it is
/// newer than the middle of the block. Equal values have none.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Tilt;

impl Summary<1, 2> for Tilt {
    /// The older one's share, and the moment of a difference of 1 between the two means.
    type Weights = (f64, f64);

    fn of([row]: [f64; 1]) -> [f64; 2] {
        [row, 0.0]
    }

    fn weights(newer: f64, older: f64) -> (f64, f64) {
        (older / (newer + older), newer * older / 2.0)
    }

    #[inline(always)]
    fn merge([newer, tilt]: [f64; 2], [older, older_tilt]: [f64; 2], (share, lever): (f64, f64)) -> [f64; 2] {
        // The middle of the newer block is half an older block above the middle of both, and so on.
        let rise = newer - older;
        [(-rise).mul_add(share, newer), rise.mul_add(lever, tilt + older_tilt)]
    }
}

/// The highest value and how many rows ago it was; of equal ones the latest.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct WhenHighest;

impl Summary<1, 2> for WhenHighest {
    const OVERLAPS: bool = true;
    /// How many rows the older block is behind the newer one.
    type Weights = f64;

    fn of([row]: [f64; 1]) -> [f64; 2] {
        [row, 0.0]
    }

    fn weights(newer: f64, _: f64) -> f64 {
        newer
    }

    #[inline(always)]
    fn merge([newer, ago]: [f64; 2], [older, older_ago]: [f64; 2], behind: f64) -> [f64; 2] {
        let past = older_ago + behind;
        if older > newer { [older, past] } else { [newer, ago] }
    }
}

/// The lowest value and how many rows ago it was; of equal ones the latest.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct WhenLowest;

impl Summary<1, 2> for WhenLowest {
    const OVERLAPS: bool = true;
    /// How many rows the older block is behind the newer one.
    type Weights = f64;

    fn of([row]: [f64; 1]) -> [f64; 2] {
        [row, 0.0]
    }

    fn weights(newer: f64, _: f64) -> f64 {
        newer
    }

    #[inline(always)]
    fn merge([newer, ago]: [f64; 2], [older, older_ago]: [f64; 2], behind: f64) -> [f64; 2] {
        let past = older_ago + behind;
        if older < newer { [older, past] } else { [newer, ago] }
    }
}

/// The highest value of one series and the lowest of another.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Range;

impl Summary<2, 2> for Range {
    const OVERLAPS: bool = true;
    type Weights = ();

    fn of(row: [f64; 2]) -> [f64; 2] {
        row
    }

    fn weights(_: f64, _: f64) {}

    #[inline(always)]
    fn merge([high, low]: [f64; 2], [older_high, older_low]: [f64; 2], (): ()) -> [f64; 2] {
        [if older_high > high { older_high } else { high }, if older_low < low { older_low } else { low }]
    }
}
