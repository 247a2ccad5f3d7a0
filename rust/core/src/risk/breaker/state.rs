use super::{Breakers, Cause, Condition, Incident};
use crate::types::{Money, Ts};

/// The breakers of an account, as a snapshot keeps them: a restart is no reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BreakerState {
    /// What the losses of the day are measured from, and whether they have warned.
    pub day: (Money, bool),
    /// The peak of equity, and whether the fall from it has warned.
    pub fall: (Money, bool),
    /// When the day ends.
    pub day_ends: Ts,
    /// Equity at the start of the day.
    pub day_equity: Money,
    /// Equity when it was last seen.
    pub equity: Money,
    /// Whether a warning stands.
    pub warned: bool,
    /// When they tripped, if they have.
    pub tripped_at: Option<Ts>,
    /// What tripped them, with when, the loss and its bound.
    pub trip: Option<(Ts, Cause, Money, Money)>,
    /// Whether the kill switch is on.
    pub killed: bool,
}

impl Breakers {
    /// Where they stand. The incidents before the last trip are not part of it.
    pub fn state(&self) -> BreakerState {
        let tripped = self.condition == Condition::Tripped;
        let trips = |incident: &&Incident| tripped && incident.condition == Condition::Tripped;
        let trip = self.incidents.iter().rev().find(trips);
        BreakerState {
            day: (self.day.base, self.day.warned),
            fall: (self.fall.base, self.fall.warned),
            day_ends: self.day_ends,
            day_equity: self.day_equity,
            equity: self.equity,
            warned: self.condition == Condition::Warning,
            tripped_at: self.tripped_at,
            trip: trip.map(|incident| (incident.ts, incident.cause, incident.loss, incident.bound)),
            killed: self.killed,
        }
    }

    /// Goes on from a state, with the limits there are now.
    pub(in crate::risk) fn restore(&mut self, state: &BreakerState) {
        (self.day.base, self.day.warned) = state.day;
        (self.fall.base, self.fall.warned) = state.fall;
        (self.day_ends, self.day_equity, self.equity) = (state.day_ends, state.day_equity, state.equity);
        (self.tripped_at, self.killed) = (state.tripped_at, state.killed);
        self.bound_fall();
        if let Some((ts, cause, loss, bound)) = state.trip {
            self.change(ts, cause, Condition::Tripped, loss, bound);
        } else if state.warned {
            self.condition = Condition::Warning;
        }
    }
}
