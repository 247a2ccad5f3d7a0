use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::part::{Ids, Layout, Part};
use super::rows::State;
use super::spec::{Crossed, Duplicates, Role, SourceSpec, Symbols};
use super::{Counts, code};
use crate::error::{Error, ErrorKind};
use crate::event::{BarColumns, Block, Columns, InstrumentColumn, Kind, QuoteColumns, SourceRows, TradeColumns};
use crate::types::{Instrument, InstrumentId, MaybePx, MaybeQty, Px, Qty, Ts};

/// Turns batches of one source into blocks, in order, by the rules of its [`SourceSpec`].
#[derive(Debug)]
pub struct Decoder {
    pub(super) spec: SourceSpec,
    pub(super) instruments: Vec<Instrument>,
    pub(super) symbols: BTreeMap<String, InstrumentId>,
    pub(super) layout: Option<Arc<Layout>>,
    /// One an instrument.
    pub(super) states: Vec<State>,
    pub(super) last_ts: Option<Ts>,
    pub(super) counts: Counts,
}

/// What the vectorised path made: columns, and what it met.
struct Clean {
    columns: Columns,
    crossed: u64,
    locked: u64,
    sizes_rounded: u64,
}

impl Decoder {
    /// A decoder whose instrument ids are places in `instruments`.
    ///
    /// # Errors
    /// `DataError` if a role is missing or given twice, a bar has no length, or an id is not a place in
    /// `instruments`.
    pub fn try_new(spec: SourceSpec, instruments: &[Instrument]) -> Result<Self, Error> {
        let refused = |code, parameter: &str, rule: String, value: String| {
            Err(Error::new(ErrorKind::Data, code, parameter, rule, value))
        };
        for (place, column) in spec.columns.iter().enumerate() {
            if spec.columns[..place].iter().any(|other| other.role == column.role) {
                return refused(code::COLUMN, column.role.word(), "must be one column".into(), column.name.clone());
            }
            if column.decimals > 18 {
                let rule = "must have at most 18 decimals".to_owned();
                return refused(code::TYPE, &column.name, rule, column.decimals.to_string());
            }
        }
        for role in [Role::Ts].iter().chain(SourceSpec::required(spec.kind)) {
            if !spec.columns.iter().any(|column| column.role == *role) {
                let there: Vec<_> = spec.columns.iter().map(|column| column.name.as_str()).collect();
                let rule = format!("must be among the columns of {}", spec.name);
                return refused(code::COLUMN, role.word(), rule, there.join(", "));
            }
        }
        if spec.kind == Kind::Bar && spec.timeframe <= 0 {
            return refused(code::SETTING, "timeframe", "must be > 0".into(), spec.timeframe.to_string());
        }
        let symbols: BTreeMap<_, _> = match &spec.symbols {
            Symbols::One(_) => BTreeMap::new(),
            Symbols::Column(symbols) => symbols.iter().cloned().collect(),
        };
        let one = if let Symbols::One(id) = spec.symbols { Some(id) } else { None };
        for id in symbols.values().copied().chain(one) {
            if id.index() >= instruments.len() {
                let rule = format!("must be below {}", instruments.len());
                return refused(code::SYMBOL, "instrument", rule, id.0.to_string());
            }
        }
        Ok(Self {
            spec,
            instruments: instruments.to_vec(),
            symbols,
            layout: None,
            states: vec![State::default(); instruments.len()],
            last_ts: None,
            counts: Counts::default(),
        })
    }

    /// The spec it works by.
    pub const fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// The instruments its ids are places in.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// What was met so far.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The block of rows `from..from + len` of a batch, which must follow the rows of the call before;
    /// at most [`super::BLOCK_ROWS`] are meant to be asked for. Rows that are left out are not in it, so
    /// it may be empty.
    ///
    /// # Errors
    /// `DataError` naming the row, the column, the value and the time, where a rule is broken that the
    /// policies do not allow.
    pub fn decode(&mut self, batch: &RecordBatch, from: usize, len: usize) -> Result<Block, Error> {
        let layout = match &self.layout {
            Some(layout) if Arc::ptr_eq(&layout.schema, batch.schema_ref()) => Arc::clone(layout),
            _ => {
                let layout = Arc::new(Layout::try_new(&self.spec, &self.instruments, batch.schema())?);
                Arc::clone(self.layout.insert(layout))
            }
        };
        let part = layout.part(&self.spec, &self.symbols, batch, from, len)?;
        if let Some((id, clean)) = self.clean(&layout, &part) {
            return Ok(self.take_clean(id, clean, part));
        }
        self.row_by_row(&layout, &part)
    }

