//! Swing highs and lows, known only when they are confirmed.

use std::collections::VecDeque;

use super::finding::share;
use crate::indicators::window::History;

/// A confirmed swing high or low.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pivot {
    pub(super) price: f64,
    /// The bar it is, counted from the first one.
    pub(super) bar: u64,
}

/// One side of the bars: highs as they are, lows with their sign turned.
#[derive(Clone, Debug)]
struct Side {
    swing: usize,
    values: History,
}

impl Side {
    fn new(swing: usize) -> Self {
        Self { swing, values: History::new(swing.saturating_mul(2)) }
    }

    /// Takes the next bar; gives the value of the one that it confirms.
    ///
    /// # Rationale
    /// Most bars have a neighbour that rules them out: the search goes outwards and ends there.
    #[inline]
    fn update(&mut self, value: f64) -> Option<f64> {
        if self.values.take(&[value]) == 0 {
            return None;
        }
        let around = self.values.rows(2 * self.swing + 1, 0);
        let (before, rest) = around.split_at(self.swing);
        let (middle, after) = rest.split_first()?;
        before.iter().rev().zip(after).all(|(before, after)| middle > before && middle >= after).then_some(*middle)
    }
}

/// Finds the swings of a series of bars. A swing high is a bar whose high is above the highs of the
/// `swing` bars before it and not below those of the `swing` bars after it: of equal highs the first
/// one counts.
#[derive(Clone, Debug)]
pub(super) struct Swings {
    swing: u64,
    /// Bars so far.
    bars: u64,
    highs: Side,
    lows: Side,
}

impl Swings {
    pub(super) fn new(swing: usize) -> Self {
        Self { swing: swing as u64, bars: 0, highs: Side::new(swing), lows: Side::new(swing) }
    }

    /// Bars on each side.
    pub(super) const fn swing(&self) -> usize {
        self.highs.swing
    }

    /// The number of the last bar.
    pub(super) fn last_bar(&self) -> u64 {
        self.bars.saturating_sub(1)
    }

    /// Whether the last bar could have confirmed a swing.
    pub(super) fn is_ready(&self) -> bool {
        self.bars > 2 * self.swing
    }

    /// Takes the next bar; gives the swing high and the swing low that it confirms.
    #[inline]
    pub(super) fn update(&mut self, high: f64, low: f64) -> (Option<Pivot>, Option<Pivot>) {
        let bar = self.bars.saturating_sub(self.swing);
        self.bars += 1;
        let high = self.highs.update(high).map(|price| Pivot { price, bar });
        let low = self.lows.update(-low).map(|price| Pivot { price: -price, bar });
        (high, low)
    }
}

/// Whether a row is a swing high of so many rows on each side, all of which there are.
#[inline]
pub(super) fn is_swing(high: impl Fn(usize) -> f64, at: usize, swing: usize) -> bool {
    let middle = high(at);
    (1..=swing).all(|away| middle > high(at - away) && middle >= high(at + away))
}

/// The last swing high of so many rows, if there is one.
#[inline]
pub(super) fn last_swing(high: impl Fn(usize) -> f64, rows: usize, swing: usize) -> Option<Pivot> {
    let at = (swing..rows.saturating_sub(swing)).rev().find(|at| is_swing(&high, *at, swing))?;
    Some(Pivot { price: high(at), bar: at as u64 })
}

/// The last swing low.
#[inline]
pub(super) fn last_swing_low(low: impl Fn(usize) -> f64, rows: usize, swing: usize) -> Option<Pivot> {
    let turned = last_swing(|at| -low(at), rows, swing)?;
    Some(Pivot { price: -turned.price, ..turned })
}

/// The bars around a pivot: how far it stands out.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    swing: usize,
    bars: VecDeque<(f64, f64)>,
}

impl Surroundings {
    pub(super) fn new(swing: usize) -> Self {
        Self { swing, bars: VecDeque::new() }
    }

    /// Takes the next bar.
    pub(super) fn push(&mut self, high: f64, low: f64) {
        if self.bars.len() / 2 == self.swing && self.bars.len() % 2 == 1 {
            self.bars.pop_front();
        }
        self.bars.push_back((high, low));
    }

    /// Of the bar in the middle as a swing high (or low): the smaller of the moves up to it and down from
    /// it (or the other way round), as a share of the range of all bars.
    pub(super) fn prominence(&self, is_high: bool) -> f64 {
        let turned = |(high, low): (f64, f64)| if is_high { (high, low) } else { (-low, -high) };
        let lowest =
            |from: usize, to: usize| self.bars.range(from..to).map(|bar| turned(*bar).1).fold(f64::INFINITY, f64::min);
        let (before, after) = (lowest(0, self.swing), lowest(self.swing + 1, self.bars.len()));
        let (top, bottom) = turned(self.bars[self.swing]);
        share(top - before.max(after), top - before.min(after).min(bottom))
    }
}
