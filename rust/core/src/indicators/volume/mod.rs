//! Volume and price together.

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[];
