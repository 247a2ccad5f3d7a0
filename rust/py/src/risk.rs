//! Limits as Python hands them over, and how a run used them.

use std::collections::BTreeMap;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::risk::{Dimension, Guard, OrderLimits, Rate, Risk, RiskPolicy, SymbolRules, VarRule, share};
use baconalgo_core::types::{Decimal, Money, Ts, money_to_f64};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;

/// One second, ns.
const SECOND: i64 = 1_000_000_000;

/// How a limit was used: code, name, largest part of the bound, refusals.
pub(crate) type UseRow = (u16, &'static str, f64, u64);
/// An incident: when, why, the state since, the loss, its bound.
pub(crate) type IncidentRow = (Ts, &'static str, &'static str, f64, f64);
/// What holds for one symbol, beside its groups: quantity of an order, position, notional, exposure, margin in ppm.
type OwnLimits = (Option<f64>, Option<f64>, Option<String>, Option<String>, Option<i64>);

fn item<'py, T: for<'a> FromPyObject<'a, 'py>>(settings: &Bound<'py, PyDict>, key: &str) -> PyResult<T> {
    let missing = || to_py_err(Error::new(ErrorKind::Config, 1001, key, "must be given", "missing"));
    settings.get_item(key)?.ok_or_else(missing)?.extract().map_err(Into::into)
}

/// An amount of the currency from its decimal text.
pub(crate) fn money(text: &str) -> PyResult<Money> {
    text.parse::<Decimal>().map(Decimal::to_e18).map_err(to_py_err)
}

fn maybe_money(text: Option<String>) -> PyResult<Option<Money>> {
    text.as_deref().map(money).transpose()
}

pub(crate) fn dimension(word: &str) -> PyResult<Dimension> {
    let known = Dimension::ALL.into_iter().find(|dimension| dimension.word() == word);
    let rule = "must be one of sector, strategy, venue, currency";
    known.ok_or_else(|| to_py_err(Error::new(ErrorKind::Config, 1001, "dimension", rule, word)))
}

/// What `ba.RiskConfig` says; checked there. `orders` are limits that hold besides.
pub(crate) fn policy(settings: &Bound<'_, PyDict>, orders: Option<OrderLimits>) -> PyResult<RiskPolicy> {
    let capital = money(&item::<String>(settings, "total_capital")?)?;
    let part = |key: &str| Ok::<_, PyErr>(item::<Option<i64>>(settings, key)?.map(|ppm| share(capital, ppm)));
    let a_second =
        |key: &str| Ok::<_, PyErr>(item::<Option<u32>>(settings, key)?.map(|most| Rate { most, window: SECOND }));
    let mut symbols: BTreeMap<String, SymbolRules> = BTreeMap::new();
    for (word, members) in item::<Vec<(String, Vec<(String, String)>)>>(settings, "members")? {
        for (symbol, name) in members {
            let rules = symbols.entry(symbol).or_default();
            match dimension(&word)? {
                Dimension::Sector => rules.sector = Some(name),
                Dimension::Strategy => rules.strategy = Some(name),
                _ => rules.venue = Some(name),
            }
        }
    }
    for (symbol, limits) in item::<Vec<(String, OwnLimits)>>(settings, "instrument_limits")? {
        let rules = symbols.entry(symbol).or_default();
        (rules.max_order_quantity, rules.max_position, rules.margin_ppm) = (limits.0, limits.1, limits.4);
        (rules.max_notional, rules.max_exposure) = (maybe_money(limits.2)?, maybe_money(limits.3)?);
    }
    let mut groups = Vec::new();
    for (word, name, limit) in item::<Vec<(String, String, String)>>(settings, "group_limits")? {
        groups.push((dimension(&word)?, name, money(&limit)?));
    }
    let var = item::<Option<(i64, f64, i64, i64, f64, u32)>>(settings, "var")?;
    let var = var.map(|(ppm, confidence, interval, horizon, decay, warm_up)| VarRule {
        most: share(capital, ppm),
        confidence,
        interval,
        horizon,
        decay,
        warm_up,
    });
    let guard = Guard {
        var,
        max_order_quantity: item(settings, "max_order_quantity")?,
        max_position: item(settings, "max_position")?,
        groups,
        symbols,
        max_gross: part("exposure_ppm")?,
        max_net: part("net_exposure_ppm")?,
        max_instrument: maybe_money(item(settings, "max_instrument_exposure")?)?,
        concentration_ppm: item(settings, "concentration_ppm")?,
        margin_ppm: item(settings, "margin_ppm")?,
        max_positions: item(settings, "max_concurrent_positions")?,
        max_open_orders: item(settings, "max_open_orders")?,
        order_rate: a_second("max_orders_per_second")?,
        message_rate: a_second("max_messages_per_second")?,
        duplicate_window: item(settings, "duplicate_window")?,
        refuse_self_cross: item(settings, "refuse_self_cross")?,
        max_data_age: item(settings, "max_data_age")?,
        max_daily_loss: maybe_money(item(settings, "max_daily_loss")?)?,
        drawdown_ppm: item(settings, "drawdown_ppm")?,
        day_start: item(settings, "day_start")?,
        day_starts: item::<Option<Vec<Ts>>>(settings, "day_starts")?.map(Into::into),
        breakers: item(settings, "enable_circuit_breakers")?,
        flatten: item(settings, "flatten_on_trip")?,
        cool_down: item(settings, "cool_down")?,
        reduce_only: item(settings, "reduce_only")?,
    };
    let mut limits = orders.unwrap_or(OrderLimits { leverage_ppm: i64::MAX, ..OrderLimits::default() });
    if let Some(ppm) = item::<Option<i64>>(settings, "leverage_ppm")? {
        limits.leverage_ppm = limits.leverage_ppm.min(ppm);
    }
    let stricter = |ours: Option<i128>, theirs: Option<i128>| match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
        (ours, theirs) => ours.or(theirs),
    };
    limits.max_notional = stricter(limits.max_notional, maybe_money(item(settings, "max_notional")?)?);
    let collar = item::<Option<i64>>(settings, "collar_ppm")?;
    limits.collar_ppm = stricter(limits.collar_ppm.map(i128::from), collar.map(i128::from)).map(|ppm| ppm as i64);
    Ok(RiskPolicy::guarded(limits, guard))
}

