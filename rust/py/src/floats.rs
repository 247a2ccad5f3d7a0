//! The numbers of a block as columns of floats, for strategies that see floats.

use baconalgo_core::event::{Block, Columns, InstrumentColumn};
use baconalgo_core::types::{Instrument, MaybePx, MaybeQty, Px, Side, TickScale};

/// Columns of quotes; what is absent is NaN.
pub(crate) struct FloatQuotes<'a> {
    pub(crate) bid: &'a [f64],
    pub(crate) ask: &'a [f64],
    pub(crate) bid_size: &'a [f64],
    pub(crate) ask_size: &'a [f64],
}

/// Columns of trades; what is absent is NaN.
pub(crate) struct FloatTrades<'a> {
    pub(crate) price: &'a [f64],
    pub(crate) quantity: &'a [f64],
    /// Or empty.
    pub(crate) side: &'a [Option<Side>],
}

/// Columns of a block, by kind.
pub(crate) enum Floats<'a> {
    Quotes(FloatQuotes<'a>),
    Ticks(FloatQuotes<'a>, FloatTrades<'a>),
    Trades(FloatTrades<'a>),
}

/// Floats of a block, column behind column.
#[derive(Default)]
pub(crate) struct FloatColumns {
    floats: Vec<f64>,
    rows: usize,
}

impl FloatColumns {
    /// Takes over a block of quotes, ticks or trades of one instrument; nothing of any other.
    pub(crate) fn fill(&mut self, block: &Block, instruments: &[Instrument]) {
        let floats = &mut self.floats;
        floats.clear();
        let InstrumentColumn::One(id) = block.instrument else { return };
        let (rows, instrument) = (block.len(), &instruments[id.index()]);
        let (px, qty) = (instrument.px_scale(), instrument.qty_scale());
        let (quotes, trades) = match &block.columns {
            Columns::Quotes(quotes) => (Some(quotes), None),
            Columns::Ticks(quotes, trades) => (Some(quotes), Some(trades)),
            Columns::Trades(trades) => (None, Some(trades)),
            Columns::Bars(_) => return,
        };
        self.rows = rows;
        if let Some(quotes) = quotes {
            for prices in [&quotes.bid, &quotes.ask] {
                let float = |price: &MaybePx| price.get().map_or(f64::NAN, |price| px.to_f64(price.0));
                floats.extend(prices.iter().map(float));
            }
            sizes(floats, &quotes.bid_qty, qty, rows);
            sizes(floats, &quotes.ask_qty, qty, rows);
        }
        if let Some(trades) = trades {
            floats.extend(trades.px.iter().map(|price: &Px| px.to_f64(price.0)));
            sizes(floats, &trades.qty, qty, rows);
        }
    }

    /// The columns of the block that was taken over last, which may have been made shorter since.
    pub(crate) fn of<'a>(&'a self, block: &'a Block) -> Option<Floats<'a>> {
        let mut columns = self.floats.chunks_exact(self.rows.max(1)).map(|column| &column[..block.len()]);
        let mut next = || columns.next();
        match &block.columns {
            Columns::Quotes(_) => {
                Some(Floats::Quotes(FloatQuotes { bid: next()?, ask: next()?, bid_size: next()?, ask_size: next()? }))
            }
            Columns::Ticks(_, trades) => Some(Floats::Ticks(
                FloatQuotes { bid: next()?, ask: next()?, bid_size: next()?, ask_size: next()? },
                FloatTrades { price: next()?, quantity: next()?, side: &trades.side },
            )),
            Columns::Trades(trades) => {
                Some(Floats::Trades(FloatTrades { price: next()?, quantity: next()?, side: &trades.side }))
            }
            Columns::Bars(_) => None,
        }
    }
}

fn sizes(floats: &mut Vec<f64>, sizes: &[MaybeQty], scale: TickScale, rows: usize) {
    if sizes.is_empty() {
        floats.resize(floats.len() + rows, f64::NAN);
    } else {
        floats.extend(sizes.iter().map(|size| size.get().map_or(f64::NAN, |size| scale.to_f64(size.0))));
    }
}
