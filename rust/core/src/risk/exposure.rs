//! What each instrument exposes the account to, and the sums of it.

use super::InstrumentLimits;
use super::policy::share;
use crate::ledger::Ledger;
use crate::order::{NewOrder, OrderType, Reject};
use crate::types::{Instrument, InstrumentId, Money, Side, Ts, product};

/// A way of grouping instruments; an instrument is in at most one group of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Dimension {
    /// What it is of.
    Sector = 0,
    /// Who trades it.
    Strategy = 1,
    /// Where it trades.
    Venue = 2,
    /// What it is paid in.
    Currency = 3,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sector, Self::Strategy, Self::Venue, Self::Currency];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sector => "sector",
            Self::Strategy => "strategy",
            Self::Venue => "venue",
            Self::Currency => "currency",
        }
    }

    /// What breaking a limit of it is called.
    pub(super) const fn reject(self) -> Reject {
        match self {
            Self::Sector => Reject::SectorExposure,
            Self::Strategy => Reject::StrategyExposure,
            Self::Venue => Reject::VenueExposure,
            Self::Currency => Reject::CurrencyExposure,
        }
    }
}

/// A set of instruments with a limit of their own.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) dimension: Dimension,
    pub(super) name: String,
    pub(super) gross: Money,
    pub(super) limit: Option<Money>,
}

/// The account as a whole, everything under way at its worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the worst exposures of all instruments, longs and shorts alike.
    pub gross: Money,
    /// Net exposure if all that is bought fills and nothing that is sold.
    pub net_long: Money,
    /// Net exposure if all that is sold fills and nothing that is bought; negative if that is short.
    pub net_short: Money,
    /// Margin taken.
    pub margin: Money,
    /// Instruments with a position or an order under way.
    pub open: i64,
}

/// Values of one instrument are capped here, so that sums over a hundred thousand of them fit.
const CAP: Money = 1 << 109;

/// What works on one side of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Working {
    /// Lots in all.
    pub(super) lots: i64,
    /// Of these, lots whose worst price is that of the market.
    pub(super) plain: i64,
    /// Sum of lots x twice the price over the others.
    pub(super) value2: i128,
    /// The price of the limit order nearest to the other side; not nearer than this.
    pub(super) nearest: Option<i64>,
}

impl Working {
    /// Adds lots of an order; takes them away if negative.
    #[inline(always)]
    pub(super) fn add(&mut self, lots: i64, price2: Option<i64>) {
        self.lots += lots;
        match price2 {
            Some(price2) => self.value2 += i128::from(lots) * i128::from(price2),
            None => self.plain += lots,
        }
        if self.lots == 0 {
            self.nearest = None;
        }
    }

    /// In half ticks x lots, at worst, where the market's price is `mark2`, or `market2` for orders without a price.
    fn worst(&self, mark2: i64, market2: i64) -> i128 {
        let priced = i128::from(self.lots - self.plain) * i128::from(mark2);
        i128::from(self.plain) * i128::from(market2) + priced.max(self.value2)
    }
}

/// What one instrument adds to the sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) gross: Money,
    pub(super) long: Money,
    pub(super) short: Money,
    pub(super) margin: Money,
    pub(super) open: bool,
}

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) half_unit: Money,
    pub(super) position: i64,
    /// |twice the mark|, ticks, if there is one.
    pub(super) mark2: Option<i64>,
    /// The sign of the mark.
    pub(super) sign: i64,
    pub(super) buy: Working,
    pub(super) sell: Working,
    pub(super) part: Part,
    /// Whether `part` may not be what it should.
    pub(super) dirty: bool,
    pub(super) groups: [Option<u32>; 4],
    pub(super) limits: InstrumentLimits,
    pub(super) halted: bool,
    pub(super) synced: bool,
    /// When it was last marked.
    pub(super) marked_at: Ts,
    pub(super) last_order: Option<(Ts, NewOrder)>,
}

impl Part {
    /// Value at worst.
    pub(super) const fn worst(&self) -> Money {
        if self.long.abs() >= self.short.abs() { self.long } else { self.short }
    }
}

