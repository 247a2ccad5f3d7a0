//! A limit on value at risk by what prices have done so far: part of a run, without a model from outside.
//!
//! # What it says
//! Prices are put on a grid of equal intervals: at the end of each, the last mark of every instrument counts (previous
//! tick). The log returns of the intervals, weighted by decay^age, make a covariance C with a mean of zero, and
//! ```text
//! value at risk = z(confidence) x sqrt(horizon / interval) x sqrt(v' C v)
//! ```
//! of the values v that everything under way leads to at worst: at the prices of the last close, and where an order is
//! judged, of its instrument at the price now. An interval closes with the first mark after it; one
//! without any mark is no interval, so nights and weekends fade nothing, and what happened during them is the return
//! of the next one. Weights below a hundredth of all of them together, the oldest, are left out.
//!
//! # Rationale
//! No covariance is kept, only the returns: v' C v is the weighted mean square of what v would have made in each
//! interval, and that series moves by d r where an order moves v by d. So a check costs the same among 10,000 instruments
//! as alone, marks cost next to nothing, a close costs one pass over the instruments and the returns of those held, and
//! no matrix can fail to be positive.
//!
//! Values and returns are whole numbers (of capital / 2^18 and of 2^-24) small enough that all their sums are exact in
//! a double: they are the same whatever the path on which positions came about, so an engine that starts again decides
//! as one that went on.
//!
//! # Limitations
//! Normal returns, no drift. Without a mark above zero an instrument has no returns. A log return counts as at most 4
//! either way, a position below capital / 2^19 as none, and beyond 2^27 units in all (512 times capital) value at risk
//! is not known.

use super::distributions::normal_quantile;
use super::exposure::{Line, Working};
use super::{Denied, Risk};
use crate::ledger::Ledger;
use crate::order::Reject;
use crate::types::{MONEY_ONE, Money, Ts, money_to_f64};

/// The limit, as a policy has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarRule {
    /// Largest value at risk over the horizon.
    pub most: Money,
    /// Its confidence, above 0.5 and below 1.
    pub confidence: f64,
    /// The step of the grid, ns, > 0.
    pub interval: i64,
    /// How long it looks ahead, ns of time in which there are prices, > 0.
    pub horizon: i64,
    /// The weight of an interval in proportion to the next one, above 0 and at most [`VarRule::MOST_DECAY`].
    pub decay: f64,
    /// Returns that an instrument needs before it is known.
    pub warm_up: u32,
}

impl VarRule {
    /// The largest decay: some nine thousand intervals are kept.
    pub const MOST_DECAY: f64 = 0.9995;

    /// Intervals that are kept: all but a hundredth of the weight.
    fn rows(&self) -> usize {
        let rows = (0.01f64.ln() / self.decay.min(Self::MOST_DECAY).ln()).ceil();
        if rows >= 2.0 { rows as usize } else { 2 }
    }
}

/// A return of 1.
const RETURN_ONE: f64 = (1 << 24) as f64;
/// The largest return.
const MOST_RETURN: f64 = 4.0 * RETURN_ONE;
/// The largest sum of |values|, units: with the largest return, 2^53.
const MOST_VALUE: i64 = 1 << 27;

/// What is known of one instrument.
#[derive(Clone, Debug, Default)]
struct Name {
    /// Twice the last mark, and twice the one at the last close; 0 if there is none above zero.
    last: i64,
    closed: i64,
    /// Returns it has had in a row.
    seen: u32,
    /// The position and what works on both sides.
    held: (i64, Working, Working),
    /// Its value at worst at the price of the last close, units; 0 if there is none.
    value: i64,
    /// Returns by slot, units.
    returns: Box<[i32]>,
}

