use crate::error::Error;
use crate::indicators::spec::{HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Parabolic SAR.
pub(super) static SPEC: Spec = Spec {
    name: "parabolic_sar",
    class: "ParabolicSAR",
    title: "Parabolic SAR: a stop that runs after the price, faster with each new extreme.",
    formula: "``sar += factor (extreme - sar)``, then no nearer to the price than the lows of this bar and the one before \
              it in an up-trend (their highs in a down-trend). `factor` starts at `step` and grows by `step` with each new \
              extreme of the trend, up to `limit`. A bar that touches the stop turns the trend: its stop is the extreme \
              of the trend that ended, at least as far away as the last two bars went. The trend of the first two \
              bars is down if the low fell by more than the high rose.",
    inputs: &[HIGH, LOW],
    params: &[
        Param::number(
            "step",
            0.02,
            0.0,
            f64::INFINITY,
            "What a new extreme adds to the factor, >= 0; at most `limit` counts.",
        ),
        Param::number("limit", 0.2, 0.0, f64::INFINITY, "The largest factor, >= 0."),
    ],
    outputs: &[Output { name: "sar", doc: "The stop of this bar, in the unit of the prices." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 1,
    reach: |_| Reach::All,
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib SAR, in its order of operations.",
    example: ">>> ba.indicators.parabolic_sar([3.0, 4.0, 5.0], [1.0, 2.0, 4.0])\narray([ nan, 1.  , 1.06])",
    make: |args| make::<_, 2, 1>(Ok::<_, Error>(ParabolicSar::new(args.number(0), args.number(1)))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct ParabolicSar {
    step: f64,
    limit: f64,
    before: Option<[f64; 2]>,
    /// None before the second bar.
    stop: Option<Stop>,
}

/// A stop below an up-trend. In a down-trend all prices have the other sign: what is above is below.
#[derive(Clone, Copy, Debug)]
struct Stop {
    is_up: bool,
    sar: f64,
    extreme: f64,
    factor: f64,
    /// Top and bottom of the bar before.
    top: f64,
    bottom: f64,
}

impl ParabolicSar {
    /// With a factor that grows by `step` up to `limit`.
    pub const fn new(step: f64, limit: f64) -> Self {
        Self { step: if step < limit { step } else { limit }, limit, before: None, stop: None }
    }

    /// The stop at the second bar.
    fn start(&self, [high_before, low_before]: [f64; 2], high: f64, low: f64) -> Stop {
        let (up, down) = (high - high_before, low_before - low);
        let is_up = !(down > 0.0 && down > up);
        let (_, sar) = seen(is_up, high_before, low_before);
        let (top, bottom) = seen(is_up, high, low);
        Stop { is_up, sar, extreme: top, factor: self.step, top, bottom }
    }
}

/// Top and bottom of a bar as the trend sees it.
#[inline(always)]
fn seen(is_up: bool, high: f64, low: f64) -> (f64, f64) {
    if is_up { (high, low) } else { (-low, -high) }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

impl Stop {
    /// Takes a bar that does not touch the stop, gives its stop.
    #[inline(always)]
    fn follow(&mut self, top: f64, bottom: f64, step: f64, limit: f64) -> f64 {
        let sar = self.sar;
        // New extremes come as they please: no branch on them, the addition is of `step` or of 0.
        let mask = u64::from(top > self.extreme).wrapping_neg();
        self.extreme = larger(top, self.extreme);
        self.factor = smaller(self.factor + f64::from_bits(step.to_bits() & mask), limit);
        self.sar = smaller(sar + self.factor * (self.extreme - sar), smaller(self.bottom, bottom));
        (self.top, self.bottom) = (top, bottom);
        sar
    }

    /// Takes a bar that touches the stop, gives its stop, as the trend that ended sees it.
    fn turn(&mut self, top: f64, bottom: f64, step: f64) -> f64 {
        let ceiling = larger(self.top, top);
        let sar = larger(self.extreme, ceiling);
        let next = larger(sar + step * (bottom - sar), ceiling);
        *self = Self { is_up: !self.is_up, sar: -next, extreme: -bottom, factor: step, top: -bottom, bottom: -top };
        sar
    }

    #[inline(always)]
    fn update(&mut self, high: f64, low: f64, step: f64, limit: f64) -> f64 {
        let is_up = self.is_up;
        let (top, bottom) = seen(is_up, high, low);
        let sar = if bottom <= self.sar { self.turn(top, bottom, step) } else { self.follow(top, bottom, step, limit) };
        if is_up { sar } else { -sar }
    }

    /// Runs until the trend turns, says how many rows that took.
    #[inline(always)]
    fn run<const UP: bool>(&mut self, high: &[f64], low: &[f64], out: &mut [f64], step: f64, limit: f64) -> usize {
        let mut stop = *self;
        for (row, ((high, low), out)) in high.iter().zip(low).zip(out).enumerate() {
            let (top, bottom) = seen(UP, *high, *low);
            let turns = bottom <= stop.sar;
            let sar = if turns { stop.turn(top, bottom, step) } else { stop.follow(top, bottom, step, limit) };
            *out = if UP { sar } else { -sar };
            if turns {
                *self = stop;
                return row + 1;
            }
        }
        *self = stop;
        high.len()
    }
}

impl Indicator<2, 1> for ParabolicSar {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        if self.stop.is_none() {
            let Some(before) = self.before.replace([high, low]) else { return [f64::NAN] };
            self.stop = Some(self.start(before, high, low));
        }
        let (step, limit) = (self.step, self.limit);
        [self.stop.as_mut().map_or(f64::NAN, |stop| stop.update(high, low, step, limit))]
    }

    fn extend(&mut self, [high, low]: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        let mut row = 0;
        while self.stop.is_none() && row < out.len() {
            [out[row]] = self.update([high[row], low[row]]);
            row += 1;
        }
        let Some(mut stop) = self.stop else { return };
        while row < out.len() {
            let (high, low, out) = (&high[row..], &low[row..], &mut out[row..]);
            row += if stop.is_up {
                stop.run::<true>(high, low, out, self.step, self.limit)
            } else {
                stop.run::<false>(high, low, out, self.step, self.limit)
            };
        }
        self.stop = Some(stop);
    }
}
