//! The live engine from outside.

#![expect(clippy::unwrap_used, reason = "a test says what failed by panicking")]

use std::time::{Duration, Instant};

use baconalgo_core::error::Error;
use baconalgo_core::event::{Body, Event, Message, MessageKind};
use baconalgo_core::order::{OrderStatus, Reject};
use baconalgo_core::risk::{OrderLimits, RiskPolicy};
use baconalgo_core::sim::{ConstantLatency, PercentFee, PercentSlippage, Through, VenueModels};
use baconalgo_core::strategy::{Context, Strategy};
use baconalgo_core::types::{Decimal, Instrument, MONEY_ONE, Side};
use baconalgo_node::engine::{Clock, Fault, LiveEngine, NoStrategy, Options, SendError, State};
use baconalgo_node::symbols::Symbols;

const LONG: Duration = Duration::from_secs(60);

fn options(leverage_ppm: i64) -> Options {
    let none: Decimal = "0".parse().unwrap();
    let limits =
        OrderLimits { max_order_qty: None, max_position: None, max_notional: None, collar_ppm: None, leverage_ppm };
    Options {
        ring_capacity: 1024,
        workers: 1,
        pin: true,
        instruments_room: 100,
        history: 10_000,
        clock: Clock::System,
        instruments: None,
        risk: RiskPolicy::new(limits),
        capital: 100_000 * MONEY_ONE,
        models: VenueModels {
            latency: Box::new(ConstantLatency { entry: 0, cancel: 0, response: 0 }),
            fees: Box::new(PercentFee::new(none, none)),
            slippage: Box::new(PercentSlippage::new(none)),
            fill: Box::new(Through),
            bounded_by_size: false,
        },
        at_last: true,
        feed_latency: 0,
    }
}

fn engine() -> LiveEngine {
    LiveEngine::new(options(200_000), NoStrategy).unwrap()
}

fn symbol(name: &str) -> u32 {
    Symbols::of_process().intern(name).unwrap()
}

fn signal(name: &str, side: Side, price: f64, quantity: f64) -> Message {
    Message::new(symbol(name), Body::Signal { side: Some(side), price, quantity, confidence: 0.95 }).unwrap()
}

fn price(name: &str, timestamp: i64, price: f64) -> Message {
    Message::new(symbol(name), Body::MarketData { timestamp, price, volume: 1.0 }).unwrap()
}

fn limit(name: &str, order_id: u64, side: Side, quantity: f64, price: f64) -> Message {
    let stop_price = f64::NAN;
    let body = Body::Order { order_id, side, order_type: 1, time_in_force: 0, quantity, price, stop_price };
    Message::new(symbol(name), body).unwrap()
}

fn send_all(engine: &LiveEngine, messages: &[Message]) {
    let mut sender = engine.sender().unwrap();
    let mut rest = messages;
    while !rest.is_empty() {
        let sent = sender.send_batch(rest).unwrap();
        rest = &rest[sent..];
        if sent == 0 {
            std::thread::yield_now();
        }
    }
    assert!(engine.wait_idle(LONG));
}

fn ask<R: Send + 'static>(
    engine: &LiveEngine,
    question: impl FnOnce(&mut dyn baconalgo_node::engine::Inside) -> R + Send + 'static,
) -> R {
    engine.ask(question).unwrap().get().unwrap()
}

#[test]
fn a_signal_goes_through_risk_to_the_venue_and_changes_the_position() {
    let engine = engine();
    engine.start().unwrap();
    send_all(&engine, &[signal("BTC-a", Side::Buy, 50_000.0, 0.1), signal("BTC-a", Side::Buy, 50_000.0, 1.0)]);
    let position = engine.position(symbol("BTC-a")).unwrap();
    assert_eq!((position.quantity, position.average_price, position.mark_price), (0.1, 50_000.0, 50_000.0));
    send_all(&engine, &[price("BTC-a", 1, 51_000.0)]);
    assert_eq!(engine.position(symbol("BTC-a")).unwrap().unrealized_pnl, 100.0);
    let stats = engine.stats();
    assert_eq!((stats.messages, stats.orders, stats.executed, stats.fills), (3, 2, 1, 1));
    assert_eq!(stats.rejects, [(Reject::Leverage.code(), 1)]);
    assert_eq!((stats.equity, stats.positions, stats.queued), (100_100.0, 1, 0));
    assert_eq!(stats.latency.count, 3);
    assert!(stats.stages.iter().all(|(_, summary)| summary.count == 1));
    engine.stop().unwrap();
    assert_eq!(engine.state(), State::Stopped);
    assert_eq!(engine.position(symbol("BTC-a")).unwrap().quantity, 0.1);
}

