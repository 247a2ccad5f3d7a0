//! Backtests: from Python's settings to the core's engine, and back to Arrow tables.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use baconalgo_core::backtest::{self, Ending, Finished, Outcome, Recorder, RunOptions, bases};
use baconalgo_core::data::{BlockSource, Counts, Symbols};
use baconalgo_core::engine::Engine;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Kind;
use baconalgo_core::metrics::{Metrics, Run as MetricsRun, Value};
use baconalgo_core::risk::{Risk, RiskPolicy};
use baconalgo_core::sim::SimVenue;
use baconalgo_core::strategy::{SignalStrategy, Strategy};
use baconalgo_core::types::{Instrument, InstrumentId, Ts};
use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::compiled::CompiledFunction;
use crate::errors::to_py_err;
use crate::expr::ExprSignals;
use crate::settings::Settings;
use crate::source::{Blocks, Source, counts_dict};
use crate::strategy::{PyStrategy, StrategyBase};
use crate::tables::{Filling, Results, Tables};

/// How far a run is: rows stepped so far. Read from another thread.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Default)]
pub(crate) struct Progress {
    rows: Arc<AtomicU64>,
}

#[pymethods]
impl Progress {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Rows stepped so far.
    #[getter]
    fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// Wanted positions, one a row of the primary table, as a strategy.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct Targets {
    targets: Arc<[f64]>,
    quantity: f64,
}

impl Targets {
    /// A strategy that follows them.
    pub(crate) fn strategy(&self, instruments: usize) -> SignalStrategy {
        SignalStrategy::new(Arc::clone(&self.targets), self.quantity, instruments)
    }
}

#[pymethods]
impl Targets {
    #[new]
    fn new(targets: PyReadonlyArray1<'_, f64>, quantity: f64) -> Self {
        Self { targets: targets.as_array().iter().copied().collect(), quantity }
    }
}

/// What a strategy was told when it failed, and when.
type Told = Option<(Py<PyAny>, Ts)>;

/// What a run came to.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct RunOutput {
    tables: Tables,
    metrics: Vec<(&'static str, Value)>,
    hash: u128,
    outcome_hash: u128,
    complete: bool,
    events: u64,
    step_seconds: f64,
    read_seconds: f64,
    range: Option<(Ts, Ts)>,
    counts: Vec<Counts>,
    sim: baconalgo_core::sim::SimCounts,
    rejected: u64,
    /// The guard as it ended, where the account as a whole was guarded.
    risk: Option<Risk>,
    /// What the strategy, the data or the caller raised, if anything.
    error: Option<PyErr>,
    /// For an error of the strategy: what it was told, and when.
    context: Told,
}

#[pymethods]
impl RunOutput {
    /// ``orders``, ``fills``, ``trades`` or ``equity_curve``: what was not spilled.
    fn table(&self, name: &str) -> PyResult<pyo3_arrow::PyTable> {
        self.tables.table(name)
    }

    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        values_dict(py, &self.metrics)
    }

    #[getter]
    fn hash(&self) -> String {
        format!("{:032x}", self.hash)
    }

    #[getter]
    fn outcome_hash(&self) -> String {
        format!("{:032x}", self.outcome_hash)
    }

    #[getter]
    fn complete(&self) -> bool {
        self.complete
    }

    #[getter]
    fn events(&self) -> u64 {
        self.events
    }

    /// Time in the step loop, result rows included; many of them become tables on a thread of their own meanwhile.
    #[getter]
    fn step_seconds(&self) -> f64 {
        self.step_seconds
    }

    /// Time spent reading and decoding.
    #[getter]
    fn read_seconds(&self) -> f64 {
        self.read_seconds
    }

    /// Times of the first and the last event, ns.
    #[getter]
    fn range(&self) -> Option<(Ts, Ts)> {
        self.range
    }

    /// One dict a source.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.counts.iter().map(|counts| counts_dict(py, counts)).collect()
    }

    /// How often the simulator's assumptions mattered.
    #[getter]
    fn simulation<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("ambiguous_bars", self.sim.ambiguous_bars)?;
        dict.set_item("limits_touched_not_filled", self.sim.limits_touched_not_filled)?;
        dict.set_item("takes_bounded_by_size", self.sim.takes_bounded_by_size)?;
        dict.set_item("orders_rejected", self.rejected)?;
        Ok(dict)
    }

    /// How the limits were used, where the account as a whole was guarded.
    #[getter]
    fn risk<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.risk.as_ref().map(|risk| crate::risk::report(py, risk)).transpose()
    }

    /// The exception that ended the run, and what the strategy was told and when if it was its own.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<(Py<PyAny>, Told)> {
        let error = self.error.as_ref()?.clone_ref(py).into_value(py).into_any();
        Some((error, self.context.as_ref().map(|(event, ts)| (event.clone_ref(py), *ts))))
    }
}

