use std::collections::BTreeMap;

use super::config::{Distance, SignalConfig, Timeframe};
use super::frame::Frame;
use super::fusion::{View, fuse};
use super::panel::{MEMBERS, Member};
use crate::bar::Sample;
use crate::error::{Error, ErrorKind};
use crate::types::{Side, Ts};

/// What a signal says to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Go long.
    BuyLong,
    /// Go short.
    SellShort,
    /// Leave a long position.
    CloseLong,
    /// Leave a short position.
    CloseShort,
}

/// A signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Of what.
    pub symbol: String,
    /// What to do.
    pub action: Action,
    /// The timeframe that counted most; of a close, that of its entry.
    pub timeframe: Timeframe,
    /// 0 to 100; of a close, that of the direction that ends, now.
    pub confidence: f64,
    /// The members of that timeframe that voted for it.
    pub supporting: Vec<Member>,
    /// The price when it was given.
    pub entry_price: f64,
    /// Where it was wrong; of a close, as its entry said.
    pub stop_loss: f64,
    /// Where it has paid; of a close, as its entry said.
    pub take_profit: f64,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub timestamp: Ts,
}

/// A price that was traded or quoted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalTrade {
    /// When.
    pub ts: Ts,
    /// The price.
    pub price: f64,
    /// Units; NaN if there is none.
    pub volume: f64,
    /// The aggressor's side; unknown ones are taken from the direction of the price.
    pub side: Option<Side>,
}

#[derive(Clone, Debug)]
struct Active {
    signal: Signal,
    frame: usize,
    /// Bars that its timeframe had closed when it was given.
    born: u64,
}

#[derive(Clone, Debug)]
struct Symbol {
    frames: Vec<Frame>,
    active: Option<Active>,
    /// Whether a long entry and a short entry may be given.
    armed: [bool; 2],
    last: Ts,
    price: f64,
    /// The side of the last move of the price.
    side: Option<Side>,
}

/// Signals of many symbols.
///
/// # Example
/// ```
/// use baconalgo_core::signals::{SignalConfig, SignalEngine, SignalTrade};
/// let mut engine = SignalEngine::try_new(SignalConfig::default())?;
/// let first = SignalTrade { ts: 0, price: 100.0, volume: 1.0, side: None };
/// assert!(engine.on_trade("BTC", &first)?.is_empty()); // nothing before the warm-up
/// # Ok::<(), baconalgo_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignalEngine {
    config: SignalConfig,
    symbols: BTreeMap<String, Symbol>,
}

fn data_error<T>(parameter: &str, rule: String, value: impl std::fmt::Display) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Data, 1001, parameter, rule, value))
}

/// A price with eight digits: more of them are arithmetic.
fn shown(price: f64) -> f64 {
    format!("{price:.7e}").parse().unwrap_or(price)
}

impl SignalEngine {
    /// An engine that has seen nothing.
    ///
    /// # Errors
    /// As [`SignalConfig::check`].
    pub fn try_new(config: SignalConfig) -> Result<Self, Error> {
        config.check()?;
        Ok(Self { config, symbols: BTreeMap::new() })
    }

    /// The settings.
    pub const fn config(&self) -> &SignalConfig {
        &self.config
    }

    /// A trade or a quote's mid; gives the signals that come of it: at most a close and an entry.
    ///
    /// # Errors
    /// `DataError` for a price that is not above 0, a volume below 0, and a time before the last one of
    /// the symbol; nothing changes then.
    pub fn on_trade(&mut self, symbol: &str, trade: &SignalTrade) -> Result<Vec<Signal>, Error> {
        let SignalTrade { ts, price, volume, side } = *trade;
        let sample = Sample::price(ts, price, volume, side);
        self.take(symbol, sample, ts)
    }

    /// A bar `[ts, ts + nanos)` that has closed. It goes into timeframes of its length and longer ones.
    ///
    /// # Errors
    /// As [`Self::on_trade`].
    pub fn on_bar(&mut self, symbol: &str, bar: &Sample, nanos: i64) -> Result<Vec<Signal>, Error> {
        if nanos <= 0 {
            return data_error("timeframe", "must be > 0".into(), nanos);
        }
        let Sample { open, high, low, close, .. } = *bar;
        if !(low <= open && low <= close && open <= high && close <= high) {
            let value = format!("open {open}, high {high}, low {low}, close {close}");
            return data_error("bar", "must have low <= open, close <= high".into(), value);
        }
        self.take(symbol, *bar, bar.ts.saturating_add(nanos))
    }

    /// The entries that have not ended, by symbol.
    pub fn active_signals(&self) -> impl Iterator<Item = &Signal> {
        self.symbols.values().filter_map(|symbol| symbol.active.as_ref().map(|active| &active.signal))
    }

    /// What the timeframes of a symbol say together; `None` for a symbol that was never seen.
    pub fn view(&self, symbol: &str) -> Option<View> {
        self.symbols.get(symbol).map(|symbol| symbol.view(&self.config))
    }

    /// The timeframes of a symbol with the votes of their members; those that do not vote yet are left out.
    pub fn votes(&self, symbol: &str) -> Vec<(Timeframe, f64, [i8; MEMBERS.len()])> {
        let frames = self.symbols.get(symbol).map_or(&[][..], |symbol| &symbol.frames);
        let opinions = frames.iter().filter_map(|frame| frame.opinion);
        opinions.map(|said| (self.config.frames[said.frame].timeframe, said.score, said.votes)).collect()
    }

    /// Forgets a symbol.
    pub fn forget(&mut self, symbol: &str) {
        self.symbols.remove(symbol);
    }

