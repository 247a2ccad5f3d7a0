//! Numbers of the commands that a control record carries.

/// Cancel everything, close everything, refuse everything.
pub const EMERGENCY_STOP: u64 = 1;
