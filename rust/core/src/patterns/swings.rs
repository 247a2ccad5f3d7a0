//! Swing highs and lows, known only when they are confirmed.

use std::collections::VecDeque;

use super::finding::share;

/// A confirmed swing high or low.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pivot {
    pub(super) price: f64,
    /// The bar it is, counted from the first one.
    pub(super) bar: u64,
}

/// The highest values of one side: highs as they are, lows with their sign turned.
#[derive(Clone, Debug, Default)]
struct Side {
    /// Falling values of the last `swing` bars: the first is the highest.
    falling: VecDeque<(u64, f64)>,
    /// The one bar that may still become a pivot: above all before it, not yet passed.
    candidate: Option<(u64, f64)>,
}

impl Side {
    /// Takes the next bar; gives a bar that it confirms.
    #[inline]
    fn update(&mut self, bar: u64, value: f64, swing: u64) -> Option<(u64, f64)> {
        let confirmed = match self.candidate {
            Some((_, price)) if value > price => {
                self.candidate = None;
                None
            }
            Some((at, _)) if bar - at == swing => self.candidate.take(),
            _ => None,
        };
        while self.falling.front().is_some_and(|(at, _)| bar - at > swing) {
            self.falling.pop_front();
        }
        if bar >= swing && self.falling.front().is_none_or(|(_, highest)| value > *highest) {
            self.candidate = Some((bar, value));
        }
        while self.falling.back().is_some_and(|(_, last)| *last <= value) {
            self.falling.pop_back();
        }
        self.falling.push_back((bar, value));
        confirmed
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
        Self { swing: swing as u64, bars: 0, highs: Side::default(), lows: Side::default() }
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
        let (bar, swing) = (self.bars, self.swing);
        self.bars += 1;
        let high = self.highs.update(bar, high, swing).map(|(bar, price)| Pivot { price, bar });
        let low = self.lows.update(bar, -low, swing).map(|(bar, price)| Pivot { price: -price, bar });
        (high, low)
    }
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
