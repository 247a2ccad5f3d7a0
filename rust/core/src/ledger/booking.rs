//! What a fill does to the account.

use super::{ClosedTrade, Ledger, OpenTrade, Position, limit_for, overflow, scaled, unfit};
use crate::error::Error;
use crate::order::Fill;
use crate::types::{Money, Qty, product};

impl Position {
    /// Whether all factors of what a fill comes to are those of an i64.
    #[inline]
    fn is_narrow(&self, fill: &Fill, signed: i64, mark2: i64) -> bool {
        const MOST: u64 = 1 << 62;
        let value = fill.px.0.checked_mul(signed);
        value.is_some_and(|value| value.unsigned_abs() < MOST)
            && self.cost.unsigned_abs() < u128::from(MOST)
            && self.half_unit < i128::from(MOST / 2)
            && mark2.checked_mul(signed).is_some()
    }
}

impl Ledger {
    /// Applies a fill; returns the trade it closes, if any.
    ///
    /// # Errors
    /// `EngineError` if an amount leaves the range of the ledger; the ledger is then as before.
    pub fn apply(&mut self, fill: &Fill) -> Result<Option<ClosedTrade>, Error> {
        if self.is_narrow(fill) { self.apply_narrow(fill) } else { self.book_wide(fill) }
    }

    /// Whether [`Self::apply_narrow`] can be asked to apply a fill.
    #[inline(always)]
    pub(crate) fn is_narrow(&self, fill: &Fill) -> bool {
        let index = fill.instrument.index();
        let position = &self.positions[index];
        let mark2 = if position.marked { position.mark2 } else { 2 * fill.px.0 };
        position.is_narrow(fill, fill.side.sign() * fill.qty.0, mark2)
    }

    /// [`Self::apply`] where all factors are those of an i64, so that no product is asked whether it fits. Inlined, and
    /// of no call that takes or gives more than a number: nothing of the fill or the trade is then ever in memory but
    /// where it is kept.
    #[inline(always)]
    pub(crate) fn apply_narrow(&mut self, fill: &Fill) -> Result<Option<ClosedTrade>, Error> {
        debug_assert!(self.is_narrow(fill), "Invariant: only narrow fills are applied by narrow products");
        self.book(fill, |a, b| Some(i128::from(a as i64) * i128::from(b as i64)))
    }

    #[cold]
    #[inline(never)]
    fn book_wide(&mut self, fill: &Fill) -> Result<Option<ClosedTrade>, Error> {
        self.book(fill, product)
    }

    /// [`Self::apply`], with the product of two amounts; `None` where it does not fit.
    #[inline(always)]
    fn book(
        &mut self,
        fill: &Fill,
        product: impl Fn(i128, i128) -> Option<i128>,
    ) -> Result<Option<ClosedTrade>, Error> {
        let times = |a: i128, b: i128| product(a, b).unwrap_or_else(|| unfit(a, b));
        let index = fill.instrument.index();
        let held = self.lots[index].0;
        let after = held.checked_add(fill.side.sign() * fill.qty.0).ok_or_else(|| overflow("position", held))?;
        let position = &mut self.positions[index];
        let mark2 = if position.marked { position.mark2 } else { 2 * fill.px.0 };
        let (sign, qty, unit) = (fill.side.sign(), fill.qty.0, 2 * position.half_unit);
        let px = i128::from(fill.px.0) * i128::from(sign);
        let value = times(px, i128::from(qty));
        let cost = product(value, unit)
            .filter(|cost| cost.abs() < Self::LIMIT && fill.fee.unsigned_abs() < Self::LIMIT as u128)
            .ok_or_else(|| overflow("notional", value * i128::from(sign)))?;
        let half_tick_value = times(i128::from(after), position.half_unit);
        let mark2_limit = limit_for(half_tick_value);
        if mark2.unsigned_abs() > mark2_limit as u64 {
            return Err(overflow("position value", after));
        }
        // What the lots that come or go are worth at the mark.
        let moved = times(times(i128::from(after - held), i128::from(mark2)), position.half_unit);
        let closing = if held != 0 && (held > 0) != (sign > 0) { held.abs().min(qty) } else { 0 };
        let opening = qty - closing;
        let mut closed = None;
        // What is opened is the rest of what is closed.
        let (mut opening_value, mut opening_cost, mut opening_fee) = (value, cost, fill.fee);
        if closing > 0 {
            let whole = closing == held.abs();
            let closing_value = times(px, i128::from(closing));
            let closing_cost = if opening == 0 { cost } else { times(closing_value, unit) };
            let closing_fee = split(fill.fee, closing, qty);
            opening_value -= closing_value;
            opening_cost -= closing_cost;
            opening_fee -= closing_fee;
            let removed = if whole { position.cost } else { scaled(position.cost, closing, held.abs()) };
            position.realized -= times(closing_value + removed, unit);
            position.cost -= removed;
            let trade = &mut position.trade;
            trade.exit_lots += closing;
            trade.exit_value += closing_value * i128::from(sign);
            trade.cash -= closing_cost + closing_fee;
            trade.fees += closing_fee;
            if whole {
                closed = Some(ClosedTrade {
                    instrument: fill.instrument,
                    long: held > 0,
                    entry_ts: trade.entry_ts,
                    exit_ts: fill.ts_event,
                    lots: trade.entry_lots,
                    entry_value: trade.entry_value,
                    exit_value: trade.exit_value,
                    pnl: trade.cash,
                    fees: trade.fees,
                });
                *trade = OpenTrade::default();
            }
        }
        if opening > 0 {
            position.cost += opening_value;
            let trade = &mut position.trade;
            if trade.entry_lots == 0 {
                trade.entry_ts = fill.ts_event;
            }
            trade.entry_lots += opening;
            trade.entry_value += opening_value * i128::from(sign);
            trade.cash -= opening_cost + opening_fee;
            trade.fees += opening_fee;
        }
        position.half_tick_value = half_tick_value;
        position.mark2_limit = mark2_limit;
        position.mark2 = mark2;
        position.marked = true;
        self.open_positions =
            self.open_positions + u32::from(held == 0 && after != 0) - u32::from(held != 0 && after == 0);
        self.lots[index] = Qty(after);
        self.cash -= cost + fill.fee;
        self.fees += fill.fee;
        self.equity += moved - cost - fill.fee;
        self.note_equity();
        Ok(closed)
    }
}

