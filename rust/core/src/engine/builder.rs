use crate::event::{Basis, Event, Record};
use crate::strategy::BuiltBar;
use crate::types::{DAY_NS, Instrument, NEVER, Ts};

/// Builds the bars that a strategy subscribed to out of what it sees.
#[derive(Debug)]
pub(super) struct BarBuilder {
    basis: Vec<Basis>,
    feed_latency: i64,
    timeframes: Vec<i64>,
    /// One a timeframe and instrument, instruments running fastest.
    partial: Vec<Option<BuiltBar>>,
    due: Ts,
}

/// The start of the interval that `ts` lies in, on the UTC grid; weeks start on Monday.
pub(crate) const fn interval_start(ts: Ts, timeframe: i64) -> Ts {
    // The epoch was a Thursday.
    let offset = if timeframe % (7 * DAY_NS) == 0 { 4 * DAY_NS } else { 0 };
    (ts - offset).div_euclid(timeframe) * timeframe + offset
}

impl BarBuilder {
    pub(super) const fn new(basis: Vec<Basis>, feed_latency: i64) -> Self {
        Self { basis, feed_latency, timeframes: Vec::new(), partial: Vec::new(), due: NEVER }
    }

    #[inline]
    pub(super) const fn is_on(&self) -> bool {
        !self.timeframes.is_empty()
    }

    /// When the next bar is complete.
    #[inline]
    pub(super) const fn due(&self) -> Ts {
        self.due
    }

    pub(super) fn subscribe(&mut self, timeframe: i64) {
        if timeframe > 0 && !self.timeframes.contains(&timeframe) {
            self.timeframes.push(timeframe);
            self.partial.resize(self.timeframes.len() * self.basis.len(), None);
        }
    }

    /// Takes an event in; returns the bars that it shows to be over.
    pub(super) fn push(&mut self, event: &Event, instrument: &Instrument) -> Vec<BuiltBar> {
        let id = event.instrument;
        let basis = self.basis[id.index()];
        let price = |px| instrument.price(px);
        let volume_of = |qty: crate::types::MaybeQty| qty.get().map_or(f64::NAN, |qty| instrument.quantity(qty));
        let (ts, [open, high, low, close], volume) = match (&event.record, basis) {
            (Record::Tick(_, trade), _) | (Record::Trade(trade), Basis::Trades) => {
                (event.ts_event, [price(trade.px); 4], volume_of(trade.qty))
            }
            (Record::Quote(quote), _) => match (quote.bid.get(), quote.ask.get()) {
                (Some(bid), Some(ask)) => (event.ts_event, [(price(bid) + price(ask)) * 0.5; 4], f64::NAN),
                _ => return Vec::new(),
            },
            (Record::Bar(bar), Basis::Bars) => (
                bar.ts_open,
                [price(bar.open), price(bar.high), price(bar.low), price(bar.close)],
                volume_of(bar.volume),
            ),
            _ => return Vec::new(),
        };
        let mut over = Vec::new();
        for (row, timeframe) in self.timeframes.iter().enumerate() {
            let ts_open = interval_start(ts, *timeframe);
            let place = &mut self.partial[row * self.basis.len() + id.index()];
            if place.is_some_and(|bar| bar.ts_open != ts_open) {
                over.extend(place.take());
            }
            let fresh = BuiltBar { instrument: id, timeframe: *timeframe, ts_open, open, high, low, close, volume };
            match place {
                Some(bar) => {
                    bar.high = bar.high.max(high);
                    bar.low = bar.low.min(low);
                    bar.close = close;
                    bar.volume += volume;
                }
                None => *place = Some(fresh),
            }
        }
        self.find_due();
        over
    }

    /// The bars that are complete at `now`, in order of their end, instrument and timeframe.
    pub(super) fn close(&mut self, now: Ts) -> Vec<BuiltBar> {
        let feed_latency = self.feed_latency;
        let complete = |bar: &BuiltBar| bar.ts_open + bar.timeframe + feed_latency <= now;
        let mut closed: Vec<BuiltBar> =
            self.partial.iter_mut().filter_map(|place| place.take_if(|bar| complete(bar))).collect();
        closed.sort_by_key(|bar| (bar.ts_open + bar.timeframe, bar.instrument, bar.timeframe));
        self.find_due();
        closed
    }

    fn find_due(&mut self) {
        let ends = self.partial.iter().flatten().map(|bar| bar.ts_open + bar.timeframe + self.feed_latency);
        self.due = ends.min().unwrap_or(NEVER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_start_on_monday() {
        let monday = 4 * DAY_NS; // 1970-01-05
        assert_eq!(interval_start(monday, 7 * DAY_NS), monday);
        assert_eq!(interval_start(monday - 1, 7 * DAY_NS), monday - 7 * DAY_NS);
        assert_eq!(interval_start(90_000_000_000, 60_000_000_000), 60_000_000_000);
    }
}
