use super::{ASK, ASK_SIZE, BID, BID_SIZE};
use crate::error::Error;
use crate::indicators::spec::{Missing, Output, Reach, make};
use crate::indicators::{Indicator, Spec};

/// Microprice.
pub(super) static SPEC: Spec = Spec {
    name: "microprice",
    class: "Microprice",
    title: "Microprice: the price between bid and ask, nearer to the side that holds less.",
    formula: "``bid + (ask - bid) bid_size / (bid_size + ask_size)``, which is the mean of bid and ask, each weighted with \
              the size on the other side; the mid price if there is nothing on both sides.",
    inputs: &[BID, ASK, BID_SIZE, ASK_SIZE],
    params: &[],
    outputs: &[Output { name: "microprice", doc: "The price, in the unit of the prices." }],
    missing: |_| Missing::Restart,
    warm_up: |_| 0,
    reach: |_| Reach::Rows(1),
    source: "Gatheral and Oomen, Zero-intelligence realized variance estimation, Finance and Stochastics 14, 2010.",
    example: ">>> ba.indicators.microprice([10.0], [11.0], [300.0], [100.0])\narray([10.75])",
    make: |_| make::<_, 4, 1>(Ok::<_, Error>(Microprice)),
};

/// See `SPEC`.
#[derive(Clone, Copy, Debug)]
pub struct Microprice;

#[inline(always)]
fn price([bid, ask, bid_size, ask_size]: [f64; 4]) -> f64 {
    let all = bid_size + ask_size;
    let share = if all == 0.0 { 0.5 } else { bid_size / all };
    (ask - bid).mul_add(share, bid)
}

impl Indicator<4, 1> for Microprice {
    #[inline]
    fn update(&mut self, row: [f64; 4]) -> [f64; 1] {
        [price(row)]
    }

    fn extend(&mut self, inputs: [&[f64]; 4], [out]: [&mut [f64]; 1]) {
        let columns = inputs.map(|column| &column[..out.len()]);
        for (row, out) in out.iter_mut().enumerate() {
            *out = price(columns.map(|column| column[row]));
        }
    }
}
