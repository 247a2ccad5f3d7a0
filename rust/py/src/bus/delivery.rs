//! What subscriptions receive, and what a bus measures.

use baconalgo_core::types::Ts;
use baconalgo_node::bus::{BusMetrics as Metrics, Deliveries, Delivery};
use numpy::{PyArray1, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use zerocopy::IntoBytes;

use super::payload;
use crate::messages::to_object;

/// A message that was received.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> bus = ba.QuantumBus()
/// >>> sub = bus.subscribe("signals")
/// >>> bus.publish("signals", ba.Signal("BTC", "BUY", 50_000.0, 0.1, 0.95))
/// >>> sub.recv().payload.quantity
/// 0.1
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct BusMessage {
    /// The name of its topic.
    topic: Py<PyString>,
    /// What was published.
    payload: Py<PyAny>,
    /// Its number in the topic, from 0.
    sequence: u64,
    /// When it was published, ns since the epoch by the system's clock.
    timestamp: Ts,
}

impl BusMessage {
    pub(super) fn of(py: Python<'_>, delivery: &Delivery) -> PyResult<Self> {
        Ok(Self {
            topic: PyString::intern(py, &delivery.topic).unbind(),
            payload: match &delivery.payload {
                Some(payload) => payload::unpack(py, payload)?,
                None => to_object(py, &delivery.record)?,
            },
            sequence: delivery.sequence,
            timestamp: delivery.record.published,
        })
    }
}

#[pymethods]
impl BusMessage {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { sequence, timestamp, .. } = self;
        let (topic, payload) = (self.topic.bind(py).repr()?, self.payload.bind(py).repr()?);
        Ok(format!("BusMessage(topic={topic}, payload={payload}, sequence={sequence}, timestamp={timestamp})"))
    }
}

/// Consecutive messages of one topic and one kind.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> bus = ba.QuantumBus()
/// >>> sub = bus.subscribe("prices")
/// >>> bus.publish_batch("prices", [ba.MarketData("BTC", 50_000.0 + i, 1.0, i) for i in range(3)])
/// 3
/// >>> batch = sub.recv_batch()
/// >>> batch.payloads["price"].tolist(), batch.sequences.tolist()
/// ([50000.0, 50001.0, 50002.0], [0, 1, 2])
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct BusBatch {
    /// The name of their topic.
    topic: Py<PyString>,
    /// Records: a structured array of their kind, see `baconalgo.messages`. Others: a list of what was published.
    payloads: Py<PyAny>,
    /// Their numbers in the topic, uint64: rising, with gaps where messages were lost or conflated.
    sequences: Py<PyAny>,
    /// When they were published, int64 ns since the epoch.
    timestamps: Py<PyAny>,
}

impl BusBatch {
    pub(super) fn of(py: Python<'_>, batch: &Deliveries) -> PyResult<Self> {
        let payloads = if batch.payloads.is_empty() {
            let packed = PyArray1::from_slice(py, batch.records.as_slice().as_bytes());
            py.import("baconalgo.messages")?.call_method1("typed", (packed,))?
        } else {
            let objects: PyResult<Vec<_>> = batch.payloads.iter().map(|payload| payload::unpack(py, payload)).collect();
            PyList::new(py, objects?)?.into_any()
        };
        let times = batch.records.iter().map(|record| record.published);
        Ok(Self {
            topic: PyString::intern(py, batch.topic.as_deref().unwrap_or_default()).unbind(),
            payloads: payloads.unbind(),
            sequences: PyArray1::from_slice(py, &batch.sequences).into_any().unbind(),
            timestamps: PyArray1::from_iter(py, times).into_any().unbind(),
        })
    }
}

#[pymethods]
impl BusBatch {
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.sequences.bind(py).cast::<PyArray1<u64>>()?.len())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<BusBatch of {} messages of {}>", self.__len__(py)?, self.topic.bind(py).repr()?))
    }
}

/// What a bus has done so far.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> bus = ba.QuantumBus()
/// >>> bus.publish("trades", b"nobody listens")
/// >>> bus.get_metrics().messages_published, bus.get_metrics().messages_unheard
/// (1, 1)
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct BusMetrics {
    /// Published, heard or not.
    messages_published: u64,
    /// Received, by each subscription that did.
    messages_consumed: u64,
    /// Published while nobody listened to the topic.
    messages_unheard: u64,
    /// From published to received, mean, ns; 0 where nothing was received, or the bus does not measure.
    avg_latency_ns: f64,
    /// Median of it, ns.
    p50_latency_ns: u64,
    /// 99th percentile of it, ns.
    p99_latency_ns: u64,
    /// 99.9th percentile of it, ns.
    p999_latency_ns: u64,
    /// The longest, ns.
    max_latency_ns: u64,
    /// Messages lost by subscriptions that lose the oldest.
    buffer_overruns: u64,
    /// Messages published a second, since the first.
    throughput: f64,
    /// Topics there are.
    topics: usize,
    /// Subscriptions there are.
    subscriptions: usize,
    /// Memory of rings in use and of payloads kept, bytes.
    memory_bytes: usize,
}

impl BusMetrics {
    pub(super) fn of(metrics: Metrics) -> Self {
        Self {
            messages_published: metrics.messages_published,
            messages_consumed: metrics.messages_consumed,
            messages_unheard: metrics.messages_unheard,
            avg_latency_ns: metrics.latency.mean,
            p50_latency_ns: metrics.latency.p50,
            p99_latency_ns: metrics.latency.p99,
            p999_latency_ns: metrics.latency.p999,
            max_latency_ns: metrics.latency.max,
            buffer_overruns: metrics.buffer_overruns,
            throughput: metrics.throughput,
            topics: metrics.topics,
            subscriptions: metrics.subscriptions,
            memory_bytes: metrics.memory_bytes,
        }
    }
}

#[pymethods]
impl BusMetrics {
    fn __repr__(&self) -> String {
        format!(
            "BusMetrics(messages_published={}, messages_consumed={}, avg_latency_ns={:.0}, p50_latency_ns={}, \
             p99_latency_ns={}, buffer_overruns={}, throughput={:.0})",
            self.messages_published,
            self.messages_consumed,
            self.avg_latency_ns,
            self.p50_latency_ns,
            self.p99_latency_ns,
            self.buffer_overruns,
            self.throughput,
        )
    }
}
