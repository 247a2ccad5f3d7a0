//! Volume and price together.

mod ad;
mod chaikin;
mod cvd;
mod cvd_estimate;
mod delta;
mod obv;
mod running_sum;
mod session_sums;
mod volume_profile;
mod vwap;
mod vwap_bands;

pub use ad::Ad;
pub use chaikin::Chaikin;
pub use cvd::Cvd;
pub use delta::Delta;
pub use obv::Obv;
pub use volume_profile::VolumeProfile;
pub use vwap::Vwap;
pub use vwap_bands::VwapBands;

use super::Spec;

/// The indicators of this group.
pub(super) static SPECS: &[&Spec] = &[
    &obv::SPEC,
    &ad::SPEC,
    &chaikin::SPEC,
    &vwap::SPEC,
    &vwap_bands::SPEC,
    &delta::SPEC,
    &cvd::SPEC,
    &cvd_estimate::SPEC,
    &volume_profile::SPEC,
];
