//! The columns of a block, as machine code reads them.

use baconalgo_core::event::{Block, Columns, QuoteColumns, TradeColumns};
use baconalgo_core::types::{Instrument, MaybeQty, Px, Side, TickScale, Ts};

use super::{Field, layout};

/// Addresses of columns of whole ticks and lots, a row a place, and how to make numbers of them. Null for a column that
/// the block does not have; `i64::MIN` for a number that a row does not have.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnsRecord {
    ts: *const Ts,
    bid: *const i64,
    ask: *const i64,
    bid_size: *const i64,
    ask_size: *const i64,
    price: *const i64,
    quantity: *const i64,
    /// 1 buy, -1 sell, 0 unknown.
    side: *const i8,
    px_mantissa: f64,
    px_power: f64,
    px_inverse: f64,
    qty_mantissa: f64,
    qty_power: f64,
    qty_inverse: f64,
}

pub(super) fn columns_fields() -> Vec<Field> {
    layout!(ColumnsRecord: ts *const Ts, bid *const i64, ask *const i64, bid_size *const i64, ask_size *const i64,
        price *const i64, quantity *const i64, side *const i8, px_mantissa f64, px_power f64, px_inverse f64,
        qty_mantissa f64, qty_power f64, qty_inverse f64)
}

const fn column<T>(values: &[T]) -> *const i64 {
    const { assert!(size_of::<T>() == size_of::<i64>(), "a transparent i64") };
    if values.is_empty() { std::ptr::null() } else { values.as_ptr().cast() }
}

impl ColumnsRecord {
    /// The columns of a block of quotes, ticks or trades of one instrument; `None` for bars. `sides` are those of its
    /// trades, or empty. It must not outlive either.
    pub(super) fn of(block: &Block, sides: &[i8], instrument: &Instrument) -> Option<Self> {
        let (quotes, trades) = match &block.columns {
            Columns::Quotes(quotes) => (Some(quotes), None),
            Columns::Ticks(quotes, trades) => (Some(quotes), Some(trades)),
            Columns::Trades(trades) => (None, Some(trades)),
            Columns::Bars(_) => return None,
        };
        let rows = block.len();
        let of_quotes = |of: fn(&QuoteColumns) -> *const i64| quotes.map_or(std::ptr::null(), of);
        let of_trades = |of: fn(&TradeColumns) -> *const i64| trades.map_or(std::ptr::null(), of);
        // A column has as many rows as the block had when it was made, which may have been made shorter since.
        let whole = quotes.is_none_or(|quotes| whole(quotes, rows)) && trades.is_none_or(|trades| traded(trades, rows));
        let sided = sides.is_empty() || sides.len() >= rows;
        assert!(whole && sided, "Invariant: columns are as long as their block");
        let (px, qty) = (instrument.px_scale(), instrument.qty_scale());
        let inverse = |scale: TickScale| 1.0 / scale.power;
        Some(Self {
            ts: block.ts_event.as_ptr(),
            bid: of_quotes(|quotes| column(&quotes.bid)),
            ask: of_quotes(|quotes| column(&quotes.ask)),
            bid_size: of_quotes(|quotes| column(&quotes.bid_qty)),
            ask_size: of_quotes(|quotes| column(&quotes.ask_qty)),
            price: of_trades(|trades| column::<Px>(&trades.px)),
            quantity: of_trades(|trades| column(&trades.qty)),
            side: if sides.is_empty() { std::ptr::null() } else { sides.as_ptr() },
            px_mantissa: px.mantissa,
            px_power: px.power,
            px_inverse: inverse(px),
            qty_mantissa: qty.mantissa,
            qty_power: qty.power,
            qty_inverse: inverse(qty),
        })
    }
}

fn whole(quotes: &QuoteColumns, rows: usize) -> bool {
    let sized = |sizes: &[MaybeQty]| sizes.is_empty() || sizes.len() >= rows;
    quotes.bid.len() >= rows && quotes.ask.len() >= rows && sized(&quotes.bid_qty) && sized(&quotes.ask_qty)
}

fn traded(trades: &TradeColumns, rows: usize) -> bool {
    trades.px.len() >= rows && (trades.qty.is_empty() || trades.qty.len() >= rows)
}

/// The aggressors of the trades of a block as numbers; empty if it does not know them.
pub(super) fn sides(block: &Block, numbers: &mut Vec<i8>) {
    numbers.clear();
    if let Columns::Ticks(_, trades) | Columns::Trades(trades) = &block.columns {
        numbers.extend(trades.side.iter().map(|side: &Option<Side>| side.map_or(0, |side| side as i8)));
    }
}
