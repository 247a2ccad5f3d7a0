use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength};
use super::morning_star::Star;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Evening star.
pub(super) static SPEC: Spec = Spec {
    name: "evening_star",
    class: "EveningStar",
    title: "Evening star: a large white body, a small one above it, a black one that takes it back. Bearish.",
    formula: "The mirror image of the morning star: ``close[2] > open[2]`` with a body of at least `body` of its \
              range; the star's body at most `star` of that body and not below its end: ``min(open[1], close[1]) >= \
              close[2]``; then ``close < open`` and ``close <= close[2] - depth (close[2] - open[2])``. Equalities \
              count, so markets that never gap have it too.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[
        Param::number("body", 0.5, 0.0, 1.0, "The smallest first body, as a share of its range, 0..1."),
        Param::number("star", 0.3, 0.0, 1.0, "The largest body of the star, as a share of the first body, 0..1."),
        Param::number("depth", 0.5, 0.0, 1.0, "How much of the first body the third bar takes back at least, 0..1."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The highest high of the three bars: above it the pattern has failed."),
        strength("``(close[2] - close) / (close[2] - open[2])``, at most 1: how much of the first body is taken back."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 2,
    reach: |_| Reach::Rows(3),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991; the third close beyond the middle of the \
             first body as Thomas Bulkowski, Encyclopedia of Candlestick Charts, 2008.",
    example: ">>> open, high = [8.0, 10.2, 10.0], [10.1, 10.8, 10.1]\n\
              >>> low, close = [7.9, 10.1, 8.4], [10.0, 10.4, 8.5]\n\
              >>> ba.patterns.evening_star(open, high, low, close).direction\n\
              array([nan, nan, -1.])",
    make: |args| make(Ok(EveningStar::new(args.number(0), args.number(1), args.number(2)))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct EveningStar(Star);

impl EveningStar {
    /// With shares of the first body as the parameters say.
    pub fn new(body: f64, star: f64, depth: f64) -> Self {
        Self(Star::new(body, star, depth))
    }
}

impl Indicator<4, 5> for EveningStar {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let Some(found) = self.0.update(Candle::of(prices).mirrored()) else { return UNKNOWN };
        row(found.map(|(lowest, strength)| Finding { bullish: false, start: 2, end: 0, level: -lowest, strength }))
    }
}
