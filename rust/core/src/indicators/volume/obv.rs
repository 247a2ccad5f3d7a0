use super::running_sum::{EightSums, RunningSum};
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, are_finite, groups, groups_mut};
use crate::indicators::lanes::{LANES, Lane, Lanes, drive, each};
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

impl Lanes<2, 1> for Obv {
    fn is_steady(&self) -> bool {
        true
    }

    fn are_in_step(lanes: &[Self; LANES]) -> bool {
        EightSums::are_in_step(lanes.each_ref().map(|lane| &lane.sum))
    }

    fn steady(lanes: &mut [Self; LANES], inputs: [&[Lane]; 2], outputs: [&mut [Lane]; 1]) {
        let state = (each(|lane| lanes[lane].before), EightSums::of(lanes.each_ref().map(|lane| &lane.sum)));
        let (before, sums) = drive(
            state,
            inputs,
            outputs,
            |(before, sums), [close, volume]| {
                sums.add(each(|lane| signed(before[lane], close[lane], volume[lane])));
                *before = *close;
            },
            |(_, sums)| [sums.value()],
        );
        for (lane, before) in lanes.iter_mut().zip(before) {
            lane.before = before;
        }
        sums.put_back(lanes.each_mut().map(|lane| &mut lane.sum));
    }
}
