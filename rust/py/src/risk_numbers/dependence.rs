//! Covariance and correlation.

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::risk::clusters::Tree;
use baconalgo_core::risk::covariance::{self, Target};
use baconalgo_core::risk::repair::{Repair, repair_covariance};
use baconalgo_core::risk::{correlation, hayashi_yoshida as overlapping, live};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use super::{floats, grid, matrix, table, to_numpy};
use crate::errors::to_py_err;
use crate::interrupt::interruptible;
use crate::statistics::pool;

/// Covariance of a table of returns by a method, and the shrinkage if there is one.
#[pyfunction]
pub(crate) fn covariance_matrix<'py>(
    py: Python<'py>,
    returns: PyReadonlyArray2<'py, f64>,
    method: &str,
    decay: f64,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Option<f64>)> {
    let (values, pool) = (grid(&returns), pool()?);
    let returns = table(&values, &returns).map_err(to_py_err)?;
    let found = py.detach(|| {
        let shrunk =
            |target| covariance::ledoit_wolf(returns, target, pool).map(|found| (found.matrix, Some(found.shrinkage)));
        match method {
            "sample" => Ok((covariance::sample(returns, pool)?, None)),
            "ewma" => Ok((covariance::exponential(returns, decay, pool)?, None)),
            "ledoit_wolf" => shrunk(Target::ConstantCorrelation),
            "ledoit_wolf_identity" => shrunk(Target::Identity),
            _ => {
                let rule = "must be one of sample, ewma, ledoit_wolf, ledoit_wolf_identity";
                Err(Error::new(ErrorKind::Config, 1001, "method", rule, method))
            }
        }
    });
    let (made, shrinkage) = found.map_err(to_py_err)?;
    Ok((to_numpy(py, made)?, shrinkage))
}

/// Correlations of a covariance.
#[pyfunction]
pub(crate) fn correlation_of<'py>(
    py: Python<'py>,
    covariance: PyReadonlyArray2<'py, f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    to_numpy(py, correlation::of_covariance(&matrix("covariance", &covariance)?))
}

/// A covariance whose correlations have gone part of the way to one.
#[pyfunction]
pub(crate) fn correlation_towards_one<'py>(
    py: Python<'py>,
    covariance: PyReadonlyArray2<'py, f64>,
    strength: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let covariance = matrix("covariance", &covariance)?;
    to_numpy(py, correlation::towards_one(&covariance, strength).map_err(to_py_err)?)
}

/// A matrix whose correlations are repaired, the smallest eigenvalue before, how many were raised, and the largest
/// change of a correlation.
#[pyfunction]
pub(crate) fn repair_matrix<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, f64>,
    method: &str,
) -> PyResult<(Bound<'py, PyArray2<f64>>, f64, usize, f64)> {
    let how = match method {
        "clip" => Repair::Clip,
        "nearest" => Repair::Nearest,
        _ => {
            let error = Error::new(ErrorKind::Config, 1001, "method", "must be one of clip, nearest", method);
            return Err(to_py_err(error));
        }
    };
    let values = matrix("matrix", &values)?;
    let found = interruptible(py, |keep_going| Ok(repair_covariance(&values, how, keep_going)))?;
    Ok((to_numpy(py, found.matrix)?, found.smallest, found.raised, found.moved))
}

/// Covariance, both variances and correlation of two series seen at different times.
#[pyfunction]
pub(crate) fn hayashi_yoshida(
    py: Python<'_>,
    x_ts: PyReadonlyArray1<'_, i64>,
    x: PyReadonlyArray1<'_, f64>,
    y_ts: PyReadonlyArray1<'_, i64>,
    y: PyReadonlyArray1<'_, f64>,
) -> PyResult<(f64, f64, f64, Option<f64>)> {
    let [x_ts, y_ts] = [x_ts, y_ts].map(|ts| ts.as_array().iter().copied().collect::<Vec<i64>>());
    let (x, y) = (floats(&x), floats(&y));
    let found = py.detach(|| overlapping::hayashi_yoshida(&x_ts, &x, &y_ts, &y)).map_err(to_py_err)?;
    Ok((found.covariance, found.variances.0, found.variances.1, found.correlation))
}

