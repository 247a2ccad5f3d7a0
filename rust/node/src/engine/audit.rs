//! What the engine's thread tells of what it does: records for who listens, a bounded memory, counters, the hash.

use std::collections::VecDeque;
use std::sync::Arc;

use baconalgo_bus::Producer;
use baconalgo_core::backtest::OutcomeHash;
use baconalgo_core::engine::Probe;
use baconalgo_core::event::{Body, Message};
use baconalgo_core::ledger::Ledger;
use baconalgo_core::order::{Fill, Order, OrderStatus, Reject};
use baconalgo_core::risk::Denied;
use baconalgo_core::types::{Instrument, OrderId, Side, Ts, money_to_f64};

use super::client_ids::ClientIds;
use super::shared::Shared;

/// A message, or an order, that was refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rejected {
    /// When, ns.
    pub ts: Ts,
    /// The kind of the message, as `baconalgo_core::event::MessageKind` numbers them.
    pub kind: u8,
    /// The number of the symbol.
    pub symbol: u32,
    /// The engine's number of the order, if it became one.
    pub order: Option<OrderId>,
    /// Its sender's number, if it had one.
    pub client: Option<u64>,
    /// Why.
    pub reject: Reject,
    /// The value that broke a limit and the limit, in the currency, units, seconds or a count.
    pub amounts: Option<(f64, f64)>,
}

/// An order that is done, and the limit that it broke, if that is how it ended.
pub type Closed = (Order, Option<Denied>);

/// So many rejects are remembered.
pub(super) const REJECTS_KEPT: usize = 1_024;

/// Adds to the end of a bounded memory.
fn keep<T>(memory: &mut VecDeque<T>, most: usize, thing: T) {
    if memory.len() == most {
        memory.pop_front();
    }
    if most > 0 {
        memory.push_back(thing);
    }
}

/// The probe of a live engine. It does not allocate once its memories are full-grown.
pub(super) struct Audit {
    pub(super) shared: Arc<Shared>,
    out: Producer<Message>,
    instruments: Vec<(u32, Instrument)>,
    pub(super) orders: VecDeque<Closed>,
    pub(super) fills: VecDeque<Fill>,
    pub(super) rejects: VecDeque<Rejected>,
    history: usize,
    hash: OutcomeHash,
    /// The last orders that had a sender's number, by the engine's number.
    clients: Vec<(u64, u64)>,
    /// Instruments whose line on the board is out of date, and whether they are among them.
    pub(super) dirty: Vec<u32>,
    is_dirty: Vec<bool>,
    /// Why the order that is closed next was refused.
    denied: Option<Denied>,
    /// The kind of message being carried out, for the rejects.
    pub(super) kind: u8,
    pub(super) now: Ts,
}

impl Audit {
    pub(super) fn new(shared: Arc<Shared>, out: Producer<Message>, history: usize) -> Self {
        Self {
            shared,
            out,
            instruments: Vec::new(),
            orders: VecDeque::with_capacity(history),
            fills: VecDeque::with_capacity(history),
            rejects: VecDeque::with_capacity(REJECTS_KEPT),
            history,
            hash: OutcomeHash::new(),
            clients: vec![(0, 0); ClientIds::KEPT],
            dirty: Vec::new(),
            is_dirty: Vec::new(),
            denied: None,
            kind: 0,
            now: 0,
        }
    }

    /// One instrument more, the next by number.
    pub(super) fn add_instrument(&mut self, symbol: u32, instrument: Instrument) {
        self.shared.board.name(self.instruments.len() as u32, symbol);
        self.instruments.push((symbol, instrument));
        self.is_dirty.push(false);
        // As much as there can be, at once: marking does not allocate.
        self.dirty.reserve(self.instruments.len().next_power_of_two() - self.dirty.len());
    }

    #[inline]
    pub(super) fn mark_dirty(&mut self, index: usize) {
        if !self.is_dirty[index] {
            self.is_dirty[index] = true;
            self.dirty.push(index as u32);
        }
    }

    pub(super) fn next_dirty(&mut self) -> Option<usize> {
        let index = self.dirty.pop()? as usize;
        self.is_dirty[index] = false;
        Some(index)
    }

    /// The number of an instrument's symbol.
    pub(super) fn symbol(&self, index: usize) -> u32 {
        self.instruments.get(index).map_or(0, |(symbol, _)| *symbol)
    }

