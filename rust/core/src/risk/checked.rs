//! Errors of the risk numbers, and the checks that all of them share.

use std::fmt::Display;

use crate::error::{Error, ErrorKind};

/// Data that cannot be used.
pub(super) fn bad_data(parameter: &str, rule: impl Into<String>, value: impl Display) -> Error {
    Error::new(ErrorKind::Data, 1001, parameter, rule, value)
}

/// A setting out of its range.
pub(super) fn bad_setting(parameter: &str, rule: impl Into<String>, value: impl Display) -> Error {
    Error::new(ErrorKind::Config, 1001, parameter, rule, value)
}

/// All values finite.
pub(super) fn finite(parameter: &str, values: &[f64]) -> Result<(), Error> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((at, value)) => Err(bad_data(parameter, "must be finite", format!("{value} at {at}"))),
        None => Ok(()),
    }
}

/// Finite values, `least` of them at least.
pub(super) fn sample(parameter: &str, values: &[f64], least: usize) -> Result<(), Error> {
    if values.len() < least {
        return Err(bad_data(parameter, format!("must be at least {least} long"), values.len()));
    }
    finite(parameter, values)
}

/// A confidence level inside (0.5, 1).
pub(super) fn confidence(level: f64) -> Result<(), Error> {
    if level > 0.5 && level < 1.0 { Ok(()) } else { Err(bad_setting("confidence", "must be > 0.5 and < 1", level)) }
}

/// `wanted` entries.
pub(super) fn length(parameter: &str, found: usize, wanted: usize) -> Result<(), Error> {
    if found == wanted { Ok(()) } else { Err(bad_data(parameter, format!("must have {wanted} entries"), found)) }
}

/// A finite number above zero.
pub(super) fn positive(parameter: &str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(bad_setting(parameter, "must be > 0", value)) }
}
