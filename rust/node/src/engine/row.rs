//! Records one by one, for strategies that decide by column: blocks of one row.

use baconalgo_core::event::{
    BarColumns, Block, Columns, Event, InstrumentColumn, QuoteColumns, Record, SourceRows, TradeColumns,
};
use baconalgo_core::types::{MaybePx, MaybeQty, Px};

/// A block of one row for each kind of record, used over and over.
#[derive(Debug)]
pub(super) struct Row {
    blocks: [Block; 3],
    /// Records so far: the row's place in its source.
    records: u64,
}

fn block(columns: Columns) -> Block {
    Block {
        ts_event: vec![0],
        ts_recv: Vec::new(),
        instrument: InstrumentColumn::Each(Vec::new()),
        columns,
        rows: SourceRows::From(0),
        target: Vec::with_capacity(1),
    }
}

impl Row {
    pub(super) fn new() -> Self {
        let (px, qty) = (vec![Px(0)], vec![MaybeQty::NONE]);
        let quotes = QuoteColumns {
            bid: vec![MaybePx::NONE],
            ask: vec![MaybePx::NONE],
            bid_qty: qty.clone(),
            ask_qty: qty.clone(),
        };
        let trades = TradeColumns { px: px.clone(), qty: qty.clone(), side: vec![None] };
        let (open, high, low) = (px.clone(), px.clone(), px.clone());
        let bars = BarColumns { ts_open: vec![0], open, high, low, close: px, volume: qty };
        Self {
            blocks: [block(Columns::Quotes(quotes)), block(Columns::Trades(trades)), block(Columns::Bars(bars))],
            records: 0,
        }
    }

    /// The block of a record.
    pub(super) fn of(&mut self, event: &Event) -> &mut Block {
        let place = match event.record {
            Record::Quote(_) | Record::Tick(..) => 0,
            Record::Trade(_) => 1,
            Record::Bar(_) => 2,
        };
        let block = &mut self.blocks[place];
        block.ts_event[0] = event.ts_event;
        block.instrument = InstrumentColumn::One(event.instrument);
        block.rows = SourceRows::From(self.records);
        block.target.clear();
        self.records += 1;
        match (&mut block.columns, &event.record) {
            (Columns::Quotes(columns), Record::Quote(quote) | Record::Tick(quote, _)) => {
                (columns.bid[0], columns.ask[0]) = (quote.bid, quote.ask);
                (columns.bid_qty[0], columns.ask_qty[0]) = (quote.bid_qty, quote.ask_qty);
            }
            (Columns::Trades(columns), Record::Trade(trade)) => {
                (columns.px[0], columns.qty[0], columns.side[0]) = (trade.px, trade.qty, trade.side);
            }
            (Columns::Bars(columns), Record::Bar(bar)) => {
                (columns.ts_open[0], columns.open[0], columns.high[0]) = (bar.ts_open, bar.open, bar.high);
                (columns.low[0], columns.close[0], columns.volume[0]) = (bar.low, bar.close, bar.volume);
            }
            _ => debug_assert!(false, "Invariant: the block is of the record's kind"),
        }
        block
    }
}