    /// Remembers the sender's number of an order.
    pub(super) fn name(&mut self, order: OrderId, client: u64) {
        let place = order.0 as usize % self.clients.len();
        self.clients[place] = (order.0, client);
    }

    pub(super) fn client(&self, order: OrderId) -> Option<u64> {
        let (id, client) = self.clients[order.0 as usize % self.clients.len()];
        (id == order.0).then_some(client)
    }

    /// A message is refused before it becomes an order.
    pub(super) fn refuse(&mut self, symbol: u32, client: Option<u64>, reject: Reject) {
        self.reject(Rejected { ts: self.now, kind: self.kind, symbol, order: None, client, reject, amounts: None });
        let body = Body::Update {
            order_id: 0,
            client_id: client.unwrap_or(0),
            side: Side::Buy,
            status: OrderStatus::Rejected as u8,
            reject: reject.code(),
            quantity: f64::NAN,
            filled: 0.0,
            average: f64::NAN,
        };
        self.publish(symbol, body, self.now);
    }

    fn reject(&mut self, rejected: Rejected) {
        self.shared.count_rejects(rejected.reject, 1);
        keep(&mut self.rejects, REJECTS_KEPT, rejected);
    }

    fn publish(&mut self, symbol: u32, body: Body, ts: Ts) {
        if let Some(message) = Message::new(symbol, body) {
            // Nobody who listens can hold the ring up: it is never full.
            let _ = self.out.try_publish(Message { published: ts, ..message });
        }
    }

    /// Tells where an order stands.
    pub(super) fn tell(&mut self, order: &Order) {
        let index = order.request.instrument.index();
        let Some((symbol, instrument)) = self.instruments.get(index) else { return };
        let (symbol, filled) = (*symbol, order.filled);
        let body = Body::Update {
            order_id: order.request.id.0,
            client_id: self.client(order.request.id).unwrap_or(0),
            side: order.request.side,
            status: order.status as u8,
            reject: order.reject.map_or(0, Reject::code),
            quantity: instrument.quantity(order.request.qty),
            filled: instrument.quantity(filled),
            average: if filled.0 > 0 { instrument.average_price(order.filled_value, filled.0) } else { f64::NAN },
        };
        self.publish(symbol, body, self.now);
    }

    /// The hash of orders, fills and the ledger: the `outcome_hash` of a backtest that has done the same.
    pub(super) fn hash(&self, ledger: &Ledger, open: &[Order]) -> u128 {
        self.hash.value(ledger, open)
    }
}

impl Probe for Audit {
    fn on_fill(&mut self, fill: &Fill, _ledger: &Ledger) {
        self.hash.fills(std::slice::from_ref(fill));
        self.shared.fills.add_alone(1);
        keep(&mut self.fills, self.history, *fill);
        let index = fill.instrument.index();
        self.mark_dirty(index);
        let Some((symbol, instrument)) = self.instruments.get(index) else { return };
        let body = Body::Fill {
            order_id: fill.order.0,
            side: fill.side,
            liquidity: fill.liquidity as u8,
            price: instrument.price(fill.px),
            quantity: instrument.quantity(fill.qty),
            fee: money_to_f64(fill.fee),
            ts_event: fill.ts_event,
            ts_recv: fill.ts_recv,
        };
        let symbol = *symbol;
        self.publish(symbol, body, self.now);
    }

    fn on_denied(&mut self, _order: &Order, denied: &Denied) {
        self.denied = Some(*denied);
    }

    fn on_order_closed(&mut self, order: &Order) {
        let denied = self.denied.take();
        self.hash.orders(std::slice::from_ref(order));
        if order.filled.0 > 0 {
            self.shared.executed.add_alone(1);
        }
        if let (OrderStatus::Rejected, Some(reject)) = (order.status, order.reject) {
            let index = order.request.instrument.index();
            let instrument = self.instruments.get(index);
            let amounts = denied.zip(instrument).and_then(|(denied, (_, instrument))| denied.for_people(instrument));
            let (symbol, id) = (self.symbol(index), order.request.id);
            let (ts, kind, client) = (self.now, self.kind, self.client(id));
            self.reject(Rejected { ts, kind, symbol, order: Some(id), client, reject, amounts });
        }
        keep(&mut self.orders, self.history, (*order, denied));
        self.tell(order);
    }
}
