use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::order::Order;
use crate::types::{InstrumentId, OrderId, Qty, Side};

/// Order ids are counted up, so spreading them by one multiplication is enough.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte) ^ self.0);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
    }
}

/// Open orders, and what they have left by side.
#[derive(Debug)]
pub(super) struct OpenOrders {
    pub(super) orders: HashMap<OrderId, Order, BuildHasherDefault<IdHasher>>,
    pub(super) buy: Vec<Qty>,
    pub(super) sell: Vec<Qty>,
    /// `buy - sell`, as strategies see it.
    pub(super) net: Vec<Qty>,
}

impl OpenOrders {
    pub(super) fn new(instruments: usize) -> Self {
        let zeros = vec![Qty(0); instruments];
        Self { orders: HashMap::default(), buy: zeros.clone(), sell: zeros.clone(), net: zeros }
    }

    /// In order of id.
    pub(super) fn sorted(&self) -> Vec<Order> {
        let mut orders: Vec<Order> = self.orders.values().copied().collect();
        orders.sort_unstable_by_key(|order| order.request.id);
        orders
    }

    /// Adds lots to, or takes them from, what works on a side.
    pub(super) fn work(&mut self, instrument: InstrumentId, side: Side, lots: i64) {
        let index = instrument.index();
        match side {
            Side::Buy => self.buy[index].0 += lots,
            Side::Sell => self.sell[index].0 += lots,
        }
        self.net[index].0 += side.sign() * lots;
    }
}
