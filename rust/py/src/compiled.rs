//! Strategies compiled to machine code: a function pointer that is called with plain records.
//!
//! # Rationale
//! The layout of the records is fixed here; Python declares the same as NumPy dtypes, and
//! [`CompiledFunction`] refuses to be made unless every offset and size agrees. The state lives in a
//! buffer of ours; the object that owns the machine code is kept for as long as it may be called.

use std::ops::Range;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Block, Event, Quote, Record, Trade};
use baconalgo_core::order::{Command, NewOrder, OrderType, Reject, ReplaceOrder, TimeInForce};
use baconalgo_core::strategy::{Context, Strategy};
use baconalgo_core::types::{Instrument, InstrumentId, OrderId, Px, Qty, Side};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

mod columns;

use crate::errors::to_py_err;
use columns::{ColumnsRecord, columns_fields, sides};

/// Orders that one call can write.
pub(crate) const CAPACITY: usize = 64;

/// What a compiled strategy sees; numbers that the record does not have are NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRecord {
    ts_event: i64,
    ts_recv: i64,
    now: i64,
    /// The id that the first order of this call will get; the next ones count up.
    next_order_id: u64,
    instrument: u32,
    /// 0 quote, 1 tick, 2 trade, 3 bar.
    kind: u8,
    /// Aggressor of a trade: 1 buy, -1 sell, 0 unknown.
    side: i8,
    pad: u16,
    close: f64,
    price: f64,
    quantity: f64,
    bid: f64,
    ask: f64,
    bid_size: f64,
    ask_size: f64,
    open: f64,
    high: f64,
    low: f64,
    volume: f64,
    position: f64,
    working: f64,
}

/// What a compiled strategy writes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderRecord {
    /// 0 market, 1 limit, 2 stop, 3 stop-limit, 4 cancel, 5 replace.
    kind: u8,
    /// 1 buy, -1 sell.
    side: i8,
    /// 0 GTC, 1 IOC, 2 FOK, 3 DAY.
    time_in_force: u8,
    pad: u8,
    instrument: u32,
    quantity: f64,
    price: f64,
    stop_price: f64,
    /// The order to cancel or replace.
    order_id: u64,
}

const NO_ORDER: OrderRecord = OrderRecord {
    kind: 0,
    side: 0,
    time_in_force: 0,
    pad: 0,
    instrument: 0,
    quantity: f64::NAN,
    price: f64::NAN,
    stop_price: f64::NAN,
    order_id: 0,
};

impl EventRecord {
    const fn of_kind(kind: u8) -> Self {
        let none = f64::NAN;
        Self {
            ts_event: 0,
            ts_recv: 0,
            now: 0,
            next_order_id: 0,
            instrument: 0,
            kind,
            side: 0,
            pad: 0,
            close: none,
            price: none,
            quantity: none,
            bid: none,
            ask: none,
            bid_size: none,
            ask_size: none,
            open: none,
            high: none,
            low: none,
            volume: none,
            position: 0.0,
            working: 0.0,
        }
    }

    #[inline(always)]
    fn quote(&mut self, quote: &Quote, instrument: &Instrument) {
        let price = |px: Option<Px>| px.map_or(f64::NAN, |px| instrument.price(px));
        let size = |qty: Option<Qty>| qty.map_or(f64::NAN, |qty| instrument.quantity(qty));
        self.bid = price(quote.bid.get());
        self.ask = price(quote.ask.get());
        self.bid_size = size(quote.bid_qty.get());
        self.ask_size = size(quote.ask_qty.get());
    }

    #[inline(always)]
    fn trade(&mut self, trade: &Trade, instrument: &Instrument) {
        self.price = instrument.price(trade.px);
        self.close = self.price;
        self.quantity = trade.qty.get().map_or(f64::NAN, |qty| instrument.quantity(qty));
        self.side = trade.side.map_or(0, |side| side as i8);
    }
}

/// A field of a record: its name, offset and size.
type Field = (String, usize, usize);

macro_rules! layout {
    ($record:ident: $($field:ident $kind:ty),* $(,)?) => {
        vec![$((stringify!($field).to_owned(), std::mem::offset_of!($record, $field), size_of::<$kind>())),*]
    };
}
use layout;

