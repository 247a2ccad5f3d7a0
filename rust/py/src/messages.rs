//! Message classes of Python, and what they are on a ring.

mod classes;
pub(crate) mod fields;
mod words;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Body, Message, MessageKind};
use baconalgo_node::control;
use baconalgo_node::symbols::{NO_SYMBOL, Symbols};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyString;
use zerocopy::{FromBytes, IntoBytes};

pub(crate) use classes::{BookDelta, CancelOrder, EmergencyStop, ExecuteOrder, MarketData, OrderUpdate, Signal};
pub(crate) use words::{LIQUIDITIES, OrderNumber, SIDES, Time, side_number, side_of};

use crate::errors::to_py_err;
use crate::records::{Bar, Fill, Quote, Trade};

/// Bytes of a record.
pub(crate) const RECORD: usize = size_of::<Message>();

fn data_error(parameter: &str, rule: impl Into<String>, value: impl std::fmt::Display) -> PyErr {
    to_py_err(Error::new(ErrorKind::Data, 1001, parameter, rule, value))
}

/// The record of a message object; `None` if the object is of no message class.
pub(crate) fn to_message(value: &Bound<'_, PyAny>) -> PyResult<Option<Message>> {
    let py = value.py();
    let (symbol, body) = if let Ok(data) = value.cast::<MarketData>() {
        let MarketData { symbol, price, volume, timestamp } = data.get();
        (Some(symbol), Body::MarketData { timestamp: *timestamp, price: *price, volume: *volume })
    } else if let Ok(signal) = value.cast::<Signal>() {
        let signal = signal.get();
        let Signal { price, quantity, confidence, .. } = *signal;
        (Some(&signal.symbol), Body::Signal { side: signal.side(), price, quantity, confidence })
    } else if let Ok(order) = value.cast::<ExecuteOrder>() {
        let order = order.get();
        let body = Body::Order {
            order_id: order.order_id,
            side: side_of(order.side),
            order_type: order.order_type,
            time_in_force: order.time_in_force,
            quantity: order.quantity,
            price: order.price.unwrap_or(f64::NAN),
            stop_price: order.stop_price.unwrap_or(f64::NAN),
        };
        (Some(&order.symbol), body)
    } else if let Ok(cancel) = value.cast::<CancelOrder>() {
        (None, Body::Cancel { order_id: cancel.get().order_id })
    } else if let Ok(trade) = value.cast::<Trade>() {
        let trade = trade.get();
        (Some(trade.symbol()), trade.body(py)?)
    } else if let Ok(quote) = value.cast::<Quote>() {
        (Some(quote.get().symbol()), quote.get().body())
    } else if let Ok(bar) = value.cast::<Bar>() {
        (Some(bar.get().symbol()), bar.get().body())
    } else if let Ok(delta) = value.cast::<BookDelta>() {
        let BookDelta { symbol, ts_event, ts_recv, side, price, quantity } = delta.get();
        let side = side_of(*side);
        let body = Body::Delta { ts_event: *ts_event, ts_recv: *ts_recv, side, price: *price, quantity: *quantity };
        (Some(symbol), body)
    } else if value.cast::<EmergencyStop>().is_ok() {
        (None, Body::Control { code: control::EMERGENCY_STOP, argument: 0 })
    } else if let Ok(fill) = value.cast::<Fill>() {
        let fill = fill.get();
        (Some(fill.symbol()), fill.body(py)?)
    } else if let Ok(update) = value.cast::<OrderUpdate>() {
        let update = update.get();
        let body = Body::Update {
            order_id: update.order_id,
            client_id: update.client_id,
            side: side_of(update.side),
            status: update.status,
            reject: update.reject_code,
            quantity: update.quantity,
            filled: update.filled_quantity,
            average: update.average_price.unwrap_or(f64::NAN),
        };
        (Some(&update.symbol), body)
    } else {
        return Ok(None);
    };
    let number = match symbol {
        Some(symbol) => Symbols::of_process().intern(symbol.to_str(py)?).map_err(to_py_err)?,
        None => NO_SYMBOL,
    };
    match Message::new(number, body) {
        Some(message) => Ok(Some(message)),
        None => Err(data_error("timeframe", "must be 1 to 65,535 weeks, days, hours, ... or ns", value.repr()?)),
    }
}

