use super::cci::{typical, typical_prices};
use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{LANES, Lane, each};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, VOLUME, make};
use crate::indicators::window::{Sum, Window};
use crate::indicators::{Indicator, Spec, all_finite, check_period};

/// Money flow index.
pub(super) static SPEC: Spec = Spec {
    name: "mfi",
    class: "MFI",
    title: "Money flow index: the share of the money that changed hands while prices rose.",
    formula: "``100 u / (u + d)`` with `u` the sum of ``p volume`` over those of the last `period` bars whose typical price \
              ``p = (high + low + close) / 3`` is above the one before, and `d` over those where it is below; 0 if both are \
              0. Prices that differ by rounding alone, ``|p - q| <= 1e-14 (|p| + |q|)``, are equal.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME],
    params: &[Param::rows("period", 14, 1, "Moves, >= 1.")],
    outputs: &[Output { name: "mfi", doc: "0 (only falls) to 100 (only rises)." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "Gene Quong and Avrum Soudack, Stocks & Commodities 7:3, 1989; TA-Lib MFI to 1e-9.",
    example: ">>> price, volume = [1.0, 2.0, 3.0, 2.0], [5.0, 5.0, 2.0, 9.0]\n\
              >>> ba.indicators.mfi(price, price, price, volume, 2)\narray([ nan,  nan, 100.,  25.])",
    make: |args| make(Mfi::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Mfi {
    rise: Window<Sum, 1, 1>,
    fall: Window<Sum, 1, 1>,
    before: Option<f64>,
    /// Typical prices of a stretch of rows.
    prices: Vec<f64>,
    /// Money that flowed while prices rose, and while they fell.
    rises: Vec<f64>,
    falls: Vec<f64>,
}

impl Mfi {
    /// Over `period` moves.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let window = Window::new(check_period(period)?);
        let (prices, rises, falls) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { rise: window.clone(), fall: window, before: None, prices, rises, falls })
    }
}

/// The money that flows in a bar whose price rose, and in one whose price fell.
#[inline(always)]
fn flows(before: f64, price: f64, volume: f64) -> (f64, f64) {
    let (way, flow) = (price - before, price * volume);
    let tie = 1e-14 * (price.abs() + before.abs());
    (if way > tie { flow } else { 0.0 }, if way < -tie { flow } else { 0.0 })
}

#[inline(always)]
fn index(rise: f64, fall: f64) -> f64 {
    let all = rise + fall;
    if all <= 0.0 { 0.0 } else { (100.0 * (rise / all)).clamp(0.0, 100.0) }
}

impl Indicator<4, 1> for Mfi {
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let price = typical(high, low, close);
        let Some(before) = self.before.replace(price) else { return [f64::NAN] };
        let (rise, fall) = flows(before, price, volume);
        let sums = self.rise.update([rise]).zip(self.fall.update([fall]));
        [sums.map_or(f64::NAN, |([rise], [fall])| index(rise, fall))]
    }

    fn extend(&mut self, [high, low, close, volume]: [&[f64]; 4], outputs: [&mut [f64]; 1]) {
        let whole = typical_prices([high, low, close], &mut self.prices);
        debug_assert!(whole, "Invariant: all values are finite");
        self.take_prices(volume, outputs);
    }

    fn advance(&mut self, [high, low, close, volume]: [&[f64]; 4], outputs: [&mut [f64]; 1]) -> usize {
        if !(all_finite(volume) && typical_prices([high, low, close], &mut self.prices)) {
            return 0;
        }
        self.take_prices(volume, outputs);
        volume.len()
    }
}

impl Mfi {
    /// Takes rows whose typical prices are known.
    fn take_prices(&mut self, volume: &[f64], [out]: [&mut [f64]; 1]) {
        let Some(last) = self.prices.last() else { return };
        let before = self.before.replace(*last);
        // The first price of all has not moved.
        let blank = usize::from(before.is_none());
        out[..blank].fill(f64::NAN);
        let out = &mut out[blank..];
        self.rises.resize(out.len(), 0.0);
        self.falls.resize(out.len(), 0.0);
        if let Some(before) = before {
            (self.rises[0], self.falls[0]) = flows(before, self.prices[0], volume[0]);
        }
        let moves = self.rises[1 - blank..].iter_mut().zip(&mut self.falls[1 - blank..]);
        let prices = self.prices.iter().zip(&self.prices[1..]).zip(&volume[1..]);
        for (((before, price), volume), (rise, fall)) in prices.zip(moves) {
            (*rise, *fall) = flows(*before, *price, *volume);
        }
        self.rise.extend([&self.rises], [out]);
        self.fall.extend([&self.falls], [&mut self.rises]);
        for (out, fall) in out.iter_mut().zip(&self.rises) {
            *out = index(*out, *fall);
        }
    }
}

impl Windowed<4, 1> for Mfi {
    fn of_eight(&self, [high, low, close, volume]: [&[Lane]; 4], scratch: &mut Scratch) -> [Lane; 1] {
        let Scratch { rows: rises, more: falls, tree } = scratch;
        rises.resize(volume.len() - 1, [0.0; LANES]);
        falls.resize(volume.len() - 1, [0.0; LANES]);
        let rows = high.iter().zip(low).zip(close);
        let mut prices = rows.map(|((high, low), close)| each(|lane| typical(high[lane], low[lane], close[lane])));
        let Some(mut before) = prices.next() else { unreachable!("a window has a row") };
        for (((now, volume), rise), fall) in prices.zip(&volume[1..]).zip(&mut *rises).zip(&mut *falls) {
            // Each way by itself, so that the lanes are vectors.
            *rise = each(|lane| flows(before[lane], now[lane], volume[lane]).0);
            *fall = each(|lane| flows(before[lane], now[lane], volume[lane]).1);
            before = now;
        }
        let ([rise], [fall]) = (self.rise.of_eight([rises], tree), self.fall.of_eight([falls], tree));
        [each(|lane| index(rise[lane], fall[lane]))]
    }
}
