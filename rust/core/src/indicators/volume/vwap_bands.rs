use super::session_sums::SessionSums;
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, SESSION, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Bands around the volume-weighted average price.
pub(super) static SPEC: Spec = Spec {
    name: "vwap_bands",
    class: "VWAPBands",
    title: "Bands around the volume-weighted average price, some deviations wide.",
    formula: "``vwap +- width d`` with ``d = sqrt(sum(volume (p - vwap)^2) / sum(volume))`` and ``p = (high + low + close) / 3``, \
              over the bars since `session` last changed. NaN while there was no volume.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME, SESSION],
    params: &[Param::number("width", 2.0, 0.0, f64::INFINITY, "Deviations from the middle to a band, >= 0.")],
    outputs: &[
        Output { name: "upper", doc: "The upper band, in the unit of prices." },
        Output { name: "vwap", doc: "The average, in the unit of prices." },
        Output { name: "lower", doc: "The lower band, in the unit of prices." },
    ],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "The deviation of prices weighted by volume, of the population.",
    example: ">>> p, v = [2.0, 4.0, 9.0], [1.0, 1.0, 1.0]\n>>> ba.indicators.vwap_bands(p, p, p, v, [0, 0, 1]).upper\n\
              array([2., 5., 9.])",
    make: |args| make(VwapBands::try_new(args.number(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct VwapBands {
    /// A third of the width.
    third: f64,
    sums: SessionSums<3>,
}

impl VwapBands {
    /// Bands `width` deviations from the average.
    ///
    /// # Errors
    /// What [`Param::check`] says of a width below 0.
    pub fn try_new(width: f64) -> Result<Self, Error> {
        SPEC.params[0].check(width)?;
        Ok(Self { third: width / 3.0, sums: SessionSums::new() })
    }
}

#[inline(always)]
fn bands(origin: f64, [volume, first, second]: [f64; 3], third: f64) -> [f64; 3] {
    let part = 1.0 / volume;
    let (mean, square) = (first * part, second * part);
    let variance = (-mean).mul_add(mean, square);
    // Rounding may leave a little less than nothing.
    let half = third * (if variance < 0.0 { 0.0 } else { variance }).sqrt();
    let average = mean.mul_add(1.0 / 3.0, origin / 3.0);
    if volume > 0.0 { [average + half, average, average - half] } else { [f64::NAN; 3] }
}

impl Indicator<5, 3> for VwapBands {
    fn update(&mut self, row: [f64; 5]) -> [f64; 3] {
        let (origin, sums) = self.sums.update(row);
        bands(origin, sums, self.third)
    }

    fn extend(&mut self, inputs: [&[f64]; 5], mut outputs: [&mut [f64]; 3]) {
        let third = self.third;
        self.sums.extend(inputs, &mut outputs, |[upper, middle, lower], rows, origin| {
            let (upper, middle) = (&mut upper[rows.clone()], &mut middle[rows.clone()]);
            for ((upper, middle), lower) in upper.iter_mut().zip(middle).zip(&mut lower[rows]) {
                [*upper, *middle, *lower] = bands(origin, [*upper, *middle, *lower], third);
            }
        });
    }
}
