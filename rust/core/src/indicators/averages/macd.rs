use super::chain::{Chain, EightChains};
use crate::error::Error;
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, drive, each, prefetch};
use crate::indicators::spec::{Args, Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Moving average convergence and divergence.
pub(super) static SPEC: Spec = Spec {
    name: "macd",
    class: "MACD",
    title: "Moving average convergence and divergence: how far a fast average is above a slow one.",
    formula: "``macd = ema(x, fast) - ema(x, slow)``, ``signal = ema(macd, signal)``, ``hist = macd - signal``. All three \
              averages are seeded with means, both averages of `x` at value `slow`: the fast one with the mean of the last \
              `fast` values up to it. If `fast` is above `slow` the two change places.",
    inputs: &[X],
    params: &[
        Param::rows("fast", 12, 1, "Values of the fast average, >= 1."),
        Param::rows("slow", 26, 1, "Values of the slow average, >= 1."),
        Param::rows("signal", 9, 1, "Values of the average of the difference, >= 1."),
    ],
    outputs: &[
        Output { name: "macd", doc: "The difference, in the unit of `x`; blank until `signal` is there." },
        Output { name: "signal", doc: "Its average." },
        Output { name: "hist", doc: "The difference less its average." },
    ],
    missing: |_| Missing::Hold,
    warm_up,
    reach: |_| Reach::All,
    source: "Gerald Appel, 1979; TA-Lib MACD to 1e-10.",
    example: ">>> macd = ba.indicators.macd([1.0, 2.0, 3.0, 5.0, 8.0], 1, 2, 2)\n>>> macd.hist\n\
              array([       nan,        nan, 0.        , 0.11111111, 0.18518519])",
    make: |args| make(Macd::try_new(args.rows(0), args.rows(1), args.rows(2))),
};

fn warm_up(args: &Args) -> usize {
    args.rows(0).max(args.rows(1)) - 1 + args.rows(2) - 1
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Chain,
    slow: Chain,
    signal: Chain,
    /// Values before the fast average starts.
    skip: usize,
}

impl Macd {
    /// Of averages of `fast` and `slow` values; `signal` values for the average of their difference.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(fast: usize, slow: usize, signal: usize) -> Result<Self, Error> {
        let (fast, slow) = (check_period(fast.min(slow))?, fast.max(slow));
        Ok(Self {
            fast: Chain::exponential(fast),
            slow: Chain::exponential(slow),
            signal: Chain::exponential(check_period(signal)?),
            skip: slow - fast,
        })
    }
}

impl Indicator<1, 3> for Macd {
    const ROWS: usize = ANY_NUMBER;

    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 3] {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.fast.update(x);
        }
        let line = self.slow.update(x).map(|slow| self.fast.value - slow);
        let signal = line.and_then(|line| self.signal.update(line));
        line.zip(signal).map_or([f64::NAN; 3], |(line, signal)| [line, signal, line - signal])
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [macd, signal, hist]: [&mut [f64]; 3]) {
        let mut rows = input.iter().zip(macd).zip(signal).zip(hist);
        while !self.signal.is_ready() {
            let Some((((x, macd), signal), hist)) = rows.next() else { return };
            [*macd, *signal, *hist] = self.update([*x]);
        }
        let (mut fast, mut slow, mut average) = (self.fast.value, self.slow.value, self.signal.value);
        let (fast_step, slow_step, signal_step) = (self.fast.step, self.slow.step, self.signal.step);
        for (((x, macd), signal), hist) in rows {
            fast = fast_step.of(fast, *x);
            slow = slow_step.of(slow, *x);
            let line = fast - slow;
            average = signal_step.of(average, line);
            *macd = line;
            *signal = average;
            *hist = line - average;
        }
        (self.fast.value, self.slow.value, self.signal.value) = (fast, slow, average);
    }

    fn advance(&mut self, inputs: [&[f64]; 1], outputs: [&mut [f64]; 3]) -> usize {
        groups::advance(self, inputs, outputs, |macd| macd.signal.is_ready(), Self::steady_rows)
    }
}

