//! The message classes: what is sent to an engine, and what it answers.

use baconalgo_core::types::{Side, Ts};
use baconalgo_node::clock::wall_clock;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::fields::{Field, Fields, record_methods};
use super::words::Choices;
use super::words::{ACTIONS, ORDER_TYPES, OrderNumber, SIDES, STATUSES, TIMES_IN_FORCE, Time, side_number, side_of};

fn choice(py: Python<'_>, choices: &Choices, number: u8) -> Field {
    choices.member(py, number).map_or(Field::Nothing, Field::Choice)
}

fn text(py: Python<'_>, text: &Py<PyString>) -> Field {
    Field::Text(text.clone_ref(py))
}

/// A wish to trade: to the engine a market order, or none if the action is HOLD.
///
/// Parameters
/// ----------
/// symbol : str
///     Of what.
/// action : Action
///     BUY, SELL or HOLD.
/// price : float
///     The price it was decided at; the mark where there is no other yet.
/// quantity : float
///     How much, in units.
/// confidence : float
///     0 to 1.
///
/// Values are judged by whoever receives them: the engine counts a NaN or a negative quantity as a reject.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95)
/// Signal(symbol='BTC', action=BUY, price=50000.0, quantity=0.1, confidence=0.95)
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct Signal {
    #[pyo3(get)]
    pub(super) symbol: Py<PyString>,
    pub(super) action: u8,
    /// The price it was decided at.
    #[pyo3(get)]
    pub(super) price: f64,
    /// How much, in units.
    #[pyo3(get)]
    pub(super) quantity: f64,
    /// 0 to 1.
    #[pyo3(get)]
    pub(super) confidence: f64,
}

impl Fields for Signal {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", text(py, &self.symbol)),
            ("action", choice(py, &ACTIONS, self.action)),
            ("price", Field::Number(self.price)),
            ("quantity", Field::Number(self.quantity)),
            ("confidence", Field::Number(self.confidence)),
        ]
    }
}

record_methods!(Signal {
    #[new]
    #[pyo3(signature = (symbol, action, price, quantity, confidence=1.0))]
    fn new(
        symbol: Py<PyString>,
        action: &Bound<'_, PyAny>,
        price: f64,
        quantity: f64,
        confidence: f64,
    ) -> PyResult<Self> {
        Ok(Self { symbol, action: ACTIONS.number("action", action)?, price, quantity, confidence })
    }

    /// BUY, SELL or HOLD.
    #[getter]
    fn action(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        ACTIONS.member(py, self.action)
    }
});

impl Signal {
    pub(super) fn side(&self) -> Option<Side> {
        (self.action < 2).then(|| side_of(self.action))
    }

    pub(super) fn of(symbol: Py<PyString>, side: Option<Side>, price: f64, quantity: f64, confidence: f64) -> Self {
        Self { symbol, action: side.map_or(2, side_number), price, quantity, confidence }
    }
}

/// A last price and its volume.
///
/// Parameters
/// ----------
/// symbol : str
///     Of what.
/// price : float
///     Last price.
/// volume : float
///     NaN if unknown.
/// timestamp : int ns, datetime or numpy.datetime64
///     When; now if it is not given.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.MarketData("BTC", 50_000.0, 1.5, 1_700_000_000_000_000_000)
/// MarketData(symbol='BTC', price=50000.0, volume=1.5, timestamp=1700000000000000000)
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct MarketData {
    /// Of what.
    pub(super) symbol: Py<PyString>,
    /// Last price.
    pub(super) price: f64,
    /// NaN if unknown.
    pub(super) volume: f64,
    /// When, ns since the epoch.
    pub(super) timestamp: Ts,
}

impl Fields for MarketData {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", text(py, &self.symbol)),
            ("price", Field::Number(self.price)),
            ("volume", Field::Number(self.volume)),
            ("timestamp", Field::Whole(self.timestamp.into())),
        ]
    }
}

record_methods!(MarketData {
    #[new]
    #[pyo3(signature = (symbol, price, volume=f64::NAN, timestamp=None))]
    fn new(symbol: Py<PyString>, price: f64, volume: f64, timestamp: Option<Time>) -> Self {
        Self { symbol, price, volume, timestamp: timestamp.map_or_else(wall_clock, |time| time.0) }
    }
});

