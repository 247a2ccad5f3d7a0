//! Books: what the best bid and ask say.

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[];
