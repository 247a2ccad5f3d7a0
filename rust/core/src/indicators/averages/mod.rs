//! Moving averages.

mod chain;
mod dema;
mod ema;
mod hull;
mod kama;
mod macd;
mod sma;
mod tema;
mod trix;
mod wilder;
mod wma;

pub use dema::Dema;
pub use ema::Ema;
pub use hull::Hull;
pub use kama::Kama;
pub use macd::Macd;
pub use sma::Sma;
pub use tema::Tema;
pub use trix::Trix;
pub use wilder::Wilder;
pub use wma::Wma;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[
    &ema::SPEC,
    &sma::SPEC,
    &wma::SPEC,
    &wilder::SPEC,
    &dema::SPEC,
    &tema::SPEC,
    &hull::SPEC,
    &kama::SPEC,
    &trix::SPEC,
    &macd::SPEC,
];
