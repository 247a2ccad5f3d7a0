//! Subscriptions, for Python.

use std::sync::Arc;
use std::time::{Duration, Instant};

use baconalgo_core::error::ErrorKind;
use baconalgo_node::bus::{Nothing, Subscription as Inner};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::delivery::{BusBatch, BusMessage};
use super::{duration, handover};
use crate::errors::to_py_err;
use crate::exit::{Busy, detached};
use crate::fork::Origin;

/// The longest wait without a look for Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// What `QuantumBus.subscribe` returns: an iterator over messages, also for ``async for``, and a context manager.
///
/// Iteration ends when the bus is closed and everything was received, or the subscription is closed. Any number of
/// threads may receive: each message goes to one of them.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> bus = ba.QuantumBus()
/// >>> with bus.subscribe("trades") as sub:
/// ...     bus.publish("trades", b"1")
/// ...     bus.publish("trades", b"2")
/// ...     bus.close()
/// ...     [message.payload for message in sub]
/// [b'1', b'2']
#[pyclass(frozen, weakref, module = "baconalgo._core")]
pub(crate) struct Subscription {
    /// Taken when it is dropped.
    inner: Option<Arc<Inner>>,
    origin: Origin,
}

impl Subscription {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        Self { inner: Some(inner), origin: Origin::here() }
    }

    fn inner(&self) -> PyResult<&Arc<Inner>> {
        self.origin.check(ErrorKind::Bus, "subscription")?;
        let gone = || {
            to_py_err(baconalgo_core::error::Error::new(
                ErrorKind::Bus,
                8003,
                "subscription",
                "must be open",
                "dropped",
            ))
        };
        self.inner.as_ref().ok_or_else(gone)
    }

    /// Tries until it gets something, the end is reached, or the time is up.
    fn wait_for<T>(
        &self,
        (py, busy): (Python<'_>, &Busy),
        timeout: Option<f64>,
        mut attempt: impl FnMut(&Inner) -> Result<T, Nothing>,
    ) -> PyResult<Result<T, Nothing>> {
        let inner = self.inner()?;
        // Mostly there is something, or nobody wants to wait.
        match attempt(inner) {
            Err(Nothing::Yet | Nothing::Busy) if timeout != Some(0.0) => {}
            other => return Ok(other),
        }
        let until = Instant::now().checked_add(duration(timeout)?);
        loop {
            let rest = until.map_or(SLICE, |until| until.saturating_duration_since(Instant::now()));
            let waited = detached(py, busy, || {
                handover::let_go();
                let waited = inner.wait(rest.min(SLICE));
                if waited == Ok(true) {
                    handover::wait_for_publisher();
                }
                waited
            });
            py.check_signals()?;
            let outcome = attempt(inner);
            let over = rest.is_zero() || waited == Err(Nothing::Ever);
            match outcome {
                Err(Nothing::Yet | Nothing::Busy) if !over => {}
                other => return Ok(other),
            }
        }
    }
}

#[pymethods]
impl Subscription {
    /// Its number in the bus.
    #[getter]
    fn id(&self) -> PyResult<u64> {
        Ok(self.inner()?.id())
    }

    /// The topic; None for all.
    #[getter]
    fn topic(&self) -> PyResult<Option<String>> {
        Ok(self.inner()?.topic().map(ToString::to_string))
    }

    /// What happens when it is slow: "block", "drop_oldest" or "conflate".
    #[getter]
    fn policy(&self) -> PyResult<&'static str> {
        Ok(self.inner()?.policy().name())
    }

    /// Messages that it lost for being slow: known when it receives what follows them.
    #[getter]
    fn lost(&self) -> PyResult<u64> {
        Ok(self.inner()?.lost())
    }

    /// Messages that later ones of the same key have replaced.
    #[getter]
    fn conflated(&self) -> PyResult<u64> {
        Ok(self.inner()?.replaced())
    }

    /// Messages that it received.
    #[getter]
    fn received(&self) -> PyResult<u64> {
        Ok(self.inner()?.received())
    }

    /// Messages that wait to be received; None while another thread receives.
    #[getter]
    fn backlog(&self) -> PyResult<Option<u64>> {
        Ok(self.inner()?.backlog())
    }

    /// Whether it was closed.
    #[getter]
    fn is_closed(&self) -> PyResult<bool> {
        Ok(self.inner()?.is_closed())
    }

    /// The next message.
    ///
    /// Parameters
    /// ----------
    /// timeout : float, optional
    ///     Seconds to wait for it; None for ever.
    ///
    /// Returns
    /// -------
    /// BusMessage or None
    ///     None if there was none in time, or there will be none: the bus is closed and everything was received, or
    ///     the subscription is closed.
    #[pyo3(signature = (timeout=None))]
    fn recv(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<BusMessage>> {
        let busy = &Busy::enter(py);
        match self.wait_for((py, busy), timeout, Inner::try_recv)? {
            Ok(delivery) => BusMessage::of(py, &delivery).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// The next messages: all that are there, of one topic and one kind.
    ///
    /// Parameters
    /// ----------
    /// max_messages : int
    ///     At most so many, 1 to 16,777,216.
    /// timeout : float, optional
    ///     Seconds to wait for the first; None for ever.
    ///
    /// Returns
    /// -------
    /// BusBatch or None
    ///     None as `recv`.
    #[pyo3(signature = (max_messages=4096, timeout=None))]
    fn recv_batch(&self, py: Python<'_>, max_messages: usize, timeout: Option<f64>) -> PyResult<Option<BusBatch>> {
        if !(1..=1 << 24).contains(&max_messages) {
            let rule = "must be from 1 to 16777216";
            let error = baconalgo_core::error::Error::new(ErrorKind::Bus, 1001, "max_messages", rule, max_messages);
            return Err(to_py_err(error));
        }
        let busy = &Busy::enter(py);
        match self.wait_for((py, busy), timeout, |inner| inner.try_recv_batch(max_messages))? {
            Ok(batch) => BusBatch::of(py, &batch).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Waits until there is a message to receive.
    ///
    /// Parameters
    /// ----------
    /// timeout : float, optional
    ///     Seconds to wait; None for ever.
    ///
    /// Returns
    /// -------
    /// bool or None
    ///     Whether there is one; None if there will be none.
    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<bool>> {
        let look = |inner: &Inner| match inner.wait(Duration::ZERO) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Nothing::Yet),
            Err(nothing) => Err(nothing),
        };
        let busy = &Busy::enter(py);
        Ok(match self.wait_for((py, busy), timeout, look)? {
            Ok(()) => Some(true),
            Err(Nothing::Ever) => None,
            Err(_) => Some(false),
        })
    }

    /// Ends it: what it has not received is dropped, and publishers do not wait for it. Twice is fine.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let (inner, busy) = (self.inner()?, Busy::enter(py));
        detached(py, &busy, || {
            inner.bus().unsubscribe(inner.id());
            inner.close();
        });
        Ok(())
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<BusMessage>> {
        self.recv(py, None)
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let _busy = Busy::enter(slf.py());
        slf.py().import("baconalgo.bus")?.call_method1("_next_message", (slf,))
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> PyResult<String> {
        let inner = self.inner()?;
        let topic = inner.topic().map_or_else(|| "all topics".to_owned(), |topic| format!("{topic:?}"));
        let state = if inner.is_closed() { "closed" } else { "open" };
        Ok(format!("<Subscription {} to {topic}: {}, {state}>", inner.id(), inner.policy().name()))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if !self.origin.is_here() {
            // In a forked process its locks may be held by threads that are not here.
            std::mem::forget(self.inner.take());
        }
    }
}
