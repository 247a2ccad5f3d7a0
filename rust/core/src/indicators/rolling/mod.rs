//! Statistics of the last rows.

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[];
