//! What is drawn, how, and how often.

use super::draw::Rule;
use crate::error::{Error, ErrorKind};

/// Points of a fan chart at most.
const FAN_POINTS: usize = 200;
/// Paths of a run at most: 10 million take 250 MB.
const MOST_PATHS: usize = 10_000_000;

/// What happened, step by step: the material of the paths.
#[derive(Clone, Copy, Debug)]
pub enum History<'a> {
    /// Returns of trades or of periods, as fractions of equity. They compound: e' = e (1 + r), and a
    /// return of -1 or less leaves an account of 0.
    Returns(&'a [f64]),
    /// Profits and losses in the currency of the account. They add up: e' = e + p; an account at or below
    /// 0 trades no more.
    Pnl(&'a [f64]),
}

impl History<'_> {
    pub(super) fn checked_count(&self) -> Result<u32, Error> {
        let (name, steps) = match self {
            Self::Returns(returns) => ("returns", returns),
            Self::Pnl(pnl) => ("pnl", pnl),
        };
        let bad = |rule: &str, value: String| Err(Error::new(ErrorKind::Data, 1001, name, rule, value));
        if steps.is_empty() {
            return bad("must not be empty", "empty".to_owned());
        }
        if let Some((row, value)) = steps.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return bad("must be finite", format!("{value} at {row}"));
        }
        u32::try_from(steps.len()).or_else(|_| bad("must be at most 4294967295 long", steps.len().to_string()))
    }
}

/// How steps are drawn from the history, always with replacement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resampling {
    /// Each step on its own: the bootstrap. For trades.
    Independent,
    /// Blocks of `length` steps from random places; the history is a ring. For returns.
    FixedBlock {
        /// Steps in a block, 1 up to the length of the history.
        length: usize,
    },
    /// Blocks whose lengths are random (geometric): after each step a new block starts with probability
    /// 1 / `mean_length`. For returns.
    StationaryBlock {
        /// The mean number of steps in a block, 1 up to the length of the history.
        mean_length: f64,
    },
}

impl Resampling {
    pub(super) fn rule(self, count: u32) -> Result<Rule, Error> {
        let bad = |name: &str, value: String| {
            let rule = format!("must be from 1 to the {count} steps there are");
            Err(Error::new(ErrorKind::Config, 1001, name, rule, value))
        };
        match self {
            Self::Independent => Ok(Rule::Independent),
            Self::FixedBlock { length } if (1..=count as usize).contains(&length) => Ok(Rule::Fixed { length }),
            Self::FixedBlock { length } => bad("block length", length.to_string()),
            Self::StationaryBlock { mean_length } if (1.0..=f64::from(count)).contains(&mean_length) => {
                Ok(Rule::Stationary { threshold: ((1u64 << 32) as f64 / mean_length).round() as u64 })
            }
            Self::StationaryBlock { mean_length } => bad("mean block length", mean_length.to_string()),
        }
    }
}

/// How many paths, from where, and what counts as ruin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The number of paths, 1 to 10,000,000.
    pub paths: usize,
    /// Chooses the random streams: same seed, same paths.
    pub seed: u64,
    /// The equity at the start, above 0.
    pub initial_capital: f64,
    /// A path is ruined once it has lost this part of the initial capital, in percent, above 0 up to 100:
    /// equity <= initial_capital (1 - ruin_loss_pct / 100) at any step.
    pub ruin_loss_pct: f64,
    /// Steps of each path; `None`: as many as the history has.
    pub steps: Option<usize>,
    /// Points of the fan chart after the start, at most 200; 0 for none.
    pub fan_points: usize,
}

impl Default for Settings {
    /// 1,000 paths from 100,000, ruined at a loss of half, no fan.
    fn default() -> Self {
        Self { paths: 1_000, seed: 0, initial_capital: 100_000.0, ruin_loss_pct: 50.0, steps: None, fan_points: 0 }
    }
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), Error> {
        let must = |holds: bool, name: &str, rule: &str, value: String| {
            if holds { Ok(()) } else { Err(Error::new(ErrorKind::Config, 1001, name, rule, value)) }
        };
        let (capital, ruin) = (self.initial_capital, self.ruin_loss_pct);
        must((1..=MOST_PATHS).contains(&self.paths), "paths", "must be from 1 to 10000000", self.paths.to_string())?;
        must(capital > 0.0 && capital.is_finite(), "initial_capital", "must be above 0", capital.to_string())?;
        must(ruin > 0.0 && ruin <= 100.0, "ruin_loss_pct", "must be above 0 and at most 100", ruin.to_string())?;
        must(self.steps != Some(0), "steps", "must be >= 1", "0".to_owned())?;
        must(self.fan_points <= FAN_POINTS, "fan_points", "must be at most 200", self.fan_points.to_string())
    }

    /// After how many steps equity is noted: evenly from 0 to `steps`.
    pub(super) fn marks(&self, steps: usize) -> Vec<usize> {
        let points = self.fan_points.min(steps);
        if points == 0 {
            return Vec::new();
        }
        (0..=points).map(|point| (point as u128 * steps as u128 / points as u128) as usize).collect()
    }
}
