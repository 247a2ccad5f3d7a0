//! The rows of a run as Arrow batches.

use std::sync::{Arc, LazyLock};

use arrow_array::types::{ArrowPrimitiveType, Float64Type, Int32Type, TimestampNanosecondType};
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, PrimitiveArray, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt16Array, UInt64Array,
};
use arrow_buffer::{ArrowNativeType, Buffer, MutableBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::{EquityEvent, EquityRow};
use crate::ledger::{ClosedTrade, fall};
use crate::metrics;
use crate::order::{Fill, Liquidity, Order, OrderStatus, OrderType, Reject, TimeInForce};
use crate::risk::Denied;
use crate::types::{Instrument, InstrumentId, NEVER, Px, Qty, Side, Ts, money_to_f64};

/// One of a few words a row.
trait Word: Copy {
    const WORDS: &'static [&'static str];
    fn word(self) -> usize;
}

impl Word for Side {
    const WORDS: &'static [&'static str] = &["BUY", "SELL"];
    fn word(self) -> usize {
        usize::from(self == Self::Sell)
    }
}

impl Word for OrderType {
    const WORDS: &'static [&'static str] = &["MARKET", "LIMIT", "STOP", "STOP_LIMIT"];
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for TimeInForce {
    const WORDS: &'static [&'static str] = &["GTC", "IOC", "FOK", "DAY"];
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for OrderStatus {
    const WORDS: &'static [&'static str] =
        &["PENDING", "SUBMITTED", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED", "UNKNOWN"];
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for Liquidity {
    const WORDS: &'static [&'static str] = &["TAKER", "MAKER"];
    fn word(self) -> usize {
        self as usize
    }
}

impl Word for EquityEvent {
    const WORDS: &'static [&'static str] = &["start", "sample", "fill"];
    fn word(self) -> usize {
        self as usize
    }
}

/// The side of a trade.
#[derive(Clone, Copy)]
struct Direction(bool);

impl Word for Direction {
    const WORDS: &'static [&'static str] = &["LONG", "SHORT"];
    fn word(self) -> usize {
        usize::from(!self.0)
    }
}

fn dictionary(keys: Int32Array, values: StringArray) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(values)))
}

fn words<T: Word>(column: impl Iterator<Item = T> + Clone) -> ArrayRef {
    let keys = column.map(|word| word.word() as i32);
    let keys = if keys.clone().all(|key| key == 0) {
        Int32Array::new(zeros(keys.count()), None)
    } else {
        Int32Array::from_iter_values(keys)
    };
    dictionary(keys, StringArray::from_iter_values(T::WORDS))
}

/// So many zeros, all in one place: a column without values takes no memory of its own.
fn zeros<T: ArrowNativeType>(rows: usize) -> ScalarBuffer<T> {
    static ZEROS: LazyLock<Buffer> = LazyLock::new(|| MutableBuffer::from_len_zeroed(1 << 16).into());
    if rows <= ZEROS.len() / size_of::<T>() {
        ScalarBuffer::new(ZEROS.clone(), 0, rows)
    } else {
        ScalarBuffer::from(vec![T::default(); rows])
    }
}

fn no_values<T: ArrowPrimitiveType>(rows: usize) -> PrimitiveArray<T> {
    PrimitiveArray::new(zeros(rows), Some(NullBuffer::new_null(rows)))
}

fn symbols(column: impl Iterator<Item = InstrumentId> + Clone, instruments: &[Instrument]) -> ArrayRef {
    let keys = if !instruments.is_empty() && column.clone().all(|id| id.0 == 0) {
        Int32Array::new(zeros(column.count()), None)
    } else {
        let known = |id: InstrumentId| (id.index() < instruments.len()).then_some(id.0 as i32);
        sparse(column.map(known))
    };
    dictionary(keys, instruments.iter().map(|i| Some(i.symbol())).collect())
}

