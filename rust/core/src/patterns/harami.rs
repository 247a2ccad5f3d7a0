use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Harami.
pub(super) static SPEC: Spec = Spec {
    name: "harami",
    class: "Harami",
    title: "Harami: a small body inside the large body of the bar before it.",
    formula: "The bar before has a body of at least `body` of its range; both ends of this bar's body lie in it, ends \
              that are equal included, and this body is smaller. Bullish if the bar before is black (``close < \
              open``), bearish if it is white; the colour of this bar does not matter.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[Param::number(
        "body",
        0.5,
        0.0,
        1.0,
        "The smallest body of the bar before, as a share of its range, 0..1.",
    )],
    outputs: &[
        DIRECTION,
        START,
        END,
        level(
            "The lowest low of the two bars, or the highest high of a bearish one: beyond it the pattern has failed.",
        ),
        strength("``1 - abs(close - open) / abs(close[1] - open[1])``: 1 if this bar has no body (a harami cross)."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 1,
    reach: |_| Reach::Rows(2),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991; as TA-Lib's CDLHARAMI either colour of the \
             second body, with a fixed share of the bar's own range for \"large\".",
    example: ">>> ba.patterns.harami([10.0, 9.2], [10.1, 9.6], [7.9, 9.0], [8.0, 9.4]).direction\n\
              array([nan,  1.])",
    make: |args| make(Ok(Harami::new(args.number(0)))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Harami {
    body: f64,
    before: Option<Candle>,
}

impl Harami {
    /// With a first body of at least this share of its bar's range.
    pub fn new(body: f64) -> Self {
        Self { body, before: None }
    }
}

impl Indicator<4, 5> for Harami {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let Some(before) = self.before.replace(bar) else { return UNKNOWN };
        let is_large = before.body() > 0.0 && before.body() >= self.body * before.range();
        let is_inside = bar.top() <= before.top() && bar.bottom() >= before.bottom() && bar.body() < before.body();
        let bullish = before.is_black();
        row((is_large && is_inside).then(|| Finding {
            bullish,
            start: 1,
            end: 0,
            level: if bullish { bar.low.min(before.low) } else { bar.high.max(before.high) },
            strength: share(before.body() - bar.body(), before.body()),
        }))
    }
}