/// The object of a record.
pub(crate) fn to_object(py: Python<'_>, message: &Message) -> PyResult<Py<PyAny>> {
    let (Some(body), Some(name)) = (message.body(), Symbols::of_process().name(message.symbol)) else {
        return Err(data_error("record", "must mean something", format!("kind {}", message.kind)));
    };
    let some = |number: f64| (!number.is_nan()).then_some(number);
    let symbol = || PyString::new(py, name).unbind();
    Ok(match body {
        Body::MarketData { timestamp, price, volume } => {
            Py::new(py, MarketData { symbol: symbol(), price, volume, timestamp })?.into_any()
        }
        Body::Signal { side, price, quantity, confidence } => {
            Py::new(py, Signal::of(symbol(), side, price, quantity, confidence))?.into_any()
        }
        Body::Order { order_id, side, order_type, time_in_force, quantity, price, stop_price } => {
            let (side, symbol) = (side_number(side), symbol());
            let (price, stop_price) = (some(price), some(stop_price));
            let order = ExecuteOrder { order_id, symbol, order_type, side, quantity, price, stop_price, time_in_force };
            Py::new(py, order)?.into_any()
        }
        Body::Cancel { order_id } => Py::new(py, CancelOrder { order_id })?.into_any(),
        Body::Trade { ts_event, ts_recv, price, quantity, side } => {
            let side = side.map(|side| SIDES.member(py, side_number(side))).transpose()?;
            Py::new(py, Trade::from_parts(symbol(), ts_event, ts_recv, price, quantity, side))?.into_any()
        }
        Body::Quote { ts_event, ts_recv, bid, ask, bid_size, ask_size } => {
            Py::new(py, Quote::from_parts(symbol(), (ts_event, ts_recv), bid, ask, bid_size, ask_size))?.into_any()
        }
        Body::Bar { ts, timeframe, open, high, low, close, volume } => {
            Py::new(py, Bar::from_parts(symbol(), ts, [open, high, low, close], volume, timeframe))?.into_any()
        }
        Body::Delta { ts_event, ts_recv, side, price, quantity } => {
            let side = side_number(side);
            Py::new(py, BookDelta { symbol: symbol(), ts_event, ts_recv, side, price, quantity })?.into_any()
        }
        Body::Fill { order_id, side, liquidity, price, quantity, fee, ts_event, ts_recv } => {
            let side = SIDES.member(py, side_number(side))?;
            let liquidity = LIQUIDITIES.member(py, liquidity)?;
            let fill =
                Fill::from_parts(order_id, symbol(), (side, liquidity), [quantity, price, fee], (ts_event, ts_recv));
            Py::new(py, fill)?.into_any()
        }
        Body::Update { order_id, client_id, side, status, reject, quantity, filled, average } => {
            let update = OrderUpdate {
                order_id,
                client_id,
                symbol: symbol(),
                side: side_number(side),
                status,
                quantity,
                filled_quantity: filled,
                average_price: some(average),
                reject_code: reject,
            };
            Py::new(py, update)?.into_any()
        }
        Body::Control { code: control::EMERGENCY_STOP, .. } => Py::new(py, EmergencyStop)?.into_any(),
        other => return Err(data_error("record", "must be one that has a message class", format!("{other:?}"))),
    })
}

/// The records of bytes that came from outside; each must mean something: its kind, its side, its symbol.
pub(crate) fn read_records(bytes: &[u8], out: &mut Vec<Message>) -> PyResult<()> {
    if !bytes.len().is_multiple_of(RECORD) {
        return Err(data_error("records", format!("must be whole records of {RECORD} bytes"), bytes.len()));
    }
    let symbols = Symbols::of_process();
    out.reserve(bytes.len() / RECORD);
    for (row, record) in bytes.chunks_exact(RECORD).enumerate() {
        let sound = |message: &Message| {
            message.kind != MessageKind::Payload as u8
                && message.body().is_some()
                && symbols.name(message.symbol).is_some()
        };
        match Message::read_from_bytes(record).ok().filter(sound) {
            Some(message) => out.push(message),
            None => {
                let rule = "must be of a known kind, side and symbol";
                let value = format!("kind {}, side {}", record[0], record[1] as i8);
                return Err(data_error(&format!("record {row}"), rule, value));
            }
        }
    }
    Ok(())
}

/// Message objects as records.
///
/// Parameters
/// ----------
/// messages : list
///     Objects of the message classes.
///
/// Returns
/// -------
/// numpy.ndarray of uint8
///     64 bytes a message.
#[pyfunction]
pub(crate) fn pack_messages<'py>(
    py: Python<'py>,
    messages: Vec<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<u8>>> {
    let mut bytes = Vec::with_capacity(messages.len() * RECORD);
    for message in messages {
        let Some(record) = to_message(&message)? else {
            return Err(data_error("message", "must be of a message class", message.get_type().name()?));
        };
        bytes.extend_from_slice(record.as_bytes());
    }
    Ok(PyArray1::from_vec(py, bytes))
}

/// Records as message objects.
///
/// Parameters
/// ----------
/// records : numpy.ndarray of uint8
///     64 bytes a message.
///
/// Returns
/// -------
/// list
///     Objects of the message classes.
#[pyfunction]
pub(crate) fn unpack_records(py: Python<'_>, records: PyReadonlyArray1<'_, u8>) -> PyResult<Vec<Py<PyAny>>> {
    let mut read = Vec::new();
    read_records(records.as_slice()?, &mut read)?;
    read.iter().map(|message| to_object(py, message)).collect()
}

/// The numbers that these symbols have in records; a symbol that is new gets one.
///
/// Parameters
/// ----------
/// symbols : list of str
///     At most 1,000,000 different ones in a process.
///
/// Returns
/// -------
/// numpy.ndarray of uint32
///     Their numbers, in this process.
#[pyfunction]
pub(crate) fn symbol_numbers<'py>(
    py: Python<'py>,
    symbols: Vec<Bound<'py, PyString>>,
) -> PyResult<Bound<'py, PyArray1<u32>>> {
    let table = Symbols::of_process();
    let numbers: PyResult<Vec<u32>> =
        symbols.iter().map(|symbol| table.intern(symbol.to_str()?).map_err(to_py_err)).collect();
    Ok(PyArray1::from_vec(py, numbers?))
}

/// The symbols of these numbers; None where a number has not been given.
///
/// Parameters
/// ----------
/// numbers : numpy.ndarray of uint32
///     Numbers, as they stand in records.
///
/// Returns
/// -------
/// list of str or None
///     Their symbols.
#[pyfunction]
pub(crate) fn symbol_names<'py>(
    py: Python<'py>,
    numbers: PyReadonlyArray1<'py, u32>,
) -> Vec<Option<Bound<'py, PyString>>> {
    let table = Symbols::of_process();
    let numbers = numbers.as_array();
    numbers.iter().map(|number| table.name(*number).map(|name| PyString::intern(py, name))).collect()
}
