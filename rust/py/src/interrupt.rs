//! Long work that Ctrl-C ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use baconalgo_core::error::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::to_py_err;

/// Runs `work` on a thread of its own with the GIL released, while this one looks after Python's signals. `work` is
/// handed what to ask whether to go on.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let stopped = AtomicBool::new(false);
    py.detach(|| {
        std::thread::scope(|scope| {
            let (done, end) = channel::<()>();
            let worker = scope.spawn(|| {
                // Dropped with the thread's end, however it comes: that is what the other side waits for.
                let _done = done;
                work(&|| !stopped.load(Ordering::Relaxed))
            });
            let mut interrupted = None;
            while end.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = Python::attach(|py| py.check_signals()) {
                    stopped.store(true, Ordering::Relaxed);
                    interrupted.get_or_insert(error);
                }
            }
            let result = worker.join().map_err(|_| PyRuntimeError::new_err("the work panicked"))?;
            interrupted.map_or_else(|| result.map_err(to_py_err), Err)
        })
    })
}
