use crate::bar::grid_start;
use crate::engine::Probe;
use crate::ledger::{ClosedTrade, Ledger};
use crate::order::{Fill, Order};
use crate::risk::Denied;
use crate::types::{Money, Ts, money_to_f64};

/// What a row of the equity curve stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EquityEvent {
    /// The starting capital.
    Start = 0,
    /// The end of a sample interval that had events.
    Sample = 1,
    /// A fill was seen.
    Fill = 2,
}

/// A row of the equity curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EquityRow {
    /// When.
    pub ts: Ts,
    /// Equity.
    pub equity: Money,
    /// Its last peak.
    pub peak: Money,
    /// Sum of |position| at its mark.
    pub exposure: Money,
    /// What it stands for.
    pub event: EquityEvent,
    /// Whether there is a position.
    pub in_market: bool,
}

/// The rows of a run that are not yet handed on.
#[derive(Debug, Default)]
pub struct Rows {
    /// Orders that are done, in the order in which they were.
    pub orders: Vec<Order>,
    /// Those of them that were refused with value and bound, by their places.
    pub denied: Vec<(usize, Denied)>,
    /// Fills as they were seen.
    pub fills: Vec<Fill>,
    /// Trades as they ended.
    pub trades: Vec<ClosedTrade>,
    /// The equity curve.
    pub equity: Vec<EquityRow>,
}

impl Rows {
    /// The memory they take, bytes.
    #[inline]
    pub const fn bytes(&self) -> usize {
        self.orders.len() * size_of::<Order>()
            + self.denied.len() * size_of::<(usize, Denied)>()
            + self.fills.len() * size_of::<Fill>()
            + self.trades.len() * size_of::<ClosedTrade>()
            + self.equity.len() * size_of::<EquityRow>()
    }

    /// Forgets them; their memory can be used again.
    pub fn clear(&mut self) {
        let Self { orders, denied, fills, trades, equity } = self;
        orders.clear();
        denied.clear();
        fills.clear();
        trades.clear();
        equity.clear();
    }
}

/// Records a run: rows, and samples of equity.
pub struct Recorder {
    rows: Rows,
    samples: Vec<(Ts, f64)>,
    sample: i64,
    next_sample: Ts,
    first: Option<Ts>,
    last: Ts,
    /// Whether an event came since the last sample.
    fresh: bool,
}

impl Recorder {
    /// Samples equity every `sample` ns on the UTC grid, from `start` on.
    pub fn new(sample: i64, start: Ts) -> Self {
        Self {
            rows: Rows::default(),
            samples: Vec::new(),
            sample,
            next_sample: start,
            first: None,
            last: Ts::MIN,
            fresh: false,
        }
    }

    /// Rows not yet handed on.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Hands the rows over and goes on with `empty` ones, whose memory is used.
    pub fn exchange_rows(&mut self, empty: Rows) -> Rows {
        debug_assert_eq!(empty.bytes(), 0, "Invariant: no rows are lost");
        std::mem::replace(&mut self.rows, empty)
    }

    /// Equity at the start and at the end of every sample interval that had events.
    pub fn samples(&self) -> &[(Ts, f64)] {
        &self.samples
    }

    /// Times of the first and the last event so far.
    pub fn range(&self) -> Option<(Ts, Ts)> {
        self.first.map(|first| (first, self.last))
    }

    /// Ends the recording: the last interval's sample, the orders still open.
    pub fn finish(&mut self, ledger: &Ledger, open: &[Order]) {
        if self.fresh {
            self.push_sample(ledger);
        }
        self.rows.orders.extend_from_slice(open);
    }

    #[cold]
    #[inline(never)]
    fn roll(&mut self, ts: Ts, ledger: &Ledger) {
        if self.first.is_none() {
            self.first = Some(ts);
            let start = grid_start(ts, self.sample);
            self.push_row(start, ledger, EquityEvent::Start);
            self.samples.push((start, money_to_f64(ledger.equity())));
        } else if self.fresh {
            self.push_sample(ledger);
        }
        self.fresh = false;
        self.next_sample = grid_start(ts, self.sample).saturating_add(self.sample);
    }

    fn push_sample(&mut self, ledger: &Ledger) {
        self.push_row(self.next_sample, ledger, EquityEvent::Sample);
        self.samples.push((self.next_sample, money_to_f64(ledger.equity())));
    }

    #[inline(always)]
    fn push_row(&mut self, ts: Ts, ledger: &Ledger, event: EquityEvent) {
        let (equity, peak, exposure) = (ledger.equity(), ledger.peak(), ledger.gross_exposure());
        self.rows.equity.push(EquityRow { ts, equity, peak, exposure, event, in_market: ledger.is_open() });
    }
}

impl Probe for Recorder {
    #[inline(always)]
    fn on_time(&mut self, ts: Ts, ledger: &Ledger) {
        if ts >= self.next_sample {
            self.roll(ts, ledger);
        }
        self.fresh = true;
        self.last = ts;
    }

    #[inline]
    fn indifferent_until(&self) -> Ts {
        self.next_sample
    }

    #[inline(always)]
    fn on_fill(&mut self, fill: &Fill, ledger: &Ledger) {
        self.rows.fills.push(*fill);
        self.push_row(fill.ts_recv, ledger, EquityEvent::Fill);
    }

    #[inline(always)]
    fn on_trade(&mut self, trade: &ClosedTrade) {
        self.rows.trades.push(*trade);
    }

    fn on_denied(&mut self, _order: &Order, denied: &Denied) {
        if denied.amounts.is_some() {
            self.rows.denied.push((self.rows.orders.len(), *denied));
        }
    }

    #[inline(always)]
    fn on_order_closed(&mut self, order: &Order) {
        self.rows.orders.push(*order);
    }
}
