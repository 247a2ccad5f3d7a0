//! What cannot be used in a forked process: threads and rings stay behind in the parent.
//!
//! # Rationale
//! `fork` copies the memory and one thread. A ring that other threads were writing to stands still for ever in the
//! child, a lock that one of them held is never released. So each object that shares memory with threads remembers
//! which process made it, and refuses to work in another. Objects that the child makes itself work.

use std::sync::atomic::{AtomicU64, Ordering};

use baconalgo_core::error::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;

/// How many forks lie between the first process and this one.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// The process that an object was made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(u64);

impl Origin {
    /// This process.
    pub(crate) fn here() -> Self {
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Whether this is the process.
    pub(crate) fn is_here(self) -> bool {
        self == Self::here()
    }

    /// An error of this kind, about the object called so, in any other process.
    pub(crate) fn check(self, kind: ErrorKind, object: &str) -> PyResult<()> {
        if self.is_here() {
            return Ok(());
        }
        let rule = "must be used in the process that made it: make one here, or start processes by \"spawn\"";
        Err(to_py_err(Error::new(kind, 8004, object, rule, "used after a fork")))
    }
}

/// Called in the child of a fork.
#[pyfunction]
fn mark_forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    crate::exit::forked();
    baconalgo_node::telemetry::Registry::of_process().forget();
}

/// Has Python call [`mark_forked`] in the child of each fork.
pub(crate) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = py.import("os")?;
    // Not on Windows, where nothing forks.
    if let Ok(register) = os.getattr("register_at_fork") {
        let hooks = PyDict::new(py);
        hooks.set_item("after_in_child", pyo3::wrap_pyfunction!(mark_forked, module)?)?;
        register.call((), Some(&hooks))?;
    }
    Ok(())
}
