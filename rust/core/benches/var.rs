//! Value at risk of 50 names by a million paths, covariance of 500 names, stress of 500 positions.
//!
//! The elements per second are normals drawn, products summed and cells filled. The peers' twins of the simulation are
//! W4/var of the peers' benchmarks.

use std::hint::black_box;

use baconalgo_core::risk::covariance::{Target, ledoit_wolf, sample};
use baconalgo_core::risk::live::ExponentialSums;
use baconalgo_core::risk::matrix::{Matrix, Table};
use baconalgo_core::risk::portfolio::PortfolioRisk;
use baconalgo_core::risk::simulation::{Paths, Shock, linear};
use baconalgo_core::risk::stress::{Positions, Scenario, stress};
use baconalgo_core::risk::value_at_risk::{normal_of, simulated};
use baconalgo_core::rng::Rng;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::{ThreadPool, ThreadPoolBuilder};

const NAMES: usize = 50;
const PATHS: usize = 1_000_000;
const MANY: usize = 500;
const DAYS: usize = 1_250;
const SCENARIOS: usize = 1_000;

fn pools() -> impl Iterator<Item = (usize, ThreadPool)> {
    [1, 2].into_iter().filter_map(|n| ThreadPoolBuilder::new().num_threads(n).build().ok().map(|pool| (n, pool)))
}

fn simulation(criterion: &mut Criterion) {
    let mut rng = Rng::new(4, 0);
    let loadings: Vec<f64> = (0..NAMES).map(|_| rng.next_f64() * 0.002).collect();
    let deviation = loadings.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut group = criterion.benchmark_group("var");
    group.throughput(Throughput::Elements((NAMES * PATHS) as u64)).sample_size(20);
    for (threads, pool) in pools() {
        for (name, shock) in [("normal", Shock::Normal), ("student t", Shock::StudentT(5.0))] {
            let run = |seed| {
                let paths = Paths { count: PATHS, seed };
                let pnl = linear(0.0, black_box(&loadings), shock, paths, &pool, &|| true)?;
                Ok::<_, baconalgo_core::error::Error>(simulated(&pnl, 0.95, &pool))
            };
            if let (Shock::Normal, Ok(found), Ok((var, _))) = (shock, run(1), normal_of(0.0, deviation, 0.95)) {
                assert!((found.var - var).abs() < 5.0 * found.var_error.unwrap_or(0.0));
            }
            group.bench_function(format!("{name}, {threads} threads"), |b| b.iter(|| run(1)));
        }
    }
    group.finish();
}

fn covariance(criterion: &mut Criterion) {
    let mut rng = Rng::new(4, 1);
    let returns: Vec<f64> = (0..DAYS * MANY).map(|_| rng.next_f64() * 0.02 - 0.01).collect();
    let Ok(table) = Table::new(&returns, DAYS, MANY) else { return };
    let mut group = criterion.benchmark_group("covariance");
    group.throughput(Throughput::Elements((DAYS * MANY * MANY / 2) as u64)).sample_size(10);
    for (threads, pool) in pools() {
        group.bench_function(format!("sample, {threads} threads"), |b| b.iter(|| sample(black_box(table), &pool)));
        group.bench_function(format!("ledoit wolf, {threads} threads"), |b| {
            b.iter(|| ledoit_wolf(black_box(table), Target::ConstantCorrelation, &pool));
        });
    }
    group.throughput(Throughput::Elements((MANY * MANY / 2) as u64)).sample_size(50);
    if let Ok(mut sums) = ExponentialSums::try_new(MANY, 0.99) {
        group.bench_function("update", |b| b.iter(|| sums.update(black_box(&returns[..MANY]))));
        group.bench_function("matrix", |b| b.iter(|| sums.covariance()));
    }
    group.throughput(Throughput::Elements(1)).sample_size(50);
    if let Ok(mut risk) = PortfolioRisk::try_new(Matrix::identity(MANY), 0.95) {
        group.bench_function("var of an order", |b| b.iter(|| risk.var_with(black_box(7), 100.0)));
        group.bench_function("position changes", |b| b.iter(|| risk.add(black_box(7), 1.0)));
    }
    group.finish();
}

fn scenarios(criterion: &mut Criterion) {
    let mut rng = Rng::new(4, 2);
    let positions = Positions {
        values: (0..MANY).map(|_| rng.next_f64() * 2_000.0 - 1_000.0).collect(),
        sectors: (0..MANY).map(|k| Some(k as u32 % 11)).collect(),
        betas: (0..3 * MANY).map(|_| rng.next_f64()).collect(),
        spreads: vec![0.001; MANY],
        stops: vec![0.05; MANY],
    };
    let one = |k: usize| Scenario {
        instruments: vec![(k as u32 % MANY as u32, -0.5)],
        sectors: vec![(k as u32 % 11, -0.3), ((k as u32 + 1) % 11, 0.1)],
        factors: vec![(0, -0.2), (1, 0.1), (2, 0.05)],
        spread_multiple: 5.0,
        gap: k.is_multiple_of(2),
    };
    let all: Vec<Scenario> = (0..SCENARIOS).map(one).collect();
    let mut group = criterion.benchmark_group("stress");
    group.throughput(Throughput::Elements((SCENARIOS * MANY) as u64)).sample_size(20);
    for (threads, pool) in pools() {
        group.bench_function(format!("{threads} threads"), |b| b.iter(|| stress(black_box(&positions), &all, &pool)));
    }
    group.finish();
}

criterion_group!(benches, simulation, covariance, scenarios);
criterion_main!(benches);
