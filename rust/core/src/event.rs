//! Market data records: one [`Event`] at a time, or a [`Block`] of columns.
//!
//! # Rationale
//! The engine steps over events; data arrives in columns. A block is a few thousand rows of one
//! source, one kind, in time order, with prices already in ticks; [`Block::event`] builds the event of
//! a row, and the optimiser keeps it in registers.

use crate::types::{InstrumentId, MaybePx, MaybeQty, Px, Side, Ts};

mod message;

pub use message::{Body, Message, MessageKind};

/// The kind of a record; the order of the variants is the order of records with equal time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Best bid and ask.
    Quote = 0,
    /// A trade together with the quote standing at it: one event.
    Tick = 1,
    /// A trade.
    Trade = 2,
    /// An interval's open, high, low, close and volume.
    Bar = 3,
}

/// The finest data that an instrument has: what its orders trade on and what marks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Bars only.
    Bars,
    /// Trades, with or without bars.
    Trades,
    /// Quotes, with or without anything else.
    Quotes,
}

impl From<Kind> for Basis {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Quote | Kind::Tick => Self::Quotes,
            Kind::Trade => Self::Trades,
            Kind::Bar => Self::Bars,
        }
    }
}

/// Best bid and ask. A side that is absent is `NONE`; so is a size that the data does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// Best bid, ticks.
    pub bid: MaybePx,
    /// Best ask, ticks.
    pub ask: MaybePx,
    /// Size at the bid, lots.
    pub bid_qty: MaybeQty,
    /// Size at the ask, lots.
    pub ask_qty: MaybeQty,
}

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Price, ticks.
    pub px: Px,
    /// Size, lots, if the data has it.
    pub qty: MaybeQty,
    /// Side of the aggressor, if the data has it.
    pub side: Option<Side>,
}

/// A bar over `[ts_open, ts_close)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Start of the interval: the bar's `ts`.
    pub ts_open: Ts,
    /// End of the interval, when the bar is known.
    pub ts_close: Ts,
    /// First price, ticks.
    pub open: Px,
    /// Highest price, ticks.
    pub high: Px,
    /// Lowest price, ticks.
    pub low: Px,
    /// Last price, ticks.
    pub close: Px,
    /// Volume, lots, if the data has it.
    pub volume: MaybeQty,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A quote.
    Quote(Quote),
    /// A trade with its standing quote.
    Tick(Quote, Trade),
    /// A trade.
    Trade(Trade),
    /// A bar.
    Bar(Bar),
}

/// One market data record of one instrument.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// When it happened at the venue. For a bar the last nanosecond of its interval, so that it sorts
    /// before everything at its close.
    pub ts_event: Ts,
    /// When we see it.
    pub ts_recv: Ts,
    /// Of what.
    pub instrument: InstrumentId,
    /// The position that a decision column wants from this row on, in units; NaN: no change.
    pub target: f64,
    /// What.
    pub record: Record,
}

/// Instruments of a block's rows.
#[derive(Clone, Debug)]
pub enum InstrumentColumn {
    /// All rows are of one.
    One(InstrumentId),
    /// One a row.
    Each(Vec<InstrumentId>),
}

/// Where a block's rows stand in their source, counted from 0: rows that are left out leave gaps.
#[derive(Clone, Debug)]
pub enum SourceRows {
    /// One after the other, from this one on.
    From(u64),
    /// One by one.
    Each(Vec<u64>),
}

impl SourceRows {
    /// The place of a row of the block.
    #[inline]
    pub fn at(&self, row: usize) -> u64 {
        match self {
            Self::From(first) => first + row as u64,
            Self::Each(rows) => rows[row],
        }
    }
}

/// Columns of quotes; sizes are empty if the data has none.
#[derive(Clone, Debug, Default)]
pub struct QuoteColumns {
    /// Best bids.
    pub bid: Vec<MaybePx>,
    /// Best asks.
    pub ask: Vec<MaybePx>,
    /// Sizes at the bids, or empty.
    pub bid_qty: Vec<MaybeQty>,
    /// Sizes at the asks, or empty.
    pub ask_qty: Vec<MaybeQty>,
}

/// Columns of trades; sizes and sides are empty if the data has none.
#[derive(Clone, Debug, Default)]
pub struct TradeColumns {
    /// Prices.
    pub px: Vec<Px>,
    /// Sizes, or empty.
    pub qty: Vec<MaybeQty>,
    /// Aggressors, or empty.
    pub side: Vec<Option<Side>>,
}

/// Columns of bars; volumes are empty if the data has none.
#[derive(Clone, Debug, Default)]
pub struct BarColumns {
    /// Starts of the intervals.
    pub ts_open: Vec<Ts>,
    /// First prices.
    pub open: Vec<Px>,
    /// Highest prices.
    pub high: Vec<Px>,
    /// Lowest prices.
    pub low: Vec<Px>,
    /// Last prices.
    pub close: Vec<Px>,
    /// Volumes, or empty.
    pub volume: Vec<MaybeQty>,
}

