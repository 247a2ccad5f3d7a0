//! What an engine tells, read by whoever wants to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use baconalgo_core::error::ErrorKind;
use baconalgo_core::event::Message;
use baconalgo_node::engine::{NoMoreEvents, Received, Tap};
use pyo3::prelude::*;

use super::SLICE;
use crate::exit::{Busy, detached};
use crate::fork::Origin;
use crate::messages::to_object;

/// Orders, fills and rejects of an engine, in order; a slow reader loses the oldest, counted.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct EngineEvents {
    tap: Mutex<Tap<Message>>,
    origin: Origin,
}

impl EngineEvents {
    pub(super) fn new(tap: Tap<Message>, origin: Origin) -> Self {
        Self { tap: Mutex::new(tap), origin }
    }

    fn lock(&self) -> MutexGuard<'_, Tap<Message>> {
        // A panic while it was held leaves a place in the ring behind, which is safe to go on from.
        self.tap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl EngineEvents {
    /// The next event as an object of a message class; None after the timeout, or once the engine is gone.
    #[pyo3(signature = (timeout=None))]
    fn recv(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Py<PyAny>>> {
        self.origin.check(ErrorKind::Engine, "events")?;
        let busy = Busy::enter(py);
        let began = Instant::now();
        let most = timeout.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
        loop {
            let left = most.map_or(SLICE, |most| most.saturating_sub(began.elapsed()).min(SLICE));
            let received: Result<Option<Received<Message>>, NoMoreEvents> =
                detached(py, &busy, || self.lock().recv(left));
            match received {
                Ok(Some(received)) => return to_object(py, &received.event).map(Some),
                Err(NoMoreEvents) => return Ok(None),
                Ok(None) => {}
            }
            py.check_signals()?;
            if most.is_some_and(|most| began.elapsed() >= most) {
                return Ok(None);
            }
        }
    }

    /// How many events were lost because they were not read in time.
    #[getter]
    fn lost(&self, py: Python<'_>) -> u64 {
        detached(py, &Busy::enter(py), || self.lock().lost())
    }
}
