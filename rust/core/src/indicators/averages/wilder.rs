use crate::error::Error;
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes};
use crate::indicators::smoothing::{Eight, Smoothing};
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Wilder's moving average.
pub(super) static SPEC: Spec = Spec {
    name: "wilder",
    class: "Wilder",
    title: "Wilder's moving average, also known as RMA, SMMA or MMA.",
    formula: "``a = (a (period - 1) + x) / period``, seeded with the mean of the first `period` values: an exponential \
              average with ``k = 1 / period``. A flat market has an exactly flat average.",
    inputs: &[X],
    params: &[Param::rows("period", 14, 1, "Values, >= 1.")],
    outputs: &[Output { name: "wilder", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0) - 1,
    reach: |_| Reach::All,
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; what is inside TA-Lib's ATR and RSI.",
    example: ">>> ba.indicators.wilder([1.0, 3.0, 4.0], 2)\narray([nan,  2.,  3.])",
    make: |args| make(Wilder::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Wilder(Smoothing);

impl Wilder {
    /// An average over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Smoothing::wilder(check_period(period)?)))
    }
}

impl Indicator<1, 1> for Wilder {
    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        [self.0.update(x)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        out.copy_from_slice(input);
        self.0.extend(out);
    }
}

impl Lanes<1, 1> for Wilder {
    type Abreast = Eight;

    fn join(lanes: &[Self; LANES]) -> Option<Eight> {
        Eight::of(lanes.each_ref().map(|lane| &lane.0))
    }

    fn part(eight: &Eight, lanes: &mut [Self; LANES]) {
        eight.put_back(lanes.each_mut().map(|lane| &mut lane.0));
    }
}

impl Abreast<1, 1> for Eight {
    fn warming(&self) -> usize {
        Self::warming(self)
    }

    fn update(&mut self, [x]: [&Lane; 1]) -> [Lane; 1] {
        [Self::update(self, x)]
    }

    fn prefetch(&self) {
        Self::prefetch(self, self.at());
    }

    fn extend(&mut self, [input]: [&[Lane]; 1], [out]: [&mut [Lane]; 1]) {
        Self::extend(self, input, input.len() - out.len(), |row, value| out[row] = value);
    }
}
