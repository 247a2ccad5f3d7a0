use rayon::ThreadPoolBuilder;

use super::*;
use crate::metrics::normal_cdf;
use crate::risk::matrix::Table;
use crate::risk::value_at_risk::{normal_of, simulated};

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

const PATHS: Paths = Paths { count: 100_000, seed: 11 };

/// The largest distance between the distribution of the values and Phi, times sqrt(n).
fn kolmogorov(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let away = |(k, x): (usize, &f64)| {
        let p = normal_cdf(*x);
        (p - k as f64 / n).abs().max((p - (k + 1) as f64 / n).abs())
    };
    values.iter().enumerate().map(away).fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn drawn_normals_are_normal() {
    // One loading: the first normal of each pair, and by (0, 1) the second. 1.95 is the 0.1 % point of Kolmogorov.
    for loadings in [[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]] {
        let drawn = linear(0.0, &loadings, Shock::Normal, PATHS, &pool(2), &|| true).unwrap();
        let n = drawn.len() as f64;
        let moment = |k: i32| drawn.iter().map(|x| x.powi(k)).sum::<f64>() / n;
        assert!(moment(1).abs() < 4.0 / n.sqrt());
        assert!((moment(2) - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!(moment(3).abs() < 4.0 * (15.0 / n).sqrt());
        assert!((moment(4) - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
        assert!(kolmogorov(drawn) < 1.95);
    }
}

#[test]
fn simulated_value_at_risk_is_the_closed_form_within_its_error() {
    let loadings = [0.3, -0.2, 0.5, 0.1, 0.7];
    let deviation = loadings.iter().map(|x| x * x).sum::<f64>().sqrt();
    for confidence in [0.9, 0.95, 0.99] {
        for seed in 0..5 {
            let paths = Paths { seed, ..PATHS };
            let drawn = linear(0.1, &loadings, Shock::Normal, paths, &pool(2), &|| true).unwrap();
            let found = simulated(&drawn, confidence, &pool(2));
            let (var, cvar) = normal_of(0.1, deviation, confidence).unwrap();
            assert!((found.var - var).abs() < 4.0 * found.var_error.unwrap(), "{found:?} {var}");
            assert!((found.cvar - cvar).abs() < 4.0 * found.cvar_error.unwrap(), "{found:?} {cvar}");
        }
    }
}

#[test]
fn student_shocks_have_the_covariance_and_heavier_tails() {
    let drawn = linear(0.0, &[1.0], Shock::StudentT(6.0), PATHS, &pool(2), &|| true).unwrap();
    let n = drawn.len() as f64;
    let variance = drawn.iter().map(|x| x * x).sum::<f64>() / n;
    assert!((variance - 1.0).abs() < 0.03, "{variance}");
    let kurtosis = drawn.iter().map(|x| x.powi(4)).sum::<f64>() / n / (variance * variance);
    assert!(kurtosis > 4.5 && kurtosis < 9.0, "6 in the limit: {kurtosis}");
    // The 1 % point of t(6) is -3.142668, times sqrt(4 / 6).
    let found = simulated(&drawn, 0.99, &pool(1));
    assert!((found.var - 3.142_668 * (4f64 / 6.0).sqrt()).abs() < 4.0 * found.var_error.unwrap(), "{found:?}");
}

#[test]
fn any_number_of_threads_and_of_paths_gives_the_same_bits() {
    let returns: Vec<f64> = (0..60).map(|k| f64::from(k * k % 17) - 8.0).collect();
    let table = Table::new(&returns, 20, 3).unwrap();
    let weights = [1.0, -0.5, 2.0];
    let all = |count: usize, threads: usize| {
        let (paths, pool) = (Paths { count, seed: 3 }, pool(threads));
        [
            linear(0.0, &weights, Shock::Normal, paths, &pool, &|| true).unwrap(),
            linear(0.0, &weights, Shock::StudentT(3.0), paths, &pool, &|| true).unwrap(),
            from_history(table, &weights, Draw::Bootstrap, paths, &pool, &|| true).unwrap(),
            from_history(table, &weights, Draw::GaussianCopula, paths, &pool, &|| true).unwrap(),
            from_history(table, &weights, Draw::StudentCopula(4.0), paths, &pool, &|| true).unwrap(),
        ]
    };
    let (one, three, few) = (all(5_000, 1), all(5_000, 3), all(1_500, 2));
    for ((one, three), few) in one.iter().zip(three).zip(few) {
        assert_eq!(*one, three);
        assert_eq!(one[..1_500], few);
    }
}

#[test]
fn copulas_keep_each_name_and_how_names_hang_together() {
    // Two names that rise together, one of them skewed.
    let rows = 400;
    let mut rng = crate::rng::Rng::new(8, 8);
    let mut returns = Vec::new();
    for _ in 0..rows {
        let common = rng.next_f64() - 0.5;
        returns.extend([common + 0.2 * rng.next_f64(), (4.0 * common).exp()]);
    }
    let table = Table::new(&returns, rows, 2).unwrap();
    for draw in [Draw::Bootstrap, Draw::GaussianCopula, Draw::StudentCopula(5.0)] {
        for weights in [[1.0, 0.0], [0.0, 1.0], [1.0, -0.2]] {
            let drawn = from_history(table, &weights, draw, PATHS, &pool(2), &|| true).unwrap();
            let seen: Vec<f64> = returns.chunks(2).map(|row| row[0] * weights[0] + row[1] * weights[1]).collect();
            let drawn_var = simulated(&drawn, 0.95, &pool(2)).var;
            let seen_var = simulated(&seen, 0.95, &pool(2)).var;
            assert!((drawn_var - seen_var).abs() < 0.12, "{draw:?} {weights:?}: {drawn_var} {seen_var}");
        }
    }
}

#[test]
fn bad_settings_are_refused_and_a_stop_is_heard() {
    let none = Paths { count: 0, seed: 0 };
    assert!(linear(0.0, &[1.0], Shock::Normal, none, &pool(1), &|| true).is_err());
    assert!(linear(0.0, &[], Shock::Normal, PATHS, &pool(1), &|| true).is_err());
    assert!(linear(0.0, &[1.0], Shock::StudentT(2.0), PATHS, &pool(1), &|| true).is_err());
    assert!(linear(f64::NAN, &[1.0], Shock::Normal, PATHS, &pool(1), &|| true).is_err());
    let stopped = linear(0.0, &[1.0], Shock::Normal, PATHS, &pool(1), &|| false).unwrap_err();
    assert_eq!(stopped.code(), 8001);
}
