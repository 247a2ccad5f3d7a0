//! Signals from many timeframes at once: fifteen indicators vote on each, the votes are fused.
//!
//! [`SignalEngine`] takes ticks or bars of many symbols. For each symbol and timeframe a [`Panel`] of
//! indicators follows the bars and says what each of its members votes; [`fuse`] makes one [`View`] of the
//! timeframes; the engine turns views into [`Signal`]s with stop, target and expiry.
//!
//! # The rule
//! 1. When a bar of a timeframe closes, each indicator votes long (+1), short (-1) or nothing; see
//!    [`Member`]. A timeframe votes once all indicators that need no volume have a value.
//! 2. Its score is the weighted mean of the votes that were cast, from -1 to 1; it has a direction if the
//!    score is at least `min_score` in size.
//! 3. Consensus of a direction: the share of the weights of the timeframes that have it, among all that
//!    vote. Confidence: 100 times the weighted mean of the size of their scores.
//! 4. An entry needs `consensus` and `min_confidence`. It stays until its consensus falls below `hold`, its
//!    stop or target is met, or it expires; the same direction is not entered again before its consensus
//!    has been below `hold`. The gap between the two bounds is what keeps signals from flapping.
//!
//! # Limitations
//! A signal is an opinion about prices: it knows neither position nor costs.

mod config;
mod engine;
mod frame;
mod fusion;
mod panel;

pub use config::{Distance, FrameConfig, SignalConfig, Timeframe};
pub use engine::{Action, Signal, SignalEngine, SignalTrade};
pub use fusion::{Opinion, View, fuse};
pub use panel::{MEMBERS, Member, Panel};
