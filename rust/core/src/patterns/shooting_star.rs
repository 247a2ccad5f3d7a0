use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength};
use super::hammer::{Shape, warm_up};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Shooting star.
pub(super) static SPEC: Spec = Spec {
    name: "shooting_star",
    class: "ShootingStar",
    title: "Shooting star: a small body at the bottom of a long upper shadow. Bearish.",
    formula: "The mirror image of the hammer: ``high - max(open, close) > shadow body``, ``min(open, close) - low < \
              other body`` and ``high > low`` with ``body = abs(close - open)``; equality does not count. With \
              `trend` > 0 a rise must lead to it: ``close[1] > close[1 + trend]``.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[
        Param::number("shadow", 2.0, 0.0, f64::INFINITY, "The upper shadow is longer than this many bodies, >= 0."),
        Param::number("other", 0.3, 0.0, f64::INFINITY, "The lower shadow is shorter than this many bodies, >= 0."),
        Param::rows("trend", 0, 0, "Bars of the rise before it, >= 0; 0 asks for none."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The high: above it the pattern has failed."),
        strength("``(high - max(open, close)) / (high - low)``: how much of the bar is its upper shadow."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| warm_up(args.rows(2)),
    reach: |args| Reach::Rows(warm_up(args.rows(2)) + 1),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991, without the gap that he likes to see; he \
             asks for a rise before it.",
    example: ">>> ba.patterns.shooting_star([10.0], [12.0], [9.4], [9.5]).direction\n\
              array([-1.])",
    make: |args| make(Ok(ShootingStar::new(args.number(0), args.number(1), args.rows(2)))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct ShootingStar(Shape);

impl ShootingStar {
    /// With an upper shadow longer than `shadow` bodies, a lower one shorter than `other` bodies, after a
    /// rise over `trend` bars.
    pub fn new(shadow: f64, other: f64, trend: usize) -> Self {
        Self(Shape::new(shadow, other, trend))
    }
}

impl Indicator<4, 5> for ShootingStar {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let Some(found) = self.0.update(bar.mirrored()) else { return UNKNOWN };
        row(found.map(|strength| Finding { bullish: false, start: 0, end: 0, level: bar.high, strength }))
    }
}
