//! The live engine: latency at planned send times, throughput in batches; one JSON line a result.
//!
//! Not criterion: percentiles of single messages are wanted, not means of many. Each case runs several times, with two
//! base cases beside it: two reads of the clock, and the same sender and receiver over a bare ring with nothing between
//! them, which shows what of a tail is the machine's. The first run of each case asserts what came out. An argument that
//! is no option names the only cases to run, by a part of their name.

#![expect(clippy::print_stdout, reason = "a benchmark says its results")]

use std::time::{Duration, Instant};

use baconalgo_bus::{TryPublishError, WaitStrategy};
use baconalgo_core::event::{Body, Message};
use baconalgo_core::risk::{Guard, OrderLimits, RiskPolicy};
use baconalgo_core::sim::{ConstantLatency, PercentFee, PercentSlippage, Touch, VenueModels};
use baconalgo_core::types::{Decimal, MONEY_ONE, Side};
use baconalgo_node::engine::{Clock, LiveEngine, NoStrategy, Options, SendError, Stats, beside, now, pin, send_paced};
use baconalgo_node::symbols::Symbols;
use baconalgo_node::telemetry::{Histogram, Summary};

const RUNS: usize = 3;

/// Messages before the measured ones.
const WARM: usize = 1_000;

fn engine(workers: usize) -> LiveEngine {
    let none: Decimal = "0".parse().unwrap_or(Decimal::power_of_ten(0));
    let guard = Guard {
        max_gross: Some(1_000_000_000 * MONEY_ONE),
        max_positions: Some(10_000),
        max_daily_loss: Some(1_000_000_000 * MONEY_ONE),
        drawdown_ppm: Some(900_000),
        breakers: true,
        ..Guard::default()
    };
    let limits = OrderLimits { leverage_ppm: 1_000_000_000, ..OrderLimits::default() };
    let options = Options {
        ring_capacity: 1 << 16,
        workers,
        pin: true,
        instruments_room: 1_000,
        history: 1_000,
        clock: Clock::System,
        instruments: None,
        risk: RiskPolicy::guarded(limits, guard),
        capital: 1_000_000_000 * MONEY_ONE,
        models: VenueModels {
            latency: Box::new(ConstantLatency { entry: 0, cancel: 0, response: 0 }),
            fees: Box::new(PercentFee::new(none, none)),
            slippage: Box::new(PercentSlippage::new(none)),
            fill: Box::new(Touch),
            bounded_by_size: false,
        },
        at_last: true,
        feed_latency: 0,
    };
    match LiveEngine::new(options, NoStrategy) {
        Ok(engine) => engine,
        Err(error) => panic!("{error}"),
    }
}

fn symbols(count: usize) -> Vec<u32> {
    (0..count).filter_map(|n| Symbols::of_process().intern(&format!("BENCH{n}")).ok()).collect()
}

/// Market data of these symbols in turn, or signals that buy and sell in turn.
fn messages(symbols: &[u32], count: usize, signals: bool) -> Vec<Message> {
    let body = |n: usize| {
        let price = 100.0 + (n % 97) as f64 / 100.0;
        let side = if (n / symbols.len()).is_multiple_of(2) { Side::Buy } else { Side::Sell };
        if signals {
            Body::Signal { side: Some(side), price, quantity: 1.0, confidence: 0.9 }
        } else {
            Body::MarketData { timestamp: n as i64, price, volume: 1.0 }
        }
    };
    (0..count).filter_map(|n| Message::new(symbols[n % symbols.len()], body(n))).collect()
}

fn say(case: &str, run: usize, stats: &Stats, more: &str) {
    let latency = &stats.latency;
    println!(
        "{{\"bench\":\"engine\",\"case\":\"{case}\",\"run\":{run},\"messages\":{},\"fills\":{},\"mean_ns\":{:.0},\
         \"p50_ns\":{},\"p90_ns\":{},\"p99_ns\":{},\"p999_ns\":{},\"max_ns\":{},\"pinned\":{}{more}}}",
        stats.messages,
        stats.fills,
        latency.mean,
        latency.p50,
        latency.p90,
        latency.p99,
        latency.p999,
        latency.max,
        stats.core.is_some(),
    );
}

