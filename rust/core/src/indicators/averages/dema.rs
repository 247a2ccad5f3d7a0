use super::chain::Chain;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Double exponential moving average.
pub(super) static SPEC: Spec = Spec {
    name: "dema",
    class: "DEMA",
    title: "Double exponential moving average: less lag than the exponential one of the same period.",
    formula: "``2 e1 - e2`` with `e1` the exponential average of `x` and `e2` that of `e1`, each seeded with the mean of its \
              first `period` values.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "dema", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| 2 * (args.rows(0) - 1),
    reach: |_| Reach::All,
    source: "Patrick Mulloy, Stocks & Commodities 12:1, 1994; TA-Lib DEMA to 1e-12.",
    example: ">>> ba.indicators.dema([1.0, 2.0, 3.0, 5.0], 2)\narray([       nan,        nan, 3.        , 4.88888889])",
    make: |args| make(Dema::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Dema {
    once: Chain,
    twice: Chain,
}

impl Dema {
    /// An average over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let once = Chain::exponential(check_period(period)?);
        Ok(Self { twice: once.clone(), once })
    }
}

#[inline(always)]
fn ahead(once: f64, twice: f64) -> f64 {
    once + (once - twice)
}

impl Indicator<1, 1> for Dema {
    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        let once = self.once.update(x);
        let twice = once.and_then(|once| self.twice.update(once));
        [once.zip(twice).map_or(f64::NAN, |(once, twice)| ahead(once, twice))]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let mut rows = input.iter().zip(out);
        while !self.twice.is_ready() {
            let Some((x, out)) = rows.next() else { return };
            [*out] = self.update([*x]);
        }
        let (step, mut once, mut twice) = (self.once.step, self.once.value, self.twice.value);
        for (x, out) in rows {
            once = step.of(once, *x);
            twice = step.of(twice, once);
            *out = ahead(once, twice);
        }
        (self.once.value, self.twice.value) = (once, twice);
    }
}
