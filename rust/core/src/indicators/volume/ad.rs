use super::running_sum::RunningSum;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Reach, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Accumulation and distribution.
pub(super) static SPEC: Spec = Spec {
    name: "ad",
    class: "AD",
    title: "Accumulation and distribution: the volume so far, by where in its range each bar closed.",
    formula: "The sum so far of ``volume ((close - low) - (high - close)) / (high - low)``: all of the volume if a bar closed at \
              its high, less all of it if it closed at its low. A bar without a range adds 0.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME],
    params: &[],
    outputs: &[Output { name: "ad", doc: "The sum, in the unit of `volume`." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "Marc Chaikin; TA-Lib AD.",
    example: ">>> ba.indicators.ad([3.0, 5.0], [1.0, 1.0], [3.0, 2.0], [10.0, 20.0])\narray([10.,  0.])",
    make: |_| make(Ok(Ad::default())),
};

/// See `SPEC`.
#[derive(Clone, Debug, Default)]
pub struct Ad(RunningSum);

/// The volume of a bar by where it closed in its range.
#[inline(always)]
fn flow(high: f64, low: f64, close: f64, volume: f64) -> f64 {
    let range = high - low;
    let flow = ((close - low) - (high - close)) / range * volume;
    if range > 0.0 { flow } else { 0.0 }
}

impl Indicator<4, 1> for Ad {
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        [self.0.update(flow(high, low, close, volume))]
    }

    fn extend(&mut self, [high, low, close, volume]: [&[f64]; 4], [out]: [&mut [f64]; 1]) {
        for ((((out, high), low), close), volume) in out.iter_mut().zip(high).zip(low).zip(close).zip(volume) {
            *out = flow(*high, *low, *close, *volume);
        }
        self.0.extend(out);
    }
}
