//! Momentum: how fast prices move, and where they stand in their range.

mod rsi;
mod williams_r;

pub use rsi::Rsi;
pub use williams_r::WilliamsR;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[&rsi::SPEC, &williams_r::SPEC];
