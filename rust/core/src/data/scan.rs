use std::collections::BTreeMap;

use super::{BlockSource, Counts};
use crate::error::Error;
use crate::event::{InstrumentColumn, Kind};
use crate::types::{InstrumentId, Ts};

/// What a source holds, from reading all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// What was met.
    pub counts: Counts,
    /// The earliest time of a usable row; of a bar its start.
    pub first: Option<Ts>,
    /// The latest time of a usable row; of a bar its start.
    pub last: Option<Ts>,
    /// How often an instrument was silent for longer than asked.
    pub gaps: u64,
    /// The longest silence, nanoseconds.
    pub largest_gap: i64,
    /// When the longest silence began.
    pub largest_gap_at: Option<Ts>,
}

/// Reads a source to its end. A gap is a spacing of one instrument's rows longer than `gap` nanoseconds.
///
/// # Errors
/// What the source raises.
pub fn scan(source: &mut impl BlockSource, gap: i64) -> Result<Scan, Error> {
    let mut scan = Scan::default();
    let mut before: BTreeMap<InstrumentId, Ts> = BTreeMap::new();
    while let Some(block) = source.next_block()? {
        let starts = match &block.columns {
            crate::event::Columns::Bars(bars) => &bars.ts_open,
            _ => &block.ts_event,
        };
        debug_assert!(block.kind() != Kind::Bar || starts.len() == block.len());
        for (row, &ts) in starts.iter().enumerate() {
            scan.first = Some(scan.first.map_or(ts, |first| first.min(ts)));
            scan.last = Some(scan.last.map_or(ts, |last| last.max(ts)));
            let id = match &block.instrument {
                InstrumentColumn::One(id) => *id,
                InstrumentColumn::Each(ids) => ids[row],
            };
            let Some(earlier) = before.insert(id, ts) else {
                continue;
            };
            let silence = ts.saturating_sub(earlier);
            scan.gaps += u64::from(silence > gap);
            if silence > scan.largest_gap {
                (scan.largest_gap, scan.largest_gap_at) = (silence, Some(earlier));
            }
        }
    }
    scan.counts = *source.counts();
    Ok(scan)
}
