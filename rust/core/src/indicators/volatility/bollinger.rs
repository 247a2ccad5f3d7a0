use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{Lane, each};
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{Moments, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Bollinger bands.
pub(super) static SPEC: Spec = Spec {
    name: "bollinger",
    class: "Bollinger",
    title: "Bollinger bands: the mean of the last `period` values and `width` standard deviations to both sides.",
    formula: "``middle = mean(x)``, ``upper = middle + width std(x)``, ``lower = middle - width std(x)`` over the last \
              `period` values, with ``std`` that of the population (divided by `period`). Equal values have bands of no \
              width, exactly.",
    inputs: &[X],
    params: &[
        Param::rows("period", 20, 1, "Values, >= 1."),
        Param::number("width", 2.0, 0.0, f64::INFINITY, "Standard deviations to each side, >= 0."),
    ],
    outputs: &[
        Output { name: "upper", doc: "The upper band, in the unit of `x`." },
        Output { name: "middle", doc: "The mean." },
        Output { name: "lower", doc: "The lower band." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "John Bollinger, Bollinger on Bollinger Bands, 2001; TA-Lib BBANDS to 1e-10.",
    example: ">>> ba.indicators.bollinger([1.0, 3.0, 5.0], 2, 2.0).upper\narray([nan,  4.,  6.])",
    make: |args| make(Bollinger::try_new(args.rows(0), args.number(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Bollinger {
    window: Window<Moments, 1, 2>,
    /// Of one square in the sum of squares.
    weight: f64,
    width: f64,
}

impl Bollinger {
    /// Over `period` values, `width` standard deviations wide to each side.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, width: f64) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { window: Window::new(period), weight: 1.0 / period as f64, width })
    }
}

#[inline(always)]
fn bands(mean: f64, squares: f64, weight: f64, width: f64) -> [f64; 3] {
    let half = width * (squares * weight).sqrt();
    [mean + half, mean, mean - half]
}

impl Indicator<1, 3> for Bollinger {
    const ROWS: usize = 256;

    fn update(&mut self, row: [f64; 1]) -> [f64; 3] {
        self.window.update(row).map_or([f64::NAN; 3], |[mean, squares]| bands(mean, squares, self.weight, self.width))
    }

    fn extend(&mut self, inputs: [&[f64]; 1], [upper, middle, lower]: [&mut [f64]; 3]) {
        self.window.extend(inputs, [&mut *middle, &mut *lower]);
        let (weight, width) = (self.weight, self.width);
        for ((upper, middle), lower) in upper.iter_mut().zip(middle).zip(lower) {
            [*upper, _, *lower] = bands(*middle, *lower, weight, width);
        }
    }
}

impl Windowed<1, 3> for Bollinger {
    fn of_eight(&self, rows: [&[Lane]; 1], scratch: &mut Scratch) -> [Lane; 3] {
        let [mean, squares] = self.window.of_eight(rows, &mut scratch.tree);
        let band = |side: usize| each(|lane| bands(mean[lane], squares[lane], self.weight, self.width)[side]);
        [band(0), mean, band(2)]
    }
}