fn base() {
    let histogram = Histogram::new();
    for _ in 0..1_000_000 {
        let began = now();
        histogram.record_alone((now() - began) as u64, 1);
    }
    let found = histogram.summary();
    println!(
        "{{\"bench\":\"engine\",\"case\":\"base\",\"p50_ns\":{},\"p99_ns\":{},\"p999_ns\":{},\"max_ns\":{}}}",
        found.p50, found.p99, found.p999, found.max
    );
}

/// The same sender and receiver with an engine between them that does nothing but read the clock: what of the tail is
/// the machine's, and the ring's.
fn bare_ring(interval: i64, count: usize) -> Option<(Summary, i64)> {
    let all = messages(&symbols(50), WARM + count, false);
    let builder = baconalgo_bus::ring::<Message>(1 << 16).ok()?;
    let (mut producer, ring) = builder.wait(WaitStrategy::Dedicated).resident().multi_producer();
    let mut consumer = ring.subscribe().ok()?;
    let histogram = std::sync::Arc::new(Histogram::new());
    let recorded = std::sync::Arc::clone(&histogram);
    let receiver = std::thread::spawn(move || {
        let _ = pin(0);
        let mut seen = 0;
        while let Ok(batch) = consumer.read(256, Duration::from_millis(20)) {
            let Some(batch) = batch else { continue };
            let done = now();
            for (_, message) in batch.iter() {
                seen += 1;
                if seen > WARM {
                    recorded.record_alone((done - message.published).max(0) as u64, 1);
                }
            }
        }
        seen
    });
    let send = |message| {
        producer.try_publish(message).map(drop).map_err(|error| match error {
            TryPublishError::Full => SendError::Full,
            TryPublishError::Closed => SendError::NotRunning,
        })
    };
    let late = beside(|| send_paced(&all, interval, send))?.ok()?;
    drop(producer);
    assert_eq!(receiver.join().ok()?, all.len());
    Some((histogram.summary(), late))
}

fn say_bare_ring(run: usize, interval: i64, count: usize) {
    let Some((found, late)) = bare_ring(interval, count) else { return };
    println!(
        "{{\"bench\":\"engine\",\"case\":\"base_bare_ring\",\"run\":{run},\"messages\":{},\"mean_ns\":{:.0},\"p50_ns\":{},\
         \"p90_ns\":{},\"p99_ns\":{},\"p999_ns\":{},\"max_ns\":{},\"sender_late_max_ns\":{late}}}",
        found.count, found.mean, found.p50, found.p90, found.p99, found.p999, found.max
    );
}

/// One message every `interval` ns, after some at the same pace so that instruments are known and memory touched;
/// latency counts from the planned time.
fn paced(signals: bool, interval: i64, count: usize) -> Option<(Stats, i64)> {
    let engine = engine(1);
    engine.start().ok()?;
    let (mut sender, symbols) = (engine.sender().ok()?, symbols(50));
    let [before, all] = [messages(&symbols, WARM, false), messages(&symbols, count, signals)];
    // Both from beside the engine: a thread that shares its core would be what is measured.
    beside(|| sender.send_paced(&before, interval))?.ok()?;
    engine.wait_idle(Duration::from_secs(60));
    let late = beside(|| sender.send_paced(&all, interval))?.ok()?;
    engine.wait_idle(Duration::from_secs(60));
    let stats = engine.stats();
    assert_eq!(stats.messages as usize, WARM + count);
    assert_eq!(stats.fills as usize, if signals { count } else { 0 });
    Some((stats, late))
}

