use crate::order::Order;
use crate::types::{InstrumentId, OrderId, Qty, Side};

/// Open orders, and what they have left by side.
#[derive(Debug)]
pub(super) struct OpenOrders {
    /// In order of id. Orders that are done stay until they are swept out.
    orders: Vec<Order>,
    /// How many of them are done.
    done: usize,
    pub(super) buy: Vec<Qty>,
    pub(super) sell: Vec<Qty>,
    /// `buy - sell`, as strategies see it.
    pub(super) net: Vec<Qty>,
}

impl OpenOrders {
    /// So many that are done may stay, however few are open.
    const DONE: usize = 32;

    pub(super) fn new(instruments: usize) -> Self {
        let zeros = vec![Qty(0); instruments];
        Self { orders: Vec::with_capacity(64), done: 0, buy: zeros.clone(), sell: zeros.clone(), net: zeros }
    }

    /// One instrument more.
    pub(super) fn add_instrument(&mut self) {
        self.buy.push(Qty(0));
        self.sell.push(Qty(0));
        self.net.push(Qty(0));
    }

    /// In order of id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|order| !order.status.is_closed())
    }

    /// In order of id.
    pub(super) fn sorted(&self) -> Vec<Order> {
        self.iter().copied().collect()
    }

    /// Adds an order; ids are counted up.
    #[inline(always)]
    pub(super) fn insert(&mut self, order: Order) {
        match self.orders.last() {
            Some(last) if last.request.id >= order.request.id => self.insert_earlier(order),
            _ => self.orders.push(order),
        }
    }

    #[cold]
    fn insert_earlier(&mut self, order: Order) {
        match self.orders.binary_search_by_key(&order.request.id, |other| other.request.id) {
            Ok(place) => {
                self.done -= usize::from(self.orders[place].status.is_closed());
                self.orders[place] = order;
            }
            Err(place) => self.orders.insert(place, order),
        }
    }

    #[inline]
    fn place(&self, id: OrderId) -> Option<usize> {
        let last = self.orders.len().checked_sub(1)?;
        let place = if self.orders[last].request.id == id {
            last
        } else {
            self.orders.binary_search_by_key(&id, |order| order.request.id).ok()?
        };
        (!self.orders[place].status.is_closed()).then_some(place)
    }

    #[inline]
    pub(super) fn get(&self, id: OrderId) -> Option<&Order> {
        self.place(id).map(|place| &self.orders[place])
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.place(id).map(|place| &mut self.orders[place])
    }

    /// An order has been given a status that nothing follows.
    #[inline]
    pub(super) fn close_one(&mut self) {
        self.done += 1;
        while self.orders.pop_if(|order| order.status.is_closed()).is_some() {
            self.done -= 1;
        }
        if self.done > Self::DONE.max(self.orders.len() / 2) {
            self.orders.retain(|order| !order.status.is_closed());
            self.done = 0;
        }
    }

    /// Adds lots to, or takes them from, what works on a side.
    #[inline]
    pub(super) fn work(&mut self, instrument: InstrumentId, side: Side, lots: i64) {
        let index = instrument.index();
        match side {
            Side::Buy => self.buy[index].0 += lots,
            Side::Sell => self.sell[index].0 += lots,
        }
        self.net[index].0 += side.sign() * lots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{NewOrder, OrderStatus, OrderType, TimeInForce};

    fn order(id: u64) -> Order {
        let request = NewOrder {
            id: OrderId(id),
            instrument: InstrumentId(0),
            side: Side::Buy,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Gtc,
            qty: Qty(1),
            limit: None,
            stop: None,
        };
        Order { status: OrderStatus::Submitted, ..Order::new(request, 0) }
    }

    #[test]
    fn orders_are_found_until_they_are_done_and_then_their_room_is_used_again() {
        let mut open = OpenOrders::new(1);
        open.insert(order(2));
        open.insert(order(1));
        for id in 3..=10_000 {
            open.insert(order(id));
            if id % 100 != 0 {
                open.get_mut(OrderId(id)).unwrap().status = OrderStatus::Filled;
                open.close_one();
                assert!(open.get(OrderId(id)).is_none());
            }
        }
        let ids: Vec<u64> = open.sorted().iter().map(|order| order.request.id.0).collect();
        assert_eq!(ids, [1, 2].into_iter().chain((1..=100).map(|n| 100 * n)).collect::<Vec<_>>());
        for id in (1..=100).map(|n| 100 * n) {
            open.get_mut(OrderId(id)).unwrap().status = OrderStatus::Cancelled;
            open.close_one();
        }
        assert_eq!(open.sorted().len(), 2);
        assert!(open.orders.len() <= 2 + OpenOrders::DONE);
        assert_eq!(open.get(OrderId(1)).map(|order| order.request.id), Some(OrderId(1)));
    }
}
