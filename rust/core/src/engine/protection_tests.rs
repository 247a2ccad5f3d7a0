//! What stays working when a breaker trips, and what counts when nobody knows what became of an order.

use super::super::*;
use crate::event::Trade;
use crate::order::{Liquidity, NewOrder, OrderType, Reject, ReplaceOrder, TimeInForce};
use crate::risk::{Approved, Guard, OrderLimits};
use crate::types::{Decimal, InstrumentId, MONEY_ONE, MaybeQty, OrderId, Px, Qty, Side};

/// A venue that does nothing but what it is told to report.
#[derive(Debug, Default)]
struct Told {
    reports: Vec<Report>,
    cancels: Vec<u64>,
    changes: Vec<(u64, i64)>,
}

impl Venue for Told {
    fn next_due(&self) -> Ts {
        self.reports.first().map_or(NEVER, |report| report.ts_recv)
    }

    fn advance(&mut self, until: Ts) -> Option<Report> {
        self.next_report(until)
    }

    fn next_report(&mut self, until: Ts) -> Option<Report> {
        (self.next_due() <= until).then(|| self.reports.remove(0))
    }

    fn observe(&mut self, _event: &Event) {}

    fn submit(&mut self, _order: Approved<NewOrder>, _now: Ts) {}

    fn replace(&mut self, change: Approved<ReplaceOrder>, _instrument: InstrumentId, _now: Ts) {
        let change = change.get();
        self.changes.push((change.id.0, change.qty.map_or(0, |qty| qty.0)));
    }

    fn cancel(&mut self, order: OrderId, _instrument: InstrumentId, _now: Ts) {
        self.cancels.push(order.0);
    }
}

#[derive(Debug)]
struct Nothing;

impl Strategy for Nothing {}

#[derive(Debug, Default)]
struct Seen {
    denied: Vec<Denied>,
}

impl Probe for Seen {
    fn on_denied(&mut self, _order: &Order, denied: &Denied) {
        self.denied.push(*denied);
    }
}

struct Account {
    engine: Engine<Told, Nothing>,
    seen: Seen,
    now: Ts,
}

impl Account {
    fn new(guard: Guard) -> Self {
        let one = Decimal::power_of_ten(0);
        let instruments = vec![Instrument::try_new("A", one, one).unwrap()];
        let limits = OrderLimits { leverage_ppm: 10_000_000, ..OrderLimits::default() };
        let policy = RiskPolicy::guarded(limits, guard);
        let basis = vec![Basis::Trades];
        let engine = Engine::new(instruments, basis, Told::default(), Nothing, policy, 100_000 * MONEY_ONE, 0);
        let mut account = Self { engine, seen: Seen::default(), now: 0 };
        account.trade(100);
        account
    }

    fn trade(&mut self, px: i64) {
        self.now += 10;
        let record = Record::Trade(Trade { px: Px(px), qty: MaybeQty::NONE, side: None });
        let (ts, instrument) = (self.now, InstrumentId(0));
        let event = Event { ts_event: ts, ts_recv: ts, instrument, target: f64::NAN, record };
        self.engine.step(&event, &mut self.seen).unwrap();
    }

    /// Sends an order; gives its number.
    fn send(&mut self, lots: i64, limit: Option<i64>, stop: Option<i64>) -> u64 {
        let id = self.engine.next_order_id();
        let order_type = match (limit, stop) {
            (None, None) => OrderType::Market,
            (Some(_), None) => OrderType::Limit,
            (None, Some(_)) => OrderType::Stop,
            (Some(_), Some(_)) => OrderType::StopLimit,
        };
        let request = NewOrder {
            id,
            instrument: InstrumentId(0),
            side: Side::of(lots).unwrap(),
            order_type,
            time_in_force: TimeInForce::Gtc,
            qty: Qty(lots.abs()),
            limit: limit.map(Px),
            stop: stop.map(Px),
        };
        self.engine.command(self.now, Command::Submit(request), &mut self.seen).unwrap();
        id.0
    }

    fn report(&mut self, id: u64, kind: ReportKind) {
        self.now += 1;
        let report = Report { order: OrderId(id), kind, ts_event: self.now, ts_recv: self.now };
        self.engine.venue.reports.push(report);
        self.engine.due = self.engine.next_due();
        self.engine.advance(self.now, &mut self.seen).unwrap();
    }

    fn fill(&mut self, id: u64, lots: i64) {
        let px = self.engine.ledger().mark2(InstrumentId(0)).unwrap() / 2;
        self.report(id, ReportKind::Filled { px: Px(px), qty: Qty(lots), fee: 0, liquidity: Liquidity::Taker });
    }

    fn status(&self, id: u64) -> Option<OrderStatus> {
        self.engine.open_order(OrderId(id)).map(|order| order.status)
    }
}

fn breaker(flatten: bool) -> Guard {
    Guard { max_daily_loss: Some(1_000 * MONEY_ONE), breakers: true, flatten, ..Guard::default() }
}

#[test]
fn what_protects_a_position_survives_a_trip_and_what_could_add_to_it_is_taken_back() {
    for side in [1, -1] {
        let mut account = Account::new(breaker(false));
        let open = account.send(100 * side, None, None);
        account.fill(open, 100);
        let more = account.send(5 * side, Some(100 - 60 * side), None);
        let target = account.send(-30 * side, Some(100 + 50 * side), None);
        let stop = account.send(-60 * side, None, Some(100 - 50 * side));
        // Together with the other stop, two more than there are: it is cut, and for the target nothing is left.
        let far = account.send(-42 * side, None, Some(100 - 70 * side));
        account.trade(100 - 10 * side);
        assert_eq!(account.engine.venue.changes, [(far, 40)]);
        assert_eq!(account.engine.venue.cancels, [more, target]);
        assert_eq!(account.status(stop), Some(OrderStatus::Submitted));
        assert_eq!(account.engine.ledger().positions(), [Qty(100 * side)]);
    }
}