/// The part of an amount that falls to `part` of `whole`, rounded half away from zero.
fn split(amount: Money, part: i64, whole: i64) -> Money {
    if part == 0 || amount == 0 {
        return 0;
    }
    if part == whole {
        return amount;
    }
    scaled(amount, part, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Liquidity;
    use crate::rng::Rng;
    use crate::types::{Decimal, Instrument, InstrumentId, MONEY_ONE, OrderId, Px, Side};

    #[test]
    fn narrow_products_book_what_wide_ones_do() {
        let mut rng = Rng::new(12, 0);
        let (mut narrow, mut all) = (0, 0);
        for (tick, lot) in [(2, 0), (5, 8), (0, 0), (1, 3)] {
            let instrument = Instrument::try_new("X", Decimal::power_of_ten(tick), Decimal::power_of_ten(lot)).unwrap();
            let mut ledger = Ledger::new(&[instrument], 10_000 * MONEY_ONE);
            for ts in 0..4_000 {
                let side = if rng.next_u64() & 1 == 0 { Side::Buy } else { Side::Sell };
                let (px, qty) = ((rng.next_u64() >> (34 + rng.next_u64() % 28)) as i64, rng.next_u64() % 7 + 1);
                let qty = if rng.next_u64().is_multiple_of(50) { qty << 34 } else { qty } as i64;
                let fee = i128::from(rng.next_u64() >> 8) - (1 << 54);
                let fill = Fill {
                    order: OrderId(ts + 1),
                    instrument: InstrumentId(0),
                    side,
                    px: Px(px - 1_000),
                    qty: Qty(qty),
                    fee,
                    liquidity: Liquidity::Taker,
                    ts_event: ts as i64,
                    ts_recv: ts as i64,
                };
                let mut wide = ledger.clone();
                all += 1;
                narrow += u32::from(ledger.is_narrow(&fill));
                let expected = wide.book_wide(&fill).map_err(|error| error.to_string());
                let got = ledger.apply(&fill).map_err(|error| error.to_string());
                assert_eq!(got, expected, "{fill:?}");
                assert_eq!(ledger.state(), wide.state(), "{fill:?}");
                let value = ledger.positions[0].half_tick_value * i128::from(ledger.positions[0].mark2);
                assert_eq!(ledger.equity(), ledger.cash() + value);
                let _ = ledger.mark(InstrumentId(0), 2 * fill.px.0 + (rng.next_u64() % 3) as i64);
            }
        }
        assert!(narrow > all / 4 && narrow < all, "{narrow} of {all}");
    }
}
