//! What an expression is made of.

use super::Input;

/// The place of a node in its [`super::Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The place of a call in its [`super::Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(super) u32);

impl CallId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A condition.
    Condition,
}

/// Operations on one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-a`
    Neg,
    /// `|a|`
    Abs,
    /// Natural logarithm; NaN below 0.
    Log,
    /// `e^a`
    Exp,
    /// Square root; NaN below 0.
    Sqrt,
    /// -1, 0 or 1.
    Sign,
}

/// Operations on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a` to the power of `b`.
    Pow,
    /// The smaller; NaN if either is.
    Min,
    /// The larger; NaN if either is.
    Max,
}

/// Comparisons; with NaN all are false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a == b`
    Eq,
    /// `a != b`, both numbers
    Ne,
}

/// Operations on two conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logic {
    /// Both.
    And,
    /// At least one.
    Or,
}

/// Directions of a cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cross {
    /// `a > b` now, `a <= b` on the row before.
    Above,
    /// `a < b` now, `a >= b` on the row before.
    Below,
}

/// Directions of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trend {
    /// Each value above the one before.
    Rising,
    /// Each value below the one before.
    Falling,
}

/// What a number is among those of all instruments at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Its rank from 0 for the smallest to 1 for the largest; equal ones share the mean of their ranks.
    Rank,
    /// Its distance from their mean, in standard deviations (ddof 0); all equal: 0.
    Zscore,
}

/// A number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// Given.
    Fixed(usize),
    /// The value of a parameter, by its place in [`super::Graph::params`].
    Param(usize),
}

/// A node; its operands are nodes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A column of the data.
    Input(Input),
    /// The bits of a constant; see [`super::Graph::constant`].
    Constant(u64),
    /// A parameter, by its place in [`super::Graph::params`].
    Param(usize),
    /// One number.
    Unary(Unary, NodeId),
    /// Two numbers.
    Binary(Binary, NodeId, NodeId),
    /// A comparison.
    Compare(Compare, NodeId, NodeId),
    /// Two conditions.
    Logic(Logic, NodeId, NodeId),
    /// The opposite of a condition.
    Not(NodeId),
    /// The second where the first holds, else the third.
    Where(NodeId, NodeId, NodeId),
    /// An output of a [`super::Call`], by its place.
    Output(CallId, usize),
    /// The value so many rows ago.
    Lag(NodeId, Period),
    /// Two numbers cross.
    Cross(Cross, NodeId, NodeId),
    /// A number has risen or fallen on each of the last so many rows.
    Trend(Trend, NodeId, Period),
    /// The count, from the epoch on, of the interval of so many nanoseconds that the row's time is in; of
    /// a bar its start. UTC grid, whole weeks from Monday.
    Session(i64),
    /// The node over bars of so many nanoseconds that are built from the rows: its value at the last of
    /// them that has closed.
    Frame(NodeId, i64),
    /// A number among those of all instruments at the same time.
    Section(Section, NodeId),
    /// Whether a number is among the so many largest of all instruments at the same time; equal to the
    /// last of them is among them.
    Top(NodeId, Period),
}
