//! The message bus, for Python.

mod delivery;
mod handover;
mod payload;
mod subscription;

use std::sync::Arc;
use std::time::Duration;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Message;
use baconalgo_node::bus::{Blocked, Bus, BusConfig, Key, Outgoing, Policy};
use numpy::{PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::prelude::*;

pub(crate) use delivery::{BusBatch, BusMessage, BusMetrics};
pub(crate) use subscription::Subscription;

use crate::errors::to_py_err;
use crate::exit::{Busy, check_signals, detached, end_at_exit};
use crate::fork::Origin;
use crate::messages::{RECORD, read_records, to_message};

/// Records that are copied from Python while the interpreter is held.
const COPIED: usize = 16_384;

/// A duration in seconds; `None` is for ever.
fn duration(timeout: Option<f64>) -> PyResult<Duration> {
    match timeout {
        None => Ok(Duration::MAX),
        Some(seconds) if seconds >= 0.0 => Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
        Some(seconds) => {
            let rule = "must be >= 0 seconds, or None for ever";
            Err(to_py_err(Error::new(ErrorKind::Bus, 1001, "timeout", rule, format!("{seconds:?}"))))
        }
    }
}

/// A message bus within the process: topics, subscriptions, any number of threads on either side.
///
/// Parameters
/// ----------
/// config : QuantumBusConfig, optional
///     Settings.
///
/// Notes
/// -----
/// All subscribers of a topic see its messages in one order. Sequences count the messages of a topic, heard or not,
/// and are never used twice. The bus closes when it is dropped, and when the interpreter ends.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> with ba.QuantumBus() as bus:
/// ...     sub = bus.subscribe("trades")
/// ...     bus.publish("trades", b"hello")
/// ...     message = sub.recv()
/// >>> message.topic, message.payload, message.sequence
/// ('trades', b'hello', 0)
#[pyclass(frozen, weakref, module = "baconalgo._core")]
pub(crate) struct QuantumBus {
    /// Taken when it is dropped.
    bus: Option<Arc<Bus>>,
    origin: Origin,
    config: Py<PyAny>,
}

/// Who publishes where, and how long it waits.
#[derive(Clone, Copy)]
struct Call<'a, 'py> {
    py: Python<'py>,
    busy: &'a Busy,
    topic: &'a str,
    timeout: Duration,
}

impl QuantumBus {
    fn bus(&self) -> PyResult<&Arc<Bus>> {
        self.origin.check(ErrorKind::Bus, "bus")?;
        let gone = || to_py_err(Error::new(ErrorKind::Bus, 8003, "bus", "must be open", "dropped"));
        self.bus.as_ref().ok_or_else(gone)
    }

    /// Publishes, waiting for room without the interpreter.
    fn send(&self, call: Call<'_, '_>, outgoing: &mut Outgoing<'_>) -> PyResult<()> {
        let Call { py, busy, topic, timeout } = call;
        let bus = self.bus()?;
        // Whoever finds room, as nearly everybody does, keeps the interpreter.
        if let Outgoing::Records([_]) | Outgoing::Payload(_) = outgoing {
            match bus.try_publish(topic, outgoing) {
                Ok(()) => {
                    handover::published();
                    return Ok(());
                }
                Err(Blocked::Full(_)) => {}
                Err(blocked) => return Err(failed(py, blocked, 0)),
            }
        }
        let mut raised = None;
        let outcome = detached(py, busy, || {
            handover::let_go();
            bus.publish(topic, outgoing, timeout, || match check_signals() {
                Ok(()) => true,
                Err(signal) => {
                    raised = Some(signal);
                    false
                }
            })
        });
        match (outcome, raised) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(signal)) => Err(signal),
            (Err(blocked), None) => {
                let (Blocked::Full(sent) | Blocked::Failed(sent, _)) = &blocked;
                let sent = *sent;
                Err(failed(py, blocked, sent))
            }
        }
    }
}

/// The exception, which says how many messages were published before it.
fn failed(py: Python<'_>, blocked: Blocked, sent: usize) -> PyErr {
    let error = match blocked {
        Blocked::Failed(_, error) => error,
        Blocked::Full(_) => Error::new(ErrorKind::Backpressure, 8002, "topic", "must have room", "full"),
    };
    let raised = to_py_err(error);
    let told = raised.value(py).setattr("sent", sent);
    told.err().unwrap_or(raised)
}

