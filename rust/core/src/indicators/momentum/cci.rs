use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{LANES, Lane, each};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{History, Mean, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Commodity channel index.
pub(super) static SPEC: Spec = Spec {
    name: "cci",
    class: "CCI",
    title: "Commodity channel index: how far the price is from its average, measured in its usual distances.",
    formula: "``(p - m) / (0.015 s)`` with ``p = (high + low + close) / 3``, `m` its mean over the last `period` bars and `s` \
              the mean of its absolute distances from `m` in them; 0 where either distance is 0 but for rounding.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("period", 20, 1, "Bars, >= 1.")],
    outputs: &[Output { name: "cci", doc: "No unit; mostly in -100 to 100." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Donald Lambert, Commodities, October 1980; TA-Lib CCI to 1e-9.",
    example: ">>> ba.indicators.cci([2.0, 4.0, 9.0], [2.0, 4.0, 9.0], [2.0, 4.0, 9.0], 3)\narray([ nan,  nan, 100.])",
    make: |args| make(Cci::try_new(args.rows(0))),
};

/// Rows whose distances are added up side by side, in registers.
const TILE: usize = 32;

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Cci {
    period: usize,
    mean: Window<Mean, 1, 1>,
    history: History,
    /// Typical prices of a stretch of rows.
    prices: Vec<f64>,
}

impl Cci {
    /// Over `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { period, mean: Window::new(period), history: History::new(period - 1), prices: Vec::new() })
    }
}

/// The typical price of a bar.
#[inline(always)]
pub(super) fn typical(high: f64, low: f64, close: f64) -> f64 {
    (high + low + close) / 3.0
}

#[inline(always)]
fn index(price: f64, mean: f64, distances: f64, period: f64) -> f64 {
    let (away, usual) = (price - mean, distances / period);
    let least = 1e-14 * mean.abs();
    if away.abs() <= least || usual <= least { 0.0 } else { away / (0.015 * usual) }
}

impl Indicator<3, 1> for Cci {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let price = typical(high, low, close);
        self.history.take(&[price]);
        let Some([mean]) = self.mean.update([price]) else { return [f64::NAN] };
        let window = self.history.rows(self.period, 0);
        let distances = window.iter().fold(0.0, |sum, price| sum + (price - mean).abs());
        [index(price, mean, distances, self.period as f64)]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [out]: [&mut [f64]; 1]) {
        self.prices.resize(high.len(), 0.0);
        for (((price, high), low), close) in self.prices.iter_mut().zip(high).zip(low).zip(close) {
            *price = typical(*high, *low, *close);
        }
        self.mean.extend([&self.prices], [out]);
        let full = self.history.take(&self.prices);
        if full == 0 {
            return;
        }
        let blank = out.len() - full;
        let (out, prices, period) = (&mut out[blank..], &self.prices[blank..], self.period as f64);
        let past = self.history.rows(full + self.period - 1, 0);
        let tiles = full / TILE * TILE;
        for (tile, out) in out.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
            let start = tile * TILE;
            let means = *out;
            let mut distances = [0.0; TILE];
            for past in past[start..start + self.period + TILE - 1].windows(TILE) {
                for lane in 0..TILE {
                    distances[lane] += (past[lane] - means[lane]).abs();
                }
            }
            for lane in 0..TILE {
                out[lane] = index(prices[start + lane], means[lane], distances[lane], period);
            }
        }
        for row in tiles..full {
            let mean = out[row];
            let distances = past[row..row + self.period].iter().fold(0.0, |sum, price| sum + (price - mean).abs());
            out[row] = index(prices[row], mean, distances, period);
        }
    }
}

impl Windowed<3, 1> for Cci {
    fn of_eight(&self, [high, low, close]: [&[Lane]; 3], scratch: &mut Scratch) -> [Lane; 1] {
        let Scratch { rows: prices, tree, .. } = scratch;
        prices.clear();
        let rows = high.iter().zip(low).zip(close);
        prices.extend(rows.map(|((high, low), close)| each(|lane| typical(high[lane], low[lane], close[lane]))));
        let [means] = self.mean.of_eight([prices], tree);
        let mut distances = [0.0; LANES];
        for price in &*prices {
            distances = each(|lane| distances[lane] + (price[lane] - means[lane]).abs());
        }
        let (last, period) = (prices[self.period - 1], self.period as f64);
        [each(|lane| index(last[lane], means[lane], distances[lane], period))]
    }
}
