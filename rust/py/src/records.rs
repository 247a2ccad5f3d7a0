//! What a Python strategy is told: market data records, orders and fills.

use baconalgo_core::event::{Bar as CoreBar, Body, Quote as CoreQuote, Trade as CoreTrade};
use baconalgo_core::order::{Fill as CoreFill, Liquidity, Order as CoreOrder, OrderStatus, OrderType, TimeInForce};
use baconalgo_core::strategy::BuiltBar;
use baconalgo_core::types::{Instrument, MaybePx, MaybeQty, NEVER, Px, Side, Ts};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::messages::fields::{Field, Fields, record_methods};
use crate::messages::{LIQUIDITIES, OrderNumber, SIDES, Time, side_of};

/// Python objects that are made once: symbols, and the members of the package's enums.
pub(crate) struct Words {
    pub(crate) symbols: Vec<Py<PyString>>,
    sides: [Py<PyAny>; 2],
    order_types: Vec<Py<PyAny>>,
    times_in_force: Vec<Py<PyAny>>,
    statuses: Vec<Py<PyAny>>,
    liquidities: Vec<Py<PyAny>>,
}

impl Words {
    /// One symbol more, the next by number.
    pub(crate) fn add_symbol(&mut self, py: Python<'_>, symbol: &str) {
        self.symbols.push(PyString::intern(py, symbol).unbind());
    }

    pub(crate) fn new(py: Python<'_>, instruments: &[Instrument]) -> PyResult<Self> {
        let enums = py.import("baconalgo.enums")?;
        let members = |class: &str, names: &[&str]| -> PyResult<Vec<Py<PyAny>>> {
            let class = enums.getattr(class)?;
            names.iter().map(|name| Ok(class.getattr(*name)?.unbind())).collect()
        };
        let side = enums.getattr("Side")?;
        Ok(Self {
            symbols: instruments.iter().map(|i| PyString::intern(py, i.symbol()).unbind()).collect(),
            sides: [side.getattr("BUY")?.unbind(), side.getattr("SELL")?.unbind()],
            order_types: members("OrderType", &["MARKET", "LIMIT", "STOP", "STOP_LIMIT"])?,
            times_in_force: members("TimeInForce", &["GTC", "IOC", "FOK", "DAY"])?,
            statuses: members(
                "OrderStatus",
                &["PENDING", "SUBMITTED", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED", "UNKNOWN"],
            )?,
            liquidities: members("Liquidity", &["TAKER", "MAKER"])?,
        })
    }

    fn side(&self, py: Python<'_>, side: Side) -> Py<PyAny> {
        self.sides[usize::from(side == Side::Sell)].clone_ref(py)
    }

    fn order_type(&self, py: Python<'_>, order_type: OrderType) -> Py<PyAny> {
        self.order_types[order_type as usize].clone_ref(py)
    }

    fn time_in_force(&self, py: Python<'_>, time_in_force: TimeInForce) -> Py<PyAny> {
        self.times_in_force[time_in_force as usize].clone_ref(py)
    }

    fn status(&self, py: Python<'_>, status: OrderStatus) -> Py<PyAny> {
        self.statuses[status as usize].clone_ref(py)
    }

    fn liquidity(&self, py: Python<'_>, liquidity: Liquidity) -> Py<PyAny> {
        self.liquidities[liquidity as usize].clone_ref(py)
    }
}

fn price(instrument: &Instrument, px: MaybePx) -> f64 {
    px.get().map_or(f64::NAN, |px| instrument.price(px))
}

fn quantity(instrument: &Instrument, qty: MaybeQty) -> f64 {
    qty.get().map_or(f64::NAN, |qty| instrument.quantity(qty))
}

/// The text of a float as Python writes it.
fn text(value: f64) -> String {
    format!("{value:?}")
}

/// Best bid and ask. A side or size that is absent is NaN.
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct Quote {
    symbol: Py<PyString>,
    ts_event: Ts,
    ts_recv: Ts,
    bid: f64,
    ask: f64,
    bid_size: f64,
    ask_size: f64,
}

record_methods!(Quote {
    #[new]
    #[pyo3(signature = (symbol, ts_event, ts_recv, bid, ask, bid_size=f64::NAN, ask_size=f64::NAN))]
    fn new(
        symbol: Py<PyString>,
        ts_event: Time,
        ts_recv: Time,
        bid: f64,
        ask: f64,
        bid_size: f64,
        ask_size: f64,
    ) -> Self {
        Self::from_parts(symbol, (ts_event.0, ts_recv.0), bid, ask, bid_size, ask_size)
    }

    /// Halfway between bid and ask.
    #[getter]
    fn mid(&self) -> f64 {
        (self.bid + self.ask) * 0.5
    }
});

impl Fields for Quote {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", Field::Text(self.symbol.clone_ref(py))),
            ("ts_event", Field::Whole(self.ts_event.into())),
            ("ts_recv", Field::Whole(self.ts_recv.into())),
            ("bid", Field::Number(self.bid)),
            ("ask", Field::Number(self.ask)),
            ("bid_size", Field::Number(self.bid_size)),
            ("ask_size", Field::Number(self.ask_size)),
        ]
    }
}

