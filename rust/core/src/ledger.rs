//! Positions, cash and equity in exact integers.
//!
//! Positions net; a trade runs from flat to flat. Equity is `cash + sum(lots x mark)`; it moves when a
//! fill is applied and when an instrument is marked, and every value it takes counts for the drawdown.

use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::types::{Instrument, InstrumentId, Money, Qty, Ts, product, to_f64};

mod booking;
mod extremes;
mod state;

pub use extremes::MARK_LANES;
use extremes::extremes;
pub use state::{LedgerState, PositionState};

/// A position of one instrument and the trade it belongs to.
#[derive(Clone, Debug)]
struct Position {
    half_unit: Money,
    /// `lots x half_unit`: what half a tick is worth.
    half_tick_value: Money,
    /// The largest |2 x mark| for which the value of the position is certain to fit.
    mark2_limit: i64,
    /// Twice the mark, ticks.
    mark2: i64,
    marked: bool,
    /// Average-cost basis of the open lots: sum of px x lots, signed as the position.
    cost: i128,
    /// Profit realised against that basis, fees left out.
    realized: Money,
    trade: OpenTrade,
}

impl Position {
    const fn flat(instrument: &Instrument) -> Self {
        Self {
            half_unit: instrument.half_unit(),
            half_tick_value: 0,
            mark2_limit: i64::MAX,
            mark2: 0,
            marked: false,
            cost: 0,
            realized: 0,
            trade: OpenTrade {
                entry_ts: 0,
                entry_lots: 0,
                entry_value: 0,
                exit_lots: 0,
                exit_value: 0,
                cash: 0,
                fees: 0,
            },
        }
    }
}

/// The trade under way, in the position's own terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenTrade {
    /// Time of its first fill.
    pub entry_ts: Ts,
    /// Lots entered so far.
    pub entry_lots: i64,
    /// Sum of px x lots over the entries.
    pub entry_value: i128,
    /// Lots left so far.
    pub exit_lots: i64,
    /// Sum of px x lots over the exits.
    pub exit_value: i128,
    /// What it has paid in and out, fees included.
    pub cash: Money,
    /// Fees.
    pub fees: Money,
}

/// A trade from flat to flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedTrade {
    /// Of what.
    pub instrument: InstrumentId,
    /// Long or short.
    pub long: bool,
    /// Time of the first fill.
    pub entry_ts: Ts,
    /// Time of the last fill.
    pub exit_ts: Ts,
    /// Lots entered, all entries together (and so lots left).
    pub lots: i64,
    /// Sum of px x lots over the entries.
    pub entry_value: i128,
    /// Sum of px x lots over the exits.
    pub exit_value: i128,
    /// Profit net of fees.
    pub pnl: Money,
    /// Fees.
    pub fees: Money,
}

/// The account.
#[derive(Clone, Debug)]
pub struct Ledger {
    lots: Vec<Qty>,
    positions: Vec<Position>,
    cash: Money,
    equity: Money,
    fees: Money,
    peak: Money,
    trough: Money,
    max_drawdown: f64,
    open_positions: u32,
}

#[cold]
#[inline(never)]
fn overflow(what: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Engine, 1005, what, "must fit the ledger (1.7e20 of the currency)", value)
}

impl Ledger {
    /// Values stay below this, so that sums over many instruments cannot overflow.
    const LIMIT: Money = 1 << 120;

    /// An account with a starting capital and no positions.
    pub fn new(instruments: &[Instrument], capital: Money) -> Self {
        Self {
            lots: vec![Qty(0); instruments.len()],
            positions: instruments.iter().map(Position::flat).collect(),
            cash: capital,
            equity: capital,
            fees: 0,
            peak: capital,
            trough: capital,
            max_drawdown: 0.0,
            open_positions: 0,
        }
    }

    /// One instrument more, flat.
    pub fn add_instrument(&mut self, instrument: &Instrument) {
        self.lots.push(Qty(0));
        self.positions.push(Position::flat(instrument));
    }

    /// Cash.
    pub const fn cash(&self) -> Money {
        self.cash
    }

    /// Cash plus the value of all positions at their marks.
    #[inline]
    pub const fn equity(&self) -> Money {
        self.equity
    }

    /// The highest equity so far.
    #[inline]
    pub const fn peak(&self) -> Money {
        self.peak
    }

    /// Fees paid so far.
    pub const fn fees(&self) -> Money {
        self.fees
    }

    /// Positions in lots, one an instrument.
    #[inline]
    pub fn positions(&self) -> &[Qty] {
        &self.lots
    }

    /// How many positions are open.
    #[inline]
    pub const fn open_positions(&self) -> u32 {
        self.open_positions
    }

