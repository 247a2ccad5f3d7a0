//! The simulated venue: where orders meet recorded markets.
//!
//! The rules are written out in `docs/simulation.md`; each modelling assumption is one small trait here:
//! [`LatencyModel`], [`FeeModel`], [`SlippageModel`], [`FillModel`].

mod fees;
mod fill;
mod latency;
mod market;
mod schedule;
mod slippage;
mod venue;

pub use fees::{FeeModel, FeePerUnit, PercentFee};
pub use fill::{FillModel, Through, Touch};
pub use latency::{ConstantLatency, LatencyModel};
pub use slippage::{PercentSlippage, SlippageModel};
pub use venue::{SimCounts, SimVenue, VenueModels};
