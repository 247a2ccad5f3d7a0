//! The live engine, as Python holds it.

mod events;
mod options;

use std::sync::Arc;
use std::time::{Duration, Instant};

use baconalgo_core::backtest::tables;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Message;
use baconalgo_core::types::Ts;
use baconalgo_node::engine::{
    Inside, LiveEngine, NoStrategy, Pending, Pinning, PositionView, SendError, Stats, beside, read_snapshot,
    write_snapshot,
};
use baconalgo_node::symbols::Symbols;
use baconalgo_node::telemetry::Summary;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyTable;
use zerocopy::FromBytes;

pub(crate) use events::EngineEvents;

use crate::compiled::CompiledFunction;
use crate::errors::to_py_err;
use crate::exit::{Busy, detached};
use crate::expr::ExprSignals;
use crate::fork::Origin;
use crate::messages::{EmergencyStop, RECORD, to_message};
use crate::run::Targets;
use crate::strategy::{PyStrategy, StrategyBase};

/// The longest wait between two looks at Python's signals.
const SLICE: Duration = Duration::from_millis(50);

/// Records copied at once on their way from an array.
const CHUNK: usize = 4096;

/// A position: symbol, quantity, average price, mark, unrealised and realised P&L, when.
type Position = (String, f64, f64, f64, f64, f64, Ts);

/// A refusal: when, kind, symbol, the engine's and the sender's number, code, reason, value and bound.
type Refusal = (Ts, u8, String, Option<u64>, Option<u64>, u16, &'static str, Option<(f64, f64)>);

/// What a strategy raised, what it was told, and when.
type Raised = Option<(Py<PyAny>, Py<PyAny>, Ts)>;

/// The engine behind ``baconalgo.QuantumEngine``.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct Engine {
    live: Arc<LiveEngine>,
    origin: Origin,
}

impl Drop for Engine {
    fn drop(&mut self) {
        if !self.origin.is_here() {
            // Its threads stayed in the parent: there is nothing to wait for, and its locks may be held for ever.
            std::mem::forget(Arc::clone(&self.live));
            return;
        }
        // The engine's thread may wait for the GIL, in a strategy.
        Python::attach(|py| py.detach(|| drop(self.live.stop())));
    }
}

fn full(sent: usize) -> PyErr {
    let rule = "must have room for the message";
    let value = if sent == 0 { "full".to_owned() } else { format!("full after {sent} messages") };
    let error = to_py_err(Error::new(ErrorKind::Backpressure, 8006, "ring_buffer_capacity", rule, value));
    Python::attach(|py| {
        let _ = error.value(py).setattr("sent", sent);
    });
    error
}

fn name(symbol: u32) -> String {
    Symbols::of_process().name(symbol).map(|name| name.to_string()).unwrap_or_default()
}

fn position(view: &PositionView) -> Position {
    (
        name(view.symbol),
        view.quantity,
        view.average_price,
        view.mark_price,
        view.unrealized_pnl,
        view.realized_pnl,
        view.timestamp,
    )
}

fn summary<'py>(py: Python<'py>, summary: &Summary) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("count", summary.count)?;
    dict.set_item("mean", summary.mean)?;
    let times = [
        ("min", summary.min),
        ("p50", summary.p50),
        ("p90", summary.p90),
        ("p99", summary.p99),
        ("p999", summary.p999),
        ("max", summary.max),
    ];
    for (name, nanos) in times {
        dict.set_item(name, nanos)?;
    }
    Ok(dict)
}

fn pinned(pinning: Pinning) -> (Option<usize>, Option<String>) {
    match pinning {
        Pinning::Pinned(core) => (Some(core), None),
        Pinning::NotWanted => (None, None),
        Pinning::Refused(why) => (None, Some(why)),
    }
}

impl Engine {
    fn here(&self) -> PyResult<()> {
        self.origin.check(ErrorKind::Engine, "engine")
    }

