use crate::error::Error;
use crate::indicators::spec::{Args, Missing, Output, Param, Reach, X, make};
use crate::indicators::window::{History, Sum, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Kaufman's adaptive moving average.
pub(super) static SPEC: Spec = Spec {
    name: "kama",
    class: "KAMA",
    title: "Kaufman's adaptive moving average: quick in a trend, slow where prices go back and forth.",
    formula: "``a = a + w (x - a)`` with ``w = (e (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1))^2`` and `e`, the \
              efficiency, the distance from the value `period` rows ago divided by the sum of the moves on the way; 1 if \
              there were none. Starts from the value before the first one; a period of 1 gives `x` itself.",
    inputs: &[X],
    params: &[
        Param::rows("period", 10, 1, "Moves, >= 1."),
        Param::rows("fast", 2, 1, "Period of the exponential average that it becomes in a trend, >= 1."),
        Param::rows("slow", 30, 1, "Period of the one that it becomes where prices go nowhere, >= 1."),
    ],
    outputs: &[Output { name: "kama", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| if args.rows(0) == 1 { 0 } else { args.rows(0) },
    reach: |args| if args.rows(0) == 1 { Reach::Rows(1) } else { Reach::All },
    source: "Perry Kaufman, Trading Systems and Methods, 1995; TA-Lib KAMA to 1e-12.",
    example: ">>> ba.indicators.kama([1.0, 2.0, 3.0, 3.0], 2)\narray([       nan,        nan, 2.44444444, 2.69135802])",
    make: |args| make(Kama::try_new(args)),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Kama {
    period: usize,
    /// Weight of a new value where prices go nowhere, before it is squared.
    slack: f64,
    /// How much more it is in a trend.
    gain: f64,
    history: History,
    path: Window<Sum, 1, 1>,
    before: Option<f64>,
    value: Option<f64>,
    /// Moves of a stretch of rows, then what the past weighs.
    moves: Vec<f64>,
}

impl Kama {
    fn try_new(args: &Args) -> Result<Self, Error> {
        let period = check_period(args.rows(0))?;
        let [quick, slack] = [1, 2].map(|place| 2.0 / (args.number(place) + 1.0));
        Ok(Self {
            period,
            slack,
            gain: quick - slack,
            history: History::new(period),
            path: Window::new(period),
            before: None,
            value: None,
            moves: Vec::new(),
        })
    }

    /// What the past weighs; 1 less that, which is exact, is what the new value weighs.
    #[inline(always)]
    fn keep(distance: f64, path: f64, slack: f64, gain: f64) -> f64 {
        let efficiency = if path > distance { distance / path } else { 1.0 };
        let root = efficiency.mul_add(gain, slack);
        1.0 - root * root
    }

    #[inline(always)]
    fn step(value: f64, x: f64, keep: f64) -> f64 {
        value.mul_add(keep, (1.0 - keep) * x)
    }
}

impl Indicator<1, 1> for Kama {
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        if self.period == 1 {
            return [x];
        }
        let full = self.history.take(&[x]);
        let Some(before) = self.before.replace(x) else { return [f64::NAN] };
        let path = self.path.update([(x - before).abs()]);
        let Some([path]) = path.filter(|_| full == 1) else { return [f64::NAN] };
        let distance = (x - self.history.rows(1, self.period)[0]).abs();
        let keep = Self::keep(distance, path, self.slack, self.gain);
        [*self.value.insert(Self::step(self.value.unwrap_or(before), x, keep))]
    }

    fn extend(&mut self, [mut input]: [&[f64]; 1], [mut out]: [&mut [f64]; 1]) {
        if self.period == 1 {
            return out.copy_from_slice(input);
        }
        let Some(before) = self.before.or(input.first().copied()) else { return };
        if self.before.is_none() {
            [out[0]] = self.update([before]);
            (input, out) = (&input[1..], &mut out[1..]);
        }
        self.moves.resize(input.len(), 0.0);
        if let (Some(first), Some(last)) = (input.first(), input.last()) {
            self.moves[0] = (first - before).abs();
            self.before = Some(*last);
        }
        for (distance, pair) in self.moves.iter_mut().skip(1).zip(input.windows(2)) {
            *distance = (pair[1] - pair[0]).abs();
        }
        self.path.extend([&self.moves], [out]);
        let full = self.history.take(input);
        let blank = input.len() - full;
        if full == 0 {
            return;
        }
        let (slack, gain) = (self.slack, self.gain);
        let (keeps, ago) = (&mut self.moves[blank..], self.history.rows(full, self.period));
        for (((keep, path), x), ago) in keeps.iter_mut().zip(&out[blank..]).zip(&input[blank..]).zip(ago) {
            *keep = Self::keep((x - ago).abs(), *path, slack, gain);
        }
        let mut value = self.value.unwrap_or(if blank == 0 { before } else { input[blank - 1] });
        for ((out, x), keep) in out[blank..].iter_mut().zip(&input[blank..]).zip(&self.moves[blank..]) {
            value = Self::step(value, *x, *keep);
            *out = value;
        }
        self.value = Some(value);
    }
}
