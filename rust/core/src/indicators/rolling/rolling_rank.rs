use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::window::History;
use crate::indicators::{Indicator, Spec, check_period};

/// Rank.
pub(super) static SPEC: Spec = Spec {
    name: "rolling_rank",
    class: "RollingRank",
    title: "Rank of the newest value among the last `period` values.",
    formula: "``(below + equal / 2) / (period - 1)``: the share of the other ``period - 1`` values that are below it, a tie \
              counting half; 0.5 for a `period` of 1.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "rolling_rank", doc: "0 (the lowest) to 1 (the highest)." }],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Where there are no ties TA-Lib PERCENTRANK(n) is 100 rolling_rank(n + 1).",
    example: ">>> ba.indicators.rolling_rank([1.0, 2.0, 2.0, 0.0], 3)\narray([ nan,  nan, 0.75, 0.  ])",
    make: |args| make(RollingRank::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct RollingRank {
    period: usize,
    history: History,
}

impl RollingRank {
    /// Over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { period, history: History::new(period - 1) })
    }

    fn share(&self, points: f64) -> f64 {
        if self.period == 1 { 0.5 } else { 0.5 * points / (self.period - 1) as f64 }
    }
}

/// Two points for a value that is below the newest, one for an equal one.
#[inline(always)]
fn points(past: f64, newest: f64) -> f64 {
    let below = if past < newest { 1.0 } else { 0.0 };
    below + if past <= newest { 1.0 } else { 0.0 }
}

/// Values that are ranked side by side.
const TILE: usize = 32;

impl Indicator<1, 1> for RollingRank {
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        if self.history.take(&[x]) == 0 {
            return [f64::NAN];
        }
        let all = self.history.rows(self.period, 0);
        [self.share(all[..self.period - 1].iter().map(|past| points(*past, x)).sum())]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let full = self.history.take(input);
        let blank = input.len() - full;
        out[..blank].fill(f64::NAN);
        if full == 0 {
            return;
        }
        let others = self.period - 1;
        let all = self.history.rows(others + full, 0);
        // Points are whole numbers: their sum is the same in any order.
        let mut tile = 0;
        while tile + TILE <= full {
            let newest: &[f64; TILE] = all[others + tile..].first_chunk().unwrap_or(&[0.0; TILE]);
            let mut sums = [0.0; TILE];
            for past in all[tile..tile + others + TILE - 1].windows(TILE) {
                for ((sum, past), newest) in sums.iter_mut().zip(past).zip(newest) {
                    *sum += points(*past, *newest);
                }
            }
            for (out, sum) in out[blank + tile..].iter_mut().zip(sums) {
                *out = self.share(sum);
            }
            tile += TILE;
        }
        for row in tile..full {
            let newest = all[others + row];
            out[blank + row] = self.share(all[row..row + others].iter().map(|past| points(*past, newest)).sum());
        }
    }
}
