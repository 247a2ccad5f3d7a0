//! Distance between the two ends of a ring.

/// The last field of what is written with every event, so that the other end, if it lies beside it on a stack or in a
/// struct, is on other cache lines.
///
/// Room and not alignment: what holds a producer or a consumer may itself be where nobody heeds more than the usual
/// alignment, an object of Python for one.
#[derive(Clone, Copy)]
pub(crate) struct Apart {
    _room: [u8; 128],
}

impl Default for Apart {
    fn default() -> Self {
        Self { _room: [0; 128] }
    }
}
