//! The pre-trade check with every limit set, among few and many instruments.
//!
//! `check` is the time from an order to its judgement, one by one: percentiles over a random walk of prices, orders and
//! fills are printed first, with what a call of the clock costs (`base`) left in.

#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock")]

use std::hint::black_box;
use std::time::Instant;

use baconalgo_core::ledger::Ledger;
use baconalgo_core::order::{Fill, Liquidity, NewOrder, OrderType, TimeInForce};
use baconalgo_core::risk::{Dimension, Guard, OrderLimits, Rate, Risk, RiskPolicy, VarRule};
use baconalgo_core::rng::Rng;
use baconalgo_core::types::{Decimal, Instrument, InstrumentId, MONEY_ONE, Money, OrderId, Px, Qty, Side, Ts};
use criterion::{Criterion, criterion_group, criterion_main};

const CAPITAL: Money = 1_000_000_000 * MONEY_ONE;

/// An account with every limit set, and loose enough that most orders pass.
struct Account {
    risk: Risk,
    ledger: Ledger,
    rng: Rng,
    instruments: u64,
    marks: u64,
    now: Ts,
    sent: u64,
}

impl Account {
    /// `marks` prices move between one order and the next; with `var`, value at risk is limited as well.
    fn new(count: u32, marks: u64, var: bool) -> Self {
        let cent: Decimal = "0.01".parse().expect("valid");
        let one = |n: u32| Instrument::try_new(&format!("I{n}"), cent, Decimal::power_of_ten(0)).expect("valid");
        let instruments: Vec<Instrument> = (0..count).map(one).collect();
        let limits = OrderLimits {
            max_order_qty: Some(vec![Qty(1_000); count as usize]),
            max_position: Some(vec![Qty(20_000); count as usize]),
            max_notional: Some(CAPITAL),
            collar_ppm: Some(50_000),
            leverage_ppm: 3_000_000,
        };
        let rate = Some(Rate { most: 1_000, window: 1_000_000_000 });
        // The defaults of `ba.RiskConfig`; the warm-up is that of a step of prices.
        let rule = VarRule {
            most: CAPITAL,
            confidence: 0.95,
            interval: 60_000_000_000,
            horizon: 86_400_000_000_000,
            decay: 0.997,
            warm_up: 1,
        };
        let guard = Guard {
            var: var.then_some(rule),
            max_gross: Some(2 * CAPITAL),
            max_net: Some(CAPITAL),
            max_instrument: Some(CAPITAL / 10),
            concentration_ppm: Some(200_000),
            margin_ppm: Some(250_000),
            max_positions: Some(count),
            max_open_orders: Some(1_000),
            order_rate: rate,
            message_rate: rate,
            duplicate_window: Some(1_000),
            refuse_self_cross: true,
            max_data_age: Some(1 << 60),
            max_daily_loss: Some(CAPITAL),
            drawdown_ppm: Some(999_000),
            breakers: true,
            ..Guard::default()
        };
        let mut risk = Risk::new(RiskPolicy::guarded(limits, guard), &instruments, CAPITAL);
        let ledger = Ledger::new(&instruments, CAPITAL);
        for n in 0..count {
            risk.assign(InstrumentId(n), Dimension::Sector, ["a", "b", "c", "d"][n as usize % 4]);
            risk.assign(InstrumentId(n), Dimension::Strategy, "s");
            risk.assign(InstrumentId(n), Dimension::Venue, "v");
        }
        for name in ["a", "b", "c", "d"] {
            risk.limit_group(Dimension::Sector, name, Some(CAPITAL));
        }
        risk.limit_group(Dimension::Strategy, "s", Some(2 * CAPITAL));
        risk.limit_group(Dimension::Venue, "v", Some(2 * CAPITAL));
        risk.limit_group(Dimension::Currency, "USD", Some(2 * CAPITAL));
        let mut account =
            Self { risk, ledger, rng: Rng::new(1, 0), instruments: u64::from(count), marks, now: 0, sent: 0 };
        (0..count).for_each(|n| account.mark(n, 10_000));
        account.warm_up(if var { 2_000 } else { 0 });
        account
    }