impl Quote {
    pub(crate) fn from_parts(
        symbol: Py<PyString>,
        times: (Ts, Ts),
        bid: f64,
        ask: f64,
        bid_size: f64,
        ask_size: f64,
    ) -> Self {
        Self { symbol, ts_event: times.0, ts_recv: times.1, bid, ask, bid_size, ask_size }
    }

    pub(crate) fn symbol(&self) -> &Py<PyString> {
        &self.symbol
    }

    pub(crate) fn body(&self) -> Body {
        let Self { ts_event, ts_recv, bid, ask, bid_size, ask_size, .. } = *self;
        Body::Quote { ts_event, ts_recv, bid, ask, bid_size, ask_size }
    }

    pub(crate) fn of(
        py: Python<'_>,
        words: &Words,
        index: usize,
        instrument: &Instrument,
        quote: &CoreQuote,
        times: (Ts, Ts),
    ) -> Self {
        Self {
            symbol: words.symbols[index].clone_ref(py),
            ts_event: times.0,
            ts_recv: times.1,
            bid: price(instrument, quote.bid),
            ask: price(instrument, quote.ask),
            bid_size: quantity(instrument, quote.bid_qty),
            ask_size: quantity(instrument, quote.ask_qty),
        }
    }
}

/// A trade. A size that is absent is NaN, an aggressor's side that is absent None.
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct Trade {
    symbol: Py<PyString>,
    ts_event: Ts,
    ts_recv: Ts,
    price: f64,
    quantity: f64,
    side: Option<Py<PyAny>>,
}

record_methods!(Trade {
    #[new]
    #[pyo3(signature = (symbol, ts_event, ts_recv, price, quantity=f64::NAN, side=None))]
    fn new(
        symbol: Py<PyString>,
        ts_event: Time,
        ts_recv: Time,
        price: f64,
        quantity: f64,
        side: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let member = |side: &Bound<'_, PyAny>| SIDES.member(side.py(), SIDES.number("side", side)?);
        let side = side.map(member).transpose()?;
        Ok(Self::from_parts(symbol, ts_event.0, ts_recv.0, price, quantity, side))
    }
});

impl Fields for Trade {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", Field::Text(self.symbol.clone_ref(py))),
            ("ts_event", Field::Whole(self.ts_event.into())),
            ("ts_recv", Field::Whole(self.ts_recv.into())),
            ("price", Field::Number(self.price)),
            ("quantity", Field::Number(self.quantity)),
            ("side", self.side.as_ref().map_or(Field::Nothing, |side| Field::Choice(side.clone_ref(py)))),
        ]
    }
}

impl Trade {
    pub(crate) fn from_parts(
        symbol: Py<PyString>,
        ts_event: Ts,
        ts_recv: Ts,
        price: f64,
        quantity: f64,
        side: Option<Py<PyAny>>,
    ) -> Self {
        Self { symbol, ts_event, ts_recv, price, quantity, side }
    }

    pub(crate) fn symbol(&self) -> &Py<PyString> {
        &self.symbol
    }

    pub(crate) fn body(&self, py: Python<'_>) -> PyResult<Body> {
        let Self { ts_event, ts_recv, price, quantity, .. } = *self;
        let side = self.side.as_ref().map(|side| SIDES.number("side", side.bind(py))).transpose()?.map(side_of);
        Ok(Body::Trade { ts_event, ts_recv, price, quantity, side })
    }

    pub(crate) fn of(
        py: Python<'_>,
        words: &Words,
        index: usize,
        instrument: &Instrument,
        trade: &CoreTrade,
        times: (Ts, Ts),
    ) -> Self {
        Self {
            symbol: words.symbols[index].clone_ref(py),
            ts_event: times.0,
            ts_recv: times.1,
            price: instrument.price(trade.px),
            quantity: quantity(instrument, trade.qty),
            side: trade.side.map(|side| words.side(py, side)),
        }
    }
}