/// The columns of a block, by kind.
#[derive(Clone, Debug)]
pub enum Columns {
    /// Quotes.
    Quotes(QuoteColumns),
    /// Trades with their standing quotes.
    Ticks(QuoteColumns, TradeColumns),
    /// Trades.
    Trades(TradeColumns),
    /// Bars.
    Bars(BarColumns),
}

/// A run of rows of one source and one kind, in time order.
#[derive(Clone, Debug)]
pub struct Block {
    /// Times at the venue, not decreasing. For bars `ts_close - 1`.
    pub ts_event: Vec<Ts>,
    /// Times of sight; empty if the data has none (then `ts_event` plus the feed latency, and for bars
    /// `ts_close` plus the feed latency).
    pub ts_recv: Vec<Ts>,
    /// Instruments.
    pub instrument: InstrumentColumn,
    /// Prices and sizes.
    pub columns: Columns,
    /// Places in the source.
    pub rows: SourceRows,
    /// Wanted positions in units, one a row, filled by a strategy that decides by column; or empty.
    pub target: Vec<f64>,
}

#[inline(always)]
fn size_at(column: &[MaybeQty], row: usize) -> MaybeQty {
    // One comparison says both "no column" and "in range".
    column.get(row).copied().unwrap_or(MaybeQty::NONE)
}

impl QuoteColumns {
    /// The quote of a row.
    #[inline(always)]
    pub fn at(&self, row: usize) -> Quote {
        Quote {
            bid: self.bid[row],
            ask: self.ask[row],
            bid_qty: size_at(&self.bid_qty, row),
            ask_qty: size_at(&self.ask_qty, row),
        }
    }
}

impl TradeColumns {
    /// The trade of a row.
    #[inline(always)]
    pub fn at(&self, row: usize) -> Trade {
        Trade { px: self.px[row], qty: size_at(&self.qty, row), side: self.side.get(row).copied().flatten() }
    }
}

impl BarColumns {
    /// The bar of a row that closes at `ts_close`.
    #[inline(always)]
    pub fn at(&self, row: usize, ts_close: Ts) -> Bar {
        Bar {
            ts_open: self.ts_open[row],
            ts_close,
            open: self.open[row],
            high: self.high[row],
            low: self.low[row],
            close: self.close[row],
            volume: size_at(&self.volume, row),
        }
    }
}

impl Block {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ts_event.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ts_event.is_empty()
    }

    /// The kind of all its rows.
    pub const fn kind(&self) -> Kind {
        match self.columns {
            Columns::Quotes(_) => Kind::Quote,
            Columns::Ticks(..) => Kind::Tick,
            Columns::Trades(_) => Kind::Trade,
            Columns::Bars(_) => Kind::Bar,
        }
    }

    /// Drops the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        // Only the times: they say how many rows there are.
        self.ts_event.truncate(len);
    }

    /// When a row is known, at the soonest: a bar at its end, which is a nanosecond after its place in the order.
    #[inline]
    pub const fn known(&self, row: usize) -> Ts {
        self.ts_event.as_slice()[row] + if matches!(self.columns, Columns::Bars(_)) { 1 } else { 0 }
    }

    /// The event of a row whose record is given.
    #[inline(always)]
    pub(crate) fn event_of(&self, row: usize, feed_latency: i64, record: Record) -> Event {
        let ts_event = self.ts_event[row];
        let known = if let Record::Bar(bar) = &record { bar.ts_close } else { ts_event };
        Event {
            ts_event,
            ts_recv: self.ts_recv.get(row).copied().unwrap_or(known + feed_latency),
            instrument: match &self.instrument {
                InstrumentColumn::One(id) => *id,
                InstrumentColumn::Each(ids) => ids[row],
            },
            target: self.target.get(row).copied().unwrap_or(f64::NAN),
            record,
        }
    }

    /// The event of a row, seen `feed_latency` after it happened where the data does not say when.
    #[inline(always)]
    pub fn event(&self, row: usize, feed_latency: i64) -> Event {
        let ts_event = self.ts_event[row];
        let (record, known) = match &self.columns {
            Columns::Quotes(quotes) => (Record::Quote(quotes.at(row)), ts_event),
            Columns::Ticks(quotes, trades) => (Record::Tick(quotes.at(row), trades.at(row)), ts_event),
            Columns::Trades(trades) => (Record::Trade(trades.at(row)), ts_event),
            Columns::Bars(bars) => (Record::Bar(bars.at(row, ts_event + 1)), ts_event + 1),
        };
        Event {
            ts_event,
            ts_recv: self.ts_recv.get(row).copied().unwrap_or(known + feed_latency),
            instrument: match &self.instrument {
                InstrumentColumn::One(id) => *id,
                InstrumentColumn::Each(ids) => ids[row],
            },
            target: self.target.get(row).copied().unwrap_or(f64::NAN),
            record,
        }
    }
}
