//! Technical indicators: each one defined once, in one file, as a streaming struct and a [`Spec`].
//!
//! An [`Indicator`] takes one row after the other and carries what it must remember. [`Stream`] runs any
//! of them by its [`Spec`], one row or a whole column at a time, and applies its rule for missing rows:
//! an indicator itself never sees one. [`ALL`] lists them.
//!
//! # Rationale
//! The value after a row depends on the rows so far and on nothing else - not on how they came in:
//! batch, stream and any mixture give the same bits.
//! * Recursive indicators ([`averages::Ema`]) are one formula with an explicit `mul_add`, written once and
//!   used by every path.
//! * Windowed ones ([`averages::Sma`]) are a function of the window alone, with the same order of
//!   operations wherever the window stands: built from halves (see `window`), they run in vectors, and
//!   nothing drifts.
//!
//! # Missing data
//! A row is missing if one of its inputs is not a finite number. It gives NaN. Recursive indicators hold
//! their state over it; windowed ones give NaN for as long as it lies in the window.

pub mod averages;
pub(crate) mod ending;
pub(crate) mod groups;
pub(crate) mod lane_window;
mod lanes;
pub mod momentum;
pub mod quotes;
pub mod rolling;
mod smoothing;
pub mod spec;
mod stream;
pub mod volatility;
pub mod volume;
pub(crate) mod window;

use std::fmt::Debug;

pub use averages::{Ema, Sma};
pub use ending::Ending;
pub use lane_window::LaneWindow;
pub use lanes::{LANES, Lane, LaneStream};
pub(crate) use lanes::{each, prefetch};
pub use spec::Spec;
pub use stream::{Erased, Stream};

use crate::error::{Error, ErrorKind};

/// A streaming indicator of `I` inputs and `O` outputs.
pub trait Indicator<const I: usize, const O: usize>: Clone + Debug + Send + Sync + 'static {
    /// How many rows are best worked on together: many share the cost of a step over columns, few leave
    /// the next ones time to come from memory. Nothing but the time depends on it.
    const ROWS: usize = 1024;

    /// Takes a row of finite numbers, gives the outputs after it; NaN where there is no value.
    fn update(&mut self, row: [f64; I]) -> [f64; O];

    /// Whether the outputs after the last row would be the same whatever rows had come before the first
    /// one that it has taken, once it is past its warm-up. Who wants them alone then need not run from
    /// the first row of all.
    fn is_settled(&self) -> bool {
        false
    }

    /// The outputs of eight instruments after the last of all `rows`, finite numbers, with the same bits as
    /// [`Self::update`] from the first row on, if a look back from the end tells them. Asked of one that has
    /// taken no row.
    fn at_end(&self, _rows: [&[Lane]; I]) -> Option<[Lane; O]> {
        None
    }

    /// Takes many rows, writes the outputs after each, with the same bits as [`Self::update`]. All
    /// columns are of one length.
    fn extend(&mut self, inputs: [&[f64]; I], mut outputs: [&mut [f64]; O]) {
        for row in 0..inputs[0].len() {
            let values = self.update(inputs.map(|column| column[row]));
            for (out, value) in outputs.iter_mut().zip(values) {
                out[row] = value;
            }
        }
    }

    /// Takes rows up to a missing one, or up to some rows before it, and says how many: all of them if all
    /// are finite. Like [`Self::extend`] otherwise.
    ///
    /// One that is quick looks at the values where it works on them: they come from memory once, while it
    /// works on those before.
    fn advance(&mut self, inputs: [&[f64]; I], outputs: [&mut [f64]; O]) -> usize {
        if !inputs.iter().all(|column| all_finite(column)) {
            return 0;
        }
        let rows = inputs[0].len();
        self.extend(inputs, outputs);
        rows
    }
}

/// Every indicator, by group.
pub static ALL: [&[&Spec]; 6] =
    [averages::SPECS, momentum::SPECS, volatility::SPECS, volume::SPECS, quotes::SPECS, rolling::SPECS];

/// Every indicator.
pub fn specs() -> impl Iterator<Item = &'static Spec> {
    ALL.into_iter().flatten().copied()
}

/// The indicator of a name.
pub fn spec_of(name: &str) -> Option<&'static Spec> {
    specs().find(|spec| spec.name == name)
}

/// A period that is usable, or the error that says why not.
pub(crate) fn check_period(period: usize) -> Result<usize, Error> {
    if period == 0 {
        return Err(Error::new(ErrorKind::Config, 1001, "period", "must be >= 1", period));
    }
    Ok(period)
}

/// Whether every value is finite.
#[inline]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    // Infinities and NaNs are the largest bit patterns but for the sign: a maximum runs in vectors.
    const INFINITE: u64 = f64::INFINITY.to_bits();
    values.iter().fold(0, |most: u64, value| most.max(value.to_bits() & !(1 << 63))) < INFINITE
}
