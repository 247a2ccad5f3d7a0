//! What an indicator is, said once: its functions, classes, expressions, text form, type stubs and
//! documentation are all made from its [`Spec`].

use super::Indicator;
use super::stream::{Erased, erase};
use crate::error::{Error, ErrorKind};

/// An indicator: names, inputs, parameters, outputs, and how to make one.
#[derive(Debug)]
pub struct Spec {
    /// The function, also its name in expressions: `rsi`.
    pub name: &'static str,
    /// The streaming class: `RSI`.
    pub class: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// The formula, as text; further lines may say what is remarkable about it.
    pub formula: &'static str,
    /// What it reads, in the order of its arguments.
    pub inputs: &'static [Input],
    /// Its parameters, in the order of its arguments.
    pub params: &'static [Param],
    /// What it gives.
    pub outputs: &'static [Output],
    /// What a missing row does to it.
    pub missing: fn(&Args) -> Missing,
    /// How many complete rows pass before every output has a value.
    pub warm_up: fn(&Args) -> usize,
    /// How many rows a value depends on.
    pub reach: fn(&Args) -> Reach,
    /// Who defined it, and what it agrees with.
    pub source: &'static str,
    /// Lines of a Python session, `>>>` included, in which `ba` is baconalgo.
    pub example: &'static str,
    /// Makes one that has seen nothing; [`make`] turns a constructor into this.
    pub make: fn(&Args) -> Result<Box<dyn Erased>, Error>,
}

/// A series that an indicator reads.
#[derive(Debug)]
pub struct Input {
    /// `x` or `y` for any series, else the name of the column it is: `high`.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Whether it may be left out; it is then 0 on every row.
    pub optional: bool,
}

/// A parameter of an indicator.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What values it takes.
    pub kind: ParamKind,
    /// Its value unless it is given; the place of a choice.
    pub default: f64,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A number of rows, at least so many.
    Rows(usize),
    /// A number in a range, both ends included.
    Number(f64, f64),
    /// One of some words.
    Choice(&'static [&'static str]),
}

/// A series that an indicator gives.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// What it is, with unit and range.
    pub doc: &'static str,
}

/// What a missing row - one with an input that is not a finite number - does to an indicator. It gives
/// NaN on that row in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: the state waits for the next complete row. For recursive indicators.
    Hold,
    /// The indicator starts afresh after it: there is no value while it lies in the window.
    Restart,
}

/// How many rows a value depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// On the last so many rows and nothing else: the same rows give the same bits wherever they stand.
    Rows(usize),
    /// On all rows since the start.
    All,
}

/// The columns of a table; an input of any other name is a series of the caller's choice.
pub const COLUMNS: [&str; 11] =
    ["open", "high", "low", "close", "volume", "buy_volume", "bid", "ask", "bid_size", "ask_size", "session"];

/// An input that is any series.
pub const X: Input = Input { name: "x", doc: "Values in time order.", optional: false };
/// A second series.
pub const Y: Input = Input { name: "y", doc: "A second series, as long as the first.", optional: false };
/// A column of a table of bars.
pub const OPEN: Input = Input { name: "open", doc: "First prices of the bars.", optional: false };
/// A column of a table of bars.
pub const HIGH: Input = Input { name: "high", doc: "Highest prices of the bars.", optional: false };
/// A column of a table of bars.
pub const LOW: Input = Input { name: "low", doc: "Lowest prices of the bars.", optional: false };
/// A column of a table of bars.
pub const CLOSE: Input = Input { name: "close", doc: "Last prices of the bars.", optional: false };
/// A column of a table of bars.
pub const VOLUME: Input = Input { name: "volume", doc: "Volumes of the bars, units.", optional: false };
/// A column of a table of bars.
pub const BUY_VOLUME: Input =
    Input { name: "buy_volume", doc: "What buyers took of the volumes of the bars, units.", optional: false };
/// A column that may be left out.
pub const SESSION: Input = Input {
    name: "session",
    doc: "A number for each bar; whenever it changes everything starts again. Left out: never.",
    optional: true,
};

impl Param {
    /// A number of rows, at least `least`.
    pub const fn rows(name: &'static str, default: usize, least: usize, doc: &'static str) -> Self {
        Self { name, doc, kind: ParamKind::Rows(least), default: default as f64 }
    }

    /// A number from `low` to `high`.
    pub const fn number(name: &'static str, default: f64, low: f64, high: f64, doc: &'static str) -> Self {
        Self { name, doc, kind: ParamKind::Number(low, high), default }
    }

    /// One of some words; the first one is the default.
    pub const fn choice(name: &'static str, words: &'static [&'static str], doc: &'static str) -> Self {
        Self { name, doc, kind: ParamKind::Choice(words), default: 0.0 }
    }

    /// Refuses a value that it cannot take.
    ///
    /// # Errors
    /// `ConfigError` that names the parameter and its rule.
    pub fn check(&self, value: f64) -> Result<(), Error> {
        let refuse = |rule: String| Err(Error::new(ErrorKind::Config, 1001, self.name, rule, value));
        match self.kind {
            // Above 2^53 a float does not count by ones any more.
            ParamKind::Rows(_) if value.fract() != 0.0 || !value.is_finite() || value > 9.0e15 => {
                refuse("must be a whole number".into())
            }
            ParamKind::Rows(least) if value < least as f64 => refuse(format!("must be >= {least}")),
            ParamKind::Number(low, high) if !(low..=high).contains(&value) || !value.is_finite() => {
                refuse(if high.is_finite() {
                    format!("must be in [{low}, {high}]")
                } else {
                    format!("must be a number >= {low}")
                })
            }
            ParamKind::Choice(words) if !(0..words.len()).any(|place| place as f64 == value) => {
                refuse(format!("must be one of {words:?}"))
            }
            _ => Ok(()),
        }
    }
}

/// Values for the parameters of an indicator, each one checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Args(Vec<f64>);

impl Args {
    /// The parameter at a place, as a number of rows.
    pub fn rows(&self, place: usize) -> usize {
        self.0[place] as usize
    }

    /// The parameter at a place.
    pub fn number(&self, place: usize) -> f64 {
        self.0[place]
    }

    /// Which word the parameter at a place is.
    pub fn choice(&self, place: usize) -> usize {
        self.0[place] as usize
    }

    /// All values, in order.
    pub fn values(&self) -> &[f64] {
        &self.0
    }
}

impl Spec {
    /// Checked values for the parameters; those that are not given have their defaults.
    ///
    /// # Errors
    /// `ConfigError` for a value that a parameter cannot take and for too many values.
    pub fn args(&self, values: &[f64]) -> Result<Args, Error> {
        if values.len() > self.params.len() {
            let rule = format!("must be at most {} for {}", self.params.len(), self.name);
            return Err(Error::new(ErrorKind::Config, 1001, "parameters", rule, values.len()));
        }
        let mut args: Vec<f64> = self.params.iter().map(|param| param.default).collect();
        for ((param, value), arg) in self.params.iter().zip(values).zip(&mut args) {
            param.check(*value)?;
            *arg = *value;
        }
        Ok(Args(args))
    }
}

/// A built indicator as [`Spec::make`] gives it.
///
/// # Errors
/// What the constructor says.
pub fn make<T: Indicator<I, O>, const I: usize, const O: usize>(
    built: Result<T, Error>,
) -> Result<Box<dyn Erased>, Error> {
    built.map(erase)
}
