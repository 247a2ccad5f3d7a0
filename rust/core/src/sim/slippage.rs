use std::fmt::Debug;

use crate::types::{Decimal, Px, Side, TickScale};

/// How far a take moves the price against the order.
pub trait SlippageModel: Debug + Send {
    /// The price of a take at `px`, before any limit caps it.
    fn slip(&self, px: Px, side: Side) -> Px;
}

/// A percentage of the price, then on to the next whole tick against the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentSlippage {
    numerator: i128,
    denominator: i128,
}

impl PercentSlippage {
    /// `pct` percent, not negative.
    pub fn new(pct: Decimal) -> Self {
        Self { numerator: i128::from(pct.mantissa()), denominator: 100 * 10i128.pow(u32::from(pct.scale())) }
    }

    /// The percentage of a price in ticks, rounded up.
    fn against(&self, px: Px) -> i128 {
        let size = i128::from(px.0).abs() * self.numerator;
        match (i64::try_from(size), i64::try_from(self.denominator)) {
            // A division of i128 costs several times that.
            (Ok(size), Ok(denominator)) => i128::from(size / denominator + i64::from(size % denominator > 0)),
            _ => (size + self.denominator - 1) / self.denominator,
        }
    }
}

impl SlippageModel for PercentSlippage {
    fn slip(&self, px: Px, side: Side) -> Px {
        if self.numerator == 0 {
            return px;
        }
        let against = self.against(px);
        let slipped = i128::from(px.0) + i128::from(side.sign()) * against;
        // A price that no integer holds is passed on as the last one that does; the ledger refuses its value.
        let last = i128::from(TickScale::MOST_TICKS);
        Px(slipped.clamp(-last, last) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slippage_goes_to_the_next_whole_tick_against_the_order() {
        let slippage = PercentSlippage::new("0.05".parse().unwrap());
        assert_eq!(slippage.slip(Px(138_727), Side::Buy), Px(138_727 + 70)); // 69.36 ticks
        assert_eq!(slippage.slip(Px(138_727), Side::Sell), Px(138_727 - 70));
        assert_eq!(slippage.slip(Px(200_000), Side::Buy), Px(200_100)); // exactly 100
        assert_eq!(PercentSlippage::new("0".parse().unwrap()).slip(Px(7), Side::Buy), Px(7));
    }

    #[test]
    fn small_and_large_prices_are_rounded_up_alike() {
        let mut rng = crate::rng::Rng::new(9, 0);
        for pct in ["0.05", "0.0000000001", "99.9999999999", "3"] {
            let slippage = PercentSlippage::new(pct.parse().unwrap());
            for _ in 0..5_000 {
                let px = Px((rng.next_u64() >> (2 + rng.next_u64() % 62)) as i64);
                let whole = (i128::from(px.0) * slippage.numerator).div_euclid(slippage.denominator);
                let rest = (i128::from(px.0) * slippage.numerator).rem_euclid(slippage.denominator);
                assert_eq!(slippage.against(px), whole + i128::from(rest > 0), "{pct} {px:?}");
            }
        }
    }
}
