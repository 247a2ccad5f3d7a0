//! The settings of a run, as Python hands them over.

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::risk::OrderLimits;
use baconalgo_core::sim::{ConstantLatency, FillModel, PercentFee, PercentSlippage, Through, Touch, VenueModels};
use baconalgo_core::types::{Decimal, Instrument, Money, Qty, Ts};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;

/// All that a run needs to know besides data and strategy; checked by `BacktestConfig` before.
pub(crate) struct Settings {
    pub(crate) capital: Money,
    pub(crate) feed_latency: i64,
    pub(crate) sample: i64,
    pub(crate) start: Ts,
    pub(crate) end: Ts,
    pub(crate) hash_text: String,
    latency: ConstantLatency,
    fees: PercentFee,
    slippage: Decimal,
    through: bool,
    bounded_by_size: bool,
    max_order_quantity: Option<f64>,
    max_position: Option<f64>,
    max_notional: Option<Decimal>,
    collar_ppm: Option<i64>,
    leverage_ppm: i64,
}

fn item<'py, T: for<'a> FromPyObject<'a, 'py>>(config: &Bound<'py, PyDict>, key: &str) -> PyResult<T> {
    let value = config.get_item(key)?;
    let missing = || to_py_err(Error::new(ErrorKind::Config, 1001, key, "must be given", "missing"));
    value.ok_or_else(missing)?.extract().map_err(Into::into)
}

fn decimal(config: &Bound<'_, PyDict>, key: &str) -> PyResult<Decimal> {
    item::<String>(config, key)?.parse().map_err(to_py_err)
}

impl Settings {
    pub(crate) fn extract(config: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self {
            capital: decimal(config, "initial_capital")?.to_e18(),
            feed_latency: item(config, "feed_latency")?,
            sample: item(config, "sample")?,
            start: item::<Option<Ts>>(config, "start")?.unwrap_or(Ts::MIN),
            end: item::<Option<Ts>>(config, "end")?.unwrap_or(Ts::MAX),
            hash_text: item(config, "hash_text")?,
            latency: ConstantLatency {
                entry: item(config, "entry_latency")?,
                cancel: item(config, "cancel_latency")?,
                response: item(config, "response_latency")?,
            },
            fees: PercentFee::new(decimal(config, "maker_pct")?, decimal(config, "taker_pct")?),
            slippage: decimal(config, "slippage_pct")?,
            through: item::<String>(config, "fill_model")? == "through",
            bounded_by_size: item(config, "bounded_by_size")?,
            max_order_quantity: item(config, "max_order_quantity")?,
            max_position: item(config, "max_position")?,
            max_notional: item::<Option<String>>(config, "max_notional")?
                .map(|text| text.parse())
                .transpose()
                .map_err(to_py_err)?,
            collar_ppm: item(config, "collar_ppm")?,
            leverage_ppm: item(config, "leverage_ppm")?,
        })
    }

    pub(crate) fn models(&self) -> VenueModels {
        let fill: Box<dyn FillModel> = if self.through { Box::new(Through) } else { Box::new(Touch) };
        VenueModels {
            latency: Box::new(self.latency),
            fees: Box::new(self.fees),
            slippage: Box::new(PercentSlippage::new(self.slippage)),
            fill,
            bounded_by_size: self.bounded_by_size,
        }
    }

    pub(crate) fn limits(&self, instruments: &[Instrument]) -> Result<OrderLimits, Error> {
        let in_lots = |parameter: &str, quantity: Option<f64>| {
            let lots = |instrument: &Instrument| {
                let lots = quantity.and_then(|quantity| instrument.qty_scale().to_ticks(quantity));
                let rule = format!("must be a whole number of lots of {}", instrument.lot_size());
                lots.map(Qty)
                    .ok_or_else(|| Error::new(ErrorKind::Config, 1002, parameter, rule, quantity.unwrap_or(f64::NAN)))
            };
            quantity.map(|_| instruments.iter().map(lots).collect::<Result<Vec<_>, _>>()).transpose()
        };
        Ok(OrderLimits {
            max_order_qty: in_lots("max_order_quantity", self.max_order_quantity)?,
            max_position: in_lots("max_position", self.max_position)?,
            max_notional: self.max_notional.map(Decimal::to_e18),
            collar_ppm: self.collar_ppm,
            leverage_ppm: self.leverage_ppm,
        })
    }
}
