//! Volatility: how far prices move, and bands around them.

mod adx;
mod atr;
mod bollinger;
mod donchian;
mod ichimoku;
mod keltner;
mod log_return;
mod parabolic_sar;
mod realised_volatility;
mod supertrend;
mod true_range;

pub use adx::Adx;
pub use atr::Atr;
pub use bollinger::Bollinger;
pub use donchian::Donchian;
pub use ichimoku::Ichimoku;
pub use keltner::Keltner;
pub use parabolic_sar::ParabolicSar;
pub use realised_volatility::RealisedVolatility;
pub use supertrend::Supertrend;
pub use true_range::TrueRange;

use super::{Spec, smoothing};

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[
    &true_range::SPEC,
    &atr::SPEC,
    &adx::SPEC,
    &bollinger::SPEC,
    &keltner::SPEC,
    &donchian::SPEC,
    &ichimoku::SPEC,
    &supertrend::SPEC,
    &parabolic_sar::SPEC,
    &realised_volatility::SPEC,
];
