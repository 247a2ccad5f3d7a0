use crate::error::Error;
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, Group, Late, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, STRIP, each, strips};
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Relative strength index.
pub(super) static SPEC: Spec = Spec {
    name: "rsi",
    class: "RSI",
    title: "Relative strength index: the share of the gains in all moves of the recent past.",
    formula: "``100 g / (g + l)`` with `g` and `l` Wilder's averages of gains and losses: \
              ``g = g (period - 1) / period + gain / period``, seeded with the means of the first `period` moves. A market \
              that has not moved gives 0.",
    inputs: &[X],
    params: &[Param::rows("period", 14, 1, "Moves, >= 1.")],
    outputs: &[Output { name: "rsi", doc: "0 (only losses) to 100 (only gains)." }],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0),
    reach: |_| Reach::All,
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib RSI to 1e-10.",
    example: ">>> ba.indicators.rsi([1.0, 2.0, 3.0, 2.0], 2)\narray([ nan,  nan, 100.,  50.])",
    make: |args| make(Rsi::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Rsi {
    period: usize,
    /// Weight of the past.
    keep: f64,
    /// Weight of the new move.
    weight: f64,
    before: f64,
    /// Moves seen, up to `period`.
    moves: usize,
    started: bool,
    gain: f64,
    loss: f64,
}

impl Rsi {
    /// Over `period` moves.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        let weight = 1.0 / period as f64;
        let keep = 1.0 - weight;
        Ok(Self { period, keep, weight, before: 0.0, moves: 0, started: false, gain: 0.0, loss: 0.0 })
    }

    fn warm_up(&mut self, x: f64) -> f64 {
        if self.started {
            let (gain, loss) = moves(x - self.before);
            self.gain += gain;
            self.loss += loss;
            self.moves += 1;
            if self.moves == self.period {
                self.gain /= self.period as f64;
                self.loss /= self.period as f64;
            }
        }
        self.started = true;
        self.before = x;
        if self.moves == self.period { strength(self.gain, self.loss) } else { f64::NAN }
    }
}

/// Gain and loss of a move.
#[inline(always)]
fn moves(difference: f64) -> (f64, f64) {
    if difference > 0.0 { (difference, 0.0) } else { (0.0, -difference) }
}

#[inline(always)]
fn step(average: f64, x: f64, keep: f64, weight: f64) -> f64 {
    average.mul_add(keep, weight * x)
}

#[inline(always)]
fn strength(gain: f64, loss: f64) -> f64 {
    let all = gain + loss;
    if all == 0.0 { 0.0 } else { 100.0 * (gain / all) }
}

impl Indicator<1, 1> for Rsi {
    const ROWS: usize = ANY_NUMBER;

    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        if self.moves < self.period {
            return [self.warm_up(x)];
        }
        let (gain, loss) = moves(x - self.before);
        self.gain = step(self.gain, gain, self.keep, self.weight);
        self.loss = step(self.loss, loss, self.keep, self.weight);
        self.before = x;
        [strength(self.gain, self.loss)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        let warming = input.len().min(self.period - self.moves + usize::from(!self.started));
        for (x, out) in input[..warming].iter().zip(&mut out[..warming]) {
            [*out] = self.update([*x]);
        }
        let (input, out) = (&input[warming..], &mut out[warming..]);
        let Self { keep, weight, mut before, mut gain, mut loss, .. } = *self;
        for (x, out) in input.iter().zip(out) {
            let (up, down) = moves(x - before);
            before = *x;
            gain = step(gain, up, keep, weight);
            loss = step(loss, down, keep, weight);
            *out = strength(gain, loss);
        }
        (self.before, self.gain, self.loss) = (before, gain, loss);
    }

    fn advance(&mut self, inputs: [&[f64]; 1], outputs: [&mut [f64]; 1]) -> usize {
        groups::advance(self, inputs, outputs, |rsi| rsi.moves == rsi.period, Self::steady_rows)
    }
}

