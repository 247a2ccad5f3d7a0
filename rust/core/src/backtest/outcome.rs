//! What the rows of a run come to: its hash, and totals for its metrics.
//!
//! # Rationale
//! All of it follows from the rows as they were recorded, in their order. So it is reckoned by whoever turns them into
//! tables, many at a time, and not in the step loop.

use twox_hash::XxHash3_128;

use super::{EquityEvent, Recorder, Rows};
use crate::ledger::Ledger;
use crate::order::{Fill, Order, OrderStatus, Reject};
use crate::types::{Money, Side, Ts, money_to_f64, product};

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

/// What a hash covers of an order that is done, or is still open at the end.
#[inline]
fn order_words(order: &Order) -> [i64; 8] {
    let request = &order.request;
    let side = u8::from(request.side == Side::Sell);
    let bytes = [request.order_type as u8, request.time_in_force as u8, order.status as u8, side];
    // Side by side: 32 bits, 16, and four each, as there are no more than 16 of those.
    let kind = u64::from(request.instrument.0) | u64::from(order.reject.map_or(0, Reject::code)) << 32;
    let kind = bytes.iter().rev().fold(0, |kind, byte| kind << 4 | u64::from(*byte)) << 48 | kind;
    [
        request.id.0 as i64,
        kind as i64,
        request.qty.0,
        request.limit.map_or(i64::MIN, |px| px.0),
        request.stop.map_or(i64::MIN, |px| px.0),
        order.filled.0,
        order.ts_submitted,
        order.ts_closed,
    ]
}

/// What a hash covers of a fill.
#[inline]
const fn fill_words(fill: &Fill) -> [i64; 8] {
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

/// Writes the words of some rows to a hasher, many at a time: it takes few long texts faster than many short ones.
fn write<T, const N: usize>(hasher: &mut XxHash3_128, rows: &[T], words: impl Fn(&T) -> [i64; N]) {
    let mut bytes = [[[0; 8]; N]; 32];
    for rows in rows.chunks(bytes.len()) {
        for (bytes, row) in bytes.iter_mut().zip(rows) {
            *bytes = words(row).map(i64::to_le_bytes);
        }
        hasher.write(bytes[..rows.len()].as_flattened().as_flattened());
    }
}

/// The hash of orders, fills and ledger, whatever the settings: the same for a backtest and for a live engine which has
/// done the same.
///
/// XXH3 (128 bits) of three parts: that of the orders in the order in which they were done, those still open last; that
/// of the fills as they were seen; and positions, cash, equity and fees.
pub struct OutcomeHash {
    orders: XxHash3_128,
    fills: XxHash3_128,
}

impl OutcomeHash {
    /// Of nothing yet.
    #[expect(clippy::new_without_default, reason = "it is not a value to fall back on")]
    pub fn new() -> Self {
        Self { orders: XxHash3_128::new(), fills: XxHash3_128::new() }
    }

    /// Orders that are done.
    pub fn orders(&mut self, orders: &[Order]) {
        write(&mut self.orders, orders, order_words);
    }

    /// Fills that were seen.
    pub fn fills(&mut self, fills: &[Fill]) {
        write(&mut self.fills, fills, fill_words);
    }

    /// The hash, if the run were to end here with these orders open.
    pub fn value(&self, ledger: &Ledger, open: &[Order]) -> u128 {
        let mut orders = self.orders.clone();
        write(&mut orders, open, order_words);
        let mut whole = XxHash3_128::new();
        for part in [orders.finish_128(), self.fills.finish_128()] {
            whole.write(&part.to_le_bytes());
        }
        for qty in ledger.positions() {
            whole.write(&qty.0.to_le_bytes());
        }
        for money in [ledger.cash(), ledger.equity(), ledger.fees()] {
            whole.write(&money.to_le_bytes());
        }
        whole.finish_128()
    }
}

/// What the rows of a run come to.
pub struct Outcome {
    hash: OutcomeHash,
    settings: XxHash3_128,
    totals: Totals,
    half_units: Vec<Money>,
    /// Of the last fill: when it was, and gross exposure over equity and whether there was a position after it.
    exposure_since: Ts,
    exposure_now: f64,
    in_market: bool,
}

impl Outcome {
    /// Of no rows yet; `half_units` are those of the instruments.
    pub fn new(half_units: Vec<Money>) -> Self {
        Self {
            hash: OutcomeHash::new(),
            settings: XxHash3_128::new(),
            totals: Totals::default(),
            half_units,
            exposure_since: 0,
            exposure_now: 0.0,
            in_market: false,
        }
    }

    /// Adds to the settings that the hash covers.
    pub fn note(&mut self, bytes: &[u8]) {
        self.settings.write(bytes);
    }

    /// Adds rows, which follow those before.
    pub fn add(&mut self, rows: &Rows) {
        self.hash.orders(&rows.orders);
        self.hash.fills(&rows.fills);
        self.totals.orders += rows.orders.len() as u64;
        self.totals.fills += rows.fills.len() as u64;
        let rejected = rows.orders.iter().filter(|order| order.status == OrderStatus::Rejected);
        self.totals.rejected += rejected.count() as u64;
        for fill in &rows.fills {
            let value = i128::from(fill.px.0) * i128::from(fill.qty.0);
            let notional = product(value * 2, self.half_units[fill.instrument.index()]);
            self.totals.traded_notional += money_to_f64(notional.unwrap_or(Money::MAX)).abs();
        }
        for row in rows.equity.iter().filter(|row| row.event == EquityEvent::Fill) {
            self.accumulate(row.ts);
            let equity = money_to_f64(row.equity);
            self.exposure_now = if equity > 0.0 { money_to_f64(row.exposure) / equity } else { 0.0 };
            self.in_market = row.in_market;
        }
    }

    fn accumulate(&mut self, until: Ts) {
        let elapsed = if self.in_market { (until - self.exposure_since).max(0) } else { 0 };
        self.totals.exposure += self.exposure_now * elapsed as f64;
        self.totals.in_market += elapsed;
        self.exposure_since = until;
    }

    /// Totals and hashes of a finished recording, the rows that it still has included.
    pub fn finish(mut self, recorder: &Recorder, ledger: &Ledger) -> Finished {
        self.add(recorder.rows());
        self.totals.range = recorder.range();
        if let Some((_, last)) = self.totals.range {
            self.accumulate(last.max(self.exposure_since));
        }
        let outcome_hash = self.hash.value(ledger, &[]);
        self.settings.write(&outcome_hash.to_le_bytes());
        Finished { totals: self.totals, hash: self.settings.finish_128(), outcome_hash }
    }
}

/// What a run has come to.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    /// Totals.
    pub totals: Totals,
    /// The hash of settings, orders, fills and ledger.
    pub hash: u128,
    /// The hash of orders, fills and ledger.
    pub outcome_hash: u128,
}
