//! What an expression can read, and where it comes from.

use crate::error::{Error, ErrorKind};
use crate::event::{BarColumns, Columns, QuoteColumns, TradeColumns};
use crate::types::{MaybePx, MaybeQty, Px, TickScale};

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
}

impl Input {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
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
        }
    }

    /// The one of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|input| input.name() == name)
    }
}

/// Columns of floats, one for each of [`Input::ALL`].
pub type Table<'a> = [Option<&'a [f64]>; Input::ALL.len()];

/// Refuses a table whose columns do not all have `rows` rows.
pub(super) fn check_lengths(table: &Table<'_>, rows: usize) -> Result<(), Error> {
    for (input, column) in Input::ALL.iter().zip(table) {
        if let Some(column) = column.filter(|column| column.len() != rows) {
            let rule = format!("must have {rows} rows as the others");
            return Err(Error::new(ErrorKind::Data, 1001, input.name(), rule, column.len()));
        }
    }
    Ok(())
}

/// Where the rows come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// Columns of ticks and lots.
    Block {
        columns: &'a Columns,
        px: TickScale,
        qty: TickScale,
        /// Which rows of the columns; all of them if not given.
        pick: Option<&'a [u32]>,
    },
    /// Columns of floats.
    Table(&'a Table<'a>),
}

impl Source<'_> {
    /// Writes the rows from `start` on of an input.
    pub(super) fn load(&self, input: Input, start: usize, out: &mut [f64]) -> Result<(), Error> {
        match *self {
            Self::Table(table) => {
                let column = table[input as usize].ok_or_else(|| absent(input, "a table"))?;
                out.copy_from_slice(&column[start..start + out.len()]);
                Ok(())
            }
            Self::Block { columns, px, qty, pick } => Rows { px, qty, pick, start }.load(input, columns, out),
        }
    }
}

fn absent(input: Input, data: &str) -> Error {
    Error::new(ErrorKind::Config, 1001, "expression", format!("must use columns that {data} has"), input.name())
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
    fn both<T: Copy>(self, one: &[T], two: &[T], out: &mut [f64], read: impl Fn(T, T) -> f64) {
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
