//! The path that decides row by row; every rule about a row has its one place here.

use super::grid::Cell;
use super::part::{Ids, Layout, Part};
use super::spec::{Crossed, Duplicates, Invalid, Label, OffTick, OneSided, Role, SourceSpec, Unsorted};
use super::{Counts, Decoder, code, utc_text};
use crate::error::{Error, ErrorKind};
use crate::event::{
    BarColumns, Block, Columns, InstrumentColumn, Kind, Quote, QuoteColumns, Record, SourceRows, Trade, TradeColumns,
};
use crate::types::{Instrument, InstrumentId, MaybePx, MaybeQty, Px, Qty, Ts};

/// What is remembered of an instrument between rows.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The last quote, for absent sides.
    pub(super) standing: Quote,
    /// The row before, for duplicates.
    before: Option<(Ts, Ts, Record)>,
}

/// What becomes of a row.
enum Fate {
    Use(Record),
    Missing,
    Dropped,
    /// The column, the rule and the text of what cannot be.
    Invalid(Role, &'static str, String),
}

/// A size as lots, or why not.
enum Lots {
    Some(MaybeQty),
    Not(Fate),
}

/// One row being read.
struct Reader<'a> {
    spec: &'a SourceSpec,
    instruments: &'a [Instrument],
    layout: &'a Layout,
    part: &'a Part,
    counts: &'a mut Counts,
    /// Row within the source.
    number: u64,
    /// The quote as it stands in the row, before absent sides are filled.
    written: Quote,
}

impl SourceSpec {
    /// Starts of bars, and the last nanoseconds of their intervals, from their labels.
    pub(super) fn bar_times(&self, labels: &[Ts]) -> (Vec<Ts>, Vec<Ts>) {
        let (before, after) = match self.label {
            Label::Open => (0, self.timeframe - 1),
            Label::Close => (self.timeframe, -1),
        };
        let starts = labels.iter().map(|label| label.saturating_sub(before)).collect();
        (starts, labels.iter().map(|label| label.saturating_add(after)).collect())
    }
}

impl Decoder {
    pub(super) fn row_by_row(&mut self, layout: &Layout, part: &Part) -> Result<Block, Error> {
        let mut rows = Rows::new(self.spec.kind, part);
        for row in 0..part.len {
            let number = self.counts.rows;
            self.counts.rows += 1;
            if part.ts.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                if self.spec.scan {
                    self.counts.missing += 1;
                    continue;
                }
                let rule = format!("must not be missing in row {number} of {}", self.spec.name);
                return Err(Error::new(ErrorKind::Data, code::TIME, layout.name(Role::Ts), rule, "null"));
            }
            let ts = part.ts.values[row];
            self.check_order(layout, ts, number)?;
            self.last_ts = Some(ts);
            let id = match &part.ids {
                Ids::One(id) => *id,
                Ids::Each(ids) => match ids[row] {
                    Some(id) => id,
                    None if self.spec.scan => {
                        self.counts.missing += 1;
                        continue;
                    }
                    None => {
                        let rule = format!("must be the symbol of an instrument in row {number} of {}", self.spec.name);
                        let name = layout.name(Role::Symbol);
                        return Err(Error::new(ErrorKind::Data, code::SYMBOL, name, rule, "none of them"));
                    }
                },
            };
            let state = &mut self.states[id.index()];
            let mut reader = Reader {
                spec: &self.spec,
                instruments: &self.instruments,
                layout,
                part,
                counts: &mut self.counts,
                number,
                written: Quote::default(),
            };
            let record = match reader.record(row, id, state)? {
                Fate::Use(record) => record,
                Fate::Missing => {
                    reader.counts.missing += 1;
                    continue;
                }
                Fate::Dropped => continue,
                Fate::Invalid(role, rule, value) => {
                    if self.spec.invalid == Invalid::Skip || self.spec.scan {
                        reader.counts.invalid_skipped += 1;
                        continue;
                    }
                    return Err(reader.error(code::VALUE, role, rule, row, value));
                }
            };
            let written = match record {
                Record::Quote(_) => Record::Quote(reader.written),
                Record::Tick(_, trade) => Record::Tick(reader.written, trade),
                Record::Trade(_) | Record::Bar(_) => record,
            };
            let ts_recv = match &part.ts_recv {
                Some(times) if times.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) => times.values[row],
                _ => ts,
            };
            if self.spec.scan || self.spec.duplicates == Duplicates::Drop {
                let this = (ts, ts_recv, written);
                if state.before.replace(this) == Some(this) {
                    self.counts.duplicates += 1;
                    if self.spec.duplicates == Duplicates::Drop {
                        continue;
                    }
                }
            }
            self.counts.used += 1;
            rows.push(ts, ts_recv, id, record, number);
        }
        Ok(rows.into_block(&self.spec))
    }

    fn check_order(&mut self, layout: &Layout, ts: Ts, number: u64) -> Result<(), Error> {
        let Some(last) = self.last_ts.filter(|last| ts < *last) else {
            return Ok(());
        };
        self.counts.out_of_order += 1;
        if self.spec.unsorted == Unsorted::Count || self.spec.scan {
            return Ok(());
        }
        let rule = format!(
            "must not fall: row {number} of {} follows {} (unsorted='sort' sorts)",
            self.spec.name,
            utc_text(last)
        );
        Err(Error::new(ErrorKind::Data, code::ORDER, layout.name(Role::Ts), rule, utc_text(ts)))
    }
}

