//! Indicators: streaming classes, and functions over arrays.

use std::sync::{Mutex, MutexGuard, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::indicators::{Ema, Sma};
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::errors::to_py_err;

/// A period as Python says it: any whole number.
fn rows(period: i64) -> PyResult<usize> {
    usize::try_from(period)
        .map_err(|_| to_py_err(Error::new(ErrorKind::Config, 1001, "period", "must be >= 1", period)))
}

fn not_contiguous(parameter: &str) -> PyErr {
    let rule = "must be a contiguous array of float64";
    to_py_err(Error::new(ErrorKind::Data, 1001, parameter, rule, "a strided or unaligned one"))
}

/// Runs `extend` over an array with the interpreter released, into `out` or a new array.
fn over_array<'py>(
    py: Python<'py>,
    array: &PyReadonlyArray1<'py, f64>,
    out: Option<Bound<'py, PyArray1<f64>>>,
    extend: impl FnOnce(&[f64], &mut [f64]) -> bool + Send,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let input = array.as_slice().map_err(|_| not_contiguous("array"))?;
    let Some(out) = out else {
        let mut values = vec![0.0; input.len()];
        py.detach(|| extend(input, &mut values));
        return Ok(values.into_pyarray(py));
    };
    {
        let mut borrowed = out.try_readwrite().map_err(|_| not_contiguous("out"))?;
        let values = borrowed.as_slice_mut().map_err(|_| not_contiguous("out"))?;
        if values.len() != input.len() {
            let rule = format!("must have {} rows as the array", input.len());
            return Err(to_py_err(Error::new(ErrorKind::Data, 1001, "out", rule, values.len())));
        }
        py.detach(|| extend(input, values));
    }
    Ok(out)
}

macro_rules! indicator {
    ($class:ident, $name:literal, $core:ident, $function:ident) => {
        #[doc = concat!("Streaming ", $name, "; see `baconalgo.indicators`.")]
        #[pyclass(frozen, subclass, name = $name, module = "baconalgo._core")]
        #[derive(Debug)]
        pub(crate) struct $class(Mutex<$core>);

        impl $class {
            fn lock(&self) -> MutexGuard<'_, $core> {
                // Nothing panics while it is held; a poisoned state is still a state.
                self.0.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }

        #[pymethods]
        impl $class {
            #[new]
            fn new(period: i64) -> PyResult<Self> {
                Ok(Self(Mutex::new($core::try_new(rows(period)?).map_err(to_py_err)?)))
            }

            /// Takes one value, returns the average after it or None.
            fn update(&self, x: f64) -> Option<f64> {
                self.lock().update(x)
            }

            /// Takes many values, returns the average after each, NaN where there is none.
            fn update_many<'py>(
                &self,
                py: Python<'py>,
                array: PyReadonlyArray1<'py, f64>,
            ) -> PyResult<Bound<'py, PyArray1<f64>>> {
                over_array(py, &array, None, |input, out| self.lock().extend(input, out))
            }

            /// The average so far, or None.
            #[getter]
            fn value(&self) -> Option<f64> {
                self.lock().value()
            }

            /// Whether there is a value.
            #[getter]
            fn is_ready(&self) -> bool {
                self.lock().is_ready()
            }

            /// The period.
            #[getter]
            fn period(&self) -> usize {
                self.lock().period()
            }

            /// Forgets all values.
            fn reset(&self) {
                self.lock().reset();
            }

            fn __repr__(&self) -> String {
                format!(concat!($name, "({})"), self.period())
            }
        }

        #[doc = concat!($name, " over a contiguous array of float64.")]
        #[pyfunction]
        #[pyo3(signature = (array, period, out=None))]
        pub(crate) fn $function<'py>(
            py: Python<'py>,
            array: PyReadonlyArray1<'py, f64>,
            period: i64,
            out: Option<Bound<'py, PyArray1<f64>>>,
        ) -> PyResult<Bound<'py, PyArray1<f64>>> {
            let mut indicator = $core::try_new(rows(period)?).map_err(to_py_err)?;
            over_array(py, &array, out, move |input, out| indicator.extend(input, out))
        }
    };
}

indicator!(EmaClass, "EMA", Ema, ema);
indicator!(SmaClass, "SMA", Sma, sma);

/// The two weights of an EMA, of the past and of the new value, for states kept outside.
#[pyfunction]
pub(crate) fn ema_weights(period: i64) -> PyResult<(f64, f64)> {
    Ok(Ema::try_new(rows(period)?).map_err(to_py_err)?.weights())
}
