//! Numbers of a column as whole ticks or lots.

use arrow_array::{Array, Decimal128Array, Float64Array, Int64Array};

use crate::types::{Decimal, TickScale};

/// Adding this to a float below 2^51 leaves its nearest whole number (half to even) in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Floats from here on cannot go through [`ROUNDER`].
const LIMIT: f64 = 2_251_799_813_685_248.0;

/// The grid that a column's numbers lie on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    scale: TickScale,
    /// Steps = integer x `times` / `per`, in lowest terms.
    times: i128,
    per: i128,
}

/// A number on its grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// Null or NaN.
    Missing,
    /// A whole number of steps.
    On(i64),
    /// The nearest whole number of steps to what is not one.
    Near(i64),
    /// Infinite, or too large to be kept.
    TooLarge,
}

/// Values of a column's rows.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Floats, and the relative error that their width causes.
    Float(Float64Array, f64),
    /// Integers with a number of decimals that the [`Grid`] knows.
    Int(Int64Array),
    /// The same, wide.
    Wide(Decimal128Array),
}

/// All values of a column as steps, if nothing about them needs a decision.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<i64>,
    /// How many were moved to the nearest step.
    pub(super) moved: u64,
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Grid {
    /// The grid of steps of `step` for integers with `decimals` decimals (at most 18).
    pub(super) fn new(step: Decimal, decimals: u8) -> Self {
        let times = 10i128.pow(u32::from(step.scale()));
        let per = i128::from(step.mantissa()) * 10i128.pow(u32::from(decimals));
        let common = gcd(times, per);
        Self { scale: TickScale::new(step), times: times / common, per: per / common }
    }

    fn of_float(&self, value: f64, relative: f64) -> Cell {
        if value.is_nan() {
            return Cell::Missing;
        }
        let (whole, off) = self.scale.nearest(value);
        if whole.abs() > TickScale::MOST_TICKS as f64 {
            return Cell::TooLarge;
        }
        if off <= tolerance(whole, relative) { Cell::On(whole as i64) } else { Cell::Near(whole as i64) }
    }

    fn of_integer(&self, value: i128) -> Cell {
        let Some(product) = value.checked_mul(self.times) else {
            return Cell::TooLarge;
        };
        let (floor, rest) = (product.div_euclid(self.per), product.rem_euclid(self.per));
        let up = match (2 * rest).cmp(&self.per) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => floor & 1,
            std::cmp::Ordering::Greater => 1,
        };
        match i64::try_from(floor + up) {
            Ok(steps) if steps.unsigned_abs() <= TickScale::MOST_TICKS as u64 => {
                if rest == 0 {
                    Cell::On(steps)
                } else {
                    Cell::Near(steps)
                }
            }
            _ => Cell::TooLarge,
        }
    }
}

/// As [`TickScale::tolerance`], for floats of a given relative error.
#[inline(always)]
fn tolerance(whole: f64, relative: f64) -> f64 {
    let wide = whole.abs() * relative;
    if wide > TickScale::TOLERANCE { wide } else { TickScale::TOLERANCE }
}

impl Values {
    /// The relative error of a 64-bit float that was computed from a decimal; as in [`TickScale`].
    pub(super) const DOUBLE: f64 = 4.0 * f64::EPSILON;
    /// The relative error of a 32-bit float.
    pub(super) const SINGLE: f64 = f32::EPSILON as f64;

    /// The number of a row.
    pub(super) fn cell(&self, row: usize, grid: &Grid) -> Cell {
        match self {
            Self::Float(values, _) if values.is_null(row) => Cell::Missing,
            Self::Int(values) if values.is_null(row) => Cell::Missing,
            Self::Wide(values) if values.is_null(row) => Cell::Missing,
            Self::Float(values, relative) => grid.of_float(values.value(row), *relative),
            Self::Int(values) => grid.of_integer(i128::from(values.value(row))),
            Self::Wide(values) => grid.of_integer(values.value(row)),
        }
    }

    /// The text of a row's value.
    pub(super) fn text(&self, row: usize) -> String {
        match self {
            Self::Float(values, _) => values.value(row).to_string(),
            Self::Int(values) => values.value(row).to_string(),
            Self::Wide(values) => values.value_as_string(row),
        }
    }

    /// All prices in ticks; `None` if one is missing, zero, off the tick, or too large.
    pub(super) fn prices(&self, grid: &Grid) -> Option<Vec<i64>> {
        match self {
            Self::Float(values, relative) if values.null_count() == 0 => {
                let converted = float_steps(values.values(), grid, *relative);
                (!converted.beyond && converted.moved == 0 && !converted.zero).then_some(converted.steps)
            }
            Self::Int(values) if values.null_count() == 0 => {
                let converted = integer_steps(values.values(), grid)?;
                (!converted.beyond && !converted.zero).then_some(converted.steps)
            }
            _ => None,
        }
    }

    /// All sizes in lots; `None` if one is missing, negative or too large.
    pub(super) fn sizes(&self, grid: &Grid) -> Option<Steps> {
        let converted = match self {
            Self::Float(values, relative) if values.null_count() == 0 => float_steps(values.values(), grid, *relative),
            Self::Int(values) if values.null_count() == 0 => integer_steps(values.values(), grid)?,
            _ => return None,
        };
        (!converted.beyond && !converted.negative).then_some(Steps { steps: converted.steps, moved: converted.moved })
    }
}

/// Steps and what was met among them.
#[derive(Default)]
struct Converted {
    steps: Vec<i64>,
    moved: u64,
    beyond: bool,
    zero: bool,
    negative: bool,
}