impl Macd {
    fn steady_rows(&mut self, [input]: [&[f64]; 1], outputs: &mut [&mut [f64]; 3], mut row: usize) -> usize {
        let (mut fast, mut slow, mut average) = (self.fast.value, self.slow.value, self.signal.value);
        let (fast_step, slow_step, signal_step) = (self.fast.step, self.slow.step, self.signal.step);
        let [macd, signal, hist] = outputs.each_mut().map(|out| groups_mut(out, row));
        for (((x, macd), signal), hist) in groups(input, row).iter().zip(macd).zip(signal).zip(hist) {
            if !are_finite([x]) {
                break;
            }
            for i in 0..GROUP {
                fast = fast_step.of(fast, x[i]);
                slow = slow_step.of(slow, x[i]);
                let line = fast - slow;
                average = signal_step.of(average, line);
                (macd[i], signal[i], hist[i]) = (line, average, line - average);
            }
            row += GROUP;
        }
        (self.fast.value, self.slow.value, self.signal.value) = (fast, slow, average);
        row
    }
}

/// Eight in step.
#[derive(Clone, Debug)]
pub(crate) struct EightMacds {
    fast: EightChains,
    slow: EightChains,
    signal: EightChains,
    skip: usize,
}

impl Lanes<1, 3> for Macd {
    type Abreast = EightMacds;

    fn join(lanes: &[Self; LANES]) -> Option<EightMacds> {
        let skip = lanes[0].skip;
        if lanes.iter().any(|lane| lane.skip != skip) {
            return None;
        }
        Some(EightMacds {
            fast: EightChains::of(lanes.each_ref().map(|lane| &lane.fast))?,
            slow: EightChains::of(lanes.each_ref().map(|lane| &lane.slow))?,
            signal: EightChains::of(lanes.each_ref().map(|lane| &lane.signal))?,
            skip,
        })
    }

    fn part(eight: &EightMacds, lanes: &mut [Self; LANES]) {
        for lane in lanes.iter_mut() {
            lane.skip = eight.skip;
        }
        eight.fast.put_back(lanes.each_mut().map(|lane| &mut lane.fast));
        eight.slow.put_back(lanes.each_mut().map(|lane| &mut lane.slow));
        eight.signal.put_back(lanes.each_mut().map(|lane| &mut lane.signal));
    }
}

#[inline(always)]
fn difference(one: &Lane, other: &Lane) -> Lane {
    each(|lane| one[lane] - other[lane])
}

impl Abreast<1, 3> for EightMacds {
    fn warming(&self) -> usize {
        // The first difference comes with the last value that the slow average waits for.
        match self.signal.warming() {
            0 => 0,
            signal => signal + self.slow.warming() - usize::from(self.slow.warming() > 0),
        }
    }

    fn update(&mut self, [x]: [&Lane; 1]) -> [Lane; 3] {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.fast.update(x);
        }
        self.slow.update(x);
        if self.slow.warming() > 0 {
            return [[f64::NAN; LANES]; 3];
        }
        let line = difference(&self.fast.value, &self.slow.value);
        self.signal.update(&line);
        if self.signal.warming() > 0 {
            return [[f64::NAN; LANES]; 3];
        }
        [line, self.signal.value, difference(&line, &self.signal.value)]
    }

    fn prefetch(&self) {
        self.fast.prefetch();
        self.slow.prefetch();
        self.signal.prefetch();
        prefetch(&self.skip);
    }

    fn extend(&mut self, inputs: [&[Lane]; 1], outputs: [&mut [Lane]; 3]) {
        let (fast_step, slow_step, signal_step) = (self.fast.step, self.slow.step, self.signal.step);
        [self.fast.value, self.slow.value, self.signal.value] = drive(
            [self.fast.value, self.slow.value, self.signal.value],
            inputs,
            outputs,
            |[fast, slow, signal], [x]| {
                *fast = each(|lane| fast_step.of(fast[lane], x[lane]));
                *slow = each(|lane| slow_step.of(slow[lane], x[lane]));
                *signal = each(|lane| signal_step.of(signal[lane], fast[lane] - slow[lane]));
            },
            |[fast, slow, signal]| {
                let line = difference(fast, slow);
                [line, *signal, difference(&line, signal)]
            },
        );
    }
}
