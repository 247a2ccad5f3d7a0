//! The judgement on an order: the rules in the order of their contract.

use super::exposure::{Dimension, Line, Working, collared};
use super::policy::{least, share};
use super::uses::Uses;
use super::{Approved, Condition, Denied, Guard, Risk};
use crate::ledger::Ledger;
use crate::order::{NewOrder, Order, OrderType, Reject, ReplaceOrder};
use crate::types::{Money, Px, Qty, Side, Ts, product};

/// An order with a value beyond this, in half ticks x lots, is refused: sums of a hundred million of them fit.
const MOST_VALUE: i128 = 1 << 100;

/// What is judged: `leaves` of an order would work, in place of what is left of it as it stands, if it does.
#[derive(Clone, Copy)]
struct Asked<'a> {
    order: &'a NewOrder,
    leaves: i64,
    standing: Option<(&'a NewOrder, i64)>,
}

impl Risk {
    /// Judges a new order; one that is approved counts as under way from here on.
    ///
    /// # Errors
    /// The first rule that it breaks, with value and bound.
    pub fn check(&mut self, order: NewOrder, now: Ts, ledger: &Ledger) -> Result<Approved<NewOrder>, Denied> {
        self.check_in_place(&order, now, ledger).map(|approved| approved.copied())
    }

