use std::collections::VecDeque;

use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Hammer.
pub(super) static SPEC: Spec = Spec {
    name: "hammer",
    class: "Hammer",
    title: "Hammer: a small body at the top of a long lower shadow. Bullish.",
    formula: "``min(open, close) - low > shadow body``, ``high - max(open, close) < other body`` and ``high > low`` \
              with ``body = abs(close - open)``; equality does not count, so a bar without a body is none. With \
              `trend` > 0 a fall must lead to it: ``close[1] < close[1 + trend]``.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[
        Param::number("shadow", 2.0, 0.0, f64::INFINITY, "The lower shadow is longer than this many bodies, >= 0."),
        Param::number("other", 0.3, 0.0, f64::INFINITY, "The upper shadow is shorter than this many bodies, >= 0."),
        Param::rows("trend", 0, 0, "Bars of the fall before it, >= 0; 0 asks for none."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The low: below it the pattern has failed."),
        strength("``(min(open, close) - low) / (high - low)``: how much of the bar is its lower shadow."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| warm_up(args.rows(2)),
    reach: |args| Reach::Rows(warm_up(args.rows(2)) + 1),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991: a lower shadow of at least two bodies; he \
             asks for a fall before it.",
    example: ">>> ba.patterns.hammer([10.0], [10.6], [8.0], [10.5]).direction\n\
              array([1.])",
    make: |args| make(Ok(Hammer::new(args.number(0), args.number(1), args.rows(2)))),
};

/// Bars before the first value.
pub(super) const fn warm_up(trend: usize) -> usize {
    if trend == 0 { 0 } else { trend + 1 }
}

/// A hammer, or upside down a shooting star.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    shadow: f64,
    other: f64,
    trend: usize,
    /// The closes before the bar, as many as the trend needs.
    closes: VecDeque<f64>,
}

impl Shape {
    pub(super) fn new(shadow: f64, other: f64, trend: usize) -> Self {
        Self { shadow, other, trend, closes: VecDeque::new() }
    }

    /// How much of the bar is its lower shadow if it is a hammer after a fall, None if it is not; or None
    /// in the warm-up.
    #[inline]
    pub(super) fn update(&mut self, bar: Candle) -> Option<Option<f64>> {
        let falls = if self.trend == 0 { Some(true) } else { self.falls(bar.close) };
        let body = bar.body();
        let is_one =
            bar.lower_shadow() > self.shadow * body && bar.upper_shadow() < self.other * body && bar.range() > 0.0;
        falls.map(|falls| (is_one && falls).then(|| share(bar.lower_shadow(), bar.range())))
    }

    /// Whether the closes before this one have fallen.
    fn falls(&mut self, close: f64) -> Option<bool> {
        let falls = (self.closes.len() > self.trend).then(|| self.closes[self.trend] < self.closes[0]);
        if falls.is_some() {
            self.closes.pop_front();
        }
        self.closes.push_back(close);
        falls
    }
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Hammer(Shape);

impl Hammer {
    /// With a lower shadow longer than `shadow` bodies, an upper one shorter than `other` bodies, after a
    /// fall over `trend` bars.
    pub fn new(shadow: f64, other: f64, trend: usize) -> Self {
        Self(Shape::new(shadow, other, trend))
    }
}

impl Indicator<4, 5> for Hammer {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let Some(found) = self.0.update(bar) else { return UNKNOWN };
        row(found.map(|strength| Finding { bullish: true, start: 0, end: 0, level: bar.low, strength }))
    }
}
