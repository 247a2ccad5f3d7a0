//! The rows of a run as Arrow batches.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, UInt16Builder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt64Array,
};
use arrow_schema::ArrowError;

use super::{EquityEvent, EquityRow};
use crate::ledger::ClosedTrade;
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

fn dictionary(keys: Vec<Option<i32>>, values: StringArray) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(keys), Arc::new(values)))
}

fn words<T: Word>(column: impl Iterator<Item = T>) -> ArrayRef {
    let keys = column.map(|word| Some(word.word() as i32)).collect();
    dictionary(keys, StringArray::from_iter_values(T::WORDS))
}

fn symbols(column: impl Iterator<Item = InstrumentId>, instruments: &[Instrument]) -> ArrayRef {
    let known = |id: InstrumentId| (id.index() < instruments.len()).then_some(id.0 as i32);
    dictionary(column.map(known).collect(), instruments.iter().map(|i| Some(i.symbol())).collect())
}

fn floats(column: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(column))
}

fn maybe_floats(column: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    let mut builder = Float64Builder::new();
    column.for_each(|value| builder.append_option(value));
    Arc::new(builder.finish())
}

fn times(column: impl Iterator<Item = Ts>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from_iter_values(column).with_timezone("UTC"))
}

fn maybe_times(column: impl Iterator<Item = Option<Ts>>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from_iter(column).with_timezone("UTC"))
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
    let mut codes = UInt16Builder::new();
    rows.iter().for_each(|row| codes.append_option(row.reject.map(Reject::code)));
    let reasons: Vec<Option<&str>> = rows.iter().map(|row| row.reject.map(Reject::reason)).collect();
    let reasons: DictionaryArray<Int32Type> = reasons.into_iter().collect();
    let (mut values, mut bounds) = (vec![None; rows.len()], vec![None; rows.len()]);
    for (place, denied) in denied {
        let amounts = rows.get(*place).and_then(of).and_then(|instrument| denied.for_people(instrument));
        if let Some((value, bound)) = amounts {
            (values[*place], bounds[*place]) = (Some(value), Some(bound));
        }
    }
    RecordBatch::try_from_iter_with_nullable([
        ("order_id", ids(rows.iter().map(|row| row.request.id.0)), false),
        ("symbol", symbols(rows.iter().map(|row| row.request.instrument), instruments), true),
        ("side", words(rows.iter().map(|row| row.request.side)), false),
        ("order_type", words(rows.iter().map(|row| row.request.order_type)), false),
        ("time_in_force", words(rows.iter().map(|row| row.request.time_in_force)), false),
        ("quantity", floats(rows.iter().map(|row| quantity(row, row.request.qty))), false),
        ("price", maybe_floats(rows.iter().map(|row| price(row, row.request.limit))), true),
        ("stop_price", maybe_floats(rows.iter().map(|row| price(row, row.request.stop))), true),
        ("status", words(rows.iter().map(|row| row.status)), false),
        ("filled_quantity", floats(rows.iter().map(|row| quantity(row, row.filled))), false),
        ("average_price", maybe_floats(rows.iter().map(average)), true),
        ("reject_code", Arc::new(codes.finish()), true),
        ("reject_reason", Arc::new(reasons), true),
        ("reject_value", maybe_floats(values.into_iter()), true),
        ("reject_bound", maybe_floats(bounds.into_iter()), true),
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

/// Trades.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn trades(rows: &[ClosedTrade], instruments: &[Instrument]) -> Result<RecordBatch, ArrowError> {
    let of = |row: &ClosedTrade| &instruments[row.instrument.index()];
    RecordBatch::try_from_iter_with_nullable([
        ("symbol", symbols(rows.iter().map(|row| row.instrument), instruments), false),
        ("side", words(rows.iter().map(|row| Direction(row.long))), false),
        ("quantity", floats(rows.iter().map(|row| of(row).quantity(Qty(row.lots)))), false),
        ("entry_time", times(rows.iter().map(|row| row.entry_ts)), false),
        ("exit_time", times(rows.iter().map(|row| row.exit_ts)), false),
        ("entry_price", floats(rows.iter().map(|row| of(row).average_price(row.entry_value, row.lots))), false),
        ("exit_price", floats(rows.iter().map(|row| of(row).average_price(row.exit_value, row.lots))), false),
        ("pnl", floats(rows.iter().map(|row| money_to_f64(row.pnl))), false),
        ("commission", floats(rows.iter().map(|row| money_to_f64(row.fees))), false),
    ])
}

/// The equity curve.
///
/// # Errors
/// Never in practice: the columns are of one length.
pub fn equity(rows: &[EquityRow]) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable([
        ("ts", times(rows.iter().map(|row| row.ts)), false),
        ("equity", floats(rows.iter().map(|row| row.equity)), false),
        ("drawdown_pct", floats(rows.iter().map(|row| row.drawdown_pct)), false),
        ("event", words(rows.iter().map(|row| row.event)), false),
    ])
}
