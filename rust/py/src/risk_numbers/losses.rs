//! Value at risk and the tests of its models.

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::risk::cholesky::Factor;
use baconalgo_core::risk::matrix::dot;
use baconalgo_core::risk::model_tests::{self, Zone};
use baconalgo_core::risk::simulation::{Draw, Paths, Shock, from_history, linear};
use baconalgo_core::risk::value_at_risk::{self as var, Liquidity, ValueAtRisk};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use super::{floats, grid, matrix, table};
use crate::errors::to_py_err;
use crate::interrupt::interruptible;
use crate::statistics::pool;

/// VaR, CVaR, their standard errors, and observations.
type Row = (f64, f64, Option<f64>, Option<f64>, usize);

fn row(found: ValueAtRisk) -> Row {
    (found.var, found.cvar, found.var_error, found.cvar_error, found.observations)
}

fn unknown(parameter: &str, known: &str, word: &str) -> PyErr {
    to_py_err(Error::new(ErrorKind::Config, 1001, parameter, format!("must be one of {known}"), word))
}

/// VaR of a series by a method, the degrees of freedom used, and whether its quantiles are in order; see
/// ``baconalgo.risk_models.value_at_risk``.
#[pyfunction]
#[pyo3(signature = (returns, confidence, method, df=None))]
pub(crate) fn var_of_returns(
    py: Python<'_>,
    returns: PyReadonlyArray1<'_, f64>,
    confidence: f64,
    method: &str,
    df: Option<f64>,
) -> PyResult<(Row, Option<f64>, bool)> {
    let values = floats(&returns);
    let found = py.detach(|| {
        Ok(match method {
            "historical" => var::historical(&values, confidence).map(|found| (row(found), None, true)),
            "normal" => var::normal(&values, confidence).map(|found| (row(found), None, true)),
            "student_t" => var::student_t(&values, confidence, df).map(|(found, df)| (row(found), Some(df), true)),
            "cornish_fisher" => var::cornish_fisher(&values, confidence)
                .and_then(|found| Ok((row(found), None, var::cornish_fisher_is_monotone(&values)?))),
            _ => return Err(unknown("method", "historical, normal, student_t, cornish_fisher", method)),
        })
    });
    found?.map_err(to_py_err)
}

/// VaR and CVaR of a normal distribution.
#[pyfunction]
pub(crate) fn normal_var(mean: f64, deviation: f64, confidence: f64) -> PyResult<(f64, f64)> {
    var::normal_of(mean, deviation, confidence).map_err(to_py_err)
}

/// VaR by Monte Carlo of jointly normal (or, with `df`, Student's t) returns, and how many eigenvalues of the
/// correlations were raised.
#[pyfunction]
#[pyo3(signature = (weights, mean, covariance, confidence, *, df, paths, seed))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call from Python")]
pub(crate) fn var_simulated(
    py: Python<'_>,
    weights: PyReadonlyArray1<'_, f64>,
    mean: PyReadonlyArray1<'_, f64>,
    covariance: PyReadonlyArray2<'_, f64>,
    confidence: f64,
    df: Option<f64>,
    paths: usize,
    seed: u64,
) -> PyResult<(Row, usize)> {
    let covariance = matrix("covariance", &covariance)?;
    let (weights, mean, pool) = (floats(&weights), floats(&mean), pool()?);
    let shock = df.map_or(Shock::Normal, Shock::StudentT);
    let paths = Paths { count: paths, seed };
    interruptible(py, |keep_going| {
        // Checks confidence and lengths, too.
        var::contributions(&weights, &covariance, &mean, confidence)?;
        let factor = Factor::of(&covariance)?;
        let pnl = linear(dot(&mean, &weights), &factor.loadings(&weights), shock, paths, pool, keep_going)?;
        let raised = factor.repaired().map_or(0, |repaired| repaired.raised);
        Ok((row(var::simulated(&pnl, confidence, pool)), raised))
    })
}