    /// Whether any position is open.
    #[inline]
    pub const fn is_open(&self) -> bool {
        self.open_positions > 0
    }

    /// Twice the last mark in ticks, if there is one.
    #[inline]
    pub fn mark2(&self, instrument: InstrumentId) -> Option<i64> {
        let position = &self.positions[instrument.index()];
        position.marked.then_some(position.mark2)
    }

    /// Sum of |position| at its mark.
    #[inline]
    pub fn gross_exposure(&self) -> Money {
        self.positions.iter().map(|p| times(p.half_tick_value, i128::from(p.mark2)).abs()).sum()
    }

    /// The largest fall from a peak of equity so far, as a fraction of that peak.
    pub fn max_drawdown(&self) -> f64 {
        self.max_drawdown.max(fall(self.peak, self.trough))
    }

    /// The fall from the last peak, as a fraction of it.
    pub fn drawdown(&self) -> f64 {
        fall(self.peak, self.equity)
    }

    /// Marks an instrument at half of `mark2` ticks; returns the equity.
    ///
    /// # Errors
    /// `EngineError` if the position's value leaves the range of the ledger; the ledger is then as before.
    #[inline(always)]
    pub fn mark(&mut self, instrument: InstrumentId, mark2: i64) -> Result<Money, Error> {
        let position = &mut self.positions[instrument.index()];
        let moved = mark2.wrapping_sub(position.mark2);
        // Not asked: whether it moved. Markets answer that at random, and a wrong guess costs more than adding zero.
        if position.half_tick_value != 0 {
            if mark2.unsigned_abs() > position.mark2_limit as u64 {
                return Err(overflow("position value", mark2));
            }
            position.mark2 = mark2;
            // Both factors are bounded by the limit just checked, so the product cannot wrap.
            self.equity += position.half_tick_value.wrapping_mul(i128::from(moved));
            self.note_equity();
        } else {
            position.mark2 = mark2;
            position.marked = true;
        }
        Ok(self.equity)
    }

    /// Whether [`Self::mark`] is certain not to fail for any mark up to `most` either way.
    #[inline]
    pub fn bears(&self, instrument: InstrumentId, most: u64) -> bool {
        most <= self.positions[instrument.index()].mark2_limit as u64
    }

    /// [`Self::mark`] at each row of a column of marks, all of which the ledger [bears](Self::bears). The column goes on
    /// behind the rows by [`MARK_LANES`] or more.
    pub fn mark_each(&mut self, instrument: InstrumentId, column: &[i64], rows: Range<usize>) {
        let position = &mut self.positions[instrument.index()];
        let value = position.half_tick_value;
        let mut before = std::mem::replace(&mut position.mark2, column[rows.end - 1]);
        position.marked = true;
        if value == 0 {
            return;
        }
        // As in `mark`: what the limit allows cannot wrap.
        let moved = |from: i64, to: i64| value.wrapping_mul(i128::from(to.wrapping_sub(from)));
        let mut from = rows.start;
        while from < rows.end {
            let to = rows.end.min(from + Self::MARKS_AT_ONCE);
            let (low, high) = extremes(column, from..to);
            let (best, worst) = if value > 0 { (high, low) } else { (low, high) };
            if self.equity + moved(before, best) <= self.peak {
                // No new peak on the way: of all the values on it, the lowest one counts.
                self.trough = self.trough.min(self.equity + moved(before, worst));
                self.equity += moved(before, column[to - 1]);
                before = column[to - 1];
            } else {
                for mark in &column[from..to] {
                    self.equity += moved(before, *mark);
                    before = *mark;
                    self.note_equity();
                }
            }
            from = to;
        }
    }

    /// How many marks are looked at together; those of a new peak are gone through one by one.
    const MARKS_AT_ONCE: usize = 64;

    #[inline(always)]
    fn note_equity(&mut self) {
        if self.equity > self.peak {
            if self.trough != self.peak {
                self.max_drawdown = self.max_drawdown.max(fall(self.peak, self.trough));
            }
            self.peak = self.equity;
            self.trough = self.equity;
        } else if self.equity < self.trough {
            self.trough = self.equity;
        }
    }

    /// The average price of the open lots in ticks; `None` if flat. A partial exit leaves it as it is.
    pub fn average_px(&self, instrument: InstrumentId) -> Option<f64> {
        let lots = self.lots[instrument.index()].0;
        (lots != 0).then(|| self.positions[instrument.index()].cost as f64 / lots as f64)
    }

    /// Profit of the open lots at the mark against their average price, fees left out.
    pub fn unrealized(&self, instrument: InstrumentId) -> Money {
        let position = &self.positions[instrument.index()];
        position.half_tick_value * i128::from(position.mark2) - position.cost * 2 * position.half_unit
    }