    /// So many steps of the grid go by.
    fn warm_up(&mut self, steps: u32) {
        for _ in 0..steps {
            self.now += 60_000_000_000;
            for n in 0..self.instruments as u32 {
                let px = 9_900 + self.rng.below(200) as i64;
                self.mark(n, px);
            }
        }
    }

    fn mark(&mut self, instrument: u32, px: i64) {
        let id = InstrumentId(instrument);
        self.ledger.mark(id, 2 * px).expect("fits");
        self.risk.touch(id, &self.ledger);
        self.risk.watch(id, self.now, &self.ledger);
    }

    /// Prices move; then the next order.
    fn next(&mut self) -> NewOrder {
        self.now += 2_000_000;
        for _ in 0..self.marks {
            let (instrument, px) = (self.rng.below(self.instruments) as u32, 9_900 + self.rng.below(200) as i64);
            self.mark(instrument, px);
        }
        self.sent += 1;
        NewOrder {
            id: OrderId(self.sent),
            instrument: InstrumentId(self.rng.below(self.instruments) as u32),
            side: if self.rng.below(2) == 0 { Side::Buy } else { Side::Sell },
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Gtc,
            qty: Qty(1 + self.rng.below(500) as i64),
            limit: None,
            stop: None,
        }
    }

    fn check(&mut self, order: NewOrder) -> bool {
        black_box(self.risk.check(order, self.now, &self.ledger)).is_ok()
    }

    fn fill(&mut self, order: &NewOrder) {
        let fill = Fill {
            order: order.id,
            instrument: order.instrument,
            side: order.side,
            px: Px(10_000),
            qty: order.qty,
            fee: 0,
            liquidity: Liquidity::Taker,
            ts_event: self.now,
            ts_recv: self.now,
        };
        self.ledger.apply(&fill).expect("fits");
        self.risk.release(order, order.qty.0);
        self.risk.closed(order.id);
    }

    /// One order from start to end; gives how long its check took, ns, and whether it passed.
    fn timed(&mut self) -> (u64, bool) {
        let order = self.next();
        let begun = Instant::now();
        let passed = self.check(order);
        let taken = begun.elapsed().as_nanos() as u64;
        if passed {
            self.fill(&order);
        }
        (taken, passed)
    }
}

#[expect(clippy::print_stdout, reason = "a bench says what it measured")]
fn percentiles(name: &str, count: u32, marks: u64, var: bool) {
    let mut account = Account::new(count, marks, var);
    (0..200_000).for_each(|_| _ = account.timed());
    let mut passed = 0;
    let mut taken = [0u32; 1 << 16];
    const ORDERS: u64 = 1_000_000;
    for _ in 0..ORDERS {
        let (ns, ok) = account.timed();
        taken[ns.min(65_535) as usize] += 1;
        passed += u64::from(ok);
    }
    assert!(passed > ORDERS / 2, "most orders pass: {passed}");
    let at = |part: f64| {
        let (mut left, mut ns) = ((ORDERS as f64 * part) as u64, 0);
        while left >= u64::from(taken[ns]) {
            left -= u64::from(taken[ns]);
            ns += 1;
        }
        ns
    };
    println!("{name}: p50 {} ns, p99 {} ns, p99.9 {} ns, {passed} of {ORDERS} passed", at(0.5), at(0.99), at(0.999));
}

#[expect(clippy::print_stdout, reason = "a bench says what it measured")]
fn bench(criterion: &mut Criterion) {
    let mut base: Vec<u128> = (0..100_000).map(|_| Instant::now().elapsed().as_nanos()).collect();
    base.sort_unstable();
    println!("base (two calls of the clock): p50 {} ns, p99 {} ns", base[50_000], base[99_000]);
    for var in [false, true] {
        for (count, marks) in [(1, 1), (500, 1), (500, 100), (10_000, 1)] {
            let with = if var { ", with value at risk" } else { "" };
            percentiles(&format!("{count} instruments, {marks} prices before each order{with}"), count, marks, var);
        }
    }
    let mut group = criterion.benchmark_group("risk");
    for count in [1, 500, 10_000] {
        let mut account = Account::new(count, 1, false);
        group.bench_function(format!("price, order, check, fill among {count}"), |b| b.iter(|| account.timed()));
    }
    let mut account = Account::new(500, 1, true);
    group.bench_function("a step of the grid closes for 500", |b| b.iter(|| account.warm_up(1)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
