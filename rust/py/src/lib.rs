//! The extension module `baconalgo._core`: thin wrappers around `baconalgo-core`.

mod bars;
mod errors;
mod source;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::bars::aggregate_bars;
    #[pymodule_export]
    use crate::source::{Source, scan};
}
