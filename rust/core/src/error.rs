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
}

/// An error that names the parameter, the rule and the value: `period must be >= 1, was 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
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
        Self { kind, code, parameter: parameter.into(), rule: rule.into(), value: value.to_string() }
    }

    /// What it is about.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Its number: 1xxx input, 2xxx risk, 3xxx matching, 4xxx venue, 8xxx infrastructure.
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The parameter at fault.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The rule it breaks, as `must be >= 1`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The value it had.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, was {}", self.parameter, self.rule, self.value)
    }
}

impl std::error::Error for Error {}
