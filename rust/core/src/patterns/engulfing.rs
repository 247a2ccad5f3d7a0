use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Engulfing.
pub(super) static SPEC: Spec = Spec {
    name: "engulfing",
    class: "Engulfing",
    title: "Engulfing: a body that covers the body of the bar before it, of the other colour.",
    formula: "Bullish: ``close[1] < open[1]``, ``close > open``, ``close >= open[1]`` and ``open <= close[1]`` ([1] \
              is the bar before). Bearish: the mirror image. Bodies with one or both ends equal count; shadows and \
              the trend before do not matter.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[],
    outputs: &[
        DIRECTION,
        START,
        END,
        level(
            "The lowest low of the two bars, or the highest high of a bearish one: beyond it the pattern has failed.",
        ),
        strength("``1 - abs(close[1] - open[1]) / abs(close - open)``: 0 if the bodies are of one size."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 1,
    reach: |_| Reach::Rows(2),
    source: "Steve Nison, Japanese Candlestick Charting Techniques, 1991, without the trend that he asks for.",
    example: ">>> ba.patterns.engulfing([10.0, 8.5], [10.2, 10.8], [8.8, 8.4], [9.0, 10.5]).direction\n\
              array([nan,  1.])",
    make: |_| make(Ok(Engulfing::new())),
};

/// See `SPEC`.
#[derive(Clone, Debug, Default)]
pub struct Engulfing {
    before: Option<Candle>,
}

impl Engulfing {
    /// One that has seen nothing.
    pub const fn new() -> Self {
        Self { before: None }
    }
}

#[inline(always)]
fn covers(bar: Candle, before: Candle) -> bool {
    before.is_black() && bar.is_white() && bar.close >= before.open && bar.open <= before.close
}

impl Indicator<4, 5> for Engulfing {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let Some(before) = self.before.replace(bar) else { return UNKNOWN };
        let bullish = covers(bar, before);
        if !bullish && !covers(bar.mirrored(), before.mirrored()) {
            return row(None);
        }
        row(Some(Finding {
            bullish,
            start: 1,
            end: 0,
            level: if bullish { bar.low.min(before.low) } else { bar.high.max(before.high) },
            strength: share(bar.body() - before.body(), bar.body()),
        }))
    }
}
