//! Errors of the core as the exception classes of `baconalgo.errors`.

use baconalgo_core::error::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The Python exception of an error: the class by its kind, with parameter, rule, value and code.
pub(crate) fn to_py_err(error: Error) -> PyErr {
    let class = match error.kind() {
        ErrorKind::Data => "DataError",
        ErrorKind::Order => "OrderError",
        ErrorKind::Config => "ConfigError",
        ErrorKind::Strategy => "StrategyError",
        ErrorKind::Bus => "BusError",
        ErrorKind::Backpressure => "BackpressureError",
        _ => "EngineError",
    };
    Python::attach(|py| {
        let made = py.import("baconalgo.errors").and_then(|module| {
            let named = PyDict::new(py);
            named.set_item("code", error.code())?;
            module.getattr(class)?.call((error.parameter(), error.rule(), error.value()), Some(&named))
        });
        made.map_or_else(|failure| failure, PyErr::from_value)
    })
}