impl Line {
    pub(super) fn new(instrument: &Instrument) -> Self {
        Self {
            half_unit: instrument.half_unit(),
            position: 0,
            mark2: None,
            sign: 1,
            buy: Working::default(),
            sell: Working::default(),
            part: Part::default(),
            dirty: false,
            groups: [None; 4],
            limits: InstrumentLimits::default(),
            halted: false,
            synced: true,
            marked_at: Ts::MIN,
            last_order: None,
        }
    }

    pub(super) const fn working(&self, side: Side) -> &Working {
        match side {
            Side::Buy => &self.buy,
            Side::Sell => &self.sell,
        }
    }

    pub(super) const fn working_mut(&mut self, side: Side) -> &mut Working {
        match side {
            Side::Buy => &mut self.buy,
            Side::Sell => &mut self.sell,
        }
    }

    /// Lots that an order of `lots` adds to the position at worst; none or less if it only reduces it.
    pub(super) const fn added(&self, side: Side, lots: i64, working: &Working) -> i64 {
        let closable = (-side.sign() * self.position).saturating_sub(working.lots);
        lots.saturating_sub(if closable > 0 { closable } else { 0 })
    }

    /// Reads what the ledger says of it.
    #[inline]
    pub(super) fn read(&mut self, index: usize, ledger: &Ledger) {
        self.position = ledger.positions()[index].0;
        let mark2 = ledger.mark2(InstrumentId(index as u32));
        self.mark2 = mark2.map(i64::saturating_abs);
        self.sign = if mark2.is_some_and(|mark2| mark2 < 0) { -1 } else { 1 };
    }

    /// Signed value of the position with everything that works on a side, in the currency.
    pub(super) fn side_value(&self, side: Side, working: &Working, collar_ppm: i64) -> Money {
        self.side_value_at(self.mark2.unwrap_or(0), side, working, collar_ppm)
    }

    /// Value at worst, with everything under way, where twice the market's price is `mark2`.
    pub(super) fn worst_at(&self, mark2: i64, collar_ppm: i64) -> Money {
        let long = self.side_value_at(mark2, Side::Buy, &self.buy, collar_ppm);
        let short = self.side_value_at(mark2, Side::Sell, &self.sell, collar_ppm);
        if long.abs() >= short.abs() { long } else { short }
    }

    fn side_value_at(&self, mark2: i64, side: Side, working: &Working, collar_ppm: i64) -> Money {
        let held = i128::from(self.position) * i128::from(mark2);
        let moved = working.worst(mark2, collared(mark2, collar_ppm));
        let half_ticks = held.saturating_add(i128::from(side.sign()) * moved);
        product(half_ticks, self.half_unit).map_or(CAP * half_ticks.signum(), |value| value.clamp(-CAP, CAP))
    }

    /// What it adds to the sums as it stands.
    pub(super) fn current(&self, collar_ppm: i64, margin_ppm: i64) -> Part {
        if self.position == 0 && self.buy.lots == 0 && self.sell.lots == 0 {
            return Part::default();
        }
        let long = self.side_value(Side::Buy, &self.buy, collar_ppm);
        let short = self.side_value(Side::Sell, &self.sell, collar_ppm);
        let gross = long.abs().max(short.abs());
        let margin = share(gross, self.limits.margin_ppm.unwrap_or(margin_ppm)).min(CAP);
        Part { gross, long, short, margin, open: true }
    }
}

/// The farthest that a price may be beyond a mark.
#[inline]
pub(super) fn collared(mark2: i64, collar_ppm: i64) -> i64 {
    if collar_ppm == 0 {
        return mark2;
    }
    let more = (i128::from(mark2) * i128::from(collar_ppm) + 999_999) / 1_000_000;
    i64::try_from(i128::from(mark2) + more).unwrap_or(i64::MAX)
}

/// Twice the worst price of an order by its own terms; `None` if that is the market's.
#[inline(never)]
pub(super) fn own_price2(order: &NewOrder, collar_ppm: i64) -> Option<i64> {
    let twice = |px: i64| px.unsigned_abs().min(i64::MAX as u64 / 2) as i64 * 2;
    match order.order_type {
        OrderType::Market => None,
        OrderType::Stop => order.stop.map(|px| collared(twice(px.0), collar_ppm)),
        OrderType::Limit | OrderType::StopLimit => order.limit.map(|px| twice(px.0)),
    }
}