/// A bar over [ts, ts + timeframe); volume is NaN where the data has none.
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct Bar {
    symbol: Py<PyString>,
    ts: Ts,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    /// Length of the interval, ns.
    timeframe: i64,
}

record_methods!(Bar {
    #[new]
    #[pyo3(signature = (symbol, ts, open, high, low, close, volume=f64::NAN, timeframe=0))]
    #[expect(clippy::too_many_arguments, reason = "a record has its fields")]
    fn new(
        symbol: Py<PyString>,
        ts: Time,
        open: f64,
        high: f64,
        low: f64,
        close: f64,
        volume: f64,
        timeframe: i64,
    ) -> Self {
        Self::from_parts(symbol, ts.0, [open, high, low, close], volume, timeframe)
    }
});

impl Fields for Bar {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("symbol", Field::Text(self.symbol.clone_ref(py))),
            ("ts", Field::Whole(self.ts.into())),
            ("open", Field::Number(self.open)),
            ("high", Field::Number(self.high)),
            ("low", Field::Number(self.low)),
            ("close", Field::Number(self.close)),
            ("volume", Field::Number(self.volume)),
            ("timeframe", Field::Whole(self.timeframe.into())),
        ]
    }
}

impl Bar {
    pub(crate) fn from_parts(symbol: Py<PyString>, ts: Ts, prices: [f64; 4], volume: f64, timeframe: i64) -> Self {
        let [open, high, low, close] = prices;
        Self { symbol, ts, open, high, low, close, volume, timeframe }
    }

    pub(crate) fn symbol(&self) -> &Py<PyString> {
        &self.symbol
    }

    pub(crate) fn body(&self) -> Body {
        let Self { ts, timeframe, open, high, low, close, volume, .. } = *self;
        Body::Bar { ts, timeframe, open, high, low, close, volume }
    }

    pub(crate) fn of(py: Python<'_>, words: &Words, index: usize, instrument: &Instrument, bar: &CoreBar) -> Self {
        Self {
            symbol: words.symbols[index].clone_ref(py),
            ts: bar.ts_open,
            open: instrument.price(bar.open),
            high: instrument.price(bar.high),
            low: instrument.price(bar.low),
            close: instrument.price(bar.close),
            volume: quantity(instrument, bar.volume),
            timeframe: bar.ts_close - bar.ts_open,
        }
    }

    pub(crate) fn built(py: Python<'_>, words: &Words, bar: &BuiltBar) -> Self {
        Self {
            symbol: words.symbols[bar.instrument.index()].clone_ref(py),
            ts: bar.ts_open,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
            timeframe: bar.timeframe,
        }
    }
}

/// An order as the engine knows it.
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct Order {
    order_id: u64,
    symbol: Option<Py<PyString>>,
    side: Py<PyAny>,
    order_type: Py<PyAny>,
    time_in_force: Py<PyAny>,
    quantity: f64,
    price: Option<f64>,
    stop_price: Option<f64>,
    status: Py<PyAny>,
    filled_quantity: f64,
    average_price: Option<f64>,
    reject_code: Option<u16>,
    reject_reason: Option<&'static str>,
    ts_submitted: Ts,
    ts_closed: Option<Ts>,
}

#[pymethods]
impl Order {
    fn __repr__(&self, py: Python<'_>) -> String {
        let symbol = self.symbol.as_ref().map_or_else(|| "None".into(), |symbol| format!("'{}'", symbol.bind(py)));
        format!(
            "Order(order_id={}, symbol={symbol}, side={}, order_type={}, quantity={}, status={}, filled_quantity={})",
            self.order_id,
            self.side.bind(py),
            self.order_type.bind(py),
            text(self.quantity),
            self.status.bind(py),
            text(self.filled_quantity)
        )
    }
}

