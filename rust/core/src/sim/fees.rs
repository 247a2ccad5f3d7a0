use std::fmt::Debug;

use crate::ledger::round_div;
use crate::order::Liquidity;
use crate::types::{Decimal, Money, product};

/// What a fill costs.
pub trait FeeModel: Debug + Send {
    /// The commission on a fill of this notional (not negative); a rebate is negative. `None` on overflow.
    fn fee(&self, notional: Money, liquidity: Liquidity) -> Option<Money>;
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MONEY_ONE;

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