fn floats(column: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(column))
}

/// A column that mostly has either all its values or none.
fn sparse<T: ArrowPrimitiveType>(column: impl Iterator<Item = Option<T::Native>> + Clone) -> PrimitiveArray<T> {
    if column.clone().all(|value| value.is_none()) {
        return no_values(column.count());
    }
    if column.clone().all(|value| value.is_some()) {
        return PrimitiveArray::from_iter_values(column.flatten());
    }
    column.collect()
}

fn maybe_floats(column: impl Iterator<Item = Option<f64>> + Clone) -> ArrayRef {
    Arc::new(sparse::<Float64Type>(column))
}

fn times(column: impl Iterator<Item = Ts>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from_iter_values(column).with_timezone("UTC"))
}

fn maybe_times(column: impl Iterator<Item = Option<Ts>> + Clone) -> ArrayRef {
    Arc::new(sparse::<TimestampNanosecondType>(column).with_timezone("UTC"))
}

/// Why orders were refused.
fn reasons(rows: &[Order]) -> ArrayRef {
    let reasons: DictionaryArray<Int32Type> = if rows.iter().any(|row| row.reject.is_some()) {
        rows.iter().map(|row| row.reject.map(Reject::reason)).collect()
    } else {
        DictionaryArray::new(no_values(rows.len()), Arc::new(StringArray::new_null(0)))
    };
    Arc::new(reasons)
}

fn ids(column: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(column))
}

/// Orders; `denied` are those refused with value and bound, by their places.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn orders(
    rows: &[Order],
    denied: &[(usize, Denied)],
    instruments: &[Instrument],
) -> Result<RecordBatch, ArrowError> {
    let of = |row: &Order| instruments.get(row.request.instrument.index());
    let price = |row: &Order, px: Option<Px>| of(row).zip(px).map(|(instrument, px)| instrument.price(px));
    let quantity = |row: &Order, qty: Qty| of(row).map_or(f64::NAN, |instrument| instrument.quantity(qty));
    let average =
        |row: &Order| of(row).filter(|_| row.filled.0 > 0).map(|i| i.average_price(row.filled_value, row.filled.0));
    let codes: UInt16Array = sparse(rows.iter().map(|row| row.reject.map(Reject::code)));
    let mut amounts = vec![None; if denied.is_empty() { 0 } else { rows.len() }];
    for (place, denied) in denied {
        if let Some(instrument) = rows.get(*place).and_then(of) {
            amounts[*place] = denied.for_people(instrument);
        }
    }
    let amounts = |side: fn((f64, f64)) -> f64| {
        let of_rows = (0..rows.len()).map(|place| amounts.get(place).copied().flatten());
        maybe_floats(of_rows.map(move |amounts| amounts.map(side)))
    };
    let asked = floats(rows.iter().map(|row| quantity(row, row.request.qty)));
    let filled = if rows.iter().all(|row| row.filled == row.request.qty) {
        Arc::clone(&asked)
    } else {
        floats(rows.iter().map(|row| quantity(row, row.filled)))
    };
    RecordBatch::try_from_iter_with_nullable([
        ("order_id", ids(rows.iter().map(|row| row.request.id.0)), false),
        ("symbol", symbols(rows.iter().map(|row| row.request.instrument), instruments), true),
        ("side", words(rows.iter().map(|row| row.request.side)), false),
        ("order_type", words(rows.iter().map(|row| row.request.order_type)), false),
        ("time_in_force", words(rows.iter().map(|row| row.request.time_in_force)), false),
        ("quantity", asked, false),
        ("price", maybe_floats(rows.iter().map(|row| price(row, row.request.limit))), true),
        ("stop_price", maybe_floats(rows.iter().map(|row| price(row, row.request.stop))), true),
        ("status", words(rows.iter().map(|row| row.status)), false),
        ("filled_quantity", filled, false),
        ("average_price", maybe_floats(rows.iter().map(average)), true),
        ("reject_code", Arc::new(codes), true),
        ("reject_reason", reasons(rows), true),
        ("reject_value", amounts(|(value, _)| value), true),
        ("reject_bound", amounts(|(_, bound)| bound), true),
        ("ts_submitted", times(rows.iter().map(|row| row.ts_submitted)), false),
        ("ts_closed", maybe_times(rows.iter().map(|row| (row.ts_closed != NEVER).then_some(row.ts_closed))), true),
    ])
}

