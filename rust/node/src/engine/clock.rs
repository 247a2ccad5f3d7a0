//! What time it is.
//!
//! # Rationale
//! Stamps are wall clock times that never run backwards: the wall clock is read once in the process, and from then
//! on the monotonic clock is added. A step of the wall clock while trading changes no latency and no order of
//! events. A stamp costs one call of the vDSO (about 23 ns where these lines were written); reading the time stamp
//! counter directly would save half of that and need a calibration for each machine, so it is not done.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use baconalgo_core::types::Ts;

/// The wall clock and the monotonic clock, read at one moment.
static ANCHOR: OnceLock<(Ts, Instant)> = OnceLock::new();

/// Now, ns since the epoch; does not decrease.
#[inline]
pub fn now() -> Ts {
    let (wall, began) = ANCHOR.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as Ts);
        (wall, Instant::now())
    });
    wall.saturating_add(began.elapsed().as_nanos() as Ts)
}

/// Where an engine's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// This machine: a message happens when it is taken from the ring.
    #[default]
    System,
    /// The messages: each happens at its own time, an order at the time of the last record before it. The same
    /// messages then have the same outcome whenever they are sent.
    Replay,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_does_not_run_backwards_and_is_near_the_wall_clock() {
        let stamps: Vec<Ts> = (0..1_000).map(|_| now()).collect();
        assert!(stamps.is_sorted());
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as Ts;
        assert!((wall - now()).abs() < 60_000_000_000);
    }
}
