use super::tema::TripleChain;
use crate::error::Error;
use crate::indicators::momentum::change;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// TRIX.
pub(super) static SPEC: Spec = Spec {
    name: "trix",
    class: "TRIX",
    title: "TRIX: the change of a triple exponential average from one value to the next, in percent.",
    formula: "``100 (e3[i] / e3[i-1] - 1)`` with `e3` the exponential average of the exponential average of the exponential \
              average of `x`, each seeded with the mean of its first `period` values; 0 where ``e3[i-1]`` is 0.",
    inputs: &[X],
    params: &[Param::rows("period", 15, 1, "Values, >= 1.")],
    outputs: &[Output { name: "trix", doc: "The change, percent." }],
    missing: |_| Missing::Hold,
    warm_up: |args| 3 * (args.rows(0) - 1) + 1,
    reach: |_| Reach::All,
    source: "Jack Hutson, Stocks & Commodities 1:5, 1983; TA-Lib TRIX to 1e-10.",
    example: ">>> ba.indicators.trix([1.0, 2.0, 3.0, 4.0, 5.0], 2)\narray([nan, nan, nan, nan, 40.])",
    make: |args| make(Trix::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Trix {
    average: TripleChain,
    before: f64,
    /// Averages of a stretch of rows.
    averages: Vec<f64>,
}

impl Trix {
    /// Over averages of `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let average = TripleChain::new(check_period(period)?);
        Ok(Self { average, before: f64::NAN, averages: Vec::new() })
    }
}

impl Indicator<1, 1> for Trix {
    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        let now = self.average.update(x).map_or(f64::NAN, |[.., thrice]| thrice);
        [change(std::mem::replace(&mut self.before, now), now)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        // The average before the first row comes first. Before there is one, all are NaN.
        self.averages.resize(input.len() + 1, 0.0);
        self.averages[0] = self.before;
        self.average.extend(input, &mut self.averages[1..], |[.., thrice]| thrice);
        for ((out, before), now) in out.iter_mut().zip(&self.averages).zip(&self.averages[1..]) {
            *out = change(*before, *now);
        }
        self.before = self.averages[input.len()];
    }
}