/// Without branches, so that it vectorises.
#[inline(always)]
fn float_steps_by(values: &[f64], relative: f64, in_steps: impl Fn(f64) -> f64) -> Converted {
    let mut met = Converted { steps: vec![0; values.len()], ..Converted::default() };
    let (mut moved, mut beyond, mut zero, mut negative) = (0u64, 0u64, 0u64, 0u64);
    for (steps, &value) in met.steps.iter_mut().zip(values) {
        let exact = in_steps(value);
        let shifted = exact + ROUNDER;
        let whole = shifted - ROUNDER;
        *steps = (shifted.to_bits() as i64).wrapping_sub(ROUNDER.to_bits() as i64);
        beyond |= u64::from(exact.is_nan() | (exact.abs() >= LIMIT));
        moved = moved.wrapping_add(u64::from((exact - whole).abs() > tolerance(whole, relative)));
        zero |= u64::from(whole == 0.0);
        negative |= u64::from(value < 0.0);
    }
    met.moved = moved;
    met.beyond = beyond != 0;
    met.zero = zero != 0;
    met.negative = negative != 0;
    met
}

fn float_steps(values: &[f64], grid: &Grid, relative: f64) -> Converted {
    let TickScale { mantissa, power, .. } = grid.scale;
    if mantissa == 1.0 {
        // The same number: a division by one changes nothing.
        float_steps_by(values, relative, |value| value * power)
    } else {
        float_steps_by(values, relative, |value| value * power / mantissa)
    }
}

/// `None` if a value is not whole or the ratio is neither whole nor one over a whole number.
fn integer_steps(values: &[i64], grid: &Grid) -> Option<Converted> {
    let (times, per) = (i64::try_from(grid.times).ok()?, i64::try_from(grid.per).ok()?);
    let mut met = Converted::default();
    let (mut beyond, mut zero, mut negative, mut rest) = (false, false, false, 0i64);
    let limit = i64::MAX / times;
    let mut look = |value: i64| {
        beyond |= !(-limit..=limit).contains(&value);
        zero |= value == 0;
        negative |= value < 0;
    };
    met.steps.reserve_exact(values.len());
    if per == 1 {
        met.steps.extend(values.iter().map(|&value| {
            look(value);
            value.wrapping_mul(times)
        }));
    } else if times == 1 {
        met.steps.extend(values.iter().map(|&value| {
            look(value);
            rest |= value % per;
            value / per
        }));
    } else {
        return None;
    }
    (met.beyond, met.zero, met.negative) = (beyond, zero, negative);
    (rest == 0).then_some(met)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(step: &str, decimals: u8) -> Grid {
        Grid::new(step.parse().unwrap(), decimals)
    }

    #[test]
    fn scaled_integers_are_exact() {
        let column = Values::Int(Int64Array::from(vec![1_836_300, 1_836_325]));
        assert_eq!(column.cell(0, &grid("0.01", 4)), Cell::On(18_363));
        assert_eq!(column.cell(1, &grid("0.01", 4)), Cell::Near(18_363));
        assert_eq!(column.cell(1, &grid("0.0025", 4)), Cell::On(73_453));
        assert_eq!(column.cell(0, &grid("0.000001", 4)), Cell::On(183_630_000));
        assert_eq!(column.prices(&grid("0.01", 4)), None);
        assert_eq!(column.prices(&grid("0.0001", 4)), Some(vec![1_836_300, 1_836_325]));
        assert_eq!(column.prices(&grid("0.0025", 4)), Some(vec![73_452, 73_453]));
    }

    #[test]
    fn halves_go_to_even() {
        let grid = grid("0.1", 2);
        let column = Values::Int(Int64Array::from(vec![15, 25, -15, -25]));
        let cells: Vec<_> = (0..4).map(|row| column.cell(row, &grid)).collect();
        assert_eq!(cells, [Cell::Near(2), Cell::Near(2), Cell::Near(-2), Cell::Near(-2)]);
    }

    #[test]
    fn a_single_precision_float_is_on_the_tick_its_width_allows() {
        let column = Values::Float(Float64Array::from(vec![f64::from(123.45f32)]), Values::SINGLE);
        assert_eq!(column.cell(0, &grid("0.01", 0)), Cell::On(12_345));
        let double = Values::Float(Float64Array::from(vec![f64::from(123.45f32)]), Values::DOUBLE);
        assert_eq!(double.cell(0, &grid("0.01", 0)), Cell::Near(12_345));
    }

    proptest! {
        #[test]
        fn the_vectorised_path_says_what_the_row_by_row_path_says(
            values in prop::collection::vec(prop_oneof![
                (-100_000i64..100_000).prop_map(|ticks| ticks as f64 / 100.0),
                -1e3..1e3f64,
                Just(f64::NAN), Just(f64::INFINITY), Just(0.0), Just(1e300), Just(3e13),
            ], 1..9),
            step in prop::sample::select(vec!["0.01", "0.25", "1", "0.00001"]),
        ) {
            let grid = grid(step, 0);
            let column = Values::Float(Float64Array::from(values.clone()), Values::DOUBLE);
            let cells: Vec<_> = (0..values.len()).map(|row| column.cell(row, &grid)).collect();
            if let Some(prices) = column.prices(&grid) {
                let expected: Vec<_> = prices.iter().map(|&ticks| Cell::On(ticks)).collect();
                prop_assert_eq!(&cells, &expected);
            }
            if let Some(sizes) = column.sizes(&grid) {
                let moved = cells.iter().filter(|cell| matches!(cell, Cell::Near(_))).count();
                prop_assert_eq!(sizes.moved, moved as u64);
                for (cell, lots) in cells.iter().zip(sizes.steps) {
                    prop_assert!(*cell == Cell::On(lots) || *cell == Cell::Near(lots));
                }
            }
        }
    }
}