fn event_fields() -> Vec<Field> {
    layout!(EventRecord: ts_event i64, ts_recv i64, now i64, next_order_id u64, instrument u32, kind u8, side i8,
        close f64, price f64, quantity f64, bid f64, ask f64, bid_size f64, ask_size f64, open f64, high f64,
        low f64, volume f64, position f64, working f64)
}

fn order_fields() -> Vec<Field> {
    layout!(OrderRecord: kind u8, side i8, time_in_force u8, instrument u32, quantity f64, price f64,
        stop_price f64, order_id u64)
}

fn check_layout(name: &str, ours: &[Field], size: usize, theirs: &[Field], their_size: usize) -> Result<(), Error> {
    if ours == theirs && size == their_size {
        return Ok(());
    }
    let rule = format!("must be laid out as {ours:?} in {size} bytes");
    Err(Error::new(ErrorKind::Config, 8001, name, rule, format!("{theirs:?} in {their_size} bytes")))
}

type Callback = unsafe extern "C" fn(*const EventRecord, *mut u8, *mut OrderRecord, i64) -> i64;

/// The same over rows of columns from one on up to another: a copy of the event is filled from each. Gives the row after
/// which orders were written or the function failed, and leaves in the last argument what it returned; else the end.
type Stretch = unsafe extern "C" fn(
    *const EventRecord,
    *mut u8,
    *mut OrderRecord,
    *const ColumnsRecord,
    i64,
    i64,
    *mut i64,
) -> i64;

/// Memory for the state of a strategy, aligned for anything.
#[derive(Clone, Debug)]
struct StateBuffer {
    words: Vec<u128>,
    size: usize,
}

impl StateBuffer {
    fn new(bytes: &[u8]) -> Self {
        let word = |chunk: &[u8]| {
            let mut word = [0; 16];
            word[..chunk.len()].copy_from_slice(chunk);
            u128::from_ne_bytes(word)
        };
        Self { words: bytes.chunks(16).map(word).collect(), size: bytes.len() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        bytes.truncate(self.size);
        bytes
    }
}

/// A compiled function and what it is called with.
struct Call {
    name: String,
    function: Callback,
    stretch: Stretch,
    /// Owns the machine code behind both.
    _owner: Py<PyAny>,
    state: StateBuffer,
    event: EventRecord,
    orders: Box<[OrderRecord; CAPACITY]>,
}

impl Call {
    /// Calls with `self.event`; gives the orders it wrote.
    #[inline]
    #[expect(unsafe_code, reason = "calls machine code that Python compiled")]
    fn call(&mut self) -> Result<usize, Error> {
        let state = self.state.words.as_mut_ptr().cast::<u8>();
        // SAFETY: `function` is alive as `_owner` is; its signature is `Callback`'s and the layout of the
        // records is the one it was compiled for (both settled when the `CompiledFunction` was made); the
        // three pointers are to live, aligned memory of ours that nothing else refers to during the call;
        // compiled code checks the bounds of `orders` against `CAPACITY`, which is its length.
        let count = unsafe { (self.function)(&raw const self.event, state, self.orders.as_mut_ptr(), CAPACITY as i64) };
        self.written(count)
    }

    /// Calls for rows of columns, with `self.event` for all that they do not say; gives the row that it ended with and
    /// the orders written there, or the end.
    #[inline]
    #[expect(unsafe_code, reason = "calls machine code that Python compiled")]
    fn call_each(
        &mut self,
        columns: &ColumnsRecord,
        block: &Block,
        rows: Range<usize>,
    ) -> (usize, Result<usize, Error>) {
        assert!(rows.end <= block.len(), "Invariant: the rows are those of the block");
        let state = self.state.words.as_mut_ptr().cast::<u8>();
        let (first, end, mut count) = (rows.start as i64, rows.end as i64, 0);
        // SAFETY: as in `call`; besides, `columns` was made of `block`, whose columns are alive and have all rows up to
        // `end`, and no others are read; the signature and the layout of the columns are part of what was settled.
        let row = unsafe {
            (self.stretch)(&raw const self.event, state, self.orders.as_mut_ptr(), columns, first, end, &raw mut count)
        };
        let row = usize::try_from(row).map_or(rows.end, |row| row.clamp(rows.start, rows.end));
        if let Some(ts) = block.ts_event.get(row) {
            self.event.ts_event = *ts;
        }
        (row, self.written(count))
    }