impl Order {
    pub(crate) fn of(py: Python<'_>, words: &Words, instruments: &[Instrument], order: &CoreOrder) -> Self {
        let request = &order.request;
        let instrument = instruments.get(request.instrument.index());
        let price = |px: Option<Px>| instrument.zip(px).map(|(instrument, px)| instrument.price(px));
        let quantity = |qty| instrument.map_or(f64::NAN, |instrument| instrument.quantity(qty));
        let average = instrument
            .filter(|_| order.filled.0 > 0)
            .map(|instrument| instrument.average_price(order.filled_value, order.filled.0));
        Self {
            order_id: request.id.0,
            symbol: words.symbols.get(request.instrument.index()).map(|symbol| symbol.clone_ref(py)),
            side: words.side(py, request.side),
            order_type: words.order_type(py, request.order_type),
            time_in_force: words.time_in_force(py, request.time_in_force),
            quantity: quantity(request.qty),
            price: price(request.limit),
            stop_price: price(request.stop),
            status: words.status(py, order.status),
            filled_quantity: quantity(order.filled),
            average_price: average,
            reject_code: order.reject.map(baconalgo_core::order::Reject::code),
            reject_reason: order.reject.map(baconalgo_core::order::Reject::reason),
            ts_submitted: order.ts_submitted,
            ts_closed: (order.ts_closed != NEVER).then_some(order.ts_closed),
        }
    }
}

/// A fill.
#[pyclass(frozen, get_all, module = "baconalgo._core")]
pub(crate) struct Fill {
    order_id: u64,
    symbol: Py<PyString>,
    side: Py<PyAny>,
    quantity: f64,
    price: f64,
    fee: f64,
    liquidity: Py<PyAny>,
    ts_event: Ts,
    ts_recv: Ts,
}

record_methods!(Fill {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "a record has its fields")]
    fn new(
        order_id: OrderNumber,
        symbol: Py<PyString>,
        side: &Bound<'_, PyAny>,
        quantity: f64,
        price: f64,
        fee: f64,
        liquidity: &Bound<'_, PyAny>,
        ts_event: Time,
        ts_recv: Time,
    ) -> PyResult<Self> {
        let py = side.py();
        let side = SIDES.member(py, SIDES.number("side", side)?)?;
        let liquidity = LIQUIDITIES.member(py, LIQUIDITIES.number("liquidity", liquidity)?)?;
        Ok(Self::from_parts(order_id.0, symbol, (side, liquidity), [quantity, price, fee], (ts_event.0, ts_recv.0)))
    }
});

impl Fields for Fill {
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)> {
        vec![
            ("order_id", Field::Whole(self.order_id.into())),
            ("symbol", Field::Text(self.symbol.clone_ref(py))),
            ("side", Field::Choice(self.side.clone_ref(py))),
            ("quantity", Field::Number(self.quantity)),
            ("price", Field::Number(self.price)),
            ("fee", Field::Number(self.fee)),
            ("liquidity", Field::Choice(self.liquidity.clone_ref(py))),
            ("ts_event", Field::Whole(self.ts_event.into())),
            ("ts_recv", Field::Whole(self.ts_recv.into())),
        ]
    }
}

impl Fill {
    pub(crate) fn from_parts(
        order_id: u64,
        symbol: Py<PyString>,
        words: (Py<PyAny>, Py<PyAny>),
        amounts: [f64; 3],
        times: (Ts, Ts),
    ) -> Self {
        let ((side, liquidity), [quantity, price, fee], (ts_event, ts_recv)) = (words, amounts, times);
        Self { order_id, symbol, side, quantity, price, fee, liquidity, ts_event, ts_recv }
    }

    pub(crate) fn symbol(&self) -> &Py<PyString> {
        &self.symbol
    }

    pub(crate) fn body(&self, py: Python<'_>) -> PyResult<Body> {
        let Self { order_id, quantity, price, fee, ts_event, ts_recv, .. } = *self;
        let side = side_of(SIDES.number("side", self.side.bind(py))?);
        let liquidity = LIQUIDITIES.number("liquidity", self.liquidity.bind(py))?;
        Ok(Body::Fill { order_id, side, liquidity, price, quantity, fee, ts_event, ts_recv })
    }

    pub(crate) fn of(py: Python<'_>, words: &Words, instruments: &[Instrument], fill: &CoreFill) -> Self {
        let instrument = &instruments[fill.instrument.index()];
        Self {
            order_id: fill.order.0,
            symbol: words.symbols[fill.instrument.index()].clone_ref(py),
            side: words.side(py, fill.side),
            quantity: instrument.quantity(fill.qty),
            price: instrument.price(fill.px),
            fee: baconalgo_core::types::money_to_f64(fill.fee),
            liquidity: words.liquidity(py, fill.liquidity),
            ts_event: fill.ts_event,
            ts_recv: fill.ts_recv,
        }
    }
}
