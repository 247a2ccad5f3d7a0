//! Volatility: how far prices move, and bands around them.

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[];
