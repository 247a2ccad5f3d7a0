use super::delta::delta;
use super::running_sum::{EightSums, RunningSum};
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, STRIP, each, strips};
use crate::indicators::spec::{BUY_VOLUME, Missing, Output, Reach, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Cumulative volume delta.
pub(super) static SPEC: Spec = Spec {
    name: "cvd",
    class: "CVD",
    title: "Cumulative volume delta: what buyers took so far less what sellers took.",
    formula: "The sum so far of ``2 buy_volume - volume``, `buy_volume` being the volume of trades whose aggressor bought.",
    inputs: &[VOLUME, BUY_VOLUME],
    params: &[],
    outputs: &[Output { name: "cvd", doc: "The sum, in the unit of `volume`." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "Order flow as exchanges report it: `taker buy base asset volume` in the bars of Binance.",
    example: ">>> ba.indicators.cvd([10.0, 20.0], [7.0, 5.0])\narray([ 4., -6.])",
    make: |_| make(Ok(Cvd::default())),
};

/// See `SPEC`.
#[derive(Clone, Debug, Default)]
pub struct Cvd(RunningSum);

impl Indicator<2, 1> for Cvd {
    const ROWS: usize = ANY_NUMBER;

    fn update(&mut self, [volume, buy_volume]: [f64; 2]) -> [f64; 1] {
        [self.0.update(delta(volume, buy_volume))]
    }

    fn extend(&mut self, [volume, buy_volume]: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        for ((out, volume), buy_volume) in out.iter_mut().zip(volume).zip(buy_volume) {
            *out = delta(*volume, *buy_volume);
        }
        self.0.extend(out);
    }

    fn advance(&mut self, inputs: [&[f64]; 2], outputs: [&mut [f64]; 1]) -> usize {
        groups::advance(self, inputs, outputs, |cvd| cvd.0.is_between_blocks(), Self::steady_rows)
    }
}

impl Cvd {
    fn steady_rows(&mut self, [volume, bought]: [&[f64]; 2], [out]: &mut [&mut [f64]; 1], mut row: usize) -> usize {
        let mut sum = self.0;
        let columns = groups(volume, row).iter().zip(groups(bought, row)).zip(groups_mut(out, row));
        for ((volume, bought), out) in columns {
            let values = std::array::from_fn(|i| delta(volume[i], bought[i]));
            let (mut next, mut sums) = (sum, [0.0; GROUP]);
            next.take_group(&values, &mut sums);
            // The last sum has been through every value: a missing one would show in it.
            if !next.is_finite() {
                break;
            }
            (sum, *out) = (next, sums);
            row += GROUP;
        }
        self.0 = sum;
        row
    }
}

impl Lanes<2, 1> for Cvd {
    type Abreast = EightSums;

    fn join(lanes: &[Self; LANES]) -> Option<EightSums> {
        EightSums::of(lanes.each_ref().map(|lane| &lane.0))
    }

    fn part(eight: &EightSums, lanes: &mut [Self; LANES]) {
        eight.put_back(lanes.each_mut().map(|lane| &mut lane.0));
    }
}

impl Abreast<2, 1> for EightSums {
    fn warming(&self) -> usize {
        0
    }

    fn update(&mut self, [volume, buy_volume]: [&Lane; 2]) -> [Lane; 1] {
        [self.add(each(|lane| delta(volume[lane], buy_volume[lane])))]
    }

    fn extend(&mut self, inputs: [&[Lane]; 2], outputs: [&mut [Lane]; 1]) {
        let strip = |sums: &mut Self, [volume, buy_volume]: [&[Lane; STRIP]; 2]| {
            for lane in 0..LANES {
                sums.add_strip(lane, std::array::from_fn(|row| delta(volume[row][lane], buy_volume[row][lane])));
            }
        };
        strips(self, inputs, outputs, Self::is_between_blocks, strip, Abreast::update);
    }
}
