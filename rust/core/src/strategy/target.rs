use std::ops::Range;

use super::{Context, Strategy};
use crate::error::{Error, ErrorKind};
use crate::event::{Block, Event};
use crate::types::{Instrument, InstrumentId, Qty, Side};

/// Follows [`Event::target`], the decision column: whenever the wanted position of an instrument
/// changes, a market order for the difference to where its position is going.
#[derive(Debug, Default)]
pub struct TargetStrategy {
    held: Vec<Held>,
    /// By input.
    turns: Vec<Turns>,
}

/// What was wanted last of an instrument.
#[derive(Clone, Copy, Debug)]
struct Held {
    target: f64,
    /// A number of units and the lots that it is: mostly the next one too, on either side.
    units: f64,
    lots: i64,
}

/// The rows of a block that want something else than the row before.
#[derive(Clone, Debug, Default)]
struct Turns {
    rows: Vec<u32>,
    /// Those before it have been seen.
    next: usize,
}

impl Held {
    const NOTHING: Self = Self { target: 0.0, units: 0.0, lots: 0 };

    /// Whether a row asks for anything else. NaN compares unequal to everything, so it does not: it means "no change".
    #[inline(always)]
    fn differs(&self, wanted: f64) -> bool {
        (wanted < self.target) | (wanted > self.target)
    }

    /// What was wanted is held from here on: an order if the position is not going there already.
    #[inline(always)]
    fn change(&mut self, wanted: f64, instrument: InstrumentId, context: &mut Context<'_>) -> Result<(), Error> {
        self.target = wanted;
        if self.units != wanted.abs() {
            self.size(wanted, instrument, context)?;
        }
        let wanted = if wanted < 0.0 { -self.lots } else { self.lots };
        let difference = wanted - context.position(instrument).0 - context.working(instrument).0;
        if let Some(side) = Side::of(difference) {
            context.market(instrument, side, Qty(difference.abs()));
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn size(&mut self, wanted: f64, instrument: InstrumentId, context: &Context<'_>) -> Result<(), Error> {
        let scale = context.instruments[instrument.index()].qty_scale();
        self.lots = scale
            .to_ticks(wanted.abs())
            .ok_or_else(|| Error::new(ErrorKind::Order, 1002, "quantity", "must be a whole number of lots", wanted))?;
        self.units = wanted.abs();
        Ok(())
    }
}

impl Turns {
    /// Looks at a block anew. The first row is not among them: nothing is known of what came before.
    fn look_at(&mut self, target: &[f64]) {
        const ROWS: usize = u64::BITS as usize;
        self.rows.clear();
        self.next = 0;
        let Some((_, now)) = target.split_first() else { return };
        for (place, (now, before)) in now.chunks(ROWS).zip(target.chunks(ROWS)).enumerate() {
            let first = (1 + place * ROWS) as u32;
            let mut turned = match (now.first_chunk(), before.first_chunk()) {
                (Some(now), Some(before)) => turned::<ROWS>(now, before),
                _ => now
                    .iter()
                    .zip(before)
                    .rev()
                    .fold(0, |bits, (now, before)| bits << 1 | u64::from(turns(*now, *before))),
            };
            while turned != 0 {
                self.rows.push(first + turned.trailing_zeros());
                turned &= turned - 1;
            }
        }
    }

    /// The first one behind `row`, before `end`; or `end`.
    #[inline(always)]
    fn after(&mut self, row: usize, end: usize) -> usize {
        while let Some(turn) = self.rows.get(self.next) {
            if *turn as usize > row {
                return end.min(*turn as usize);
            }
            self.next += 1;
        }
        end
    }
}

/// Whether a row may ask for something that the row before did not.
#[inline(always)]
fn turns(now: f64, before: f64) -> bool {
    // A NaN before says nothing of what was wanted, and one now asks for nothing.
    !now.is_nan() & (now != before)
}

/// A bit for each row that [turns].
#[inline(always)]
fn turned<const ROWS: usize>(now: &[f64; ROWS], before: &[f64; ROWS]) -> u64 {
    (0..ROWS).fold(0, |bits, row| bits | u64::from(turns(now[row], before[row])) << row)
}

impl TargetStrategy {
    /// For a number of instruments.
    pub fn new(instruments: usize) -> Self {
        Self { held: vec![Held::NOTHING; instruments], turns: Vec::new() }
    }
}

impl Strategy for TargetStrategy {
    const WATCHES_ORDERS: bool = false;
    const SEES_STRETCHES: bool = true;

    fn add_instrument(&mut self, _instrument: &Instrument) {
        self.held.push(Held::NOTHING);
    }

    fn prepare(&mut self, input: usize, block: &mut Block, _instruments: &[Instrument]) -> Result<(), Error> {
        if self.turns.len() <= input {
            self.turns.resize_with(input + 1, Turns::default);
        }
        self.turns[input].look_at(&block.target);
        Ok(())
    }

    #[inline(always)]
    fn cares(&self, event: &Event) -> bool {
        self.held[event.instrument.index()].differs(event.target)
    }

    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        let held = &mut self.held[event.instrument.index()];
        if context.warming_up || !held.differs(event.target) {
            return Ok(());
        }
        held.change(event.target, event.instrument, context)
    }

    fn on_rows(
        &mut self,
        input: usize,
        block: &Block,
        instrument: InstrumentId,
        rows: Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        let Range { start: mut row, end } = rows;
        if block.target.is_empty() || context.warming_up {
            return (end, Ok(()));
        }
        let (held, turns) = (&mut self.held[instrument.index()], &mut self.turns[input]);
        while row < end {
            let wanted = block.target[row];
            if held.differs(wanted) {
                context.now = block.known(row);
                let outcome = held.change(wanted, instrument, context);
                if outcome.is_err() || context.has_asked() {
                    return (row, outcome);
                }
            }
            row = turns.after(row, end);
        }
        (end, Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn turns_are_the_rows_that_a_walk_row_by_row_would_stop_at() {
        let mut rng = Rng::new(21, 0);
        for rows in (0..200).chain([1024, 2047, 2048]) {
            let mut wanted = 1.0;
            let target: Vec<f64> = (0..rows)
                .map(|_| match rng.next_u64() % 12 {
                    0 => f64::NAN,
                    1 => {
                        wanted = (rng.next_u64() % 3) as f64 - 1.0;
                        wanted
                    }
                    _ => wanted,
                })
                .collect();
            let mut turns = Turns::default();
            turns.look_at(&target);
            for from in [0, rows / 3, rows / 2] {
                turns.next = 0;
                let mut held = Held { target: 1.0, ..Held::NOTHING };
                let mut seen = Vec::new();
                let mut row = from;
                while row < rows {
                    if held.differs(target[row]) {
                        held.target = target[row];
                        seen.push(row);
                    }
                    row = turns.after(row, rows);
                }
                let mut held = Held { target: 1.0, ..Held::NOTHING };
                let expected = (from..rows).filter(|row| {
                    let differs = held.differs(target[*row]);
                    held.target = if differs { target[*row] } else { held.target };
                    differs
                });
                assert_eq!(seen, expected.collect::<Vec<_>>(), "{target:?}");
            }
        }
    }
}
