use super::atr::Atr;
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// SuperTrend.
pub(super) static SPEC: Spec = Spec {
    name: "supertrend",
    class: "Supertrend",
    title: "SuperTrend: a band that only tightens while the trend lasts, and which side of it the price is on.",
    formula: "Bands ``(high + low) / 2 +- width atr(period)``. The lower one never falls while the close before was on or \
              above it, the upper one never rises while the close before was on or below it. The trend is up at the \
              first bar; it turns down when the close is below the lower band, and up when the close is above the upper \
              one. `line` is the lower band in an up-trend, else the upper one.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("period", 10, 1, "True ranges, >= 1."),
        Param::number("width", 3.0, 0.0, f64::INFINITY, "Average true ranges to each side, >= 0."),
    ],
    outputs: &[
        Output { name: "line", doc: "The band that the trend rests on, in the unit of the prices." },
        Output { name: "direction", doc: "1 for an up-trend, -1 for a down-trend." },
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0),
    reach: |_| Reach::All,
    source: "Olivier Seban; TA-Lib SUPERTREND to 1e-12.",
    example: ">>> ba.indicators.supertrend([3.0, 4.0, 2.0], [1.0, 2.0, 0.0], [2.0, 3.0, 0.0], 1, 0.5).direction\n\
              array([nan,  1., -1.])",
    make: |args| make(Supertrend::try_new(args.rows(0), args.number(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Supertrend {
    atr: Atr,
    width: f64,
    /// None before the first band.
    trend: Option<Trend>,
    uppers: Vec<f64>,
}

/// A band that the close has crossed is infinitely far away: it holds nothing on the next bar.
#[derive(Clone, Copy, Debug)]
struct Trend {
    upper: f64,
    lower: f64,
    is_up: bool,
}

impl Supertrend {
    /// Bands `width` average true ranges over `period` bars away from the middle of a bar.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, width: f64) -> Result<Self, Error> {
        Ok(Self { atr: Atr::try_new(period)?, width, trend: None, uppers: Vec::new() })
    }
}

/// Upper and lower band before they are held. Without a fused step: they lie on ticks, and one rounding
/// turns a trend.
#[inline(always)]
fn bands(high: f64, low: f64, atr: f64, width: f64) -> [f64; 2] {
    let (middle, half) = ((high + low) / 2.0, width * atr);
    [middle + half, middle - half]
}

impl Trend {
    /// The trend of the first bar, and its line.
    fn start([upper, lower]: [f64; 2], close: f64) -> (Self, f64) {
        let mut trend = Self { upper, lower, is_up: true };
        trend.release(close);
        (trend, lower)
    }

    fn release(&mut self, close: f64) -> [bool; 2] {
        let crossed = [close > self.upper, close < self.lower];
        self.upper = if crossed[0] { f64::INFINITY } else { self.upper };
        self.lower = if crossed[1] { f64::NEG_INFINITY } else { self.lower };
        crossed
    }

    /// Takes a close that is beyond a band, gives the line.
    #[cold]
    fn cross(&mut self, close: f64) -> f64 {
        let Self { upper, lower, .. } = *self;
        let [above, below] = self.release(close);
        self.is_up = if self.is_up { !below } else { above };
        if self.is_up { lower } else { upper }
    }

    #[inline(always)]
    fn hold(&mut self, [upper, lower]: [f64; 2]) {
        self.upper = if upper < self.upper { upper } else { self.upper };
        self.lower = if lower > self.lower { lower } else { self.lower };
    }

    #[inline(always)]
    fn is_crossed(&self, close: f64) -> bool {
        (close > self.upper) | (close < self.lower)
    }

    fn update(&mut self, bands: [f64; 2], close: f64) -> f64 {
        self.hold(bands);
        if self.is_crossed(close) {
            self.cross(close)
        } else if self.is_up {
            self.lower
        } else {
            self.upper
        }
    }

    fn direction(&self) -> f64 {
        if self.is_up { 1.0 } else { -1.0 }
    }

    /// Runs until the close is beyond a band, says for how many rows. Reads the bands from `uppers` and
    /// `lines`; writes the lines.
    #[inline(always)]
    fn run<const UP: bool>(&mut self, uppers: &[f64], lines: &mut [f64], close: &[f64]) -> usize {
        let mut trend = *self;
        let rows = lines.len();
        for (row, ((upper, line), close)) in uppers.iter().zip(lines).zip(close).enumerate() {
            trend.hold([*upper, *line]);
            *line = if UP { trend.lower } else { trend.upper };
            if trend.is_crossed(*close) {
                *line = trend.cross(*close);
                *self = trend;
                return row + 1;
            }
        }
        *self = trend;
        rows
    }
}

impl Indicator<3, 2> for Supertrend {
    fn update(&mut self, row: [f64; 3]) -> [f64; 2] {
        let [high, low, close] = row;
        let [atr] = self.atr.update(row);
        if atr.is_nan() {
            return [f64::NAN; 2];
        }
        let bands = bands(high, low, atr, self.width);
        if let Some(trend) = &mut self.trend {
            let line = trend.update(bands, close);
            return [line, trend.direction()];
        }
        let (trend, line) = Trend::start(bands, close);
        self.trend = Some(trend);
        [line, trend.direction()]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [line, direction]: [&mut [f64]; 2]) {
        self.atr.extend([high, low, close], [&mut *line]);
        let mut row = 0;
        while self.trend.is_none() {
            let Some(atr) = line.get(row) else { return };
            if atr.is_nan() {
                direction[row] = f64::NAN;
            } else {
                let (trend, first) = Trend::start(bands(high[row], low[row], *atr, self.width), close[row]);
                self.trend = Some(trend);
                (line[row], direction[row]) = (first, trend.direction());
            }
            row += 1;
        }
        let Some(mut trend) = self.trend else { return };
        let (width, rows) = (self.width, line.len());
        self.uppers.resize(rows, 0.0);
        let uppers = &mut self.uppers[..rows];
        for ((upper, line), (high, low)) in
            uppers[row..].iter_mut().zip(&mut line[row..]).zip(high[row..].iter().zip(&low[row..]))
        {
            [*upper, *line] = bands(*high, *low, *line, width);
        }
        while row < rows {
            let (up, before) = (trend.is_up, row);
            let rest = (&uppers[row..], &mut line[row..], &close[row..]);
            row +=
                if up { trend.run::<true>(rest.0, rest.1, rest.2) } else { trend.run::<false>(rest.0, rest.1, rest.2) };
            // The last one may have turned it.
            direction[before..row].fill(if up { 1.0 } else { -1.0 });
            direction[row - 1] = trend.direction();
        }
        self.trend = Some(trend);
    }
}
