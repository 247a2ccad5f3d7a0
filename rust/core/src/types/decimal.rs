use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// An exact decimal: `mantissa x 10^-scale`, at most 18 decimals.
///
/// Used for what is written down once (tick size, lot size, multiplier, rates), not for arithmetic on
/// a hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

impl Decimal {
    /// The most decimals a value may have.
    pub const MAX_SCALE: u8 = 18;

    /// `mantissa x 10^-scale`, trailing zeros removed.
    ///
    /// # Errors
    /// `ConfigError` if `scale` is over 18.
    pub fn try_new(mantissa: i64, scale: u8) -> Result<Self, Error> {
        if scale > Self::MAX_SCALE {
            return Err(Error::new(ErrorKind::Config, 1001, "decimal", "must have at most 18 decimals", scale));
        }
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Ok(Self { mantissa, scale })
    }

    /// `10^-scale`.
    ///
    /// # Panics
    /// If `scale` is over 18.
    pub const fn power_of_ten(scale: u8) -> Self {
        assert!(scale <= Self::MAX_SCALE);
        Self { mantissa: 1, scale }
    }

    /// The digits, without the decimal point.
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// The number of decimals.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// As a float.
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 / 10f64.powi(i32::from(self.scale))
    }

    /// In units of 1e-18; exact.
    pub const fn to_e18(self) -> i128 {
        self.mantissa as i128 * 10i128.pow((Self::MAX_SCALE - self.scale) as u32)
    }
}

impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |rule: &str| Error::new(ErrorKind::Config, 1001, "decimal", rule, text);
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1i64, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(bad("must be a decimal number"));
        }
        let mut mantissa = 0i64;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(bad("must be a decimal number"));
            }
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(i64::from(digit - b'0')))
                .ok_or_else(|| bad("must fit in 18 digits"))?;
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| bad("must have at most 18 decimals"))?;
        Self::try_new(sign * mantissa, scale).map_err(|_| bad("must have at most 18 decimals"))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let power = 10u64.pow(u32::from(self.scale));
        write!(f, "{sign}{}.{:0width$}", digits / power, digits % power, width = usize::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_the_decimal_it_says() {
        assert_eq!("0.00001".parse::<Decimal>().unwrap(), Decimal::power_of_ten(5));
        assert_eq!("-1.50".parse::<Decimal>().unwrap().to_string(), "-1.5");
        assert_eq!("0.25".parse::<Decimal>().unwrap().to_e18(), 250_000_000_000_000_000);
    }

    #[test]
    fn what_is_not_a_decimal_is_refused() {
        for text in ["", ".", "1e5", "1.2.3", "abc", "99999999999999999999", "0.0000000000000000001"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
