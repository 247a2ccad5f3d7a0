//! The extension module `baconalgo._core`: thin wrappers around `baconalgo-core`.

use pyo3::prelude::*;

#[pymodule]
mod _core {}
