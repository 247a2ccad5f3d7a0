use std::str::FromStr;

use super::code;
use crate::error::{Error, ErrorKind};
use crate::event::Kind;
use crate::types::InstrumentId;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $parameter:literal, { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(word: &str) -> Result<Self, Error> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.word()).collect();
                    Error::new(ErrorKind::Data, code::SETTING, $parameter, format!("must be one of {}", known.join(", ")), word)
                })
            }
        }
    };
}

words!(
    /// What a column means.
    Role, "role", {
        /// Time at the venue.
        Ts = "ts",
        /// Time of receipt.
        TsRecv = "ts_recv",
        /// Best bid.
        Bid = "bid",
        /// Best ask.
        Ask = "ask",
        /// Size at the bid.
        BidSize = "bid_size",
        /// Size at the ask.
        AskSize = "ask_size",
        /// Trade price.
        Price = "price",
        /// Trade size.
        Quantity = "quantity",
        /// Aggressor's side.
        Side = "side",
        /// First price.
        Open = "open",
        /// Highest price.
        High = "high",
        /// Lowest price.
        Low = "low",
        /// Last price.
        Close = "close",
        /// Volume of a bar.
        Volume = "volume",
        /// Symbol of the row.
        Symbol = "symbol",
    }
);

words!(
    /// The unit of times that are plain numbers.
    TimeUnit, "time_unit", {
        /// Nanoseconds.
        Ns = "ns",
        /// Microseconds.
        Us = "us",
        /// Milliseconds.
        Ms = "ms",
        /// Seconds.
        S = "s",
    }
);

impl TimeUnit {
    /// Its length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        match self {
            Self::Ns => 1,
            Self::Us => 1_000,
            Self::Ms => 1_000_000,
            Self::S => 1_000_000_000,
        }
    }
}

words!(
    /// What the time of a bar says.
    Label, "label", {
        /// The start of its interval.
        Open = "open",
        /// The end of its interval.
        Close = "close",
    }
);

words!(
    /// A price that is not a whole number of ticks.
    OffTick, "off_tick", {
        /// Is an error.
        Error = "error",
        /// Moves to the nearest tick (half to even), counted.
        Round = "round",
    }
);

words!(
    /// A quote with one side absent (missing, NaN or 0).
    OneSided, "one_sided", {
        /// The side keeps its standing price and size.
        Keep = "keep",
        /// The side has no price.
        Clear = "clear",
    }
);

words!(
    /// A quote whose ask is below its bid.
    Crossed, "crossed", {
        /// Stays, counted.
        Keep = "keep",
        /// Is left out, counted.
        Drop = "drop",
        /// Is an error.
        Error = "error",
    }
);

words!(
    /// A row that cannot be: infinite price, negative size, high below low, trade at zero.
    Invalid, "invalid", {
        /// Is an error.
        Error = "error",
        /// Is left out, counted.
        Skip = "skip",
    }
);

words!(
    /// A row equal to the one before it in every column used.
    Duplicates, "duplicates", {
        /// Stays.
        Keep = "keep",
        /// Is left out, counted.
        Drop = "drop",
    }
);

words!(
    /// A row earlier than the one before it.
    Unsorted, "unsorted", {
        /// Is an error.
        Error = "error",
        /// Stays, counted: for looking at data, not for running on it.
        Count = "count",
    }
);

/// A column: what it means, its name, and the decimals of scaled integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// What it means.
    pub role: Role,
    /// Its name in the batches.
    pub name: String,
    /// An integer `n` in it means `n x 10^-decimals`.
    pub decimals: u8,
}

/// Which instrument a row is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// All rows are of one.
    One(InstrumentId),
    /// The column of role [`Role::Symbol`] says it.
    Column(Vec<(String, InstrumentId)>),
}

/// How to read a source: its columns and what to do where they break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Its name, for errors: a file or table.
    pub name: String,
    /// The kind of its rows.
    pub kind: Kind,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// The instruments of its rows.
    pub symbols: Symbols,
    /// The unit of times that are plain numbers.
    pub time_unit: TimeUnit,
    /// Whether a true (or positive) side says that the buyer was the maker, so the seller the aggressor.
    pub buyer_maker: bool,
    /// What the time of a bar says.
    pub label: Label,
    /// Length of a bar in nanoseconds; bars only.
    pub timeframe: i64,
    /// Prices off the tick.
    pub off_tick: OffTick,
    /// Quotes with one side absent.
    pub one_sided: OneSided,
    /// Quotes whose ask is below their bid.
    pub crossed: Crossed,
    /// Rows that cannot be.
    pub invalid: Invalid,
    /// Repeated rows.
    pub duplicates: Duplicates,
    /// Rows out of time order.
    pub unsorted: Unsorted,
    /// Whether everything is counted and nothing refused: looks at each row, for inspection.
    pub scan: bool,
}

impl SourceSpec {
    /// A source of one instrument with the default policies.
    pub fn new(name: impl Into<String>, kind: Kind, columns: Vec<ColumnSpec>, symbols: Symbols) -> Self {
        Self {
            name: name.into(),
            kind,
            columns,
            symbols,
            time_unit: TimeUnit::Ns,
            buyer_maker: false,
            label: Label::Open,
            timeframe: 0,
            off_tick: OffTick::Error,
            one_sided: OneSided::Keep,
            crossed: Crossed::Keep,
            invalid: Invalid::Error,
            duplicates: Duplicates::Keep,
            unsorted: Unsorted::Error,
            scan: false,
        }
    }

    /// The roles that rows of a kind cannot do without, besides the time.
    pub const fn required(kind: Kind) -> &'static [Role] {
        match kind {
            Kind::Quote => &[Role::Bid, Role::Ask],
            Kind::Tick => &[Role::Bid, Role::Ask, Role::Price],
            Kind::Trade => &[Role::Price],
            Kind::Bar => &[Role::Open, Role::High, Role::Low, Role::Close],
        }
    }
}