    /// Profit of all lots closed so far against their average price, fees left out.
    pub fn realized(&self, instrument: InstrumentId) -> Money {
        self.positions[instrument.index()].realized
    }
}

/// The largest power of two that a mark may reach, with [`Ledger::LIMIT`] as the bound of the value.
fn limit_for(half_tick_value: Money) -> i64 {
    let bits = 128 - half_tick_value.unsigned_abs().leading_zeros();
    1i64 << 120u32.saturating_sub(bits).min(62)
}

/// A fall from a peak, as a fraction of it.
#[inline]
pub(crate) fn fall(peak: Money, equity: Money) -> f64 {
    if peak <= 0 { 0.0 } else { to_f64(peak - equity) / to_f64(peak) }
}

/// A product that is known to fit.
#[inline(always)]
fn times(a: i128, b: i128) -> i128 {
    product(a, b).unwrap_or_else(|| unfit(a, b))
}

#[cold]
#[inline(never)]
fn unfit(a: i128, b: i128) -> i128 {
    a * b
}

/// `amount x part / whole` rounded half away from zero; `0 <= part <= whole`. Whole and rest apart, so that
/// nothing overflows.
fn scaled(amount: i128, part: i64, whole: i64) -> i128 {
    if let Some(product) = i64::try_from(amount).ok().and_then(|amount| amount.checked_mul(part)) {
        // Cheap where it is small: a rest of half the whole or more rounds away from zero.
        let (quotient, rest) = (product / whole, product % whole);
        let up = rest.unsigned_abs() >= whole.unsigned_abs().div_ceil(2);
        return i128::from(quotient) + i128::from(product.signum() * i64::from(up));
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    amount / whole * part + round_div(amount % whole * part, whole)
}

/// `numerator / denominator` rounded half away from zero; `denominator` > 0.
pub(crate) fn round_div(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator > 0, "Invariant: a positive denominator");
    let (magnitude, denominator) = (numerator.unsigned_abs(), denominator as u128);
    let (quotient, rest) = divide(magnitude, denominator);
    // Twice the rest against the denominator, without doubling.
    let up = rest >= denominator - rest;
    let rounded = (quotient + u128::from(up)) as i128;
    if numerator < 0 { -rounded } else { rounded }
}

