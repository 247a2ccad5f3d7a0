//! Expressions over market data, evaluated in blocks of rows.
//!
//! A [`Graph`] holds typed nodes, each distinct one once. [`Program`] turns what some of them need into
//! a flat list of operations on columns of at most [`BLOCK`] rows; a [`Machine`] runs it, with the
//! memory of every indicator in a [`State`]. [`ExprSignals`] makes wanted positions out of up to four
//! conditions, [`evaluate`] a column out of one expression.
//!
//! # Rationale
//! Each operation is one tight loop over a column that stays in the cache; most run in vectors, and the
//! cost of choosing the operation is shared by a thousand rows. There is no code generation: the first
//! row comes out as fast as the last. How rows are cut into blocks never shows in a result.
//!
//! What remembers - an indicator, a pattern, something of a user's own - is a [`Call`], computed once for
//! all of its outputs. [`Node::Frame`] runs a part of the graph over bars of a longer timeframe that are
//! built from the rows, [`Node::Section`] compares instruments: [`evaluate_universe`].
//!
//! # Missing data
//! NaN stands for a missing number. Arithmetic, `minimum` and `maximum` with NaN give NaN; every
//! comparison with NaN is false, `!=` too; `where` looks only at the branch it takes. A cross needs
//! numbers on this row and on the one before.

mod call;
mod frame;
mod graph;
mod input;
pub(crate) mod kernels;
mod machine;
mod node;
mod program;
mod section;
mod signals;
#[cfg(test)]
mod tests;

pub use call::{Call, Callee, Custom, CustomStream, MOST, Setting, spec_of};
pub use graph::{Graph, Param};
pub use input::{Input, Table};
pub use machine::{Live, Machine, State, evaluate, evaluate_many};
pub use node::{Binary, CallId, Compare, Cross, Kind, Logic, Node, NodeId, Period, Section, Trend, Unary};
pub use program::Program;
pub use section::{compare, evaluate_universe, sections, top};
pub use signals::{ExprSignals, Rules};

/// The most rows a column register holds: a few of them fit the first-level cache together.
pub const BLOCK: usize = 1024;
