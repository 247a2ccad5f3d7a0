use crate::indicators::spec::{BUY_VOLUME, Missing, Output, Reach, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Volume delta.
pub(super) static SPEC: Spec = Spec {
    name: "delta",
    class: "Delta",
    title: "Volume delta: what buyers took less what sellers took.",
    formula: "``buy_volume - (volume - buy_volume) = 2 buy_volume - volume``, `buy_volume` being the volume of trades whose \
              aggressor bought.",
    inputs: &[VOLUME, BUY_VOLUME],
    params: &[],
    outputs: &[Output { name: "delta", doc: "The difference, in the unit of `volume`." }],
    missing: |_| Missing::Restart,
    warm_up: |_| 0,
    reach: |_| Reach::Rows(1),
    source: "Order flow as exchanges report it: `taker buy base asset volume` in the bars of Binance.",
    example: ">>> ba.indicators.delta([10.0, 20.0], [7.0, 5.0])\narray([  4., -10.])",
    make: |_| make(Ok(Delta)),
};

/// See `SPEC`.
#[derive(Clone, Copy, Debug)]
pub struct Delta;

/// What buyers took less what sellers took.
#[inline(always)]
pub(super) fn delta(volume: f64, buy_volume: f64) -> f64 {
    2.0 * buy_volume - volume
}

impl Indicator<2, 1> for Delta {
    fn update(&mut self, [volume, buy_volume]: [f64; 2]) -> [f64; 1] {
        [delta(volume, buy_volume)]
    }

    fn extend(&mut self, [volume, buy_volume]: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        for ((out, volume), buy_volume) in out.iter_mut().zip(volume).zip(buy_volume) {
            *out = delta(*volume, *buy_volume);
        }
    }
}
