//! Many rows at once, where nothing can happen between them.
//!
//! # Rationale
//! [`Engine::step`] says what an event does. Between two things that are due, with no order working in its
//! market, a row does only this: it stands, it marks, and the strategy sees it. So a strategy may see many rows
//! in one call, up to the first on which it asks for something; that row's quote is then the one that stands,
//! and the marks on the way count for the drawdown, which asks for no more than their extremes. The result is
//! that of stepping row by row, bit for bit.

use super::{Engine, Probe};
use crate::error::Error;
use crate::event::{Block, InstrumentColumn, Kind, Record};
use crate::strategy::{Context, Strategy};
use crate::types::{InstrumentId, Ts};
use crate::venue::Venue;

/// The rest of a block.
pub(crate) struct Rows<'a> {
    /// Which of the inputs.
    pub(crate) input: usize,
    pub(crate) block: &'a Block,
    /// The first row not stepped yet.
    pub(crate) row: usize,
    pub(crate) feed_latency: i64,
}

impl Rows<'_> {
    /// The instrument, if the rows are of one and each is seen when it happens.
    fn at_once(&self) -> Option<InstrumentId> {
        match self.block.instrument {
            InstrumentColumn::One(id) if self.block.ts_recv.is_empty() && self.feed_latency == 0 => Some(id),
            _ => None,
        }
    }

    /// The end of the rows from the first one on whose times are all before `until`.
    fn end_before(&self, until: Ts) -> usize {
        let times = &self.block.ts_event;
        if times.last().is_some_and(|last| *last < until) {
            return times.len();
        }
        // Mostly the next row, if not the last: the search doubles its step.
        let (mut from, mut step) = (self.row, 1);
        while from + step < times.len() && times[from + step] < until {
            from += step;
            step *= 2;
        }
        let to = times.len().min(from + step);
        from + times[from..to].partition_point(|ts| *ts < until)
    }
}

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// Steps through the rest of a block; `record` makes the record of a row, `events` counts the rows done.
    ///
    /// # Errors
    /// As [`Engine::step`].
    #[inline]
    pub(crate) fn step_rows(
        &mut self,
        mut rows: Rows<'_>,
        probe: &mut impl Probe,
        events: &mut u64,
        record: impl Fn(usize, Ts) -> Record,
    ) -> Result<(), Error> {
        let block = rows.block;
        let mut at_once = if S::SEES_STRETCHES { rows.at_once() } else { None };
        if let Some(id) = at_once
            && !self.marks.look_at(block, rows.row, self.basis[id.index()], self.ledger.mark2(id))
        {
            at_once = None;
        }
        while rows.row < block.len() {
            let ts = block.ts_event[rows.row];
            self.audit = super::Audit::default();
            if self.due <= ts {
                self.settle(ts, probe)?;
            }
            if let Some(id) = at_once
                && let Some(end) = self.quiet_until(id, &rows, probe)
            {
                self.stretch(id, &mut rows, end, probe, events, &record)?;
                continue;
            }
            let event = block.event_of(rows.row, rows.feed_latency, record(rows.row, ts));
            self.take(&event, probe)?;
            *events += 1;
            rows.row += 1;
        }
        Ok(())
    }

    /// The end of the rows during which nothing but market data happens; `None` if there is not one.
    #[inline]
    fn quiet_until(&self, id: InstrumentId, rows: &Rows<'_>, probe: &impl Probe) -> Option<usize> {
        let ts = rows.block.ts_event[rows.row];
        // A bar is known a nanosecond after its place in the order.
        let lead = Ts::from(rows.block.kind() == Kind::Bar);
        let mut until = probe.indifferent_until().min(self.due.saturating_sub(lead));
        if ts + lead < self.trading_from {
            until = until.min(self.trading_from - lead);
        }
        let quiet = ts < until
            && !self.bars.is_on()
            && !self.risk.is_watching()
            && self.local.last_seen <= ts
            && self.venue.is_quiet(id)
            && self.ledger.bears(id, self.marks.most());
        quiet.then(|| rows.end_before(until))
    }

    /// Shows the strategy the rows up to `end`, and does what they and what it asks for do.
    #[inline]
    fn stretch(
        &mut self,
        id: InstrumentId,
        rows: &mut Rows<'_>,
        end: usize,
        probe: &mut impl Probe,
        events: &mut u64,
        record: &impl Fn(usize, Ts) -> Record,
    ) -> Result<(), Error> {
        let (block, from) = (rows.block, rows.row);
        let lead = Ts::from(block.kind() == Kind::Bar);
        let mut context = Context {
            now: block.ts_event[from] + lead,
            warming_up: block.ts_event[from] + lead < self.trading_from,
            instruments: &self.instruments,
            positions: self.ledger.positions(),
            working: &self.open.net,
            next_order: &mut self.next_order,
            commands: &mut self.commands,
            requests: &mut self.requests,
        };
        let (at, outcome) = self.strategy.on_rows(rows.input, block, id, from..end, &mut context);
        let last = at.min(end - 1);
        let ts = block.ts_event[last];
        probe.on_time(ts, &self.ledger);
        self.venue.observe(&block.event_of(last, 0, record(last, ts)));
        self.ledger.mark_each(id, self.marks.twice(), from..last + 1);
        self.risk.touch(id, &self.ledger);
        self.now = ts + lead;
        // A row that failed is not done, and is the last one.
        *events += (last - from) as u64 + u64::from(outcome.is_ok());
        rows.row = last + 1;
        if self.commands.is_empty() && self.requests.is_empty() {
            return outcome;
        }
        let next = if outcome.is_ok() { block.ts_event.get(last + 1).copied() } else { None };
        let carried_out = self.carry_out(next.unwrap_or(Ts::MIN), probe);
        outcome.and(carried_out)
    }
}
