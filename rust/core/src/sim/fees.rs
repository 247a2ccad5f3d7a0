use std::fmt::Debug;

use crate::ledger::round_div;
use crate::order::Liquidity;
use crate::types::{Decimal, Money, Px, Qty, product};

/// What a fill costs.
pub trait FeeModel: Debug + Send {
    /// The commission on a fill of this notional (not negative); a rebate is negative. `None` on overflow.
    fn fee(&self, notional: Money, liquidity: Liquidity) -> Option<Money>;

    /// The same as a share of `unit`, the value of a lot at a price of a tick, where it is that.
    fn per_unit(&self, _unit: Money, _liquidity: Liquidity) -> Option<FeePerUnit> {
        None
    }
}

/// A fee that is a share of the notional, for one instrument: `numerator / denominator` of ticks x lots, in 1e-8 of
/// the currency and rounded half away from zero, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePerUnit {
    numerator: i64,
    denominator: i64,
}

impl FeePerUnit {
    /// The fee on lots at a price in ticks; `None` where an i64 does not hold what it comes to.
    #[inline]
    pub fn fee(self, px: Px, qty: Qty) -> Option<Money> {
        let value = px.0.checked_mul(qty.0)?.checked_abs()?.checked_mul(self.numerator)?;
        if self.denominator == 1 {
            return Some(i128::from(value) * CENTI_MICRO);
        }
        let (quotient, rest) = (value / self.denominator, (value % self.denominator).abs());
        let up = i64::from(rest >= self.denominator - rest);
        Some(i128::from(quotient + if value < 0 { -up } else { up }) * CENTI_MICRO)
    }
}

/// A percentage of the notional, rounded half away from zero to 1e-8 of the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentFee {
    maker: Rate,
    taker: Rate,
}

/// `mantissa / per` of the notional is the fee in 1e-8 of the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    mantissa: i128,
    /// 10^scale x 100 x [`CENTI_MICRO`].
    per: i128,
}

impl Rate {
    const fn new(pct: Decimal) -> Self {
        Self { mantissa: pct.mantissa() as i128, per: 10i128.pow(pct.scale() as u32) * 100 * CENTI_MICRO }
    }
}

impl PercentFee {
    /// Percentages for resting and for taking orders.
    pub const fn new(maker: Decimal, taker: Decimal) -> Self {
        Self { maker: Rate::new(maker), taker: Rate::new(taker) }
    }
}

/// Money units in 1e-8 of the currency.
const CENTI_MICRO: Money = 10_000_000_000;

impl FeeModel for PercentFee {
    fn fee(&self, notional: Money, liquidity: Liquidity) -> Option<Money> {
        let rate = match liquidity {
            Liquidity::Maker => self.maker,
            Liquidity::Taker => self.taker,
        };
        if rate.mantissa == 0 {
            return Some(0);
        }
        let numerator = product(notional, rate.mantissa)?;
        product(round_div(numerator, rate.per), CENTI_MICRO)
    }

    fn per_unit(&self, unit: Money, liquidity: Liquidity) -> Option<FeePerUnit> {
        let rate = match liquidity {
            Liquidity::Maker => self.maker,
            Liquidity::Taker => self.taker,
        };
        let numerator = unit.checked_mul(rate.mantissa)?;
        let common = common_divisor(numerator.unsigned_abs(), rate.per.unsigned_abs()) as i128;
        let numerator = i64::try_from(numerator / common).ok()?;
        Some(FeePerUnit { numerator, denominator: i64::try_from(rate.per / common).ok()? })
    }
}

/// The greatest common divisor; the other one if one of them is 0.
const fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MONEY_ONE;

    #[test]
    fn a_fee_per_unit_is_the_fee_on_the_notional() {
        let mut rng = crate::rng::Rng::new(4, 0);
        let (mut fitting, mut all) = (0, 0);
        for pct in ["0.002", "0.1", "-0.01", "0.075", "0", "0.0333333333", "99"] {
            let fee = PercentFee::new(pct.parse().unwrap(), "7".parse().unwrap());
            for unit in [10_000_000_000_000_000, 2, 3 * MONEY_ONE, 12_500_000_000_000, 250 * MONEY_ONE] {
                let per_unit = fee.per_unit(unit, Liquidity::Maker);
                for _ in 0..2_000 {
                    let px = Px((rng.next_u64() as i64) >> (14 + rng.next_u64() % 50));
                    let qty = Qty((rng.next_u64() >> (20 + rng.next_u64() % 44)) as i64);
                    let notional = (i128::from(px.0) * i128::from(qty.0)).checked_mul(unit);
                    let slow = notional.and_then(|notional| fee.fee(notional.abs(), Liquidity::Maker));
                    let fast = per_unit.and_then(|per_unit| per_unit.fee(px, qty));
                    all += 1;
                    if fast.is_some() && slow.is_some() {
                        fitting += 1;
                        assert_eq!(fast, slow, "{pct} {unit} {px:?} {qty:?}");
                    }
                }
            }
        }
        assert!(fitting > all / 4, "{fitting} of {all}");
    }

    #[test]
    fn a_commission_rounds_half_away_from_zero_at_the_eighth_decimal() {
        let fee = PercentFee::new("-0.01".parse().unwrap(), "0.1".parse().unwrap());
        assert_eq!(fee.fee(100 * MONEY_ONE, Liquidity::Taker), Some(MONEY_ONE / 10));
        // 0.1 % of 0.000015 is 1.5e-8: up to 2e-8.
        assert_eq!(fee.fee(15_000_000_000_000, Liquidity::Taker), Some(2 * CENTI_MICRO));
        assert_eq!(fee.fee(14_999_999_999_999, Liquidity::Taker), Some(CENTI_MICRO));
        assert_eq!(fee.fee(150_000_000_000_000, Liquidity::Maker), Some(-2 * CENTI_MICRO));
        assert_eq!(
            PercentFee::new(Decimal::power_of_ten(0), "99".parse().unwrap()).fee(i128::MAX, Liquidity::Taker),
            None
        );
    }
}
