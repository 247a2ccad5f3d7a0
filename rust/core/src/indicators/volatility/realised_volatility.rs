use super::log_return::{log_return, log_returns};
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{Moments, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Realised volatility.
pub(super) static SPEC: Spec = Spec {
    name: "realised_volatility",
    class: "RealisedVolatility",
    title: "Realised volatility: the standard deviation of the last `period` log returns, a year.",
    formula: "``std(r) sqrt(periods_per_year)`` with ``r = ln(x[i] / x[i-1])`` and ``std`` that of a sample (divided by \
              ``period - 1``). NaN while a price that is not above 0 takes part, and for a `period` of 1. Equity bars of a \
              day have 252 periods a year, those of a market that never closes 365.",
    inputs: &[X],
    params: &[
        Param::rows("period", 20, 1, "Returns, >= 1."),
        Param::number(
            "periods_per_year",
            252.0,
            1.0,
            f64::INFINITY,
            "Rows in a year, >= 1; 1 for the plain deviation.",
        ),
    ],
    outputs: &[Output { name: "realised_volatility", doc: "A year's standard deviation as a fraction: 0.2 is 20 %." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "Sample standard deviation of log returns; NumPy's to 1e-12.",
    example: ">>> ba.indicators.realised_volatility([1.0, 2.0, 1.0, 1.0], 2, 1).round(6)\n\
              array([     nan,      nan, 0.980258, 0.490129])",
    make: |args| make(RealisedVolatility::try_new(args.rows(0), args.number(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RealisedVolatility {
    window: Window<Moments, 1, 2>,
    /// Of one square in the sum of squares; NaN if one return is all.
    weight: f64,
    scale: f64,
    before: Option<f64>,
    returns: Vec<f64>,
    means: Vec<f64>,
}

impl RealisedVolatility {
    /// Over `period` returns, of which a year has `periods_per_year`.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, periods_per_year: f64) -> Result<Self, Error> {
        let period = check_period(period)?;
        let weight = if period > 1 { 1.0 / (period as f64 - 1.0) } else { f64::NAN };
        Ok(Self {
            window: Window::new(period),
            weight,
            scale: periods_per_year.sqrt(),
            before: None,
            returns: Vec::new(),
            means: Vec::new(),
        })
    }
}

#[inline(always)]
fn deviation(squares: f64, weight: f64, scale: f64) -> f64 {
    scale * (squares * weight).sqrt()
}

impl Indicator<1, 1> for RealisedVolatility {
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        let Some(before) = self.before.replace(x) else { return [f64::NAN] };
        let moments = self.window.update([log_return(x, before)]);
        [moments.map_or(f64::NAN, |[_, squares]| deviation(squares, self.weight, self.scale))]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let (Some(first), Some(last)) = (input.first(), input.last()) else { return };
        let start = usize::from(self.before.is_none());
        out[..start].fill(f64::NAN);
        let before = self.before.replace(*last);
        self.returns.resize(input.len(), 0.0);
        self.means.resize(input.len(), 0.0);
        if let Some(before) = before {
            self.returns[0] = log_return(*first, before);
        }
        log_returns(&input[1..], input, &mut self.returns[1..]);
        self.window.extend([&self.returns[start..]], [&mut self.means[start..], &mut out[start..]]);
        for out in &mut out[start..] {
            *out = deviation(*out, self.weight, self.scale);
        }
    }
}