/// The live value at risk of an account.
#[derive(Clone, Debug)]
pub(super) struct LiveVar {
    rule: VarRule,
    rows: usize,
    /// One unit of value.
    unit: Money,
    /// Value at risk of a mean square of 1 unit of value x 1 unit of return, in units of money.
    scale: f64,
    names: Vec<Name>,
    /// What the values would have made in each interval, by slot; exact.
    made: Vec<f64>,
    /// The weight of each slot; they sum to 1. Slots beyond `rows` have none.
    weights: Vec<f64>,
    /// decay^age.
    powers: Vec<f64>,
    /// Intervals that closed with a return; the next one goes to slot `closes % rows`.
    closes: u64,
    /// When the open interval ends.
    ends: Ts,
    /// Whether there was a mark in it.
    marked: bool,
    /// Sum of |values|.
    gross: i64,
    /// Instruments held, or with orders under way, that have too few returns.
    strangers: u32,
    /// Whether `made` is not kept up, because `gross` is too large.
    lost: bool,
}

/// What a snapshot keeps of it: the returns, not the positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VarState {
    /// The step of the grid, ns.
    pub interval: i64,
    /// When the open interval ends.
    pub ends: Ts,
    /// Whether there was a mark in it.
    pub marked: bool,
    /// Intervals that closed.
    pub closes: u64,
    /// How many of them are kept.
    pub kept: u64,
    /// By instrument: twice the last mark, twice the one at the last close, returns in a row, and the returns kept in
    /// units of 2^-24, the oldest first (none if all are zero).
    pub names: Vec<(i64, i64, u32, Vec<i32>)>,
}

impl LiveVar {
    pub(super) fn new(rule: VarRule, capital: Money) -> Self {
        let rows = rule.rows();
        let width = rows.next_multiple_of(8);
        let unit = if capital > 0 { (capital >> 18).max(1) } else { MONEY_ONE };
        let deviations = -normal_quantile(1.0 - rule.confidence);
        let horizon = (rule.horizon as f64 / rule.interval.max(1) as f64).sqrt();
        let powers = std::iter::successors(Some(1.0), |power| Some(power * rule.decay)).take(rows).collect();
        Self {
            rule,
            rows,
            unit,
            scale: deviations * horizon * money_to_f64(unit) / RETURN_ONE,
            names: Vec::new(),
            made: vec![0.0; width],
            weights: vec![0.0; width],
            powers,
            closes: 0,
            ends: Ts::MIN,
            marked: false,
            gross: 0,
            strangers: 0,
            lost: false,
        }
    }

    pub(super) fn add_instrument(&mut self) {
        self.names.push(Name { returns: vec![0; self.made.len()].into(), ..Name::default() });
    }

    /// An instrument was marked; the first mark after the open interval closes it.
    #[inline]
    pub(super) fn mark(&mut self, index: usize, now: Ts, mark2: Option<i64>, lines: &[Line], collar_ppm: i64) {
        if now >= self.ends {
            self.advance(now, lines, collar_ppm);
        }
        // Time that seems to go back counts as the open interval.
        self.names[index].last = mark2.map_or(0, |mark2| mark2.max(0));
        self.marked = true;
    }

    #[cold]
    #[inline(never)]
    fn advance(&mut self, now: Ts, lines: &[Line], collar_ppm: i64) {
        if self.marked {
            self.close();
            for (index, line) in lines.iter().enumerate().take(self.names.len()) {
                if self.names[index].is_held() {
                    self.revalue(index, line, collar_ppm);
                }
            }
        }
        let start = now.saturating_sub(now.rem_euclid(self.rule.interval.max(1)));
        self.ends = start.saturating_add(self.rule.interval);
        self.marked = false;
    }

    /// The open interval is over. No allocation.
    fn close(&mut self) {
        let slot = (self.closes % self.rows as u64) as usize;
        let (mut any, mut made, mut strangers) = (false, 0.0, 0);
        for name in &mut self.names {
            let known = name.last > 0 && name.closed > 0;
            let change = if known && name.last != name.closed {
                let change = (name.last as f64 / name.closed as f64).ln() * RETURN_ONE;
                change.round().clamp(-MOST_RETURN, MOST_RETURN)
            } else {
                0.0
            };
            name.closed = name.last;
            name.seen = if known { name.seen.saturating_add(1) } else { 0 };
            name.returns[slot] = change as i32;
            made += name.value as f64 * change;
            any |= known;
            strangers += u32::from(name.is_held() && name.seen < self.rule.warm_up);
        }
        self.made[slot] = made;
        self.strangers = strangers;
        if any {
            self.closes += 1;
            self.weigh();
        }
    }