/// An order.
///
/// Parameters
/// ----------
/// order_id : int
///     Its sender's number for it, 0 to 2**64 - 1; each only once.
/// symbol : str
///     Of what.
/// order_type : OrderType
///     MARKET, LIMIT, STOP or STOP_LIMIT.
/// side : Side
///     BUY or SELL.
/// quantity : float
///     How much, in units.
/// price : float, optional
///     Limit price; for a market order the price it was decided at.
/// stop_price : float, optional
///     Where a stop order starts to work.
/// time_in_force : TimeInForce
///     GTC unless said.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.ExecuteOrder(1, "BTC", ba.OrderType.LIMIT, ba.Side.BUY, 0.1, 49_000.0).price
/// 49000.0
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct ExecuteOrder {
    /// Its sender's number for it.
    #[pyo3(get)]
    pub(super) order_id: u64,
    /// Of what.
    #[pyo3(get)]
    pub(super) symbol: Py<PyString>,
    pub(super) order_type: u8,
    pub(super) side: u8,
    /// How much, in units.
    #[pyo3(get)]
    pub(super) quantity: f64,
    /// Limit price, if any.
    #[pyo3(get)]
    pub(super) price: Option<f64>,
    /// Stop price, if any.
    #[pyo3(get)]
    pub(super) stop_price: Option<f64>,
    pub(super) time_in_force: u8,
}

impl Fields for ExecuteOrder {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("order_id", Field::Whole(self.order_id.into())),
            ("symbol", text(py, &self.symbol)),
            ("order_type", choice(py, &ORDER_TYPES, self.order_type)),
            ("side", choice(py, &SIDES, self.side)),
            ("quantity", Field::Number(self.quantity)),
            ("price", Field::number(self.price)),
            ("stop_price", Field::number(self.stop_price)),
            ("time_in_force", choice(py, &TIMES_IN_FORCE, self.time_in_force)),
        ]
    }
}

record_methods!(ExecuteOrder {
    #[new]
    #[pyo3(signature = (order_id, symbol, order_type, side, quantity, price=None, stop_price=None, time_in_force=None))]
    #[expect(clippy::too_many_arguments, reason = "a record has its fields")]
    fn new(
        order_id: OrderNumber,
        symbol: Py<PyString>,
        order_type: &Bound<'_, PyAny>,
        side: &Bound<'_, PyAny>,
        quantity: f64,
        price: Option<f64>,
        stop_price: Option<f64>,
        time_in_force: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Ok(Self {
            order_id: order_id.0,
            symbol,
            order_type: ORDER_TYPES.number("order_type", order_type)?,
            side: SIDES.number("side", side)?,
            quantity,
            price,
            stop_price,
            time_in_force: time_in_force.map_or(Ok(0), |word| TIMES_IN_FORCE.number("time_in_force", word))?,
        })
    }

    /// How it executes.
    #[getter]
    fn order_type(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        ORDER_TYPES.member(py, self.order_type)
    }

    /// BUY or SELL.
    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        SIDES.member(py, self.side)
    }

    /// How long it works.
    #[getter]
    fn time_in_force(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        TIMES_IN_FORCE.member(py, self.time_in_force)
    }
});

/// A cancel.
///
/// Parameters
/// ----------
/// order_id : int
///     The order, by its sender's number for it.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.CancelOrder(1)
/// CancelOrder(order_id=1)
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct CancelOrder {
    /// The order, by its sender's number for it.
    pub(super) order_id: u64,
}

impl Fields for CancelOrder {
    fn fields(&self, _: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![("order_id", Field::Whole(self.order_id.into()))]
    }
}

record_methods!(CancelOrder {
    #[new]
    fn new(order_id: OrderNumber) -> Self {
        Self { order_id: order_id.0 }
    }
});

/// Cancel everything, close everything, refuse everything.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.EmergencyStop()
/// EmergencyStop()
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct EmergencyStop;

impl Fields for EmergencyStop {
    fn fields(&self, _: Python<'_>) -> Vec<(&'static str, Field)> {
        Vec::new()
    }
}

record_methods!(EmergencyStop {
    #[new]
    fn new() -> Self {
        Self
    }
});

/// A price level of a book now has this quantity; 0 removes it.
///
/// Parameters
/// ----------
/// symbol : str
///     Of what.
/// ts_event, ts_recv : int ns, datetime or numpy.datetime64
///     When it happened, and when it was seen.
/// side : Side
///     The side of the book.
/// price, quantity : float
///     The level, and what stands there.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.BookDelta("BTC", 1, 2, ba.Side.BUY, 50_000.0, 0.0).quantity
/// 0.0
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct BookDelta {
    /// Of what.
    #[pyo3(get)]
    pub(super) symbol: Py<PyString>,
    /// When it happened, ns since the epoch.
    #[pyo3(get)]
    pub(super) ts_event: Ts,
    /// When it was seen, ns since the epoch.
    #[pyo3(get)]
    pub(super) ts_recv: Ts,
    pub(super) side: u8,
    /// The level.
    #[pyo3(get)]
    pub(super) price: f64,
    /// What stands there.
    #[pyo3(get)]
    pub(super) quantity: f64,
}

