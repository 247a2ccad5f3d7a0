use super::ad::Ad;
use crate::indicators::Spec;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Reach, VOLUME, make};

/// An estimate of the cumulative volume delta.
pub(super) static SPEC: Spec = Spec {
    name: "cvd_estimate",
    class: "CVDEstimate",
    title: "Cumulative volume delta where nobody knows who the aggressor was: an estimate from prices.",
    formula: "The sum so far of ``volume (2 close - high - low) / (high - low)``, 0 for a bar without a range: as if buyers had \
              taken a bar that closed at its high and sellers one that closed at its low. That is a guess: use `cvd` where \
              there is a `buy_volume`. The numbers are those of `ad`.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME],
    params: &[],
    outputs: &[Output { name: "cvd_estimate", doc: "The sum, in the unit of `volume`." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "The close location value of Marc Chaikin; TA-Lib AD.",
    example: ">>> ba.indicators.cvd_estimate([3.0, 5.0], [1.0, 1.0], [3.0, 2.0], [10.0, 20.0])\narray([10.,  0.])",
    make: |_| make(Ok(Ad::default())),
};
