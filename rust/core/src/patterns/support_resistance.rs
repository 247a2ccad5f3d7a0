use std::collections::VecDeque;

use super::finding::{DIRECTION, END, Finding, START, level, row, strength, stronger, with};
use super::mean_true_range::MeanTrueRange;
use super::swing_marks::{Room, SwingMarks};
use super::swings::{Pivot, Swings};
use crate::error::{Error, ErrorKind};
use crate::indicators::ending::of_each;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, LANES, Lane, Spec, check_period, each};

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

    /// The levels of some swings, the oldest first, by price.
    fn levels(&self, pivots: &[Pivot], apart: f64) -> Vec<Level> {
        let prices: Vec<f64> = pivots.iter().map(|pivot| pivot.price).collect();
        let is_touch = |price: f64, other: f64| (other - price).abs() <= apart;
        let touches = |price: f64| prices.iter().map(|other| usize::from(is_touch(price, *other))).sum();
        let oldest = |price: f64| pivots.iter().find(|other| is_touch(price, other.price)).map(|other| other.bar);
        let mut levels: Vec<Level> = pivots
            .iter()
            .map(|pivot| (pivot, touches(pivot.price)))
            .filter(|(_, touches)| *touches >= self.least)
            .map(|(pivot, touches)| Level {
                price: pivot.price,
                touches,
                bar: oldest(pivot.price).unwrap_or(pivot.bar),
            })
            .collect();
        // Of equal prices all have the same touches.
        levels.sort_by(|one, other| one.price.total_cmp(&other.price));
        levels
    }

    /// The row of a bar, given support and resistance; `before` is the close before it.
    fn says(
        &self,
        [support, resistance]: [Option<Level>; 2],
        [high, low, close]: [f64; 3],
        before: f64,
        now: u64,
    ) -> [f64; 8] {
        if now < self.warm_up {
            return [f64::NAN; 8];
        }
        let up = support.filter(|level| low <= level.price && before >= level.price);
        let down = resistance.filter(|level| high >= level.price && before <= level.price);
        let finding = |level: Level, bullish: bool| Finding {
            bullish,
            start: now - level.bar,
            end: 0,
            level: level.price,
            strength: 1.0 - 1.0 / level.touches as f64,
        };
        let found = stronger(up.map(|level| finding(level, true)), down.map(|level| finding(level, false)));
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
        with(row(found), [price(support), price(resistance), touches])
    }
}

impl Indicator<3, 8> for SupportResistance {
    fn is_settled(&self) -> bool {
        self.is_settled
    }

    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 8] {
        let [high, low, close] = bar;
        self.true_range.push(high, low, close);
        let (top, bottom) = self.swings.update(high, low);
        if top.is_some() || bottom.is_some() {
            self.pivots.extend(top.into_iter().chain(bottom));
            while self.pivots.len() > self.most {
                self.pivots.pop_front();
            }
            let mean = self.true_range.mean();
            self.is_settled = mean.is_some() && self.pivots.len() == self.most;
            self.pivots.make_contiguous();
            self.levels = mean.map_or(Vec::new(), |mean| self.levels(self.pivots.as_slices().0, self.tolerance * mean));
        }
        let before = std::mem::replace(&mut self.before, close);
        let above = self.levels.partition_point(|level| level.price <= close);
        let next_to_close = [self.levels[..above].last(), self.levels.get(above)].map(Option::<&_>::copied);
        self.says(next_to_close, bar, before, self.swings.last_bar())
    }

    fn at_end(&self, rows: [&[Lane]; 3]) -> Option<[Lane; 8]> {
        let len = rows[0].len();
        if len as u64 <= self.warm_up {
            return Some([[f64::NAN; LANES]; 8]);
        }
        let pivots = Pivots::last(rows, self.swings.swing(), self.most);
        let newest = pivots.bars.first().copied().unwrap_or_default();
        let known = std::array::from_fn(|lane| (pivots.counts[lane] > 0).then(|| newest[lane] + self.swings.swing()));
        let means = self.true_range.means_at(rows, known);
        let apart = each(|lane| self.tolerance * means[lane]);
        let levels = self.nearest(&pivots, &apart, &rows[2][len - 1]);
        Some(of_each(rows, |lane, rows| {
            let levels = levels.each_ref().map(|side| side.of(lane, &pivots, apart[lane]));
            self.says(levels, rows.row(len - 1), rows.at(2, len - 2), len as u64 - 1)
        }))
    }
}

