//! The extension module `baconalgo._core`: thin wrappers around `baconalgo-core`.

mod compiled;
mod errors;
mod expr;
mod indicators;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::compiled::CompiledFunction;
    #[pymodule_export]
    use crate::expr::{ExprSignals, evaluate};
    #[pymodule_export]
    use crate::indicators::{EmaClass, SmaClass, ema, ema_weights, sma};
}
