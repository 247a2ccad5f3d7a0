//! Value at risk, covariance, stress and sizing; the public functions are those of `baconalgo.risk_models`.

mod dependence;
mod losses;
mod sizes;
mod stresses;

use std::borrow::Cow;

use baconalgo_core::error::Error;
use baconalgo_core::risk::matrix::{Matrix, Table};
use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

pub(crate) use self::dependence::{
    LiveCovariance, correlation_of, correlation_towards_one, correlation_tree, covariance_matrix, hayashi_yoshida,
    repair_matrix,
};
pub(crate) use self::losses::{
    christoffersen_test, kupiec_test, liquidity_adjusted_var, normal_var, traffic_light_zone, var_contributions,
    var_from_history, var_of_returns, var_simulated,
};
pub(crate) use self::sizes::{
    fixed_fraction_size, kelly_continuous_fraction, kelly_fraction, kelly_weights, risk_parity_weights,
    volatility_target_leverage,
};
pub(crate) use self::stresses::stress_table;
use crate::errors::to_py_err;

/// The values in order; a copy only if they lie apart.
fn floats<'a>(array: &'a PyReadonlyArray1<'_, f64>) -> Cow<'a, [f64]> {
    array.as_slice().map_or_else(|_| array.as_array().iter().copied().collect::<Vec<f64>>().into(), Cow::Borrowed)
}

/// The values row by row; a copy only if they lie otherwise.
fn grid<'a>(array: &'a PyReadonlyArray2<'_, f64>) -> Cow<'a, [f64]> {
    array.as_slice().map_or_else(|_| array.as_array().iter().copied().collect::<Vec<f64>>().into(), Cow::Borrowed)
}

fn table<'a>(values: &'a [f64], array: &PyReadonlyArray2<'_, f64>) -> Result<Table<'a>, Error> {
    let &[rows, columns] = array.shape() else { return Table::new(values, 0, 0) };
    Table::new(values, rows, columns)
}

fn matrix(parameter: &str, array: &PyReadonlyArray2<'_, f64>) -> PyResult<Matrix> {
    let size = array.shape()[0];
    Matrix::try_new(parameter, size, &grid(array)).map_err(to_py_err)
}

fn to_numpy<'py>(py: Python<'py>, made: Matrix) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let size = made.size();
    made.into_values().into_pyarray(py).reshape([size, size])
}
