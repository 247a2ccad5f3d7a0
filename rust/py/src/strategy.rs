//! Strategies written as Python classes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Event, Record};
use baconalgo_core::order::{Command, Fill as CoreFill, NewOrder, Order as CoreOrder, OrderType, ReplaceOrder};
use baconalgo_core::order::{Report, ReportKind, TimeInForce};
use baconalgo_core::strategy::{BuiltBar, Context, Request, Strategy};
use baconalgo_core::types::{Instrument, InstrumentId, OrderId, Px, Qty, Side, Ts};
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::errors::to_py_err;
use crate::records::{Bar, Fill, Order, Quote, Trade, Words};

/// What a strategy object shares with the engine that runs it.
#[derive(Default)]
struct Session {
    instruments: Arc<[Instrument]>,
    symbols: Vec<(String, InstrumentId)>,
    positions: Vec<Qty>,
    now: Ts,
    warming_up: bool,
    next_order: u64,
    /// Of what the strategy's open orders are.
    open: HashMap<OrderId, InstrumentId>,
    commands: Vec<Command>,
    requests: Vec<Request>,
    timers: Vec<String>,
}

/// The base of ``baconalgo.Strategy``: what a strategy can ask for.
#[pyclass(subclass, frozen, module = "baconalgo._core")]
pub(crate) struct StrategyBase {
    session: Mutex<Session>,
}

fn order_error(parameter: &str, rule: impl Into<String>, value: impl std::fmt::Display, code: u16) -> PyErr {
    to_py_err(Error::new(ErrorKind::Order, code, parameter, rule, value))
}

impl Session {
    fn instrument(&self, symbol: &str) -> PyResult<InstrumentId> {
        if self.symbols.is_empty() {
            return Err(to_py_err(Error::new(ErrorKind::Engine, 8001, "strategy", "must be running", "not running")));
        }
        let known = self.symbols.iter().find(|(known, _)| known == symbol);
        known.map(|(_, id)| *id).ok_or_else(|| {
            let some: Vec<&str> = self.symbols.iter().take(10).map(|(known, _)| known.as_str()).collect();
            let rule = format!("must be one of the run's instruments ({})", some.join(", "));
            order_error("symbol", rule, symbol, 1001)
        })
    }

    fn qty(&self, id: InstrumentId, quantity: f64) -> PyResult<Qty> {
        let instrument = &self.instruments[id.index()];
        // Written so that NaN fails.
        if !(quantity > 0.0 && quantity.is_finite()) {
            return Err(order_error("quantity", "must be > 0", format!("{quantity:?}"), 1002));
        }
        let lots = instrument.qty_scale().to_ticks(quantity).filter(|lots| *lots > 0);
        lots.map(Qty).ok_or_else(|| {
            let rule = format!("must be a whole number of lots of {}", instrument.lot_size());
            order_error("quantity", rule, format!("{quantity:?}"), 1002)
        })
    }

    fn px(&self, id: InstrumentId, parameter: &str, price: Option<f64>) -> PyResult<Option<Px>> {
        let Some(price) = price else { return Ok(None) };
        let instrument = &self.instruments[id.index()];
        let ticks = instrument.px_scale().to_ticks(price);
        ticks.map(|ticks| Some(Px(ticks))).ok_or_else(|| {
            let rule = format!("must be a whole number of ticks of {}", instrument.tick_size());
            order_error(parameter, rule, format!("{price:?}"), 1003)
        })
    }
}

/// The members of a word enum, by name.
fn word<T: Copy>(parameter: &str, word: Option<&Bound<'_, PyAny>>, known: &[(&str, T)]) -> PyResult<Option<T>> {
    let Some(word) = word.filter(|word| !word.is_none()) else { return Ok(None) };
    let text = word.cast::<PyString>().map_or_else(|_| word.to_string(), |text| text.to_string());
    match known.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            Err(order_error(parameter, format!("must be one of {}", names.join(", ")), text, 1003))
        }
    }
}

const ORDER_TYPES: [(&str, OrderType); 4] = [
    ("MARKET", OrderType::Market),
    ("LIMIT", OrderType::Limit),
    ("STOP", OrderType::Stop),
    ("STOP_LIMIT", OrderType::StopLimit),
];
const TIMES_IN_FORCE: [(&str, TimeInForce); 4] =
    [("GTC", TimeInForce::Gtc), ("IOC", TimeInForce::Ioc), ("FOK", TimeInForce::Fok), ("DAY", TimeInForce::Day)];