#[test]
fn what_was_accepted_is_carried_out_before_the_engine_stops() {
    let engine = engine();
    engine.start().unwrap();
    let mut sender = engine.sender().unwrap();
    let mut sent = 0;
    for n in 0..5_000 {
        sent += u64::from(sender.send(price("DRAIN", n, 100.0 + n as f64)).is_ok());
    }
    engine.stop().unwrap();
    assert_eq!(engine.stats().messages, sent);
    assert_eq!(sender.send(price("DRAIN", 1, 1.0)), Err(SendError::NotRunning));
}

#[test]
fn stop_twice_and_start_again_keep_positions() {
    let engine = engine();
    engine.stop().unwrap();
    for round in 1..=3 {
        engine.start().unwrap();
        engine.start().unwrap();
        send_all(&engine, &[signal("AGAIN", Side::Buy, 100.0, 1.0)]);
        engine.stop().unwrap();
        engine.stop().unwrap();
        assert_eq!(engine.position(symbol("AGAIN")).unwrap().quantity, f64::from(round));
    }
}

#[test]
fn messages_are_refused_before_the_start_and_the_error_says_why() {
    let engine = engine();
    let error = engine.sender().err().unwrap();
    assert_eq!(error.to_string(), "engine must be running, was STOPPED");
}

/// Holds the engine up until it is let go.
struct Gate {
    entered: std::sync::mpsc::Sender<()>,
    gate: std::sync::mpsc::Receiver<()>,
}

impl Strategy for Gate {
    const WATCHES_ORDERS: bool = false;

    fn on_event(&mut self, _event: &Event, _context: &mut Context<'_>) -> Result<(), Error> {
        let _ = self.entered.send(());
        let _ = self.gate.recv();
        Ok(())
    }
}

#[test]
fn a_full_ring_is_said_at_once_and_an_emergency_stop_gets_through() {
    let (open, gate) = std::sync::mpsc::channel();
    let (entered, inside) = std::sync::mpsc::channel();
    let strategy = Gate { entered, gate };
    let engine = LiveEngine::new(Options { ring_capacity: 8, ..options(1_000_000) }, strategy).unwrap();
    engine.start().unwrap();
    let mut sender = engine.sender().unwrap();
    sender.send(signal("FULL", Side::Buy, 100.0, 10.0)).unwrap();
    // The price of the signal is a record: it holds the engine up, and the ring fills.
    inside.recv_timeout(LONG).unwrap();
    let deadline = Instant::now() + LONG;
    let mut accepted = 1;
    while sender.send(price("FULL", accepted, 100.0)) != Err(SendError::Full) {
        accepted += 1;
        assert!(Instant::now() < deadline);
    }
    engine.emergency_stop();
    for _ in 0..=accepted {
        open.send(()).unwrap();
    }
    assert!(engine.wait_idle(LONG));
    assert_eq!(engine.state(), State::Halted);
    assert_eq!(engine.position(symbol("FULL")).unwrap().quantity, 0.0);
    drop(open);
    send_all(&engine, &[signal("FULL", Side::Buy, 100.0, 1.0)]);
    assert_eq!(engine.stats().rejects, [(Reject::Halted.code(), 1)]);
    ask(&engine, |inside| inside.resume());
    send_all(&engine, &[signal("FULL", Side::Buy, 100.0, 1.0)]);
    assert_eq!(engine.position(symbol("FULL")).unwrap().quantity, 1.0);
}

