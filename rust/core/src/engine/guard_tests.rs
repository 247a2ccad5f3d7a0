//! What the engine does about breakers.

use super::super::*;
use crate::event::Trade;
use crate::order::{NewOrder, Reject, TimeInForce};
use crate::risk::{Condition, Guard, OrderLimits};
use crate::sim::{ConstantLatency, PercentFee, PercentSlippage, SimVenue, Through, VenueModels};
use crate::types::{Decimal, InstrumentId, MONEY_ONE, MaybeQty, OrderId, Px, Qty, Side};

const LATENCY: i64 = 10;

/// Buys 100 and rests a far limit on the first event; goes on asking for one more on every event.
#[derive(Debug, Default)]
struct Greedy {
    events: u32,
}

impl Strategy for Greedy {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.events += 1;
        let lots = if self.events == 1 { 100 } else { 1 };
        context.market(event.instrument, Side::Buy, Qty(lots));
        if self.events == 1 {
            context.limit(event.instrument, Side::Buy, Qty(5), Px(1));
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Seen {
    fills: Vec<Fill>,
    closed: Vec<Order>,
    denied: Vec<Denied>,
}

impl Probe for Seen {
    fn on_fill(&mut self, fill: &Fill, _ledger: &Ledger) {
        self.fills.push(*fill);
    }

    fn on_denied(&mut self, _order: &Order, denied: &Denied) {
        self.denied.push(*denied);
    }

    fn on_order_closed(&mut self, order: &Order) {
        self.closed.push(*order);
    }
}

fn engine(guard: Guard) -> Engine<SimVenue, Greedy> {
    engine_of(RiskPolicy::guarded(OrderLimits::default(), guard), Greedy::default())
}

fn engine_of<S: Strategy>(policy: RiskPolicy, strategy: S) -> Engine<SimVenue, S> {
    let none: Decimal = "0".parse().unwrap();
    let models = VenueModels {
        latency: Box::new(ConstantLatency { entry: LATENCY, cancel: LATENCY, response: LATENCY }),
        fees: Box::new(PercentFee::new(none, none)),
        slippage: Box::new(PercentSlippage::new(none)),
        fill: Box::new(Through),
        bounded_by_size: true,
    };
    let one: Decimal = "1".parse().unwrap();
    let instruments = vec![Instrument::try_new("A", one, one).unwrap()];
    let basis = vec![Basis::Trades];
    let venue = SimVenue::new(&instruments, &basis, models).trading_at_last();
    Engine::new(instruments, basis, venue, strategy, policy, 100_000 * MONEY_ONE, 0)
}

fn trade(ts: Ts, seen: Ts, px: i64) -> Event {
    let trade = Trade { px: Px(px), qty: MaybeQty::NONE, side: None };
    let record = Record::Trade(trade);
    Event { ts_event: ts, ts_recv: seen, instrument: InstrumentId(0), target: f64::NAN, record }
}

fn guard(flatten: bool) -> Guard {
    Guard { max_daily_loss: Some(1_000 * MONEY_ONE), breakers: true, flatten, ..Guard::default() }
}

fn status(seen: &Seen, id: u64) -> Option<OrderStatus> {
    seen.closed.iter().find(|order| order.request.id == OrderId(id)).map(|order| order.status)
}

#[test]
fn a_tripped_breaker_cancels_what_is_open_and_closes_positions_no_sooner_than_the_price_is_seen() {
    for delay in [0, 50] {
        let (mut engine, mut seen) = (engine(guard(true)), Seen::default());
        engine.step(&trade(100, 100 + delay, 100), &mut seen).unwrap();
        engine.step(&trade(300, 300 + delay, 100), &mut seen).unwrap();
        assert_eq!(engine.ledger().positions(), [Qty(100)], "{delay}");
        // 100 and the one more of the second event.
        engine.step(&trade(400, 400 + delay, 80), &mut seen).unwrap();
        engine.step(&trade(600, 600 + delay, 90), &mut seen).unwrap();
        engine.advance(10_000, &mut seen).unwrap();
        assert_eq!(engine.risk().breakers().condition(), Condition::Tripped);
        assert_eq!(engine.ledger().positions(), [Qty(0)]);
        assert_eq!(engine.open_orders(), []);
        assert_eq!(status(&seen, 2), Some(OrderStatus::Cancelled));
        let closing = seen.fills.iter().find(|fill| fill.side == Side::Sell).unwrap();
        assert_eq!((closing.ts_event, closing.qty), (400 + delay + LATENCY, Qty(101)));
        // The event that trips it is the last one on which nothing is bought.
        assert!(seen.denied.iter().all(|denied| denied.reject == Reject::Breaker));
        assert_eq!(seen.denied.len(), 2);
    }
}

#[test]
fn without_being_told_to_flatten_a_tripped_breaker_keeps_positions() {
    let (mut engine, mut seen) = (engine(guard(false)), Seen::default());
    engine.step(&trade(100, 100, 100), &mut seen).unwrap();
    engine.step(&trade(200, 200, 90), &mut seen).unwrap();
    engine.step(&trade(300, 300, 90), &mut seen).unwrap();
    assert_eq!(engine.ledger().positions(), [Qty(100)]);
    assert_eq!(status(&seen, 2), Some(OrderStatus::Cancelled));
    assert_eq!(seen.denied.len(), 2);
}

#[test]
fn what_fills_before_its_cancel_arrives_is_taken_back_as_well() {
    let (mut engine, mut seen) = (engine(guard(true)), Seen::default());
    engine.step(&trade(100, 100, 100), &mut seen).unwrap();
    // Bought at 200, and filled at 210 after the trip at 205.
    engine.step(&trade(200, 200, 100), &mut seen).unwrap();
    engine.step(&trade(205, 205, 90), &mut seen).unwrap();
    engine.advance(10_000, &mut seen).unwrap();
    assert_eq!(engine.ledger().positions(), [Qty(0)]);
    let sold: i64 = seen.fills.iter().filter(|fill| fill.side == Side::Sell).map(|fill| fill.qty.0).sum();
    assert_eq!(sold, 101);
}

#[test]
fn the_kill_switch_stops_the_strategy_until_it_is_reset() {
    let (mut engine, mut seen) = (engine(Guard { flatten: true, ..Guard::default() }), Seen::default());
    engine.step(&trade(100, 100, 100), &mut seen).unwrap();
    engine.advance(150, &mut seen).unwrap();
    engine.kill(200, &mut seen).unwrap();
    engine.step(&trade(300, 300, 100), &mut seen).unwrap();
    assert_eq!(engine.ledger().positions(), [Qty(0)]);
    assert_eq!(seen.denied[0].reject, Reject::KillSwitch);
    engine.reset_breakers(400).unwrap();
    engine.step(&trade(500, 500, 100), &mut seen).unwrap();
    engine.advance(600, &mut seen).unwrap();
    assert_eq!(engine.ledger().positions(), [Qty(1)]);
}

#[test]
fn an_engine_that_starts_again_knows_what_is_exposed_and_under_way() {
    let guard = Guard { max_gross: Some(10_600 * MONEY_ONE), ..Guard::default() };
    let (mut first, mut seen) = (engine(guard.clone()), Seen::default());
    first.step(&trade(100, 100, 100), &mut seen).unwrap();
    first.advance(150, &mut seen).unwrap();
    let mut again = engine(guard);
    again.restore(&first.state()).unwrap();
    // 10,000 held and 500 under way: one more fits, and no second one.
    for engine in [&mut first, &mut again] {
        let mut seen = Seen::default();
        for (ts, denied) in [(200, 0), (300, 1)] {
            let request = NewOrder {
                id: engine.next_order_id(),
                instrument: InstrumentId(0),
                side: Side::Buy,
                order_type: crate::order::OrderType::Market,
                time_in_force: TimeInForce::Gtc,
                qty: Qty(1),
                limit: None,
                stop: None,
            };
            engine.command(ts, Command::Submit(request), &mut seen).unwrap();
            assert_eq!(seen.denied.len(), denied);
        }
        assert_eq!(seen.denied[0].amounts, Some((10_700 * MONEY_ONE, 10_600 * MONEY_ONE)));
    }
}

/// Buys 10 at the first event, sells 5 of them at the third, buys 10 more at the fifth.
#[derive(Debug, Default)]
struct Three {
    events: u32,
}

impl Strategy for Three {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.events += 1;
        match self.events {
            1 | 5 => context.market(event.instrument, Side::Buy, Qty(10)),
            3 => context.market(event.instrument, Side::Sell, Qty(5)),
            _ => return Ok(()),
        };
        Ok(())
    }
}

#[test]
fn what_adds_risk_never_fills_beyond_its_collar_and_what_reduces_fills_at_any_price() {
    let limits = OrderLimits { collar_ppm: Some(50_000), ..OrderLimits::default() };
    let policy = RiskPolicy::guarded(limits, Guard::default());
    let (mut engine, mut seen) = (engine_of(policy, Three::default()), Seen::default());
    for (ts, px) in [(100, 100), (105, 105), (205, 105), (210, 50), (305, 50), (310, 53)] {
        engine.step(&trade(ts, ts, px), &mut seen).unwrap();
    }
    engine.advance(1_000, &mut seen).unwrap();
    let fills: Vec<(Side, i64, i64)> = seen.fills.iter().map(|fill| (fill.side, fill.px.0, fill.qty.0)).collect();
    // Bought at 105, the end of the collar around 100. Sold at 50, far below it: that only reduces. Bought at 53,
    // which is beyond the collar around 50: cancelled.
    assert_eq!(fills, [(Side::Buy, 105, 10), (Side::Sell, 50, 5)]);
    let last = seen.closed.last().unwrap();
    assert_eq!((last.request.id, last.status, last.reject), (OrderId(3), OrderStatus::Cancelled, Some(Reject::Collar)));
}
