//! 1,000 paths of 100,000 trades, on one thread and on two.
//!
//! The elements per second are trades drawn. The peers' twins are W4 of the peers' benchmarks.

use std::hint::black_box;

use baconalgo_core::backtest::monte_carlo::{History, Resampling, Settings, run};
use baconalgo_core::rng::Rng;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;

const TRADES: usize = 100_000;
const PATHS: usize = 1_000;

fn bench(criterion: &mut Criterion) {
    let mut rng = Rng::new(4, 0);
    let returns: Vec<f64> = (0..TRADES).map(|_| (rng.next_f64() - 0.497) * 0.02).collect();
    let pnl: Vec<f64> = returns.iter().map(|r| r * 100.0).collect();
    let settings = Settings { paths: PATHS, ..Settings::default() };
    let mut group = criterion.benchmark_group("monte_carlo");
    group.throughput(Throughput::Elements((TRADES * PATHS) as u64)).sample_size(10);
    for threads in [1, 2] {
        let Ok(pool) = ThreadPoolBuilder::new().num_threads(threads).build() else {
            continue;
        };
        let fixed = Resampling::FixedBlock { length: 20 };
        let stationary = Resampling::StationaryBlock { mean_length: 20.0 };
        let fan = Settings { fan_points: 200, ..settings };
        for (name, history, resampling, settings) in [
            ("trades, returns", History::Returns(&returns), Resampling::Independent, settings),
            ("trades, pnl", History::Pnl(&pnl), Resampling::Independent, settings),
            ("trades, returns, fan", History::Returns(&returns), Resampling::Independent, fan),
            ("fixed blocks", History::Returns(&returns), fixed, settings),
            ("stationary blocks", History::Returns(&returns), stationary, settings),
        ] {
            group.bench_function(format!("{name}, {threads} threads"), |b| {
                b.iter(|| run(black_box(history), resampling, &settings, &pool, &|| true));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
