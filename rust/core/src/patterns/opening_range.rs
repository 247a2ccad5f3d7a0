use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, share, strength, with};
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, Input, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Opening range breakout.
pub(super) static SPEC: Spec = Spec {
    name: "opening_range",
    class: "OpeningRange",
    title: "Opening range breakout: the first close of a session beyond the range of its first bars.",
    formula: "A session starts at the first bar and wherever the number in `session` changes. ``top = max(high)`` and \
              ``bottom = min(low)`` over its first `bars` bars; after them the first ``close > top`` is bullish and \
              the first ``close < bottom`` bearish, each once a session; a close at the level is none.",
    inputs: &[
        HIGH,
        LOW,
        CLOSE,
        Input {
            name: "session",
            doc: "A number that changes when a session starts; left out, all bars are one session.",
            optional: true,
        },
    ],
    params: &[Param::rows("bars", 30, 1, "Bars of the opening range, >= 1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The end of the range that the close has passed."),
        strength(
            "``abs(close - level) / (high - low)``, at most 1: how much of the bar the close has put beyond the level.",
        ),
        Output { name: "top", doc: "The top of the opening range; NaN while it is being made." },
        Output { name: "bottom", doc: "The bottom of the opening range; NaN while it is being made." },
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0),
    reach: |_| Reach::All,
    source: "Toby Crabel, Day Trading with Short Term Price Patterns and Opening Range Breakout, 1990, with a range \
             made of bars.",
    example: ">>> high, low, close = [10.0, 11.0, 12.0], [9.0, 10.0, 10.5], [9.5, 10.5, 11.5]\n\
              >>> ba.patterns.opening_range(high, low, close, bars=2).direction\n\
              array([nan, nan,  1.])",
    make: |args| make(OpeningRange::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct OpeningRange {
    bars: u64,
    /// Bars since the start.
    seen: u64,
    session: f64,
    /// Bars of the session.
    here: u64,
    top: f64,
    bottom: f64,
    passed_top: bool,
    passed_bottom: bool,
}

impl OpeningRange {
    /// Over the first `bars` bars of a session.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(bars: usize) -> Result<Self, Error> {
        Ok(Self {
            bars: check_period(bars)? as u64,
            seen: 0,
            session: f64::NAN,
            here: 0,
            top: f64::NAN,
            bottom: f64::NAN,
            passed_top: false,
            passed_bottom: false,
        })
    }

    #[inline]
    fn find(&mut self, high: f64, low: f64, close: f64) -> Option<Finding> {
        let bullish = close > self.top;
        if !bullish && close >= self.bottom {
            return None;
        }
        let passed = if bullish { &mut self.passed_top } else { &mut self.passed_bottom };
        if std::mem::replace(passed, true) {
            return None;
        }
        let level = if bullish { self.top } else { self.bottom };
        let strength = share((close - level).abs(), high - low);
        Some(Finding { bullish, start: self.here, end: 0, level, strength })
    }
}

impl Indicator<4, 7> for OpeningRange {
    #[inline]
    fn update(&mut self, [high, low, close, session]: [f64; 4]) -> [f64; 7] {
        if session != self.session {
            (self.session, self.here) = (session, 0);
            (self.top, self.bottom) = (f64::NEG_INFINITY, f64::INFINITY);
            (self.passed_top, self.passed_bottom) = (false, false);
        }
        let is_made = self.here >= self.bars;
        let found = if is_made { self.find(high, low, close) } else { None };
        if !is_made {
            (self.top, self.bottom) = (self.top.max(high), self.bottom.min(low));
        }
        self.here += 1;
        let warm = self.seen >= self.bars;
        self.seen += 1;
        let ends = if self.here >= self.bars { [self.top, self.bottom] } else { [f64::NAN; 2] };
        with(if warm { row(found) } else { UNKNOWN }, ends)
    }
}