/// What `buy` and `sell` are given besides symbol, quantity and side.
struct Terms<'a, 'py> {
    price: Option<f64>,
    stop_price: Option<f64>,
    order_type: Option<&'a Bound<'py, PyAny>>,
    time_in_force: Option<&'a Bound<'py, PyAny>>,
}

impl StrategyBase {
    fn lock(&self) -> MutexGuard<'_, Session> {
        // A panic while it was held leaves plain data behind, which is safe to go on with.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, side: Side, symbol: &str, quantity: f64, terms: &Terms<'_, '_>) -> PyResult<u64> {
        let mut session = self.lock();
        let instrument = session.instrument(symbol)?;
        let qty = session.qty(instrument, quantity)?;
        let limit = session.px(instrument, "price", terms.price)?;
        let stop = session.px(instrument, "stop_price", terms.stop_price)?;
        let implied = match (limit, stop) {
            (None, None) => OrderType::Market,
            (Some(_), None) => OrderType::Limit,
            (None, Some(_)) => OrderType::Stop,
            (Some(_), Some(_)) => OrderType::StopLimit,
        };
        let order_type = word("order_type", terms.order_type, &ORDER_TYPES)?.unwrap_or(implied);
        if order_type != implied {
            let name = ORDER_TYPES[order_type as usize].0;
            let given = match implied {
                OrderType::Market => "neither price nor stop_price",
                OrderType::Limit => "a price only",
                OrderType::Stop => "a stop_price only",
                OrderType::StopLimit => "both price and stop_price",
            };
            let rule = format!("must fit the prices given ({given})");
            return Err(order_error("order_type", rule, name, 1003));
        }
        let time_in_force = word("time_in_force", terms.time_in_force, &TIMES_IN_FORCE)?.unwrap_or_default();
        session.next_order += 1;
        let id = OrderId(session.next_order);
        let order = NewOrder { id, instrument, side, order_type, time_in_force, qty, limit, stop };
        session.open.insert(id, instrument);
        session.commands.push(Command::Submit(order));
        Ok(id.0)
    }
}

#[pymethods]
impl StrategyBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { session: Mutex::default() }
    }

    /// Sends a buy order; returns its number.
    #[pyo3(signature = (symbol, quantity, *, price=None, stop_price=None, order_type=None, time_in_force=None))]
    fn buy(
        &self,
        symbol: &str,
        quantity: f64,
        price: Option<f64>,
        stop_price: Option<f64>,
        order_type: Option<&Bound<'_, PyAny>>,
        time_in_force: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        self.order(Side::Buy, symbol, quantity, &Terms { price, stop_price, order_type, time_in_force })
    }

    /// Sends a sell order; returns its number.
    #[pyo3(signature = (symbol, quantity, *, price=None, stop_price=None, order_type=None, time_in_force=None))]
    fn sell(
        &self,
        symbol: &str,
        quantity: f64,
        price: Option<f64>,
        stop_price: Option<f64>,
        order_type: Option<&Bound<'_, PyAny>>,
        time_in_force: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        self.order(Side::Sell, symbol, quantity, &Terms { price, stop_price, order_type, time_in_force })
    }

    /// Cancels an order; one that is done already is left as it is.
    fn cancel(&self, order_id: u64) {
        self.lock().commands.push(Command::Cancel(OrderId(order_id)));
    }

    /// Changes an open order's total quantity, limit price or stop price; one that is done already is left
    /// as it is.
    #[pyo3(signature = (order_id, *, quantity=None, price=None, stop_price=None))]
    fn replace(
        &self,
        order_id: u64,
        quantity: Option<f64>,
        price: Option<f64>,
        stop_price: Option<f64>,
    ) -> PyResult<()> {
        let mut session = self.lock();
        let id = OrderId(order_id);
        let Some(instrument) = session.open.get(&id).copied() else { return Ok(()) };
        let qty = quantity.map(|quantity| session.qty(instrument, quantity)).transpose()?;
        let limit = session.px(instrument, "price", price)?;
        let stop = session.px(instrument, "stop_price", stop_price)?;
        session.commands.push(Command::Replace(ReplaceOrder { id, qty, limit, stop }));
        Ok(())
    }

    /// The position the ledger knows, in units; negative when short.
    fn position(&self, symbol: &str) -> PyResult<f64> {
        let session = self.lock();
        let id = session.instrument(symbol)?;
        Ok(session.instruments[id.index()].quantity(session.positions[id.index()]))
    }

    /// The local time, ns since the epoch.
    #[getter]
    fn now(&self) -> Ts {
        self.lock().now
    }

    /// Whether the run's start date is still ahead: orders would be refused.
    #[getter]
    fn warming_up(&self) -> bool {
        self.lock().warming_up
    }

    /// The symbols of the run.
    #[getter]
    fn symbols(&self) -> Vec<String> {
        self.lock().symbols.iter().map(|(symbol, _)| symbol.clone()).collect()
    }

    fn _subscribe_bars(&self, timeframe: i64) {
        self.lock().requests.push(Request::Bars(timeframe));
    }

    fn _set_timer(&self, name: String, at: Option<Ts>, every: i64) {
        let mut session = self.lock();
        let id = session.timers.iter().position(|known| *known == name).unwrap_or_else(|| {
            session.timers.push(name);
            session.timers.len() - 1
        });
        let at = at.unwrap_or(session.now.saturating_add(every));
        session.requests.push(Request::Timer { id: id as u64, at, every });
    }

    fn _cancel_timer(&self, name: &str) {
        let mut session = self.lock();
        if let Some(id) = session.timers.iter().position(|known| known == name) {
            session.requests.push(Request::CancelTimer(id as u64));
        }
    }
}

