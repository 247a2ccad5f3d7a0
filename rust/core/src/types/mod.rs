//! The words everything else is said in: time, price, quantity, side, identifiers, instruments.
//!
//! # Rationale
//! Prices are whole ticks and quantities whole lots, so that sums and comparisons are exact; floats
//! are for indicators and people. Short names (`px`, `qty`) are integers, full words (`price`,
//! `quantity`) are floats.

mod decimal;
mod instrument;

pub use decimal::Decimal;
pub use instrument::{Instrument, TickScale};

/// Nanoseconds since the Unix epoch, UTC.
pub type Ts = i64;

/// Later than every event: the due time of nothing.
pub const NEVER: Ts = Ts::MAX;

/// Nanoseconds in a UTC day.
pub const DAY_NS: i64 = 86_400_000_000_000;

/// Money in units of 1e-18 of the currency.
pub type Money = i128;

/// Units of [`Money`] in one unit of the currency.
pub const MONEY_ONE: Money = 1_000_000_000_000_000_000;

/// A [`Money`] amount as a float, for people and statistics.
pub fn money_to_f64(money: Money) -> f64 {
    // Split so that amounts of everyday size keep all their digits: i128 -> f64 alone rounds at 2^53.
    // The whole part is guessed in floats and mended in integers: a division of i128 costs ten times that.
    let guess = ((money >> 64) as i64 as f64 * 18_446_744_073_709_551_616.0 + money as u64 as f64) / MONEY_ONE as f64;
    let whole = guess as i64;
    if whole.unsigned_abs() < 1 << 52 {
        let rest = (money - i128::from(whole) * MONEY_ONE) as i64;
        return whole as f64 + rest as f64 / MONEY_ONE as f64;
    }
    (money / MONEY_ONE) as f64
}

/// A product of amounts; `None` if it does not fit. Cheap where both fit an i64.
#[inline(always)]
pub(crate) fn product(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => wide_product(a, b),
    }
}

#[cold]
#[inline(never)]
fn wide_product(a: i128, b: i128) -> Option<i128> {
    a.checked_mul(b)
}

/// `amount as f64`, the same bits, in place of a call of a library.
#[inline]
pub(crate) fn to_f64(amount: i128) -> f64 {
    let magnitude = amount.unsigned_abs();
    let shift = magnitude.leading_zeros().min(64);
    let digits = magnitude << shift;
    // What lies below 64 digits only matters as not being zero: it is rounded away.
    let head = (digits >> 64) as u64 | u64::from(digits as u64 != 0);
    // 2^(64 - shift).
    let scale = f64::from_bits(u64::from(1023 + 64 - shift) << 52);
    let float = head as f64 * scale;
    if amount < 0 { -float } else { float }
}

/// A price in ticks of its instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Px(pub i64);

/// A quantity in lots of its instrument; signed where it is a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Qty(pub i64);

/// An `Option<Px>` in eight bytes, for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct MaybePx(i64);

/// An `Option<Qty>` in eight bytes, for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct MaybeQty(i64);

/// The one bit pattern that no price and no quantity has.
const NONE: i64 = i64::MIN;

macro_rules! packed_option {
    ($packed:ident, $inner:ident) => {
        impl $packed {
            /// No value.
            pub const NONE: Self = Self(NONE);

            /// The value, if there is one.
            #[inline]
            pub const fn get(self) -> Option<$inner> {
                if self.0 == NONE { None } else { Some($inner(self.0)) }
            }

            /// Whether there is a value.
            #[inline]
            pub const fn is_some(self) -> bool {
                self.0 != NONE
            }
        }

        impl From<$inner> for $packed {
            #[inline]
            fn from(value: $inner) -> Self {
                debug_assert!(value.0 != NONE, "Invariant: i64::MIN is no value");
                Self(value.0)
            }
        }

        impl From<Option<$inner>> for $packed {
            #[inline]
            fn from(value: Option<$inner>) -> Self {
                value.map_or(Self::NONE, Self::from)
            }
        }

        impl Default for $packed {
            fn default() -> Self {
                Self::NONE
            }
        }
    };
}

packed_option!(MaybePx, Px);
packed_option!(MaybeQty, Qty);

impl MaybePx {
    /// The number, or the bit pattern of none.
    #[inline]
    pub(crate) const fn bits(self) -> i64 {
        self.0
    }
}

/// The side of an order or of a trade's aggressor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i8)]
pub enum Side {
    /// Buys.
    Buy = 1,
    /// Sells.
    Sell = -1,
}

impl Side {
    /// +1 for a buy, -1 for a sell.
    #[inline]
    pub const fn sign(self) -> i64 {
        self as i64
    }

    /// The other side.
    #[inline]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The side of a signed quantity; `None` for zero.
    pub const fn of(lots: i64) -> Option<Self> {
        match lots.signum() {
            1 => Some(Self::Buy),
            -1 => Some(Self::Sell),
            _ => None,
        }
    }
}

/// The place of an instrument in the run's list of instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct InstrumentId(pub u32);

impl InstrumentId {
    /// As an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of an order within its run, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct OrderId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_options_are_eight_bytes_and_round_trip() {
        assert_eq!(size_of::<MaybePx>(), 8);
        assert_eq!(MaybePx::from(Px(-3)).get(), Some(Px(-3)));
        assert_eq!(MaybePx::NONE.get(), None);
        assert_eq!(MaybeQty::from(None).get(), None);
    }

    #[test]
    fn products_and_floats_of_wide_integers_are_those_of_the_language() {
        let mut rng = crate::rng::Rng::new(5, 0);
        let mut wide = || {
            let bits = i128::from(rng.next_u64()) << 64 | i128::from(rng.next_u64());
            bits >> (rng.next_u64() % 128)
        };
        let edges =
            [0, 1, -1, i128::MAX, i128::MIN, i128::from(i64::MAX), i128::from(i64::MIN), 1 << 64, (1 << 53) + 1];
        let values: Vec<i128> = edges.into_iter().chain((0..20_000).map(|_| wide())).collect();
        for pair in values.windows(2) {
            assert_eq!(product(pair[0], pair[1]), pair[0].checked_mul(pair[1]), "{pair:?}");
            assert_eq!(to_f64(pair[0]).to_bits(), (pair[0] as f64).to_bits(), "{pair:?}");
        }
        for exponent in 53..127 {
            for near in -3..=3i128 {
                let tie = (1i128 << exponent) + (1i128 << (exponent - 53)) + near;
                assert_eq!(to_f64(tie).to_bits(), (tie as f64).to_bits(), "{tie}");
                assert_eq!(to_f64(-tie).to_bits(), (-tie as f64).to_bits(), "{tie}");
            }
        }
    }

    #[test]
    fn money_keeps_its_digits_as_a_float() {
        assert_eq!(money_to_f64(100_000 * MONEY_ONE + MONEY_ONE / 4), 100_000.25);
        assert_eq!(money_to_f64(-MONEY_ONE / 2), -0.5);
    }
}
