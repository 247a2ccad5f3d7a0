use std::collections::VecDeque;

use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength, stronger, with};
use super::mean_true_range::MeanTrueRange;
use super::swings::{Pivot, Swings};
use crate::error::{Error, ErrorKind};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Support and resistance.
pub(super) static SPEC: Spec = Spec {
    name: "support_resistance",
    class: "SupportResistance",
    title: "Support and resistance: prices at which swings have turned more than once, and bars that turn there again.",
    formula: "Of the last `swings` confirmed swings, highs and lows alike (as `swing_points`; of one bar the high \
              comes first), each price is a level if at least `least` of them, itself included, lie within \
              ``tolerance atr`` of it, ends included; these are its touches. Levels are made anew whenever a swing is \
              confirmed, with `atr` the mean true range of the last `period` bars as of that bar (a simple mean). \
              Support is the highest level at or below the close, resistance the lowest level above it. Bullish: \
              ``low <= support`` and ``close[1] >= support``, the bar has come down to it and closes at or above it. \
              Bearish: ``high >= resistance`` and ``close[1] <= resistance``. If both, the stronger one is given, the \
              bullish one if they are equal.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("swing", 5, 1, "Bars on each side of a swing, >= 1."),
        Param::rows("period", 14, 1, "Bars of the mean true range, >= 1."),
        Param::number("tolerance", 0.25, 0.0, f64::INFINITY, "How far touches lie apart, in mean true ranges, >= 0."),
        Param::rows("least", 3, 1, "Touches that make a level, >= 1."),
        Param::rows("swings", 20, 1, "Swings that are remembered, 1 to 1000."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The support or resistance at which the bar has turned; it begins at the oldest of its touches."),
        strength("``1 - 1 / touches``."),
        Output { name: "support", doc: "The highest level at or below the close; NaN if there is none." },
        Output { name: "resistance", doc: "The lowest level above the close; NaN if there is none." },
        Output {
            name: "touches",
            doc: "Swings at `level`; where there is none at the nearer one of support and resistance (at support if \
                  both are as near), 0 if there is neither.",
        },
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| (2 * args.rows(0)).max(args.rows(1)),
    reach: |_| Reach::All,
    source: "Common usage; there is no standard for what a touch is.",
    example: ">>> high = [11.0, 10.0, 11.0, 12.0, 11.0, 10.5, 11.0, 11.5]\n\
              >>> low = [9.5, 9.0, 9.6, 10.5, 9.5, 9.1, 9.7, 9.05]\n\
              >>> close = [10.0, 9.5, 10.5, 11.0, 10.0, 9.5, 10.5, 10.9]\n\
              >>> result = ba.patterns.support_resistance(high, low, close, 1, 2, 0.5, 2)\n\
              >>> float(result.support[-1]), float(result.touches[-1]), float(result.direction[-1])\n\
              (9.1, 2.0, 1.0)",
    make: |args| {
        make(SupportResistance::try_new(args.rows(0), args.rows(1), args.number(2), args.rows(3), args.rows(4)))
    },
};

/// A price at which swings have turned.
#[derive(Clone, Copy, Debug)]
struct Level {
    price: f64,
    touches: usize,
    /// The oldest of its touches.
    bar: u64,
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct SupportResistance {
    tolerance: f64,
    least: usize,
    most: usize,
    warm_up: u64,
    swings: Swings,
    true_range: MeanTrueRange,
    before: f64,
    /// Oldest first.
    pivots: VecDeque<Pivot>,
    levels: Vec<Level>,
    /// Whether the levels no longer depend on bars before the first one taken.
    is_settled: bool,
}

impl SupportResistance {
    /// With `swing` bars on each side of a swing; levels of at least `least` of the last `swings` swings
    /// within `tolerance` mean true ranges of `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`, `swings must be in [1, 1000]`.
    pub fn try_new(swing: usize, period: usize, tolerance: f64, least: usize, swings: usize) -> Result<Self, Error> {
        if !(1..=1000).contains(&swings) {
            return Err(Error::new(ErrorKind::Config, 1001, "swings", "must be in [1, 1000]", swings));
        }
        Ok(Self {
            tolerance,
            least,
            most: swings,
            warm_up: (2 * swing).max(period) as u64,
            swings: Swings::new(check_period(swing)?),
            true_range: MeanTrueRange::new(check_period(period)?),
            before: f64::NAN,
            pivots: VecDeque::new(),
            levels: Vec::new(),
            is_settled: false,
        })
    }

    fn make_levels(&mut self, apart: f64) {
        self.levels.clear();
        for pivot in &self.pivots {
            let mut touches = self.pivots.iter().filter(|other| (other.price - pivot.price).abs() <= apart);
            let bar = touches.next().map_or(pivot.bar, |oldest| oldest.bar);
            let touches = 1 + touches.count();
            if touches >= self.least {
                self.levels.push(Level { price: pivot.price, touches, bar });
            }
        }
    }

    fn finding(&self, level: Level, bullish: bool) -> Finding {
        let start = self.swings.last_bar() - level.bar;
        Finding { bullish, start, end: 0, level: level.price, strength: 1.0 - 1.0 / level.touches as f64 }
    }
}

impl Indicator<3, 8> for SupportResistance {
    fn is_settled(&self) -> bool {
        self.is_settled
    }

    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 8] {
        let mean = self.true_range.update(high, low, close);
        let (top, bottom) = self.swings.update(high, low);
        if top.is_some() || bottom.is_some() {
            self.pivots.extend(top.into_iter().chain(bottom));
            while self.pivots.len() > self.most {
                self.pivots.pop_front();
            }
            self.is_settled = mean.is_some() && self.pivots.len() == self.most;
            match mean {
                Some(mean) => self.make_levels(self.tolerance * mean),
                None => self.levels.clear(),
            }
        }
        let before = std::mem::replace(&mut self.before, close);
        // Of equal prices all have the same touches.
        let (mut support, mut resistance): (Option<Level>, Option<Level>) = (None, None);
        for level in &self.levels {
            if level.price <= close {
                if support.is_none_or(|nearest| level.price > nearest.price) {
                    support = Some(*level);
                }
            } else if resistance.is_none_or(|nearest| level.price < nearest.price) {
                resistance = Some(*level);
            }
        }
        let up = support.filter(|level| low <= level.price && before >= level.price);
        let down = resistance.filter(|level| high >= level.price && before <= level.price);
        let found = stronger(up.map(|level| self.finding(level, true)), down.map(|level| self.finding(level, false)));
        let speaks = match found {
            Some(found) => {
                if found.bullish {
                    up
                } else {
                    down
                }
            }
            None => match (support, resistance) {
                (Some(below), Some(above)) if above.price - close < close - below.price => Some(above),
                (below, above) => below.or(above),
            },
        };
        let price = |level: Option<Level>| level.map_or(f64::NAN, |level| level.price);
        let touches = speaks.map_or(0.0, |level| level.touches as f64);
        let is_warm = self.swings.last_bar() >= self.warm_up;
        let extras = [price(support), price(resistance), if is_warm { touches } else { f64::NAN }];
        with(if is_warm { row(found) } else { UNKNOWN }, extras)
    }
}
