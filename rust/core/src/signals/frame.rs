use super::config::{FrameConfig, SignalConfig, Timeframe};
use super::fusion::Opinion;
use super::panel::Panel;
use crate::bar::{FloatBar, Sample, TimeBars};
use crate::error::Error;
use crate::types::{Side, Ts};

/// One timeframe of one symbol: its bars, its panel, its opinion.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    place: usize,
    weight: f64,
    /// `None` for ticks.
    bars: Option<(i64, TimeBars)>,
    panel: Panel,
    /// Since the last bar closed.
    pub(super) opinion: Option<Opinion>,
    /// Bars closed so far.
    pub(super) closed: u64,
}

impl Frame {
    pub(super) fn try_new(place: usize, frame: FrameConfig, config: &SignalConfig) -> Result<Self, Error> {
        let bars = match frame.timeframe {
            Timeframe::Tick => None,
            Timeframe::Time(nanos) => Some((nanos, TimeBars::try_new(nanos)?)),
        };
        let panel = Panel::try_new(config.atr_period)?;
        Ok(Self { place, weight: frame.weight, bars, panel, opinion: None, closed: 0 })
    }

    /// The average true range after its last bar.
    pub(super) fn atr(&self) -> f64 {
        self.panel.atr()
    }

    /// Time comes to `now`: a bar that is over closes.
    pub(super) fn advance(&mut self, now: Ts, config: &SignalConfig) {
        if let Some(bar) = self.bars.as_mut().and_then(|(_, bars)| bars.close(now)) {
            self.take(&bar, config);
        }
    }

    /// A price, or a shorter bar that ends at `end`.
    pub(super) fn push(&mut self, sample: &Sample, end: Ts, config: &SignalConfig) {
        match &mut self.bars {
            None if end == sample.ts => self.take(&tick(sample), config),
            // A bar is no tick, and says nothing about bars shorter than itself.
            None => {}
            Some((nanos, _)) if end - sample.ts > *nanos => {}
            Some((_, bars)) => {
                let over = bars.push(sample);
                debug_assert!(over.is_none(), "Invariant: time came first");
                if end > sample.ts {
                    self.advance(end, config);
                }
            }
        }
    }

    fn take(&mut self, bar: &FloatBar, config: &SignalConfig) {
        self.closed += 1;
        self.opinion = self.panel.update(bar).map(|votes| Opinion::of(self.place, self.weight, votes, &config.weights));
    }
}

/// A price as a bar of its own.
fn tick(sample: &Sample) -> FloatBar {
    let Sample { ts, open, high, low, close, volume, side } = *sample;
    let of = |wanted: Side| if side == Some(wanted) && !volume.is_nan() { volume } else { 0.0 };
    FloatBar {
        start: ts,
        end: ts,
        open,
        high,
        low,
        close,
        volume,
        buy_volume: of(Side::Buy),
        sell_volume: of(Side::Sell),
        count: 1,
    }
}
