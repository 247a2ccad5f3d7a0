//! The interpreter against itself on blocks of one row, and against plain loops.

use super::*;
use crate::event::{BarColumns, Block, Columns, InstrumentColumn, QuoteColumns, SourceRows};
use crate::indicators::{Ema, Indicator, Sma};
use crate::types::{Decimal, Instrument, InstrumentId, MaybePx, MaybeQty, Px, Qty};
use proptest::prelude::*;

fn instruments(count: usize) -> Vec<Instrument> {
    let tick = |digits: u8| Decimal::power_of_ten(digits);
    (0..count).map(|i| Instrument::try_new(&format!("I{i}"), tick(5), tick(2)).unwrap()).collect()
}

/// Quotes that wander, a side missing now and then.
fn quotes(steps: &[(i8, u8)], instrument: InstrumentColumn) -> Block {
    let mut columns = QuoteColumns::default();
    let mut mid = 100_000;
    for (step, spread) in steps {
        mid += i64::from(*step);
        let side = |px: i64, there: bool| {
            if there { MaybePx::from(Px(px)) } else { MaybePx::NONE }
        };
        columns.bid.push(side(mid - i64::from(*spread), *spread != 3));
        columns.ask.push(side(mid + i64::from(*spread), *spread != 5));
        columns.bid_qty.push(MaybeQty::from(Qty(i64::from(*spread) * 100)));
        columns.ask_qty.push(MaybeQty::from(Qty(500)));
    }
    let ts_event = (0..steps.len() as i64).collect();
    Block {
        ts_event,
        ts_recv: vec![],
        instrument,
        columns: Columns::Quotes(columns),
        target: vec![],
        rows: SourceRows::From(0),
    }
}

fn rows_of(block: &Block, from: usize, to: usize) -> Block {
    let Columns::Quotes(all) = &block.columns else { unreachable!() };
    let columns = QuoteColumns {
        bid: all.bid[from..to].to_vec(),
        ask: all.ask[from..to].to_vec(),
        bid_qty: all.bid_qty[from..to].to_vec(),
        ask_qty: all.ask_qty[from..to].to_vec(),
    };
    Block {
        ts_event: block.ts_event[from..to].to_vec(),
        ts_recv: vec![],
        instrument: match &block.instrument {
            InstrumentColumn::One(id) => InstrumentColumn::One(*id),
            InstrumentColumn::Each(ids) => InstrumentColumn::Each(ids[from..to].to_vec()),
        },
        columns: Columns::Quotes(columns),
        target: vec![],
        rows: SourceRows::From(0),
    }
}

