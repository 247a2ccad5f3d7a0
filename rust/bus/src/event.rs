//! What a ring can hold.

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// What a ring can hold: plain values that several threads may read at once.
///
/// `Copy`, because a slot is overwritten without being dropped; `Sync`, because consumers on different threads are
/// given references to the same slot.
pub trait Event: Copy + Send + Sync + 'static {}

impl<T: Copy + Send + Sync + 'static> Event for T {}

/// Events without padding whose every bit pattern is valid: those a [`Tap`](crate::Tap) can copy while they are
/// overwritten, and throw away afterwards.
pub trait Pod: Event + FromBytes + IntoBytes + Immutable {}

impl<T: Event + FromBytes + IntoBytes + Immutable> Pod for T {}
