//! The wealth that returns compound to: final value and deepest drawdown, in parts that can be joined.
//!
//! # Rationale
//! With growth factors g = 1 + r >= 0, the ratio of wealth to its highest point so far follows
//! q' = min(1, q g): no division and nothing that can overflow. Over a stretch of returns that
//! starts at ratio x <= 1, induction gives q_i = min(c_i, x P_i), where P_i is the product of the
//! first i factors and c_i the ratio when the stretch starts at 1. So four numbers say all about a
//! stretch, stretches can be worked on side by side, and joining two neighbours is exact but for
//! rounding.

/// Four numbers that say all about a stretch of returns; see the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    /// The product of all factors.
    pub(super) product: f64,
    /// The lowest product of the first i factors, i = 0 (which is 1) included.
    pub(super) lowest_product: f64,
    /// Wealth over its highest point, at the end, if the stretch starts at a high.
    pub(super) ratio: f64,
    /// The lowest such ratio on the way.
    pub(super) lowest_ratio: f64,
}

/// The smaller one, in one instruction (`f64::min` has NaN rules that cost three).
#[inline(always)]
pub(super) fn lower(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

impl Stretch {
    /// No returns at all.
    pub(super) const EMPTY: Self = Self { product: 1.0, lowest_product: 1.0, ratio: 1.0, lowest_ratio: 1.0 };

    /// One more factor at the end.
    #[inline(always)]
    pub(super) fn push(&mut self, factor: f64) {
        self.product *= factor;
        self.lowest_product = lower(self.product, self.lowest_product);
        self.ratio = lower(self.ratio * factor, 1.0);
        self.lowest_ratio = lower(self.ratio, self.lowest_ratio);
    }
}

/// Wealth along the whole series: a start of 1, joined with stretch after stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wealth {
    /// ln(wealth) = `log_scale` + ln(`mantissa`).
    log_scale: f64,
    mantissa: f64,
    ratio: f64,
    lowest_ratio: f64,
}

impl Wealth {
    pub(super) const START: Self = Self { log_scale: 0.0, mantissa: 1.0, ratio: 1.0, lowest_ratio: 1.0 };

    /// The wealth after `stretch`.
    #[inline]
    pub(super) fn join(&mut self, stretch: &Stretch) {
        self.lowest_ratio = lower(self.lowest_ratio, lower(stretch.lowest_ratio, self.ratio * stretch.lowest_product));
        self.ratio = lower(stretch.ratio, self.ratio * stretch.product);
        let mantissa = self.mantissa * stretch.product;
        if (1e-100..1e100).contains(&mantissa) {
            self.mantissa = mantissa;
        } else {
            self.log_scale += self.mantissa.ln() + stretch.product.ln();
            self.mantissa = 1.0;
        }
    }

    /// ln(final wealth / start).
    pub(super) fn log_growth(&self) -> f64 {
        self.log_scale + self.mantissa.ln()
    }

    /// final wealth / start - 1, without loss for small growth.
    pub(super) fn total_return(&self) -> f64 {
        if self.log_scale == 0.0 { self.mantissa - 1.0 } else { self.log_growth().exp_m1() }
    }

    /// The deepest fall from a high, as a fraction of that high, in [0, 1].
    pub(super) fn max_drawdown(&self) -> f64 {
        1.0 - self.lowest_ratio
    }
}