    /// The whole part at once, if no row of it needs a decision. Changes nothing.
    fn clean(&self, layout: &Layout, part: &Part) -> Option<(InstrumentId, Clean)> {
        let Ids::One(id) = part.ids else { return None };
        let looked_at = self.spec.scan || self.spec.duplicates == Duplicates::Drop;
        if looked_at || part.len == 0 || part.ts.nulls.is_some() {
            return None;
        }
        if part.ts_recv.as_ref().is_some_and(|times| times.nulls.is_some()) {
            return None;
        }
        let first = part.ts.values[0];
        let falls = part.ts.values.windows(2).fold(false, |falls, pair| falls | (pair[1] < pair[0]));
        if falls || self.last_ts.is_some_and(|last| first < last) {
            return None;
        }
        let prices =
            |role: Role| part.numbers[role as usize].as_ref().and_then(|values| values.prices(layout.grid(role, id)?));
        let mut sizes_rounded = 0;
        // An outer None: a size needs a decision. Without the column: no sizes.
        let mut sizes = |role: Role| -> Option<Vec<MaybeQty>> {
            let Some(values) = &part.numbers[role as usize] else {
                return Some(Vec::new());
            };
            let lots = values.sizes(layout.grid(role, id)?)?;
            sizes_rounded += lots.moved;
            Some(lots.steps.into_iter().map(|lots| MaybeQty::from(Qty(lots))).collect())
        };
        let (mut crossed, mut locked) = (0u64, 0u64);
        let mut quotes = |sizes: &mut dyn FnMut(Role) -> Option<Vec<MaybeQty>>| -> Option<QuoteColumns> {
            let (bid, ask) = (prices(Role::Bid)?, prices(Role::Ask)?);
            for (bid, ask) in bid.iter().zip(&ask) {
                crossed = crossed.wrapping_add(u64::from(ask < bid));
                locked = locked.wrapping_add(u64::from(ask == bid));
            }
            let packed = |ticks: Vec<i64>| ticks.into_iter().map(|ticks| MaybePx::from(Px(ticks))).collect();
            Some(QuoteColumns {
                bid: packed(bid),
                ask: packed(ask),
                bid_qty: sizes(Role::BidSize)?,
                ask_qty: sizes(Role::AskSize)?,
            })
        };
        let whole = |ticks: Vec<i64>| ticks.into_iter().map(Px).collect::<Vec<_>>();
        let trades = |sizes: &mut dyn FnMut(Role) -> Option<Vec<MaybeQty>>| -> Option<TradeColumns> {
            Some(TradeColumns {
                px: whole(prices(Role::Price)?),
                qty: sizes(Role::Quantity)?,
                side: part.side.clone().unwrap_or_default(),
            })
        };
        let columns = match self.spec.kind {
            Kind::Quote => Columns::Quotes(quotes(&mut sizes)?),
            Kind::Tick => Columns::Ticks(quotes(&mut sizes)?, trades(&mut sizes)?),
            Kind::Trade => Columns::Trades(trades(&mut sizes)?),
            Kind::Bar => {
                let (open, high) = (prices(Role::Open)?, prices(Role::High)?);
                let (low, close) = (prices(Role::Low)?, prices(Role::Close)?);
                let outside = (0..part.len).fold(false, |outside, row| {
                    outside | (high[row] < open[row].max(close[row])) | (low[row] > open[row].min(close[row]))
                });
                if outside {
                    return None;
                }
                let volume = sizes(Role::Volume)?;
                let ts_open = Vec::new();
                Columns::Bars(BarColumns {
                    ts_open,
                    open: whole(open),
                    high: whole(high),
                    low: whole(low),
                    close: whole(close),
                    volume,
                })
            }
        };
        if crossed > 0 && self.spec.crossed != Crossed::Keep {
            return None;
        }
        Some((id, Clean { columns, crossed, locked, sizes_rounded }))
    }

    fn take_clean(&mut self, id: InstrumentId, mut clean: Clean, part: Part) -> Block {
        let (first, rows) = (self.counts.rows, part.len as u64);
        self.counts.rows += rows;
        self.counts.used += rows;
        self.counts.crossed += clean.crossed;
        self.counts.locked += clean.locked;
        self.counts.sizes_rounded += clean.sizes_rounded;
        self.last_ts = part.ts.values.last().copied();
        let mut ts_event = part.ts.values;
        match &mut clean.columns {
            Columns::Quotes(quotes) | Columns::Ticks(quotes, _) => {
                self.states[id.index()].standing = quotes.at(part.len - 1);
            }
            Columns::Trades(_) => {}
            Columns::Bars(bars) => (bars.ts_open, ts_event) = self.spec.bar_times(&ts_event),
        }
        Block {
            ts_event,
            ts_recv: part.ts_recv.map(|times| times.values).unwrap_or_default(),
            instrument: InstrumentColumn::One(id),
            columns: clean.columns,
            rows: SourceRows::From(first),
            target: Vec::new(),
        }
    }
}

#[cfg(test)]
#[path = "decoder_tests.rs"]
mod tests;
