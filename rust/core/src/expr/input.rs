//! What an expression can read, and where it comes from.

use std::ops::{Index, IndexMut};

use crate::error::{Error, ErrorKind};
use crate::event::{BarColumns, Columns, QuoteColumns, TradeColumns};
use crate::types::{MaybePx, MaybeQty, Px, Side, TickScale, Ts};

/// A column of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Input {
    /// The latest price of whatever there is: a quote's mid, a trade's price, a bar's close.
    Close,
    /// A trade's price.
    Price,
    /// `(bid + ask) * 0.5`
    Mid,
    /// Best bid.
    Bid,
    /// Best ask.
    Ask,
    /// Size at the bid, units.
    BidSize,
    /// Size at the ask, units.
    AskSize,
    /// A bar's first price.
    Open,
    /// A bar's highest price.
    High,
    /// A bar's lowest price.
    Low,
    /// A trade's size or a bar's volume, units.
    Volume,
    /// The size of a trade that a buyer started, else 0; missing where the side is not known.
    BuyVolume,
}

impl Input {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Close,
        Self::Price,
        Self::Mid,
        Self::Bid,
        Self::Ask,
        Self::BidSize,
        Self::AskSize,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Volume,
        Self::BuyVolume,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Price => "price",
            Self::Mid => "mid",
            Self::Bid => "bid",
            Self::Ask => "ask",
            Self::BidSize => "bid_size",
            Self::AskSize => "ask_size",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Volume => "volume",
            Self::BuyVolume => "buy_volume",
        }
    }

    /// The one of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|input| input.name() == name)
    }
}

/// Columns of floats of one instrument; `table[Input::Close as usize]` is one of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table<'a> {
    /// One for each of [`Input::ALL`].
    pub columns: [Option<&'a [f64]>; Input::ALL.len()],
    /// Times of the rows, not decreasing; of bars their starts.
    pub ts: Option<&'a [Ts]>,
    /// How long a row lasts, nanoseconds: the length of a bar, 0 for quotes and trades.
    pub span: i64,
    /// Columns of the nodes that [`super::Program::try_with_given`] takes as given; conditions as 0 and 1.
    pub given: &'a [&'a [f64]],
}

impl<'a> Index<usize> for Table<'a> {
    type Output = Option<&'a [f64]>;

    fn index(&self, input: usize) -> &Self::Output {
        &self.columns[input]
    }
}

impl IndexMut<usize> for Table<'_> {
    fn index_mut(&mut self, input: usize) -> &mut Self::Output {
        &mut self.columns[input]
    }
}

/// Refuses a table whose columns do not all have `rows` rows.
pub(super) fn check_lengths(table: &Table<'_>, rows: usize) -> Result<(), Error> {
    let refuse = |name: &str, length: usize| {
        let rule = format!("must have {rows} rows as the others");
        Err(Error::new(ErrorKind::Data, 1001, name, rule, length))
    };
    for (input, column) in Input::ALL.iter().zip(table.columns) {
        if let Some(column) = column.filter(|column| column.len() != rows) {
            return refuse(input.name(), column.len());
        }
    }
    if let Some(column) = table.given.iter().find(|column| column.len() != rows) {
        return refuse("given", column.len());
    }
    match table.ts {
        Some(ts) if ts.len() != rows => refuse("ts", ts.len()),
        _ => Ok(()),
    }
}

/// Where the rows come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// Columns of ticks and lots.
    Block {
        columns: &'a Columns,
        ts_event: &'a [Ts],
        px: TickScale,
        qty: TickScale,
        /// Which rows of the columns; all of them if not given.
        pick: Option<&'a [u32]>,
    },
    /// Columns of floats.
    Table(&'a Table<'a>),
}

/// When rows begin and end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times<'a> {
    begin: &'a [Ts],
    /// The last nanosecond of each row, if rows last.
    last: Option<&'a [Ts]>,
    /// How long a row lasts, unless `last` says it.
    span: i64,
    pick: Option<&'a [u32]>,
}

impl Times<'_> {
    /// When a row begins, and when it is over; the same for a quote or a trade.
    #[inline]
    pub(super) fn at(&self, row: usize) -> (Ts, Ts) {
        let row = self.pick.map_or(row, |pick| pick[row] as usize);
        let begin = self.begin[row];
        match self.last {
            Some(last) => (begin, last[row].saturating_add(1)),
            None => (begin, begin.saturating_add(self.span)),
        }
    }
}

impl<'a> Source<'a> {
    /// The times of its rows.
    pub(super) fn times(&self) -> Result<Times<'a>, Error> {
        match *self {
            Self::Table(table) => {
                let missing = || absent_column("ts", "a table");
                Ok(Times { begin: table.ts.ok_or_else(missing)?, last: None, span: table.span, pick: None })
            }
            Self::Block { columns: Columns::Bars(bars), ts_event, pick, .. } => {
                Ok(Times { begin: &bars.ts_open, last: Some(ts_event), span: 0, pick })
            }
            Self::Block { ts_event, pick, .. } => Ok(Times { begin: ts_event, last: None, span: 0, pick }),
        }
    }

    /// Writes the rows of a column that goes into bars: of what has no first, highest and lowest price,
    /// they are the price.
    pub(super) fn load_for_bars(&self, input: Input, start: usize, out: &mut [f64]) -> Result<(), Error> {
        let lacks = match self {
            Self::Table(table) => table[input as usize].is_none(),
            Self::Block { columns, .. } => !matches!(columns, Columns::Bars(_)),
        };
        let input = match input {
            Input::Open | Input::High | Input::Low if lacks => Input::Close,
            _ => input,
        };
        self.load(input, start, out)
    }

    /// Writes the rows of a column that was computed before.
    pub(super) fn load_given(&self, slot: usize, start: usize, out: &mut [f64]) -> Result<(), Error> {
        match self {
            Self::Table(Table { given, .. }) if slot < given.len() => {
                out.copy_from_slice(&given[slot][start..start + out.len()]);
                Ok(())
            }
            _ => Err(absent_column("a column among all instruments", "this data")),
        }
    }

    /// Writes the rows from `start` on of an input.
    pub(super) fn load(&self, input: Input, start: usize, out: &mut [f64]) -> Result<(), Error> {
        match *self {
            Self::Table(table) => {
                let column = table[input as usize].ok_or_else(|| absent(input, "a table"))?;
                out.copy_from_slice(&column[start..start + out.len()]);
                Ok(())
            }
            Self::Block { columns, px, qty, pick, .. } => Rows { px, qty, pick, start }.load(input, columns, out),
        }
    }
}

