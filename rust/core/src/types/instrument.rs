use super::{Decimal, Money, Px, Qty};
use crate::error::{Error, ErrorKind};

/// What is traded: its symbol and the grid its prices and quantities lie on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    symbol: String,
    tick_size: Decimal,
    lot_size: Decimal,
    multiplier: Decimal,
    currency: String,
    half_unit: Money,
    px_scale: TickScale,
    qty_scale: TickScale,
}

/// Turns whole ticks (or lots) into floats and back.
///
/// `ticks x mantissa / 10^scale` is one correctly rounded division, so 138727 ticks of 0.00001 are
/// exactly the float that the text `1.38727` reads as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TickScale {
    /// Digits of the tick.
    pub mantissa: f64,
    /// `10^decimals` of the tick.
    pub power: f64,
    inverse: f64,
}

impl Eq for TickScale {}

impl TickScale {
    /// A float farther than this from a whole tick, in ticks, is off the tick.
    pub const TOLERANCE: f64 = 1e-6;

    /// The most ticks or lots a price or quantity may have, either way: sums of a few still fit an i64.
    pub const MOST_TICKS: i64 = 1 << 60;

    /// The scale of a tick size.
    pub fn new(tick: Decimal) -> Self {
        let power = 10f64.powi(i32::from(tick.scale()));
        Self { mantissa: tick.mantissa() as f64, power, inverse: 1.0 / power }
    }

    /// The float of a number of ticks.
    ///
    /// The quotient by multiplication with the inverse, made exact by one step of its remainder (Markstein,
    /// "Computation of elementary functions on the IBM RISC System/6000", 1990): the same bits as the
    /// division, at a fraction of its time.
    #[inline(always)]
    pub fn to_f64(self, ticks: i64) -> f64 {
        let scaled = ticks as f64 * self.mantissa;
        let near = scaled * self.inverse;
        let rest = (-near).mul_add(self.power, scaled);
        rest.mul_add(self.inverse, near)
    }

    /// The nearest whole number of ticks as a float, and the distance to it in ticks.
    #[inline]
    pub fn nearest(self, value: f64) -> (f64, f64) {
        let ticks = value * self.power / self.mantissa;
        let whole = ticks.round_ties_even();
        (whole, (ticks - whole).abs())
    }

    /// The distance that float rounding alone can cause at this size, never less than
    /// [`Self::TOLERANCE`].
    #[inline]
    pub fn tolerance(ticks: f64) -> f64 {
        Self::TOLERANCE.max(ticks.abs() * (4.0 * f64::EPSILON))
    }

    /// The whole number of ticks of a float; `None` if it is off the tick, not finite, or too large.
    #[inline]
    pub fn to_ticks(self, value: f64) -> Option<i64> {
        let (whole, off) = self.nearest(value);
        // Written so that NaN fails.
        (off <= Self::tolerance(whole) && whole.abs() <= Self::MOST_TICKS as f64).then_some(whole as i64)
    }
}

impl Instrument {
    /// An instrument with multiplier 1 in US dollars.
    ///
    /// # Errors
    /// As [`Self::try_with`].
    pub fn try_new(symbol: &str, tick_size: Decimal, lot_size: Decimal) -> Result<Self, Error> {
        Self::try_with(symbol, tick_size, lot_size, Decimal::power_of_ten(0), "USD")
    }

