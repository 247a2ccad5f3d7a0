use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Morning star.
pub(super) static SPEC: Spec = Spec {
    name: "morning_star",
    class: "MorningStar",
    title: "Morning star: a large black body, a small one below it, a white one that takes it back. Bullish.",
    formula: "Of three bars: ``close[2] < open[2]`` with a body of at least `body` of its range; the star's body at \
              most `star` of that body and not above its end: ``max(open[1], close[1]) <= close[2]``; then ``close > \
              open`` and ``close >= close[2] + depth (open[2] - close[2])``. Equalities count, so markets that never \
              gap have it too.",
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
        level("The lowest low of the three bars: below it the pattern has failed."),
        strength("``(close - close[2]) / (open[2] - close[2])``, at most 1: how much of the first body is taken back."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 2,
    reach: |_| Reach::Rows(3),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991; the third close beyond the middle of the \
             first body as Thomas Bulkowski, Encyclopedia of Candlestick Charts, 2008.",
    example: ">>> open, high = [10.0, 7.8, 8.0], [10.1, 7.9, 9.6]\n\
              >>> low, close = [7.9, 7.2, 7.9], [8.0, 7.6, 9.5]\n\
              >>> ba.patterns.morning_star(open, high, low, close).direction\n\
              array([nan, nan,  1.])",
    make: |args| make(Ok(MorningStar::new(args.number(0), args.number(1), args.number(2)))),
};

/// A morning star, or upside down an evening star.
#[derive(Clone, Debug)]
pub(super) struct Star {
    body: f64,
    star: f64,
    depth: f64,
    before: [Option<Candle>; 2],
}

impl Star {
    pub(super) fn new(body: f64, star: f64, depth: f64) -> Self {
        Self { body, star, depth, before: [None; 2] }
    }

    /// The lowest low and the strength if the last three bars are one, None if they are not; or None in
    /// the warm-up.
    #[inline]
    pub(super) fn update(&mut self, bar: Candle) -> Option<Option<(f64, f64)>> {
        let before = self.before;
        self.before = [before[1], Some(bar)];
        let [Some(first), Some(star)] = before else { return None };
        let is_one = first.is_black()
            && first.body() >= self.body * first.range()
            && star.body() <= self.star * first.body()
            && star.top() <= first.close
            && bar.is_white()
            && bar.close >= first.close + self.depth * first.body();
        Some(is_one.then(|| {
            let lowest = first.low.min(star.low).min(bar.low);
            (lowest, share(bar.close - first.close, first.body()))
        }))
    }
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct MorningStar(Star);

impl MorningStar {
    /// With shares of the first body as the parameters say.
    pub fn new(body: f64, star: f64, depth: f64) -> Self {
        Self(Star::new(body, star, depth))
    }
}

impl Indicator<4, 5> for MorningStar {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let Some(found) = self.0.update(Candle::of(prices)) else { return UNKNOWN };
        row(found.map(|(level, strength)| Finding { bullish: true, start: 2, end: 0, level, strength }))
    }
}
