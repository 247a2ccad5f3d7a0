use crate::error::Error;
use crate::indicators::spec::{HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{WhenHighest, WhenLowest, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Aroon.
pub(super) static SPEC: Spec = Spec {
    name: "aroon",
    class: "Aroon",
    title: "Aroon: how recently prices were at their highest and at their lowest.",
    formula: "``up = 100 (period - a) / period`` with `a` how many bars ago the highest high of the last ``period + 1`` bars \
              was, `down` the same of the lowest low, ``oscillator = up - down``. Of equal extremes the latest one counts.",
    inputs: &[HIGH, LOW],
    params: &[Param::rows("period", 14, 1, "Bars before the last one, >= 1.")],
    outputs: &[
        Output { name: "up", doc: "0 (`period` bars ago) to 100 (now)." },
        Output { name: "down", doc: "0 (`period` bars ago) to 100 (now)." },
        Output { name: "oscillator", doc: "-100 to 100." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "Tushar Chande, Stocks & Commodities 13:9, 1995; TA-Lib AROON and AROONOSC to 1e-12.",
    example: ">>> ba.indicators.aroon([3.0, 2.0, 2.0], [1.0, 1.0, 1.0], 2)\n\
              AroonResult(up=array([nan, nan,  0.]), down=array([ nan,  nan, 100.]), oscillator=array([  nan,   nan, -100.]))",
    make: |args| make(Aroon::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Aroon {
    period: f64,
    high: Window<WhenHighest, 1, 2>,
    low: Window<WhenLowest, 1, 2>,
}

impl Aroon {
    /// Over `period` bars and one.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let bars = check_period(period)? + 1;
        Ok(Self { period: period as f64, high: Window::new(bars), low: Window::new(bars) })
    }
}

/// `100 (period - ago) / period`, by the inverse and one exact step: faster than a division.
#[inline(always)]
fn recent(ago: f64, period: f64, inverse: f64) -> f64 {
    let part = 100.0 * (period - ago);
    let near = part * inverse;
    let left = (-near).mul_add(period, part);
    left.mul_add(inverse, near)
}

impl Indicator<2, 3> for Aroon {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 3] {
        let Some(([_, high], [_, low])) = self.high.update([high]).zip(self.low.update([low])) else {
            return [f64::NAN; 3];
        };
        let [up, down] = [high, low].map(|ago| recent(ago, self.period, 1.0 / self.period));
        [up, down, up - down]
    }

    fn extend(&mut self, [high, low]: [&[f64]; 2], [up, down, oscillator]: [&mut [f64]; 3]) {
        let (period, inverse) = (self.period, 1.0 / self.period);
        self.high.extend_as([high], [up], |[_, ago]| [recent(ago, period, inverse)]);
        self.low.extend_as([low], [down], |[_, ago]| [recent(ago, period, inverse)]);
        for ((up, down), oscillator) in up.iter_mut().zip(down).zip(oscillator) {
            *oscillator = *up - *down;
        }
    }
}