/// Quotient and rest. A small quotient is guessed in floats and mended in integers: a division of u128 costs more.
#[inline]
fn divide(magnitude: u128, denominator: u128) -> (u128, u128) {
    const EXACT: f64 = (1u64 << 50) as f64;
    if let Ok(divisor) = u64::try_from(denominator) {
        let whole = (magnitude >> 64) as u64 as f64 * 18_446_744_073_709_551_616.0 + magnitude as u64 as f64;
        let guess = whole / divisor as f64;
        if guess < EXACT {
            let guess = guess as i64;
            // Off by one at most; the product is below 2^115.
            let rest = magnitude as i128 - i128::from(guess) * i128::from(divisor);
            let off = i64::from(rest >= i128::from(divisor)) - i64::from(rest < 0);
            return ((guess + off) as u128, (rest - i128::from(off) * i128::from(divisor)) as u128);
        }
    }
    (magnitude / denominator, magnitude % denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Fill, Liquidity};
    use crate::types::{Decimal, MONEY_ONE, OrderId, Px, Side};

    fn ledger() -> Ledger {
        let instrument = Instrument::try_new("X", Decimal::power_of_ten(2), Decimal::power_of_ten(0)).unwrap();
        Ledger::new(&[instrument], 10_000 * MONEY_ONE)
    }

    fn fill(side: Side, px: i64, qty: i64, ts: Ts) -> Fill {
        Fill {
            order: OrderId(1),
            instrument: InstrumentId(0),
            side,
            px: Px(px),
            qty: Qty(qty),
            fee: MONEY_ONE,
            liquidity: Liquidity::Taker,
            ts_event: ts,
            ts_recv: ts,
        }
    }

    #[test]
    fn a_round_trip_is_worth_its_price_difference_less_fees() {
        let mut ledger = ledger();
        ledger.mark(InstrumentId(0), 2 * 10_000).unwrap();
        assert_eq!(ledger.apply(&fill(Side::Buy, 10_000, 10, 1)).unwrap(), None);
        assert_eq!(ledger.equity(), 9_999 * MONEY_ONE);
        ledger.mark(InstrumentId(0), 2 * 10_100).unwrap();
        assert_eq!(ledger.equity(), 10_009 * MONEY_ONE);
        assert_eq!(ledger.unrealized(InstrumentId(0)), 10 * MONEY_ONE);
        let closed = ledger.apply(&fill(Side::Sell, 10_100, 10, 2)).unwrap().unwrap();
        assert_eq!((closed.pnl, closed.fees, closed.long), (8 * MONEY_ONE, 2 * MONEY_ONE, true));
        assert_eq!((ledger.cash(), ledger.equity()), (10_008 * MONEY_ONE, 10_008 * MONEY_ONE));
    }

    #[test]
    fn a_flip_closes_one_trade_and_opens_another_with_its_share_of_the_fee() {
        let mut ledger = ledger();
        ledger.apply(&fill(Side::Buy, 10_000, 10, 1)).unwrap();
        let closed = ledger.apply(&fill(Side::Sell, 10_000, 30, 2)).unwrap().unwrap();
        assert_eq!(closed.fees, MONEY_ONE + MONEY_ONE / 3);
        assert_eq!(ledger.positions()[0], Qty(-20));
        let closed = ledger.apply(&fill(Side::Buy, 9_900, 20, 3)).unwrap().unwrap();
        assert!(!closed.long);
        assert_eq!(closed.pnl, 20 * MONEY_ONE - closed.fees);
        assert_eq!(ledger.cash(), 10_000 * MONEY_ONE + 20 * MONEY_ONE - 3 * MONEY_ONE);
    }

    #[test]
    fn drawdown_is_the_largest_fall_from_any_peak() {
        let mut ledger = ledger();
        ledger.apply(&Fill { fee: 0, ..fill(Side::Buy, 10_000, 100, 1) }).unwrap();
        for px in [11_000, 10_500, 12_000, 9_000, 11_500] {
            ledger.mark(InstrumentId(0), 2 * px).unwrap();
        }
        assert_eq!(ledger.max_drawdown(), 3_000.0 / 12_000.0);
        assert_eq!(ledger.drawdown(), 500.0 / 12_000.0);
    }

    #[test]
    fn equity_is_capital_plus_realised_plus_unrealised_less_fees() {
        let mut ledger = ledger();
        let id = InstrumentId(0);
        let steps = [(Side::Buy, 10_000, 7), (Side::Buy, 10_100, 4), (Side::Sell, 10_050, 5), (Side::Sell, 9_900, 11)];
        for (ts, (side, px, qty)) in (1..).zip(steps) {
            ledger.apply(&fill(side, px, qty, ts)).unwrap();
            ledger.mark(id, 2 * px + 1).unwrap();
            let expected = 10_000 * MONEY_ONE + ledger.realized(id) + ledger.unrealized(id) - ledger.fees();
            assert_eq!(ledger.equity(), expected);
        }
        assert_eq!(ledger.average_px(id), Some(9_900.0));
    }

    #[test]
    fn amounts_beyond_the_ledger_are_refused_and_leave_it_as_it_was() {
        let mut ledger = ledger();
        let before = (ledger.cash(), ledger.positions()[0]);
        let huge = fill(Side::Buy, 1 << 50, 1 << 50, 1);
        assert_eq!(ledger.apply(&huge).unwrap_err().kind(), ErrorKind::Engine);
        assert_eq!((ledger.cash(), ledger.positions()[0]), before);
    }

    #[test]
    fn a_part_of_a_large_amount_is_exact() {
        assert_eq!(scaled(10i128.pow(30) + 1, i64::MAX - 1, i64::MAX), 10i128.pow(30) + 1 - 108_420_217_249);
        assert_eq!([scaled(-5, 1, 2), scaled(5, 1, 2), scaled(7, 3, 3)], [-3, 3, 7]);
    }

    #[test]
    fn quotients_are_exact_at_every_size() {
        let mut rng = crate::rng::Rng::new(9, 0);
        let mut wide = |bits: u32| {
            let all = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
            all >> (128 - bits) >> (rng.next_u64() % u64::from(bits))
        };
        for _ in 0..100_000 {
            let (n, d, part) = (wide(127), wide(127).max(1), wide(62) as i64);
            assert_eq!(divide(n, d), (n / d, n % d), "{n} / {d}");
            let d = (d >> 21).max(1);
            let near = (d * (n % (1 << 20))).saturating_sub(1);
            assert_eq!(divide(near, d), (near / d, near % d), "{near} / {d}");
            let (amount, whole) = (wide(63) as i128 - (1 << 61), part + wide(61) as i64 + 1);
            let (exact, whole_wide) = (amount * i128::from(part), i128::from(whole));
            assert_eq!(scaled(amount, part, whole), round_div(exact, whole_wide), "{amount} x {part} / {whole}");
        }
    }

    #[test]
    fn division_rounds_half_away_from_zero() {
        assert_eq!([round_div(5, 2), round_div(-5, 2), round_div(7, 3), round_div(8, 3)], [3, -3, 2, 3]);
    }
}