/// Joins (left, right, distance, count), the order of the names, and their groups if a count of groups is given.
type Grown<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<u64>>, Option<Bound<'py, PyArray1<u64>>>);

/// The tree of names that move alike.
#[pyfunction]
#[pyo3(signature = (correlation, count=None))]
pub(crate) fn correlation_tree<'py>(
    py: Python<'py>,
    correlation: PyReadonlyArray2<'py, f64>,
    count: Option<usize>,
) -> PyResult<Grown<'py>> {
    let correlation = matrix("correlation", &correlation)?;
    let numbers = |places: Vec<usize>| places.into_iter().map(|place| place as u64).collect::<Vec<u64>>();
    let tree = py.detach(|| Tree::of(&correlation)).map_err(to_py_err)?;
    let rows: Vec<f64> = tree
        .joins()
        .iter()
        .flat_map(|join| [join.left as f64, join.right as f64, join.distance, join.count as f64])
        .collect();
    let groups = count.map(|count| tree.cut(count)).transpose().map_err(to_py_err)?;
    Ok((
        rows.into_pyarray(py).reshape([tree.joins().len(), 4])?,
        numbers(tree.order()).into_pyarray(py),
        groups.map(|groups| numbers(groups).into_pyarray(py)),
    ))
}

/// Covariance that follows prices; see ``baconalgo.risk_models.LiveCovariance``.
#[pyclass(module = "baconalgo._core", frozen)]
pub(crate) struct LiveCovariance {
    inner: std::sync::Mutex<live::LiveCovariance>,
}

impl LiveCovariance {
    fn locked<T>(&self, work: impl FnOnce(&mut live::LiveCovariance) -> T) -> T {
        // Every update of it is whole or none, so a poisoned lock guards a sound state.
        work(&mut self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[pymethods]
impl LiveCovariance {
    #[new]
    fn new(names: usize, interval: i64, decay: f64) -> PyResult<Self> {
        let inner = live::LiveCovariance::try_new(names, interval, decay).map_err(to_py_err)?;
        Ok(Self { inner: std::sync::Mutex::new(inner) })
    }

    /// A price; whether an interval closed.
    fn on_price(&self, py: Python<'_>, name: usize, ts: i64, price: f64) -> PyResult<bool> {
        py.detach(|| self.locked(|inner| inner.on_price(name, ts, price))).map_err(to_py_err)
    }

    /// Prices in order of time; how many intervals closed.
    fn on_prices(
        &self,
        py: Python<'_>,
        names: PyReadonlyArray1<'_, u64>,
        ts: PyReadonlyArray1<'_, i64>,
        prices: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<u64> {
        let names: Vec<u64> = names.as_array().iter().copied().collect();
        let ts: Vec<i64> = ts.as_array().iter().copied().collect();
        let prices = floats(&prices);
        let all =
            || {
                self.locked(|inner| {
                    let rows = names.iter().zip(&ts).zip(prices.iter());
                    rows.map(|((&name, &ts), &price)| inner.on_price(name as usize, ts, price).map(u64::from))
                        .sum::<Result<u64, Error>>()
                })
            };
        py.detach(all).map_err(to_py_err)
    }

    /// Time has come to `ts`; whether an interval closed.
    fn advance(&self, py: Python<'_>, ts: i64) -> PyResult<bool> {
        py.detach(|| self.locked(|inner| inner.advance(ts))).map_err(to_py_err)
    }

    /// The covariance now.
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let made = py.detach(|| self.locked(|inner| inner.covariance()));
        to_numpy(py, made)
    }

    /// Intervals that count.
    #[getter]
    fn observations(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.locked(|inner| inner.observations()))
    }
}