    /// An instrument.
    ///
    /// # Errors
    /// `ConfigError` if the symbol is empty, a size is not positive, or half the value of one tick of
    /// one lot is not a whole number of 1e-18 of the currency.
    pub fn try_with(
        symbol: &str,
        tick_size: Decimal,
        lot_size: Decimal,
        multiplier: Decimal,
        currency: &str,
    ) -> Result<Self, Error> {
        let config = |parameter: &'static str, rule: &str, value: String| {
            Error::new(ErrorKind::Config, 1002, parameter, rule, value)
        };
        if symbol.is_empty() {
            return Err(config("symbol", "must not be empty", "''".into()));
        }
        let sizes = [("tick_size", tick_size), ("lot_size", lot_size), ("multiplier", multiplier)];
        for (name, size) in sizes {
            if size.mantissa() <= 0 {
                return Err(config(name, "must be > 0", size.to_string()));
            }
        }
        let mantissa = sizes.iter().try_fold(1i128, |product, (_, size)| product.checked_mul(size.mantissa().into()));
        let scale: u32 = sizes.iter().map(|(_, size)| u32::from(size.scale())).sum();
        let unit = mantissa.and_then(|mantissa| match scale {
            0..=18 => mantissa.checked_mul(10i128.pow(18 - scale)),
            19..=56 => {
                let power = 10i128.checked_pow(scale - 18)?;
                (mantissa % power == 0).then_some(mantissa / power)
            }
            _ => None,
        });
        let half_unit = unit.filter(|unit| unit % 2 == 0).map(|unit| unit / 2).ok_or_else(|| {
            config(
                "tick_size x lot_size x multiplier",
                "must be an even number of 1e-18 of the currency",
                format!("{tick_size} x {lot_size} x {multiplier}"),
            )
        })?;
        Ok(Self {
            symbol: symbol.to_owned(),
            tick_size,
            lot_size,
            multiplier,
            currency: currency.to_owned(),
            half_unit,
            px_scale: TickScale::new(tick_size),
            qty_scale: TickScale::new(lot_size),
        })
    }

    /// The symbol.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The smallest step of a price.
    pub const fn tick_size(&self) -> Decimal {
        self.tick_size
    }

    /// The smallest step of a quantity.
    pub const fn lot_size(&self) -> Decimal {
        self.lot_size
    }

    /// The value of one unit at a price of one, in the currency.
    pub const fn multiplier(&self) -> Decimal {
        self.multiplier
    }

    /// The currency of prices, cash and P&L.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Half the value of one tick of one lot: mid prices lie on half ticks.
    #[inline]
    pub const fn half_unit(&self) -> Money {
        self.half_unit
    }

    /// Converts prices.
    #[inline]
    pub const fn px_scale(&self) -> TickScale {
        self.px_scale
    }

    /// Converts quantities.
    #[inline]
    pub const fn qty_scale(&self) -> TickScale {
        self.qty_scale
    }

    /// The price of a number of ticks.
    #[inline]
    pub fn price(&self, px: Px) -> f64 {
        self.px_scale.to_f64(px.0)
    }

    /// The quantity of a number of lots.
    #[inline]
    pub fn quantity(&self, qty: Qty) -> f64 {
        self.qty_scale.to_f64(qty.0)
    }

    /// The average price of `lots` that add up to a `value` of ticks x lots.
    pub fn average_price(&self, value: i128, lots: i64) -> f64 {
        super::to_f64(value) / lots as f64 * self.px_scale.mantissa / self.px_scale.power
    }

    /// The value of `qty` at `px`, signed as `qty` is; `None` on overflow.
    #[inline]
    pub fn notional(&self, px: Px, qty: Qty) -> Option<Money> {
        super::product(i128::from(px.0) * i128::from(qty.0), 2 * self.half_unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MONEY_ONE;

    fn eurusd() -> Instrument {
        Instrument::try_new("EURUSD", Decimal::power_of_ten(5), Decimal::power_of_ten(8)).unwrap()
    }

    #[test]
    fn prices_are_the_floats_that_their_text_reads_as() {
        assert_eq!(eurusd().price(Px(138_727)), 1.38727);
        assert_eq!(eurusd().px_scale().to_ticks(1.38727), Some(138_727));
        assert_eq!(eurusd().px_scale().to_ticks(1.387_271), None);
        assert_eq!(eurusd().px_scale().to_ticks(f64::NAN), None);
        let quarter = Instrument::try_new("ES", "0.25".parse().unwrap(), Decimal::power_of_ten(0)).unwrap();
        assert_eq!(quarter.price(Px(19_201)), 4800.25);
        assert_eq!(quarter.px_scale().to_ticks(4800.25), Some(19_201));
    }

    #[test]
    fn floats_of_ticks_are_the_bits_of_the_division() {
        let mut rng = crate::rng::Rng::new(1, 0);
        for (mantissa, scale) in (0..=18).flat_map(|scale| [1, 5, 25, 125, 3].map(|mantissa| (mantissa, scale))) {
            let tick = TickScale::new(Decimal::try_new(mantissa, scale).unwrap());
            let small = 0..2_000i64;
            let wide = (0..20_000).map(|_| (rng.next_u64() >> (11 + rng.below(53))) as i64);
            for ticks in small.chain(wide).flat_map(|ticks| [ticks, -ticks]) {
                assert_eq!(tick.to_f64(ticks), ticks as f64 * tick.mantissa / tick.power, "{ticks} of {tick:?}");
            }
        }
    }

    #[test]
    fn notional_is_exact_and_checked() {
        let lots = Qty(1_000 * 100_000_000);
        assert_eq!(eurusd().notional(Px(138_727), lots), Some(1387 * MONEY_ONE + 27 * MONEY_ONE / 100));
        assert_eq!(eurusd().notional(Px(i64::MAX), Qty(i64::MAX)), None);
    }

    #[test]
    fn sizes_that_cannot_be_kept_exactly_are_refused() {
        let tiny = Decimal::power_of_ten(12);
        assert!(Instrument::try_new("X", tiny, tiny).is_err());
        assert!(Instrument::try_new("X", "0".parse().unwrap(), tiny).is_err());
        assert!(Instrument::try_new("", Decimal::power_of_ten(2), Decimal::power_of_ten(0)).is_err());
    }
}
