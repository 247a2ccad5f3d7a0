use std::ops::ControlFlow;

use crate::data::BlockSource;
use crate::engine::{Engine, Probe, Rows};
use crate::error::Error;
use crate::event::{Basis, Block, Columns, Kind, Record};
use crate::strategy::Strategy;
use crate::types::{InstrumentId, Ts};
use crate::venue::Venue;

/// One input of a run and the block it is in.
struct Input<'a> {
    source: &'a mut dyn BlockSource,
    block: Option<Block>,
    row: usize,
    ended: bool,
}

/// How a run went through its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// To their end.
    Complete,
    /// Stopped by the caller between two blocks.
    Stopped,
}

/// What a caller decides on a run.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Added to `ts_event` where the data has no time of sight, ns.
    pub feed_latency: i64,
    /// Events at or after this are left out.
    pub end: Ts,
}

/// Runs an engine through its inputs, merged by (`ts_event`; kind; order of the inputs; row).
///
/// `between` is called after every block with the number of events so far; breaking stops the run.
///
/// # Errors
/// The first error of a source, of the strategy or of the ledger; what was done until then stands.
pub fn run<V: Venue, S: Strategy, P: Probe>(
    engine: &mut Engine<V, S>,
    sources: &mut [&mut dyn BlockSource],
    options: RunOptions,
    probe: &mut P,
    events: &mut u64,
    mut between: impl FnMut(&mut P, u64) -> ControlFlow<()>,
) -> Result<Ending, Error> {
    let mut inputs: Vec<Input<'_>> =
        sources.iter_mut().map(|source| Input { source: &mut **source, block: None, row: 0, ended: false }).collect();
    let mut started = false;
    loop {
        let mut ended = true;
        for (place, input) in inputs.iter_mut().enumerate() {
            input.refill(place, engine, options)?;
            ended &= input.block.is_none();
        }
        if !started {
            let first = inputs.iter().filter_map(|input| input.block.as_ref()?.ts_event.get(input.row)).min();
            engine.start(first.copied().unwrap_or(0), probe)?;
            started = true;
        }
        if ended {
            return Ok(Ending::Complete);
        }
        let mut active = inputs.iter_mut().enumerate().filter(|(_, input)| input.block.is_some());
        match (active.next(), active.next()) {
            (Some((place, only)), None) => only.run_block(place, engine, options, probe, events)?,
            _ => run_merged(&mut inputs, engine, options, probe, events)?,
        }
        if between(probe, *events).is_break() {
            return Ok(Ending::Stopped);
        }
    }
}

impl Input<'_> {
    /// Gets the next block that has rows to step, prepared by the strategy.
    fn refill<V: Venue, S: Strategy>(
        &mut self,
        place: usize,
        engine: &mut Engine<V, S>,
        options: RunOptions,
    ) -> Result<(), Error> {
        if self.block.is_none() && !self.ended {
            let Some(mut block) = self.source.next_block()? else {
                self.ended = true;
                return Ok(());
            };
            engine.prepare(place, &mut block)?;
            self.row = 0;
            let end = block.ts_event.partition_point(|ts| *ts < options.end);
            if end > 0 {
                self.ended = end < block.len();
                block.truncate(end);
                self.block = Some(block);
            } else {
                // Past the end: nothing that follows counts.
                self.ended = true;
            }
        }
        Ok(())
    }

    /// Steps through the rest of the block.
    fn run_block<V: Venue, S: Strategy>(
        &mut self,
        input: usize,
        engine: &mut Engine<V, S>,
        options: RunOptions,
        probe: &mut impl Probe,
        events: &mut u64,
    ) -> Result<(), Error> {
        let Some(block) = self.block.take() else {
            return Ok(());
        };
        let rows = Rows { input, block: &block, row: self.row, feed_latency: options.feed_latency };
        match &block.columns {
            Columns::Quotes(quotes) => step_rows(engine, rows, probe, events, |row, _| Record::Quote(quotes.at(row))),
            Columns::Ticks(quotes, trades) => {
                step_rows(engine, rows, probe, events, |row, _| Record::Tick(quotes.at(row), trades.at(row)))
            }
            Columns::Trades(trades) => step_rows(engine, rows, probe, events, |row, _| Record::Trade(trades.at(row))),
            Columns::Bars(bars) => step_rows(engine, rows, probe, events, |row, ts| Record::Bar(bars.at(row, ts + 1))),
        }
    }

    fn key(&self) -> Option<(Ts, Kind)> {
        self.block.as_ref().map(|block| (block.ts_event[self.row], block.kind()))
    }
}

/// One loop for each kind of record: the kind is known while compiling, and an event never leaves the registers.
#[inline(never)]
fn step_rows<V: Venue, S: Strategy, P: Probe>(
    engine: &mut Engine<V, S>,
    rows: Rows<'_>,
    probe: &mut P,
    events: &mut u64,
    record: impl Fn(usize, Ts) -> Record,
) -> Result<(), Error> {
    engine.step_rows(rows, probe, events, record)
}

/// Steps through several inputs in order until one of their blocks is used up.
fn run_merged<V: Venue, S: Strategy>(
    inputs: &mut [Input<'_>],
    engine: &mut Engine<V, S>,
    options: RunOptions,
    probe: &mut impl Probe,
    events: &mut u64,
) -> Result<(), Error> {
    loop {
        let mut first: Option<(usize, (Ts, Kind))> = None;
        for (place, input) in inputs.iter().enumerate() {
            if let Some(key) = input.key()
                && first.is_none_or(|(_, least)| key < least)
            {
                first = Some((place, key));
            }
        }
        let Some((place, _)) = first else {
            return Ok(());
        };
        let input = &mut inputs[place];
        let Some(block) = &input.block else {
            return Ok(());
        };
        engine.step(&block.event(input.row, options.feed_latency), probe)?;
        *events += 1;
        input.row += 1;
        if input.row == block.len() {
            input.block = None;
            return Ok(());
        }
    }
}

/// The finest data that each instrument has among the inputs' (kind, instruments).
pub fn bases(instruments: usize, inputs: &[(Kind, Vec<InstrumentId>)]) -> Vec<Basis> {
    let mut bases = vec![Basis::Bars; instruments];
    for (kind, ids) in inputs {
        for id in ids {
            let basis = &mut bases[id.index()];
            *basis = (*basis).max((*kind).into());
        }
    }
    bases
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
