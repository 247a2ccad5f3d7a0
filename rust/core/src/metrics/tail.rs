//! What lies in the tails: percentiles, value at risk, tail ratio; and the Ulcer index.
//!
//! # Rationale
//! These need an order or a running high of every single return, so they are kept apart from
//! [`super::summary`], which does not.

/// The `percent`-th percentile by linear interpolation between the two nearest ranks.
///
/// With x sorted and h = (n - 1) percent / 100: x\[floor h\] + (h - floor h)(x\[floor h + 1\] - x\[floor h\]),
/// as NumPy's default. `percent` is held to 0..=100. `None` if there are no values or one is NaN. O(n).
///
/// ```
/// use baconalgo_core::metrics::percentile;
///
/// assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 50.0), Some(2.5));
/// assert_eq!(percentile(&[], 50.0), None);
/// ```
pub fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    if values.is_empty() || percent.is_nan() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    Some(select(&mut values.to_vec(), percent))
}

/// The percentiles of one set of values, in the order asked for; see [`percentile`]. O(n log n).
pub fn percentiles(values: &[f64], percents: &[f64]) -> Vec<Option<f64>> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return vec![None; percents.len()];
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |percent: f64| {
        let (rank, fraction) = rank_of(sorted.len(), percent);
        between(sorted[rank], sorted[(rank + 1).min(sorted.len() - 1)], fraction)
    };
    percents.iter().map(|&percent| (!percent.is_nan()).then(|| at(percent))).collect()
}

/// The rank at or below the percentile, and how far it is to the next one.
fn rank_of(count: usize, percent: f64) -> (usize, f64) {
    let h = (count - 1) as f64 * (percent.clamp(0.0, 100.0) / 100.0);
    (h as usize, h.fract())
}

fn between(low: f64, high: f64, fraction: f64) -> f64 {
    // Without the test, infinite neighbours would give inf - inf.
    if fraction == 0.0 || low == high { low } else { low + (high - low) * fraction }
}

/// Reorders `values`, which has one at least and no NaN.
fn select(values: &mut [f64], percent: f64) -> f64 {
    let (rank, fraction) = rank_of(values.len(), percent);
    let (_, &mut low, above) = values.select_nth_unstable_by(rank, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    between(low, high, fraction)
}

/// Historical tail statistics of returns; made by [`tail_risk`].
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct TailRisk {
    /// The 5th percentile of the returns: a loss is negative, as a fraction of equity per period.
    pub value_at_risk_95: Option<f64>,
    /// The mean of the returns at or below `value_at_risk_95`.
    pub cvar_95: Option<f64>,
    /// |95th percentile| / |5th percentile|; `None` if the latter is 0.
    pub tail_ratio: Option<f64>,
}

/// Value at risk, its conditional mean and the tail ratio of `returns` (fractions, one a period).
///
/// All are `None` without returns or if one of them is not finite. O(n), and a copy of the returns.
pub fn tail_risk(returns: &[f64]) -> TailRisk {
    if returns.is_empty() || returns.iter().any(|value| !value.is_finite()) {
        return TailRisk::default();
    }
    let mut copy = returns.to_vec();
    let low = select(&mut copy, 5.0);
    let high = select(&mut copy, 95.0);
    let beyond = returns.iter().filter(|&&value| value <= low);
    let (count, sum) = beyond.fold((0u64, 0.0), |(count, sum), value| (count + 1, sum + value));
    TailRisk {
        value_at_risk_95: Some(low),
        cvar_95: Some(sum / count as f64),
        tail_ratio: (low != 0.0).then(|| (high / low).abs()),
    }
}

/// The Ulcer index of `returns` (fractions, one a period), in percent.
///
/// sqrt(sum of D^2 / n), D = 100 (1 - wealth / highest wealth so far) after each of the n returns, the
/// start counting as a high (P. Martin, 1987). `None` without returns, if one is not finite, or if
/// wealth does not stay above zero.
pub fn ulcer_index(returns: &[f64]) -> Option<f64> {
    // The ratio of wealth to its high follows q' = min(1, q (1 + r)): nothing here can overflow.
    let (mut ratio, mut sum) = (1.0f64, 0.0);
    for &value in returns {
        if !(value > -1.0 && value.is_finite()) {
            return None;
        }
        ratio = (ratio * (1.0 + value)).min(1.0);
        let depth = 100.0 * (1.0 - ratio);
        sum += depth * depth;
    }
    (!returns.is_empty()).then(|| (sum / returns.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tail_statistics_of_a_hand_worked_example() {
        // 21 returns -10 %, -9 %, .. 10 %: h = 20 x 0.05 = 1 and 20 x 0.95 = 19, so -9 % and 9 %.
        let returns: Vec<f64> = (-10..=10).map(|i| f64::from(i) / 100.0).collect();
        let tail = tail_risk(&returns);
        assert!((tail.value_at_risk_95.unwrap() + 0.09).abs() < 1e-15);
        assert!((tail.cvar_95.unwrap() + 0.095).abs() < 1e-15, "the mean of -10 % and -9 %");
        assert!((tail.tail_ratio.unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn tails_of_nothing_or_of_nan_are_undefined() {
        assert_eq!(tail_risk(&[]), TailRisk::default());
        assert_eq!(tail_risk(&[0.1, f64::NAN]), TailRisk::default());
        assert_eq!(tail_risk(&[0.0, 0.0]).tail_ratio, None);
        assert_eq!(percentile(&[1.0, f64::NAN], 50.0), None);
        assert_eq!(percentiles(&[], &[50.0]), [None]);
    }

    #[test]
    fn ulcer_index_of_a_hand_worked_example() {
        // 1 -> 1.1 -> 0.99 -> 1.188 -> 1.0692: depths 0, 10, 0, 10 percent; sqrt(200 / 4).
        let ulcer = ulcer_index(&[0.1, -0.1, 0.2, -0.1]).unwrap();
        assert!((ulcer - 50f64.sqrt()).abs() < 1e-12);
        assert_eq!(ulcer_index(&[]), None);
        assert_eq!(ulcer_index(&[0.1, -1.0]), None);
    }

    proptest! {
        #[test]
        fn selection_and_sorting_give_the_same_percentile(
            values in prop::collection::vec(-1e6..1e6f64, 1..60), percent in 0.0..100.0f64,
        ) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let h = (values.len() - 1) as f64 * percent / 100.0;
            let (low, high) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
            let obvious = low + (high - low) * (h - h.floor());
            prop_assert!((percentile(&values, percent).unwrap() - obvious).abs() <= 1e-6);
            prop_assert_eq!(percentiles(&values, &[percent]), [percentile(&values, percent)]);
        }
    }
}
