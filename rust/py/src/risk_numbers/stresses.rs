//! Positions under scenarios.

use baconalgo_core::risk::stress::{Positions, Scenario, stress};
use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use super::{floats, grid};
use crate::errors::to_py_err;
use crate::statistics::pool;

/// Shocks of instruments, sectors and factors by number, spread multiple, gap.
type ScenarioRow = (Vec<(u32, f64)>, Vec<(u32, f64)>, Vec<(u32, f64)>, f64, bool);

/// Profit or loss of every position in every scenario; a negative sector is none.
#[pyfunction]
pub(crate) fn stress_table<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    sectors: PyReadonlyArray1<'py, i64>,
    betas: PyReadonlyArray2<'py, f64>,
    spreads: PyReadonlyArray1<'py, f64>,
    stops: PyReadonlyArray1<'py, f64>,
    scenarios: Vec<ScenarioRow>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let pool = pool()?;
    let positions = Positions {
        values: floats(&values).into_owned(),
        sectors: sectors.as_array().iter().map(|&sector| u32::try_from(sector).ok()).collect(),
        betas: grid(&betas).into_owned(),
        spreads: floats(&spreads).into_owned(),
        stops: floats(&stops).into_owned(),
    };
    let scenarios: Vec<Scenario> = scenarios
        .into_iter()
        .map(|(instruments, sectors, factors, spread_multiple, gap)| Scenario {
            instruments,
            sectors,
            factors,
            spread_multiple,
            gap,
        })
        .collect();
    let table = py.detach(|| stress(&positions, &scenarios, pool)).map_err(to_py_err)?;
    table.into_pyarray(py).reshape([scenarios.len(), positions.values.len()])
}
