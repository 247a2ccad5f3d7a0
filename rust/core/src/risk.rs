//! The check that every order passes before it reaches a venue.
//!
//! Only [`RiskPolicy`] makes an [`Approved`], and a venue takes nothing else: the type is the proof.

use crate::order::{NewOrder, OrderType, Reject, ReplaceOrder};
use crate::types::{Instrument, Money, Qty, Side, product};

/// Proof that `T` passed the risk check.
///
/// Nothing else can make one:
/// ```compile_fail
/// let forged = baconalgo_core::risk::Approved(7);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What was approved, by value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

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

/// What an order is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Exposure<'a> {
    /// The order's instrument.
    pub instrument: &'a Instrument,
    /// Its index.
    pub index: usize,
    /// Twice its mark in ticks, if there is one.
    pub mark2: Option<i64>,
    /// Its position, lots.
    pub position: Qty,
    /// What open buy orders have left, lots.
    pub working_buy: Qty,
    /// What open sell orders have left, lots.
    pub working_sell: Qty,
    /// Equity.
    pub equity: Money,
    /// Gross worst-case exposure of all other instruments.
    pub others: Money,
}

/// The policy: stateless limits; what it judges by is handed in.
#[derive(Clone, Debug)]
pub struct RiskPolicy {
    limits: OrderLimits,
}

/// |lots| on the side where open orders would leave the larger position.
pub(crate) fn worst_lots(position: i64, buy: i64, sell: i64) -> i128 {
    let long = (i128::from(position) + i128::from(buy)).abs();
    let short = (i128::from(position) - i128::from(sell)).abs();
    long.max(short)
}

impl RiskPolicy {
    /// A policy with these limits.
    pub const fn new(limits: OrderLimits) -> Self {
        Self { limits }
    }

    /// Judges a new order.
    ///
    /// # Errors
    /// The first rule that it breaks, in the order of the codes.
    pub fn check(&self, order: NewOrder, view: &Exposure<'_>) -> Result<Approved<NewOrder>, Reject> {
        well_formed(&order)?;
        self.judge(&order, order.qty, 0, view)?;
        Ok(Approved(order))
    }

    /// Judges a change of an open order with `leaves` still working.
    ///
    /// # Errors
    /// The first rule that the changed order would break, in the order of the codes.
    pub fn check_replace(
        &self,
        change: ReplaceOrder,
        order: &NewOrder,
        filled: Qty,
        view: &Exposure<'_>,
    ) -> Result<Approved<ReplaceOrder>, Reject> {
        let changed = NewOrder {
            qty: change.qty.unwrap_or(order.qty),
            limit: change.limit.or(order.limit),
            stop: change.stop.or(order.stop),
            ..*order
        };
        well_formed(&changed)?;
        let leaves = Qty((changed.qty.0 - filled.0).max(0));
        let before = order.qty.0 - filled.0;
        if leaves.0 > 0 {
            self.judge(&changed, leaves, before, view)?;
        }
        Ok(Approved(change))
    }

    /// Approves an order that takes a position of `lots` back to nothing, past every limit.
    ///
    /// `None` if the order is anything else: not a market order against the position, or larger than it.
    pub(crate) fn approve_flatten(order: NewOrder, lots: Qty) -> Option<Approved<NewOrder>> {
        let reduces = Side::of(lots.0) == Some(order.side.opposite()) && order.qty.0 <= lots.0.abs();
        (well_formed(&order).is_ok() && order.order_type == OrderType::Market && reduces).then_some(Approved(order))
    }

    /// Takes over an order that was approved before a restart.
    pub(crate) const fn adopt(order: NewOrder) -> Approved<NewOrder> {
        Approved(order)
    }

    /// `leaves` of the order would work, in place of `replaced` lots of its side.
    fn judge(&self, order: &NewOrder, leaves: Qty, replaced: i64, view: &Exposure<'_>) -> Result<(), Reject> {
        let side = order.side;
        let mark2 = view.mark2.ok_or(Reject::NoMarket)?;
        if self.limits.max_order_qty.as_ref().is_some_and(|most| order.qty > most[view.index]) {
            return Err(Reject::OrderSize);
        }
        let (mut buy, mut sell) = (view.working_buy.0, view.working_sell.0);
        let working = if side == Side::Buy { &mut buy } else { &mut sell };
        *working = (*working - replaced).checked_add(leaves.0).ok_or(Reject::PositionLimit)?;
        if let Some(most) = &self.limits.max_position {
            let after = i128::from(view.position.0) + i128::from(side.sign()) * i128::from(*working);
            if after.abs() > i128::from(most[view.index].0) && after.signum() == i128::from(side.sign()) {
                return Err(Reject::PositionLimit);
            }
        }
        let half_unit = view.instrument.half_unit();
        let notional = product(i128::from(mark2) * i128::from(order.qty.0), half_unit).ok_or(Reject::Notional)?;
        if self.limits.max_notional.is_some_and(|most| notional.abs() > most) {
            return Err(Reject::Notional);
        }
        if let (Some(ppm), Some(limit)) = (self.limits.collar_ppm, order.limit) {
            // How far the limit is from the mark, in half ticks, against |mark| x ppm / 1e6.
            let away = (2 * i128::from(limit.0) - i128::from(mark2)).abs();
            if away * 1_000_000 > i128::from(mark2).abs() * i128::from(ppm) {
                return Err(Reject::Collar);
            }
        }
        let value = |lots: i128| product(lots, i128::from(mark2).abs()).and_then(|v| product(v, half_unit));
        let before = worst_lots(view.position.0, view.working_buy.0, view.working_sell.0);
        let after = worst_lots(view.position.0, buy, sell);
        if after > before {
            let exposure = value(after).and_then(|v| v.checked_add(view.others)).ok_or(Reject::Notional)?;
            if exposure > leveraged(view.equity.max(0), self.limits.leverage_ppm) {
                return Err(Reject::Leverage);
            }
        }
        Ok(())
    }
}

/// floor(equity x ppm / 1e6) in two parts, so that the product stays small.
#[inline]
fn leveraged(equity: Money, ppm: i64) -> Money {
    const ONE: i64 = 1_000_000;
    if ppm == ONE {
        return equity;
    }
    let (one, ppm) = (i128::from(ONE), i128::from(ppm));
    (equity / one).saturating_mul(ppm).saturating_add(equity % one * ppm / one)
}

/// Quantity positive; exactly the prices its type needs.
fn well_formed(order: &NewOrder) -> Result<(), Reject> {
    if order.qty.0 <= 0 {
        return Err(Reject::Quantity);
    }
    let wants_limit = matches!(order.order_type, OrderType::Limit | OrderType::StopLimit);
    let wants_stop = matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
    if order.limit.is_some() != wants_limit || order.stop.is_some() != wants_stop {
        return Err(Reject::Price);
    }
    Ok(())
}
