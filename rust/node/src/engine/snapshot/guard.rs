//! The guard of the account in a snapshot: breakers, times of orders and marks, the returns of value at risk.

use baconalgo_core::error::Error;
use baconalgo_core::order::Order;
use baconalgo_core::risk::{BreakerState, Cause, RiskState, VarState};
use rkyv::{Archive, Deserialize, Serialize};

use super::{KeptOrder, damaged};

#[derive(Archive, Serialize, Deserialize)]
struct KeptBreakers {
    day: (i128, bool),
    fall: (i128, bool),
    day_ends: i64,
    day_equity: i128,
    equity: i128,
    warned: bool,
    tripped_at: Option<i64>,
    trip: Option<(i64, u8, i128, i128)>,
    killed: bool,
}

/// One instrument: when it was marked, its last order.
#[derive(Archive, Serialize, Deserialize)]
struct KeptLine {
    marked_at: i64,
    last_order: Option<(i64, KeptOrder)>,
}

/// The returns of one instrument.
#[derive(Archive, Serialize, Deserialize)]
struct KeptReturns {
    last: i64,
    closed: i64,
    seen: u32,
    returns: Vec<i32>,
}

#[derive(Archive, Serialize, Deserialize)]
struct KeptVar {
    interval: i64,
    ends: i64,
    marked: bool,
    closes: u64,
    kept: u64,
    names: Vec<KeptReturns>,
}

#[derive(Archive, Serialize, Deserialize)]
pub(super) struct KeptRisk {
    breakers: KeptBreakers,
    lines: Vec<KeptLine>,
    orders: Vec<i64>,
    messages: Vec<i64>,
    var: Option<KeptVar>,
}

impl From<&RiskState> for KeptRisk {
    fn from(state: &RiskState) -> Self {
        let breakers = &state.breakers;
        let lines = state.instruments.iter().map(|(marked_at, last)| KeptLine {
            marked_at: *marked_at,
            last_order: last.map(|(ts, request)| (ts, KeptOrder::from(&Order::new(request, ts)))),
        });
        Self {
            breakers: KeptBreakers {
                day: breakers.day,
                fall: breakers.fall,
                day_ends: breakers.day_ends,
                day_equity: breakers.day_equity,
                equity: breakers.equity,
                warned: breakers.warned,
                tripped_at: breakers.tripped_at,
                trip: breakers.trip.map(|(ts, cause, loss, bound)| (ts, cause as u8, loss, bound)),
                killed: breakers.killed,
            },
            lines: lines.collect(),
            orders: state.orders.clone(),
            messages: state.messages.clone(),
            var: state.var.as_ref().map(KeptVar::from),
        }
    }
}

impl From<&VarState> for KeptVar {
    fn from(state: &VarState) -> Self {
        let names = state.names.iter().map(|(last, closed, seen, returns)| KeptReturns {
            last: *last,
            closed: *closed,
            seen: *seen,
            returns: returns.clone(),
        });
        Self {
            interval: state.interval,
            ends: state.ends,
            marked: state.marked,
            closes: state.closes,
            kept: state.kept,
            names: names.collect(),
        }
    }
}

impl ArchivedKeptRisk {
    pub(super) fn state(&self) -> Result<RiskState, Error> {
        let lines = self.lines.iter().map(|line| {
            let last = match line.last_order.as_ref() {
                Some(last) => Some((last.0.to_native(), last.1.order()?.request)),
                None => None,
            };
            Ok((line.marked_at.to_native(), last))
        });
        Ok(RiskState {
            breakers: self.breakers.state().ok_or_else(|| damaged("breakers", 0))?,
            instruments: lines.collect::<Result<_, Error>>()?,
            orders: self.orders.iter().map(|ts| ts.to_native()).collect(),
            messages: self.messages.iter().map(|ts| ts.to_native()).collect(),
            var: self.var.as_ref().map(ArchivedKeptVar::state),
        })
    }
}

impl ArchivedKeptBreakers {
    fn state(&self) -> Option<BreakerState> {
        let trip = match self.trip.as_ref() {
            Some(trip) => Some((trip.0.to_native(), Cause::of(trip.1)?, trip.2.to_native(), trip.3.to_native())),
            None => None,
        };
        Some(BreakerState {
            day: (self.day.0.to_native(), self.day.1),
            fall: (self.fall.0.to_native(), self.fall.1),
            day_ends: self.day_ends.to_native(),
            day_equity: self.day_equity.to_native(),
            equity: self.equity.to_native(),
            warned: self.warned,
            tripped_at: self.tripped_at.as_ref().map(|ts| ts.to_native()),
            trip,
            killed: self.killed,
        })
    }
}

impl ArchivedKeptVar {
    fn state(&self) -> VarState {
        let names = self.names.iter().map(|name| {
            let returns = name.returns.iter().map(|change| change.to_native()).collect();
            (name.last.to_native(), name.closed.to_native(), name.seen.to_native(), returns)
        });
        VarState {
            interval: self.interval.to_native(),
            ends: self.ends.to_native(),
            marked: self.marked,
            closes: self.closes.to_native(),
            kept: self.kept.to_native(),
            names: names.collect(),
        }
    }
}
