use std::ops::Range;

use super::{Context, Strategy, TargetStrategy};
use crate::error::Error;
use crate::event::{Block, Event};
use crate::expr::ExprSignals;
use crate::types::{Instrument, InstrumentId};

/// Trades what [`ExprSignals`] wants, at market.
///
/// The conditions of an instrument run on the rows of its primary table: the first input that brings a
/// row of it. Rows of other inputs change nothing.
#[derive(Debug)]
pub struct ExprStrategy {
    signals: ExprSignals,
    /// The input that is the primary table of each instrument, once it is known.
    primary: Vec<Option<usize>>,
    follow: TargetStrategy,
}

impl ExprStrategy {
    /// For a number of instruments.
    pub fn new(signals: ExprSignals, instruments: usize) -> Self {
        Self { signals, primary: vec![None; instruments], follow: TargetStrategy::new(instruments) }
    }

    /// With the primary tables given: an input for each instrument that has one.
    #[must_use]
    pub fn with_primary(mut self, primary: Vec<Option<usize>>) -> Self {
        debug_assert_eq!(primary.len(), self.primary.len(), "Invariant: one entry an instrument");
        self.primary = primary;
        self
    }
}

impl Strategy for ExprStrategy {
    const WATCHES_ORDERS: bool = false;
    const SEES_STRETCHES: bool = true;
    const DECIDES_BY_COLUMN: bool = true;

    fn add_instrument(&mut self, instrument: &Instrument) {
        self.primary.push(None);
        self.follow.add_instrument(instrument);
    }

    fn prepare(&mut self, input: usize, block: &mut Block, instruments: &[Instrument]) -> Result<(), Error> {
        let primary = &mut self.primary;
        self.signals.fill_targets_where(block, instruments, |id| *primary[id.index()].get_or_insert(input) == input)?;
        self.follow.prepare(input, block, instruments)
    }

    #[inline(always)]
    fn cares(&self, event: &Event) -> bool {
        self.follow.cares(event)
    }

    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.follow.on_event(event, context)
    }

    #[inline]
    fn on_rows(
        &mut self,
        input: usize,
        block: &Block,
        instrument: InstrumentId,
        rows: Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        self.follow.on_rows(input, block, instrument, rows, context)
    }
}
