use super::finding::{DIRECTION, END, Finding, START, level, row, share, strength, with};
use super::swing_marks::last_swings;
use super::swings::{Pivot, Swings};
use crate::error::{Error, ErrorKind};
use crate::indicators::ending::of_each;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, LANES, Lane, Spec, check_period};

/// Golden pocket.
pub(super) static SPEC: Spec = Spec {
    name: "golden_pocket",
    class: "GoldenPocket",
    title: "Golden pocket: a close in the 0.618 to 0.65 retracement of the last swing leg.",
    formula: "The leg is between the last confirmed swing high and the last confirmed swing low (swings as \
              `swing_points`), from the earlier to the later one; two on one bar make none. After a leg up from `a` \
              to `b` the pocket is from ``b - deep (b - a)`` to ``b - shallow (b - a)``, and a close in it, ends \
              included, is bullish; after a leg down from `a` to `b` it is from ``b + shallow (a - b)`` to ``b + deep \
              (a - b)``, and a close in it is bearish.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("swing", 5, 1, "Bars on each side of a swing, >= 1."),
        Param::number("shallow", 0.618, 0.0, 1.0, "The smallest retracement, 0..1."),
        Param::number("deep", 0.65, 0.0, 1.0, "The largest retracement, 0..1, at least `shallow`."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The `shallow` end of the pocket, which price meets first."),
        strength("1 in the middle of the pocket, falling to 0 at its ends."),
        Output { name: "top", doc: "The top of the pocket of the last leg; NaN if there is no leg." },
        Output { name: "bottom", doc: "The bottom of the pocket of the last leg; NaN if there is no leg." },
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| 2 * args.rows(0),
    reach: |_| Reach::All,
    source: "Common usage: the retracement of the golden ratio, 0.618, and a little more; legs of confirmed swings \
             only.",
    example: ">>> high = [2.0, 3.0, 10.0, 9.0, 6.0]\n\
              >>> low = [1.5, 0.0, 8.0, 7.0, 3.0]\n\
              >>> close = [1.8, 2.5, 9.0, 8.0, 3.7]\n\
              >>> ba.patterns.golden_pocket(high, low, close, 1).direction\n\
              array([nan, nan,  0.,  0.,  1.])",
    make: |args| make(GoldenPocket::try_new(args.rows(0), args.number(1), args.number(2))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct GoldenPocket {
    shallow: f64,
    deep: f64,
    swings: Swings,
    high: Option<Pivot>,
    low: Option<Pivot>,
}

/// Where a leg's retracement lies.
#[derive(Clone, Copy, Debug)]
struct Pocket {
    bullish: bool,
    top: f64,
    bottom: f64,
    /// The bar at which the leg begins.
    bar: u64,
}

impl GoldenPocket {
    /// Between the retracements `shallow` and `deep`, with `swing` bars on each side of a swing.
    ///
    /// # Errors
    /// `period must be >= 1`, `deep must be >= shallow`.
    pub fn try_new(swing: usize, shallow: f64, deep: f64) -> Result<Self, Error> {
        if deep < shallow {
            return Err(Error::new(ErrorKind::Config, 1001, "deep", format!("must be >= shallow ({shallow})"), deep));
        }
        Ok(Self { shallow, deep, swings: Swings::new(check_period(swing)?), high: None, low: None })
    }

    fn pocket(&self, high: Pivot, low: Pivot) -> Option<Pocket> {
        let leg = high.price - low.price;
        if high.bar == low.bar || leg <= 0.0 {
            return None;
        }
        let (shallow, deep) = (self.shallow * leg, self.deep * leg);
        Some(if high.bar > low.bar {
            Pocket { bullish: true, top: high.price - shallow, bottom: high.price - deep, bar: low.bar }
        } else {
            Pocket { bullish: false, top: low.price + deep, bottom: low.price + shallow, bar: high.bar }
        })
    }
}

impl Indicator<3, 7> for GoldenPocket {
    fn is_settled(&self) -> bool {
        self.high.is_some() && self.low.is_some()
    }

    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 7] {
        let (new_high, new_low) = self.swings.update(high, low);
        self.high = new_high.or(self.high);
        self.low = new_low.or(self.low);
        let row = self.says(self.high.zip(self.low), close, self.swings.last_bar());
        if self.swings.is_ready() { row } else { [f64::NAN; 7] }
    }

    fn at_end(&self, rows: [&[Lane]; 3]) -> Option<[Lane; 7]> {
        let (swing, len) = (self.swings.swing(), rows[0].len());
        if len <= swing.saturating_mul(2) {
            return Some([[f64::NAN; LANES]; 7]);
        }
        let [highs, lows] = last_swings(rows[0], rows[1], swing);
        Some(of_each(rows, |lane, rows| self.says(highs[lane].zip(lows[lane]), rows.at(2, len - 1), len as u64 - 1)))
    }
}

impl GoldenPocket {
    /// The row of a bar, given the last swing high and low.
    #[inline]
    fn says(&self, leg: Option<(Pivot, Pivot)>, close: f64, now: u64) -> [f64; 7] {
        let pocket = leg.and_then(|(high, low)| self.pocket(high, low));
        let found = pocket.filter(|pocket| (pocket.bottom..=pocket.top).contains(&close)).map(|pocket| {
            let half = 0.5 * (pocket.top - pocket.bottom);
            let off = (close - (pocket.bottom + half)).abs();
            Finding {
                bullish: pocket.bullish,
                start: now - pocket.bar,
                end: 0,
                level: if pocket.bullish { pocket.top } else { pocket.bottom },
                strength: if half > 0.0 { share(half - off, half) } else { 1.0 },
            }
        });
        let ends = pocket.map_or([f64::NAN; 2], |pocket| [pocket.top, pocket.bottom]);
        with(row(found), ends)
    }
}
