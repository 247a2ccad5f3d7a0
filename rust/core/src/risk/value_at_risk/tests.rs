use super::*;
use crate::risk::matrix::Matrix;
use crate::rng::Rng;

fn draws(count: usize) -> Vec<f64> {
    let mut rng = Rng::new(2, 2);
    (0..count).map(|_| (0..12).map(|_| rng.next_f64()).sum::<f64>() - 6.0).collect()
}

#[test]
fn historical_of_a_hand_worked_example() {
    // 21 values -10 .. 10: h = 20 x 0.05 = 1, so -9; the mean of -10 and -9.
    let pnl: Vec<f64> = (-10..=10).map(f64::from).collect();
    let found = historical(&pnl, 0.95).unwrap();
    assert_eq!((found.var, found.cvar), (9.0, 9.5));
    assert_eq!(historical(&pnl, 0.9).unwrap().cvar, 9.0, "1 - 0.9 is less than 0.1 by a rounding error");
    assert_eq!(found.observations, 21);
    // One observation is all there is to say, without an error.
    let one = historical(&[-3.0], 0.99).unwrap();
    assert_eq!((one.var, one.cvar, one.var_error, one.cvar_error), (3.0, 3.0, None, None));
}

#[test]
fn leaving_out_what_is_not_in_the_tail_changes_nothing() {
    let pnl = draws(100_000);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for confidence in [0.51, 0.9, 0.99, 0.9999] {
            assert_eq!(simulated(&pnl, confidence, &pool), historical(&pnl, confidence).unwrap());
        }
        // Nearly all values are one and the same, and the first are the largest.
        let mut flat = vec![1.0; 20_000];
        flat.resize(100_000, 0.5);
        assert_eq!(simulated(&flat, 0.95, &pool), historical(&flat, 0.95).unwrap());
    }
}

#[test]
fn all_methods_agree_on_normal_values() {
    let pnl = draws(20_000);
    let (var, cvar) = normal_of(0.0, 1.0, 0.95).unwrap();
    let (student, df) = student_t(&pnl, 0.95, None).unwrap();
    assert!(df > 50.0, "{df}");
    for found in
        [historical(&pnl, 0.95).unwrap(), normal(&pnl, 0.95).unwrap(), student, cornish_fisher(&pnl, 0.95).unwrap()]
    {
        // The sum of twelve uniform numbers has a kurtosis of 2.9.
        assert!((found.var - var).abs() < 0.03 + 3.0 * found.var_error.unwrap(), "{found:?}");
        assert!((found.cvar - cvar).abs() < 0.06 + 3.0 * found.cvar_error.unwrap(), "{found:?}");
    }
    // Its kurtosis is below 3, where the correction is not monotone for large |z|.
    assert!(!cornish_fisher_is_monotone(&pnl).unwrap());
}

#[test]
fn values_without_variance_lose_minus_their_mean() {
    let pnl = [0.1; 50];
    for found in [
        historical(&pnl, 0.95).unwrap(),
        normal(&pnl, 0.95).unwrap(),
        student_t(&pnl, 0.95, None).unwrap().0,
        cornish_fisher(&pnl, 0.95).unwrap(),
    ] {
        assert!((found.var + 0.1).abs() < 1e-15 && (found.cvar + 0.1).abs() < 1e-15, "{found:?}");
        assert!(found.var_error.unwrap() < 1e-15);
    }
}

#[test]
fn bad_input_is_refused() {
    assert!(historical(&[], 0.95).is_err());
    assert!(normal(&[1.0], 0.95).is_err());
    assert!(student_t(&[1.0, 2.0], 0.95, Some(2.0)).is_err());
    assert!(historical(&[f64::NAN], 0.95).is_err());
    for confidence in [0.5, 1.0, f64::NAN] {
        assert!(historical(&[1.0], confidence).is_err());
    }
    assert!(normal_of(0.0, -1.0, 0.95).is_err());
}

#[test]
fn components_sum_to_the_whole_and_a_hedge_takes_away() {
    let covariance = Matrix::try_new("c", 3, &[0.04, 0.01, 0.0, 0.01, 0.09, -0.02, 0.0, -0.02, 0.01]).unwrap();
    let (weights, means) = ([1.0, 2.0, 3.0], [0.01, 0.0, -0.02]);
    let found = contributions(&weights, &covariance, &means, 0.99).unwrap();
    let (var, cvar) = normal_of(-0.05, covariance.quadratic(&weights).sqrt(), 0.99).unwrap();
    assert!((found.var - var).abs() < 1e-14 && (found.cvar - cvar).abs() < 1e-14);
    assert!((found.component.iter().sum::<f64>() - var).abs() < 1e-14);
    assert!((found.component_cvar.iter().sum::<f64>() - cvar).abs() < 1e-14);
    let rest = contributions(&[1.0, 0.0, 3.0], &covariance, &means, 0.99).unwrap();
    assert!((found.incremental[1] - (found.var - rest.var)).abs() < 1e-14);
    let nothing = contributions(&[0.0; 3], &covariance, &means, 0.99).unwrap();
    assert_eq!((nothing.var, nothing.component), (0.0, vec![0.0; 3]));
    assert!(contributions(&weights[..2], &covariance, &means, 0.99).is_err());
}

#[test]
fn getting_out_costs_half_the_spread_and_time() {
    let liquidity = Liquidity { spread: 0.02, spread_deviation: 0.01, spread_factor: 3.0, horizon: 1.0 };
    assert!((liquidity_adjusted(10.0, -1000.0, liquidity).unwrap() - 35.0).abs() < 1e-12);
    let slow = Liquidity { horizon: 4.0, spread: 0.0, spread_deviation: 0.0, ..liquidity };
    assert!((liquidity_adjusted(10.0, 1000.0, slow).unwrap() - 10.0 * (45f64 / 24.0).sqrt()).abs() < 1e-12);
    assert!(liquidity_adjusted(10.0, 1.0, Liquidity { horizon: 0.5, ..liquidity }).is_err());
}