#[test]
fn an_emergency_stop_cancels_flattens_and_refuses_what_is_queued() {
    let engine = engine();
    engine.start().unwrap();
    let mut tap = engine.events();
    send_all(&engine, &[signal("STOP", Side::Sell, 100.0, 5.0), limit("STOP", 7, Side::Buy, 5.0, 90.0)]);
    engine.emergency_stop();
    let deadline = Instant::now() + LONG;
    while engine.state() != State::Halted || engine.open_positions() > 0 {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    assert!(ask(&engine, |inside| inside.orders()).iter().all(|(order, _)| order.status.is_closed()));
    send_all(&engine, &[limit("STOP", 8, Side::Buy, 5.0, 90.0)]);
    assert_eq!(engine.stats().rejects, [(Reject::Halted.code(), 1)]);
    // Whoever listens has heard of it all.
    let mut cancelled = false;
    while let Ok(Some(received)) = tap.try_recv() {
        if let Some(Body::Update { client_id: 7, status, .. }) = received.event.body() {
            cancelled |= status == OrderStatus::Cancelled as u8;
        }
    }
    assert!(cancelled);
}

#[test]
fn rejects_are_counted_and_can_be_read() {
    let engine = engine();
    engine.start().unwrap();
    send_all(
        &engine,
        &[
            price("REJ", 1, f64::NAN),
            price("REJ", 1, -1.0),
            signal("REJ", Side::Buy, 100.0, f64::INFINITY),
            limit("REJ", 1, Side::Buy, 1.0, 90.0),
            price("REJ", 1, 100.0),
            limit("REJ", 1, Side::Buy, 1.0, 90.0),
            limit("REJ", 2, Side::Buy, 1.0, 90.0),
            limit("REJ", 2, Side::Buy, 1.0, 90.0),
            Message::new(0, Body::Cancel { order_id: 2 }).unwrap(),
            Message::new(0, Body::Cancel { order_id: 2 }).unwrap(),
            Message::new(0, Body::Cancel { order_id: 3 }).unwrap(),
        ],
    );
    let codes = [(1003, 1), (1004, 1), (1006, 2), (1007, 2), (2001, 1), (3001, 1)];
    assert_eq!(engine.stats().rejects, codes);
    let rejects = ask(&engine, |inside| inside.rejects());
    assert_eq!(rejects.len(), 8);
    assert_eq!((rejects[0].kind, rejects[0].reject), (MessageKind::MarketData as u8, Reject::Amount));
    assert_eq!((rejects[3].client, rejects[3].reject), (Some(1), Reject::NoMarket));
    assert_eq!((rejects[5].client, rejects[5].order, rejects[5].reject), (Some(2), None, Reject::DuplicateOrder));
}

#[test]
fn a_price_that_the_ledger_cannot_bear_is_refused_and_the_engine_goes_on() {
    let capital = 1_000_000_000_000 * MONEY_ONE;
    for clock in [Clock::System, Clock::Replay] {
        let engine = LiveEngine::new(Options { capital, clock, ..options(1_000_000) }, NoStrategy).unwrap();
        engine.start().unwrap();
        let name = format!("WIDE-{clock:?}");
        send_all(&engine, &[price(&name, 1, 1.0), signal(&name, Side::Buy, 1.0, 1e9), price(&name, 2, 2.0)]);
        let before = ask(&engine, |inside| (inside.money(), inside.hash()));
        // 1e10 x 1e9 is more than the 1.3e18 that a position may be worth.
        send_all(&engine, &[price(&name, 3, 1e10)]);
        assert_eq!(engine.stats().rejects, [(Reject::Amount.code(), 1)]);
        assert_eq!(ask(&engine, |inside| (inside.money(), inside.hash())), before);
        let refused = ask(&engine, |inside| inside.rejects());
        assert_eq!((refused[0].kind, refused[0].symbol), (MessageKind::MarketData as u8, symbol(&name)));
        let position = engine.position(symbol(&name)).unwrap();
        assert_eq!((position.quantity, position.mark_price), (1e9, 2.0));
        send_all(&engine, &[price(&name, 4, 3.0), signal(&name, Side::Sell, 3.0, 1e9)]);
        assert_eq!((engine.state(), engine.fault()), (State::Running, None));
        assert_eq!(engine.stats().equity, 1e12 + 2e9);
        assert_eq!(engine.stats().messages, 6);
    }
}

#[test]
fn there_is_room_for_so_many_instruments() {
    let engine = LiveEngine::new(Options { instruments_room: 3, ..options(1_000_000) }, NoStrategy).unwrap();
    engine.start().unwrap();
    let messages: Vec<Message> = (0..5).map(|n| price(&format!("ROOM{n}"), 1, 1.0)).collect();
    send_all(&engine, &messages);
    assert_eq!(engine.stats().rejects, [(Reject::TooManyInstruments.code(), 2)]);
    assert_eq!(ask(&engine, |inside| inside.instruments()).len(), 3);
}

#[test]
fn with_a_list_of_instruments_others_are_unknown() {
    let listed = Instrument::try_new("LISTED", "0.5".parse().unwrap(), "1".parse().unwrap()).unwrap();
    let engine =
        LiveEngine::new(Options { instruments: Some(vec![listed]), ..options(1_000_000) }, NoStrategy).unwrap();
    engine.start().unwrap();
    send_all(
        &engine,
        &[
            signal("LISTED", Side::Buy, 100.0, 2.0),
            signal("LISTED", Side::Buy, 100.2, 2.0),
            signal("UNLISTED", Side::Buy, 100.0, 2.0),
        ],
    );
    assert_eq!(engine.stats().rejects, [(1001, 1), (1003, 1)]);
    assert_eq!(engine.positions().len(), 1);
}

/// Fails at its third record.
struct Failing {
    records: u32,
    panics: bool,
}

impl Strategy for Failing {
    fn on_event(&mut self, _event: &Event, _context: &mut Context<'_>) -> Result<(), Error> {
        self.records += 1;
        assert!(self.records < 3 || !self.panics, "third record");
        if self.records == 3 {
            let kind = baconalgo_core::error::ErrorKind::Strategy;
            return Err(Error::new(kind, 1101, "strategy", "must not raise", "third record"));
        }
        Ok(())
    }
}

#[test]
fn a_fault_cancels_orders_marks_the_engine_and_can_be_read() {
    for panics in [true, false] {
        let engine = LiveEngine::new(options(1_000_000), Failing { records: 0, panics }).unwrap();
        engine.start().unwrap();
        send_all(&engine, &[price("FAULT", 1, 100.0), limit("FAULT", 1, Side::Buy, 1.0, 90.0)]);
        assert_eq!(ask(&engine, |inside| inside.orders())[0].0.status, OrderStatus::Submitted);
        let mut sender = engine.sender().unwrap();
        sender.send(price("FAULT", 2, 101.0)).unwrap();
        sender.send(price("FAULT", 3, 102.0)).unwrap();
        let deadline = Instant::now() + LONG;
        while engine.state() != State::Faulted || !engine.is_at_rest() {
            assert!(Instant::now() < deadline);
            std::thread::yield_now();
        }
        match engine.fault().unwrap() {
            Fault::Panic(said) => assert!(panics && said.contains("third record"), "{said}"),
            Fault::Error(error) => assert!(!panics && error.code() == 1101),
        }
        assert_eq!(ask(&engine, |inside| inside.orders())[0].0.status, OrderStatus::Cancelled);
        assert_eq!(sender.send(price("FAULT", 4, 1.0)), Err(SendError::NotRunning));
        // Every message was begun, or is counted as refused.
        let stats = engine.stats();
        let refused = stats.rejects.iter().find(|(code, _)| *code == Reject::Faulted.code());
        assert_eq!(stats.messages + refused.map_or(0, |(_, count)| *count), 4);
        let error = engine.start().unwrap_err();
        assert!(error.to_string().starts_with("engine must not have failed, was "), "{error}");
        assert!(engine.sender().is_err());
        engine.stop().unwrap();
        assert_eq!(engine.state(), State::Faulted);
    }
}

/// A stream of messages of everything, the same for each seed.
fn stream(seed: u64, count: usize) -> Vec<Message> {
    let mut rng = baconalgo_core::rng::Rng::new(seed, 0);
    let mut ts = 0;
    (0..count as u64)
        .map(|n| {
            ts += 1 + rng.below(1_000_000) as i64;
            let name = format!("S{}", rng.below(7));
            let side = if rng.below(2) == 0 { Side::Buy } else { Side::Sell };
            let near = 100.0 + rng.below(1_000) as f64 / 100.0;
            let lots = (1 + rng.below(100)) as f64 / 100.0;
            match rng.below(10) {
                0..=5 => price(&name, ts, near),
                6..=7 => signal(&name, side, near, lots),
                8 => limit(&name, n, side, lots, near),
                _ => Message::new(0, Body::Cancel { order_id: n.saturating_sub(rng.below(50)) }).unwrap(),
            }
        })
        .collect()
}

#[test]
fn any_number_of_workers_gives_the_same_hash() {
    let messages = stream(5, 20_000);
    let mut outcomes = Vec::new();
    for workers in [1, 1, 2, 4] {
        let options = Options { clock: Clock::Replay, workers, ..options(1_000_000) };
        let engine = LiveEngine::new(options, NoStrategy).unwrap();
        engine.start().unwrap();
        send_all(&engine, &messages);
        engine.stop().unwrap();
        let stats = engine.stats();
        outcomes.push((ask(&engine, |inside| inside.hash()), stats.messages, stats.fills, stats.rejects));
    }
    assert!(outcomes[0].2 > 1_000, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
}

#[test]
fn in_a_replay_what_comes_too_late_is_refused() {
    let engine = LiveEngine::new(Options { clock: Clock::Replay, ..options(1_000_000) }, NoStrategy).unwrap();
    engine.start().unwrap();
    send_all(&engine, &[price("LATE", 10, 1.0), price("LATE", 9, 1.0), price("LATE", i64::MAX, 1.0)]);
    assert_eq!(engine.stats().rejects, [(Reject::OutOfOrder.code(), 2)]);
}

#[test]
fn an_engine_goes_on_from_a_snapshot() {
    let first = LiveEngine::new(Options { clock: Clock::Replay, ..options(1_000_000) }, NoStrategy).unwrap();
    first.start().unwrap();
    let messages = stream(6, 4_000);
    send_all(&first, &messages[..2_000]);
    let kept = ask(&first, |inside| inside.state());
    let second = LiveEngine::new(Options { clock: Clock::Replay, ..options(1_000_000) }, NoStrategy).unwrap();
    let restored = kept.clone();
    ask(&second, move |inside| inside.restore(restored)).unwrap();
    assert_eq!(ask(&second, |inside| inside.state()), kept);
    assert_eq!(second.positions().len(), first.positions().len());
    second.start().unwrap();
    for engine in [&first, &second] {
        // Until its first price after the restart the simulated venue has none to trade at.
        send_all(engine, &messages[2_000..]);
    }
    let numbers = |kept: &baconalgo_node::engine::Kept| kept.clients.clone();
    assert_eq!(ask(&first, |inside| inside.state()).messages, ask(&second, |inside| inside.state()).messages);
    assert_eq!(numbers(&ask(&first, |i| i.state())).len(), numbers(&ask(&second, |i| i.state())).len());
}

#[test]
fn dropping_a_running_engine_stops_it() {
    let engine = engine();
    engine.start().unwrap();
    let tap = engine.events();
    send_all(&engine, &[signal("DROP", Side::Buy, 100.0, 1.0)]);
    drop(engine);
    drop(tap);
}

#[test]
fn an_engine_is_found_among_the_measurements_of_the_process() {
    let engine = engine();
    engine.start().unwrap();
    send_all(&engine, &[price("MEASURED", 1, 1.0)]);
    let found = baconalgo_node::telemetry::Registry::of_process().components();
    assert!(found.iter().any(|(name, component)| name.kind == "engine" && component.measurements().len() >= 13));
}
