//! Orders, what a strategy asks for, and what a venue answers.

use crate::types::{InstrumentId, Money, NEVER, OrderId, Px, Qty, Side, Ts};

/// How an order executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OrderType {
    /// At once, at the market's price.
    Market = 0,
    /// At the limit price or better.
    Limit = 1,
    /// A market order once the market reaches the stop price.
    Stop = 2,
    /// A limit order once the market reaches the stop price.
    StopLimit = 3,
}

/// How long an order works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TimeInForce {
    /// Good till cancelled.
    #[default]
    Gtc = 0,
    /// Immediate or cancel: what cannot be filled at once is cancelled.
    Ioc = 1,
    /// Fill or kill: filled whole at once, or cancelled.
    Fok = 2,
    /// Good till the next UTC midnight.
    Day = 3,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OrderStatus {
    /// Decided, not yet checked.
    Pending = 0,
    /// On its way to the venue or working there.
    Submitted = 1,
    /// Working, partly filled.
    PartiallyFilled = 2,
    /// Filled.
    Filled = 3,
    /// Cancelled; may be partly filled.
    Cancelled = 4,
    /// Refused.
    Rejected = 5,
    /// Ran out of time; may be partly filled.
    Expired = 6,
    /// Nobody knows what became of it: it counts as working until somebody does.
    Unknown = 7,
}

impl OrderStatus {
    /// Whether nothing more can happen to it.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired)
    }
}

/// Why an order, a cancel or a replace was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
#[non_exhaustive]
pub enum Reject {
    /// The instrument is not in this run.
    UnknownInstrument = 1001,
    /// The quantity is not positive or not a whole number of lots.
    Quantity = 1002,
    /// A price is missing, off the tick, or not allowed for the order type.
    Price = 1003,
    /// There is no such open order.
    UnknownOrder = 1004,
    /// The strategy is still warming up: the run's start date is ahead.
    WarmUp = 1005,
    /// An order of this number was sent before.
    DuplicateOrder = 1006,
    /// A price, quantity or confidence is not a number, or beyond what its instrument can hold.
    Amount = 1007,
    /// The message is earlier than one before it.
    OutOfOrder = 1008,
    /// There is room for no more instruments.
    TooManyInstruments = 1009,
    /// The bytes of the message mean nothing here.
    Malformed = 1010,
    /// There is no price yet to judge the order by.
    NoMarket = 2001,
    /// Larger than the largest order allowed.
    OrderSize = 2002,
    /// The position would be larger than allowed.
    PositionLimit = 2003,
    /// The notional would be larger than allowed.
    Notional = 2004,
    /// The limit price is outside the collar around the market.
    Collar = 2005,
    /// Exposure would exceed equity times leverage.
    Leverage = 2006,
    /// A circuit breaker has tripped and was not reset.
    Breaker = 2007,
    /// The kill switch is on.
    KillSwitch = 2008,
    /// Orders may only reduce positions.
    ReduceOnly = 2009,
    /// The instrument does not trade.
    InstrumentHalted = 2010,
    /// The last price is too old to judge the order by.
    StaleData = 2011,
    /// The market data of the instrument has a gap.
    UnsyncedData = 2012,
    /// There would be more positions than allowed.
    Positions = 2013,
    /// There would be more open orders than allowed.
    OpenOrders = 2014,
    /// More orders in a window of time than allowed.
    OrderRate = 2015,
    /// More messages in a window of time than allowed.
    MessageRate = 2016,
    /// The same order was sent a moment ago.
    Duplicate = 2017,
    /// It could trade with an open order of our own.
    SelfCross = 2018,
    /// Gross exposure would be larger than allowed.
    GrossExposure = 2019,
    /// Net exposure would be larger than allowed.
    NetExposure = 2020,
    /// The exposure of the instrument would be larger than allowed.
    InstrumentExposure = 2021,
    /// The instrument would be too large a part of the account.
    Concentration = 2022,
    /// The exposure of the sector would be larger than allowed.
    SectorExposure = 2023,
    /// The exposure of the strategy would be larger than allowed.
    StrategyExposure = 2024,
    /// The exposure at the venue would be larger than allowed.
    VenueExposure = 2025,
    /// The exposure in the currency would be larger than allowed.
    CurrencyExposure = 2026,
    /// Margin would exceed equity.
    Margin = 2027,
    /// The loss of the day has reached its limit.
    DailyLoss = 2028,
    /// The fall from the peak of equity has reached its limit.
    Drawdown = 2029,
    /// Value at risk would be larger than allowed, or is not known for the instrument.
    ValueAtRisk = 2030,
    /// Value at risk is not known yet: too few returns of the instrument, or of one held.
    VarUnknown = 2031,
    /// The order is already done.
    TooLate = 3001,
    /// A fill-or-kill order could not be filled whole.
    NotFilledWhole = 3002,
    /// After an emergency stop nothing is sent.
    Halted = 8001,
    /// The engine has failed; its orders are cancelled.
    Faulted = 8002,
}

