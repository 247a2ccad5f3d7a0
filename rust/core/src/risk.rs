//! The check that every order passes before it reaches a venue.
//!
//! Only [`Risk`] makes an [`Approved`], and a venue takes nothing else: the type is the proof. The same struct
//! guards a backtest, a live engine and a notebook.
//!
//! # The order of the checks
//! The first failure names the code: input, breaker, data, size, notional, count, exposure, loss, drawdown.
//! An order *adds risk* by the lots that it has beyond those that close its position: of 15 bought against 10
//! short, 5. Breaker, data, count, exposure, loss and drawdown judge only what adds risk: an order that only
//! reduces passes them all. Size, notional and collar judge every order.
//!
//! # The worst case
//! Everything under way counts as if it filled whole, on the side on which that is worse: a market order at its
//! collar price, where there is a collar, any other at its own price or the mark, whichever is farther from zero;
//! an order and a change of it at the worse of the two. Shorts add exposure as longs do.
//!
//! # Rationale
//! Sums over instruments are kept, not recomputed: a mark or a fill notes that its instrument has changed, and a
//! check brings up to date what is noted. So a check costs the same among 10,000 instruments as alone. Decisions are
//! made in integers; floats only tell people how close a limit was.

mod breaker;
mod check;
mod checked;
pub mod cholesky;
pub mod clusters;
pub mod correlation;
pub mod covariance;
mod denied;
pub mod distributions;
pub mod eigen;
mod exposure;
pub mod hayashi_yoshida;
mod kept;
pub mod live;
mod live_var;
pub mod matrix;
pub mod model_tests;
mod policy;
pub mod portfolio;
mod rate;
pub mod repair;
pub mod simulation;
pub mod sizing;
mod state;
pub mod stress;
mod uses;
pub mod value_at_risk;
mod var_limit;

pub use breaker::{BreakerState, Breakers, Cause, Condition, Incident};
pub use denied::Denied;
pub use exposure::{Dimension, Totals};
pub use kept::RiskState;
pub use live_var::{VarRule, VarState};
pub use policy::{Guard, InstrumentLimits, OrderLimits, Rate, RiskPolicy, SymbolRules, share};
pub use state::{InstrumentRisk, Risk};
pub use uses::{Use, Uses};

use crate::types::{MaybePx, Px};

/// Proof that `T` passed the risk check.
///
/// Nothing else can make one:
/// ```compile_fail,E0451
/// let forged = baconalgo_core::risk::Approved { approved: 7, worst: Default::default() };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved<T> {
    approved: T,
    worst: MaybePx,
}

impl<T> Approved<T> {
    const fn new(approved: T) -> Self {
        Self { approved, worst: MaybePx::NONE }
    }

    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.approved
    }

    /// The worst price at which an order without a limit may fill: what it was judged at. The venue sees to it.
    pub const fn worst(&self) -> Option<Px> {
        self.worst.get()
    }

    /// What was approved, by value.
    pub fn into_inner(self) -> T {
        self.approved
    }
}

impl<T: Copy> Approved<&T> {
    /// What was approved, apart from where it stood.
    #[inline]
    pub const fn copied(self) -> Approved<T> {
        Approved { approved: *self.approved, worst: self.worst }
    }
}

#[cfg(test)]
mod tests;
