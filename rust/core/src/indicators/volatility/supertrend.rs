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

/// See [`SPEC`].
#[derive(Clone, Debug)]
pub struct Supertrend {
    atr: Atr,
    width: f64,
    /// None before the first band.
    trend: Option<Trend>,
    uppers: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Trend {
    upper: f64,
    lower: f64,
    is_up: bool,
    close: f64,
}

impl Supertrend {
    /// Bands `width` average true ranges over `period` bars away from the middle of a bar.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, width: f64) -> Result<Self, Error> {
        Ok(Self { atr: Atr::try_new(period)?, width, trend: None, uppers: Vec::new() })
    }

    fn start(&mut self, [upper, lower]: [f64; 2], close: f64) -> [f64; 2] {
        let trend = Trend { upper, lower, is_up: true, close };
        self.trend = Some(trend);
        trend.shown()
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
    #[inline(always)]
    fn step(&mut self, [upper, lower]: [f64; 2], close: f64) {
        // One comparison and one choice on each chain.
        self.upper = if (upper < self.upper) | (self.close > self.upper) { upper } else { self.upper };
        self.lower = if (lower > self.lower) | (self.close < self.lower) { lower } else { self.lower };
        self.is_up = if self.is_up { close >= self.lower } else { close > self.upper };
        self.close = close;
    }

    #[inline(always)]
    fn shown(self) -> [f64; 2] {
        if self.is_up { [self.lower, 1.0] } else { [self.upper, -1.0] }
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
        let Some(trend) = &mut self.trend else { return self.start(bands, close) };
        trend.step(bands, close);
        trend.shown()
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [line, direction]: [&mut [f64]; 2]) {
        self.atr.extend([high, low, close], [&mut *line]);
        let mut row = 0;
        while self.trend.is_none() {
            let Some(atr) = line.get(row) else { return };
            [line[row], direction[row]] = if atr.is_nan() {
                [f64::NAN; 2]
            } else {
                self.start(bands(high[row], low[row], *atr, self.width), close[row])
            };
            row += 1;
        }
        let Some(mut trend) = self.trend else { return };
        let width = self.width;
        let [high, low, close] = [high, low, close].map(|column| &column[row..]);
        let (line, direction) = (&mut line[row..], &mut direction[row..]);
        self.uppers.resize(line.len(), 0.0);
        for ((((upper, lower), atr), high), low) in
            self.uppers.iter_mut().zip(direction.iter_mut()).zip(line.iter()).zip(high).zip(low)
        {
            [*upper, *lower] = bands(*high, *low, *atr, width);
        }
        for (((upper, direction), line), close) in self.uppers.iter().zip(direction).zip(line).zip(close) {
            trend.step([*upper, *direction], *close);
            [*line, *direction] = trend.shown();
        }
        self.trend = Some(trend);
    }
}
