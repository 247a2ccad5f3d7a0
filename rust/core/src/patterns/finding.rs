//! What a pattern says on a row, as the numbers that it gives.

use crate::indicators::spec::Output;

/// The outputs that every pattern has, in their order; a pattern says what its level and strength are.
pub(super) const DIRECTION: Output = Output {
    name: "direction",
    doc: "1 where there is a bullish one, -1 where there is a bearish one, 0 where there is none; NaN in the warm-up.",
};
pub(super) const START: Output =
    Output { name: "start", doc: "How many bars ago it began, 0 is this bar; NaN where there is none." };
pub(super) const END: Output =
    Output { name: "end", doc: "How many bars ago it ended, 0 is this bar; NaN where there is none." };

/// The fourth output.
pub(super) const fn level(doc: &'static str) -> Output {
    Output { name: "level", doc }
}

/// The fifth output.
pub(super) const fn strength(doc: &'static str) -> Output {
    Output { name: "strength", doc }
}

/// A pattern that is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) bullish: bool,
    /// Bars ago.
    pub(super) start: u64,
    /// Bars ago.
    pub(super) end: u64,
    pub(super) level: f64,
    /// 0 to 1.
    pub(super) strength: f64,
}

/// A row of the warm-up.
pub(super) const UNKNOWN: [f64; 5] = [f64::NAN; 5];

/// The row of what there is.
#[inline]
pub(super) fn row(found: Option<Finding>) -> [f64; 5] {
    found.map_or([0.0, f64::NAN, f64::NAN, f64::NAN, 0.0], |found| {
        let direction = if found.bullish { 1.0 } else { -1.0 };
        [direction, found.start as f64, found.end as f64, found.level, found.strength]
    })
}

/// A row with the further outputs of a pattern after it.
#[inline]
pub(super) fn with<const E: usize, const N: usize>(row: [f64; 5], extras: [f64; E]) -> [f64; N] {
    std::array::from_fn(|place| if place < 5 { row[place] } else { extras[place - 5] })
}

/// Of two on one row the stronger one; the bullish one if they are equal.
#[inline]
pub(super) fn stronger(bullish: Option<Finding>, bearish: Option<Finding>) -> Option<Finding> {
    match (bullish, bearish) {
        (Some(up), Some(down)) => Some(if down.strength > up.strength { down } else { up }),
        (up, down) => up.or(down),
    }
}

/// A part of a whole, in 0..1. Of a whole of nothing, any part is all.
#[inline]
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else if part > 0.0 {
        1.0
    } else {
        0.0
    }
}
