//! Typed errors: which parameter, which rule, which value.
//!
//! Three kinds of no: a *reject* is data and travels in events ([`crate::order::Reject`]), an *error*
//! is one of these, a *bug* asserts.

use std::fmt;

/// What an error is about; each kind is one exception class in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Market data that cannot be used.
    Data,
    /// An order that cannot be understood.
    Order,
    /// A setting.
    Config,
    /// The engine itself: overflow, wrong state.
    Engine,
    /// A user's strategy failed.
    Strategy,
    /// The message bus.
    Bus,
    /// A ring is full.
    Backpressure,
}

/// An error that names the parameter, the rule and the value: `period must be >= 1, was 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// Boxed, so that a `Result` on the hot path is one register and not eighty bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: ErrorKind,
    code: u16,
    parameter: String,
    rule: String,
    value: String,
}

impl Error {
    /// An error; it reads `{parameter} {rule}, was {value}`.
    pub fn new(
        kind: ErrorKind,
        code: u16,
        parameter: impl Into<String>,
        rule: impl Into<String>,
        value: impl fmt::Display,
    ) -> Self {
        Self(Box::new(Parts { kind, code, parameter: parameter.into(), rule: rule.into(), value: value.to_string() }))
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Its number: 1xxx input, 2xxx risk, 3xxx matching, 4xxx venue, 8xxx infrastructure.
    pub fn code(&self) -> u16 {
        self.0.code
    }

    /// The parameter at fault.
    pub fn parameter(&self) -> &str {
        &self.0.parameter
    }

    /// The rule it breaks, as `must be >= 1`.
    pub fn rule(&self) -> &str {
        &self.0.rule
    }

    /// The value it had.
    pub fn value(&self) -> &str {
        &self.0.value
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, was {}", self.0.parameter, self.0.rule, self.0.value)
    }
}

impl std::error::Error for Error {}