/// Numbers by name.
pub(crate) fn values_dict<'py>(py: Python<'py>, values: &[(&'static str, Value)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in values {
        match value {
            Value::Int(count) => dict.set_item(name, count)?,
            Value::Float(measure) => dict.set_item(name, measure)?,
            Value::None => dict.set_item(name, py.None())?,
        }
    }
    Ok(dict)
}

/// Runs a strategy over sources.
///
/// Parameters
/// ----------
/// strategy : StrategyBase, Targets, ExprSignals or CompiledFunction
/// sources : list of Source
///     All made for the same list of instruments.
/// config : dict
/// progress : Progress
/// spool : object with ``write(name, batch)``
///     Gets result rows that do not fit in memory.
///
/// risk : dict, optional
///     The settings of a ``RiskConfig``, to guard the account as a whole.
///
/// Returns
/// -------
/// RunOutput
///     Also when the run failed: ``error`` says why.
#[pyfunction]
#[pyo3(signature = (strategy, sources, config, progress, spool, risk=None))]
pub(crate) fn run_backtest(
    strategy: &Bound<'_, PyAny>,
    sources: Vec<Py<Source>>,
    config: &Bound<'_, PyDict>,
    progress: &Progress,
    spool: Py<PyAny>,
    risk: Option<&Bound<'_, PyDict>>,
) -> PyResult<RunOutput> {
    let py = strategy.py();
    let settings = Settings::extract(config)?;
    let Some(first) = sources.first() else {
        return Err(PyTypeError::new_err("a run needs at least one source"));
    };
    let instruments = first.get().instruments().to_vec();
    let blocks = sources.iter().map(|source| source.get().take()).collect::<PyResult<Vec<_>>>()?;
    let policy = match risk {
        Some(risk) => Some(crate::risk::policy(risk, Some(settings.limits(&instruments).map_err(to_py_err)?))?),
        None => None,
    };
    let run = Run { settings, policy, instruments, blocks, rows: Arc::clone(&progress.rows), spool };
    if let Ok(object) = strategy.cast::<StrategyBase>() {
        let strategy = PyStrategy::new(object, &run.instruments)?;
        return run.with(strategy, |strategy: &mut PyStrategy| {
            strategy.failure.take().map(|failure| (failure.error, Some((failure.event, failure.ts))))
        });
    }
    if let Ok(targets) = strategy.cast::<Targets>() {
        let strategy = targets.get().strategy(run.instruments.len());
        return py.detach(|| run.with(strategy, |_| None));
    }
    if let Ok(signals) = strategy.cast::<ExprSignals>() {
        let primary = run.primary();
        let strategy = signals.get().strategy(run.instruments.len(), run.settings.start).with_primary(primary);
        return py.detach(|| run.with(strategy, |_| None));
    }
    if let Ok(function) = strategy.cast::<CompiledFunction>() {
        let strategy = function.get().strategy(py);
        return py.detach(|| run.with(strategy, |_| None));
    }
    Err(PyTypeError::new_err(format!("{} is no strategy", strategy.get_type())))
}

/// A run about to start.
struct Run {
    settings: Settings,
    /// The limits, where the account as a whole is guarded.
    policy: Option<RiskPolicy>,
    instruments: Vec<Instrument>,
    blocks: Vec<Blocks>,
    rows: Arc<AtomicU64>,
    spool: Py<PyAny>,
}

/// Why a strategy failed, in Python's terms.
type Cause = Option<(PyErr, Told)>;

/// A source whose reader is called with the GIL released, as it may need it on another thread.
struct Detached<'a> {
    blocks: &'a mut Blocks,
    /// Time spent reading and decoding.
    spent: Duration,
}

impl BlockSource for Detached<'_> {
    fn next_block(&mut self) -> Result<Option<baconalgo_core::event::Block>, Error> {
        let started = Instant::now();
        let block = Python::attach(|py| py.detach(|| self.blocks.next_block()));
        self.spent += started.elapsed();
        block
    }

    fn counts(&self) -> &Counts {
        self.blocks.counts()
    }
}

/// Python's signals are looked after this often.
const SIGNALS: Duration = Duration::from_millis(100);

impl Run {
    /// The primary table of each instrument: the first source that carries it.
    fn primary(&self) -> Vec<Option<usize>> {
        let mut primary = vec![None; self.instruments.len()];
        for (place, blocks) in self.blocks.iter().enumerate() {
            for id in carried(blocks).1 {
                primary[id.index()].get_or_insert(place);
            }
        }
        primary
    }

