use std::fmt::Debug;

use crate::types::{Px, Side};

/// When a resting limit order fills.
pub trait FillModel: Debug + Send {
    /// Whether an order resting at `limit` fills when the other side shows, or a trade prints, `px`.
    fn fills(&self, side: Side, limit: Px, px: Px) -> bool;
}

/// Only when the market trades through it: a buy when px < limit. There was nobody left in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through;

/// When the market touches it: a buy when px <= limit. Optimistic: it assumes the front of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch;

impl FillModel for Through {
    fn fills(&self, side: Side, limit: Px, px: Px) -> bool {
        (limit.0 - px.0) * side.sign() > 0
    }
}

impl FillModel for Touch {
    fn fills(&self, side: Side, limit: Px, px: Px) -> bool {
        (limit.0 - px.0) * side.sign() >= 0
    }
}
