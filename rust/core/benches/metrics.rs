//! Statistics of 10,000,000 returns, against the obvious loop and the bare read of the memory.
//!
//! The elements per second are returns. The peers' twins are W8 of the peers' benchmarks.

use std::hint::black_box;

use baconalgo_core::metrics::{summary, tail_risk, ulcer_index};
use baconalgo_core::rng::Rng;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const COUNT: usize = 10_000_000;

/// Bell-shaped returns with a deviation of 1 % and a small drift.
fn returns() -> Vec<f64> {
    let mut rng = Rng::new(5, 0);
    (0..COUNT).map(|_| ((0..12).map(|_| rng.next_f64()).sum::<f64>() - 6.0) * 0.01 + 0.0003).collect()
}

/// The sum in 32 lanes: what reading alone costs.
fn read(returns: &[f64]) -> f64 {
    let mut lanes = [0.0; 32];
    for chunk in returns.as_chunks::<32>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum()
}

/// Sharpe, Sortino, drawdown and growth as anyone would write them.
fn plain_loop(returns: &[f64]) -> [f64; 4] {
    let (mut sum, mut squares, mut downside) = (0.0, 0.0, 0.0);
    let (mut equity, mut top, mut low, mut log) = (1.0f64, 1.0f64, 1.0f64, 0.0);
    for &value in returns {
        sum += value;
        squares += value * value;
        let loss = value.min(0.0);
        downside += loss * loss;
        equity *= 1.0 + value;
        if !(1e-100..1e100).contains(&equity) {
            log += equity.ln();
            top /= equity;
            equity = 1.0;
        }
        top = top.max(equity);
        low = low.min(equity / top);
    }
    let n = returns.len() as f64;
    let mean = sum / n;
    let year = 252f64.sqrt();
    let deviation = ((squares - n * mean * mean) / (n - 1.0)).sqrt();
    [mean / deviation * year, mean / (downside / n).sqrt() * year, 1.0 - low, log + equity.ln()]
}

fn bench(criterion: &mut Criterion) {
    let returns = returns();
    let (fast, plain) = (summary(&returns, 252.0), plain_loop(&returns));
    for (a, b) in [fast.sharpe_ratio, fast.sortino_ratio, fast.max_drawdown_pct.map(|x| x / 100.0)].iter().zip(plain) {
        assert!(a.is_some_and(|a| (a / b - 1.0).abs() < 1e-9), "{a:?} {b}");
    }
    let mut group = criterion.benchmark_group("metrics");
    group.throughput(Throughput::Elements(COUNT as u64)).sample_size(20);
    group.bench_function("base: read", |b| b.iter(|| read(black_box(&returns))));
    group.bench_function("plain loop", |b| b.iter(|| plain_loop(black_box(&returns))));
    group.bench_function("summary", |b| b.iter(|| summary(black_box(&returns), 252.0)));
    group.bench_function("tail_risk", |b| b.iter(|| tail_risk(black_box(&returns))));
    group.bench_function("ulcer_index", |b| b.iter(|| ulcer_index(black_box(&returns))));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
