//! What it costs on top to get out.

use crate::error::Error;
use crate::risk::checked;

/// How liquid a position is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Liquidity {
    /// The mean spread between bid and ask, as a fraction of the price.
    pub spread: f64,
    /// The deviation of the spread, as a fraction of the price.
    pub spread_deviation: f64,
    /// How many deviations the spread is above its mean when it matters: 2 to 4.5.
    pub spread_factor: f64,
    /// Periods that it takes to close the position, evenly.
    pub horizon: f64,
}

/// VaR of a position of `value` that is closed in equal parts over a horizon of T periods, and the cost of half the
/// spread: VaR sqrt((T + 1)(2 T + 1) / (6 T)) for T > 1, else VaR; + |value| (spread + factor x deviation) / 2.
///
/// Sources: A. Bangia, F. Diebold, T. Schuermann and J. Stroughair, "Modeling liquidity risk", 1999 (the spread);
/// P. Jorion, "Value at Risk", 3rd edition, section 13.3 (the horizon).
///
/// # Errors
/// `DataError` if `var` or `value` is not finite, `ConfigError` if a setting is negative or the horizon below 1.
pub fn liquidity_adjusted(var: f64, value: f64, liquidity: Liquidity) -> Result<f64, Error> {
    checked::finite("var", &[var])?;
    checked::finite("value", &[value])?;
    let Liquidity { spread, spread_deviation, spread_factor, horizon } = liquidity;
    for (name, setting) in
        [("spread", spread), ("spread_deviation", spread_deviation), ("spread_factor", spread_factor)]
    {
        if !(setting >= 0.0 && setting.is_finite()) {
            return Err(checked::bad_setting(name, "must be >= 0", setting));
        }
    }
    if !(horizon >= 1.0 && horizon.is_finite()) {
        return Err(checked::bad_setting("horizon", "must be >= 1", horizon));
    }
    let longer = ((horizon + 1.0) * (2.0 * horizon + 1.0) / (6.0 * horizon)).sqrt();
    Ok(var * longer + 0.5 * value.abs() * spread_factor.mul_add(spread_deviation, spread))
}