/// Fills; `first` is the number of the first one.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn fills(rows: &[Fill], first: u64, instruments: &[Instrument]) -> Result<RecordBatch, ArrowError> {
    let of = |row: &Fill| &instruments[row.instrument.index()];
    RecordBatch::try_from_iter_with_nullable([
        ("fill_id", ids((first..).take(rows.len())), false),
        ("order_id", ids(rows.iter().map(|row| row.order.0)), false),
        ("symbol", symbols(rows.iter().map(|row| row.instrument), instruments), false),
        ("side", words(rows.iter().map(|row| row.side)), false),
        ("quantity", floats(rows.iter().map(|row| of(row).quantity(row.qty))), false),
        ("price", floats(rows.iter().map(|row| of(row).price(row.px))), false),
        ("fee", floats(rows.iter().map(|row| money_to_f64(row.fee))), false),
        ("liquidity", words(rows.iter().map(|row| row.liquidity)), false),
        ("ts_event", times(rows.iter().map(|row| row.ts_event)), false),
        ("ts_recv", times(rows.iter().map(|row| row.ts_recv)), false),
    ])
}

/// Trades as numbers, for metrics and tables.
pub fn closed<'a>(
    rows: &'a [ClosedTrade],
    instruments: &'a [Instrument],
) -> impl Iterator<Item = metrics::ClosedTrade> + 'a {
    rows.iter().map(|row| {
        let instrument = &instruments[row.instrument.index()];
        let quantity = instrument.quantity(Qty(row.lots));
        let entry_price = instrument.average_price(row.entry_value, row.lots);
        metrics::ClosedTrade {
            long: row.long,
            entry_ts: row.entry_ts,
            exit_ts: row.exit_ts,
            quantity,
            entry_price,
            exit_price: instrument.average_price(row.exit_value, row.lots),
            pnl: money_to_f64(row.pnl),
            commission: money_to_f64(row.fees),
            notional_in: entry_price * quantity * instrument.multiplier().to_f64(),
        }
    })
}

/// Trades; `closed` are the same as numbers.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn trades(
    rows: &[ClosedTrade],
    closed: &[metrics::ClosedTrade],
    instruments: &[Instrument],
) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable([
        ("symbol", symbols(rows.iter().map(|row| row.instrument), instruments), false),
        ("side", words(closed.iter().map(|row| Direction(row.long))), false),
        ("quantity", floats(closed.iter().map(|row| row.quantity)), false),
        ("entry_time", times(closed.iter().map(|row| row.entry_ts)), false),
        ("exit_time", times(closed.iter().map(|row| row.exit_ts)), false),
        ("entry_price", floats(closed.iter().map(|row| row.entry_price)), false),
        ("exit_price", floats(closed.iter().map(|row| row.exit_price)), false),
        ("pnl", floats(closed.iter().map(|row| row.pnl)), false),
        ("commission", floats(closed.iter().map(|row| row.commission)), false),
    ])
}

/// The equity curve.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn equity(rows: &[EquityRow]) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable([
        ("ts", times(rows.iter().map(|row| row.ts)), false),
        ("equity", floats(rows.iter().map(|row| money_to_f64(row.equity))), false),
        ("drawdown_pct", floats(rows.iter().map(|row| 100.0 * fall(row.peak, row.equity))), false),
        ("event", words(rows.iter().map(|row| row.event)), false),
    ])
}
