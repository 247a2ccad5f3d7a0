use super::running_sum::{EightSums, RunningSum};
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, STRIP, each, strips};
use crate::indicators::spec::{CLOSE, Missing, Output, Reach, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// On-balance volume.
pub(super) static SPEC: Spec = Spec {
    name: "obv",
    class: "OBV",
    title: "On-balance volume: the volume of bars that closed higher less that of bars that closed lower.",
    formula: "The sum so far of the volume of each bar, with a minus if it closed lower than the one before, left out if it \
              closed at the same price. The first bar counts as one that closed higher.",
    inputs: &[CLOSE, VOLUME],
    params: &[],
    outputs: &[Output { name: "obv", doc: "The sum, in the unit of `volume`." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "Joseph Granville, New Key to Stock Market Profits, 1963; TA-Lib OBV.",
    example: ">>> ba.indicators.obv([2.0, 3.0, 3.0, 1.0], [10.0, 20.0, 30.0, 40.0])\narray([ 10.,  30.,  30., -10.])",
    make: |_| make(Ok(Obv::new())),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Obv {
    before: f64,
    sum: RunningSum,
}

impl Default for Obv {
    fn default() -> Self {
        Self::new()
    }
}

impl Obv {
    /// One that has seen nothing.
    pub fn new() -> Self {
        // Below any close.
        Self { before: f64::NEG_INFINITY, sum: RunningSum::default() }
    }
}

#[inline(always)]
fn signed(before: f64, close: f64, volume: f64) -> f64 {
    let down = if close < before { -volume } else { 0.0 };
    if close > before { volume } else { down }
}

impl Indicator<2, 1> for Obv {
    const ROWS: usize = ANY_NUMBER;

    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let flow = signed(self.before, close, volume);
        self.before = close;
        [self.sum.update(flow)]
    }

    fn extend(&mut self, [close, volume]: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        let (Some(first), Some(last)) = (close.first(), close.last()) else { return };
        out[0] = signed(self.before, *first, volume[0]);
        for (((out, before), close), volume) in out[1..].iter_mut().zip(close).zip(&close[1..]).zip(&volume[1..]) {
            *out = signed(*before, *close, *volume);
        }
        self.before = *last;
        self.sum.extend(out);
    }

    fn advance(&mut self, inputs: [&[f64]; 2], outputs: [&mut [f64]; 1]) -> usize {
        groups::advance(self, inputs, outputs, |obv| obv.sum.is_between_blocks(), Self::steady_rows)
    }
}

impl Obv {
    fn steady_rows(&mut self, [close, volume]: [&[f64]; 2], [out]: &mut [&mut [f64]; 1], mut row: usize) -> usize {
        let mut sum = self.sum;
        let columns = groups(close, row).iter().zip(groups(volume, row)).zip(groups(close, row - 1));
        for (((closes, volume), before), out) in columns.zip(groups_mut(out, row)) {
            if !are_finite([closes, volume]) {
                break;
            }
            let values = std::array::from_fn(|i| signed(before[i], closes[i], volume[i]));
            sum.take_group(&values, out);
            row += GROUP;
        }
        (self.sum, self.before) = (sum, close[row - 1]);
        row
    }
}

/// Eight in step.
#[derive(Clone, Debug)]
pub(crate) struct EightObvs {
    sums: EightSums,
    before: Lane,
}

impl Lanes<2, 1> for Obv {
    type Abreast = EightObvs;

    fn join(lanes: &[Self; LANES]) -> Option<EightObvs> {
        let sums = EightSums::of(lanes.each_ref().map(|lane| &lane.sum))?;
        Some(EightObvs { sums, before: each(|lane| lanes[lane].before) })
    }

    fn part(eight: &EightObvs, lanes: &mut [Self; LANES]) {
        for (lane, before) in lanes.iter_mut().zip(eight.before) {
            lane.before = before;
        }
        eight.sums.put_back(lanes.each_mut().map(|lane| &mut lane.sum));
    }
}

/// [`signed`], of eight.
#[inline(always)]
fn flows(before: &Lane, close: &Lane, volume: &Lane) -> Lane {
    let less = each(|lane| if close[lane] < before[lane] { -volume[lane] } else { 0.0 });
    each(|lane| if close[lane] > before[lane] { volume[lane] } else { less[lane] })
}

impl Abreast<2, 1> for EightObvs {
    fn warming(&self) -> usize {
        0
    }

    fn update(&mut self, [close, volume]: [&Lane; 2]) -> [Lane; 1] {
        let flow = flows(&self.before, close, volume);
        self.before = *close;
        [self.sums.add(flow)]
    }

    fn extend(&mut self, inputs: [&[Lane]; 2], outputs: [&mut [Lane]; 1]) {
        let strip = |eight: &mut Self, [close, volume]: [&[Lane; STRIP]; 2]| {
            for lane in 0..LANES {
                let before = |row: usize| if row == 0 { eight.before[lane] } else { close[row - 1][lane] };
                let flows = std::array::from_fn(|row| signed(before(row), close[row][lane], volume[row][lane]));
                eight.sums.add_strip(lane, flows);
            }
            eight.before = close[STRIP - 1];
        };
        strips(self, inputs, outputs, |eight| eight.sums.is_between_blocks(), strip, Abreast::update);
    }
}
