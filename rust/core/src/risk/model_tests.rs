//! Whether a model of value at risk was right: its exceptions, counted.
//!
//! An exception is a period whose loss was larger than the value at risk forecast for it. A right model with
//! confidence c has them with probability p = 1 - c, independently.

use super::checked::{bad_data, confidence};
use super::distributions::{binomial_probability, chi_squared_tail};
use crate::error::Error;

/// A likelihood ratio and how likely one as large is if the model is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioTest {
    /// The likelihood ratio; chi-squared if the model is right.
    pub statistic: f64,
    /// The probability of one at least as large; below 0.05 the model is commonly refused.
    pub p_value: f64,
}

impl RatioTest {
    fn new(statistic: f64, df: f64) -> Self {
        let statistic = statistic.max(0.0);
        Self { statistic, p_value: chi_squared_tail(statistic, df) }
    }
}

/// count x ln(probability), 0 if the count is 0.
fn times_log(count: u64, probability: f64) -> f64 {
    if count == 0 { 0.0 } else { count as f64 * probability.ln() }
}

/// ln(p^hits (1 - p)^misses).
fn log_likelihood(hits: u64, misses: u64, p: f64) -> f64 {
    times_log(hits, p) + times_log(misses, 1.0 - p)
}

fn share(hits: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { hits as f64 / all as f64 }
}

/// Kupiec's proportion of failures: -2 ln(p^x (1 - p)^(n - x) / (q^x (1 - q)^(n - x))), q = x / n of x exceptions in
/// n periods; one degree of freedom. (P. Kupiec, "Techniques for verifying the accuracy of risk measurement models",
/// J. Derivatives 3(2), 1995.)
///
/// # Errors
/// `DataError` if there are no periods or more exceptions than periods, `ConfigError` unless 0.5 < confidence < 1.
pub fn kupiec(exceptions: u64, periods: u64, level: f64) -> Result<RatioTest, Error> {
    confidence(level)?;
    counted(exceptions, periods)?;
    let misses = periods - exceptions;
    let found = share(exceptions, periods);
    let ratio = log_likelihood(exceptions, misses, 1.0 - level) - log_likelihood(exceptions, misses, found);
    Ok(RatioTest::new(-2.0 * ratio, 1.0))
}

fn counted(exceptions: u64, periods: u64) -> Result<(), Error> {
    if periods == 0 {
        return Err(bad_data("periods", "must be >= 1", periods));
    }
    if exceptions > periods {
        return Err(bad_data("exceptions", format!("must be at most {periods}"), exceptions));
    }
    Ok(())
}

/// Christoffersen's tests of a series of exceptions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Christoffersen {
    /// Whether exceptions follow exceptions no more often than they follow other periods; one degree of freedom.
    pub independence: RatioTest,
    /// [`kupiec`] and independence together: the sum of both statistics; two degrees of freedom.
    pub conditional_coverage: RatioTest,
    /// Counts of a period after a period: \[calm after calm, exception after calm, calm after exception, exception
    /// after exception\].
    pub transitions: [u64; 4],
}

/// Independence and conditional coverage (P. Christoffersen, "Evaluating interval forecasts", International Economic
/// Review 39(4), 1998). O(n).
///
/// # Errors
/// `DataError` with fewer than two periods, `ConfigError` unless 0.5 < confidence < 1.
pub fn christoffersen(exceptions: &[bool], level: f64) -> Result<Christoffersen, Error> {
    if exceptions.len() < 2 {
        return Err(bad_data("exceptions", "must be at least 2 long", exceptions.len()));
    }
    let coverage = kupiec(exceptions.iter().filter(|&&hit| hit).count() as u64, exceptions.len() as u64, level)?;
    let mut transitions = [0u64; 4];
    for pair in exceptions.windows(2) {
        transitions[2 * usize::from(pair[0]) + usize::from(pair[1])] += 1;
    }
    let [calm_calm, calm_hit, hit_calm, hit_hit] = transitions;
    let after_calm = share(calm_hit, calm_calm + calm_hit);
    let after_hit = share(hit_hit, hit_calm + hit_hit);
    let any = share(calm_hit + hit_hit, calm_calm + calm_hit + hit_calm + hit_hit);
    let apart = log_likelihood(calm_hit, calm_calm, after_calm) + log_likelihood(hit_hit, hit_calm, after_hit);
    let together = log_likelihood(calm_hit + hit_hit, calm_calm + hit_calm, any);
    let independence = RatioTest::new(-2.0 * (together - apart), 1.0);
    let conditional_coverage = RatioTest::new(coverage.statistic + independence.statistic, 2.0);
    Ok(Christoffersen { independence, conditional_coverage, transitions })
}

