use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{Lane, each};
use crate::indicators::spec::{Args, CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Mean, Range, Window, range};
use crate::indicators::{Indicator, Spec, check_period};

/// Stochastic oscillator.
pub(super) static SPEC: Spec = Spec {
    name: "stochastic",
    class: "Stochastic",
    title: "Stochastic oscillator: where the close is in the range of the last bars, smoothed, and its average.",
    formula: "``k = sma(100 (close - ll) / (hh - ll), smooth_k)`` with `hh` and `ll` the highest high and the lowest low of \
              the last `k` bars, 0 where the two are equal (but for rounding); ``d = sma(k, d)``. A `smooth_k` of 1 is the \
              fast stochastic, of 3 the slow one.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("k", 14, 1, "Bars of the range, >= 1."),
        Param::rows("smooth_k", 3, 1, "Places in the range that are averaged, >= 1."),
        Param::rows("d", 3, 1, "Values of `k` that are averaged, >= 1."),
    ],
    outputs: &[
        Output { name: "k", doc: "0 (at the low) to 100 (at the high); blank until `d` is there." },
        Output { name: "d", doc: "Its average." },
    ],
    missing: |_| Missing::Restart,
    warm_up,
    reach: |args| Reach::Rows(warm_up(args) + 1),
    source: "George Lane, 1957; TA-Lib STOCH and STOCHF to 1e-10.",
    example: ">>> k, d = ba.indicators.stochastic([3.0, 4.0, 5.0], [1.0, 2.0, 3.0], [2.0, 4.0, 3.0], 2, 1, 2)\n>>> k, d\n\
              (array([        nan,         nan, 33.33333333]), array([        nan,         nan, 66.66666667]))",
    make: |args| make(Stochastic::try_new(args.rows(0), args.rows(1), args.rows(2))),
};

fn warm_up(args: &Args) -> usize {
    (args.rows(0) - 1) + (args.rows(1) - 1) + (args.rows(2) - 1)
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Stochastic {
    range: Window<Range, 2, 2>,
    smooth: Window<Mean, 1, 1>,
    average: Window<Mean, 1, 1>,
    /// Places in the range of a stretch of rows.
    places: Vec<f64>,
}

impl Stochastic {
    /// Over `k` bars, with averages of `smooth_k` and `d` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(k: usize, smooth_k: usize, d: usize) -> Result<Self, Error> {
        Ok(Self {
            range: Window::new(check_period(k)?),
            smooth: Window::new(check_period(smooth_k)?),
            average: Window::new(check_period(d)?),
            places: Vec::new(),
        })
    }
}

/// Two prices that differ by less of their sum are one.
const TIE: f64 = 1e-14;

/// What a part of the range between two extremes is of it all; 0 if the two are one but for rounding.
#[inline(always)]
pub(super) fn part_of_range(highest: f64, lowest: f64, part: f64) -> f64 {
    let range = highest - lowest;
    if range.abs() <= TIE * (highest.abs() + lowest.abs()) { 0.0 } else { 100.0 * (part / range) }
}

/// [`part_of_range`] of eight.
#[inline(always)]
pub(super) fn parts_of_ranges(highest: &Lane, lowest: &Lane, part: &Lane) -> Lane {
    let range = each(|lane| highest[lane] - lowest[lane]);
    let least = each(|lane| TIE * (highest[lane].abs() + lowest[lane].abs()));
    // The division first: a choice between two numbers is a vector, one between two ways is not.
    let parts = each(|lane| 100.0 * (part[lane] / range[lane]));
    each(|lane| if range[lane].abs() <= least[lane] { 0.0 } else { parts[lane] })
}

impl Indicator<3, 2> for Stochastic {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let value = self.range.update([high, low]).and_then(|[highest, lowest]| {
            let [k] = self.smooth.update([part_of_range(highest, lowest, close - lowest)])?;
            let [d] = self.average.update([k])?;
            Some([k, d])
        });
        value.unwrap_or([f64::NAN; 2])
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [k, d]: [&mut [f64]; 2]) {
        let rows = high.len();
        self.places.resize(rows, 0.0);
        let blank = self.range.blanks(rows);
        self.range.extend_beside([high, low], [close], [&mut self.places], |[highest, lowest], [close]| {
            [part_of_range(highest, lowest, close - lowest)]
        });
        let smooth_blank = blank + self.smooth.blanks(rows - blank);
        self.smooth.extend([&self.places[blank..]], [&mut k[blank..]]);
        let all_blank = smooth_blank + self.average.blanks(rows - smooth_blank);
        self.average.extend([&k[smooth_blank..]], [&mut d[smooth_blank..]]);
        k[..all_blank].fill(f64::NAN);
        d[..all_blank].fill(f64::NAN);
    }
}

impl Windowed<3, 2> for Stochastic {
    fn of_eight(&self, [high, low, close]: [&[Lane]; 3], scratch: &mut Scratch) -> [Lane; 2] {
        let [k, smooth_k, d] = [self.range.period(), self.smooth.period(), self.average.period()];
        let Scratch { rows: places, more: smooths, tree } = scratch;
        places.clear();
        places.extend((0..smooth_k + d - 1).map(|row| {
            let [highest, lowest] = range(&high[row..row + k], &low[row..row + k]);
            let close = close[row + k - 1];
            parts_of_ranges(&highest, &lowest, &each(|lane| close[lane] - lowest[lane]))
        }));
        smooths.clear();
        smooths.extend((0..d).map(|row| self.smooth.of_eight([&places[row..row + smooth_k]], tree)[0]));
        let [average] = self.average.of_eight([smooths], tree);
        [smooths[d - 1], average]
    }
}