fn absent(input: Input, data: &str) -> Error {
    absent_column(input.name(), data)
}

fn absent_column(name: &str, data: &str) -> Error {
    Error::new(ErrorKind::Config, 1001, "expression", format!("must use columns that {data} has"), name)
}

#[derive(Clone, Copy)]
struct Rows<'a> {
    px: TickScale,
    qty: TickScale,
    pick: Option<&'a [u32]>,
    start: usize,
}

impl Rows<'_> {
    fn load(self, input: Input, columns: &Columns, out: &mut [f64]) -> Result<(), Error> {
        let (px, qty) = (self.px, self.qty);
        let quotes = |quotes: &QuoteColumns, out: &mut [f64]| {
            match input {
                Input::Bid => self.each(&quotes.bid, out, |bid| price(bid, px)),
                Input::Ask => self.each(&quotes.ask, out, |ask| price(ask, px)),
                Input::Mid | Input::Close => {
                    self.both(&quotes.bid, &quotes.ask, out, |bid, ask| (price(bid, px) + price(ask, px)) * 0.5);
                }
                Input::BidSize if !quotes.bid_qty.is_empty() => {
                    self.each(&quotes.bid_qty, out, |size| quantity(size, qty));
                }
                Input::AskSize if !quotes.ask_qty.is_empty() => {
                    self.each(&quotes.ask_qty, out, |size| quantity(size, qty));
                }
                _ => return false,
            }
            true
        };
        let trades = |trades: &TradeColumns, out: &mut [f64]| {
            match input {
                Input::Close | Input::Price => self.each(&trades.px, out, |at| px.to_f64(at.0)),
                Input::Volume if !trades.qty.is_empty() => self.each(&trades.qty, out, |size| quantity(size, qty)),
                Input::BuyVolume if !trades.qty.is_empty() && !trades.side.is_empty() => {
                    self.both(&trades.qty, &trades.side, out, |size, side| match side {
                        Some(Side::Buy) => quantity(size, qty),
                        Some(Side::Sell) => 0.0,
                        None => f64::NAN,
                    });
                }
                _ => return false,
            }
            true
        };
        let bars = |bars: &BarColumns, out: &mut [f64]| {
            let column = match input {
                Input::Open => &bars.open,
                Input::High => &bars.high,
                Input::Low => &bars.low,
                Input::Close => &bars.close,
                Input::Volume if !bars.volume.is_empty() => {
                    self.each(&bars.volume, out, |size| quantity(size, qty));
                    return true;
                }
                _ => return false,
            };
            self.each(column, out, |at: Px| px.to_f64(at.0));
            true
        };
        let (there, data) = match columns {
            Columns::Quotes(columns) => (quotes(columns, out), "this data of quotes"),
            // A tick is a trade with its quote: `close` is the trade's.
            Columns::Ticks(quote, trade) => (trades(trade, out) || quotes(quote, out), "this data of ticks"),
            Columns::Trades(columns) => (trades(columns, out), "this data of trades"),
            Columns::Bars(columns) => (bars(columns, out), "this data of bars"),
        };
        if there { Ok(()) } else { Err(absent(input, data)) }
    }

    #[inline(always)]
    fn each<T: Copy>(self, column: &[T], out: &mut [f64], read: impl Fn(T) -> f64) {
        let end = self.start + out.len();
        match self.pick {
            None => {
                for (out, value) in out.iter_mut().zip(&column[self.start..end]) {
                    *out = read(*value);
                }
            }
            Some(pick) => {
                for (out, row) in out.iter_mut().zip(&pick[self.start..end]) {
                    *out = read(column[*row as usize]);
                }
            }
        }
    }

    #[inline(always)]
    fn both<T: Copy, U: Copy>(self, one: &[T], two: &[U], out: &mut [f64], read: impl Fn(T, U) -> f64) {
        let end = self.start + out.len();
        match self.pick {
            None => {
                let columns = one[self.start..end].iter().zip(&two[self.start..end]);
                for (out, (one, two)) in out.iter_mut().zip(columns) {
                    *out = read(*one, *two);
                }
            }
            Some(pick) => {
                for (out, row) in out.iter_mut().zip(&pick[self.start..end]) {
                    *out = read(one[*row as usize], two[*row as usize]);
                }
            }
        }
    }
}

// The number is computed in any case and then chosen or not, so that the loops run in vectors.

#[inline(always)]
fn price(px: MaybePx, scale: TickScale) -> f64 {
    let value = scale.to_f64(px.get().map_or(0, |px| px.0));
    if px.is_some() { value } else { f64::NAN }
}

#[inline(always)]
fn quantity(qty: MaybeQty, scale: TickScale) -> f64 {
    let value = scale.to_f64(qty.get().map_or(0, |qty| qty.0));
    if qty.is_some() { value } else { f64::NAN }
}