/// A zone of the traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// As many exceptions as a right model has with 95 %.
    Green,
    /// More: the model may be wrong.
    Yellow,
    /// More than a right model has with 99.99 %.
    Red,
}

/// The verdict of the traffic light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficLight {
    /// The zone.
    pub zone: Zone,
    /// The probability of at most so many exceptions if the model is right.
    pub probability: f64,
    /// What regulators add to the capital multiplier of 3; only for 250 periods at 99 %.
    pub plus_factor: Option<f64>,
}

/// The traffic light of the Basel Committee ("Supervisory framework for the use of backtesting", 1996): yellow from a
/// cumulative probability of 95 %, red from 99.99 %. With 250 days at 99 %: green to 4 exceptions, yellow to 9.
///
/// # Errors
/// As [`kupiec`].
pub fn traffic_light(exceptions: u64, periods: u64, level: f64) -> Result<TrafficLight, Error> {
    confidence(level)?;
    counted(exceptions, periods)?;
    let probability = binomial_probability(exceptions, periods, 1.0 - level);
    let zone = match probability {
        p if p < 0.95 => Zone::Green,
        p if p < 0.9999 => Zone::Yellow,
        _ => Zone::Red,
    };
    let basel = periods == 250 && (level - 0.99).abs() < 1e-12;
    let plus = match exceptions {
        0..=4 => 0.0,
        5 => 0.40,
        6 => 0.50,
        7 => 0.65,
        8 => 0.75,
        9 => 0.85,
        _ => 1.0,
    };
    Ok(TrafficLight { zone, probability, plus_factor: basel.then_some(plus) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kupiec_of_a_worked_example() {
        // 250 days at 95 %: 12.5 exceptions are expected, and 20 are too many at the 5 % level, 19 are not.
        assert!(kupiec(20, 250, 0.95).unwrap().p_value < 0.05);
        assert!(kupiec(18, 250, 0.95).unwrap().p_value > 0.05);
        assert!(kupiec(25, 500, 0.95).unwrap().statistic < 1e-12);
        // No exceptions at all: -2 n ln(c).
        assert!((kupiec(0, 100, 0.95).unwrap().statistic + 200.0 * 0.95f64.ln()).abs() < 1e-12);
        assert!(kupiec(100, 100, 0.95).unwrap().p_value < 1e-12);
        assert!(kupiec(1, 0, 0.95).is_err() && kupiec(2, 1, 0.95).is_err() && kupiec(0, 1, 0.3).is_err());
    }

    #[test]
    fn exceptions_in_a_row_are_not_independent() {
        let spread: Vec<bool> = (0..1000).map(|day| day % 20 == 0).collect();
        let rows: Vec<bool> = (0..1000).map(|day| day % 200 < 10).collect();
        assert!(christoffersen(&rows, 0.95).unwrap().independence.p_value < 1e-6);
        assert!(christoffersen(&rows, 0.95).unwrap().conditional_coverage.p_value < 1e-6);
        assert!(kupiec(50, 1000, 0.95).unwrap().p_value > 0.99, "the count alone is right in both");
        assert!(christoffersen(&spread, 0.95).unwrap().independence.p_value > 0.01);
        let none = christoffersen(&[false; 10], 0.95).unwrap();
        assert_eq!((none.independence.statistic, none.transitions), (0.0, [9, 0, 0, 0]));
        assert!(christoffersen(&[true], 0.95).is_err());
    }

    #[test]
    fn the_zones_are_those_of_the_basel_table() {
        let zone = |count| traffic_light(count, 250, 0.99).unwrap();
        assert_eq!((zone(4).zone, zone(5).zone, zone(9).zone, zone(10).zone), {
            (Zone::Green, Zone::Yellow, Zone::Yellow, Zone::Red)
        });
        // The cumulative probabilities of the table, in percent: 8.11 for none, 89.22 for four, 95.88 for five.
        for (count, percent) in [(0, 8.11), (4, 89.22), (5, 95.88), (9, 99.97)] {
            assert!((100.0 * zone(count).probability - percent).abs() < 0.005);
        }
        assert_eq!((zone(6).plus_factor, zone(12).plus_factor), (Some(0.5), Some(1.0)));
        assert_eq!(traffic_light(3, 100, 0.95).unwrap().plus_factor, None);
    }
}
