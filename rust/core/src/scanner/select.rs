//! The best of many, in order.

use std::cmp::Ordering;

/// The places of the `top` largest values among `candidates`, the largest first; equal values in the order
/// of their places, missing values last. Only those that are returned are sorted.
///
/// # Example
/// ```
/// use baconalgo_core::scanner::best;
/// assert_eq!(best(&[1.0, 3.0, f64::NAN, 3.0, 2.0], vec![0, 1, 2, 3, 4], 3), [1, 3, 4]);
/// ```
pub fn best(values: &[f64], mut candidates: Vec<usize>, top: usize) -> Vec<usize> {
    let order = |one: &usize, other: &usize| by_value(values[*one], values[*other]).then(one.cmp(other));
    if top == 0 {
        return Vec::new();
    }
    if top < candidates.len() {
        candidates.select_nth_unstable_by(top - 1, order);
        candidates.truncate(top);
    }
    candidates.sort_unstable_by(order);
    candidates
}

/// The larger one first, zero being zero whatever its sign.
fn by_value(one: f64, other: f64) -> Ordering {
    match other.partial_cmp(&one) {
        Some(order) => order,
        None => one.is_nan().cmp(&other.is_nan()),
    }
}
