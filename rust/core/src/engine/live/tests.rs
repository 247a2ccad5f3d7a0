use super::super::*;
use super::EngineState;
use crate::event::Trade;
use crate::order::{NewOrder, OrderType, Reject, TimeInForce};
use crate::risk::{Guard, OrderLimits};
use crate::sim::{ConstantLatency, PercentFee, PercentSlippage, SimVenue, Through, VenueModels};
use crate::types::{Decimal, InstrumentId, MONEY_ONE, MaybeQty, OrderId, Px, Qty, Side};

/// A strategy that does nothing.
#[derive(Debug)]
struct Idle;

impl Strategy for Idle {}

/// Remembers what it was told.
#[derive(Debug, Default)]
struct Seen {
    fills: Vec<Fill>,
    closed: Vec<Order>,
}

impl Probe for Seen {
    fn on_fill(&mut self, fill: &Fill, _ledger: &Ledger) {
        self.fills.push(*fill);
    }

    fn on_order_closed(&mut self, order: &Order) {
        self.closed.push(*order);
    }
}

fn instrument(symbol: &str) -> Instrument {
    let one: Decimal = "1".parse().unwrap();
    Instrument::try_new(symbol, one, one).unwrap()
}

fn engine(latency: i64) -> Engine<SimVenue, Idle> {
    guarded(latency, Guard::default())
}

fn guarded(latency: i64, guard: Guard) -> Engine<SimVenue, Idle> {
    let none: Decimal = "0".parse().unwrap();
    let models = VenueModels {
        latency: Box::new(ConstantLatency { entry: latency, cancel: latency, response: latency }),
        fees: Box::new(PercentFee::new(none, none)),
        slippage: Box::new(PercentSlippage::new(none)),
        fill: Box::new(Through),
        bounded_by_size: true,
    };
    let instruments = vec![instrument("A")];
    let basis = vec![Basis::Trades];
    let venue = SimVenue::new(&instruments, &basis, models).trading_at_last();
    let limits = OrderLimits {
        max_order_qty: None,
        max_position: None,
        max_notional: None,
        collar_ppm: None,
        leverage_ppm: 10_000_000,
    };
    Engine::new(instruments, basis, venue, Idle, RiskPolicy::guarded(limits, guard), 100_000 * MONEY_ONE, 0)
}

fn trade(instrument: u32, ts: Ts, px: i64) -> Event {
    let trade = Trade { px: Px(px), qty: MaybeQty::NONE, side: None };
    Event {
        ts_event: ts,
        ts_recv: ts,
        instrument: InstrumentId(instrument),
        target: f64::NAN,
        record: Record::Trade(trade),
    }
}

fn order(engine: &mut Engine<SimVenue, Idle>, instrument: u32, side: Side, qty: i64, limit: Option<i64>) -> Command {
    Command::Submit(NewOrder {
        id: engine.next_order_id(),
        instrument: InstrumentId(instrument),
        side,
        order_type: if limit.is_some() { OrderType::Limit } else { OrderType::Market },
        time_in_force: TimeInForce::Gtc,
        qty: Qty(qty),
        limit: limit.map(Px),
        stop: None,
    })
}

#[test]
fn a_market_order_trades_at_the_last_price_at_once() {
    let (mut engine, mut seen) = (engine(0), Seen::default());
    engine.step(&trade(0, 5, 100), &mut seen).unwrap();
    let buy = order(&mut engine, 0, Side::Buy, 7, None);
    let audit = engine.command(6, buy, &mut seen).unwrap();
    assert_eq!((audit.orders, audit.fills, audit.refused), (1, 1, 0));
    assert_eq!((seen.fills[0].px, seen.fills[0].qty, seen.fills[0].ts_event), (Px(100), Qty(7), 6));
    assert_eq!(engine.ledger().positions(), [Qty(7)]);
    // A limit that the market does not reach rests until a trade goes through it.
    let sell = order(&mut engine, 0, Side::Sell, 7, Some(110));
    engine.command(7, sell, &mut seen).unwrap();
    engine.step(&trade(0, 8, 110), &mut seen).unwrap();
    assert_eq!(engine.open_orders().len(), 1);
    engine.step(&trade(0, 9, 111), &mut seen).unwrap();
    engine.advance(9, &mut seen).unwrap();
    assert_eq!((seen.fills[1].px, engine.ledger().positions()[0]), (Px(110), Qty(0)));
}

#[test]
fn without_a_price_orders_are_refused() {
    let (mut engine, mut seen) = (engine(0), Seen::default());
    let buy = order(&mut engine, 0, Side::Buy, 1, None);
    assert_eq!(engine.command(1, buy, &mut seen).unwrap().refused, 1);
    assert_eq!(seen.closed[0].reject, Some(Reject::NoMarket));
}

#[test]
fn instruments_can_turn_up_later() {
    let (mut engine, mut seen) = (engine(0), Seen::default());
    let added = engine.add_instrument(instrument("B"), Basis::Trades);
    engine.step(&trade(added.0, 1, 50), &mut seen).unwrap();
    let sell = order(&mut engine, added.0, Side::Sell, 3, None);
    engine.command(2, sell, &mut seen).unwrap();
    assert_eq!(engine.ledger().positions(), [Qty(0), Qty(-3)]);
}

