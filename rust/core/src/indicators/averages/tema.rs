use super::chain::Chain;
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Triple exponential moving average.
pub(super) static SPEC: Spec = Spec {
    name: "tema",
    class: "TEMA",
    title: "Triple exponential moving average: less lag still than the double one.",
    formula: "``3 e1 - 3 e2 + e3`` with `e1` the exponential average of `x`, `e2` that of `e1` and `e3` that of `e2`, each \
              seeded with the mean of its first `period` values.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "tema", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| 3 * (args.rows(0) - 1),
    reach: |_| Reach::All,
    source: "Patrick Mulloy, Stocks & Commodities 12:1, 1994; TA-Lib TEMA to 1e-12.",
    example: ">>> ba.indicators.tema([1.0, 2.0, 3.0, 4.0, 6.0], 2)\narray([       nan,        nan,        nan, 4.        , 5.96296296])",
    make: |args| make(Tema::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Tema(TripleChain);

/// An average of an average of an average.
#[derive(Clone, Debug)]
pub(super) struct TripleChain([Chain; 3]);

impl TripleChain {
    pub(super) fn new(period: usize) -> Self {
        Self(std::array::from_fn(|_| Chain::exponential(period)))
    }

    /// Takes a value, gives all three averages after it once they are ready.
    #[inline]
    pub(super) fn update(&mut self, x: f64) -> Option<[f64; 3]> {
        let [one, two, three] = &mut self.0;
        let once = one.update(x)?;
        let twice = two.update(once)?;
        Some([once, twice, three.update(twice)?])
    }

    /// Takes values, writes what `value` makes of the three averages after each; NaN before.
    #[inline(always)]
    pub(super) fn extend(&mut self, input: &[f64], out: &mut [f64], value: impl Fn([f64; 3]) -> f64) {
        let mut rows = input.iter().zip(out);
        while !self.0[2].is_ready() {
            let Some((x, out)) = rows.next() else { return };
            *out = self.update(*x).map_or(f64::NAN, &value);
        }
        let step = self.0[0].step;
        let [mut once, mut twice, mut thrice] = self.0.each_ref().map(|one| one.value);
        for (x, out) in rows {
            once = step.of(once, *x);
            twice = step.of(twice, once);
            thrice = step.of(thrice, twice);
            *out = value([once, twice, thrice]);
        }
        for (one, value) in self.0.iter_mut().zip([once, twice, thrice]) {
            one.value = value;
        }
    }
}

impl Tema {
    /// An average over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(TripleChain::new(check_period(period)?)))
    }
}

#[inline(always)]
fn ahead([once, twice, thrice]: [f64; 3]) -> f64 {
    3.0 * (once - twice) + thrice
}

impl Indicator<1, 1> for Tema {
    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        [self.0.update(x).map_or(f64::NAN, ahead)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.0.extend(input, out, ahead);
    }
}
