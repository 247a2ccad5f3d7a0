//! Momentum: how fast prices move, and where they stand in their range.

mod aroon;
mod cci;
mod mfi;
#[expect(clippy::module_inception, reason = "a file is named after its indicator")]
mod momentum;
mod roc;
mod rsi;
mod stochastic;
mod williams_r;

pub use aroon::Aroon;
pub use cci::Cci;
pub use mfi::Mfi;
pub use momentum::Momentum;
pub use roc::Roc;
pub(super) use roc::change;
pub use rsi::Rsi;
pub use stochastic::Stochastic;
pub use williams_r::WilliamsR;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[
    &rsi::SPEC,
    &stochastic::SPEC,
    &williams_r::SPEC,
    &cci::SPEC,
    &mfi::SPEC,
    &roc::SPEC,
    &momentum::SPEC,
    &aroon::SPEC,
];