    /// [`Self::check`] of an order that stays where it is.
    ///
    /// # Errors
    /// As [`Self::check`].
    #[inline(always)]
    pub fn check_in_place<'a>(
        &mut self,
        order: &'a NewOrder,
        now: Ts,
        ledger: &Ledger,
    ) -> Result<Approved<&'a NewOrder>, Denied> {
        well_formed(order)?;
        let adds = self.judge(Asked { order, leaves: order.qty.0, standing: None }, now, ledger)?;
        let worst = if adds { self.worst(order) } else { None };
        self.sent(order, now);
        Ok(Approved { approved: order, worst: worst.into() })
    }

    /// Judges a new order without sending it: the account stays as it is.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn what_if(&mut self, order: &NewOrder, now: Ts, ledger: &Ledger) -> Result<(), Denied> {
        well_formed(order)?;
        let uses = self.uses;
        let outcome = self.judge(Asked { order, leaves: order.qty.0, standing: None }, now, ledger);
        self.uses = uses;
        outcome.map(|_| ())
    }

    /// Whether an order would be refused because it could trade with one of our own, by what is known of their prices.
    #[inline]
    pub fn may_cross(&self, order: &NewOrder) -> bool {
        let refuses = self.policy.guard.as_ref().is_some_and(|guard| guard.refuse_self_cross);
        refuses && self.judge_crossing(order, &self.lines[order.instrument.index()]).is_err()
    }

    /// Judges a change of an open order; what it may add counts until [`Self::change_answered`].
    ///
    /// # Errors
    /// The first rule that the changed order would break, with value and bound.
    pub fn check_replace(
        &mut self,
        change: ReplaceOrder,
        order: &Order,
        now: Ts,
        ledger: &Ledger,
    ) -> Result<Approved<ReplaceOrder>, Denied> {
        let before = &order.request;
        let changed = NewOrder {
            qty: change.qty.unwrap_or(before.qty),
            limit: change.limit.or(before.limit),
            stop: change.stop.or(before.stop),
            ..*before
        };
        well_formed(&changed)?;
        let (left, leaves) = (order.leaves().0, (changed.qty.0 - order.filled.0).max(0));
        if leaves > 0 {
            self.judge(Asked { order: &changed, leaves, standing: Some((before, left)) }, now, ledger)?;
        }
        self.change_sent(before, left, &changed, leaves, now);
        Ok(Approved::new(change))
    }

    /// The price beyond which an order that adds risk must not fill; `None` if its own limit says so, or there is no
    /// collar.
    fn worst(&self, order: &NewOrder) -> Option<Px> {
        let line = &self.lines[order.instrument.index()];
        let from2 = match order.order_type {
            OrderType::Market => i128::from(line.sign) * i128::from(line.mark2?),
            OrderType::Stop => 2 * i128::from(order.stop?.0),
            OrderType::Limit | OrderType::StopLimit => return None,
        };
        if self.collar_ppm == 0 {
            return None;
        }
        let size = i64::try_from(from2.abs()).ok()?;
        let away = i128::from(collared(size, self.collar_ppm)) - i128::from(size);
        let worst2 = from2 + i128::from(order.side.sign()) * away;
        // On the tick before it.
        let ticks = if order.side == Side::Buy { worst2.div_euclid(2) } else { -(-worst2).div_euclid(2) };
        i64::try_from(ticks).ok().map(Px)
    }

    /// Gives whether the order adds risk, where an account as a whole is guarded.
    #[inline(always)]
    fn judge(&mut self, asked: Asked<'_>, now: Ts, ledger: &Ledger) -> Result<bool, Denied> {
        self.prepare(asked.order.instrument, ledger);
        let outcome = if self.policy.guard.is_some() {
            self.judge_account(asked, now, ledger)
        } else {
            self.judge_plain(asked, ledger.equity()).map(|()| false)
        };
        if let Err(denied) = &outcome {
            self.uses.refuse(denied.reject);
        }
        outcome
    }

    #[inline(never)]
    fn judge_account(&mut self, asked: Asked<'_>, now: Ts, ledger: &Ledger) -> Result<bool, Denied> {
        if self.breakers.watches() {
            self.trip_untold |= self.breakers.see(now, ledger.equity());
        }
        let mut uses = self.uses;
        let outcome = self.judge_guarded(asked, now, ledger.equity(), &mut uses);
        self.uses = uses;
        outcome
    }

    /// What would work on the order's side, with it.
    fn working_after(&self, asked: Asked<'_>, line: &Line) -> Option<Working> {
        let mut working = *line.working(asked.order.side);
        if let Some((standing, left)) = asked.standing {
            working.add(-left, self.price2(standing));
        }
        working.lots.checked_add(asked.leaves)?;
        let price2 = self.price2(asked.order);
        if price2.is_some_and(|price2| i128::from(price2) * i128::from(asked.leaves) > MOST_VALUE) {
            return None;
        }
        working.add(asked.leaves, price2);
        Some(working)
    }

    /// Rules on single orders and on leverage, all at the mark: what a backtest without a guard goes by.
    #[inline(always)]
    fn judge_plain(&self, asked: Asked<'_>, equity: Money) -> Result<(), Denied> {
        let order = asked.order;
        let (index, side) = (order.instrument.index(), order.side);
        let line = &self.lines[index];
        let mark2 = line.mark2.ok_or(Reject::NoMarket)?;
        let limits = &self.policy.limits;
        if let Some(most) = &limits.max_order_qty {
            size(order.qty, most.get(index).copied(), &mut None)?;
        }
        let others = line.working(side).lots - asked.standing.map_or(0, |(_, left)| left);
        let working = others.checked_add(asked.leaves).ok_or(Reject::PositionLimit)?;
        if let Some(most) = &limits.max_position {
            position(line, side, working, most.get(index).copied(), &mut None)?;
        }
        let notional = product(i128::from(mark2) * i128::from(order.qty.0), line.half_unit).ok_or(Reject::Notional)?;
        most(Reject::Notional, notional, limits.max_notional, &mut None)?;
        if let (Some(ppm), Some(limit)) = (limits.collar_ppm, order.limit) {
            collar(mark2, line.sign, limit.0, ppm, &mut None)?;
        }
        let value = |lots: i128| product(lots, i128::from(mark2)).and_then(|v| product(v, line.half_unit));
        let before = lots_at_worst(line.position, line.buy.lots, line.sell.lots);
        let (mut buy, mut sell) = (line.buy.lots, line.sell.lots);
        *(if side == Side::Buy { &mut buy } else { &mut sell }) = working;
        let after = lots_at_worst(line.position, buy, sell);
        if after > before {
            let others = self.totals.gross - line.part.gross;
            let exposure = value(after).and_then(|value| value.checked_add(others)).ok_or(Reject::Notional)?;
            let bound = share(equity.max(0), limits.leverage_ppm);
            if exposure > bound {
                return Err(Denied::at(Reject::Leverage, exposure, bound));
            }
        }
        Ok(())
    }

    fn judge_guarded(&self, asked: Asked<'_>, now: Ts, equity: Money, uses: &mut Uses) -> Result<bool, Denied> {
        let Some(guard) = &self.policy.guard else { return Ok(false) };
        let order = asked.order;
        let (index, side) = (order.instrument.index(), order.side);
        let line = &self.lines[index];
        let uses = &mut Some(uses);
        let mut others = *line.working(side);
        if let Some((standing, left)) = asked.standing {
            others.add(-left, self.price2(standing));
        }
        let added = match asked.standing {
            // Less of the same is never more risk.
            Some((standing, left)) if asked.leaves <= left && same_prices(order, standing) => 0,
            _ => line.added(side, asked.leaves, &others),
        };
        let adds = added > 0;
        if line.halted {
            return Err(Reject::InstrumentHalted.into());
        }
        if adds {
            self.judge_state(added)?;
            judge_data(line, guard, now, uses)?;
        }

        let limits = &self.policy.limits;
        let own = &line.limits;
        let general = |most: &Option<Vec<Qty>>| most.as_ref().and_then(|most| most.get(index).copied());
        size(order.qty, least(general(&limits.max_order_qty), own.max_order_qty), uses)?;
        let working = self.working_after(asked, line).ok_or(Reject::PositionLimit)?;
        position(line, side, working.lots, least(general(&limits.max_position), own.max_position), uses)?;

        let price2 = self.price2(order);
        if let Some(mark2) = line.mark2.or(price2) {
            let worst2 = price2.map_or_else(|| collared(mark2, self.collar_ppm), |own| own.max(mark2));
            let value = product(i128::from(worst2) * i128::from(order.qty.0), line.half_unit);
            let value = value.ok_or(Reject::Notional)?;
            most(Reject::Notional, value, least(limits.max_notional, own.max_notional), uses)?;
        }
        if let (Some(ppm), Some(limit), Some(mark2)) = (limits.collar_ppm, order.limit, line.mark2) {
            collar(mark2, line.sign, limit.0, ppm, uses)?;
        }

        self.judge_counts(asked, line, guard, adds, now, uses)?;
        if adds {
            self.judge_exposure(line, side, &working, guard, equity, uses)?;
            if let Some(limit) = &self.var_limit {
                let (var, bound) = limit.judge(index, line.side_value(side, &working, self.collar_ppm))?;
                most(Reject::ValueAtRisk, var.min(bound), Some(bound), uses)?;
            }
            if let Some(live) = &self.live_var {
                let after = line.side_value(side, &working, self.collar_ppm);
                let (var, bound) = live.judge(index, line.part.worst(), after)?;
                most(Reject::ValueAtRisk, var.min(bound), Some(bound), uses)?;
            }
            for (reject, lost) in
                [(Reject::DailyLoss, self.breakers.daily_loss()), (Reject::Drawdown, self.breakers.drawdown())]
            {
                if let Some((loss, bound)) = lost {
                    return Err(Denied::at(reject, loss, bound));
                }
            }
        }
        Ok(adds)
    }

    /// Breakers, kill switch and reduce-only mode, for an order that adds risk.
    fn judge_state(&self, added: i64) -> Result<(), Denied> {
        if self.breakers.is_killed() {
            return Err(Reject::KillSwitch.into());
        }
        if self.breakers.condition() == Condition::Tripped {
            return Err(Denied { reject: Reject::Breaker, amounts: self.breakers.tripped_by() });
        }
        if self.is_reduce_only() {
            return Err(Denied::at(Reject::ReduceOnly, i128::from(added), 0));
        }
        Ok(())
    }

    fn judge_counts(
        &self,
        asked: Asked<'_>,
        line: &Line,
        guard: &Guard,
        adds: bool,
        now: Ts,
        uses: &mut Option<&mut Uses>,
    ) -> Result<(), Denied> {
        let (order, new) = (asked.order, asked.standing.is_none());
        if new && let (Some(window), Some((ts, last))) = (guard.duplicate_window, &line.last_order) {
            let since = now.saturating_sub(*ts);
            if since < window && *order == (NewOrder { id: order.id, ..*last }) {
                return Err(Denied::at(Reject::Duplicate, i128::from(since), i128::from(window)));
            }
        }
        if guard.refuse_self_cross {
            self.judge_crossing(order, line)?;
        }
        if !adds {
            return Ok(());
        }
        if new && let Some(bound) = guard.max_positions {
            let after = self.totals.open + i64::from(!line.part.open);
            most(Reject::Positions, i128::from(after), Some(i128::from(bound)), uses)?;
        }
        if new && let Some(bound) = guard.max_open_orders {
            most(Reject::OpenOrders, i128::from(self.open_orders) + 1, Some(i128::from(bound)), uses)?;
        }
        let windows =
            [(Reject::OrderRate, self.orders.as_ref().filter(|_| new)), (Reject::MessageRate, self.messages.as_ref())];
        for (reject, window) in windows {
            if let Some(window) = window
                && !window.has_room(now)
            {
                let bound = i128::from(window.most());
                return Err(Denied::at(reject, bound + 1, bound));
            }
        }
        Ok(())
    }

    /// Whether an order could trade with a limit order of our own on the other side.
    fn judge_crossing(&self, order: &NewOrder, line: &Line) -> Result<(), Denied> {
        let Some(ours) = line.working(order.side.opposite()).nearest else { return Ok(()) };
        let sign = i128::from(order.side.sign());
        let reach2 = match (order.limit, line.mark2) {
            (Some(limit), _) => Some(2 * i128::from(limit.0)),
            // A market order reaches as far as its collar; without one, any price.
            (None, Some(mark2)) if self.collar_ppm > 0 => {
                let away = i128::from(collared(mark2, self.collar_ppm)) - i128::from(mark2);
                Some(i128::from(line.sign) * i128::from(mark2) + sign * away)
            }
            _ => None,
        };
        let ours2 = 2 * i128::from(ours);
        if reach2.is_none_or(|reach2| sign * reach2 >= sign * ours2) {
            return Err(Denied::at(Reject::SelfCross, reach2.unwrap_or(ours2), ours2));
        }
        Ok(())
    }

    fn judge_exposure(
        &self,
        line: &Line,
        side: Side,
        working: &Working,
        guard: &Guard,
        equity: Money,
        uses: &mut Option<&mut Uses>,
    ) -> Result<(), Denied> {
        let signed = line.side_value(side, working, self.collar_ppm);
        let (value, part) = (signed.abs(), &line.part);
        let gross = self.totals.gross - part.gross + value;
        let room = equity.max(0);
        most(Reject::GrossExposure, gross, guard.max_gross, uses)?;
        let net = match side {
            Side::Buy => self.totals.net_long - part.long + signed,
            Side::Sell => -(self.totals.net_short - part.short + signed),
        };
        most(Reject::NetExposure, net, guard.max_net, uses)?;
        most(Reject::InstrumentExposure, value, least(guard.max_instrument, line.limits.max_exposure), uses)?;
        most(Reject::Concentration, value, guard.concentration_ppm.map(|ppm| share(room, ppm)), uses)?;
        for dimension in Dimension::ALL {
            if let Some(group) = line.groups[dimension as usize] {
                let group = &self.groups[group as usize];
                most(dimension.reject(), group.gross - part.gross + value, group.limit, uses)?;
            }
        }
        most(Reject::Leverage, gross, Some(share(room, self.policy.limits.leverage_ppm)), uses)?;
        if let Some(ppm) = line.limits.margin_ppm.or(guard.margin_ppm) {
            most(Reject::Margin, self.totals.margin - part.margin + share(value, ppm), Some(room), uses)?;
        }
        Ok(())
    }
}

