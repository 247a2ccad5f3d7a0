//! The engine does not allocate once it is warm.
//!
//! Alone in its process: the counter counts every thread's allocations, and nobody else may be at work.

#![expect(clippy::unwrap_used, reason = "a test says what failed by panicking")]
#![expect(unsafe_code, reason = "an allocator is unsafe to implement; this one only counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use baconalgo_core::event::{Body, Message};
use baconalgo_core::risk::{Guard, OrderLimits, RiskPolicy, VarRule};
use baconalgo_core::rng::Rng;
use baconalgo_core::sim::{ConstantLatency, PercentFee, PercentSlippage, Through, VenueModels};
use baconalgo_core::types::{Decimal, MONEY_ONE, Side};
use baconalgo_node::engine::{Clock, LiveEngine, NoStrategy, Options};
use baconalgo_node::symbols::Symbols;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator with the arguments it came with; counting touches no memory
// that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Market data, signals, orders, cancels, and some that are refused.
fn messages(symbols: &[u32], count: u64, first: u64) -> Vec<Message> {
    let mut rng = Rng::new(11, first);
    (first..first + count)
        .map(|n| {
            let symbol = symbols[rng.below(symbols.len() as u64) as usize];
            let side = if rng.below(2) == 0 { Side::Buy } else { Side::Sell };
            let price = 100.0 + rng.below(1_000) as f64 / 100.0;
            let quantity = (1 + rng.below(100)) as f64 / 100.0;
            let body = match rng.below(10) {
                0..=4 => Body::MarketData { timestamp: n as i64, price, volume: 1.0 },
                5 => Body::Quote {
                    ts_event: n as i64,
                    ts_recv: n as i64,
                    bid: price,
                    ask: price + 0.01,
                    bid_size: 1.0,
                    ask_size: 1.0,
                },
                6..=7 => Body::Signal { side: Some(side), price, quantity, confidence: 0.5 },
                8 => Body::Order {
                    order_id: n,
                    side,
                    order_type: 1,
                    time_in_force: 0,
                    quantity,
                    price: f64::from(side as i8).mul_add(-3.0, 105.0),
                    stop_price: f64::NAN,
                },
                _ => Body::Cancel { order_id: n - rng.below(20).min(n) },
            };
            Message::new(symbol, body).unwrap()
        })
        .collect()
}

#[test]
fn no_message_allocates_once_the_engine_is_warm() {
    let none: Decimal = "0".parse().unwrap();
    // A step of the grid every 500 ns.
    let var =
        VarRule { most: 10_000 * MONEY_ONE, confidence: 0.95, interval: 500, horizon: 500, decay: 0.9, warm_up: 5 };
    let (gross, positions) = (Some(20_000 * MONEY_ONE), Some(50));
    let guard = Guard { max_gross: gross, max_positions: positions, var: Some(var), ..Guard::default() };
    let models = VenueModels {
        latency: Box::new(ConstantLatency { entry: 0, cancel: 0, response: 0 }),
        fees: Box::new(PercentFee::new(none, "0.1".parse().unwrap())),
        slippage: Box::new(PercentSlippage::new(none)),
        fill: Box::new(Through),
        bounded_by_size: false,
    };
    let engine = LiveEngine::new(
        Options {
            ring_capacity: 1 << 15,
            workers: 1,
            pin: false,
            instruments_room: 100,
            history: 1_000,
            clock: Clock::Replay,
            instruments: None,
            risk: RiskPolicy::guarded(OrderLimits::default(), guard),
            capital: 100_000 * MONEY_ONE,
            models,
            at_last: true,
            feed_latency: 0,
        },
        NoStrategy,
    )
    .unwrap();
    engine.start().unwrap();
    let symbols: Vec<u32> = (0..20).map(|n| Symbols::of_process().intern(&format!("ALLOC{n}")).unwrap()).collect();
    let rounds: Vec<Vec<Message>> = (0..4).map(|round| messages(&symbols, 20_000, 1 + 20_000 * round)).collect();
    let mut sender = engine.sender().unwrap();
    let mut counts = Vec::with_capacity(8);
    for round in &rounds {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        assert_eq!(sender.send_batch(round).unwrap(), round.len());
        assert!(engine.wait_idle(Duration::from_secs(60)));
        counts.push(ALLOCATIONS.load(Ordering::Relaxed) - before);
    }
    let stats = engine.stats();
    assert!(stats.fills > 5_000 && stats.rejected > 1_000 && stats.executed > 5_000, "{stats:?}");
    assert_eq!(counts[2..], [0, 0], "allocations by round: {counts:?}");
}
