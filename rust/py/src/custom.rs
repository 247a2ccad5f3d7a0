//! Indicators that users have written in Python, as nodes of expressions.

use std::sync::Arc;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::expr::{Custom, CustomStream};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A name and what makes its streams: objects with `update(*row)`.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct CustomIndicator {
    definition: Arc<dyn Custom>,
}

/// What [`CustomIndicator`] says, shared by all graphs that use it.
#[derive(Debug)]
struct Definition {
    name: String,
    make: Py<PyAny>,
    inputs: usize,
    outputs: usize,
}

#[pymethods]
impl CustomIndicator {
    #[new]
    fn new(name: String, make: Py<PyAny>, inputs: usize, outputs: usize) -> Self {
        Self { definition: Arc::new(Shared(Arc::new(Definition { name, make, inputs, outputs }))) }
    }
}

impl CustomIndicator {
    /// The definition; the same one every time.
    pub(crate) fn definition(&self) -> Arc<dyn Custom> {
        Arc::clone(&self.definition)
    }
}

#[derive(Debug)]
struct Shared(Arc<Definition>);

impl Custom for Shared {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn inputs(&self) -> usize {
        self.0.inputs
    }

    fn outputs(&self) -> usize {
        self.0.outputs
    }

    fn make(&self) -> Box<dyn CustomStream> {
        Box::new(Running { definition: Arc::clone(&self.0), state: None })
    }
}

/// A stream; the Python object is made with its first row, so that a fresh one is copied without Python.
#[derive(Debug)]
struct Running {
    definition: Arc<Definition>,
    state: Option<Py<PyAny>>,
}

impl Running {
    fn failed(&self, error: &PyErr) -> Error {
        Error::new(ErrorKind::Strategy, 1001, self.definition.name.as_str(), "must not raise", error)
    }

    fn take(&mut self, py: Python<'_>, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> PyResult<()> {
        let state = match &self.state {
            Some(state) => state.bind(py).clone(),
            None => {
                let made = self.definition.make.bind(py).call0()?;
                self.state = Some(made.clone().unbind());
                made
            }
        };
        let update = state.getattr("update")?;
        for row in 0..inputs[0].len() {
            let value = update.call1(PyTuple::new(py, inputs.iter().map(|column| column[row]))?)?;
            if value.is_none() {
                outputs.iter_mut().for_each(|out| out[row] = f64::NAN);
            } else if let [out] = outputs {
                out[row] = value.extract()?;
            } else {
                let values: Vec<f64> = value.extract()?;
                for (place, out) in outputs.iter_mut().enumerate() {
                    out[row] = values.get(place).copied().unwrap_or(f64::NAN);
                }
            }
        }
        Ok(())
    }
}

impl CustomStream for Running {
    fn extend(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Result<(), Error> {
        Python::attach(|py| self.take(py, inputs, outputs)).map_err(|error| self.failed(&error))
    }

    fn boxed_clone(&self) -> Box<dyn CustomStream> {
        let state = self.state.as_ref().map(|state| {
            Python::attach(|py| {
                let copied = py.import("copy").and_then(|copy| copy.call_method1("deepcopy", (state,)));
                // What cannot be copied raises with its first row: None has no `update`.
                copied.map_or_else(|_| py.None(), Bound::unbind)
            })
        });
        Box::new(Self { definition: Arc::clone(&self.definition), state })
    }
}
