use super::Wma;
use crate::error::Error;
use crate::indicators::spec::{Args, Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Hull moving average.
pub(super) static SPEC: Spec = Spec {
    name: "hull",
    class: "Hull",
    title: "Hull moving average: a weighted average with little lag.",
    formula: "``wma(2 wma(x, h) - wma(x, period), s)`` with `h` half the period and `s` its square root, both rounded \
              down, `h` at least 1.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "hull", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Restart,
    warm_up,
    reach: |args| Reach::Rows(warm_up(args) + 1),
    source: "Alan Hull, 2005; TA-Lib HMA to 1e-12.",
    example: ">>> ba.indicators.hull([1.0, 2.0, 3.0, 4.0, 5.0], 4)\narray([nan, nan, nan, nan,  5.])",
    make: |args| make(Hull::try_new(args.rows(0))),
};

fn warm_up(args: &Args) -> usize {
    let period = args.rows(0);
    period - 1 + period.isqrt() - 1
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Hull {
    half: Wma,
    whole: Wma,
    smooth: Wma,
    /// Averages over half the period, then twice that less those over all of it, of a stretch of rows.
    quick: Vec<f64>,
}

impl Hull {
    /// An average of `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self {
            half: Wma::try_new((period / 2).max(1))?,
            whole: Wma::try_new(period)?,
            smooth: Wma::try_new(period.isqrt())?,
            quick: Vec::new(),
        })
    }
}

#[inline(always)]
fn ahead(half: f64, whole: f64) -> f64 {
    half + (half - whole)
}

impl Indicator<1, 1> for Hull {
    fn update(&mut self, row: [f64; 1]) -> [f64; 1] {
        let is_blank = self.whole.blanks(1) == 1;
        let ([half], [whole]) = (self.half.update(row), self.whole.update(row));
        if is_blank { [f64::NAN] } else { self.smooth.update([ahead(half, whole)]) }
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        self.quick.resize(input.len(), 0.0);
        let blanks = self.whole.blanks(input.len());
        self.half.extend([input], [&mut self.quick]);
        self.whole.extend([input], [out]);
        for (quick, whole) in self.quick.iter_mut().zip(&*out) {
            *quick = ahead(*quick, *whole);
        }
        self.smooth.extend([&self.quick[blanks..]], [&mut out[blanks..]]);
    }
}
