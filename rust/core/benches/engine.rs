//! An EMA cross through `Engine::step`, against the loop that one would write by hand for it alone.
//!
//! The elements per second are rows: a quote, or a trade with its standing quote. `bare` keeps what a
//! backtest has to keep (latency, fills at the standing quote, cash and equity in i128, drawdown) and
//! nothing else; `idle` is the engine with a strategy that never trades; `cross 10/20` trades on one row
//! in fifteen, `cross 500/2000` on one in 1,500. A block is copied for each use, as a decoder writes one for
//! each use; `blocks` is the copying and freeing alone, and is in all other rows too.

use std::hint::black_box;
use std::ops::ControlFlow;

use baconalgo_core::backtest::{Recorder, RunOptions, run};
use baconalgo_core::data::{BlockSource, Counts};
use baconalgo_core::engine::Engine;
use baconalgo_core::error::Error;
use baconalgo_core::event::{
    Basis, Block, Columns, Event, InstrumentColumn, QuoteColumns, Record, SourceRows, TradeColumns,
};
use baconalgo_core::indicators::Ema;
use baconalgo_core::risk::{OrderLimits, RiskPolicy};
use baconalgo_core::rng::Rng;
use baconalgo_core::sim::{ConstantLatency, PercentFee, PercentSlippage, SimVenue, Through, VenueModels};
use baconalgo_core::strategy::{Context, Strategy};
use baconalgo_core::types::{DAY_NS, Decimal, Instrument, InstrumentId, MONEY_ONE, Money, Px, Qty, Side, Ts};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: usize = 2048;
const BLOCKS: usize = 256;
const LATENCY: i64 = 1_000_000;
const LOTS: i64 = 100;
const CAPITAL: Money = 1_000_000_000 * MONEY_ONE;

/// A walk in ticks of 0.01 with a spread of one to three, 0.3 s from row to row on average.
fn market(ticks: bool) -> Vec<Block> {
    let mut rng = Rng::new(3, 0);
    let mut below = |n: u64| (rng.next_f64() * n as f64) as i64;
    let (mut ts, mut bid) = (0, 1_000_000);
    let mut block = |_| {
        let (mut times, mut quotes, mut trades) = (Vec::new(), QuoteColumns::default(), TradeColumns::default());
        for _ in 0..ROWS {
            ts += 1 + below(600_000_000);
            bid += [-1, 0, 0, 0, 1][below(5) as usize];
            let ask = bid + [1, 1, 1, 2, 3][below(5) as usize];
            let buys = below(2) == 1;
            times.push(ts);
            quotes.bid.push(Px(bid).into());
            quotes.ask.push(Px(ask).into());
            quotes.bid_qty.push(Qty(LOTS * 2 + below(50)).into());
            quotes.ask_qty.push(Qty(LOTS * 2 + below(50)).into());
            trades.px.push(Px(if buys { ask } else { bid }));
            trades.qty.push(Qty(1 + below(20)).into());
        }
        Block {
            ts_event: times,
            ts_recv: Vec::new(),
            instrument: InstrumentColumn::One(InstrumentId(0)),
            columns: if ticks { Columns::Ticks(quotes, trades) } else { Columns::Quotes(quotes) },
            rows: SourceRows::From(0),
            target: Vec::new(),
        }
    };
    (0..BLOCKS).map(&mut block).collect()
}

/// Blocks that are there already.
struct Memory<'a> {
    blocks: std::slice::Iter<'a, Block>,
    counts: Counts,
}

impl BlockSource for Memory<'_> {
    fn next_block(&mut self) -> Result<Option<Block>, Error> {
        Ok(self.blocks.next().cloned())
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Never trades.
struct Idle;

impl Strategy for Idle {}

/// Always in the market, on the side of the faster average.
struct Cross {
    fast: Ema,
    slow: Ema,
    side: Option<Side>,
}

impl Cross {
    fn new([fast, slow]: [usize; 2]) -> Self {
        Self { fast: Ema::try_new(fast).expect("valid"), slow: Ema::try_new(slow).expect("valid"), side: None }
    }

    #[inline(always)]
    fn see(&mut self, price: f64) -> Option<Side> {
        let (fast, slow) = (self.fast.update(price), self.slow.update(price));
        let side = if fast? > slow? { Side::Buy } else { Side::Sell };
        let turned = self.side != Some(side);
        self.side = Some(side);
        turned.then_some(side)
    }
}

#[inline(always)]
fn price(quote: Option<(i64, i64)>, trade: Option<i64>) -> f64 {
    trade.map_or_else(|| quote.map_or(f64::NAN, |(bid, ask)| (bid + ask) as f64 * 0.5), |px| px as f64) * 0.01
}

impl Strategy for Cross {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        let price = match event.record {
            Record::Tick(_, trade) => price(None, Some(trade.px.0)),
            Record::Quote(quote) => price(quote.bid.get().zip(quote.ask.get()).map(|(b, a)| (b.0, a.0)), None),
            _ => return Ok(()),
        };
        if let Some(side) = self.see(price) {
            let held = context.position(event.instrument).0 + context.working(event.instrument).0;
            context.market(event.instrument, side, Qty((side.sign() * LOTS - held).abs()));
        }
        Ok(())
    }
}