/// VaR by Monte Carlo of paths drawn from what happened.
#[pyfunction]
#[pyo3(signature = (returns, weights, confidence, *, draw, df, paths, seed))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call from Python")]
pub(crate) fn var_from_history(
    py: Python<'_>,
    returns: PyReadonlyArray2<'_, f64>,
    weights: PyReadonlyArray1<'_, f64>,
    confidence: f64,
    draw: &str,
    df: f64,
    paths: usize,
    seed: u64,
) -> PyResult<Row> {
    let draw = match draw {
        "bootstrap" => Draw::Bootstrap,
        "gaussian_copula" => Draw::GaussianCopula,
        "t_copula" => Draw::StudentCopula(df),
        _ => return Err(unknown("draw", "bootstrap, gaussian_copula, t_copula", draw)),
    };
    var::normal_of(0.0, 0.0, confidence).map_err(to_py_err)?;
    let (values, weights, pool) = (grid(&returns), floats(&weights), pool()?);
    let returns = table(&values, &returns).map_err(to_py_err)?;
    let paths = Paths { count: paths, seed };
    interruptible(py, |keep_going| {
        let pnl = from_history(returns, &weights, draw, paths, pool, keep_going)?;
        Ok(row(var::simulated(&pnl, confidence, pool)))
    })
}

/// VaR, CVaR, and marginal, component, incremental and component CVaR by position.
type Parts<'py> = (
    f64,
    f64,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
);

/// Normal VaR by position.
#[pyfunction]
pub(crate) fn var_contributions<'py>(
    py: Python<'py>,
    weights: PyReadonlyArray1<'py, f64>,
    covariance: PyReadonlyArray2<'py, f64>,
    mean: PyReadonlyArray1<'py, f64>,
    confidence: f64,
) -> PyResult<Parts<'py>> {
    let covariance = matrix("covariance", &covariance)?;
    let (weights, mean) = (floats(&weights), floats(&mean));
    let found = py.detach(|| var::contributions(&weights, &covariance, &mean, confidence)).map_err(to_py_err)?;
    Ok((
        found.var,
        found.cvar,
        found.marginal.into_pyarray(py),
        found.component.into_pyarray(py),
        found.incremental.into_pyarray(py),
        found.component_cvar.into_pyarray(py),
    ))
}

/// VaR with the cost and the time of getting out.
#[pyfunction]
pub(crate) fn liquidity_adjusted_var(
    var: f64,
    value: f64,
    spread: f64,
    spread_deviation: f64,
    spread_factor: f64,
    horizon: f64,
) -> PyResult<f64> {
    let liquidity = Liquidity { spread, spread_deviation, spread_factor, horizon };
    var::liquidity_adjusted(var, value, liquidity).map_err(to_py_err)
}

/// A statistic and its p-value.
type Ratio = (f64, f64);

/// Statistic and p-value of Kupiec's test.
#[pyfunction]
pub(crate) fn kupiec_test(exceptions: u64, periods: u64, confidence: f64) -> PyResult<Ratio> {
    let found = model_tests::kupiec(exceptions, periods, confidence).map_err(to_py_err)?;
    Ok((found.statistic, found.p_value))
}

/// Statistic and p-value of independence and of conditional coverage, and the counts of transitions.
#[pyfunction]
pub(crate) fn christoffersen_test(
    exceptions: PyReadonlyArray1<'_, bool>,
    confidence: f64,
) -> PyResult<(Ratio, Ratio, [u64; 4])> {
    let exceptions: Vec<bool> = exceptions.as_array().iter().copied().collect();
    let found = model_tests::christoffersen(&exceptions, confidence).map_err(to_py_err)?;
    let (one, both) = (found.independence, found.conditional_coverage);
    Ok(((one.statistic, one.p_value), (both.statistic, both.p_value), found.transitions))
}

/// Zone, cumulative probability and plus factor of the traffic light.
#[pyfunction]
pub(crate) fn traffic_light_zone(
    exceptions: u64,
    periods: u64,
    confidence: f64,
) -> PyResult<(&'static str, f64, Option<f64>)> {
    let found = model_tests::traffic_light(exceptions, periods, confidence).map_err(to_py_err)?;
    let zone = match found.zone {
        Zone::Green => "green",
        Zone::Yellow => "yellow",
        Zone::Red => "red",
    };
    Ok((zone, found.probability, found.plus_factor))
}