impl Reject {
    /// Those of the risk check, in the order of their numbers.
    pub const RISK: [Self; 31] = [
        Self::NoMarket,
        Self::OrderSize,
        Self::PositionLimit,
        Self::Notional,
        Self::Collar,
        Self::Leverage,
        Self::Breaker,
        Self::KillSwitch,
        Self::ReduceOnly,
        Self::InstrumentHalted,
        Self::StaleData,
        Self::UnsyncedData,
        Self::Positions,
        Self::OpenOrders,
        Self::OrderRate,
        Self::MessageRate,
        Self::Duplicate,
        Self::SelfCross,
        Self::GrossExposure,
        Self::NetExposure,
        Self::InstrumentExposure,
        Self::Concentration,
        Self::SectorExposure,
        Self::StrategyExposure,
        Self::VenueExposure,
        Self::CurrencyExposure,
        Self::Margin,
        Self::DailyLoss,
        Self::Drawdown,
        Self::ValueAtRisk,
        Self::VarUnknown,
    ];

    /// Its number.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// In words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownInstrument => "unknown instrument",
            Self::Quantity => "quantity must be a positive whole number of lots",
            Self::Price => "price is missing, off the tick, or not allowed for the order type",
            Self::UnknownOrder => "no such open order",
            Self::WarmUp => "before the start date, strategies only warm up",
            Self::DuplicateOrder => "an order of this number was sent before",
            Self::Amount => "a price, quantity or confidence is not a number or out of range",
            Self::OutOfOrder => "earlier than a message before it",
            Self::TooManyInstruments => "there is room for no more instruments",
            Self::Malformed => "a message that means nothing here",
            Self::NoMarket => "no price yet to judge the order by",
            Self::OrderSize => "larger than the largest order allowed",
            Self::PositionLimit => "the position would be larger than allowed",
            Self::Notional => "the notional would be larger than allowed",
            Self::Collar => "the limit price is outside the collar around the market",
            Self::Leverage => "exposure would exceed equity times leverage",
            Self::Breaker => "a circuit breaker has tripped",
            Self::KillSwitch => "the kill switch is on",
            Self::ReduceOnly => "orders may only reduce positions",
            Self::InstrumentHalted => "the instrument does not trade",
            Self::StaleData => "the last price is too old",
            Self::UnsyncedData => "the market data has a gap",
            Self::Positions => "more positions than allowed",
            Self::OpenOrders => "more open orders than allowed",
            Self::OrderRate => "more orders in a window of time than allowed",
            Self::MessageRate => "more messages in a window of time than allowed",
            Self::Duplicate => "the same order was sent a moment ago",
            Self::SelfCross => "could trade with an open order of our own",
            Self::GrossExposure => "gross exposure would be larger than allowed",
            Self::NetExposure => "net exposure would be larger than allowed",
            Self::InstrumentExposure => "the exposure of the instrument would be larger than allowed",
            Self::Concentration => "the instrument would be too large a part of the account",
            Self::SectorExposure => "the exposure of the sector would be larger than allowed",
            Self::StrategyExposure => "the exposure of the strategy would be larger than allowed",
            Self::VenueExposure => "the exposure at the venue would be larger than allowed",
            Self::CurrencyExposure => "the exposure in the currency would be larger than allowed",
            Self::Margin => "margin would exceed equity",
            Self::DailyLoss => "the loss of the day has reached its limit",
            Self::Drawdown => "the fall from the peak of equity has reached its limit",
            Self::ValueAtRisk => "value at risk would be larger than allowed",
            Self::VarUnknown => "value at risk is not known yet",
            Self::TooLate => "the order is already done",
            Self::Halted => "after an emergency stop nothing is sent",
            Self::Faulted => "the engine has failed",
            Self::NotFilledWhole => "could not be filled whole",
        }
    }

    /// Its place among [`Self::RISK`].
    #[inline]
    pub const fn place(self) -> Option<usize> {
        let code = self as usize;
        if code > 2000 && code <= 2000 + Self::RISK.len() { Some(code - 2001) } else { None }
    }

    /// The limit that it is about, as users call it.
    pub const fn limit(self) -> &'static str {
        match self {
            Self::NoMarket => "market_data",
            Self::OrderSize => "max_order_quantity",
            Self::PositionLimit => "max_position",
            Self::Notional => "max_notional",
            Self::Collar => "price_collar_pct",
            Self::Leverage => "leverage",
            Self::Breaker => "circuit_breaker",
            Self::KillSwitch => "kill_switch",
            Self::ReduceOnly => "reduce_only",
            Self::InstrumentHalted => "instrument_state",
            Self::StaleData => "max_data_age",
            Self::UnsyncedData => "data_state",
            Self::Positions => "max_concurrent_positions",
            Self::OpenOrders => "max_open_orders",
            Self::OrderRate => "max_orders_per_second",
            Self::MessageRate => "max_messages_per_second",
            Self::Duplicate => "duplicate_window",
            Self::SelfCross => "refuse_self_cross",
            Self::GrossExposure => "max_exposure_pct",
            Self::NetExposure => "max_net_exposure_pct",
            Self::InstrumentExposure => "max_instrument_exposure",
            Self::Concentration => "max_concentration_pct",
            Self::SectorExposure => "sector_limits",
            Self::StrategyExposure => "strategy_limits",
            Self::VenueExposure => "venue_limits",
            Self::CurrencyExposure => "currency_limits",
            Self::Margin => "margin_pct",
            Self::DailyLoss => "max_daily_loss",
            Self::Drawdown => "max_drawdown_pct",
            Self::ValueAtRisk => "max_var_pct",
            Self::VarUnknown => "var_warm_up",
            _ => "order",
        }
    }

    /// What its value and bound are counted in.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Notional
            | Self::Leverage
            | Self::Breaker
            | Self::GrossExposure
            | Self::NetExposure
            | Self::InstrumentExposure
            | Self::Concentration
            | Self::SectorExposure
            | Self::StrategyExposure
            | Self::VenueExposure
            | Self::CurrencyExposure
            | Self::Margin
            | Self::DailyLoss
            | Self::Drawdown
            | Self::ValueAtRisk => Unit::Money,
            Self::OrderSize | Self::PositionLimit | Self::ReduceOnly => Unit::Lots,
            Self::Collar | Self::SelfCross => Unit::HalfTicks,
            Self::StaleData | Self::Duplicate => Unit::Nanoseconds,
            _ => Unit::Count,
        }
    }
}