/// Whether there is a price to judge by, whole and fresh.
fn judge_data(line: &Line, guard: &Guard, now: Ts, uses: &mut Option<&mut Uses>) -> Result<(), Denied> {
    if line.mark2.is_none() {
        return Err(Reject::NoMarket.into());
    }
    if !line.synced {
        return Err(Reject::UnsyncedData.into());
    }
    if let Some(bound) = guard.max_data_age {
        let age = now.saturating_sub(line.marked_at);
        most(Reject::StaleData, i128::from(age), Some(i128::from(bound)), uses)?;
    }
    Ok(())
}

/// A value that must not exceed a bound.
#[inline]
fn most(limit: Reject, value: i128, bound: Option<i128>, uses: &mut Option<&mut Uses>) -> Result<(), Denied> {
    let Some(bound) = bound else { return Ok(()) };
    if value > bound {
        return Err(Denied::at(limit, value, bound));
    }
    if let Some(uses) = uses {
        uses.note(limit, value, bound);
    }
    Ok(())
}

#[inline]
fn size(qty: Qty, bound: Option<Qty>, uses: &mut Option<&mut Uses>) -> Result<(), Denied> {
    most(Reject::OrderSize, i128::from(qty.0), bound.map(|bound| i128::from(bound.0)), uses)
}

