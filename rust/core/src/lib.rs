//! The trading logic of baconalgo: synchronous, deterministic, without I/O, clock or threads of its own.
//!
//! # Layout
//! Modules import only from rows above (checked by a test):
//! ```text
//! 0  types   error   rng
//! 1  event   bar
//! 2  indicators   order   data
//! 3  patterns   ledger   metrics
//! 4  expr   risk
//! 5  scanner   signals   strategy   venue
//! 6  engine   sim          (neither imports the other)
//! 7  backtest
//! ```

pub mod backtest;
pub mod bar;
pub mod data;
pub mod engine;
pub mod error;
pub mod event;
pub mod expr;
pub mod indicators;
pub mod ledger;
pub mod metrics;
pub mod order;
pub mod patterns;
pub mod risk;
pub mod rng;
pub mod scanner;
pub mod signals;
pub mod sim;
pub mod strategy;
pub mod types;
pub mod venue;