/// A strategy that uses every operation.
fn everything() -> ExprSignals {
    let mut g = Graph::new();
    let [close, bid, ask, size] =
        [Input::Close, Input::Bid, Input::Ask, Input::BidSize].map(|input| g.add(Node::Input(input)).unwrap());
    let fast = g.indicator("ema", &[close], &[3.0]).unwrap();
    let slow = g.indicator("ema", &[close], &[7.0]).unwrap();
    let slower = g.indicator("ema", &[close], &[11.0]).unwrap();
    let mean = g.indicator("sma", &[slow], &[4.0]).unwrap();
    let before = g.add(Node::Lag(close, Period::Fixed(2))).unwrap();
    let spread = g.add(Node::Binary(Binary::Sub, ask, bid)).unwrap();
    let small = g.constant(0.00012).unwrap();
    let tight = g.add(Node::Compare(Compare::Le, spread, small)).unwrap();
    let up = g.add(Node::Cross(Cross::Above, fast, slow)).unwrap();
    let down = g.add(Node::Cross(Cross::Below, fast, slower)).unwrap();
    let many = g.constant(4.0).unwrap();
    let large = g.add(Node::Compare(Compare::Gt, size, many)).unwrap();
    let best = g.add(Node::Binary(Binary::Max, mean, before)).unwrap();
    let worst = g.add(Node::Binary(Binary::Min, mean, slower)).unwrap();
    let chosen = g.add(Node::Where(large, best, worst)).unwrap();
    let below = g.add(Node::Compare(Compare::Lt, close, chosen)).unwrap();
    let loose = g.add(Node::Not(tight)).unwrap();
    let entry = g.add(Node::Logic(Logic::And, up, tight)).unwrap();
    let exit = g.add(Node::Logic(Logic::Or, down, loose)).unwrap();
    let short_entry = g.add(Node::Logic(Logic::And, down, below)).unwrap();
    let rules = Rules { entry, exit: Some(exit), short_entry: Some(short_entry), short_exit: Some(up) };
    ExprSignals::try_new(&g, rules, &[], 2.0).unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// An SMA-free EMA cross, long and short.
fn cross(fast: usize, slow: usize) -> ExprSignals {
    let mut g = Graph::new();
    let close = g.add(Node::Input(Input::Close)).unwrap();
    let fast = g.indicator("ema", &[close], &[fast as f64]).unwrap();
    let slow = g.indicator("ema", &[close], &[slow as f64]).unwrap();
    let entry = g.add(Node::Compare(Compare::Gt, fast, slow)).unwrap();
    let short_entry = g.add(Node::Compare(Compare::Lt, fast, slow)).unwrap();
    let rules = Rules { entry, exit: None, short_entry: Some(short_entry), short_exit: None };
    ExprSignals::try_new(&g, rules, &[], 1.0).unwrap()
}

proptest! {
    #[test]
    fn targets_do_not_depend_on_how_rows_are_cut(
        steps in prop::collection::vec((-9i8..10, 0u8..9), 0..1500),
        count in 1u32..4, cuts in prop::collection::vec(1usize..1300, 1..9),
    ) {
        let ids = (0..steps.len() as u32).map(|row| InstrumentId(row * row / 7 % count)).collect();
        let each = if count == 1 { InstrumentColumn::One(InstrumentId(0)) } else { InstrumentColumn::Each(ids) };
        let (all, instruments) = (quotes(&steps, each), instruments(3));
        let run = |cuts: &[usize]| {
            let (mut signals, mut at, mut target) = (everything(), 0, vec![]);
            let mut cuts = cuts.iter().cycle();
            while at < steps.len() {
                let end = steps.len().min(at + cuts.next().unwrap());
                let mut block = rows_of(&all, at, end);
                signals.fill_targets(&mut block, &instruments).unwrap();
                target.extend(block.target);
                at = end;
            }
            bits(&target)
        };
        let by_row = run(&[1]);
        prop_assert_eq!(&run(&cuts), &by_row);
        prop_assert_eq!(&run(&[usize::MAX / 2]), &by_row);
    }

    #[test]
    fn instruments_of_one_block_do_not_touch_each_other(
        steps in prop::collection::vec((-9i8..10, 0u8..3), 1..600),
    ) {
        let ids: Vec<_> = (0..steps.len() as u32).map(|row| InstrumentId(row * row / 3 % 3)).collect();
        let mut mixed = quotes(&steps, InstrumentColumn::Each(ids.clone()));
        cross(3, 8).fill_targets(&mut mixed, &instruments(3)).unwrap();
        for id in (0..3).map(InstrumentId) {
            let mut alone = cross(3, 8);
            let mut wanted = vec![];
            for row in (0..steps.len()).filter(|row| ids[*row] == id) {
                let mut block = rows_of(&mixed, row, row + 1);
                alone.fill_targets(&mut block, &instruments(3)).unwrap();
                wanted.extend(block.target);
            }
            let got: Vec<f64> = (0..steps.len()).filter(|row| ids[*row] == id).map(|row| mixed.target[row]).collect();
            prop_assert_eq!(bits(&got), bits(&wanted));
        }
    }

    #[test]
    fn an_ema_cross_is_what_a_plain_loop_says(
        steps in prop::collection::vec((-9i8..10, 0u8..9), 1..1300), fast in 1usize..9, slow in 1usize..30,
    ) {
        let mut block = quotes(&steps, InstrumentColumn::One(InstrumentId(0)));
        cross(fast, slow).fill_targets(&mut block, &instruments(1)).unwrap();
        let (mut one, mut two) = (Ema::try_new(fast).unwrap(), Ema::try_new(slow).unwrap());
        let mut side = 0.0;
        let Columns::Quotes(columns) = &block.columns else { unreachable!() };
        for (row, target) in block.target.iter().enumerate() {
            if let (Some(bid), Some(ask)) = (columns.bid[row].get(), columns.ask[row].get()) {
                let mid = (bid.0 as f64 / 1e5 + ask.0 as f64 / 1e5) * 0.5;
                if let (Some(one), Some(two)) = (one.update(mid), two.update(mid)) {
                    side = if one > two { 1.0 } else if one < two { -1.0 } else { side };
                }
            }
            prop_assert_eq!(*target, side);
        }
    }

    #[test]
    fn positions_follow_the_written_rules(
        conditions in prop::collection::vec(0u8..16, 1..200), quantity in 1u8..5,
    ) {
        // The four conditions of a row are the bits of its open price.
        let mut g = Graph::new();
        let inputs = [Input::Open, Input::High, Input::Low, Input::Close].map(|input| g.add(Node::Input(input)).unwrap());
        let half = g.constant(0.5).unwrap();
        let [entry, exit, short_entry, short_exit] = inputs.map(|input| g.add(Node::Compare(Compare::Gt, input, half)).unwrap());
        let rules = Rules { entry, exit: Some(exit), short_entry: Some(short_entry), short_exit: Some(short_exit) };
        let quantity = f64::from(quantity);
        let mut signals = ExprSignals::try_new(&g, rules, &[], quantity).unwrap();
        let bit = |bit: u8| conditions.iter().map(|c| Px(i64::from(c >> bit & 1) * 100_000)).collect::<Vec<_>>();
        let columns = BarColumns { open: bit(0), high: bit(1), low: bit(2), close: bit(3), ts_open: vec![], volume: vec![] };
        let mut block = Block {
            ts_event: vec![0; conditions.len()],
            ts_recv: vec![],
            instrument: InstrumentColumn::One(InstrumentId(0)),
            columns: Columns::Bars(columns),
            target: vec![],
            rows: SourceRows::From(0),
        };
        signals.fill_targets(&mut block, &instruments(1)).unwrap();
        let mut side = 0.0;
        for (target, c) in block.target.iter().zip(&conditions) {
            let [entry, exit, short_entry, short_exit] = [0, 1, 2, 3].map(|bit| c >> bit & 1 == 1);
            if side > 0.0 && (exit || short_entry) || side < 0.0 && (short_exit || entry) {
                side = 0.0;
            }
            if side == 0.0 && entry && !short_entry {
                side = quantity;
            } else if side == 0.0 && short_entry && !entry {
                side = -quantity;
            }
            prop_assert_eq!(*target, side);
        }
    }
}

fn column(node: impl FnOnce(&mut Graph, NodeId, NodeId) -> Node, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut g = Graph::new();
    let (one, two) = (g.add(Node::Input(Input::Open)).unwrap(), g.add(Node::Input(Input::High)).unwrap());
    let node = node(&mut g, one, two);
    let root = g.add(node).unwrap();
    let mut table: Table<'_> = Default::default();
    table[Input::Open as usize] = Some(a);
    table[Input::High as usize] = Some(b);
    evaluate(&g, root, &[], &table, a.len()).unwrap()
}

#[test]
fn a_comparison_with_a_missing_number_is_false_and_arithmetic_with_it_is_missing() {
    let (a, b) = ([1.0, f64::NAN, 3.0], [2.0, 2.0, f64::NAN]);
    for op in [Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge, Compare::Eq, Compare::Ne] {
        assert_eq!(column(|_, a, b| Node::Compare(op, a, b), &a, &b)[1..], [0.0, 0.0]);
    }
    for op in [Binary::Add, Binary::Min, Binary::Max] {
        let got = column(|_, a, b| Node::Binary(op, a, b), &a, &b);
        assert!(!got[0].is_nan() && got[1].is_nan() && got[2].is_nan());
    }
}

#[test]
fn a_cross_needs_numbers_on_both_rows() {
    let (a, b) = ([1.0, 3.0, 2.0, f64::NAN, 3.0, 1.0, 4.0], [2.0; 7]);
    assert_eq!(column(|_, a, b| Node::Cross(Cross::Above, a, b), &a, &b), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(|_, a, b| Node::Cross(Cross::Below, a, b), &a, &b), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn indicators_on_a_table_are_the_streaming_ones() {
    let a: Vec<f64> = (0..5000u32).map(|i| f64::from(i * i % 997)).collect();
    let mut sma = Sma::try_new(30).unwrap();
    let wanted: Vec<f64> = a.iter().map(|x| sma.update([*x])[0]).collect();
    assert_eq!(
        bits(&column(
            |g, a, _| {
                let sma = g.indicator("sma", &[a], &[30.0]).unwrap();
                g.nodes()[sma.index()]
            },
            &a,
            &a,
        )),
        bits(&wanted)
    );
    let lagged = column(|_, a, _| Node::Lag(a, Period::Fixed(1500)), &a, &a);
    assert!(lagged[..1500].iter().all(|x| x.is_nan()));
    assert_eq!(lagged[1500..], a[..3500]);
}

#[test]
fn two_averages_of_one_input_take_one_loop() {
    // Load, pair, two comparisons.
    let signals = cross(3, 8);
    let mut block = quotes(&[(1, 1); 4], InstrumentColumn::One(InstrumentId(0)));
    assert!(signals.clone().fill_targets(&mut block, &instruments(1)).is_ok());
    assert_eq!(signals.operations(), 4);
}

#[test]
fn data_without_a_column_that_is_used_is_refused_by_name() {
    let mut g = Graph::new();
    let volume = g.add(Node::Input(Input::Volume)).unwrap();
    let zero = g.constant(0.0).unwrap();
    let entry = g.add(Node::Compare(Compare::Gt, volume, zero)).unwrap();
    let rules = Rules { entry, exit: None, short_entry: None, short_exit: None };
    let mut signals = ExprSignals::try_new(&g, rules, &[], 1.0).unwrap();
    let mut block = quotes(&[(1, 1)], InstrumentColumn::One(InstrumentId(0)));
    let error = signals.fill_targets(&mut block, &instruments(1)).unwrap_err().to_string();
    assert_eq!(error, "expression must use columns that this data of quotes has, was volume");
    let rules = Rules { entry: volume, ..rules };
    let error = ExprSignals::try_new(&g, rules, &[], 1.0).unwrap_err().to_string();
    assert_eq!(error, "entry must be a condition, was a number");
}

#[test]
fn nothing_changes_before_the_indicators_are_ready() {
    let mut g = Graph::new();
    let close = g.add(Node::Input(Input::Close)).unwrap();
    let mean = g.indicator("ema", &[close], &[5.0]).unwrap();
    let above = g.add(Node::Compare(Compare::Gt, close, mean)).unwrap();
    let entry = g.add(Node::Not(above)).unwrap();
    let rules = Rules { entry, exit: None, short_entry: None, short_exit: None };
    let mut signals = ExprSignals::try_new(&g, rules, &[], 1.0).unwrap();
    let mut block = quotes(&[(0, 1); 7], InstrumentColumn::One(InstrumentId(0)));
    signals.fill_targets(&mut block, &instruments(1)).unwrap();
    assert_eq!(block.target, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
}