/// The last swings of eight instruments, the newest first; NaN where there is none.
struct Pivots {
    prices: Vec<Lane>,
    /// The bars of the swings.
    bars: Vec<[usize; LANES]>,
    /// How many there are of each instrument.
    counts: [usize; LANES],
}

impl Pivots {
    /// At most so many, highs and lows alike; of one bar the low is the newer one.
    fn last([all_highs, all_lows, _]: [&[Lane]; 3], swing: usize, most: usize) -> Self {
        const FEW: usize = 32;
        let (prices, bars) = (Vec::with_capacity(most.min(FEW)), Vec::with_capacity(most.min(FEW)));
        let mut found = Self { prices, bars, counts: [0; LANES] };
        let (mut highs, mut lows) =
            (SwingMarks::<true>::new(all_highs, swing), SwingMarks::<false>::new(all_lows, swing));
        let mut room = Room::new();
        while found.counts.iter().any(|count| *count < most) && highs.look_back(&mut room) && lows.look_back(&mut room)
        {
            for lane in 0..LANES {
                let (mut high_bits, mut low_bits) = (highs.bits(lane), lows.bits(lane));
                let swings = high_bits.count_ones() + low_bits.count_ones();
                for _ in 0..(swings as usize).min(most - found.counts[lane]) {
                    let newest = (high_bits | low_bits).ilog2();
                    let row = highs.row(newest);
                    let is_low = low_bits >> newest & 1 == 1;
                    found.put(lane, if is_low { all_lows } else { all_highs }[row][lane], row);
                    *(if is_low { &mut low_bits } else { &mut high_bits }) ^= 1 << newest;
                }
            }
        }
        found
    }

    #[inline(always)]
    fn put(&mut self, lane: usize, price: f64, bar: usize) {
        let place = self.counts[lane];
        if place == self.prices.len() {
            self.prices.push([f64::NAN; LANES]);
            self.bars.push([0; LANES]);
        }
        self.prices[place][lane] = price;
        self.bars[place][lane] = bar;
        self.counts[lane] += 1;
    }
}

/// A level of each of eight instruments, of no touches where there is none.
struct Levels {
    prices: Lane,
    touches: Lane,
}

impl Levels {
    fn of(&self, lane: usize, pivots: &Pivots, apart: f64) -> Option<Level> {
        let (price, touches) = (self.prices[lane], self.touches[lane] as usize);
        let is_touch = |other: &Lane| (other[lane] - price).abs() <= apart;
        let oldest = || pivots.prices.iter().rposition(is_touch);
        (touches > 0).then(|| Level {
            price,
            touches,
            bar: oldest().map_or(0, |place| pivots.bars[place][lane] as u64),
        })
    }
}

impl SupportResistance {
    /// The levels next to the closes, at or below them and above them.
    fn nearest(&self, pivots: &Pivots, apart: &Lane, closes: &Lane) -> [Levels; 2] {
        let none = |price: f64| Levels { prices: [price; LANES], touches: [0.0; LANES] };
        let [mut support, mut resistance] = [f64::NEG_INFINITY, f64::INFINITY].map(none);
        let least = self.least as f64;
        for prices in &pivots.prices {
            let mut touches = [0.0; LANES];
            for others in &pivots.prices {
                let is_touch = |lane: usize| (others[lane] - prices[lane]).abs() <= apart[lane];
                touches = each(|lane| if is_touch(lane) { touches[lane] + 1.0 } else { touches[lane] });
            }
            // What is no level is neither below nor above.
            let level = each(|lane| if touches[lane] >= least { prices[lane] } else { f64::NAN });
            let below = each(|lane| if level[lane] <= closes[lane] { level[lane] } else { f64::NEG_INFINITY });
            let above = each(|lane| if level[lane] > closes[lane] { level[lane] } else { f64::INFINITY });
            let Levels { prices: best, touches: its } = &support;
            let pick = each(|lane| if below[lane] > best[lane] { touches[lane] } else { its[lane] });
            support = Levels {
                prices: each(|lane| if below[lane] > best[lane] { below[lane] } else { best[lane] }),
                touches: pick,
            };
            let Levels { prices: best, touches: its } = &resistance;
            let pick = each(|lane| if above[lane] < best[lane] { touches[lane] } else { its[lane] });
            resistance = Levels {
                prices: each(|lane| if above[lane] < best[lane] { above[lane] } else { best[lane] }),
                touches: pick,
            };
        }
        [support, resistance]
    }
}
