//! From columns of market data to [`Block`]s: decoding, checking, counting.
//!
//! # Rationale
//! Prices become whole ticks here, once, so that everything after it is exact. A block whose values are
//! all clean is converted by vectorised loops; a block with anything to decide (an absent side, a price
//! off the tick, a row out of order) goes row by row, where every rule has one place.
//!
//! # Limitations
//! Nothing is opened here: batches come from a reader that is handed in.

#[cfg(feature = "data")]
mod aggregate;
#[cfg(feature = "data")]
mod decoder;
#[cfg(feature = "data")]
mod grid;
#[cfg(feature = "data")]
mod part;
#[cfg(feature = "data")]
mod rows;
mod scan;
mod spec;
#[cfg(feature = "data")]
mod stream;
mod time;

#[cfg(feature = "data")]
pub use aggregate::{PriceOf, aggregate, samples};
#[cfg(feature = "data")]
pub use decoder::Decoder;
pub use scan::{Scan, scan};
pub use spec::{
    ColumnSpec, Crossed, Duplicates, Invalid, Label, OffTick, OneSided, Role, SourceSpec, Symbols, TimeUnit, Unsorted,
};
#[cfg(feature = "data")]
pub use stream::ArrowSource;
pub use time::utc_text;

use crate::error::Error;
use crate::event::Block;

/// The most rows a block has.
pub const BLOCK_ROWS: usize = 2048;

/// What was met while decoding. Rows are counted from the start of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Rows that became events.
    pub used: u64,
    /// Rows without what makes them a record (a price, both sides, a part of a bar); skipped.
    pub missing: u64,
    /// Quotes whose ask is below their bid.
    pub crossed: u64,
    /// Quotes whose ask equals their bid.
    pub locked: u64,
    /// Quotes with one side absent.
    pub one_sided: u64,
    /// Rows equal to the row before them in every column used; counted while scanning or dropping.
    pub duplicates: u64,
    /// Prices that were off the tick and moved to the nearest one.
    pub off_tick_rounded: u64,
    /// Sizes that were not whole lots and moved to the nearest one.
    pub sizes_rounded: u64,
    /// Rows that cannot be (infinite price, negative size, high below low, trade at zero); skipped.
    pub invalid_skipped: u64,
    /// Of the invalid rows, those with an infinite or too large number.
    pub infinite: u64,
    /// Of the invalid rows, those with a negative size.
    pub negative_sizes: u64,
    /// Rows earlier than the row before them; counted while scanning.
    pub out_of_order: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.used += other.used;
        self.missing += other.missing;
        self.crossed += other.crossed;
        self.locked += other.locked;
        self.one_sided += other.one_sided;
        self.duplicates += other.duplicates;
        self.off_tick_rounded += other.off_tick_rounded;
        self.sizes_rounded += other.sizes_rounded;
        self.invalid_skipped += other.invalid_skipped;
        self.infinite += other.infinite;
        self.negative_sizes += other.negative_sizes;
        self.out_of_order += other.out_of_order;
    }
}

/// The numbers of errors in market data.
pub mod code {
    /// A column is missing.
    pub const COLUMN: u16 = 1101;
    /// A column has a type that cannot be used.
    pub const TYPE: u16 = 1102;
    /// A timestamp is missing or out of range.
    pub const TIME: u16 = 1103;
    /// A row is earlier than the one before it.
    pub const ORDER: u16 = 1104;
    /// A price is off the tick.
    pub const OFF_TICK: u16 = 1105;
    /// A value cannot be.
    pub const VALUE: u16 = 1106;
    /// A quote is crossed and the policy is to refuse.
    pub const CROSSED: u16 = 1107;
    /// There are no rows.
    pub const EMPTY: u16 = 1108;
    /// The reader failed.
    pub const UNREADABLE: u16 = 1109;
    /// A symbol is not among the instruments.
    pub const SYMBOL: u16 = 1110;
    /// A setting of a source.
    pub const SETTING: u16 = 1111;
}

/// Hands out blocks in time order.
pub trait BlockSource {
    /// The next block with at least one row; `None` at the end.
    ///
    /// # Errors
    /// `DataError` where a row breaks a rule that the source's policies do not allow, or reading fails.
    fn next_block(&mut self) -> Result<Option<Block>, Error>;

    /// What was met so far.
    fn counts(&self) -> &Counts;
}