/// The callbacks that a strategy's class defines itself; the others are never called.
#[derive(Default)]
struct Callbacks {
    on_start: Option<Py<PyAny>>,
    on_quote: Option<Py<PyAny>>,
    on_trade: Option<Py<PyAny>>,
    on_bar: Option<Py<PyAny>>,
    on_order: Option<Py<PyAny>>,
    on_fill: Option<Py<PyAny>>,
    on_timer: Option<Py<PyAny>>,
    on_stop: Option<Py<PyAny>>,
}

/// What went wrong inside a strategy.
pub(crate) struct Failure {
    /// What it raised.
    pub(crate) error: PyErr,
    /// What it was told.
    pub(crate) event: Py<PyAny>,
    /// When.
    pub(crate) ts: Ts,
}

/// Runs a Python strategy object. It takes the GIL for each call.
pub(crate) struct PyStrategy {
    base: Py<StrategyBase>,
    callbacks: Callbacks,
    words: Words,
    instruments: Arc<[Instrument]>,
    pub(crate) failure: Option<Failure>,
}

impl Drop for PyStrategy {
    fn drop(&mut self) {
        // After its run a strategy has no market to send orders to.
        *self.base.get().lock() = Session::default();
    }
}

impl PyStrategy {
    pub(crate) fn new(strategy: &Bound<'_, StrategyBase>, instruments: &[Instrument]) -> PyResult<Self> {
        let py = strategy.py();
        let root = py.import("baconalgo.strategy")?.getattr("Strategy")?;
        let class: Bound<'_, PyType> = strategy.get_type();
        let own = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            let attribute = strategy.getattr(name)?;
            let inherited =
                class.getattr(name)?.is(&root.getattr(name)?) && !strategy.getattr("__dict__")?.contains(name)?;
            Ok((!inherited).then(|| attribute.unbind()))
        };
        let callbacks = Callbacks {
            on_start: own("on_start")?,
            on_quote: own("on_quote")?,
            on_trade: own("on_trade")?,
            on_bar: own("on_bar")?,
            on_order: own("on_order")?,
            on_fill: own("on_fill")?,
            on_timer: own("on_timer")?,
            on_stop: own("on_stop")?,
        };
        if !strategy.get().lock().symbols.is_empty() {
            let rule = "must not be running";
            return Err(to_py_err(Error::new(ErrorKind::Engine, 8001, "strategy", rule, "running")));
        }
        let instruments: Arc<[Instrument]> = instruments.into();
        let ids = (0..).map(InstrumentId);
        *strategy.get().lock() = Session {
            symbols: instruments.iter().map(|i| i.symbol().to_owned()).zip(ids).collect(),
            positions: vec![Qty(0); instruments.len()],
            instruments: Arc::clone(&instruments),
            ..Session::default()
        };
        let words = Words::new(py, &instruments)?;
        Ok(Self { base: strategy.clone().unbind(), callbacks, words, instruments, failure: None })
    }

    /// Calls back with what `event` makes, then takes over what the strategy asked for.
    fn call<'py>(
        &mut self,
        py: Python<'py>,
        context: &mut Context<'_>,
        callback: impl FnOnce(&Callbacks) -> Option<&Py<PyAny>>,
        event: impl FnOnce(&Self) -> PyResult<Bound<'py, PyAny>>,
    ) -> Result<(), Error> {
        let Some(callback) = callback(&self.callbacks) else { return Ok(()) };
        {
            let mut session = self.base.get().lock();
            session.now = context.now;
            session.warming_up = context.warming_up;
            // Others may have sent orders in between.
            session.next_order = context.peek_order_id().0 - 1;
        }
        let told = event(self);
        let outcome = match &told {
            Ok(told) if told.is_none() => callback.bind(py).call0(),
            Ok(told) => callback.bind(py).call1((told,)),
            Err(error) => Err(error.clone_ref(py)),
        };
        self.take_over(context);
        outcome.map(drop).map_err(|error| {
            let parameter = "strategy";
            let value = error.to_string();
            let event = told.map_or_else(|_| py.None(), Bound::unbind);
            self.failure = Some(Failure { error, event, ts: context.now });
            Error::new(ErrorKind::Strategy, 1101, parameter, "must not raise", value)
        })
    }

    fn take_over(&self, context: &mut Context<'_>) {
        let mut session = self.base.get().lock();
        for command in session.commands.drain(..) {
            if matches!(command, Command::Submit(_)) {
                // The engine's counter keeps step with the session's.
                context.next_order_id();
            }
            context.command(command);
        }
        for request in session.requests.drain(..) {
            context.request(request);
        }
    }
}