    fn take(&mut self, name: &str, sample: Sample, end: Ts) -> Result<Vec<Signal>, Error> {
        if !(sample.low > 0.0 && sample.high.is_finite()) {
            return data_error("price", "must be > 0".into(), sample.low);
        }
        if sample.volume < 0.0 || sample.volume.is_infinite() {
            return data_error("volume", "must be >= 0".into(), sample.volume);
        }
        if !self.symbols.contains_key(name) {
            let fresh = Symbol::try_new(&self.config)?;
            self.symbols.insert(name.to_owned(), fresh);
        }
        let config = &self.config;
        let Some(symbol) = self.symbols.get_mut(name) else { return Ok(Vec::new()) };
        if sample.ts < symbol.last {
            return data_error(
                "timestamp",
                format!("must not be before {}, the last one of {name}", symbol.last),
                sample.ts,
            );
        }
        symbol.push(sample, end, config);
        let mut signals = Vec::new();
        symbol.end_entry(&sample, end, config, &mut signals);
        symbol.begin_entry(name, end, config, &mut signals);
        Ok(signals)
    }
}

impl Symbol {
    fn try_new(config: &SignalConfig) -> Result<Self, Error> {
        let frames = config.frames.iter().enumerate();
        let frames = frames.map(|(place, frame)| Frame::try_new(place, *frame, config)).collect::<Result<_, _>>()?;
        Ok(Self { frames, active: None, armed: [true; 2], last: Ts::MIN, price: f64::NAN, side: None })
    }

    fn view(&self, config: &SignalConfig) -> View {
        fuse(self.frames.iter().filter_map(|frame| frame.opinion), config.min_score)
    }

    /// Bars that are over close, then the sample goes in.
    fn push(&mut self, mut sample: Sample, end: Ts, config: &SignalConfig) {
        if sample.close > self.price {
            self.side = Some(Side::Buy);
        } else if sample.close < self.price {
            self.side = Some(Side::Sell);
        }
        sample.side = sample.side.or(self.side);
        (self.price, self.last) = (sample.close, end);
        for frame in &mut self.frames {
            frame.advance(sample.ts, config);
            frame.push(&sample, end, config);
        }
    }

    fn end_entry(&mut self, sample: &Sample, now: Ts, config: &SignalConfig, signals: &mut Vec<Signal>) {
        let view = self.view(config);
        let Some(active) = &self.active else { return };
        let entry = &active.signal;
        let long = entry.action == Action::BuyLong;
        let side = usize::from(!long);
        let (stopped, reached) = if long {
            (sample.low <= entry.stop_loss, sample.high >= entry.take_profit)
        } else {
            (sample.high >= entry.stop_loss, sample.low <= entry.take_profit)
        };
        let age = self.frames[active.frame].closed - active.born;
        // Where a bar holds both stop and target, the worse one counts.
        let reason = if stopped {
            format!("stop {} reached", shown(entry.stop_loss))
        } else if reached {
            format!("target {} reached", shown(entry.take_profit))
        } else if view.consensus[side] < config.hold {
            format!("consensus fell to {:.0} %", 100.0 * view.consensus[side])
        } else if age >= config.expiry_bars {
            format!("expired after {age} bars of {}", entry.timeframe)
        } else {
            return;
        };
        signals.push(Signal {
            action: if long { Action::CloseLong } else { Action::CloseShort },
            confidence: view.confidence[side],
            entry_price: self.price,
            reason,
            timestamp: now,
            ..entry.clone()
        });
        self.armed[side] = false;
        self.active = None;
    }

    fn begin_entry(&mut self, name: &str, now: Ts, config: &SignalConfig, signals: &mut Vec<Signal>) {
        let view = self.view(config);
        for side in 0..2 {
            self.armed[side] |= view.consensus[side] < config.hold;
        }
        if self.active.is_some() || view.voting < config.min_frames {
            return;
        }
        for side in 0..2 {
            let strong = view.consensus[side] >= config.consensus && view.confidence[side] >= config.min_confidence;
            let Some(lead) = view.lead[side].filter(|_| strong && self.armed[side]) else { continue };
            let frame = &self.frames[lead];
            let sign = if side == 0 { 1.0 } else { -1.0 };
            let away = |distance: Distance| match distance {
                Distance::Atr(times) => times * frame.atr(),
                Distance::Percent(percent) => percent / 100.0 * self.price,
            };
            let (stop, target) = (away(config.stop), away(config.target));
            // A market that does not move has no range to measure by.
            if !(stop > 0.0 && target > 0.0) {
                continue;
            }
            let supporting = frame.opinion.map_or_else(Vec::new, |opinion| {
                let votes = MEMBERS.into_iter().zip(opinion.votes);
                votes.filter(|(_, vote)| f64::from(*vote) == sign).map(|(member, _)| member).collect()
            });
            let word = if side == 0 { "long" } else { "short" };
            let agree = self.frames.iter().filter_map(|frame| frame.opinion);
            let agree = agree.filter(|said| said.score * sign >= config.min_score).count();
            let timeframe = config.frames[lead].timeframe;
            let signal = Signal {
                symbol: name.to_owned(),
                action: if side == 0 { Action::BuyLong } else { Action::SellShort },
                timeframe,
                confidence: view.confidence[side],
                supporting,
                entry_price: self.price,
                stop_loss: sign.mul_add(-stop, self.price),
                take_profit: sign.mul_add(target, self.price),
                reason: format!(
                    "{agree} of {} timeframes {word} ({:.0} % of the weight), led by {timeframe}",
                    view.voting,
                    100.0 * view.consensus[side]
                ),
                timestamp: now,
            };
            self.active = Some(Active { signal: signal.clone(), frame: lead, born: frame.closed });
            signals.push(signal);
            return;
        }
    }
}
