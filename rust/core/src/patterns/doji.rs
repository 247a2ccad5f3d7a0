use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Doji.
pub(super) static SPEC: Spec = Spec {
    name: "doji",
    class: "Doji",
    title: "Doji: a bar that closes about where it opened.",
    formula: "``abs(close - open) <= body (high - low)``, equality included; a bar of one price is one. It is bullish \
              if the lower shadow is at least as long as the upper one (a dragonfly at the extreme), else bearish (a \
              gravestone).",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[Param::number("body", 0.1, 0.0, 1.0, "The largest body, as a share of the range of the bar, 0..1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The close."),
        strength("``1 - abs(close - open) / (body (high - low))``: 1 if it closes where it opened."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 0,
    reach: |_| Reach::Rows(1),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991; nearly the open is a share of the range.",
    example: ">>> ba.patterns.doji([10.0], [11.0], [8.0], [10.1]).direction\n\
              array([1.])",
    make: |args| make(Ok(Doji::new(args.number(0)))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Doji {
    body: f64,
}

impl Doji {
    /// With a body of at most this share of the range.
    pub fn new(body: f64) -> Self {
        Self { body }
    }
}

impl Indicator<4, 5> for Doji {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let (body, most) = (bar.body(), self.body * bar.range());
        row((body <= most).then(|| Finding {
            bullish: bar.lower_shadow() >= bar.upper_shadow(),
            start: 0,
            end: 0,
            level: bar.close,
            strength: if body == 0.0 { 1.0 } else { share(most - body, most) },
        }))
    }
}
