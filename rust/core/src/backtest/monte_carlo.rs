//! What else could have happened: histories drawn again from one history.
//!
//! Trades are drawn one by one (bootstrap), returns in blocks (which keeps what hangs together in time);
//! each path yields a final equity, a maximum drawdown, and whether it was ruined.
//!
//! # Rationale
//! Path k draws from its own random stream (seed, k), so its result depends on nothing else: not on the
//! number of paths, of threads, or on what is noted. Sixteen paths advance side by side, which hides the
//! latency of one path's multiplications behind the others'.
//!
//! # Limitations
//! A bootstrap knows only what the history knows: no path can hold a worse step than the worst one seen.
//! Trades drawn one by one lose their order, streaks included.
//!
//! # Sources
//! B. Efron, "Bootstrap methods" (1979); D. Politis and J. Romano, "A circular block-resampling procedure
//! for stationary data" (1992) and "The stationary bootstrap" (1994).

mod account;
mod draw;
mod paths;
mod settings;

use rayon::ThreadPool;
use rayon::prelude::*;

use self::account::{Account, Adding, Compounding};
use self::draw::LANES;
use self::paths::{Group, Job};
pub use self::settings::{History, Resampling, Settings};
use crate::error::{Error, ErrorKind};
use crate::metrics::percentiles;

/// The percentiles of a [`Fan`].
pub const FAN_PERCENTS: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];

/// Paths that a [`Fan`] is made from at most: the first ones.
const FAN_PATHS: usize = 10_000;

/// The result of [`run`]; one entry a path, in the order of the paths.
#[derive(Clone, Debug, PartialEq)]
pub struct MonteCarlo {
    /// Equity at the end, in the currency of the account; at most the largest float.
    pub final_equity: Vec<f64>,
    /// The deepest fall below a high, the start included, in percent of the high. Above 100 if amounts
    /// were added and equity fell below zero.
    pub max_drawdown_pct: Vec<f64>,
    /// Whether equity was ever at or below the level of ruin.
    pub ruined: Vec<bool>,
    /// The equity every path starts with.
    pub initial_capital: f64,
    /// Equity over the steps, if asked for.
    pub fan: Option<Fan>,
}

/// Percentiles of equity over the steps, for a chart; of the first 10,000 paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// After how many steps; the first is 0, the last the number of steps.
    pub steps: Vec<usize>,
    /// The [`FAN_PERCENTS`] percentiles of equity after that many steps.
    pub equity: Vec<[f64; 5]>,
}

impl MonteCarlo {
    /// Percentiles of the final equity, linear between ranks (see [`crate::metrics::percentile`]).
    pub fn equity_percentiles(&self, percents: &[f64]) -> Vec<Option<f64>> {
        percentiles(&self.final_equity, percents)
    }

    /// Percentiles of the maximum drawdown, in percent.
    pub fn drawdown_percentiles(&self, percents: &[f64]) -> Vec<Option<f64>> {
        percentiles(&self.max_drawdown_pct, percents)
    }

    /// The part of the paths that end below the initial capital, 0..1.
    pub fn probability_of_loss(&self) -> f64 {
        let losses = self.final_equity.iter().filter(|&&equity| equity < self.initial_capital).count();
        losses as f64 / self.final_equity.len() as f64
    }

    /// The part of the paths that were ruined at any time, 0..1.
    pub fn probability_of_ruin(&self) -> f64 {
        self.ruined.iter().filter(|&&ruined| ruined).count() as f64 / self.ruined.len() as f64
    }
}

/// Draws `settings.paths` paths from `history` and follows each to its end, in parallel on `pool`.
///
/// The result is the same bits at any number of threads. `keep_going` is asked every sixteen paths, on any
/// thread of the pool; once it says no, only the paths under way are finished.
/// O(paths x steps) time, O(paths) memory.
///
/// # Errors
/// `DataError` if the history is empty or has a value that is not finite, `ConfigError` if a setting is
/// out of its range, `EngineError` if `keep_going` said no.
///
/// ```
/// use baconalgo_core::backtest::monte_carlo::{History, Resampling, Settings, run};
///
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
/// let settings = Settings { paths: 100, seed: 7, initial_capital: 1_000.0, ..Settings::default() };
/// let result = run(History::Returns(&[0.1, -0.05]), Resampling::Independent, &settings, &pool, &|| true).unwrap();
/// // Two draws: 1.1 x 1.1, 1.1 x 0.95, 0.95 x 1.1 or 0.95 x 0.95; the last one is a loss.
/// assert!((0.1..0.4).contains(&result.probability_of_loss()));
/// assert_eq!(result.probability_of_ruin(), 0.0);
/// ```
pub fn run(
    history: History<'_>,
    resampling: Resampling,
    settings: &Settings,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Result<MonteCarlo, Error> {
    settings.check()?;
    let count = history.checked_count()?;
    let rule = resampling.rule(count)?;
    let steps = settings.steps.unwrap_or(count as usize);
    let capital = settings.initial_capital;
    let marks = settings.marks(steps);
    let job = |table| Job { table, rule, seed: settings.seed, steps, marks: &marks };
    let groups = match history {
        History::Returns(returns) => {
            let table: Vec<f64> = returns.iter().map(|&r| Compounding::prepared(r, capital)).collect();
            follow::<Compounding>(&job(&table), settings.paths, pool, keep_going)
        }
        History::Pnl(pnl) => {
            let table: Vec<f64> = pnl.iter().map(|&p| Adding::prepared(p, capital)).collect();
            follow::<Adding>(&job(&table), settings.paths, pool, keep_going)
        }
    }
    .ok_or_else(|| Error::new(ErrorKind::Engine, 8001, "monte_carlo", "must run to its end", "interrupted"))?;

    let ruin = 1.0 - settings.ruin_loss_pct / 100.0;
    let each = |value: fn(&Group, usize) -> f64| {
        groups.iter().flat_map(move |group| (0..LANES).map(move |lane| value(group, lane))).take(settings.paths)
    };
    Ok(MonteCarlo {
        final_equity: each(|group, lane| group.final_equity[lane]).map(|x| (x * capital).min(f64::MAX)).collect(),
        max_drawdown_pct: each(|group, lane| group.drawdown[lane]).map(|x| 100.0 * x).collect(),
        ruined: each(|group, lane| group.lowest[lane]).map(|x| x <= ruin).collect(),
        initial_capital: capital,
        fan: (!marks.is_empty()).then(|| pool.install(|| fan(&groups, &marks, settings.paths, capital))),
    })
}

/// All groups of paths in order; `None` if told to stop.
fn follow<A: Account>(
    job: &Job<'_>,
    paths: usize,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Group>> {
    let one = |group: usize| {
        let first = group * LANES;
        keep_going().then(|| job.run::<A>(first as u64, first < FAN_PATHS))
    };
    pool.install(|| (0..paths.div_ceil(LANES)).into_par_iter().map(one).collect())
}

fn fan(groups: &[Group], marks: &[usize], paths: usize, capital: f64) -> Fan {
    let at = |mark: usize| {
        let lanes = groups.iter().filter_map(|group| group.marked.get(mark)).flatten();
        let equity: Vec<f64> = lanes.take(paths.min(FAN_PATHS)).map(|x| (x * capital).min(f64::MAX)).collect();
        let found = percentiles(&equity, &FAN_PERCENTS);
        std::array::from_fn(|i| found[i].unwrap_or(f64::NAN))
    };
    Fan { steps: marks.to_vec(), equity: (0..marks.len()).into_par_iter().map(at).collect() }
}

#[cfg(test)]
mod tests;