    #[inline]
    fn written(&self, count: i64) -> Result<usize, Error> {
        match usize::try_from(count) {
            Ok(count) if count <= CAPACITY => Ok(count),
            _ => Err(self.fault(count)),
        }
    }

    #[cold]
    fn fault(&self, count: i64) -> Error {
        let (rule, value) = if count == -1 {
            ("must not raise (an index outside an array counts)", "an exception".to_owned())
        } else {
            ("must return how many orders it wrote, 0 to 64", count.to_string())
        };
        let value = format!("{value} (ts_event {})", self.event.ts_event);
        Error::new(ErrorKind::Strategy, 1101, &*self.name, rule, value)
    }
}

/// A strategy in machine code.
pub(crate) struct CompiledStrategy {
    call: Call,
    /// Instrument, position and working lots that stand in the record as floats.
    held: Option<(InstrumentId, Qty, Qty)>,
    /// The aggressors of the trades of the block at hand, by input.
    sides: Vec<Vec<i8>>,
}

impl CompiledStrategy {
    #[inline]
    fn load(&mut self, event: &Event, context: &Context<'_>) {
        let instrument = &context.instruments[event.instrument.index()];
        let kind = match event.record {
            Record::Quote(_) => 0,
            Record::Tick(..) => 1,
            Record::Trade(_) => 2,
            Record::Bar(_) => 3,
        };
        let record = &mut self.call.event;
        if record.kind != kind {
            *record = EventRecord::of_kind(kind);
            self.held = None;
        }
        record.ts_event = event.ts_event;
        record.ts_recv = event.ts_recv;
        record.now = context.now;
        record.next_order_id = context.peek_order_id().0;
        record.instrument = event.instrument.0;
        match &event.record {
            Record::Quote(quote) => {
                record.quote(quote, instrument);
                record.close = (record.bid + record.ask) * 0.5;
            }
            Record::Tick(quote, trade) => {
                record.quote(quote, instrument);
                record.trade(trade, instrument);
            }
            Record::Trade(trade) => record.trade(trade, instrument),
            Record::Bar(bar) => {
                record.open = instrument.price(bar.open);
                record.high = instrument.price(bar.high);
                record.low = instrument.price(bar.low);
                record.close = instrument.price(bar.close);
                record.volume = bar.volume.get().map_or(f64::NAN, |qty| instrument.quantity(qty));
            }
        }
        let held = (event.instrument, context.position(event.instrument), context.working(event.instrument));
        if self.held != Some(held) {
            record.position = instrument.quantity(held.1);
            record.working = instrument.quantity(held.2);
            self.held = Some(held);
        }
    }

    #[cold]
    fn submit(&mut self, count: usize, context: &mut Context<'_>) -> Result<(), Error> {
        for place in 0..count {
            let order = std::mem::replace(&mut self.call.orders[place], NO_ORDER);
            let command = command(&order, place, context)?;
            context.command(command);
        }
        Ok(())
    }
}

impl Strategy for CompiledStrategy {
    const WATCHES_ORDERS: bool = false;
    const SEES_STRETCHES: bool = true;

    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.load(event, context);
        match self.call.call()? {
            0 => Ok(()),
            count => self.submit(count, context),
        }
    }

    fn prepare(&mut self, input: usize, block: &mut Block, _instruments: &[Instrument]) -> Result<(), Error> {
        if self.sides.len() <= input {
            self.sides.resize_with(input + 1, Vec::new);
        }
        sides(block, &mut self.sides[input]);
        Ok(())
    }

    fn on_rows(
        &mut self,
        input: usize,
        block: &Block,
        instrument: InstrumentId,
        rows: Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        let instrument = &context.instruments[instrument.index()];
        let Some(columns) = ColumnsRecord::of(block, &self.sides[input], instrument) else {
            return self.on_others(block, rows, context);
        };
        // All that stays as it is until something is asked for.
        self.load(&block.event(rows.start, 0), context);
        let (row, outcome) = self.call.call_each(&columns, block, rows);
        if matches!(outcome, Ok(0)) {
            return (row, Ok(()));
        }
        context.now = block.known(row);
        (row, outcome.and_then(|count| self.submit(count, context)))
    }
}

