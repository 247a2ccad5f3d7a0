//! Chart patterns: each one defined once, in one file, as a streaming indicator and a
//! [`Spec`], run by [`Stream`](crate::indicators::Stream).
//!
//! Every pattern gives, in this order, `direction`, `start`, `end`, `level` and `strength`, then what else
//! belongs to it. Where `direction` is 0 there is no pattern: `start`, `end` and `level` are NaN, `strength`
//! is 0.
//!
//! # Rationale
//! A pattern is reported on the bar on which it is known, and never before: a swing high needs `swing`
//! bars after it, and comes that many bars late; `end` says how many. Nothing on a row depends on later rows.
//!
//! # Limitations
//! Bars ago are counted in complete bars: a row with a missing value is no bar.

mod bos;
mod breakout;
mod candle;
mod choch;
mod doji;
mod engulfing;
mod evening_star;
mod fair_value_gap;
mod finding;
mod golden_pocket;
mod hammer;
mod harami;
mod inside_bar;
mod liquidity_sweep;
mod mean_true_range;
mod momentum_divergence;
mod morning_star;
mod opening_range;
mod order_block;
mod shooting_star;
mod structure;
mod support_resistance;
mod swing_marks;
mod swing_points;
mod swings;
#[cfg(test)]
mod tests;
mod volume_anomaly;

pub use bos::Bos;
pub use breakout::Breakout;
pub use choch::Choch;
pub use doji::Doji;
pub use engulfing::Engulfing;
pub use evening_star::EveningStar;
pub use fair_value_gap::FairValueGap;
pub use golden_pocket::GoldenPocket;
pub use hammer::Hammer;
pub use harami::Harami;
pub use inside_bar::InsideBar;
pub use liquidity_sweep::LiquiditySweep;
pub use momentum_divergence::MomentumDivergence;
pub use morning_star::MorningStar;
pub use opening_range::OpeningRange;
pub use order_block::OrderBlock;
pub use shooting_star::ShootingStar;
pub use support_resistance::SupportResistance;
pub use swing_points::SwingPoints;
pub use volume_anomaly::VolumeAnomaly;

use crate::error::Error;
use crate::indicators::spec::Args;
use crate::indicators::{LaneWindow, Spec};

/// Every pattern.
pub static SPECS: &[&Spec] = &[
    &breakout::SPEC,
    &volume_anomaly::SPEC,
    &opening_range::SPEC,
    &swing_points::SPEC,
    &support_resistance::SPEC,
    &golden_pocket::SPEC,
    &momentum_divergence::SPEC,
    &bos::SPEC,
    &choch::SPEC,
    &liquidity_sweep::SPEC,
    &fair_value_gap::SPEC,
    &order_block::SPEC,
    &engulfing::SPEC,
    &hammer::SPEC,
    &shooting_star::SPEC,
    &doji::SPEC,
    &morning_star::SPEC,
    &evening_star::SPEC,
    &harami::SPEC,
    &inside_bar::SPEC,
];

/// The last row of a pattern over a window, of eight instruments; `None` if it has no such way.
///
/// # Errors
/// `ConfigError` for a value that a parameter cannot take.
pub(crate) fn lane_window(spec: &Spec, args: &Args) -> Result<Option<LaneWindow>, Error> {
    Ok(match spec.name {
        "breakout" => Some(LaneWindow::of(Breakout::try_new(args.rows(0))?)),
        "volume_anomaly" => Some(LaneWindow::of(VolumeAnomaly::try_new(args.rows(0), args.number(1))?)),
        "fair_value_gap" => Some(LaneWindow::of(FairValueGap::new(args.rows(0), args.choice(1) == 1))),
        "order_block" => Some(LaneWindow::of(OrderBlock::of(args)?)),
        _ => None,
    })
}

/// The pattern of a name.
pub fn spec_of(name: &str) -> Option<&'static Spec> {
    SPECS.iter().copied().find(|spec| spec.name == name)
}
