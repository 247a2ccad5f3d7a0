//! Everything of baconalgo that touches the world: threads, clocks, files, sockets.

pub mod bus;
pub mod clock;
pub mod control;
pub mod engine;
pub mod symbols;
pub mod telemetry;
