//! The wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use baconalgo_core::types::Ts;

/// Now, ns since the epoch, by the system's clock: stamps can be compared across processes, and may step back when the
/// clock is set.
#[inline]
pub fn wall_clock() -> Ts {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Ts::try_from(since.as_nanos()).unwrap_or(Ts::MAX),
        Err(before) => Ts::try_from(before.duration().as_nanos()).map_or(Ts::MIN, |nanos| -nanos),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_later_than_when_this_was_written() {
        assert!(wall_clock() > 1_700_000_000_000_000_000);
    }
}