    fn weigh(&mut self) {
        let filled = self.closes.min(self.rows as u64) as usize;
        let all: f64 = self.powers[..filled].iter().sum();
        let newest = ((self.closes + self.rows as u64 - 1) % self.rows as u64) as usize;
        for (age, power) in self.powers[..filled].iter().enumerate() {
            let slot = if newest >= age { newest - age } else { newest + self.rows - age };
            self.weights[slot] = power / all;
        }
    }

    fn units(&self, value: Money) -> i64 {
        // Out of range stays out of range.
        (money_to_f64(value) / money_to_f64(self.unit)).round() as i64
    }

    /// What is held, or under way, in an instrument may have changed.
    #[inline]
    pub(super) fn hold(&mut self, index: usize, line: &Line, collar_ppm: i64) {
        let name = &mut self.names[index];
        let held = (line.position, line.buy, line.sell);
        if held == name.held {
            return;
        }
        let before = std::mem::replace(&mut name.held, held);
        if name.seen < self.rule.warm_up {
            self.strangers = self.strangers + u32::from(name.is_held()) - u32::from(is_held(&before));
        }
        self.revalue(index, line, collar_ppm);
    }

    fn revalue(&mut self, index: usize, line: &Line, collar_ppm: i64) {
        let closed = self.names[index].closed;
        let value = if closed > 0 { self.units(line.worst_at(closed, collar_ppm)) } else { 0 };
        self.update(index, value);
    }

    /// An instrument's value, units, has moved.
    fn update(&mut self, index: usize, value: i64) {
        let value = value.clamp(-2 * MOST_VALUE, 2 * MOST_VALUE);
        let name = &mut self.names[index];
        if value == name.value {
            return;
        }
        let change = (value - name.value) as f64;
        self.gross += value.abs() - name.value.abs();
        name.value = value;
        if self.gross > MOST_VALUE {
            self.lost = true;
        } else if std::mem::take(&mut self.lost) {
            self.made.fill(0.0);
            self.names.iter().for_each(|name| add(&mut self.made, name.value as f64, &name.returns));
        } else {
            add(&mut self.made, change, &name.returns);
        }
    }

    /// Value at risk with so many units more in an instrument, of each of two numbers of units.
    fn with(&self, index: usize, one: f64, other: f64) -> (f64, f64) {
        let (mut first, mut second) = ([0.0; 8], [0.0; 8]);
        let chunks = self.made.as_chunks::<8>().0.iter().zip(self.weights.as_chunks::<8>().0);
        for ((made, weights), returns) in chunks.zip(self.names[index].returns.as_chunks::<8>().0) {
            for lane in 0..8 {
                let change = f64::from(returns[lane]);
                let (a, b) = (one.mul_add(change, made[lane]), other.mul_add(change, made[lane]));
                first[lane] = (weights[lane] * a).mul_add(a, first[lane]);
                second[lane] = (weights[lane] * b).mul_add(b, second[lane]);
            }
        }
        let sum = |lanes: [f64; 8]| {
            let [s0, s1, s2, s3, s4, s5, s6, s7] = lanes;
            ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
        };
        (self.scale * sum(first).sqrt(), self.scale * sum(second).sqrt())
    }

    /// Judges an order that takes an instrument from one value to another, both at its price now. One that does not
    /// raise value at risk is let through. O(intervals kept), no allocation.
    pub(super) fn judge(&self, index: usize, before: Money, after: Money) -> Result<(Money, Money), Denied> {
        let (name, needed) = (&self.names[index], self.rule.warm_up);
        if name.seen < needed {
            return Err(Denied::at(Reject::VarUnknown, name.seen.into(), needed.into()));
        }
        if self.strangers > 0 {
            return Err(self.unknown());
        }
        let far = |value: Money| self.units(value).clamp(-2 * MOST_VALUE, 2 * MOST_VALUE);
        let (before, after) = (far(before), far(after));
        if self.gross - name.value.abs() + before.abs().max(after.abs()) > MOST_VALUE {
            return Err(Reject::VarUnknown.into());
        }
        let (now, then) = self.with(index, (before - name.value) as f64, (after - name.value) as f64);
        let amount = money(then);
        if amount > self.rule.most && then > now {
            return Err(Denied::at(Reject::ValueAtRisk, amount, self.rule.most));
        }
        Ok((amount, self.rule.most))
    }