#[test]
fn an_emergency_stop_cancels_flattens_and_refuses() {
    for latency in [0, 10] {
        let (mut engine, mut seen) = (engine(latency), Seen::default());
        engine.step(&trade(0, 1, 100), &mut seen).unwrap();
        let buy = order(&mut engine, 0, Side::Buy, 7, None);
        engine.command(2, buy, &mut seen).unwrap();
        engine.advance(50, &mut seen).unwrap();
        let resting = order(&mut engine, 0, Side::Buy, 5, Some(90));
        engine.command(60, resting, &mut seen).unwrap();
        engine.advance(100, &mut seen).unwrap();
        assert_eq!((engine.ledger().positions()[0], engine.open_orders().len()), (Qty(7), 1));
        engine.emergency_stop(101, &mut seen).unwrap();
        engine.advance(200, &mut seen).unwrap();
        assert!(engine.is_halted());
        assert_eq!((engine.ledger().positions()[0], engine.open_orders().len()), (Qty(0), 0), "latency {latency}");
        let late = order(&mut engine, 0, Side::Sell, 1, None);
        assert_eq!(engine.command(201, late, &mut seen).unwrap().refused, 1);
        assert_eq!(seen.closed.last().and_then(|order| order.reject), Some(Reject::Halted));
    }
}

#[test]
fn what_fills_before_its_cancel_arrives_is_flattened_too() {
    let (mut engine, mut seen) = (engine(10), Seen::default());
    engine.step(&trade(0, 1, 100), &mut seen).unwrap();
    let resting = order(&mut engine, 0, Side::Buy, 5, Some(90));
    engine.command(2, resting, &mut seen).unwrap();
    engine.advance(30, &mut seen).unwrap();
    engine.emergency_stop(31, &mut seen).unwrap();
    // The cancel arrives at 41; the market trades through the limit at 35.
    engine.step(&trade(0, 35, 80), &mut seen).unwrap();
    engine.advance(200, &mut seen).unwrap();
    assert_eq!(seen.fills.iter().map(|fill| fill.side.sign() * fill.qty.0).collect::<Vec<_>>(), [5, -5]);
    assert_eq!((engine.ledger().positions()[0], engine.open_orders().len()), (Qty(0), 0));
}

#[test]
fn a_restored_engine_goes_on_as_if_it_had_not_stopped() {
    let (mut first, mut seen) = (engine(0), Seen::default());
    first.step(&trade(0, 1, 100), &mut seen).unwrap();
    for (side, qty, limit) in [(Side::Buy, 9, None), (Side::Sell, 4, None), (Side::Sell, 5, Some(120))] {
        let command = order(&mut first, 0, side, qty, limit);
        first.command(2, command, &mut seen).unwrap();
    }
    let state = first.state();
    let mut second = engine(0);
    second.restore(&state).unwrap();
    assert_eq!(second.state(), state);
    let mut again = Seen::default();
    for (engine, seen) in [(&mut first, &mut seen), (&mut second, &mut again)] {
        engine.step(&trade(0, 3, 121), seen).unwrap();
        engine.advance(3, seen).unwrap();
    }
    assert_eq!(seen.fills.last(), again.fills.last());
    assert_eq!(first.state(), second.state());
    assert_eq!(second.ledger().positions(), [Qty(0)]);
}

#[test]
fn a_restart_is_no_reset_of_a_tripped_breaker() {
    let guard = || Guard { max_daily_loss: Some(50 * MONEY_ONE), breakers: true, cool_down: 5, ..Guard::default() };
    let (mut first, mut seen) = (guarded(0, guard()), Seen::default());
    first.step(&trade(0, 1, 100), &mut seen).unwrap();
    let buy = order(&mut first, 0, Side::Buy, 9, None);
    first.command(2, buy, &mut seen).unwrap();
    first.step(&trade(0, 3, 94), &mut seen).unwrap();
    let state = first.state();
    assert!(state.risk.breakers.trip.is_some());
    let mut second = guarded(0, guard());
    second.restore(&state).unwrap();
    assert_eq!(second.state(), state);
    let more = order(&mut second, 0, Side::Buy, 1, None);
    assert_eq!(second.command(4, more, &mut seen).unwrap().refused, 1);
    assert_eq!(seen.closed.last().and_then(|order| order.reject), Some(Reject::Breaker));
    let less = order(&mut second, 0, Side::Sell, 9, None);
    let audit = second.command(5, less, &mut seen).unwrap();
    assert_eq!((audit.orders, audit.refused), (1, 0));
}

#[test]
fn states_that_no_engine_can_be_in_are_refused() {
    let (mut whole, mut seen) = (engine(0), Seen::default());
    whole.step(&trade(0, 1, 100), &mut seen).unwrap();
    let buy = order(&mut whole, 0, Side::Buy, 9, Some(90));
    whole.command(2, buy, &mut seen).unwrap();
    let state = whole.state();
    let refused = |change: &dyn Fn(&mut EngineState)| {
        let mut state = state.clone();
        change(&mut state);
        engine(0).restore(&state).unwrap_err().code()
    };
    assert_eq!(refused(&|state| state.ledger.positions.clear()), 8005);
    assert_eq!(refused(&|state| state.ledger.positions[0].lots = i64::MAX), 8005);
    assert_eq!(refused(&|state| state.ledger.max_drawdown = f64::NAN.to_bits()), 8005);
    assert_eq!(refused(&|state| state.orders[0].filled = Qty(9)), 8005);
    assert_eq!(refused(&|state| state.orders[0].request.instrument = InstrumentId(1)), 8005);
    assert_eq!(refused(&|state| state.last_order = 0), 8005);
    assert_eq!(refused(&|state| state.orders[0].request.id = OrderId(0)), 8005);
}
