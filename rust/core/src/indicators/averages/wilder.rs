use super::smoothing::Smoothing;
use crate::error::Error;
use crate::indicators::lanes::{LANES, Lane, Lanes, drive, each};
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
    example: ">>> ba.indicators.wilder([1.0, 3.0, 4.0], 2)\narray([nan, 2., 3.])",
    make: |args| make(Wilder::try_new(args.rows(0))),
};

/// See [`SPEC`].
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
        [self.0.update(x).unwrap_or(f64::NAN)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let mut rows = input.iter().zip(out);
        while !self.0.is_ready() {
            let Some((x, out)) = rows.next() else { return };
            *out = self.0.update(*x).unwrap_or(f64::NAN);
        }
        let (step, mut value) = (self.0.step, self.0.value);
        for (x, out) in rows {
            value = step.of(value, *x);
            *out = value;
        }
        self.0.value = value;
    }
}

impl Lanes<1, 1> for Wilder {
    fn is_steady(&self) -> bool {
        self.0.is_ready()
    }

    fn steady(lanes: &mut [Self; LANES], inputs: [&[Lane]; 1], outputs: [&mut [Lane]; 1]) {
        let step = lanes[0].0.step;
        let value = drive(
            each(|lane| lanes[lane].0.value),
            inputs,
            outputs,
            |value, [x]| *value = each(|lane| step.of(value[lane], x[lane])),
            |value| [*value],
        );
        for (lane, value) in lanes.iter_mut().zip(value) {
            lane.0.value = value;
        }
    }
}