    /// Waits with the GIL released until `done`, in slices, so that Ctrl-C works; `false` if that took too long.
    fn wait(&self, py: Python<'_>, most: Option<f64>, mut done: impl FnMut(Duration) -> bool + Send) -> PyResult<bool> {
        let busy = Busy::enter(py);
        let began = Instant::now();
        let most = most.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
        loop {
            let left = most.map_or(SLICE, |most| most.saturating_sub(began.elapsed()).min(SLICE));
            if detached(py, &busy, || done(left)) {
                return Ok(true);
            }
            py.check_signals()?;
            if most.is_some_and(|most| began.elapsed() >= most) {
                return Ok(false);
            }
        }
    }

    /// What the engine answers, between two batches.
    fn ask<R: Send + 'static>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&mut dyn Inside) -> R + Send + 'static,
    ) -> PyResult<R> {
        self.here()?;
        let busy = Busy::enter(py);
        let pending: Pending<'_, R> = detached(py, &busy, || self.live.ask(question)).map_err(to_py_err)?;
        let pending = std::sync::Mutex::new(pending);
        loop {
            let answer = detached(py, &busy, || {
                let pending = pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                pending.wait(Duration::from_millis(5))
            });
            if let Some(answer) = answer.map_err(to_py_err)? {
                return Ok(answer);
            }
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyDict>, strategy: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let options = options::extract(options)?;
        let given = options.instruments.clone().unwrap_or_default();
        let live = if let Some(object) = strategy {
            if let Ok(base) = object.cast::<StrategyBase>() {
                let strategy = PyStrategy::new(base, &given)?;
                detached(py, &Busy::enter(py), || LiveEngine::new(options, strategy))
            } else if let Ok(signals) = object.cast::<ExprSignals>() {
                let strategy = signals.get().strategy(given.len(), Ts::MIN);
                detached(py, &Busy::enter(py), || LiveEngine::new(options, strategy))
            } else if let Ok(targets) = object.cast::<Targets>() {
                let strategy = targets.get().strategy(given.len());
                detached(py, &Busy::enter(py), || LiveEngine::new(options, strategy))
            } else if let Ok(function) = object.cast::<CompiledFunction>() {
                let strategy = function.get().strategy(py);
                detached(py, &Busy::enter(py), || LiveEngine::new(options, strategy))
            } else {
                return Err(PyTypeError::new_err(format!("{} is no strategy", object.get_type())));
            }
        } else {
            detached(py, &Busy::enter(py), || LiveEngine::new(options, NoStrategy))
        };
        Ok(Self { live: Arc::new(live.map_err(to_py_err)?), origin: Origin::here() })
    }

    /// Starts the engine's thread; the core that it is pinned to, or why it is not.
    fn start(&self, py: Python<'_>) -> PyResult<(Option<usize>, Option<String>)> {
        self.here()?;
        detached(py, &Busy::enter(py), || self.live.start()).map(pinned).map_err(to_py_err)
    }

    /// Carries out what was accepted, then ends the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.here()?;
        self.live.not_inside().map_err(to_py_err)?;
        detached(py, &Busy::enter(py), || self.live.close());
        self.wait(py, None, |_| {
            if !self.live.is_at_rest() {
                std::thread::sleep(Duration::from_micros(200));
            }
            self.live.is_at_rest()
        })?;
        detached(py, &Busy::enter(py), || self.live.stop()).map_err(to_py_err)
    }

    /// Sends a message object.
    fn send(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        self.here()?;
        if message.cast::<EmergencyStop>().is_ok() {
            self.live.emergency_stop();
            return Ok(());
        }
        let Some(record) = to_message(message)? else {
            return Err(PyTypeError::new_err(format!("{} is no message class", message.get_type())));
        };
        self.live.send(record).map_err(|error| match error {
            SendError::Full => full(0),
            SendError::NotRunning => to_py_err(self.live.why_not()),
        })
    }

    /// Sends records of 64 bytes, waiting for room so long; how many were sent.
    fn send_records(&self, py: Python<'_>, records: PyReadonlyArray1<'_, u8>, timeout: Option<f64>) -> PyResult<usize> {
        self.here()?;
        let bytes = records.as_slice()?;
        let mut sender = self.live.sender().map_err(to_py_err)?;
        let mut copied: Vec<Message> = Vec::with_capacity(CHUNK);
        let began = Instant::now();
        let mut sent = 0;
        for chunk in bytes.chunks(CHUNK * RECORD) {
            // Whatever the bytes are: what means nothing is a counted reject.
            copied.clear();
            copied.extend(chunk.chunks_exact(RECORD).filter_map(|bytes| Message::read_from_bytes(bytes).ok()));
            let mut done = 0;
            let mut ended = false;
            let left = timeout.map(|timeout| timeout - began.elapsed().as_secs_f64());
            let all = self.wait(py, left, |slice| {
                match sender.send_within(&copied[done..], slice) {
                    Ok(more) => done += more,
                    Err((_, more)) => {
                        done += more;
                        ended = true;
                    }
                }
                ended || done == copied.len()
            })?;
            sent += done;
            if ended {
                return Err(to_py_err(self.live.why_not()));
            }
            if !all {
                return Err(full(sent));
            }
        }
        Ok(sent)
    }

    /// Sends records one by one at planned times, `interval` ns apart, for benchmarks; latencies count from those
    /// times. The largest delay of the sender itself, ns.
    fn send_paced(&self, py: Python<'_>, records: PyReadonlyArray1<'_, u8>, interval: Ts) -> PyResult<Ts> {
        self.here()?;
        let bytes = records.as_slice()?;
        let messages: Vec<Message> =
            bytes.chunks_exact(RECORD).filter_map(|bytes| Message::read_from_bytes(bytes).ok()).collect();
        let mut sender = self.live.sender().map_err(to_py_err)?;
        let send = || beside(|| sender.send_paced(&messages, interval)).unwrap_or(Err(SendError::NotRunning));
        let sent = detached(py, &Busy::enter(py), send);
        sent.map_err(|_| to_py_err(self.live.why_not()))
    }

    /// Waits until all that is accepted now is carried out; whether that happened in time.
    fn flush(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        self.here()?;
        let Some(until) = self.live.accepted() else { return Ok(true) };
        self.wait(py, timeout, |slice| {
            let began = Instant::now();
            let mut spins = 0u32;
            while !self.live.has_done(until) {
                if began.elapsed() >= slice {
                    return false;
                }
                spins += 1;
                if spins > 100 {
                    std::thread::sleep(Duration::from_micros(50));
                } else {
                    std::thread::yield_now();
                }
            }
            true
        })
    }

    /// Cancels everything, closes everything, refuses everything.
    fn emergency_stop(&self) -> PyResult<()> {
        self.here()?;
        self.live.emergency_stop();
        Ok(())
    }

    /// Ends an emergency stop.
    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        self.ask(py, |inside| inside.resume())
    }

    /// ``STOPPED``, ``RUNNING``, ``HALTED`` or ``FAULTED``.
    #[getter]
    fn state(&self) -> &'static str {
        self.live.state().word()
    }

    /// Why it failed: what was said; the exception, what the strategy was told, and when, if it was the strategy.
    fn fault(&self, py: Python<'_>) -> PyResult<Option<(String, Raised)>> {
        let Some(fault) = self.live.fault() else { return Ok(None) };
        let raised = self.ask(py, |inside| {
            let strategy = inside.strategy().downcast_mut::<PyStrategy>()?;
            let failure = strategy.failure.as_ref()?;
            Python::attach(|py| {
                let error = failure.error.clone_ref(py).into_value(py).into_any();
                Some((error, failure.event.clone_ref(py), failure.ts))
            })
        })?;
        Ok(Some((fault.to_string(), raised)))
    }

    /// Its measurements, by name.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.here()?;
        let stats: Stats = detached(py, &Busy::enter(py), || self.live.stats());
        let dict = PyDict::new(py);
        dict.set_item("state", stats.state.word())?;
        dict.set_item("messages_processed", stats.messages)?;
        dict.set_item("latency", summary(py, &stats.latency)?)?;
        let stages = PyDict::new(py);
        for (name, stage) in &stats.stages {
            stages.set_item(name, summary(py, stage)?)?;
        }
        dict.set_item("stages", stages)?;
        dict.set_item("orders", stats.orders)?;
        dict.set_item("orders_executed", stats.executed)?;
        dict.set_item("fills", stats.fills)?;
        dict.set_item("rejects", stats.rejected)?;
        dict.set_item("rejects_by_code", stats.rejects.iter().copied().collect::<std::collections::BTreeMap<_, _>>())?;
        dict.set_item("rounded", stats.rounded)?;
        dict.set_item("throughput", stats.throughput)?;
        dict.set_item("queue_depth", stats.queued)?;
        dict.set_item("pinned_core", stats.core)?;
        dict.set_item("equity", stats.equity)?;
        dict.set_item("cash", stats.cash)?;
        dict.set_item("active_positions", stats.positions)?;
        Ok(dict)
    }

    /// How many positions are open.
    fn open_positions(&self) -> usize {
        self.live.open_positions()
    }

    /// Positions ever taken, by instrument.
    fn positions(&self) -> Vec<Position> {
        self.live.positions().iter().map(position).collect()
    }

    /// The position of a symbol, if there ever was one.
    fn position(&self, symbol: &str) -> Option<Position> {
        let number = Symbols::of_process().number(symbol)?;
        self.live.position(number).as_ref().map(position)
    }

    /// The last messages and orders that were refused, oldest first.
    fn rejects(&self, py: Python<'_>) -> PyResult<Vec<Refusal>> {
        let rejects = self.ask(py, |inside| inside.rejects())?;
        let row = |row: &baconalgo_node::engine::Rejected| {
            let order = row.order.map(|order| order.0);
            let (code, reason) = (row.reject.code(), row.reject.reason());
            (row.ts, row.kind, name(row.symbol), order, row.client, code, reason, row.amounts)
        };
        Ok(rejects.iter().map(row).collect())
    }

    /// The last orders, or fills.
    fn table(&self, py: Python<'_>, which: &str) -> PyResult<PyTable> {
        let bug = |error: arrow_schema::ArrowError| {
            to_py_err(Error::new(ErrorKind::Engine, 8002, "result table", "must be well formed", error))
        };
        let batch = if which == "orders" {
            let (rows, instruments) = self.ask(py, |inside| (inside.orders(), inside.instruments()))?;
            let denied: Vec<_> =
                rows.iter().enumerate().filter_map(|(row, (_, denied))| Some((row, (*denied)?))).collect();
            let orders: Vec<_> = rows.into_iter().map(|(order, _)| order).collect();
            tables::orders(&orders, &denied, &instruments).map_err(bug)?
        } else {
            let (fills, count, instruments) =
                self.ask(py, |inside| (inside.fills(), inside.fills_so_far(), inside.instruments()))?;
            tables::fills(&fills, count - fills.len() as u64 + 1, &instruments).map_err(bug)?
        };
        let schema = batch.schema();
        PyTable::try_new(vec![batch], schema)
    }

    /// Cash, equity and commissions, exactly, in 1e-18 of the currency; and the largest fall from a peak, percent.
    fn account(&self, py: Python<'_>) -> PyResult<(i128, i128, i128, f64)> {
        let (money, account) = self.ask(py, |inside| (inside.money(), inside.account()))?;
        Ok((money[0], money[1], money[2], account.max_drawdown_pct))
    }

    /// The hash of orders, fills and the ledger.
    fn hash(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{:032x}", self.ask(py, |inside| inside.hash())?))
    }

    /// Writes a snapshot.
    fn snapshot(&self, py: Python<'_>, path: std::path::PathBuf, build: &str) -> PyResult<()> {
        let kept = self.ask(py, |inside| inside.state())?;
        detached(py, &Busy::enter(py), || write_snapshot(&path, &kept, build)).map_err(|error| to_py_err(error.into()))
    }

    /// Goes on from a snapshot.
    fn restore(&self, py: Python<'_>, path: std::path::PathBuf, build: &str) -> PyResult<()> {
        let kept =
            detached(py, &Busy::enter(py), || read_snapshot(&path, build)).map_err(|error| to_py_err(error.into()))?;
        self.ask(py, |inside| inside.restore(kept))?.map_err(to_py_err)
    }

    /// Orders, fills and rejects from now on.
    fn events(&self) -> PyResult<EngineEvents> {
        self.here()?;
        Ok(EngineEvents::new(self.live.events(), self.origin))
    }
}