fn engine_run<S: Strategy>(blocks: &[Block], instrument: &Instrument, strategy: S) -> (Money, u64) {
    let none = "0".parse::<Decimal>().expect("valid");
    let models = VenueModels {
        latency: Box::new(ConstantLatency { entry: LATENCY, cancel: LATENCY, response: LATENCY }),
        fees: Box::new(PercentFee::new(none, none)),
        slippage: Box::new(PercentSlippage::new(none)),
        fill: Box::new(Through),
        bounded_by_size: true,
    };
    let limits = OrderLimits {
        max_order_qty: None,
        max_position: None,
        max_notional: None,
        collar_ppm: None,
        leverage_ppm: 1_000_000,
    };
    let (instruments, basis) = (vec![instrument.clone()], vec![Basis::Quotes]);
    let venue = SimVenue::new(&instruments, &basis, models);
    let mut recorder = Recorder::new(DAY_NS, Ts::MIN);
    let mut engine = Engine::new(instruments, basis, venue, strategy, RiskPolicy::new(limits), CAPITAL, 0);
    let mut source = Memory { blocks: blocks.iter(), counts: Counts::default() };
    let mut events = 0;
    let options = RunOptions { feed_latency: 0, end: Ts::MAX };
    let sources: &mut [&mut dyn BlockSource] = &mut [&mut source];
    run(&mut engine, sources, options, &mut recorder, &mut events, |_, _| ControlFlow::Continue(())).expect("runs");
    engine.finish(&mut recorder).expect("runs");
    assert_eq!(events, (ROWS * BLOCKS) as u64);
    (engine.ledger().equity(), recorder.rows().fills.len() as u64)
}

/// The same by hand. A response is seen one latency after a fill, but nothing here depends on it.
fn bare(blocks: &[Block], instrument: &Instrument, mut cross: Cross) -> (Money, u64) {
    let half_unit = instrument.half_unit();
    let (mut cash, mut lots, mut going, mut fills) = (CAPITAL, 0i64, 0i64, 0u64);
    let (mut half_tick_value, mut mark2, mut equity) = (0i128, 0i64, CAPITAL);
    let (mut peak, mut trough) = (CAPITAL, CAPITAL);
    let (mut due, mut bid, mut ask) = (Ts::MAX, 0i64, 0i64);
    for block in blocks.iter().cloned() {
        let (quotes, trades) = match &block.columns {
            Columns::Quotes(quotes) => (quotes, None),
            Columns::Ticks(quotes, trades) => (quotes, Some(trades)),
            _ => continue,
        };
        for (row, ts) in block.ts_event.iter().enumerate() {
            if due <= *ts {
                let qty = going - lots;
                cash -= i128::from(qty * if qty > 0 { ask } else { bid }) * 2 * half_unit;
                lots = going;
                half_tick_value = i128::from(lots) * half_unit;
                equity = cash + half_tick_value * i128::from(mark2);
                fills += 1;
                due = Ts::MAX;
            }
            (bid, ask) = (quotes.bid[row].get().map_or(0, |px| px.0), quotes.ask[row].get().map_or(0, |px| px.0));
            let mark = bid + ask;
            equity += half_tick_value.wrapping_mul(i128::from(mark - mark2));
            mark2 = mark;
            if equity > peak {
                (peak, trough) = (equity, equity);
            } else if equity < trough {
                trough = equity;
            }
            if let Some(side) = cross.see(price(Some((bid, ask)), trades.map(|trades| trades.px[row].0))) {
                going = side.sign() * LOTS;
                due = ts + LATENCY;
            }
        }
    }
    black_box((peak, trough));
    (equity, fills)
}

fn bench(criterion: &mut Criterion) {
    let instrument =
        Instrument::try_new("X", Decimal::power_of_ten(2), Decimal::power_of_ten(0)).expect("a valid instrument");
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Elements((ROWS * BLOCKS) as u64)).sample_size(20);
    for (kind, ticks) in [("quotes", false), ("ticks", true)] {
        let blocks = market(ticks);
        for periods in [[10, 20], [500, 2000]] {
            let ours = engine_run(&blocks, &instrument, Cross::new(periods));
            let hands = bare(&blocks, &instrument, Cross::new(periods));
            // Two orders within a millisecond of each other are one to the bare loop.
            assert!(ours.1.abs_diff(hands.1) * 100 <= ours.1, "{ours:?} {hands:?}");
            let name = format!("{kind}, cross {}/{}", periods[0], periods[1]);
            group.bench_function(format!("{name}, bare"), |b| {
                b.iter(|| bare(black_box(&blocks), &instrument, Cross::new(periods)));
            });
            group.bench_function(name, |b| {
                b.iter(|| engine_run(black_box(&blocks), &instrument, Cross::new(periods)));
            });
        }
        group.bench_function(format!("{kind}, idle"), |b| {
            b.iter(|| engine_run(black_box(&blocks), &instrument, Idle));
        });
        group.bench_function(format!("{kind}, blocks"), |b| {
            b.iter(|| black_box(&blocks).iter().cloned().map(|block| black_box(block).len()).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
