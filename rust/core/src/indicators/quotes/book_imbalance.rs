use super::{ASK_SIZE, BID_SIZE};
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Imbalance of the book.
pub(super) static SPEC: Spec = Spec {
    name: "book_imbalance",
    class: "BookImbalance",
    title: "Imbalance of the book: which side of the best prices holds more.",
    formula: "``(bid_size - ask_size) / (bid_size + ask_size)``; 0 if there is nothing on both sides.",
    inputs: &[BID_SIZE, ASK_SIZE],
    params: &[],
    outputs: &[Output { name: "book_imbalance", doc: "-1 (asks only) to 1 (bids only)." }],
    missing: |_| Missing::Restart,
    warm_up: |_| 0,
    reach: |_| Reach::Rows(1),
    source: "Cartea, Jaimungal and Penalva, Algorithmic and High-Frequency Trading, 2015, section 12.1.",
    example: ">>> ba.indicators.book_imbalance([300.0, 0.0], [100.0, 0.0])\narray([0.5, 0. ])",
    make: |_| make::<_, 2, 1>(Ok::<_, Error>(BookImbalance)),
};

/// See `SPEC`.
#[derive(Clone, Copy, Debug)]
pub struct BookImbalance;

#[inline(always)]
fn imbalance(bid_size: f64, ask_size: f64) -> f64 {
    let all = bid_size + ask_size;
    if all == 0.0 { 0.0 } else { (bid_size - ask_size) / all }
}

impl Indicator<2, 1> for BookImbalance {
    #[inline]
    fn update(&mut self, [bid_size, ask_size]: [f64; 2]) -> [f64; 1] {
        [imbalance(bid_size, ask_size)]
    }

    fn extend(&mut self, [bid_size, ask_size]: [&[f64]; 2], [out]: [&mut [f64]; 1]) {
        for ((out, bid_size), ask_size) in out.iter_mut().zip(bid_size).zip(ask_size) {
            *out = imbalance(*bid_size, *ask_size);
        }
    }
}
