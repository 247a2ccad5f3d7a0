//! Moving averages.

mod ema;
mod sma;

pub use ema::Ema;
pub use sma::Sma;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[&ema::SPEC, &sma::SPEC];
