use crate::error::Error;
use crate::indicators::lane_window::Windowed;
use crate::indicators::lanes::{Lane, each};
use crate::indicators::spec::{HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Highest, Lowest, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Donchian channel.
pub(super) static SPEC: Spec = Spec {
    name: "donchian",
    class: "Donchian",
    title: "Donchian channel: the highest and the lowest price of the last `period` bars.",
    formula: "``upper`` is the highest high and ``lower`` the lowest low of the last `period` bars, this one included; \
              ``middle = (upper + lower) / 2``.",
    inputs: &[HIGH, LOW],
    params: &[Param::rows("period", 20, 1, "Bars, >= 1.")],
    outputs: &[
        Output { name: "upper", doc: "The highest high, in the unit of the prices." },
        Output { name: "middle", doc: "Half-way between." },
        Output { name: "lower", doc: "The lowest low." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Richard Donchian; equals TA-Lib DONCHIAN.",
    example: ">>> ba.indicators.donchian([3.0, 4.0], [1.0, 2.0], 2).middle\narray([nan, 2.5])",
    make: |args| make(Donchian::try_new(args.rows(0))),
};

/// See [`SPEC`].
#[derive(Clone, Debug)]
pub struct Donchian {
    high: Window<Highest, 1, 1>,
    low: Window<Lowest, 1, 1>,
}

impl Donchian {
    /// Over `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { high: Window::new(period), low: Window::new(period) })
    }
}

#[inline(always)]
pub(super) fn middle(upper: f64, lower: f64) -> f64 {
    0.5 * (upper + lower)
}

impl Indicator<2, 3> for Donchian {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 3] {
        match (self.high.update([high]), self.low.update([low])) {
            (Some([upper]), Some([lower])) => [upper, middle(upper, lower), lower],
            _ => [f64::NAN; 3],
        }
    }

    fn extend(&mut self, [high, low]: [&[f64]; 2], [upper, mid, lower]: [&mut [f64]; 3]) {
        self.high.extend([high], [upper]);
        self.low.extend([low], [lower]);
        for ((mid, upper), lower) in mid.iter_mut().zip(upper).zip(lower) {
            *mid = middle(*upper, *lower);
        }
    }
}

impl Windowed<2, 3> for Donchian {
    fn of_eight(&self, [high, low]: [&[Lane]; 2]) -> [Lane; 3] {
        let ([upper], [lower]) = (self.high.of_eight([high]), self.low.of_eight([low]));
        [upper, each(|lane| middle(upper[lane], lower[lane])), lower]
    }
}
