//! Books: what the best bid and ask say.

mod book_imbalance;
mod microprice;

pub use book_imbalance::BookImbalance;
pub use microprice::Microprice;

use super::Spec;
use super::spec::Input;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[&book_imbalance::SPEC, &microprice::SPEC];

const BID: Input = Input { name: "bid", doc: "Best bids.", optional: false };
const ASK: Input = Input { name: "ask", doc: "Best asks.", optional: false };
const BID_SIZE: Input = Input { name: "bid_size", doc: "Sizes at the best bids, units.", optional: false };
const ASK_SIZE: Input = Input { name: "ask_size", doc: "Sizes at the best asks, units.", optional: false };
