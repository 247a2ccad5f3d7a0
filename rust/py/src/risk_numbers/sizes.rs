//! How much to hold.

use baconalgo_core::risk::sizing;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use super::{floats, matrix};
use crate::errors::to_py_err;

/// Kelly's fraction of a bet.
#[pyfunction]
#[pyo3(signature = (win_rate, avg_win, avg_loss, observations=None))]
pub(crate) fn kelly_fraction(win_rate: f64, avg_win: f64, avg_loss: f64, observations: Option<u64>) -> PyResult<f64> {
    sizing::kelly(win_rate, avg_win, avg_loss, observations).map_err(to_py_err)
}

/// Kelly's fraction of continuous returns.
#[pyfunction]
#[pyo3(signature = (mean, variance, observations=None))]
pub(crate) fn kelly_continuous_fraction(mean: f64, variance: f64, observations: Option<u64>) -> PyResult<f64> {
    sizing::kelly_continuous(mean, variance, observations).map_err(to_py_err)
}

/// Kelly's fractions of several names.
#[pyfunction]
#[pyo3(signature = (mean, covariance, observations=None))]
pub(crate) fn kelly_weights<'py>(
    py: Python<'py>,
    mean: PyReadonlyArray1<'py, f64>,
    covariance: PyReadonlyArray2<'py, f64>,
    observations: Option<u64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (covariance, mean) = (matrix("covariance", &covariance)?, floats(&mean));
    let found = py.detach(|| sizing::kelly_portfolio(&mean, &covariance, observations));
    Ok(found.map_err(to_py_err)?.into_pyarray(py))
}

/// Leverage for a deviation.
#[pyfunction]
pub(crate) fn volatility_target_leverage(target: f64, deviation: f64, most: f64) -> PyResult<f64> {
    sizing::volatility_target(target, deviation, most).map_err(to_py_err)
}

/// Units that lose a part of the capital at the stop.
#[pyfunction]
pub(crate) fn fixed_fraction_size(capital: f64, risk: f64, entry: f64, stop: f64) -> PyResult<f64> {
    sizing::fixed_fraction(capital, risk, entry, stop).map_err(to_py_err)
}

/// Weights of which each brings its part of the risk.
#[pyfunction]
#[pyo3(signature = (covariance, budgets=None))]
pub(crate) fn risk_parity_weights<'py>(
    py: Python<'py>,
    covariance: PyReadonlyArray2<'py, f64>,
    budgets: Option<PyReadonlyArray1<'py, f64>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let covariance = matrix("covariance", &covariance)?;
    let budgets = budgets.as_ref().map(floats);
    let found = py.detach(|| sizing::risk_parity(&covariance, budgets.as_deref()));
    Ok(found.map_err(to_py_err)?.into_pyarray(py))
}