/// The position that the working orders of a side could lead to, on that side.
#[inline]
fn position(
    line: &Line,
    side: Side,
    working: i64,
    bound: Option<Qty>,
    uses: &mut Option<&mut Uses>,
) -> Result<(), Denied> {
    let after = i128::from(side.sign()) * i128::from(line.position) + i128::from(working);
    if after <= 0 {
        return Ok(());
    }
    most(Reject::PositionLimit, after, bound.map(|bound| i128::from(bound.0)), uses)
}

/// How far a limit is from the mark, in half ticks, against |mark| x ppm / 1e6.
#[inline]
fn collar(mark2: i64, sign: i64, limit: i64, ppm: i64, uses: &mut Option<&mut Uses>) -> Result<(), Denied> {
    let away = (2 * i128::from(limit) - i128::from(sign) * i128::from(mark2)).abs();
    let allowed = i128::from(mark2) * i128::from(ppm);
    if away * 1_000_000 > allowed {
        return Err(Denied::at(Reject::Collar, away, allowed / 1_000_000));
    }
    if let Some(uses) = uses {
        uses.note(Reject::Collar, away * 1_000_000, allowed);
    }
    Ok(())
}

/// |lots| on the side where open orders would leave the larger position.
#[inline]
fn lots_at_worst(position: i64, buy: i64, sell: i64) -> i128 {
    if let (Some(long), Some(short)) = (position.checked_add(buy), position.checked_sub(sell)) {
        return i128::from(long.unsigned_abs().max(short.unsigned_abs()));
    }
    let long = (i128::from(position) + i128::from(buy)).abs();
    let short = (i128::from(position) - i128::from(sell)).abs();
    long.max(short)
}

fn same_prices(a: &NewOrder, b: &NewOrder) -> bool {
    a.limit == b.limit && a.stop == b.stop
}

/// Quantity positive; exactly the prices its type needs.
#[inline]
fn well_formed(order: &NewOrder) -> Result<(), Denied> {
    if order.qty.0 <= 0 {
        return Err(Reject::Quantity.into());
    }
    let wants_limit = matches!(order.order_type, OrderType::Limit | OrderType::StopLimit);
    let wants_stop = matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
    if order.limit.is_some() != wants_limit || order.stop.is_some() != wants_stop {
        return Err(Reject::Price.into());
    }
    Ok(())
}