fn object<'py, T: PyClass + Into<PyClassInitializer<T>>>(py: Python<'py>, value: T) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(py, value)?.into_any())
}

impl Strategy for PyStrategy {
    fn add_instrument(&mut self, instrument: &Instrument) {
        let instruments: Arc<[Instrument]> = self.instruments.iter().chain([instrument]).cloned().collect();
        let mut session = self.base.get().lock();
        let id = InstrumentId(session.symbols.len() as u32);
        session.symbols.push((instrument.symbol().to_owned(), id));
        session.positions.push(Qty(0));
        session.instruments = Arc::clone(&instruments);
        drop(session);
        self.instruments = instruments;
        Python::attach(|py| self.words.add_symbol(py, instrument.symbol()));
    }

    fn on_start(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| self.call(py, context, |c| c.on_start.as_ref(), |_| Ok(py.None().into_bound(py))))
    }

    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| {
            let index = event.instrument.index();
            let times = (event.ts_event, event.ts_recv);
            let (quote, trade, bar) = match &event.record {
                Record::Quote(quote) => (Some(quote), None, None),
                Record::Tick(quote, trade) => (Some(quote), Some(trade), None),
                Record::Trade(trade) => (None, Some(trade), None),
                Record::Bar(bar) => (None, None, Some(bar)),
            };
            if let Some(quote) = quote {
                let make = |s: &Self| object(py, Quote::of(py, &s.words, index, &s.instruments[index], quote, times));
                self.call(py, context, |c| c.on_quote.as_ref(), make)?;
            }
            if let Some(trade) = trade {
                let make = |s: &Self| object(py, Trade::of(py, &s.words, index, &s.instruments[index], trade, times));
                self.call(py, context, |c| c.on_trade.as_ref(), make)?;
            }
            if let Some(bar) = bar {
                let make = |s: &Self| object(py, Bar::of(py, &s.words, index, &s.instruments[index], bar));
                self.call(py, context, |c| c.on_bar.as_ref(), make)?;
            }
            Ok(())
        })
    }

    fn on_bar(&mut self, bar: &BuiltBar, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| {
            self.call(py, context, |c| c.on_bar.as_ref(), |s| object(py, Bar::built(py, &s.words, bar)))
        })
    }

    fn on_report(&mut self, report: &Report, order: &CoreOrder, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| {
            let request = &order.request;
            if order.status.is_closed() {
                self.base.get().lock().open.remove(&request.id);
            }
            if let ReportKind::Filled { px, qty, fee, liquidity } = report.kind {
                self.base.get().lock().positions[request.instrument.index()] = context.position(request.instrument);
                let (ts_event, ts_recv) = (report.ts_event, report.ts_recv);
                let (order, instrument, side) = (report.order, request.instrument, request.side);
                let fill = CoreFill { order, instrument, side, px, qty, fee, liquidity, ts_event, ts_recv };
                let make = |s: &Self| object(py, Fill::of(py, &s.words, &s.instruments, &fill));
                self.call(py, context, |c| c.on_fill.as_ref(), make)?;
            }
            let make = |s: &Self| object(py, Order::of(py, &s.words, &s.instruments, order));
            self.call(py, context, |c| c.on_order.as_ref(), make)
        })
    }

    fn on_timer(&mut self, id: u64, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| {
            let name = self.base.get().lock().timers.get(id as usize).cloned().unwrap_or_default();
            self.call(py, context, |c| c.on_timer.as_ref(), |_| Ok(PyString::new(py, &name).into_any()))
        })
    }

    fn on_stop(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        Python::attach(|py| self.call(py, context, |c| c.on_stop.as_ref(), |_| Ok(py.None().into_bound(py))))
    }
}