impl Fields for BookDelta {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", text(py, &self.symbol)),
            ("ts_event", Field::Whole(self.ts_event.into())),
            ("ts_recv", Field::Whole(self.ts_recv.into())),
            ("side", choice(py, &SIDES, self.side)),
            ("price", Field::Number(self.price)),
            ("quantity", Field::Number(self.quantity)),
        ]
    }
}

record_methods!(BookDelta {
    #[new]
    fn new(
        symbol: Py<PyString>,
        ts_event: Time,
        ts_recv: Time,
        side: &Bound<'_, PyAny>,
        price: f64,
        quantity: f64,
    ) -> PyResult<Self> {
        let side = SIDES.number("side", side)?;
        Ok(Self { symbol, ts_event: ts_event.0, ts_recv: ts_recv.0, side, price, quantity })
    }

    /// The side of the book.
    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        SIDES.member(py, self.side)
    }
});

/// Where an order stands, as an engine tells it.
///
/// Parameters
/// ----------
/// order_id : int
///     The engine's number of the order.
/// client_id : int
///     Its sender's number; 0 if it had none.
/// symbol : str
///     Of what.
/// side : Side
///     BUY or SELL.
/// status : OrderStatus
///     Where it stands.
/// quantity, filled_quantity : float
///     Asked for, and filled so far.
/// average_price : float, optional
///     Of the fills; None if there are none.
/// reject_code : int
///     Why it was refused, 0 if it was not.
///
/// Examples
/// --------
/// >>> import baconalgo as ba
/// >>> ba.OrderUpdate(1, 0, "BTC", "BUY", "FILLED", 0.1, 0.1, 50_000.0).status
/// <OrderStatus.FILLED: 'FILLED'>
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct OrderUpdate {
    /// The engine's number of the order.
    #[pyo3(get)]
    pub(super) order_id: u64,
    /// Its sender's number; 0 if it had none.
    #[pyo3(get)]
    pub(super) client_id: u64,
    /// Of what.
    #[pyo3(get)]
    pub(super) symbol: Py<PyString>,
    pub(super) side: u8,
    pub(super) status: u8,
    /// Asked for.
    #[pyo3(get)]
    pub(super) quantity: f64,
    /// Filled so far.
    #[pyo3(get)]
    pub(super) filled_quantity: f64,
    /// Of the fills.
    #[pyo3(get)]
    pub(super) average_price: Option<f64>,
    /// Why it was refused, 0 if it was not.
    #[pyo3(get)]
    pub(super) reject_code: u16,
}

impl Fields for OrderUpdate {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("order_id", Field::Whole(self.order_id.into())),
            ("client_id", Field::Whole(self.client_id.into())),
            ("symbol", text(py, &self.symbol)),
            ("side", choice(py, &SIDES, self.side)),
            ("status", choice(py, &STATUSES, self.status)),
            ("quantity", Field::Number(self.quantity)),
            ("filled_quantity", Field::Number(self.filled_quantity)),
            ("average_price", Field::number(self.average_price)),
            ("reject_code", Field::Whole(self.reject_code.into())),
        ]
    }
}

record_methods!(OrderUpdate {
    #[new]
    #[pyo3(signature = (
        order_id, client_id, symbol, side, status, quantity, filled_quantity, average_price=None, reject_code=0
    ))]
    #[expect(clippy::too_many_arguments, reason = "a record has its fields")]
    fn new(
        order_id: OrderNumber,
        client_id: OrderNumber,
        symbol: Py<PyString>,
        side: &Bound<'_, PyAny>,
        status: &Bound<'_, PyAny>,
        quantity: f64,
        filled_quantity: f64,
        average_price: Option<f64>,
        reject_code: u16,
    ) -> PyResult<Self> {
        Ok(Self {
            order_id: order_id.0,
            client_id: client_id.0,
            symbol,
            side: SIDES.number("side", side)?,
            status: STATUSES.number("status", status)?,
            quantity,
            filled_quantity,
            average_price,
            reject_code,
        })
    }

    /// BUY or SELL.
    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        SIDES.member(py, self.side)
    }

    /// Where it stands.
    #[getter]
    fn status(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        STATUSES.member(py, self.status)
    }
});
