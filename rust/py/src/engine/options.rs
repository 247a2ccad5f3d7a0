//! The settings of an engine, as Python hands them over, checked there.

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::risk::{OrderLimits, RiskPolicy};
use baconalgo_core::types::Decimal;
use baconalgo_node::engine::{Clock, Options};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;
use crate::settings::Settings;
use crate::source::instruments;

fn item<'py, T: for<'a> FromPyObject<'a, 'py>>(options: &Bound<'py, PyDict>, key: &str) -> PyResult<T> {
    let missing = || to_py_err(Error::new(ErrorKind::Config, 1001, key, "must be given", "missing"));
    options.get_item(key)?.ok_or_else(missing)?.extract().map_err(Into::into)
}

pub(super) fn extract(options: &Bound<'_, PyDict>) -> PyResult<Options> {
    let venue = Settings::extract(&item(options, "venue")?)?;
    let given = options.get_item("instruments")?.is_some_and(|given| !given.is_none());
    Ok(Options {
        ring_capacity: item(options, "ring_buffer_capacity")?,
        workers: item(options, "num_workers")?,
        pin: item(options, "enable_thread_pinning")?,
        instruments_room: item(options, "position_cache_capacity")?,
        history: item(options, "history")?,
        clock: if item::<String>(options, "clock")? == "replay" { Clock::Replay } else { Clock::System },
        instruments: if given { Some(instruments(options)?) } else { None },
        risk: policy(options)?,
        capital: item::<String>(options, "capital")?.parse::<Decimal>().map_err(to_py_err)?.to_e18(),
        models: venue.models(),
        at_last: item(options, "at_last")?,
        feed_latency: venue.feed_latency,
    })
}

/// Limits: those of `ba.RiskConfig`, or leverage 1 and nothing else.
fn policy(options: &Bound<'_, PyDict>) -> PyResult<RiskPolicy> {
    match item::<Option<Bound<'_, PyDict>>>(options, "risk")? {
        Some(settings) => crate::risk::policy(&settings, None),
        None => Ok(RiskPolicy::new(OrderLimits::default())),
    }
}