#[pymethods]
impl QuantumBus {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(py: Python<'_>, config: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let _busy = Busy::enter(py);
        let config = match config {
            Some(config) => config,
            None => py.import("baconalgo.bus")?.getattr("QuantumBusConfig")?.call0()?,
        };
        let bus = Bus::new(BusConfig {
            ring_buffer_size: config.getattr("ring_buffer_size")?.extract()?,
            partitions: config.getattr("num_partitions")?.extract()?,
            measure: config.getattr("enable_metrics")?.extract()?,
            ..BusConfig::default()
        })
        .map_err(to_py_err)?;
        end_at_exit(&bus);
        Ok(Self { bus: Some(bus), origin: Origin::here(), config: config.unbind() })
    }

    /// A subscription, from now on.
    ///
    /// Parameters
    /// ----------
    /// topic : str, optional
    ///     None for all topics, present and future: in order within each, and fair between them.
    /// policy : {"block", "drop_oldest", "conflate"}
    ///     When it is slow: publishers wait for it; it loses the oldest (`lost` counts them); it gets the latest of
    ///     each key, in the order of the last updates.
    /// key : {"symbol", "kind", "kind_symbol", "side", "order_id"}, optional
    ///     What is conflated; the symbol unless said. Payloads without fields are one key per topic.
    ///
    /// Returns
    /// -------
    /// Subscription
    ///     An iterator, also for ``async for``, and a context manager.
    ///
    /// Raises
    /// ------
    /// BusError
    ///     If the bus is closed, or has 4,096 topics already, or 64 subscriptions block the topic.
    #[pyo3(signature = (topic=None, *, policy="block", key=None))]
    fn subscribe(
        &self,
        py: Python<'_>,
        topic: Option<&str>,
        policy: &str,
        key: Option<&str>,
    ) -> PyResult<Subscription> {
        let _busy = Busy::enter(py);
        let bus = self.bus()?;
        let policy = Policy::of(policy).map_err(to_py_err)?;
        let key = key.map(Key::of).transpose().map_err(to_py_err)?;
        if key.is_some() && policy != Policy::Conflate {
            let rule = "must be None unless the policy is conflate";
            return Err(to_py_err(Error::new(ErrorKind::Bus, 1001, "key", rule, policy.name())));
        }
        let made = bus.subscribe(topic, policy, key.unwrap_or_default()).map_err(to_py_err)?;
        Ok(Subscription::new(made))
    }

