//! An account by hand: orders, fills and marks without engine or venue.

use super::*;
use crate::ledger::Ledger;
use crate::order::{Fill, Liquidity, NewOrder, Order, OrderStatus, OrderType, Reject, ReplaceOrder, TimeInForce};
use crate::types::{Decimal, Instrument, InstrumentId, MONEY_ONE, Money, OrderId, Px, Qty, Side, Ts};

mod breakers;
mod limits;
mod value_at_risk;
mod worst_case;

/// 100,000 of the currency.
const CAPITAL: Money = 100_000 * MONEY_ONE;

/// Leverage so large that it never binds.
fn no_order_limits() -> OrderLimits {
    OrderLimits { leverage_ppm: 1_000_000_000_000, ..OrderLimits::default() }
}

/// An account of instruments with tick 1, lot 1.
struct Account {
    risk: Risk,
    ledger: Ledger,
    open: Vec<Order>,
    now: Ts,
    sent: u64,
}

impl Account {
    fn new(limits: OrderLimits, guard: Guard, instruments: usize) -> Self {
        let one = |n: usize| Instrument::try_new(&format!("I{n}"), Decimal::power_of_ten(0), Decimal::power_of_ten(0));
        let instruments: Vec<Instrument> = (0..instruments).map(|n| one(n).unwrap()).collect();
        let ledger = Ledger::new(&instruments, CAPITAL);
        let risk = Risk::new(RiskPolicy::guarded(limits, guard), &instruments, CAPITAL);
        Self { risk, ledger, open: Vec::new(), now: 0, sent: 0 }
    }

    /// One with a guard and nothing else, all instruments marked at 100.
    fn guarded(guard: Guard) -> Self {
        let mut account = Self::new(no_order_limits(), guard, 4);
        (0..4).for_each(|n| assert!(!account.mark(n, 100)));
        account
    }

    fn mark(&mut self, instrument: u32, px: i64) -> bool {
        let id = InstrumentId(instrument);
        self.ledger.mark(id, 2 * px).unwrap();
        self.risk.touch(id, &self.ledger);
        self.risk.watch(id, self.now, &self.ledger)
    }

    fn request(&mut self, instrument: u32, lots: i64, limit: Option<i64>) -> NewOrder {
        self.sent += 1;
        NewOrder {
            id: OrderId(self.sent),
            instrument: InstrumentId(instrument),
            side: Side::of(lots).unwrap_or(Side::Buy),
            order_type: if limit.is_some() { OrderType::Limit } else { OrderType::Market },
            time_in_force: TimeInForce::Gtc,
            qty: Qty(lots.abs()),
            limit: limit.map(Px),
            stop: None,
        }
    }

    /// Sends an order; gives its place among the open ones.
    fn send(&mut self, instrument: u32, lots: i64, limit: Option<i64>) -> Result<usize, Denied> {
        let request = self.request(instrument, lots, limit);
        self.send_request(request)
    }

    fn send_request(&mut self, request: NewOrder) -> Result<usize, Denied> {
        if self.risk.may_cross(&request) {
            self.risk.tighten(request.instrument, request.side.opposite(), self.open.iter());
        }
        let approved = self.risk.check(request, self.now, &self.ledger)?;
        self.open.push(Order { status: OrderStatus::Submitted, ..Order::new(*approved.get(), self.now) });
        Ok(self.open.len() - 1)
    }

    fn refusal(&mut self, instrument: u32, lots: i64, limit: Option<i64>) -> Option<Reject> {
        let request = self.request(instrument, lots, limit);
        self.risk.what_if(&request, self.now, &self.ledger).err().map(|denied| denied.reject)
    }

    fn fill(&mut self, place: usize, lots: i64, px: i64) {
        let order = &mut self.open[place];
        let request = order.request;
        let left = order.leaves().0;
        order.filled.0 += lots;
        let fill = Fill {
            order: request.id,
            instrument: request.instrument,
            side: request.side,
            px: Px(px),
            qty: Qty(lots),
            fee: 0,
            liquidity: Liquidity::Taker,
            ts_event: self.now,
            ts_recv: self.now,
        };
        self.ledger.apply(&fill).unwrap();
        self.risk.release(&request, lots.min(left));
        if lots >= left {
            self.open.swap_remove(place);
            self.risk.closed(request.id);
        }
    }

    fn cancel(&mut self, place: usize) {
        let order = self.open.swap_remove(place);
        self.risk.release(&order.request, order.leaves().0);
        self.risk.closed(order.request.id);
    }

    /// Asks for a change of an order; it is answered with yes if `answered`.
    fn change(&mut self, place: usize, qty: i64, limit: Option<i64>, answered: bool) -> Result<(), Denied> {
        let order = self.open[place];
        let change = ReplaceOrder { id: order.request.id, qty: Some(Qty(qty)), limit: limit.map(Px), stop: None };
        self.risk.check_replace(change, &order, self.now, &self.ledger)?;
        if answered {
            self.answer(place, qty, limit);
        }
        Ok(())
    }

    fn answer(&mut self, place: usize, qty: i64, limit: Option<i64>) {
        let order = &mut self.open[place];
        self.risk.change_answered(order.request.id);
        self.risk.release(&order.request, order.leaves().0);
        order.request.qty = Qty(qty);
        order.request.limit = limit.map(Px).or(order.request.limit);
        let left = order.leaves().0.max(0);
        self.risk.reserve(&order.request, left);
        if left == 0 {
            self.cancel(place);
        }
    }

    /// Buys (or sells) at the mark, at once.
    fn hold(&mut self, instrument: u32, lots: i64) {
        let place = self.send(instrument, lots, None).unwrap();
        let px = self.ledger.mark2(InstrumentId(instrument)).unwrap() / 2;
        self.fill(place, lots.abs(), px);
    }
}