impl CompiledStrategy {
    fn on_others(
        &mut self,
        block: &Block,
        rows: Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        for row in rows.clone() {
            let event = block.event(row, 0);
            context.now = event.ts_recv;
            let outcome = self.on_event(&event, context);
            if outcome.is_err() || context.has_asked() {
                return (row, outcome);
            }
        }
        (rows.end, Ok(()))
    }
}

/// What an order record asks for. Off the lot or off the tick is a refusal; a record that says nothing
/// that could be an order is the strategy's fault.
fn command(order: &OrderRecord, place: usize, context: &mut Context<'_>) -> Result<Command, Error> {
    let fault = |field: &str, rule: String, value: f64| {
        Error::new(ErrorKind::Strategy, 1001, format!("orders[{place}].{field}"), rule, value)
    };
    let order_type = match order.kind {
        0 => OrderType::Market,
        1 => OrderType::Limit,
        2 => OrderType::Stop,
        3 => OrderType::StopLimit,
        4 => return Ok(Command::Cancel(OrderId(order.order_id))),
        5 => return replace(order, place, context),
        kind => return Err(fault("kind", "must be 0 to 5".into(), kind.into())),
    };
    let time_in_force = match order.time_in_force {
        0 => TimeInForce::Gtc,
        1 => TimeInForce::Ioc,
        2 => TimeInForce::Fok,
        3 => TimeInForce::Day,
        other => return Err(fault("time_in_force", "must be 0 to 3".into(), other.into())),
    };
    let side = match order.side {
        1 => Side::Buy,
        -1 => Side::Sell,
        side => return Err(fault("side", "must be 1 or -1".into(), side.into())),
    };
    let Some(instrument) = context.instruments.get(order.instrument as usize) else {
        let rule = format!("must be < {}", context.instruments.len());
        return Err(fault("instrument", rule, order.instrument.into()));
    };
    let (px, lots) = (instrument.px_scale(), instrument.qty_scale());
    let qty = lots.to_ticks(order.quantity).filter(|lots| *lots > 0);
    // `Err` for a price that should not be there, is missing, or is off the tick.
    let price = |value: f64, wanted: bool| match (wanted, value.is_nan()) {
        (true, _) => px.to_ticks(value).map(|px| Some(Px(px))).ok_or(()),
        (false, true) => Ok(None),
        (false, false) => Err(()),
    };
    let limit = price(order.price, matches!(order_type, OrderType::Limit | OrderType::StopLimit));
    let stop = price(order.stop_price, matches!(order_type, OrderType::Stop | OrderType::StopLimit));
    let reject = match (qty, limit, stop) {
        (None, ..) => Some(Reject::Quantity),
        (_, Ok(_), Ok(_)) => None,
        _ => Some(Reject::Price),
    };
    let order = NewOrder {
        id: context.next_order_id(),
        instrument: InstrumentId(order.instrument),
        side,
        order_type,
        time_in_force,
        qty: Qty(qty.unwrap_or(0)),
        limit: limit.ok().flatten(),
        stop: stop.ok().flatten(),
    };
    Ok(reject.map_or(Command::Submit(order), |reject| Command::Refuse(order, reject)))
}

/// A change of an order: NaN leaves a part as it is. There is no order to refuse here, so what is off
/// the grid is the strategy's fault.
fn replace(order: &OrderRecord, place: usize, context: &Context<'_>) -> Result<Command, Error> {
    let Some(instrument) = context.instruments.get(order.instrument as usize) else {
        let rule = format!("must be < {}", context.instruments.len());
        return Err(Error::new(
            ErrorKind::Strategy,
            1001,
            format!("orders[{place}].instrument"),
            rule,
            order.instrument,
        ));
    };
    let part = |field: &str, value: f64, scale: baconalgo_core::types::TickScale| {
        if value.is_nan() {
            return Ok(None);
        }
        scale.to_ticks(value).map(Some).ok_or_else(|| {
            let parameter = format!("orders[{place}].{field}");
            Error::new(ErrorKind::Strategy, 1003, parameter, "must be a whole number of ticks or lots", value)
        })
    };
    Ok(Command::Replace(ReplaceOrder {
        id: OrderId(order.order_id),
        qty: part("quantity", order.quantity, instrument.qty_scale())?.map(Qty),
        limit: part("price", order.price, instrument.px_scale())?.map(Px),
        stop: part("stop_price", order.stop_price, instrument.px_scale())?.map(Px),
    }))
}