fn latency(case: &str, run: usize, signals: bool, interval: i64, count: usize) {
    let Some((stats, late)) = paced(signals, interval, count) else { return };
    say(case, run, &stats, &format!(",\"sender_late_max_ns\":{late}"));
    for (stage, found) in &stats.stages {
        println!(
            "{{\"bench\":\"engine\",\"case\":\"{case}\",\"run\":{run},\"stage\":\"{stage}\",\"p50_ns\":{},\
             \"p99_ns\":{}}}",
            found.p50, found.p99
        );
    }
}

/// The 99th percentiles of many short runs. The host takes a core away for milliseconds now and then: how often, says a
/// long run; most short ones are spared, and say what the engine does.
fn short_runs(case: &str, runs: usize, mut p99: impl FnMut() -> Option<u64>) {
    let mut found: Vec<u64> = (0..runs).filter_map(|_| p99()).collect();
    found.sort_unstable();
    let below = found.iter().filter(|p99| **p99 < 5_000).count();
    let [Some(least), Some(median), Some(most)] = [found.first(), found.get(found.len() / 2), found.last()] else {
        return;
    };
    println!(
        "{{\"bench\":\"engine\",\"case\":\"{case}_short_runs\",\"runs\":{},\"p99_ns_min\":{least},\"p99_ns_median\":{median},\
         \"p99_ns_max\":{most},\"p99_below_5_us\":{below}}}",
        found.len(),
    );
}

/// As fast as it goes, in batches.
fn throughput(case: &str, signals: bool, count: usize, workers: usize) {
    for run in 0..RUNS {
        let engine = engine(workers);
        let Ok(_) = engine.start() else { return };
        let (Ok(mut sender), symbols) = (engine.sender(), symbols(50)) else { return };
        let _ = sender.flood(&messages(&symbols, 20_000, false));
        engine.wait_idle(Duration::from_secs(60));
        let all = messages(&symbols, count, signals);
        let began = Instant::now();
        let _ = beside(|| sender.flood(&all));
        engine.wait_idle(Duration::from_secs(60));
        let seconds = began.elapsed().as_secs_f64();
        let stats = engine.stats();
        assert_eq!(stats.messages as usize, 20_000 + count);
        let rate = count as f64 / seconds;
        say(case, run, &stats, &format!(",\"workers\":{workers},\"messages_per_second\":{rate:.0}"));
    }
}

fn main() {
    // Other options are those of `cargo bench`.
    let quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |case: &str| filters.is_empty() || filters.iter().any(|filter| case.contains(filter.as_str()));
    let (paced_count, flooded) = if quick { (20_000, 200_000) } else { (500_000, 10_000_000) };
    base();
    // In turns: what the machine does to one run it may spare the next.
    for run in 0..RUNS {
        if wanted("latency_base_bare_ring") {
            say_bare_ring(run, 10_000, paced_count);
        }
        for (case, signals) in [("market_data_to_mark", false), ("signal_to_fill", true)] {
            if wanted(&format!("latency_{case}")) {
                latency(case, run, signals, 10_000, paced_count);
            }
        }
    }
    let (short, runs) = (paced_count / 50, if quick { 5 } else { 101 });
    if wanted("latency_base_bare_ring") {
        short_runs("base_bare_ring", runs, || Some(bare_ring(10_000, short)?.0.p99));
    }
    for (case, signals) in [("market_data_to_mark", false), ("signal_to_fill", true)] {
        if wanted(&format!("latency_{case}")) {
            short_runs(case, runs, || Some(paced(signals, 10_000, short)?.0.latency.p99));
        }
    }
    let throughputs = [
        ("market_data_in_batches", false, flooded, 1),
        ("signals_in_batches", true, flooded / 10, 1),
        ("market_data_two_workers", false, flooded / 10, 2),
    ];
    for (case, signals, count, workers) in throughputs {
        if wanted(&format!("throughput_{case}")) {
            throughput(case, signals, count, workers);
        }
    }
}
