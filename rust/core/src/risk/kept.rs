//! What a snapshot keeps of the guard of an account, so that an engine that starts again decides as one that went on.

use super::breaker::Breakers;
use super::exposure::Working;
use super::rate::Window;
use super::{BreakerState, Risk, VarState};
use crate::ledger::Ledger;
use crate::order::NewOrder;
use crate::types::{InstrumentId, Ts};

/// The guard of an account, its positions and open orders left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskState {
    /// The breakers: what has tripped stays so.
    pub breakers: BreakerState,
    /// By instrument: when it was last marked, and the last order with when it was sent.
    pub instruments: Vec<(Ts, Option<(Ts, NewOrder)>)>,
    /// When the last orders were sent, as many as their rate asks for, the oldest first.
    pub orders: Vec<Ts>,
    /// When the last messages were sent.
    pub messages: Vec<Ts>,
    /// What value at risk is measured by.
    pub var: Option<VarState>,
}

impl Risk {
    /// Where it stands.
    pub fn state(&self) -> RiskState {
        let times = |window: &Option<Window>| window.as_ref().map(Window::times).unwrap_or_default();
        RiskState {
            breakers: self.breakers.state(),
            instruments: self.lines.iter().map(|line| (line.marked_at, line.last_order)).collect(),
            orders: times(&self.orders),
            messages: times(&self.messages),
            var: self.live_var.as_ref().map(|live| live.state()),
        }
    }

    /// Starts again from an account and a state, with no orders under way and the limits there are now.
    pub fn restart(&mut self, ledger: &Ledger, state: &RiskState) {
        self.forget_orders();
        for index in 0..self.lines.len() {
            let line = &mut self.lines[index];
            (line.buy, line.sell, line.last_order) = (Working::default(), Working::default(), None);
            if let Some((marked_at, last_order)) = state.instruments.get(index) {
                (line.marked_at, line.last_order) = (*marked_at, *last_order);
            }
            self.moved(InstrumentId(index as u32));
        }
        let windows = [(&mut self.orders, &state.orders), (&mut self.messages, &state.messages)];
        for (window, times) in windows {
            if let Some(window) = window {
                times.iter().for_each(|ts| window.note(*ts));
            }
        }
        if let Some(live) = &mut self.live_var {
            live.restore(state.var.as_ref());
        }
        self.breakers = Breakers::new(self.policy.guard.as_ref(), ledger.equity());
        self.breakers.restore(&state.breakers);
        self.refresh(ledger);
    }
}