/// A strategy function in machine code, checked and ready to run.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct CompiledFunction {
    name: String,
    function: Callback,
    stretch: Stretch,
    owner: Py<PyAny>,
    state: StateBuffer,
}

impl CompiledFunction {
    fn call(&self, py: Python<'_>) -> Call {
        Call {
            name: self.name.clone(),
            function: self.function,
            stretch: self.stretch,
            _owner: self.owner.clone_ref(py),
            state: self.state.clone(),
            event: EventRecord::of_kind(0),
            orders: Box::new([NO_ORDER; CAPACITY]),
        }
    }

    /// A strategy that starts from the initial state.
    pub(crate) fn strategy(&self, py: Python<'_>) -> CompiledStrategy {
        CompiledStrategy { call: self.call(py), held: None, sides: Vec::new() }
    }
}

#[pymethods]
impl CompiledFunction {
    /// `addresses` of two C functions that `owner` keeps alive: `int64(event*, state*, orders*, int64 capacity)`, and
    /// `int64(event*, state*, orders*, columns*, int64 first, int64 end, int64* count)`, which calls it for rows;
    /// `state`: the bytes it starts from; `layouts` of event, order and columns: fields as (name, offset, size), and the
    /// size of all.
    #[new]
    #[expect(unsafe_code, reason = "turns addresses into functions")]
    fn new(
        name: String,
        addresses: (usize, usize),
        owner: Py<PyAny>,
        state: &[u8],
        layouts: [(Vec<Field>, usize); 3],
    ) -> PyResult<Self> {
        let ours = [
            ("EVENT_DTYPE", event_fields(), size_of::<EventRecord>()),
            ("ORDER_DTYPE", order_fields(), size_of::<OrderRecord>()),
            ("columns", columns_fields(), size_of::<ColumnsRecord>()),
        ];
        for ((what, fields, size), (theirs, their_size)) in ours.iter().zip(&layouts) {
            check_layout(what, fields, *size, theirs, *their_size).map_err(to_py_err)?;
        }
        let (function, stretch) = addresses;
        if function == 0 || stretch == 0 {
            return Err(to_py_err(Error::new(ErrorKind::Config, 8001, "addresses", "must be functions'", 0)));
        }
        // SAFETY: not null, as checked; that it is a function of this signature is the contract of this
        // constructor, which only `baconalgo.compiled` calls, with the address of a function that numba
        // compiled for exactly this signature.
        let function = unsafe { std::mem::transmute::<usize, Callback>(function) };
        // SAFETY: as above.
        let stretch = unsafe { std::mem::transmute::<usize, Stretch>(stretch) };
        Ok(Self { name, function, stretch, owner, state: StateBuffer::new(state) })
    }

    /// Calls the function on each record of an array of events (as bytes), from the initial state on.
    /// Returns the bytes of all orders, the row each one came from, and the bytes of the last state.
    #[expect(unsafe_code, reason = "reads records from bytes and back")]
    #[expect(clippy::type_complexity, reason = "three arrays")]
    fn replay<'py>(
        &self,
        py: Python<'py>,
        events: PyReadonlyArray1<'py, u8>,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyArray1<i64>>, Bound<'py, PyBytes>)> {
        let bytes = events.as_slice()?;
        let mut call = self.call(py);
        let (mut orders, mut rows) = (Vec::new(), Vec::new());
        let done = py.detach(|| {
            for (row, record) in bytes.chunks_exact(size_of::<EventRecord>()).enumerate() {
                // SAFETY: the chunk is as long as the record, which is integers and floats: any bytes do.
                call.event = unsafe { record.as_ptr().cast::<EventRecord>().read_unaligned() };
                for place in 0..call.call()? {
                    orders.push(std::mem::replace(&mut call.orders[place], NO_ORDER));
                    rows.push(row as i64);
                }
            }
            Ok(())
        });
        done.map_err(to_py_err)?;
        // SAFETY: as many bytes as the vector holds; the record has no padding but the field `pad`.
        let written = unsafe { std::slice::from_raw_parts(orders.as_ptr().cast::<u8>(), size_of_val(&*orders)) };
        Ok((PyBytes::new(py, written), rows.into_pyarray(py), PyBytes::new(py, &call.state.bytes())))
    }

    /// The orders that one call can write.
    #[classattr]
    const CAPACITY: usize = CAPACITY;
}
