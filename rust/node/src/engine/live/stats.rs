//! What an engine measured, at a glance.

use std::sync::atomic::Ordering;

use super::super::shared::{STAGES, State};
use super::LiveEngine;
use crate::telemetry::Summary;

/// What an engine measured, at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What it is doing.
    pub state: State,
    /// Messages taken and carried out or refused.
    pub messages: u64,
    /// From published to done, ns.
    pub latency: Summary,
    /// Stages of one message in 64, ns, by name.
    pub stages: Vec<(&'static str, Summary)>,
    /// Orders from messages.
    pub orders: u64,
    /// Orders that are done and filled, in part or whole.
    pub executed: u64,
    /// Fills.
    pub fills: u64,
    /// Messages and orders refused.
    pub rejected: u64,
    /// By code.
    pub rejects: Vec<(u16, u64)>,
    /// Messages with a value taken to the nearest step of an instrument that nobody described.
    pub rounded: u64,
    /// Messages a second, between the first and the last one taken.
    pub throughput: f64,
    /// Messages that wait.
    pub queued: u64,
    /// The core that the engine's thread is pinned to.
    pub core: Option<usize>,
    /// Equity and cash as of the last batch.
    pub equity: f64,
    /// Cash.
    pub cash: f64,
    /// Open positions.
    pub positions: usize,
}

impl LiveEngine {
    /// What it measured.
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let queued = self
            .gate
            .lock()
            .as_ref()
            .map_or(0, |gate| gate.ring.cursor().saturating_sub(gate.done.load(Ordering::Acquire)));
        Stats {
            state: shared.state(),
            messages: shared.messages.get(),
            latency: shared.latency.summary(),
            stages: STAGES.iter().zip(&shared.stages).map(|(name, h)| (*name, h.summary())).collect(),
            orders: shared.orders.get(),
            executed: shared.executed.get(),
            fills: shared.fills.get(),
            rejected: shared.rejected.get(),
            rejects: shared.rejects(),
            rounded: shared.rounded.get(),
            throughput: shared.throughput(),
            queued,
            core: shared.pinning.lock().core(),
            equity: f64::from_bits(shared.equity.load(Ordering::Relaxed)),
            cash: f64::from_bits(shared.cash.load(Ordering::Relaxed)),
            positions: shared.board.open(),
        }
    }
}
