//! Signals of many timeframes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use baconalgo_core::bar::Sample;
use baconalgo_core::data::samples;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::signals::{
    Action, Distance, FrameConfig, MEMBERS, Signal, SignalConfig, SignalEngine as Engine, SignalTrade, Timeframe,
};
use baconalgo_core::types::{Side, Ts};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;
use crate::source::{Interruptible, Source};

/// A signal: symbol, action, timeframe, confidence, members, entry, stop, target, reason, time.
type SignalTuple = (String, &'static str, String, f64, Vec<&'static str>, f64, f64, f64, String, Ts);
/// What all timeframes say: how many vote, consensus and confidence of long and short; then for each
/// timeframe its name, score and votes.
type ViewTuple = (usize, (f64, f64), (f64, f64), Vec<(String, f64, Vec<i8>)>);

fn tuple(signal: Signal) -> SignalTuple {
    let action = match signal.action {
        Action::BuyLong => "BUY_LONG",
        Action::SellShort => "SELL_SHORT",
        Action::CloseLong => "CLOSE_LONG",
        Action::CloseShort => "CLOSE_SHORT",
    };
    (
        signal.symbol,
        action,
        signal.timeframe.to_string(),
        signal.confidence,
        signal.supporting.into_iter().map(|member| member.name()).collect(),
        signal.entry_price,
        signal.stop_loss,
        signal.take_profit,
        signal.reason,
        signal.timestamp,
    )
}

fn distance(kind: &str, size: f64) -> PyResult<Distance> {
    match kind {
        "atr" => Ok(Distance::Atr(size)),
        "percent" => Ok(Distance::Percent(size)),
        other => Err(to_py_err(Error::new(ErrorKind::Config, 1001, "distance", "must be 'atr' or 'percent'", other))),
    }
}

/// The names of the voting indicators, with their default weights.
#[pyfunction]
pub(crate) fn signal_members() -> Vec<(&'static str, f64)> {
    MEMBERS.iter().map(|member| (member.name(), member.default_weight())).collect()
}

/// Signals of many symbols.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct SignalEngine(Mutex<Engine>);

impl SignalEngine {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        // Nothing panics while it is held; a poisoned state is still a state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl SignalEngine {
    /// `frames`: (nanoseconds, 0 for ticks; weight).
    #[new]
    fn new(frames: Vec<(i64, f64)>, weights: [f64; MEMBERS.len()], settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        fn setting<'py, T: FromPyObjectOwned<'py>>(settings: &Bound<'py, PyDict>, name: &str) -> PyResult<T> {
            settings.as_any().get_item(name)?.extract().map_err(Into::into)
        }
        let (stop, stop_size): (String, f64) = setting(settings, "stop")?;
        let (target, target_size): (String, f64) = setting(settings, "target")?;
        let frames = frames.into_iter().map(|(nanos, weight)| FrameConfig {
            timeframe: if nanos == 0 { Timeframe::Tick } else { Timeframe::Time(nanos) },
            weight,
        });
        let config = SignalConfig {
            frames: frames.collect(),
            weights,
            min_frames: setting(settings, "min_timeframes")?,
            min_score: setting(settings, "min_score")?,
            consensus: setting(settings, "consensus")?,
            min_confidence: setting(settings, "min_confidence")?,
            hold: setting(settings, "hold")?,
            stop: distance(&stop, stop_size)?,
            target: distance(&target, target_size)?,
            atr_period: setting(settings, "atr_period")?,
            expiry_bars: setting(settings, "expiry_bars")?,
        };
        Ok(Self(Mutex::new(Engine::try_new(config).map_err(to_py_err)?)))
    }

    /// One price; `side` 1 for a buyer as aggressor, -1 for a seller, 0 for unknown.
    fn on_trade(&self, symbol: &str, ts: Ts, price: f64, volume: f64, side: i64) -> PyResult<Vec<SignalTuple>> {
        let trade = SignalTrade { ts, price, volume, side: Side::of(side) };
        let signals = self.lock().on_trade(symbol, &trade).map_err(to_py_err)?;
        Ok(signals.into_iter().map(tuple).collect())
    }

    /// One bar that has closed: start, length, then open, high, low, close, volume.
    fn on_bar(&self, symbol: &str, ts: Ts, nanos: i64, values: [f64; 5]) -> PyResult<Vec<SignalTuple>> {
        let [open, high, low, close, volume] = values;
        let bar = Sample { ts, open, high, low, close, volume, side: None };
        let signals = self.lock().on_bar(symbol, &bar, nanos).map_err(to_py_err)?;
        Ok(signals.into_iter().map(tuple).collect())
    }

    /// All rows of a source; `names` are the symbols of its instruments.
    fn feed(&self, py: Python<'_>, source: &Source, names: Vec<String>) -> PyResult<Vec<SignalTuple>> {
        let mut blocks = Interruptible::new(source.take()?);
        let mut signals = Vec::new();
        let done = py.detach(|| {
            let mut engine = self.lock();
            samples(&mut blocks, source.instruments(), |id, sample, end| {
                let name = &names[id.index()];
                signals.extend(if end > sample.ts {
                    engine.on_bar(name, sample, end - sample.ts)?
                } else {
                    let Sample { ts, close: price, volume, side, .. } = *sample;
                    engine.on_trade(name, &SignalTrade { ts, price, volume, side })?
                });
                Ok(())
            })
        });
        done.map_err(|error| blocks.exception(error))?;
        Ok(signals.into_iter().map(tuple).collect())
    }

    /// The entries that have not ended.
    fn active(&self) -> Vec<SignalTuple> {
        self.lock().active_signals().cloned().map(tuple).collect()
    }

    /// What the timeframes of a symbol say; None for one that was never seen.
    fn view(&self, symbol: &str) -> Option<ViewTuple> {
        let engine = self.lock();
        let view = engine.view(symbol)?;
        let votes = engine.votes(symbol).into_iter();
        let votes = votes.map(|(timeframe, score, votes)| (timeframe.to_string(), score, votes.to_vec()));
        Some((view.voting, view.consensus.into(), view.confidence.into(), votes.collect()))
    }

    /// Forgets a symbol.
    fn forget(&self, symbol: &str) {
        self.lock().forget(symbol);
    }
}
