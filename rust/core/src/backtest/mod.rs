//! Whole runs, and what is made from many of them.

pub mod monte_carlo;