/// How each limit was used; those never asked for are left out.
pub(crate) fn use_rows(risk: &Risk) -> Vec<UseRow> {
    let used = risk.uses().iter().filter(|used| used.most > 0.0 || used.refused > 0);
    used.map(|used| (used.limit.code(), used.limit.limit(), used.most, used.refused)).collect()
}

/// What the breakers went through.
pub(crate) fn incident_rows(risk: &Risk) -> Vec<IncidentRow> {
    let row = |incident: &baconalgo_core::risk::Incident| {
        let (loss, bound) = (money_to_f64(incident.loss), money_to_f64(incident.bound));
        (incident.ts, incident.cause.word(), incident.condition.word(), loss, bound)
    };
    risk.breakers().incidents().iter().map(row).collect()
}

/// How a run used its limits: ``limits``, ``incidents``, ``condition``, and the worst ``daily_loss`` and ``drawdown``
/// as (loss, bound).
pub(crate) fn report<'py>(py: Python<'py>, risk: &Risk) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("limits", use_rows(risk))?;
    dict.set_item("incidents", incident_rows(risk))?;
    dict.set_item("condition", risk.breakers().condition().word())?;
    let [day, fall] = risk.breakers().worst().map(|(loss, bound)| (money_to_f64(loss), money_to_f64(bound)));
    dict.set_item("daily_loss", day)?;
    dict.set_item("drawdown", fall)?;
    Ok(dict)
}
