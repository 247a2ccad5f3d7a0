//! What the process measures of itself: counters, levels, latency histograms, and one place where they are found.
//!
//! # Rationale
//! A component owns its counters and writes them without a lock; the registry knows the component by a weak reference
//! and asks it when somebody looks. What is dropped disappears, and nobody who measures waits for somebody who reads.

mod counters;
mod histogram;
mod registry;

pub use counters::{Counter, Gauge};
pub use histogram::{Histogram, LONGEST, Summary};
pub use registry::{Measured, Measurement, Registration, Registry, Value};