    fn with<S: Strategy>(mut self, strategy: S, cause: impl FnOnce(&mut S) -> Cause) -> PyResult<RunOutput> {
        let inputs: Vec<(Kind, Vec<InstrumentId>)> = self.blocks.iter().map(carried).collect();
        let basis = bases(self.instruments.len(), &inputs);
        let settings = &self.settings;
        let policy = self.policy.take().map_or_else(|| settings.limits(&self.instruments).map(RiskPolicy::new), Ok);
        let policy = policy.map_err(to_py_err)?;
        let venue = SimVenue::new(&self.instruments, &basis, settings.models());
        let instruments = self.instruments.clone();
        let mut engine =
            Engine::new(instruments, basis, venue, strategy, policy, settings.capital, settings.feed_latency);
        engine.warm_up_until(settings.start);
        let half_units = self.instruments.iter().map(Instrument::half_unit).collect();
        let mut recorder = Recorder::new(settings.sample, settings.start);
        let mut reckoned = Outcome::new(half_units);
        reckoned.note(settings.hash_text.as_bytes());
        let mut filling = Filling::new(self.instruments.clone(), reckoned);
        let options = RunOptions { feed_latency: settings.feed_latency, end: settings.end };
        let mut events = 0;
        let mut raised: Option<PyErr> = None;
        let mut looked = Instant::now();
        let started = Instant::now();
        let mut detached: Vec<Detached<'_>> =
            self.blocks.iter_mut().map(|blocks| Detached { blocks, spent: Duration::ZERO }).collect();
        let mut sources: Vec<&mut dyn BlockSource> =
            detached.iter_mut().map(|source| source as &mut dyn BlockSource).collect();
        let (rows, spool) = (&self.rows, &self.spool);
        let between = |recorder: &mut Recorder, events: u64| {
            rows.store(events, Ordering::Relaxed);
            let mut outcome = Ok(());
            if looked.elapsed() > SIGNALS {
                looked = Instant::now();
                outcome = Python::attach(|py| py.check_signals());
            }
            outcome = outcome.and_then(|()| filling.take(recorder, spool));
            match outcome {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    raised = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        let outcome = backtest::run(&mut engine, &mut sources, options, &mut recorder, &mut events, between);
        let outcome = match outcome {
            Ok(Ending::Complete) => engine.finish(&mut recorder).map(|()| true),
            Ok(Ending::Stopped) => Ok(false),
            Err(error) => Err(error),
        };
        recorder.finish(engine.ledger(), &engine.open_orders());
        rows.store(events, Ordering::Relaxed);
        let read: Duration = detached.iter().map(|source| source.spent).sum();
        let step_seconds = started.elapsed().saturating_sub(read).as_secs_f64();
        let counts = detached.iter().map(|source| *source.counts()).collect();
        let (Results { tables, closed, finished }, spilled) = filling.finish(&mut recorder, engine.ledger(), spool)?;
        if let Err(error) = spilled {
            raised.get_or_insert(error);
        }
        let complete = matches!(outcome, Ok(true)) && raised.is_none();
        let (error, context) = match (raised, outcome) {
            (Some(error), _) => (Some(error), None),
            (None, Ok(_)) => (None, None),
            (None, Err(error)) => match cause(engine.strategy_mut()) {
                Some((error, context)) => (Some(error), context),
                None => {
                    let when = (error.kind() == ErrorKind::Strategy).then(|| engine.now());
                    (Some(to_py_err(error)), when.map(|now| (Python::attach(|py| py.None()), now)))
                }
            },
        };
        let Finished { totals, hash, outcome_hash } = finished;
        let span = totals.range.map_or(0, |(first, last)| last - first);
        let share = |part: f64| (span > 0).then(|| 100.0 * part / span as f64);
        let metrics = Metrics::of(&MetricsRun {
            trades: &closed,
            equity: recorder.samples(),
            max_drawdown_pct: 100.0 * engine.ledger().max_drawdown(),
            exposure_pct: share(totals.exposure),
            time_in_market_pct: share(totals.in_market as f64),
            traded_notional: totals.traded_notional,
            total_fees: baconalgo_core::types::money_to_f64(engine.ledger().fees()),
        });
        Ok(RunOutput {
            metrics: metrics.entries(),
            hash,
            outcome_hash,
            complete,
            events,
            step_seconds,
            read_seconds: read.as_secs_f64(),
            range: totals.range,
            counts,
            sim: engine.venue().counts(),
            rejected: totals.rejected,
            risk: engine.risk().policy().guard().map(|_| engine.risk().clone()),
            tables,
            error,
            context,
        })
    }
}

/// The kind of a source and the instruments it carries.
fn carried(blocks: &Blocks) -> (Kind, Vec<InstrumentId>) {
    let spec = blocks.decoder().spec();
    let ids = match &spec.symbols {
        Symbols::One(id) => vec![*id],
        Symbols::Column(symbols) => symbols.iter().map(|(_, id)| *id).collect(),
    };
    (spec.kind, ids)
}
