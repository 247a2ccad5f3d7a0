//! What the process measures of itself, for Python.

use baconalgo_node::telemetry::{Registry, Summary, Value};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::exit::{Busy, detached};

fn latency<'py>(py: Python<'py>, summary: &Summary) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("count", summary.count)?;
    dict.set_item("mean", summary.mean)?;
    dict.set_item("min", summary.min)?;
    dict.set_item("max", summary.max)?;
    dict.set_item("p50", summary.p50)?;
    dict.set_item("p90", summary.p90)?;
    dict.set_item("p99", summary.p99)?;
    dict.set_item("p999", summary.p999)?;
    Ok(dict)
}

/// Component, kind of part, part, name, value.
type Row = (String, Option<&'static str>, Option<String>, &'static str, Py<PyAny>);

/// The measurements of all components that live.
///
/// Returns
/// -------
/// list of (component, kind of part or None, part or None, name, value)
///     A count is an int, a level a float, times a dict of statistics in ns, a word a str.
#[pyfunction]
pub(crate) fn measurements(py: Python<'_>) -> PyResult<Vec<Row>> {
    let busy = Busy::enter(py);
    // The registry is only locked by whoever holds the interpreter: a fork, which needs it too, leaves it unlocked.
    let components = Registry::of_process().components();
    let found = detached(py, &busy, || {
        components.into_iter().map(|(name, component)| (name, component.measurements())).collect::<Vec<_>>()
    });
    let mut rows = Vec::new();
    for (component, measured) in found {
        for measurement in measured {
            let value = match &measurement.value {
                Value::Count(count) => count.into_pyobject(py)?.into_any().unbind(),
                Value::Level(level) => level.into_pyobject(py)?.into_any().unbind(),
                Value::Latency(summary) => latency(py, summary)?.into_any().unbind(),
                Value::Word(word) => word.into_pyobject(py)?.into_any().unbind(),
                _ => py.None(),
            };
            let (kind, part) = measurement.part.map(|(kind, part)| (kind, part.to_string())).unzip();
            rows.push((component.to_string(), kind, part, measurement.name, value));
        }
    }
    Ok(rows)
}
