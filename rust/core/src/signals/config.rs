use std::fmt;

use super::panel::MEMBERS;
use crate::error::{Error, ErrorKind};
use crate::types::DAY_NS;

/// How long the bars are that indicators look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeframe {
    /// Every price is a bar.
    Tick,
    /// Bars of so many nanoseconds.
    Time(i64),
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, i64); 8] = [
            ("W", 7 * DAY_NS),
            ("D", DAY_NS),
            ("h", DAY_NS / 24),
            ("m", DAY_NS / 1_440),
            ("s", 1_000_000_000),
            ("ms", 1_000_000),
            ("us", 1_000),
            ("ns", 1),
        ];
        match *self {
            Self::Tick => f.write_str("tick"),
            Self::Time(nanos) => UNITS
                .iter()
                .find(|(_, unit)| nanos % unit == 0)
                .map_or(Ok(()), |(name, unit)| write!(f, "{}{name}", nanos / unit)),
        }
    }
}

/// A timeframe and how much its opinion counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameConfig {
    /// Its bars.
    pub timeframe: Timeframe,
    /// Its weight, > 0.
    pub weight: f64,
}

/// How far a stop or a target is from the entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distance {
    /// So many average true ranges of the signal's timeframe.
    Atr(f64),
    /// So many percent of the price.
    Percent(f64),
}

/// Everything about signals that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalConfig {
    /// The timeframes, from short to long.
    pub frames: Vec<FrameConfig>,
    /// The weight of each of [`MEMBERS`], >= 0.
    pub weights: [f64; MEMBERS.len()],
    /// How many timeframes must vote before anything is said.
    pub min_frames: usize,
    /// The score from which on a timeframe has a direction, in (0, 1].
    pub min_score: f64,
    /// The share of the timeframes' weights that an entry needs, in (0.5, 1].
    pub consensus: f64,
    /// The confidence that an entry needs, 0 to 100.
    pub min_confidence: f64,
    /// The share below which an entry ends, at most `consensus`.
    pub hold: f64,
    /// How far the stop is.
    pub stop: Distance,
    /// How far the target is.
    pub target: Distance,
    /// Bars of the average true range.
    pub atr_period: usize,
    /// Bars of its timeframe after which an entry expires.
    pub expiry_bars: u64,
}

impl Default for SignalConfig {
    fn default() -> Self {
        const SECOND: i64 = 1_000_000_000;
        let frame = |timeframe, weight| FrameConfig { timeframe, weight };
        let time = |seconds: i64, weight| frame(Timeframe::Time(seconds * SECOND), weight);
        Self {
            frames: vec![
                frame(Timeframe::Tick, 0.5),
                time(1, 0.5),
                time(60, 1.0),
                time(300, 1.5),
                time(900, 2.0),
                time(1_800, 2.0),
                time(3_600, 2.5),
                time(14_400, 3.0),
                time(86_400, 3.0),
                time(604_800, 3.0),
            ],
            weights: MEMBERS.map(|member| member.default_weight()),
            min_frames: 1,
            min_score: 0.2,
            consensus: 0.6,
            min_confidence: 60.0,
            hold: 0.4,
            stop: Distance::Atr(2.0),
            target: Distance::Atr(3.0),
            atr_period: 14,
            expiry_bars: 50,
        }
    }
}

fn refuse<T>(parameter: &str, rule: &str, value: impl fmt::Display) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Config, 1001, parameter, rule, value))
}

impl SignalConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `ConfigError` that names the setting.
    pub fn check(&self) -> Result<(), Error> {
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if value > low && value <= high {
                Ok(())
            } else {
                refuse(name, &format!("must be in ({low}, {high}]"), value)
            }
        };
        if self.frames.is_empty() {
            return refuse("timeframes", "must be at least one", "none");
        }
        for (place, frame) in self.frames.iter().enumerate() {
            if let Timeframe::Time(nanos) = frame.timeframe
                && nanos <= 0
            {
                return refuse("timeframes", "must be > 0", nanos);
            }
            within("weight of a timeframe", frame.weight, 0.0, f64::MAX)?;
            if self.frames[..place].iter().any(|other| other.timeframe == frame.timeframe) {
                return refuse("timeframes", "must be different", frame.timeframe);
            }
        }
        for (member, weight) in MEMBERS.iter().zip(self.weights) {
            if !(weight >= 0.0 && weight.is_finite()) {
                return refuse("weights", &format!("must be >= 0 for {}", member.name()), weight);
            }
        }
        if self.weights.iter().sum::<f64>() <= 0.0 {
            return refuse("weights", "must not all be 0", 0);
        }
        if self.min_frames == 0 || self.min_frames > self.frames.len() {
            return refuse("min_timeframes", &format!("must be in [1, {}]", self.frames.len()), self.min_frames);
        }
        within("min_score", self.min_score, 0.0, 1.0)?;
        within("consensus", self.consensus, 0.5, 1.0)?;
        if !(0.0..=100.0).contains(&self.min_confidence) {
            return refuse("min_confidence", "must be in [0, 100]", self.min_confidence);
        }
        within("hold", self.hold, 0.0, self.consensus)?;
        for (name, distance) in [("stop", self.stop), ("target", self.target)] {
            match distance {
                Distance::Atr(times) => within(name, times, 0.0, f64::MAX)?,
                Distance::Percent(percent) => within(name, percent, 0.0, 100.0)?,
            }
        }
        if self.atr_period == 0 {
            return refuse("atr_period", "must be >= 1", 0);
        }
        if self.expiry_bars == 0 {
            return refuse("expiry_bars", "must be >= 1", 0);
        }
        Ok(())
    }
}
