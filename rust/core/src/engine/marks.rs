use crate::event::{BarColumns, Basis, Block, Columns, QuoteColumns, TradeColumns};
use crate::ledger::MARK_LANES;
use crate::types::{MaybePx, Px};

/// What each row of a block marks its instrument at, as a column.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Twice the marks, ticks, by row, and [`MARK_LANES`] more.
    twice: Vec<i64>,
    /// The largest of them, either way.
    most: u64,
}

impl Marks {
    /// Looks at the rows of a block of one instrument, those from `from` on. A row that does not mark it leaves the
    /// mark where it was, at first at `standing`; gives whether every row has one.
    pub(super) fn look_at(&mut self, block: &Block, from: usize, basis: Basis, standing: Option<i64>) -> bool {
        let rows = block.len();
        self.twice.clear();
        let whole = match (&block.columns, basis) {
            (Columns::Quotes(quotes) | Columns::Ticks(quotes, _), _) => self.mids(quotes, from, rows, standing),
            (Columns::Trades(TradeColumns { px, .. }), Basis::Trades)
            | (Columns::Bars(BarColumns { close: px, .. }), Basis::Bars) => {
                self.twice.extend(px[..rows].iter().map(|px: &Px| 2 * px.0));
                true
            }
            (Columns::Trades(_) | Columns::Bars(_), _) => {
                self.twice.resize(rows, standing.unwrap_or(0));
                standing.is_some()
            }
        };
        let (low, high) = self.twice.iter().fold((0, 0), |(low, high): (i64, i64), m| (low.min(*m), high.max(*m)));
        self.most = low.unsigned_abs().max(high.unsigned_abs());
        self.twice.resize(rows + MARK_LANES, 0);
        whole
    }

    fn mids(&mut self, quotes: &QuoteColumns, from: usize, rows: usize, standing: Option<i64>) -> bool {
        let none = MaybePx::NONE.bits();
        let mut gaps = false;
        let both = quotes.bid[..rows].iter().zip(&quotes.ask[..rows]);
        self.twice.extend(both.map(|(bid, ask)| {
            gaps |= (bid.bits() == none) | (ask.bits() == none);
            bid.bits().wrapping_add(ask.bits())
        }));
        !gaps || self.bridge(quotes, from, standing)
    }

    #[cold]
    fn bridge(&mut self, quotes: &QuoteColumns, from: usize, standing: Option<i64>) -> bool {
        let mut mark = standing;
        for (row, twice) in self.twice.iter_mut().enumerate().skip(from) {
            if quotes.bid[row].is_some() && quotes.ask[row].is_some() {
                mark = Some(*twice);
            }
            let Some(mark) = mark else { return false };
            *twice = mark;
        }
        true
    }

    /// Twice the marks by row, and [`MARK_LANES`] more.
    #[inline]
    pub(super) fn twice(&self) -> &[i64] {
        &self.twice
    }

    /// The largest one, either way.
    #[inline]
    pub(super) const fn most(&self) -> u64 {
        self.most
    }
}
