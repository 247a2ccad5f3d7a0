//! Typed errors: which parameter, which rule, which value.
//!
//! Three kinds of no: a *reject* is data and travels in events ([`crate::order::Reject`]), an *error*
//! is one of these, a *bug* asserts.

use std::borrow::Cow;
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
        write!(f, "{} {}, was {}", self.0.parameter, self.0.rule, shown(&self.0.value))
    }
}

/// What a message calls a value: a number without `.0`, in groups of three digits from 10,000 on. Python's
/// `baconalgo.errors.shown` says the same.
fn shown(value: &str) -> Cow<'_, str> {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |rest| ("-", rest));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !number(whole) || !(rest.is_empty() || number(&rest[1..])) {
        return value.into();
    }
    let rest = if rest == ".0" { "" } else { rest };
    if whole.len() <= 4 {
        return format!("{sign}{whole}{rest}").into();
    }
    let zeros = whole.bytes().take_while(|digit| *digit == b'0').count();
    let whole = &whole[zeros.min(whole.len() - 1)..];
    let mut shown = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown.push_str(rest);
    shown.into()
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn numbers_read_as_people_write_them_and_all_else_as_it_is() {
        let cases = [
            ("50000", "50,000"),
            ("50000.0", "50,000"),
            ("-1234567.5", "-1,234,567.5"),
            ("2048", "2048"),
            ("0.0", "0"),
            ("-0.5", "-0.5"),
            ("1e300", "1e300"),
            ("'12345'", "'12345'"),
            ("67108865 bytes", "67108865 bytes"),
            ("12345.", "12345."),
            ("", ""),
            ("-", "-"),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(value), expected);
        }
    }
}