/// What the value and the bound of a refusal are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1e-18 of the currency.
    Money,
    /// Lots of the instrument.
    Lots,
    /// Half ticks of the instrument.
    HalfTicks,
    /// Nanoseconds.
    Nanoseconds,
    /// One by one.
    Count,
}

/// A new order, as a strategy asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Its number.
    pub id: OrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How it executes.
    pub order_type: OrderType,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// How much, lots, > 0.
    pub qty: Qty,
    /// Limit price; limit and stop-limit orders only.
    pub limit: Option<Px>,
    /// Stop price; stop and stop-limit orders only.
    pub stop: Option<Px>,
}

/// A change of an open order; `None` leaves a part as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaceOrder {
    /// The order.
    pub id: OrderId,
    /// New total quantity, lots.
    pub qty: Option<Qty>,
    /// New limit price.
    pub limit: Option<Px>,
    /// New stop price.
    pub stop: Option<Px>,
}

/// What a strategy asks the engine to do.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    /// Send a new order.
    Submit(NewOrder),
    /// Cancel an order.
    Cancel(OrderId),
    /// Change an order.
    Replace(ReplaceOrder),
    /// Refuse an order that was asked for in terms the engine cannot express (off the lot, off the tick):
    /// it is recorded with this reason and seen as rejected.
    Refuse(NewOrder, Reject),
}

