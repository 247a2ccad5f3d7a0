use twox_hash::XxHash3_128;

use crate::bar::grid_start;
use crate::engine::Probe;
use crate::ledger::{ClosedTrade, Ledger};
use crate::order::{Fill, Order};
use crate::risk::Denied;
use crate::types::{Money, Ts, money_to_f64, product};

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EquityRow {
    /// When.
    pub ts: Ts,
    /// Equity in the currency.
    pub equity: f64,
    /// Fall from the last peak, percent.
    pub drawdown_pct: f64,
    /// What it stands for.
    pub event: EquityEvent,
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

/// Totals of a run, for its metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Orders that are done.
    pub orders: u64,
    /// Of these, refused ones.
    pub rejected: u64,
    /// Fills.
    pub fills: u64,
    /// Sum of |notional| over all fills, in the currency.
    pub traded_notional: f64,
    /// Times of the first and the last event.
    pub range: Option<(Ts, Ts)>,
    /// Time with any position, ns.
    pub in_market: i64,
    /// Integral of gross exposure over equity, as of the last fill, over time, ns.
    pub exposure: f64,
}

/// Words go to the hasher by so many: it takes few long texts faster than many short ones.
const HASH_WORDS: usize = 512;

/// What a hash covers of an order that is done, or is still open at the end.
#[inline(always)]
pub fn order_words(order: &Order) -> [i64; 11] {
    let request = &order.request;
    [
        request.id.0 as i64,
        i64::from(request.instrument.0),
        request.side.sign(),
        i64::from(request.order_type as u8) << 8 | i64::from(request.time_in_force as u8),
        request.qty.0,
        request.limit.map_or(i64::MIN, |px| px.0),
        request.stop.map_or(i64::MIN, |px| px.0),
        i64::from(order.status as u8) << 16 | i64::from(order.reject.map_or(0, crate::order::Reject::code)),
        order.filled.0,
        order.ts_submitted,
        order.ts_closed,
    ]
}

/// What a hash covers of a fill.
#[inline(always)]
pub const fn fill_words(fill: &Fill) -> [i64; 8] {
    [
        fill.order.0 as i64,
        fill.px.0,
        fill.qty.0 * fill.side.sign(),
        fill.fee as i64,
        (fill.fee >> 64) as i64,
        fill.liquidity as u8 as i64,
        fill.ts_event,
        fill.ts_recv,
    ]
}

/// Records a run: rows, samples of equity, totals, and the hash of what happened.
pub struct Recorder {
    rows: Rows,
    samples: Vec<(Ts, f64)>,
    totals: Totals,
    sample: i64,
    next_sample: Ts,
    first: Option<Ts>,
    last: Ts,
    /// Whether an event came since the last sample.
    fresh: bool,
    exposure_since: Ts,
    exposure_now: f64,
    in_market: bool,
    hasher: XxHash3_128,
    settings: XxHash3_128,
    /// Words that the hasher has not seen yet, little-endian.
    unhashed: Vec<[u8; 8]>,
    half_units: Vec<Money>,
}

impl Recorder {
    /// Samples equity every `sample` ns on the UTC grid, from `start` on; `half_units` are those of the
    /// instruments.
    pub fn new(sample: i64, start: Ts, half_units: Vec<Money>) -> Self {
        Self {
            rows: Rows::default(),
            samples: Vec::new(),
            totals: Totals::default(),
            sample,
            next_sample: start,
            first: None,
            last: Ts::MIN,
            fresh: false,
            exposure_since: 0,
            exposure_now: 0.0,
            in_market: false,
            hasher: XxHash3_128::new(),
            settings: XxHash3_128::new(),
            unhashed: Vec::with_capacity(HASH_WORDS),
            half_units,
        }
    }