#[test]
fn a_protective_order_shrinks_with_its_position_after_the_trip_and_goes_when_that_is_flat() {
    let mut account = Account::new(breaker(false));
    let open = account.send(100, None, None);
    account.fill(open, 100);
    let target = account.send(-40, Some(150), None);
    let stop = account.send(-100, None, Some(50));
    account.trade(90);
    assert_eq!((account.engine.venue.cancels.as_slice(), account.engine.venue.changes.len()), ([target].as_slice(), 0));
    // The cancel comes too late for 30 of them.
    account.fill(target, 30);
    assert_eq!(account.engine.venue.changes, [(stop, 70)]);
    account.report(target, ReportKind::Cancelled(None));
    let change = ReplaceOrder { id: OrderId(stop), qty: Some(Qty(70)), limit: None, stop: None };
    account.report(stop, ReportKind::Replaced(change));
    assert_eq!(account.engine.venue.cancels, [target]);
    // It is stopped out in two parts: nothing is left to cut or to cancel.
    account.fill(stop, 20);
    account.fill(stop, 50);
    assert_eq!(account.engine.ledger().positions(), [Qty(0)]);
    assert_eq!((account.engine.venue.cancels.len(), account.engine.venue.changes.len()), (1, 1));
}

#[test]
fn a_protective_order_that_its_position_has_left_behind_is_taken_back_once() {
    let mut account = Account::new(breaker(false));
    let open = account.send(100, None, None);
    account.fill(open, 100);
    let target = account.send(-100, Some(150), None);
    let stop = account.send(-100, None, Some(50));
    account.trade(90);
    account.fill(target, 60);
    account.fill(target, 40);
    assert_eq!(account.engine.venue.cancels, [target, stop]);
    account.engine.reset_breakers(account.now).unwrap();
    assert_eq!(account.engine.open_orders().len(), 1);
}

#[test]
fn where_positions_are_closed_everything_is_cancelled() {
    let mut account = Account::new(breaker(true));
    let open = account.send(100, None, None);
    account.fill(open, 100);
    let stop = account.send(-100, None, Some(50));
    account.trade(90);
    assert_eq!(account.engine.venue.cancels, [stop]);
    let orders = account.engine.open_orders();
    assert_eq!(orders.last().map(|order| (order.request.side, order.request.qty)), Some((Side::Sell, Qty(100))));
}

#[test]
fn an_order_of_which_nothing_is_known_counts_as_working_until_something_is() {
    let gross = |lots: i64| Guard { max_gross: Some(i128::from(100 * lots) * MONEY_ONE), ..Guard::default() };
    let resolved: [(ReportKind, i64); 4] = [
        (ReportKind::Cancelled(None), 0),
        (ReportKind::Expired, 0),
        (ReportKind::Rejected(Reject::TooLate), 0),
        (ReportKind::Filled { px: Px(100), qty: Qty(40), fee: 0, liquidity: Liquidity::Taker }, 40),
    ];
    for (kind, held) in resolved {
        let mut account = Account::new(gross(100));
        let lost = account.send(40, Some(100), None);
        account.report(lost, ReportKind::Unknown);
        assert_eq!(account.status(lost), Some(OrderStatus::Unknown));
        // It adds up with one in flight: 40, 35 and 25 fit, and no more.
        let flying = account.send(35, Some(100), None);
        account.send(26, Some(100), None);
        let bound = 10_000 * MONEY_ONE;
        let denied = Denied { reject: Reject::GrossExposure, amounts: Some((bound + 100 * MONEY_ONE, bound)) };
        assert_eq!(account.seen.denied, [denied]);
        account.send(25, Some(100), None);
        assert_eq!(account.seen.denied.len(), 1);
        account.report(lost, kind);
        assert_eq!(account.status(lost), None);
        account.report(flying, ReportKind::Cancelled(None));
        // What was not filled of both is free again.
        account.send(75 - held + 1, Some(100), None);
        assert_eq!(account.seen.denied.len(), 2);
        account.send(75 - held, Some(100), None);
        assert_eq!(account.seen.denied.len(), 2);
    }
}

#[test]
fn any_report_says_what_became_of_an_unknown_order_and_a_restart_does_not() {
    let mut account = Account::new(Guard { max_gross: Some(4_000 * MONEY_ONE), ..Guard::default() });
    let lost = account.send(40, Some(100), None);
    account.report(lost, ReportKind::Unknown);
    let mut again = Account::new(Guard { max_gross: Some(4_000 * MONEY_ONE), ..Guard::default() });
    again.engine.restore(&account.engine.state()).unwrap();
    assert_eq!(again.status(lost), Some(OrderStatus::Unknown));
    again.send(1, Some(100), None);
    assert_eq!(again.seen.denied[0].reject, Reject::GrossExposure);
    account.fill(lost, 10);
    assert_eq!(account.status(lost), Some(OrderStatus::PartiallyFilled));
    account.report(lost, ReportKind::Unknown);
    let change = ReplaceOrder { id: OrderId(lost), qty: Some(Qty(30)), limit: None, stop: None };
    account.report(lost, ReportKind::Replaced(change));
    assert_eq!(account.status(lost), Some(OrderStatus::PartiallyFilled));
    account.send(10, Some(100), None);
    assert_eq!(account.seen.denied, []);
}
