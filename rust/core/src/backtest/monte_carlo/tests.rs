//! Hand-worked examples, and the sixteen-path kernel against one obvious path after another.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use super::*;
use crate::rng::Rng;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn settings(paths: usize) -> Settings {
    Settings { paths, seed: 11, initial_capital: 1_000.0, ..Settings::default() }
}

fn go(history: History<'_>, resampling: Resampling, settings: &Settings) -> MonteCarlo {
    run(history, resampling, settings, &pool(1), &|| true).unwrap()
}

/// The places one path visits, one after the other.
fn obvious_places(resampling: Resampling, count: u64, steps: usize, seed: u64, path: u64) -> Vec<usize> {
    let mut rng = Rng::new(seed, path);
    let mut places = Vec::new();
    let (mut word, mut place) = (0, 0);
    let place_of = |bits: u64| (bits * count) >> 32;
    for step in 0..steps {
        place = match resampling {
            Resampling::Independent => {
                if step % 2 == 0 {
                    word = rng.next_u64();
                }
                place_of(if step % 2 == 0 { word >> 32 } else { word & 0xFFFF_FFFF })
            }
            Resampling::FixedBlock { length } if step % length == 0 => place_of(rng.next_u64() >> 32),
            Resampling::FixedBlock { .. } => (place + 1) % count,
            Resampling::StationaryBlock { mean_length } => {
                let word = rng.next_u64();
                let ends = ((word & 0xFFFF_FFFF) as f64) < (4_294_967_296.0 / mean_length).round();
                if step == 0 || ends { place_of(word >> 32) } else { (place + 1) % count }
            }
        };
        places.push(place as usize);
    }
    places
}

/// Final equity and drawdown (percent) of one path, and its equity after each step.
fn obvious_path(history: History<'_>, places: &[usize], capital: f64) -> (f64, f64, Vec<f64>) {
    let (mut equity, mut high, mut depth) = (capital, capital, 0.0f64);
    let mut curve = vec![capital];
    for &place in places {
        equity = match history {
            History::Returns(r) => equity * (1.0 + r[place]).max(0.0),
            History::Pnl(p) => equity + if equity > 0.0 { p[place] } else { 0.0 },
        };
        high = high.max(equity);
        depth = depth.max(1.0 - equity / high);
        curve.push(equity);
    }
    (equity, 100.0 * depth, curve)
}

fn assert_obvious(history: History<'_>, resampling: Resampling, settings: &Settings) {
    let count = history.checked_count().unwrap();
    let steps = settings.steps.unwrap_or(count as usize);
    let result = go(history, resampling, settings);
    assert_eq!(result.final_equity.len(), settings.paths);
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} and {b}");
    let ruin = settings.initial_capital * (1.0 - settings.ruin_loss_pct / 100.0);
    for path in 0..settings.paths {
        let places = obvious_places(resampling, count.into(), steps, settings.seed, path as u64);
        let (equity, depth, curve) = obvious_path(history, &places, settings.initial_capital);
        close(result.final_equity[path], equity);
        close(result.max_drawdown_pct[path], depth);
        let lowest = curve.iter().copied().fold(f64::INFINITY, f64::min);
        if (lowest - ruin).abs() > 1e-6 {
            assert_eq!(result.ruined[path], lowest < ruin);
        }
    }
}

#[test]
fn a_history_of_one_return_compounds_it() {
    // 1,000 x 0.9^3 = 729; the fall is 27.1 % of the start; a loss of 25 % is reached at the third step.
    let settings = Settings { steps: Some(3), ruin_loss_pct: 25.0, ..settings(5) };
    let result = go(History::Returns(&[-0.1]), Resampling::Independent, &settings);
    for path in 0..5 {
        assert!((result.final_equity[path] - 729.0).abs() < 1e-9);
        assert!((result.max_drawdown_pct[path] - 27.1).abs() < 1e-9);
    }
    assert_eq!((result.probability_of_loss(), result.probability_of_ruin()), (1.0, 1.0));
    let milder = Settings { ruin_loss_pct: 28.0, ..settings };
    assert_eq!(go(History::Returns(&[-0.1]), Resampling::Independent, &milder).probability_of_ruin(), 0.0);
}

#[test]
fn a_whole_history_as_one_fixed_block_keeps_its_steps() {
    // One block of all four amounts from a random place: always + 10 in the end.
    let pnl = [100.0, -300.0, 200.0, 10.0];
    let result = go(History::Pnl(&pnl), Resampling::FixedBlock { length: 4 }, &settings(40));
    assert!(result.final_equity.iter().all(|equity| (equity - 1_010.0).abs() < 1e-9));
    assert_eq!(result.probability_of_loss(), 0.0);
    assert!(result.equity_percentiles(&[5.0, 95.0]).iter().all(|p| (p.unwrap() - 1_010.0).abs() < 1e-9));
}

#[test]
fn an_account_that_is_wiped_out_stays_so() {
    let steps = Settings { steps: Some(200), ..settings(20) };
    let returns = go(History::Returns(&[-1.0, 0.5]), Resampling::Independent, &steps);
    assert!(returns.final_equity.iter().all(|&equity| equity == 0.0));
    assert!(returns.max_drawdown_pct.iter().all(|&depth| depth == 100.0));
    assert_eq!(returns.probability_of_ruin(), 1.0);
    // 1,000 - 600 - 600 = -200 and no more; the high was 1,000 or more.
    let amounts = go(History::Pnl(&[-600.0]), Resampling::Independent, &steps);
    assert!(amounts.final_equity.iter().all(|&equity| (equity + 200.0).abs() < 1e-9));
    assert!(amounts.max_drawdown_pct.iter().all(|&depth| (depth - 120.0).abs() < 1e-9));
}

