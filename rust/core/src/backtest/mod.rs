//! Running strategies over recorded markets, and what comes out.

pub mod monte_carlo;
#[cfg(feature = "data")]
mod outcome;
mod recorder;
#[cfg(feature = "data")]
mod run;
#[cfg(feature = "data")]
pub mod tables;

#[cfg(feature = "data")]
pub use outcome::{Finished, Outcome, OutcomeHash, Totals};
pub use recorder::{EquityEvent, EquityRow, Recorder, Rows};
#[cfg(feature = "data")]
pub use run::{Ending, RunOptions, bases, run};