impl Reader<'_> {
    fn error(&self, code: u16, role: Role, rule: &str, row: usize, value: String) -> Error {
        let time = utc_text(self.part.ts.values[row]);
        let way_out = match code {
            code::VALUE => " (invalid='skip' leaves such rows out)",
            code::OFF_TICK => " (off_tick='round' moves such prices)",
            _ => "",
        };
        let rule = format!("{rule} in row {} of {} at {time}{way_out}", self.number, self.spec.name);
        Error::new(ErrorKind::Data, code, self.layout.name(role), rule, value)
    }

    /// A price in ticks: `Ok(None)` where it is missing.
    fn price(&mut self, role: Role, row: usize, id: InstrumentId) -> Result<Result<Option<Px>, Fate>, Error> {
        let (Some(values), Some(grid)) = (&self.part.numbers[role as usize], self.layout.grid(role, id)) else {
            return Ok(Ok(None));
        };
        match values.cell(row, grid) {
            Cell::Missing => Ok(Ok(None)),
            Cell::On(ticks) => Ok(Ok(Some(Px(ticks)))),
            Cell::Near(ticks) => {
                if self.spec.off_tick == OffTick::Error && !self.spec.scan {
                    let tick = self.instruments[id.index()].tick_size();
                    let rule = format!("must be a whole number of ticks of {tick}");
                    return Err(self.error(code::OFF_TICK, role, &rule, row, values.text(row)));
                }
                self.counts.off_tick_rounded += 1;
                Ok(Ok(Some(Px(ticks))))
            }
            Cell::TooLarge => {
                self.counts.infinite += 1;
                Ok(Err(Fate::Invalid(role, "must be finite and fit in 63 bits of ticks", values.text(row))))
            }
        }
    }

    fn size(&mut self, role: Role, row: usize, id: InstrumentId) -> Lots {
        let (Some(values), Some(grid)) = (&self.part.numbers[role as usize], self.layout.grid(role, id)) else {
            return Lots::Some(MaybeQty::NONE);
        };
        let lots = match values.cell(row, grid) {
            Cell::Missing => return Lots::Some(MaybeQty::NONE),
            Cell::On(lots) => lots,
            Cell::Near(lots) => {
                self.counts.sizes_rounded += 1;
                lots
            }
            Cell::TooLarge => {
                self.counts.infinite += 1;
                let rule = "must be finite and fit in 63 bits of lots";
                return Lots::Not(Fate::Invalid(role, rule, values.text(row)));
            }
        };
        if lots < 0 {
            self.counts.negative_sizes += 1;
            return Lots::Not(Fate::Invalid(role, "must be >= 0", values.text(row)));
        }
        Lots::Some(MaybeQty::from(Qty(lots)))
    }

    fn record(&mut self, row: usize, id: InstrumentId, state: &mut State) -> Result<Fate, Error> {
        Ok(match self.spec.kind {
            Kind::Quote => match self.quote(row, id, state)? {
                Ok(quote) => Fate::Use(Record::Quote(quote)),
                Err(fate) => fate,
            },
            Kind::Trade => match self.trade(row, id)? {
                Ok(trade) => Fate::Use(Record::Trade(trade)),
                Err(fate) => fate,
            },
            Kind::Tick => {
                let trade = match self.trade(row, id)? {
                    Ok(trade) => trade,
                    Err(fate) => return Ok(fate),
                };
                match self.quote(row, id, state)? {
                    Ok(quote) => Fate::Use(Record::Tick(quote, trade)),
                    Err(Fate::Missing) => Fate::Use(Record::Tick(state.standing, trade)),
                    Err(fate) => fate,
                }
            }
            Kind::Bar => self.bar(row, id)?,
        })
    }

    fn quote(&mut self, row: usize, id: InstrumentId, state: &mut State) -> Result<Result<Quote, Fate>, Error> {
        let (mut bid, mut ask) = match (self.price(Role::Bid, row, id)?, self.price(Role::Ask, row, id)?) {
            (Ok(bid), Ok(ask)) => (bid, ask),
            (Err(fate), _) | (_, Err(fate)) => return Ok(Err(fate)),
        };
        let (mut bid_qty, mut ask_qty) = match (self.size(Role::BidSize, row, id), self.size(Role::AskSize, row, id)) {
            (Lots::Some(bid), Lots::Some(ask)) => (bid, ask),
            (Lots::Not(fate), _) | (_, Lots::Not(fate)) => return Ok(Err(fate)),
        };
        // A price of zero is how many feeds write "nobody there".
        (bid, ask) = (bid.filter(|px| px.0 != 0), ask.filter(|px| px.0 != 0));
        self.written = Quote { bid: MaybePx::from(bid), ask: MaybePx::from(ask), bid_qty, ask_qty };
        let standing = state.standing;
        let keep = self.spec.one_sided == OneSided::Keep;
        match (bid.is_some(), ask.is_some()) {
            (true, true) => {}
            (false, false) => {
                if !keep {
                    state.standing = Quote::default();
                }
                return Ok(Err(Fate::Missing));
            }
            (false, true) => {
                self.counts.one_sided += 1;
                (bid, bid_qty) = if keep { (standing.bid.get(), standing.bid_qty) } else { (None, MaybeQty::NONE) };
            }
            (true, false) => {
                self.counts.one_sided += 1;
                (ask, ask_qty) = if keep { (standing.ask.get(), standing.ask_qty) } else { (None, MaybeQty::NONE) };
            }
        }
        if let (Some(bid), Some(ask)) = (bid, ask) {
            self.counts.locked += u64::from(ask == bid);
            if ask < bid {
                self.counts.crossed += 1;
                if self.spec.crossed == Crossed::Error && !self.spec.scan {
                    let value = format!("{} below a bid of {}", ask.0, bid.0);
                    let rule = "must not be below the bid (ticks)";
                    return Err(self.error(code::CROSSED, Role::Ask, rule, row, value));
                }
                if self.spec.crossed == Crossed::Drop {
                    return Ok(Err(Fate::Dropped));
                }
            }
        }
        state.standing = Quote { bid: MaybePx::from(bid), ask: MaybePx::from(ask), bid_qty, ask_qty };
        Ok(Ok(state.standing))
    }

    fn trade(&mut self, row: usize, id: InstrumentId) -> Result<Result<Trade, Fate>, Error> {
        let px = match self.price(Role::Price, row, id)? {
            Ok(Some(px)) => px,
            Ok(None) => return Ok(Err(Fate::Missing)),
            Err(fate) => return Ok(Err(fate)),
        };
        if px.0 == 0 {
            return Ok(Err(Fate::Invalid(Role::Price, "must not be zero", "0".into())));
        }
        let qty = match self.size(Role::Quantity, row, id) {
            Lots::Some(qty) => qty,
            Lots::Not(fate) => return Ok(Err(fate)),
        };
        Ok(Ok(Trade { px, qty, side: self.part.side.as_ref().and_then(|sides| sides[row]) }))
    }

    fn bar(&mut self, row: usize, id: InstrumentId) -> Result<Fate, Error> {
        let mut prices = [Px(0); 4];
        let mut missing = false;
        for (px, role) in prices.iter_mut().zip([Role::Open, Role::High, Role::Low, Role::Close]) {
            match self.price(role, row, id)? {
                Ok(Some(found)) => *px = found,
                Ok(None) => missing = true,
                Err(fate) => return Ok(fate),
            }
        }
        if missing {
            return Ok(Fate::Missing);
        }
        let [open, high, low, close] = prices;
        let text = |role: Role| self.part.numbers[role as usize].as_ref().map_or(String::new(), |v| v.text(row));
        if high < low {
            return Ok(Fate::Invalid(Role::High, "must not be below the low", text(Role::High)));
        }
        for (px, role) in [(open, Role::Open), (close, Role::Close)] {
            if px < low || px > high {
                return Ok(Fate::Invalid(role, "must lie between low and high", text(role)));
            }
        }
        let volume = match self.size(Role::Volume, row, id) {
            Lots::Some(volume) => volume,
            Lots::Not(fate) => return Ok(fate),
        };
        let (ts_open, ts_close) = (0, 0);
        Ok(Fate::Use(Record::Bar(crate::event::Bar { ts_open, ts_close, open, high, low, close, volume })))
    }
}