    /// Something held has too few returns.
    #[cold]
    fn unknown(&self) -> Denied {
        let held = self.names.iter().filter(|name| name.is_held());
        let least = held.map(|name| name.seen).min().unwrap_or(0);
        Denied::at(Reject::VarUnknown, least.into(), self.rule.warm_up.into())
    }

    /// Value at risk at worst, and its bound; `None` while it is not known.
    pub(super) fn now(&self) -> (Option<Money>, Money) {
        let known = self.strangers == 0 && self.gross <= MOST_VALUE;
        let now = if self.names.is_empty() { 0.0 } else { self.with(0, 0.0, 0.0).0 };
        (known.then(|| money(now)), self.rule.most)
    }

    pub(super) fn state(&self) -> VarState {
        let filled = self.closes.min(self.rows as u64);
        let kept = |name: &Name| {
            let slot = |close: u64| name.returns[(close % self.rows as u64) as usize];
            let returns: Vec<i32> = (self.closes - filled..self.closes).map(slot).collect();
            let any = returns.iter().any(|change| *change != 0);
            (name.last, name.closed, name.seen, if any { returns } else { Vec::new() })
        };
        VarState {
            interval: self.rule.interval,
            ends: self.ends,
            marked: self.marked,
            closes: self.closes,
            kept: filled,
            names: self.names.iter().map(kept).collect(),
        }
    }

    /// Goes on from a state, with no positions; on another grid it starts anew.
    pub(super) fn restore(&mut self, state: Option<&VarState>) {
        let names = self.names.len();
        *self = Self { unit: self.unit, scale: self.scale, ..Self::new(self.rule, 0) };
        (0..names).for_each(|_| self.add_instrument());
        let Some(state) = state.filter(|state| state.interval == self.rule.interval) else { return };
        let rows = state.kept.min(self.rows as u64).min(state.closes);
        // Where fewer are there than there would be, the closes are numbered anew.
        self.closes = if rows == state.closes.min(self.rows as u64) { state.closes.min(1 << 62) } else { rows };
        (self.ends, self.marked) = (state.ends, state.marked);
        for (name, (last, closed, seen, returns)) in self.names.iter_mut().zip(&state.names) {
            (name.last, name.closed, name.seen) = (*last, *closed, *seen);
            let newest = (self.closes - rows..self.closes).rev();
            for (close, change) in newest.zip(returns.iter().rev()) {
                name.returns[(close % self.rows as u64) as usize] =
                    (*change).clamp(-MOST_RETURN as i32, MOST_RETURN as i32);
            }
        }
        self.weigh();
    }
}

const fn is_held((position, buy, sell): &(i64, Working, Working)) -> bool {
    *position != 0 || buy.lots != 0 || sell.lots != 0
}

impl Name {
    const fn is_held(&self) -> bool {
        is_held(&self.held)
    }
}

/// made += change x returns; exact.
#[inline]
fn add(made: &mut [f64], change: f64, returns: &[i32]) {
    for (made, returns) in made.as_chunks_mut::<8>().0.iter_mut().zip(returns.as_chunks::<8>().0) {
        for lane in 0..8 {
            made[lane] = change.mul_add(f64::from(returns[lane]), made[lane]);
        }
    }
}

/// An amount that people read as whole money, at most what fits.
fn money(amount: f64) -> Money {
    (amount * MONEY_ONE as f64) as Money
}

impl Risk {
    /// Value at risk by the live covariance with everything under way at worst, and its bound; `None` where there is no
    /// such limit. The value is `None` while an instrument held has too few returns.
    pub fn live_var(&mut self, ledger: &Ledger) -> Option<(Option<Money>, Money)> {
        self.totals(ledger);
        self.live_var.as_ref().map(|live| live.now())
    }
}

#[cfg(test)]
mod tests;
