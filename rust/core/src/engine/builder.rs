use crate::bar::{FloatBar, Sample, TimeBars};
use crate::event::{Basis, Event, Record};
use crate::strategy::BuiltBar;
use crate::types::{Instrument, InstrumentId, MaybeQty, NEVER, Px, Ts};

/// Builds the bars that a strategy subscribed to out of what it sees.
#[derive(Debug)]
pub(super) struct BarBuilder {
    basis: Vec<Basis>,
    feed_latency: i64,
    series: Vec<Series>,
    due: Ts,
}

/// The bars of one timeframe, one builder an instrument.
#[derive(Debug)]
struct Series {
    timeframe: i64,
    bars: Vec<TimeBars>,
}

impl Series {
    fn built(&self, id: usize, bar: FloatBar) -> BuiltBar {
        BuiltBar {
            instrument: InstrumentId(id as u32),
            timeframe: self.timeframe,
            ts_open: bar.start,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        }
    }
}

impl BarBuilder {
    pub(super) const fn new(basis: Vec<Basis>, feed_latency: i64) -> Self {
        Self { basis, feed_latency, series: Vec::new(), due: NEVER }
    }

    #[inline]
    pub(super) const fn is_on(&self) -> bool {
        !self.series.is_empty()
    }

    /// When the next bar is complete.
    #[inline]
    pub(super) const fn due(&self) -> Ts {
        self.due
    }

    /// One instrument more.
    pub(super) fn add_instrument(&mut self, basis: Basis) {
        self.basis.push(basis);
        for series in &mut self.series {
            let bars = TimeBars::try_new(series.timeframe);
            debug_assert!(bars.is_ok(), "Invariant: a timeframe is > 0");
            series.bars.extend(bars);
        }
    }

    /// An instrument has finer data than was known.
    pub(super) fn widen(&mut self, instrument: InstrumentId, basis: Basis) {
        self.basis[instrument.index()] = basis;
    }

    pub(super) fn subscribe(&mut self, timeframe: i64) {
        let known = self.series.iter().any(|series| series.timeframe == timeframe);
        let bars: Result<Vec<TimeBars>, _> = self.basis.iter().map(|_| TimeBars::try_new(timeframe)).collect();
        debug_assert!(bars.is_ok(), "Invariant: a timeframe is > 0");
        if let (false, Ok(bars)) = (known, bars) {
            self.series.push(Series { timeframe, bars });
        }
    }

    /// Takes an event in; returns the bars that it shows to be over.
    pub(super) fn push(&mut self, event: &Event, instrument: &Instrument) -> Vec<BuiltBar> {
        let id = event.instrument.index();
        let Some(sample) = sample(event, self.basis[id], instrument) else { return Vec::new() };
        let mut over = Vec::new();
        for series in &mut self.series {
            if let Some(bar) = series.bars[id].push(&sample) {
                over.push(series.built(id, bar));
            }
        }
        self.find_due();
        over
    }

    /// The bars that are complete at `now`, in order of their end, instrument and timeframe.
    pub(super) fn close(&mut self, now: Ts) -> Vec<BuiltBar> {
        let until = now.saturating_sub(self.feed_latency);
        let mut closed = Vec::new();
        for series in &mut self.series {
            for id in 0..series.bars.len() {
                if let Some(bar) = series.bars[id].close(until) {
                    closed.push(series.built(id, bar));
                }
            }
        }
        closed.sort_by_key(|bar| (bar.ts_open + bar.timeframe, bar.instrument, bar.timeframe));
        self.find_due();
        closed
    }

    fn find_due(&mut self) {
        let ends = self.series.iter().flat_map(|series| series.bars.iter().map(TimeBars::close_at));
        self.due = ends.min().map_or(NEVER, |end| end.saturating_add(self.feed_latency));
    }
}

/// What an event adds to a bar: the trade, the mid of a quote with both sides, or a shorter bar.
fn sample(event: &Event, basis: Basis, instrument: &Instrument) -> Option<Sample> {
    let price = |px: Px| instrument.price(px);
    let volume = |qty: MaybeQty| qty.get().map_or(f64::NAN, |qty| instrument.quantity(qty));
    match (&event.record, basis) {
        (Record::Tick(_, trade), _) | (Record::Trade(trade), Basis::Trades) => {
            Some(Sample::price(event.ts_event, price(trade.px), volume(trade.qty), trade.side))
        }
        (Record::Quote(quote), _) => {
            let mid = (price(quote.bid.get()?) + price(quote.ask.get()?)) * 0.5;
            Some(Sample::price(event.ts_event, mid, f64::NAN, None))
        }
        (Record::Bar(bar), Basis::Bars) => Some(Sample {
            ts: bar.ts_open,
            open: price(bar.open),
            high: price(bar.high),
            low: price(bar.low),
            close: price(bar.close),
            volume: volume(bar.volume),
            side: None,
        }),
        _ => None,
    }
}