/// The columns of a block, a row at a time.
struct Rows {
    ts: Vec<Ts>,
    numbers: Vec<u64>,
    ts_recv: Option<Vec<Ts>>,
    one: Option<InstrumentId>,
    ids: Vec<InstrumentId>,
    columns: Columns,
    has: [bool; 5],
}

impl Rows {
    fn new(kind: Kind, part: &Part) -> Self {
        let has = |role: Role| part.numbers[role as usize].is_some();
        Self {
            ts: Vec::with_capacity(part.len),
            numbers: Vec::with_capacity(part.len),
            ts_recv: part.ts_recv.as_ref().map(|_| Vec::with_capacity(part.len)),
            one: if let Ids::One(id) = part.ids { Some(id) } else { None },
            ids: Vec::new(),
            columns: match kind {
                Kind::Quote => Columns::Quotes(QuoteColumns::default()),
                Kind::Tick => Columns::Ticks(QuoteColumns::default(), TradeColumns::default()),
                Kind::Trade => Columns::Trades(TradeColumns::default()),
                Kind::Bar => Columns::Bars(BarColumns::default()),
            },
            has: [has(Role::BidSize), has(Role::AskSize), has(Role::Quantity), part.side.is_some(), has(Role::Volume)],
        }
    }

    fn push(&mut self, ts: Ts, ts_recv: Ts, id: InstrumentId, record: Record, number: u64) {
        self.ts.push(ts);
        self.numbers.push(number);
        if let Some(times) = &mut self.ts_recv {
            times.push(ts_recv);
        }
        if self.one.is_none() {
            self.ids.push(id);
        }
        let [bid_size, ask_size, quantity, side, volume] = self.has;
        match (&mut self.columns, record) {
            (Columns::Quotes(quotes), Record::Quote(quote)) => push_quote(quotes, quote, bid_size, ask_size),
            (Columns::Ticks(quotes, trades), Record::Tick(quote, trade)) => {
                push_quote(quotes, quote, bid_size, ask_size);
                push_trade(trades, trade, quantity, side);
            }
            (Columns::Trades(trades), Record::Trade(trade)) => push_trade(trades, trade, quantity, side),
            (Columns::Bars(bars), Record::Bar(bar)) => {
                bars.open.push(bar.open);
                bars.high.push(bar.high);
                bars.low.push(bar.low);
                bars.close.push(bar.close);
                if volume {
                    bars.volume.push(bar.volume);
                }
            }
            _ => debug_assert!(false, "Invariant: records are of the kind of their source"),
        }
    }

    fn into_block(mut self, spec: &SourceSpec) -> Block {
        if let Columns::Bars(bars) = &mut self.columns {
            (bars.ts_open, self.ts) = spec.bar_times(&self.ts);
        }
        Block {
            ts_event: self.ts,
            ts_recv: self.ts_recv.unwrap_or_default(),
            instrument: self.one.map_or(InstrumentColumn::Each(self.ids), InstrumentColumn::One),
            columns: self.columns,
            rows: SourceRows::Each(self.numbers),
            target: Vec::new(),
        }
    }
}

fn push_quote(quotes: &mut QuoteColumns, quote: Quote, bid_size: bool, ask_size: bool) {
    quotes.bid.push(quote.bid);
    quotes.ask.push(quote.ask);
    if bid_size {
        quotes.bid_qty.push(quote.bid_qty);
    }
    if ask_size {
        quotes.ask_qty.push(quote.ask_qty);
    }
}

fn push_trade(trades: &mut TradeColumns, trade: Trade, quantity: bool, side: bool) {
    trades.px.push(trade.px);
    if quantity {
        trades.qty.push(trade.qty);
    }
    if side {
        trades.side.push(trade.side);
    }
}
