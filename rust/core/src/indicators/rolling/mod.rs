//! Statistics of the last rows.

mod beta;
mod correlation;
mod lag;
mod log_returns;
mod of_window;
mod returns;
mod rolling_max;
mod rolling_median;
mod rolling_min;
mod rolling_quantile;
mod rolling_rank;
mod rolling_skew;
mod rolling_std;
mod rolling_zscore;
mod sorted;

pub use beta::Beta;
pub use correlation::Correlation;
pub use log_returns::LogReturns;
pub use returns::Returns;
pub use rolling_max::RollingMax;
pub use rolling_median::RollingMedian;
pub use rolling_min::RollingMin;
pub use rolling_quantile::RollingQuantile;
pub use rolling_rank::RollingRank;
pub use rolling_skew::RollingSkew;
pub use rolling_std::RollingStd;
pub use rolling_zscore::RollingZscore;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[
    &rolling_min::SPEC,
    &rolling_max::SPEC,
    &rolling_std::SPEC,
    &rolling_zscore::SPEC,
    &rolling_median::SPEC,
    &rolling_quantile::SPEC,
    &rolling_rank::SPEC,
    &rolling_skew::SPEC,
    &returns::SPEC,
    &log_returns::SPEC,
    &correlation::SPEC,
    &beta::SPEC,
];
