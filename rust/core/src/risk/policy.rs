//! The limits: plain data, checked where they are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Dimension, VarRule};
use crate::types::{Instrument, Money, Qty, Ts};

/// Limits on single orders and positions; `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLimits {
    /// Largest order, lots by instrument.
    pub max_order_qty: Option<Vec<Qty>>,
    /// Largest |position| that open orders could lead to, lots by instrument.
    pub max_position: Option<Vec<Qty>>,
    /// Largest notional of one order.
    pub max_notional: Option<Money>,
    /// Farthest a limit price may be from the mark, parts per million of the mark.
    pub collar_ppm: Option<i64>,
    /// Largest gross exposure, parts per million of equity.
    pub leverage_ppm: i64,
}

impl Default for OrderLimits {
    /// Leverage 1 and nothing else.
    fn default() -> Self {
        Self { max_order_qty: None, max_position: None, max_notional: None, collar_ppm: None, leverage_ppm: 1_000_000 }
    }
}

/// At most so many in any window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, > 0.
    pub most: u32,
    /// Within how long, ns, > 0.
    pub window: i64,
}

/// Limits on the account as a whole; `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guard {
    /// Largest order of any instrument, units.
    pub max_order_quantity: Option<f64>,
    /// Largest |position| of any instrument that open orders could lead to, units.
    pub max_position: Option<f64>,
    /// Limits on the exposure of groups.
    pub groups: Vec<(Dimension, String, Money)>,
    /// What holds for single symbols beside all that, whenever they turn up.
    pub symbols: BTreeMap<String, SymbolRules>,
    /// Largest gross exposure.
    pub max_gross: Option<Money>,
    /// Largest net exposure, long or short.
    pub max_net: Option<Money>,
    /// Largest exposure of one instrument.
    pub max_instrument: Option<Money>,
    /// Largest exposure of one instrument, parts per million of equity.
    pub concentration_ppm: Option<i64>,
    /// Margin that exposure takes, parts per million of it; all of it must not exceed equity.
    pub margin_ppm: Option<i64>,
    /// Most instruments with a position or an order that could open one.
    pub max_positions: Option<u32>,
    /// Most open orders.
    pub max_open_orders: Option<u32>,
    /// Most new orders in a window.
    pub order_rate: Option<Rate>,
    /// Most messages (orders, changes, cancels) in a window.
    pub message_rate: Option<Rate>,
    /// An order like the last one of its instrument is refused for so long, ns.
    pub duplicate_window: Option<i64>,
    /// Whether an order that could meet one of our own is refused.
    pub refuse_self_cross: bool,
    /// A mark older than this is stale, ns.
    pub max_data_age: Option<i64>,
    /// Largest loss since the start of the day, realised or not.
    pub max_daily_loss: Option<Money>,
    /// Largest fall from the peak of equity, parts per million of it.
    pub drawdown_ppm: Option<i64>,
    /// Limit on value at risk by what prices have done so far.
    pub var: Option<VarRule>,
    /// When a day starts, ns after UTC midnight.
    pub day_start: i64,
    /// When days start, in order, in place of `day_start`: what a time zone makes of it. After the last one come days of
    /// 24 hours.
    pub day_starts: Option<Arc<[Ts]>>,
    /// Whether reaching the daily loss or the drawdown trips a breaker, which stays so until it is reset.
    pub breakers: bool,
    /// Whether a tripped breaker also closes all positions.
    pub flatten: bool,
    /// No reset sooner than so long after a trip, ns.
    pub cool_down: i64,
    /// Whether orders may only reduce positions.
    pub reduce_only: bool,
}

/// What holds for one symbol, in units and in the currency; `None` is no limit, or no group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SymbolRules {
    /// Its sector.
    pub sector: Option<String>,
    /// The strategy that trades it.
    pub strategy: Option<String>,
    /// Where it trades.
    pub venue: Option<String>,
    /// Largest order, units.
    pub max_order_quantity: Option<f64>,
    /// Largest |position| that open orders could lead to, units.
    pub max_position: Option<f64>,
    /// Largest notional of one order.
    pub max_notional: Option<Money>,
    /// Largest exposure.
    pub max_exposure: Option<Money>,
    /// Margin that its exposure takes, parts per million, in place of the general one.
    pub margin_ppm: Option<i64>,
}

impl Guard {
    /// The limits of an instrument with these rules: the stricter of its own and of those for all.
    pub fn limits_of(&self, instrument: &Instrument, rules: &SymbolRules) -> InstrumentLimits {
        let scale = instrument.qty_scale();
        // A limit between two lots is the lower one; NaN is none at all, so nothing may be traded.
        let lots = |quantity: f64| Qty((quantity * scale.power / scale.mantissa * (1.0 + f64::EPSILON)).floor() as i64);
        let stricter = |own: Option<f64>, all: Option<f64>| least(own.map(lots), all.map(lots));
        InstrumentLimits {
            max_order_qty: stricter(rules.max_order_quantity, self.max_order_quantity),
            max_position: stricter(rules.max_position, self.max_position),
            max_notional: rules.max_notional,
            max_exposure: rules.max_exposure,
            margin_ppm: rules.margin_ppm,
        }
    }
}

/// The stricter of two bounds.
pub(super) fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// An instrument's own limits, beside those that hold for all; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstrumentLimits {
    /// Largest order, lots.
    pub max_order_qty: Option<Qty>,
    /// Largest |position| that open orders could lead to, lots.
    pub max_position: Option<Qty>,
    /// Largest notional of one order.
    pub max_notional: Option<Money>,
    /// Largest exposure.
    pub max_exposure: Option<Money>,
    /// Margin that its exposure takes, parts per million, in place of the general one.
    pub margin_ppm: Option<i64>,
}

/// All limits of an account.
///
/// Without a [`Guard`], orders are judged by [`OrderLimits`] alone, at the mark: what a backtest does by default.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskPolicy {
    pub(super) limits: OrderLimits,
    pub(super) guard: Option<Guard>,
}

impl RiskPolicy {
    /// A policy with these limits.
    pub const fn new(limits: OrderLimits) -> Self {
        Self { limits, guard: None }
    }

    /// A policy that guards the account as a whole, too.
    pub const fn guarded(limits: OrderLimits, guard: Guard) -> Self {
        Self { limits, guard: Some(guard) }
    }

    /// Limits on single orders and positions.
    pub const fn limits(&self) -> &OrderLimits {
        &self.limits
    }

    /// Limits on the account as a whole.
    pub const fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }
}

/// A part of an amount, rounded down: floor(amount x ppm / 1e6).
#[inline]
pub fn share(amount: Money, ppm: i64) -> Money {
    // In two parts, so that the product stays small.
    const ONE: i64 = 1_000_000;
    if ppm == ONE {
        return amount;
    }
    let (one, ppm) = (i128::from(ONE), i128::from(ppm));
    (amount / one).saturating_mul(ppm).saturating_add(amount % one * ppm / one)
}