impl Rsi {
    fn steady_rows(&mut self, [input]: [&[f64]; 1], [out]: &mut [&mut [f64]; 1], mut row: usize) -> usize {
        let Self { keep, weight, mut gain, mut loss, .. } = *self;
        let (mut late, finish) = (Late::new(), |[gain, loss]: [f64; 2]| strength(gain, loss));
        for ((x, before), out) in groups(input, row).iter().zip(groups(input, row - 1)).zip(groups_mut(out, row)) {
            if !are_finite([x]) {
                break;
            }
            let up: Group = std::array::from_fn(|i| weight * moves(x[i] - before[i]).0);
            let down: Group = std::array::from_fn(|i| weight * moves(x[i] - before[i]).1);
            let chains = |[gains, losses]: &mut [Group; 2]| {
                for i in 0..GROUP {
                    gain = gain.mul_add(keep, up[i]);
                    loss = loss.mul_add(keep, down[i]);
                    (gains[i], losses[i]) = (gain, loss);
                }
            };
            late.take(out, chains, finish);
            row += GROUP;
        }
        late.finish(finish);
        (self.before, self.gain, self.loss) = (input[row - 1], gain, loss);
        row
    }
}

/// Eight in step.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightRsis {
    before: Lane,
    gain: Lane,
    loss: Lane,
    keep: f64,
    weight: f64,
    period: usize,
    moves: usize,
    started: bool,
}

impl Lanes<1, 1> for Rsi {
    type Abreast = EightRsis;

    fn join(lanes: &[Self; LANES]) -> Option<EightRsis> {
        let Self { period, keep, weight, moves, started, .. } = lanes[0];
        lanes.iter().all(|lane| lane.moves == moves && lane.started == started).then(|| EightRsis {
            period,
            keep,
            weight,
            moves,
            started,
            before: each(|lane| lanes[lane].before),
            gain: each(|lane| lanes[lane].gain),
            loss: each(|lane| lanes[lane].loss),
        })
    }

    fn part(eight: &EightRsis, lanes: &mut [Self; LANES]) {
        for (place, lane) in lanes.iter_mut().enumerate() {
            (lane.moves, lane.started) = (eight.moves, eight.started);
            (lane.before, lane.gain, lane.loss) = (eight.before[place], eight.gain[place], eight.loss[place]);
        }
    }
}

/// [`moves`] of eight; gains and losses apart, so that each is one vector.
#[inline(always)]
fn moves_of_eight(x: &Lane, before: &Lane) -> [Lane; 2] {
    let difference = each(|lane| x[lane] - before[lane]);
    [
        each(|lane| if difference[lane] > 0.0 { difference[lane] } else { 0.0 }),
        each(|lane| if difference[lane] > 0.0 { 0.0 } else { -difference[lane] }),
    ]
}

impl EightRsis {
    fn warm_up(&mut self, x: &Lane) {
        if self.started {
            let [gain, loss] = moves_of_eight(x, &self.before);
            for lane in 0..LANES {
                self.gain[lane] += gain[lane];
                self.loss[lane] += loss[lane];
            }
            self.moves += 1;
            if self.moves == self.period {
                for lane in 0..LANES {
                    self.gain[lane] /= self.period as f64;
                    self.loss[lane] /= self.period as f64;
                }
            }
        }
        self.started = true;
        self.before = *x;
    }
}

impl Abreast<1, 1> for EightRsis {
    fn warming(&self) -> usize {
        self.period - self.moves + usize::from(!self.started)
    }

    fn update(&mut self, [x]: [&Lane; 1]) -> [Lane; 1] {
        if self.moves < self.period {
            self.warm_up(x);
            if self.moves < self.period {
                return [[f64::NAN; LANES]];
            }
        } else {
            let [up, down] = moves_of_eight(x, &self.before);
            let Self { keep, weight, gain, loss, .. } = *self;
            self.gain = each(|lane| step(gain[lane], up[lane], keep, weight));
            self.loss = each(|lane| step(loss[lane], down[lane], keep, weight));
            self.before = *x;
        }
        [each(|lane| strength(self.gain[lane], self.loss[lane]))]
    }

    fn extend(&mut self, inputs: [&[Lane]; 1], outputs: [&mut [Lane]; 1]) {
        let strip = |eight: &mut Self, [x]: [&[Lane; STRIP]; 1]| {
            let (keep, weight) = (eight.keep, eight.weight);
            for lane in 0..LANES {
                let (mut before, mut gain, mut loss) = (eight.before[lane], eight.gain[lane], eight.loss[lane]);
                for row in x {
                    let (up, down) = moves(row[lane] - before);
                    gain = step(gain, up, keep, weight);
                    loss = step(loss, down, keep, weight);
                    before = row[lane];
                }
                (eight.before[lane], eight.gain[lane], eight.loss[lane]) = (before, gain, loss);
            }
        };
        strips(self, inputs, outputs, |_| true, strip, Abreast::update);
    }
}
