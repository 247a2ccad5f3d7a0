//! Bars from a source, as an Arrow table.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use baconalgo_core::bar::{BarRule, FloatBar};
use baconalgo_core::data::{PriceOf, aggregate};
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::types::InstrumentId;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use crate::errors::to_py_err;
use crate::source::{Interruptible, Source};

/// Bars of a source.
///
/// Parameters
/// ----------
/// source : Source
/// rule : str
///     ``time`` (size in nanoseconds), ``ticks``, ``volume`` or ``dollars``.
/// size : float or int
/// prices : list of str
///     ``mid``, ``bid``, ``ask`` or ``trade``, one or several.
///
/// Returns
/// -------
/// record batch
///     ``instrument``, ``ts``, ``end``, then ``open``, ``high``, ``low``, ``close`` for each price (with
///     ``{price}_`` before them if there are several), ``volume``, ``buy_volume``, ``sell_volume``, ``count``;
///     in the order in which the bars finish.
#[pyfunction]
pub(crate) fn aggregate_bars(
    py: Python<'_>,
    source: &Source,
    rule: &str,
    size: &Bound<'_, PyAny>,
    prices: Vec<String>,
) -> PyResult<PyRecordBatch> {
    let rule = match rule {
        "time" => BarRule::Time(size.extract()?),
        "ticks" => BarRule::Ticks(size.extract()?),
        "volume" => BarRule::Volume(size.extract()?),
        "dollars" => BarRule::Dollars(size.extract()?),
        other => {
            return Err(refused("rule", "must be one of time, ticks, volume, dollars", other));
        }
    };
    let of = |price: &String| match price.as_str() {
        "mid" => Ok(PriceOf::Mid),
        "bid" => Ok(PriceOf::Bid),
        "ask" => Ok(PriceOf::Ask),
        "trade" => Ok(PriceOf::Trade),
        other => Err(refused("price", "must be one of mid, bid, ask, trade", other)),
    };
    let kinds = prices.iter().map(of).collect::<PyResult<Vec<_>>>()?;
    let mut blocks = Interruptible::new(source.take()?);
    let mut ids = Vec::new();
    let mut bars: Vec<Vec<FloatBar>> = vec![Vec::new(); kinds.len()];
    let done = py.detach(|| {
        aggregate(&mut blocks, source.instruments(), rule, &kinds, |InstrumentId(id), finished| {
            ids.push(id);
            bars.iter_mut().zip(finished).for_each(|(column, bar)| column.push(*bar));
        })
    });
    done.map_err(|error| blocks.exception(error))?;
    let batch = py.detach(|| table(ids, &bars, &prices));
    batch.map(PyRecordBatch::new).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

fn refused(parameter: &str, rule: &str, value: &str) -> PyErr {
    to_py_err(Error::new(ErrorKind::Data, baconalgo_core::data::code::SETTING, parameter, rule, value))
}

/// One number of a bar.
type Part = fn(&FloatBar) -> f64;

fn table(ids: Vec<u32>, bars: &[Vec<FloatBar>], prices: &[String]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let first = bars.first().map(Vec::as_slice).unwrap_or_default();
    let times = |of: fn(&FloatBar) -> i64| -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from_iter_values(first.iter().map(of)).with_timezone("UTC"))
    };
    let floats =
        |bars: &[FloatBar], of: Part| -> ArrayRef { Arc::new(Float64Array::from_iter_values(bars.iter().map(of))) };
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("instrument", DataType::UInt32, false),
        Field::new("ts", utc.clone(), false),
        Field::new("end", utc, false),
    ];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(UInt32Array::from(ids)), times(|bar| bar.start), times(|bar| bar.end)];
    let parts: [(&str, Part); 4] =
        [("open", |bar| bar.open), ("high", |bar| bar.high), ("low", |bar| bar.low), ("close", |bar| bar.close)];
    for (price, bars) in prices.iter().zip(bars) {
        for (name, of) in parts {
            let name = if prices.len() > 1 { format!("{price}_{name}") } else { name.to_owned() };
            fields.push(Field::new(name, DataType::Float64, false));
            columns.push(floats(bars, of));
        }
    }
    // A volume that is not known is null.
    let known = first.iter().map(|bar| Some(bar.volume).filter(|volume| !volume.is_nan()));
    fields.push(Field::new("volume", DataType::Float64, true));
    columns.push(Arc::new(Float64Array::from_iter(known)));
    fields.push(Field::new("buy_volume", DataType::Float64, false));
    columns.push(floats(first, |bar| bar.buy_volume));
    fields.push(Field::new("sell_volume", DataType::Float64, false));
    columns.push(floats(first, |bar| bar.sell_volume));
    fields.push(Field::new("count", DataType::UInt64, false));
    columns.push(Arc::new(UInt64Array::from_iter_values(first.iter().map(|bar| bar.count))));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
