//! A bar as a candle.

/// Four prices of a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candle {
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
}

impl Candle {
    #[inline(always)]
    pub(super) fn of([open, high, low, close]: [f64; 4]) -> Self {
        Self { open, high, low, close }
    }

    /// The size of the body.
    #[inline(always)]
    pub(super) fn body(self) -> f64 {
        (self.close - self.open).abs()
    }

    /// The upper end of the body.
    #[inline(always)]
    pub(super) fn top(self) -> f64 {
        self.open.max(self.close)
    }

    /// The lower end of the body.
    #[inline(always)]
    pub(super) fn bottom(self) -> f64 {
        self.open.min(self.close)
    }

    #[inline(always)]
    pub(super) fn range(self) -> f64 {
        self.high - self.low
    }

    #[inline(always)]
    pub(super) fn upper_shadow(self) -> f64 {
        self.high - self.top()
    }

    #[inline(always)]
    pub(super) fn lower_shadow(self) -> f64 {
        self.bottom() - self.low
    }

    #[inline(always)]
    pub(super) fn is_white(self) -> bool {
        self.close > self.open
    }

    #[inline(always)]
    pub(super) fn is_black(self) -> bool {
        self.close < self.open
    }

    /// Upside down, so that a bearish pattern is a bullish one of this.
    #[inline(always)]
    pub(super) fn mirrored(self) -> Self {
        Self { open: -self.open, high: -self.low, low: -self.high, close: -self.close }
    }
}
