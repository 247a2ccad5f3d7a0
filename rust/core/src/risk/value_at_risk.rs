//! How much is lost on a bad day: value at risk, and the mean loss beyond it.
//!
//! All take profits and losses (returns, or amounts), one a period; a loss is negative there, and **positive** in the
//! result. With confidence c and a = 1 - c, VaR is the loss that is exceeded with probability a, and CVaR (expected
//! shortfall) the mean of the losses beyond.
//!
//! # Limitations
//! Periods are taken as independent and alike. The standard error is that of the sample, not of the model: a normal
//! model of returns that are not normal has a small one and is wrong all the same, see [`mod@super::model_tests`].

mod contribution;
mod empirical;
mod liquidity;
mod moments;
mod parametric;

pub use self::contribution::{Contributions, contributions};
pub use self::empirical::{historical, simulated};
pub use self::liquidity::{Liquidity, liquidity_adjusted};
pub(in crate::risk) use self::parametric::check_df;
pub use self::parametric::{cornish_fisher, cornish_fisher_is_monotone, fit_student, normal, normal_of, student_t};

/// Value at risk with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueAtRisk {
    /// The loss exceeded with probability 1 - confidence; below 0 if even a bad day is a gain.
    pub var: f64,
    /// The mean loss beyond it.
    pub cvar: f64,
    /// The standard error of `var`, if there are enough observations to say.
    pub var_error: Option<f64>,
    /// The standard error of `cvar`.
    pub cvar_error: Option<f64>,
    /// How many periods, or paths, it was made from.
    pub observations: usize,
}

#[cfg(test)]
mod tests;