/// Whether a fill took or gave liquidity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Liquidity {
    /// Took.
    Taker = 0,
    /// Gave.
    Maker = 1,
}

/// A fill, as the venue made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The order.
    pub order: OrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// The order's side.
    pub side: Side,
    /// At what price, slippage included.
    pub px: Px,
    /// How much, lots.
    pub qty: Qty,
    /// The commission.
    pub fee: Money,
    /// Took or gave.
    pub liquidity: Liquidity,
    /// When, at the venue.
    pub ts_event: Ts,
    /// When we saw it.
    pub ts_recv: Ts,
}

/// What happened to an order at its venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// It arrived and works.
    Accepted,
    /// It was filled, in part or whole.
    Filled {
        /// Price.
        px: Px,
        /// Lots.
        qty: Qty,
        /// Commission.
        fee: Money,
        /// Took or gave.
        liquidity: Liquidity,
    },
    /// It was cancelled, by request or, where a reason stands, by its own terms.
    Cancelled(Option<Reject>),
    /// Its time ran out.
    Expired,
    /// It was refused.
    Rejected(Reject),
    /// It was changed.
    Replaced(ReplaceOrder),
    /// A cancel or replace of it was refused; the order stands as it was.
    ChangeRejected(Reject),
    /// Its stop was reached.
    Triggered,
    /// Nobody knows what became of it: the way to the venue broke after it was sent. Any later report resolves that.
    Unknown,
}

/// One report about one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The order.
    pub order: OrderId,
    /// What happened.
    pub kind: ReportKind,
    /// When, at the venue.
    pub ts_event: Ts,
    /// When we see it.
    pub ts_recv: Ts,
}

/// An order and all that has happened to it, as we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What was asked for, with the changes since.
    pub request: NewOrder,
    /// Where it stands.
    pub status: OrderStatus,
    /// Filled so far, lots.
    pub filled: Qty,
    /// Sum of px x qty over its fills.
    pub filled_value: i128,
    /// Why it was refused.
    pub reject: Option<Reject>,
    /// When it was decided.
    pub ts_submitted: Ts,
    /// When it was done, at the venue; [`NEVER`] while open.
    pub ts_closed: Ts,
}

impl Order {
    /// An order just decided.
    pub const fn new(request: NewOrder, ts_submitted: Ts) -> Self {
        Self {
            request,
            status: OrderStatus::Pending,
            filled: Qty(0),
            filled_value: 0,
            reject: None,
            ts_submitted,
            ts_closed: NEVER,
        }
    }

    /// The venue has said something of it: what became of it is known.
    pub(crate) const fn found(&mut self) {
        if matches!(self.status, OrderStatus::Unknown) {
            self.status = if self.filled.0 > 0 { OrderStatus::PartiallyFilled } else { OrderStatus::Submitted };
        }
    }

    /// What is not filled yet, lots.
    pub const fn leaves(&self) -> Qty {
        Qty(self.request.qty.0 - self.filled.0)
    }
}
