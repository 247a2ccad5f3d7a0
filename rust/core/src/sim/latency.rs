use std::fmt::Debug;

use crate::types::Ts;

/// How long messages take between us and the venue, ns.
pub trait LatencyModel: Debug + Send {
    /// A new or changed order on its way there, decided at `now`.
    fn entry(&mut self, now: Ts) -> i64;
    /// A cancel on its way there.
    fn cancel(&mut self, now: Ts) -> i64;
    /// A report on its way back, made at `ts_event`.
    fn response(&mut self, ts_event: Ts) -> i64;
    /// Entry and response, where they are always the same.
    fn constant(&self) -> Option<(i64, i64)> {
        None
    }
}

/// Always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstantLatency {
    /// Orders, ns.
    pub entry: i64,
    /// Cancels, ns.
    pub cancel: i64,
    /// Reports, ns.
    pub response: i64,
}

impl LatencyModel for ConstantLatency {
    fn entry(&mut self, _now: Ts) -> i64 {
        self.entry
    }

    fn cancel(&mut self, _now: Ts) -> i64 {
        self.cancel
    }

    fn response(&mut self, _ts_event: Ts) -> i64 {
        self.response
    }

    fn constant(&self) -> Option<(i64, i64)> {
        Some((self.entry, self.response))
    }
}
