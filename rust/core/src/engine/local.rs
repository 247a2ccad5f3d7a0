use std::collections::VecDeque;

use crate::event::Event;
use crate::order::{Order, Report};
use crate::types::{NEVER, Ts};

/// What the engine itself has under way, on the local side of the wire.
#[derive(Debug, Default)]
pub(super) struct Local {
    /// Market data that happened and is not seen yet; times of sight do not decrease.
    pub(super) unseen: VecDeque<Event>,
    pub(super) last_seen: Ts,
    pub(super) timers: Vec<Timer>,
    /// Orders refused here, to be told before the next record.
    pub(super) refused: Vec<(Report, Order)>,
    /// Room for the next ones while these are told.
    pub(super) spare: Vec<(Report, Order)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    pub(super) id: u64,
    pub(super) at: Ts,
    pub(super) every: i64,
}

impl Local {
    pub(super) fn timers_due(&self) -> Ts {
        self.timers.iter().map(|timer| timer.at).min().unwrap_or(NEVER)
    }

    pub(super) fn unseen_due(&self) -> Ts {
        self.unseen.front().map_or(NEVER, |event| event.ts_recv)
    }
}
