use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, OPEN, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Inside bar.
pub(super) static SPEC: Spec = Spec {
    name: "inside_bar",
    class: "InsideBar",
    title: "Inside bar: a bar within the range of the one before it, its mother.",
    formula: "``high < high[1]`` and ``low > low[1]``; equal ends do not count. It is a pause, so its direction is \
              the mother's: bullish if ``close[1] >= open[1]``, else bearish.",
    inputs: &[OPEN, HIGH, LOW, CLOSE],
    params: &[],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("Where it is left in its direction: the mother's high, or her low if it is bearish."),
        strength("``1 - (high - low) / (high[1] - low[1])``: the smaller the bar, the nearer to 1."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |_| 1,
    reach: |_| Reach::Rows(2),
    source: "Toby Crabel, Day Trading with Short Term Price Patterns and Opening Range Breakout, 1990.",
    example: ">>> ba.patterns.inside_bar([9.0, 10.0], [11.0, 10.5], [8.0, 9.5], [10.0, 9.8]).direction\n\
              array([nan,  1.])",
    make: |_| make(Ok(InsideBar::new())),
};

/// See `SPEC`.
#[derive(Clone, Debug, Default)]
pub struct InsideBar {
    before: Option<Candle>,
}

impl InsideBar {
    /// One that has seen nothing.
    pub const fn new() -> Self {
        Self { before: None }
    }
}

impl Indicator<4, 5> for InsideBar {
    #[inline]
    fn update(&mut self, prices: [f64; 4]) -> [f64; 5] {
        let bar = Candle::of(prices);
        let Some(before) = self.before.replace(bar) else { return UNKNOWN };
        let bullish = !before.is_black();
        row((bar.high < before.high && bar.low > before.low).then(|| Finding {
            bullish,
            start: 1,
            end: 0,
            level: if bullish { before.high } else { before.low },
            strength: share(before.range() - bar.range(), before.range()),
        }))
    }
}
