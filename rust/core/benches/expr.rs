//! What an EMA cross costs a row, in pieces: `load` reads both sides of the quotes and makes mids,
//! `emas` adds two averages, `cross` the comparisons and the wanted positions.

use std::hint::black_box;

use baconalgo_core::event::{Block, Columns, InstrumentColumn, QuoteColumns, SourceRows};
use baconalgo_core::expr::{Compare, Cross, ExprSignals, Graph, Input, Node, NodeId, Rules, Table, evaluate};
use baconalgo_core::indicators::{Ema, Indicator, Sma};
use baconalgo_core::types::{Decimal, Instrument, InstrumentId, Px};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: usize = 2048;

fn quotes(instrument: InstrumentColumn) -> Block {
    let mut columns = QuoteColumns::default();
    let (mut mid, mut seed) = (138_727, 7u64);
    for _ in 0..ROWS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        mid += (seed >> 62) as i64 - (seed >> 60 & 3) as i64;
        columns.bid.push(Px(mid - 1).into());
        columns.ask.push(Px(mid + 1).into());
    }
    Block {
        ts_event: vec![0; ROWS],
        ts_recv: vec![],
        instrument,
        columns: Columns::Quotes(columns),
        target: vec![],
        rows: SourceRows::From(0),
    }
}

type Build = fn(&mut Graph, NodeId) -> Rules;

fn only(entry: NodeId) -> Rules {
    Rules { entry, exit: None, short_entry: None, short_exit: None }
}

fn emas(g: &mut Graph, close: NodeId) -> [NodeId; 2] {
    [10.0, 30.0].map(|period| g.indicator("ema", &[close], &[period]).expect("valid"))
}

fn load(g: &mut Graph, close: NodeId) -> Rules {
    let zero = g.constant(9.0).expect("valid");
    only(g.add(Node::Compare(Compare::Gt, close, zero)).expect("valid"))
}

fn averages(g: &mut Graph, close: NodeId) -> Rules {
    let [fast, _] = emas(g, close);
    let far = g.constant(9.0).expect("valid");
    only(g.add(Node::Compare(Compare::Gt, fast, far)).expect("valid"))
}

fn above_and_below(g: &mut Graph, close: NodeId) -> Rules {
    let [fast, slow] = emas(g, close);
    let entry = g.add(Node::Compare(Compare::Gt, fast, slow)).expect("valid");
    let short_entry = Some(g.add(Node::Compare(Compare::Lt, fast, slow)).expect("valid"));
    Rules { entry, exit: None, short_entry, short_exit: None }
}

fn crosses(g: &mut Graph, close: NodeId) -> Rules {
    let [fast, slow] = emas(g, close);
    let entry = g.add(Node::Cross(Cross::Above, fast, slow)).expect("valid");
    let exit = Some(g.add(Node::Cross(Cross::Below, fast, slow)).expect("valid"));
    Rules { entry, exit, short_entry: None, short_exit: None }
}

fn targets(c: &mut Criterion) {
    let tick = Decimal::power_of_ten(5);
    let instruments: Vec<_> =
        ["A", "B", "C", "D"].iter().map(|name| Instrument::try_new(name, tick, tick).expect("valid")).collect();
    let mut group = c.benchmark_group("targets");
    group.throughput(Throughput::Elements(ROWS as u64));
    let builds: [(&str, Build); 4] =
        [("load", load), ("one ema", averages), ("ema above/below", above_and_below), ("ema crosses", crosses)];
    for (name, build) in builds {
        let mut graph = Graph::new();
        let close = graph.add(Node::Input(Input::Close)).expect("valid");
        let rules = build(&mut graph, close);
        let mut signals = ExprSignals::try_new(&graph, rules, &[], 1.0).expect("valid");
        let mut block = quotes(InstrumentColumn::One(InstrumentId(0)));
        group.bench_function(name, |b| {
            b.iter(|| signals.fill_targets(black_box(&mut block), &instruments).expect("valid"));
        });
        if name == "ema crosses" {
            let ids = (0..ROWS as u32).map(|row| InstrumentId(row * row % 7 % 4)).collect();
            let mut block = quotes(InstrumentColumn::Each(ids));
            group.bench_function("ema crosses, four instruments", |b| {
                b.iter(|| signals.fill_targets(black_box(&mut block), &instruments).expect("valid"));
            });
        }
    }
    group.finish();
}

fn indicators(c: &mut Criterion) {
    let prices: Vec<f64> = (0..100_000u32).map(|i| 100.0 + f64::from(i.wrapping_mul(i) % 1009) * 0.01).collect();
    let mut out = vec![0.0; prices.len()];
    let mut group = c.benchmark_group("indicators");
    group.throughput(Throughput::Elements(prices.len() as u64));
    group.bench_function("base: copy", |b| b.iter(|| black_box(&mut out).copy_from_slice(black_box(&prices))));
    let mut ema = Ema::try_new(20).expect("valid");
    group.bench_function("ema", |b| b.iter(|| ema.extend(black_box(&prices), &mut out)));
    group.bench_function("ema, one by one", |b| {
        b.iter(|| prices.iter().zip(&mut out).for_each(|(x, out)| *out = ema.update(*x).unwrap_or(f64::NAN)));
    });
    let mut sma = Sma::try_new(20).expect("valid");
    group.bench_function("sma", |b| b.iter(|| Indicator::extend(&mut sma, [black_box(&prices)], [&mut out])));
    group.bench_function("sma, one by one", |b| {
        b.iter(|| prices.iter().zip(&mut out).for_each(|(x, out)| [*out] = sma.update([*x])));
    });
    let mut graph = Graph::new();
    let close = graph.add(Node::Input(Input::Close)).expect("valid");
    let [fast, slow] = emas(&mut graph, close);
    let above = graph.add(Node::Compare(Compare::Gt, fast, slow)).expect("valid");
    let mut table: Table<'_> = Default::default();
    table[Input::Close as usize] = Some(&prices);
    group.bench_function("evaluate: ema above ema", |b| b.iter(|| evaluate(&graph, above, &[], &table, prices.len())));
    group.finish();
}

criterion_group!(benches, targets, indicators);
criterion_main!(benches);