    /// Publishes a message; without subscribers it is counted and dropped.
    ///
    /// Parameters
    /// ----------
    /// topic : str
    ///     1 to 255 bytes; made if there is none.
    /// payload
    ///     A message class (`Trade`, `Signal`, ...), bytes-like, or anything of Arrow; received as its type, without a
    ///     copy if it is immutable. At most 64 MB.
    /// timeout : float, optional
    ///     Seconds to wait for room; None for ever.
    ///
    /// Raises
    /// ------
    /// BackpressureError
    ///     If there was no room in time.
    /// BusError
    ///     If the bus is closed, the payload too large or of no such type, or there are 4,096 topics already.
    #[pyo3(
        signature = (topic, payload, timeout=Some(5.0)),
        text_signature = "($self, topic, payload, timeout=5.0)"
    )]
    fn publish(&self, topic: &str, payload: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<()> {
        let py = payload.py();
        let busy = &Busy::enter(py);
        self.bus()?;
        let call = Call { py, busy, topic, timeout: duration(timeout)? };
        match to_message(payload)? {
            Some(record) => self.send(call, &mut Outgoing::Records(&mut [record])),
            None => self.send(call, &mut Outgoing::Payload(&payload::pack(payload)?)),
        }
    }

    /// Publishes many messages.
    ///
    /// Parameters
    /// ----------
    /// topic : str
    ///     1 to 255 bytes; made if there is none.
    /// messages
    ///     An array of records or a table, as `baconalgo.messages.records` takes it; or a list of anything that
    ///     `publish` takes.
    /// timeout : float, optional
    ///     Seconds to wait for room, for each 16,384 messages; None for ever.
    ///
    /// Returns
    /// -------
    /// int
    ///     How many messages were published: all.
    ///
    /// Raises
    /// ------
    /// BackpressureError
    ///     If there was no room in time; `sent` messages were published.
    #[pyo3(
        signature = (topic, messages, timeout=Some(5.0)),
        text_signature = "($self, topic, messages, timeout=5.0)"
    )]
    fn publish_batch(&self, topic: &str, messages: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<usize> {
        let py = messages.py();
        let busy = &Busy::enter(py);
        self.bus()?;
        let call = Call { py, busy, topic, timeout: duration(timeout)? };
        if let Ok(list) = messages.cast::<pyo3::types::PyList>() {
            return self.publish_list(call, list);
        }
        let packed = py.import("baconalgo.bus")?.call_method1("_packed", (messages,))?;
        let packed: PyReadonlyArray1<'_, u8> = packed.extract()?;
        let all = packed.len() / RECORD;
        let mut records: Vec<Message> = Vec::with_capacity(all.min(COPIED));
        let mut sent = 0;
        while sent < all {
            records.clear();
            let end = (sent + COPIED).min(all);
            // Copied while the interpreter is held: nobody writes to the array meanwhile.
            read_records(&packed.as_slice()?[sent * RECORD..end * RECORD], &mut records)?;
            if let Err(error) = self.send(call, &mut Outgoing::Records(&mut records)) {
                if let Ok(more) = error.value(py).getattr("sent").and_then(|more| more.extract::<usize>()) {
                    error.value(py).setattr("sent", sent + more)?;
                }
                return Err(error);
            }
            sent = end;
            py.check_signals()?;
        }
        Ok(all)
    }

    /// Ends a subscription, which gets nothing more.
    ///
    /// Parameters
    /// ----------
    /// id : int
    ///     Its number: `Subscription.id`.
    ///
    /// Returns
    /// -------
    /// bool
    ///     Whether there was one.
    fn unsubscribe(&self, py: Python<'_>, id: u64) -> PyResult<bool> {
        let busy = Busy::enter(py);
        let bus = self.bus()?;
        Ok(detached(py, &busy, || bus.unsubscribe(id)))
    }

    /// What the bus has done so far.
    fn get_metrics(&self, py: Python<'_>) -> PyResult<BusMetrics> {
        let busy = Busy::enter(py);
        let bus = self.bus()?;
        Ok(BusMetrics::of(detached(py, &busy, || bus.metrics())))
    }

    /// Closes the bus: nothing more is published; subscriptions end when they have received what was. Twice is fine.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let busy = Busy::enter(py);
        let bus = self.bus()?;
        detached(py, &busy, || bus.close());
        Ok(())
    }

    /// Whether it is closed.
    #[getter]
    fn is_closed(&self) -> PyResult<bool> {
        Ok(self.bus()?.is_closed())
    }

    /// The names of its topics, in the order they came up.
    #[getter]
    fn topics(&self) -> PyResult<Vec<String>> {
        Ok(self.bus()?.topic_names().iter().map(ToString::to_string).collect())
    }

    /// Its settings.
    #[getter]
    fn config(&self, py: Python<'_>) -> Py<PyAny> {
        self.config.clone_ref(py)
    }

    /// Its name in `baconalgo.telemetry`.
    #[getter]
    fn name(&self) -> PyResult<String> {
        Ok(self.bus()?.name())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> PyResult<String> {
        let bus = self.bus()?;
        let state = if bus.is_closed() { "closed" } else { "open" };
        Ok(format!("<QuantumBus {}: {state}, {} topics>", bus.name(), bus.topic_names().len()))
    }
}

impl QuantumBus {
    fn publish_list(&self, call: Call<'_, '_>, list: &Bound<'_, pyo3::types::PyList>) -> PyResult<usize> {
        let py = list.py();
        let mut records = Vec::new();
        let mut sent = 0;
        let flush = |records: &mut Vec<Message>, sent: &mut usize| -> PyResult<()> {
            if let Err(error) = self.send(call, &mut Outgoing::Records(records)) {
                if let Ok(more) = error.value(py).getattr("sent").and_then(|more| more.extract::<usize>()) {
                    error.value(py).setattr("sent", *sent + more)?;
                }
                return Err(error);
            }
            *sent += records.len();
            records.clear();
            Ok(())
        };
        for item in list {
            match to_message(&item)? {
                Some(record) => {
                    records.push(record);
                    if records.len() >= COPIED {
                        flush(&mut records, &mut sent)?;
                    }
                }
                None => {
                    flush(&mut records, &mut sent)?;
                    let payload = payload::pack(&item)?;
                    if let Err(error) = self.send(call, &mut Outgoing::Payload(&payload)) {
                        error.value(py).setattr("sent", sent)?;
                        return Err(error);
                    }
                    sent += 1;
                }
            }
        }
        flush(&mut records, &mut sent)?;
        Ok(sent)
    }
}

impl Drop for QuantumBus {
    fn drop(&mut self) {
        let Some(bus) = self.bus.take() else { return };
        if self.origin.is_here() {
            // Nobody can publish any more: whoever waits would wait for ever.
            bus.close();
        } else {
            // In a forked process its locks may be held by threads that are not here.
            std::mem::forget(bus);
        }
    }
}