    /// Adds to the settings that the hash covers.
    pub fn note(&mut self, bytes: &[u8]) {
        self.settings.write(bytes);
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

    /// Totals so far.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Ends the recording: the last interval's sample, the orders still open, the ledger in the hash.
    pub fn finish(&mut self, ledger: &Ledger, open: &[Order]) {
        if self.fresh {
            self.push_sample(ledger);
        }
        if let Some(first) = self.first {
            self.accumulate_exposure(self.last.max(self.exposure_since));
            self.totals.range = Some((first, self.last));
        }
        for order in open {
            self.record_order(order);
        }
        self.hash_words();
        for qty in ledger.positions() {
            self.hasher.write(&qty.0.to_le_bytes());
        }
        for money in [ledger.cash(), ledger.equity(), ledger.fees()] {
            self.hasher.write(&money.to_le_bytes());
        }
    }

    /// The hash of settings, orders, fills and ledger.
    pub fn hash(&self) -> u128 {
        let mut whole = self.settings.clone();
        whole.write(&self.outcome_hash().to_le_bytes());
        whole.finish_128()
    }

    /// The hash of orders, fills and ledger, whatever the settings: that of a live engine which has done the same.
    pub fn outcome_hash(&self) -> u128 {
        self.hasher.finish_128()
    }

    #[cold]
    #[inline(never)]
    fn roll(&mut self, ts: Ts, ledger: &Ledger) {
        if self.first.is_none() {
            self.first = Some(ts);
            self.exposure_since = ts;
            let start = grid_start(ts, self.sample);
            let equity = self.push_row(start, ledger, EquityEvent::Start);
            self.samples.push((start, equity));
        } else if self.fresh {
            self.push_sample(ledger);
        }
        self.fresh = false;
        self.next_sample = grid_start(ts, self.sample).saturating_add(self.sample);
    }

    fn push_sample(&mut self, ledger: &Ledger) {
        let equity = self.push_row(self.next_sample, ledger, EquityEvent::Sample);
        self.samples.push((self.next_sample, equity));
    }

    /// Gives the equity.
    #[inline(always)]
    fn push_row(&mut self, ts: Ts, ledger: &Ledger, event: EquityEvent) -> f64 {
        let (equity, drawdown_pct) = (money_to_f64(ledger.equity()), 100.0 * ledger.drawdown());
        self.rows.equity.push(EquityRow { ts, equity, drawdown_pct, event });
        equity
    }

    #[inline(always)]
    fn accumulate_exposure(&mut self, until: Ts) {
        let elapsed = (until - self.exposure_since).max(0);
        self.totals.exposure += self.exposure_now * elapsed as f64;
        self.totals.in_market += if self.in_market { elapsed } else { 0 };
        self.exposure_since = until;
    }

    #[inline(always)]
    fn record_order(&mut self, order: &Order) {
        self.write_words(&order_words(order));
        self.rows.orders.push(*order);
        self.totals.orders += 1;
        self.totals.rejected += u64::from(order.status == crate::order::OrderStatus::Rejected);
    }

    #[inline(always)]
    fn write_words<const N: usize>(&mut self, words: &[i64; N]) {
        if self.unhashed.len() + N > HASH_WORDS {
            self.hash_words();
        }
        self.unhashed.extend_from_slice(&words.map(i64::to_le_bytes));
    }

    #[cold]
    #[inline(never)]
    fn hash_words(&mut self) {
        self.hasher.write(self.unhashed.as_flattened());
        self.unhashed.clear();
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
        self.write_words(&fill_words(fill));
        self.rows.fills.push(*fill);
        let equity = self.push_row(fill.ts_recv, ledger, EquityEvent::Fill);
        self.accumulate_exposure(fill.ts_recv);
        self.exposure_now = if equity > 0.0 { money_to_f64(ledger.gross_exposure()) / equity } else { 0.0 };
        self.in_market = ledger.is_open();
        self.totals.fills += 1;
        let half_unit = self.half_units[fill.instrument.index()];
        let value = i128::from(fill.px.0) * i128::from(fill.qty.0);
        self.totals.traded_notional += money_to_f64(product(value * 2, half_unit).unwrap_or(Money::MAX)).abs();
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
        self.record_order(order);
    }
}
