//! Monte Carlo over trades and returns; statistics of returns; metrics of ready-made trades.

use std::sync::OnceLock;

use baconalgo_core::backtest::monte_carlo::{self, History, Resampling, Settings};
use baconalgo_core::metrics::{ClosedTrade, Metrics, Run, summary};
use baconalgo_core::types::Ts;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::interrupt::interruptible;
use crate::run::values_dict;

/// The package's own thread pool: as many threads as cores, or as `BACONALGO_THREADS` says.
pub(crate) fn pool() -> PyResult<&'static ThreadPool> {
    static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    let made = POOL.get_or_init(|| {
        let wanted = std::env::var("BACONALGO_THREADS").ok().and_then(|text| text.parse().ok());
        let threads = wanted.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| PyRuntimeError::new_err(error.clone()))
}

/// Final equity, maximum drawdown (percent), the percentiles of both, the probabilities of loss and of ruin,
/// and the fan's steps and percentiles.
type Drawn<'py> = (
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Vec<Option<f64>>,
    Vec<Option<f64>>,
    (f64, f64),
    Bound<'py, PyArray1<u64>>,
    Bound<'py, PyArray2<f64>>,
);

/// Draws paths; see ``BacktestEngine.run_monte_carlo``.
#[pyfunction]
#[pyo3(signature = (values, *, compounding, block, paths, steps, seed, initial_capital, ruin_loss_pct, percents))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call from Python")]
pub(crate) fn monte_carlo_paths<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    compounding: bool,
    block: Option<f64>,
    paths: usize,
    steps: Option<usize>,
    seed: u64,
    initial_capital: f64,
    ruin_loss_pct: f64,
    percents: Vec<f64>,
) -> PyResult<Drawn<'py>> {
    let values = values.as_array().to_vec();
    let settings = Settings { paths, steps, seed, initial_capital, ruin_loss_pct, fan_points: 200 };
    let pool = pool()?;
    let history = if compounding { History::Returns(&values) } else { History::Pnl(&values) };
    let resampling = block.map_or(Resampling::Independent, |mean_length| Resampling::StationaryBlock { mean_length });
    let outcome = interruptible(py, |keep_going| monte_carlo::run(history, resampling, &settings, pool, keep_going))?;
    let equity_percentiles = outcome.equity_percentiles(&percents);
    let drawdown_percentiles = outcome.drawdown_percentiles(&percents);
    let probabilities = (outcome.probability_of_loss(), outcome.probability_of_ruin());
    let fan = outcome.fan.unwrap_or_else(|| monte_carlo::Fan { steps: Vec::new(), equity: Vec::new() });
    let steps: Vec<u64> = fan.steps.iter().map(|step| *step as u64).collect();
    let rows = fan.equity.len();
    let equity = fan.equity.into_flattened().into_pyarray(py).reshape([rows, 5])?;
    Ok((
        outcome.final_equity.into_pyarray(py),
        outcome.max_drawdown_pct.into_pyarray(py),
        equity_percentiles,
        drawdown_percentiles,
        probabilities,
        steps.into_pyarray(py),
        equity,
    ))
}

/// Statistics of returns; see ``baconalgo.metrics.summary``.
#[pyfunction]
pub(crate) fn return_summary<'py>(
    py: Python<'py>,
    returns: PyReadonlyArray1<'py, f64>,
    periods_per_year: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let found = match returns.as_slice() {
        Ok(returns) => py.detach(|| summary(returns, periods_per_year)),
        Err(_) => {
            let returns = returns.as_array().to_vec();
            py.detach(|| summary(&returns, periods_per_year))
        }
    };
    values_dict(py, &found.entries())
}

/// A closed trade: long, entry and exit time, quantity, entry and exit price, net P&L, commission.
type TradeRow = (bool, Ts, Ts, f64, f64, f64, f64, f64);

/// Metrics of ready-made trades and the equity they lead to.
#[pyfunction]
pub(crate) fn trade_metrics<'py>(
    py: Python<'py>,
    trades: Vec<TradeRow>,
    equity: Vec<(Ts, f64)>,
    max_drawdown_pct: f64,
    time_in_market_pct: Option<f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let trades: Vec<ClosedTrade> = trades
        .into_iter()
        .map(|(long, entry_ts, exit_ts, quantity, entry_price, exit_price, pnl, commission)| ClosedTrade {
            long,
            entry_ts,
            exit_ts,
            quantity,
            entry_price,
            exit_price,
            pnl,
            commission,
            notional_in: entry_price * quantity,
        })
        .collect();
    let traded_notional = trades.iter().map(|t| (t.entry_price.abs() + t.exit_price.abs()) * t.quantity).sum();
    let metrics = Metrics::of(&Run {
        trades: &trades,
        equity: &equity,
        max_drawdown_pct,
        exposure_pct: None,
        time_in_market_pct,
        traded_notional,
        total_fees: trades.iter().map(|trade| trade.commission).sum(),
    });
    values_dict(py, &metrics.entries())
}