#[test]
fn equity_past_the_largest_float_is_capped_and_can_still_be_lost() {
    let long = Settings { steps: Some(5_000), ..settings(4) };
    let grown = go(History::Returns(&[1.0]), Resampling::Independent, &long);
    assert!(grown.final_equity.iter().all(|&equity| equity == f64::MAX));
    let returns: Vec<f64> = (0..3_000).map(|i| if i == 2_999 { -1.0 } else { 1.0 }).collect();
    let lost = go(History::Returns(&returns), Resampling::FixedBlock { length: 3_000 }, &settings(4));
    assert!(lost.final_equity.iter().all(|&equity| equity == 0.0));
    assert_eq!(lost.probability_of_ruin(), 1.0);
}

#[test]
fn threads_and_number_of_paths_do_not_change_a_path() {
    let mut rng = Rng::new(2, 2);
    let returns: Vec<f64> = (0..700).map(|_| (rng.next_f64() - 0.49) * 0.05).collect();
    for resampling in [
        Resampling::Independent,
        Resampling::FixedBlock { length: 20 },
        Resampling::StationaryBlock { mean_length: 12.5 },
    ] {
        let settings = Settings { fan_points: 50, ..settings(333) };
        let one = run(History::Returns(&returns), resampling, &settings, &pool(1), &|| true).unwrap();
        let two = run(History::Returns(&returns), resampling, &settings, &pool(2), &|| true).unwrap();
        assert_eq!(one, two);
        let fewer = Settings { paths: 7, fan_points: 0, ..settings };
        let few = go(History::Returns(&returns), resampling, &fewer);
        assert_eq!(few.final_equity, one.final_equity[..7]);
        assert_eq!(few.max_drawdown_pct, one.max_drawdown_pct[..7]);
        assert_ne!(go(History::Returns(&returns), resampling, &Settings { seed: 12, ..fewer }), few);
    }
}

#[test]
fn the_fan_holds_the_percentiles_of_the_paths() {
    let mut rng = Rng::new(8, 1);
    let pnl: Vec<f64> = (0..90).map(|_| (rng.next_f64() - 0.5) * 20.0).collect();
    let settings = Settings { fan_points: 7, steps: Some(500), ..settings(37) };
    let fan = go(History::Pnl(&pnl), Resampling::Independent, &settings).fan.unwrap();
    assert_eq!(fan.steps, [0, 71, 142, 214, 285, 357, 428, 500]);
    assert_eq!(fan.equity[0], [1_000.0; 5]);
    for (&step, found) in fan.steps.iter().zip(&fan.equity) {
        let equity: Vec<f64> = (0..37)
            .map(|path| {
                let places = obvious_places(Resampling::Independent, 90, 500, 11, path);
                obvious_path(History::Pnl(&pnl), &places, 1_000.0).2[step]
            })
            .collect();
        for (a, b) in percentiles(&equity, &FAN_PERCENTS).into_iter().zip(found) {
            assert!((a.unwrap() - b).abs() < 1e-9);
        }
    }
}

#[test]
fn stationary_blocks_have_the_mean_length_asked_for() {
    // A history that counts up: a block ends where the next amount is not one more.
    let places = obvious_places(Resampling::StationaryBlock { mean_length: 8.0 }, 1 << 30, 80_000, 3, 0);
    let blocks = places.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    assert!((9_600..10_400).contains(&blocks), "{blocks}");
}

#[test]
fn what_cannot_be_run_is_refused_with_its_reason() {
    let refused = |history, resampling, settings: Settings| {
        run(history, resampling, &settings, &pool(1), &|| true).unwrap_err().to_string()
    };
    let ok = History::Returns(&[0.1, 0.2]);
    let draw = Resampling::Independent;
    assert_eq!(refused(History::Pnl(&[]), draw, settings(1)), "pnl must not be empty, was empty");
    assert_eq!(refused(History::Returns(&[0.0, f64::NAN]), draw, settings(1)), "returns must be finite, was NaN at 1");
    assert_eq!(refused(ok, draw, settings(0)), "paths must be from 1 to 10000000, was 0");
    let poor = Settings { initial_capital: 0.0, ..settings(1) };
    assert_eq!(refused(ok, draw, poor), "initial_capital must be above 0, was 0");
    let odd = Settings { ruin_loss_pct: 101.0, ..settings(1) };
    assert_eq!(refused(ok, draw, odd), "ruin_loss_pct must be above 0 and at most 100, was 101");
    let long = Resampling::FixedBlock { length: 3 };
    assert_eq!(refused(ok, long, settings(1)), "block length must be from 1 to the 2 steps there are, was 3");
    let short = Resampling::StationaryBlock { mean_length: 0.5 };
    assert_eq!(refused(ok, short, settings(1)), "mean block length must be from 1 to the 2 steps there are, was 0.5");
    let stopped = run(ok, draw, &settings(100), &pool(2), &|| false).unwrap_err();
    assert_eq!(stopped.to_string(), "monte_carlo must run to its end, was interrupted");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn paths_equal_the_obvious_loop(
        steps in prop::collection::vec(-0.2..0.22f64, 1..150),
        length in 1usize..20,
        paths in 1usize..40,
        taken in 1usize..200,
        seed in any::<u64>(),
    ) {
        let settings = Settings { seed, steps: Some(taken), ..settings(paths) };
        let pnl: Vec<f64> = steps.iter().map(|step| step * 500.0).collect();
        let length = length.min(steps.len());
        for resampling in [
            Resampling::Independent,
            Resampling::FixedBlock { length },
            Resampling::StationaryBlock { mean_length: length as f64 },
        ] {
            assert_obvious(History::Returns(&steps), resampling, &settings);
            assert_obvious(History::Pnl(&pnl), resampling, &settings);
        }
    }
}
