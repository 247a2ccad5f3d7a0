use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::*;
use crate::expr::{Binary, Compare, Cross, Graph, Input, Logic, Node, NodeId, Period, Table, Trend, evaluate};
use crate::rng::Rng;
use crate::types::Ts;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

const NAMES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Bars of instruments of given lengths; a share of the values is missing.
struct Universe {
    columns: Vec<Vec<f64>>,
    times: Vec<i64>,
    offsets: Vec<usize>,
}

impl Universe {
    fn new(lengths: &[usize], missing: f64, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 1);
        let (mut columns, mut times, mut offsets) = (vec![Vec::new(); 5], Vec::new(), vec![0]);
        let mut uniform = move || rng.next_u64() as f64 / u64::MAX as f64;
        for length in lengths {
            let mut price = 20.0 + 100.0 * uniform();
            for row in 0..*length {
                let open = price;
                price = (price * (0.97 + 0.06 * uniform()) * 100.0).round() / 100.0;
                let (high, low) = (open.max(price) + 0.5 * uniform(), open.min(price) - 0.5 * uniform());
                let mut bar = [open, high, low, price, (1e4 * uniform()).round()];
                if uniform() < missing {
                    bar[(5.0 * uniform()) as usize % 5] = f64::NAN;
                }
                for (column, value) in columns.iter_mut().zip(bar) {
                    column.push(value);
                }
                times.push(row as i64 * 60);
            }
            offsets.push(times.len());
        }
        Self { columns, times, offsets }
    }

    fn store(&self) -> Store {
        self.store_of(usize::MAX)
    }

    /// The last bars of each instrument.
    fn store_of(&self, most: usize) -> Store {
        let columns: Vec<(&str, &[f64])> = NAMES.iter().copied().zip(self.columns.iter().map(Vec::as_slice)).collect();
        Store::try_new(Long { columns: &columns, times: &self.times, offsets: &self.offsets, span: 60, most }).unwrap()
    }

    /// Some rows of each instrument.
    fn part(&self, rows: impl Fn(usize) -> std::ops::Range<usize>) -> Self {
        let mut part = Self { columns: vec![Vec::new(); 5], times: Vec::new(), offsets: vec![0] };
        for (instrument, begin) in self.offsets[..self.offsets.len() - 1].iter().enumerate() {
            let rows = begin + rows(instrument).start..begin + rows(instrument).end;
            for (to, from) in part.columns.iter_mut().zip(&self.columns) {
                to.extend_from_slice(&from[rows.clone()]);
            }
            part.times.extend_from_slice(&self.times[rows]);
            part.offsets.push(part.times.len());
        }
        part
    }

    /// The obvious way: the whole column of every instrument, one after the other.
    fn obvious(&self, graph: &Graph, root: NodeId) -> Vec<Vec<f64>> {
        self.offsets
            .windows(2)
            .map(|pair| {
                let times: Vec<Ts> = self.times[pair[0]..pair[1]].to_vec();
                let mut table = Table { ts: Some(&times), span: 60, ..Table::default() };
                for (name, column) in NAMES.iter().zip(&self.columns) {
                    table[Input::from_name(name).unwrap() as usize] = Some(&column[pair[0]..pair[1]]);
                }
                evaluate(graph, root, &[], &table, pair[1] - pair[0]).unwrap()
            })
            .collect()
    }
}

/// Some expressions: windows, chains, both on top of each other, conditions, lags.
fn rules(graph: &mut Graph) -> Vec<NodeId> {
    let add = |graph: &mut Graph, node| graph.add(node).unwrap();
    let call = |graph: &mut Graph, name: &str, inputs: &[NodeId], params: &[f64]| {
        graph.indicator(name, inputs, params).unwrap()
    };
    let [high, low, close, volume] =
        [Input::High, Input::Low, Input::Close, Input::Volume].map(|input| add(graph, Node::Input(input)));
    let five = graph.constant(5.0).unwrap();
    let ema = call(graph, "ema", &[close], &[7.0]);
    let sma = call(graph, "sma", &[high], &[5.0]);
    let sma_of_ema = call(graph, "sma", &[ema], &[3.0]);
    let difference = add(graph, Node::Binary(Binary::Sub, close, sma));
    let ema_of_sma = call(graph, "ema", &[difference], &[4.0]);
    let above = add(graph, Node::Cross(Cross::Above, close, ema));
    let below = add(graph, Node::Compare(Compare::Lt, sma_of_ema, close));
    let not = add(graph, Node::Not(below));
    let either = add(graph, Node::Logic(Logic::Or, above, not));
    let chosen = add(graph, Node::Where(not, five, difference));
    let ema_of_chosen = call(graph, "ema", &[chosen], &[3.0]);
    let sma_of_chosen = call(graph, "sma", &[chosen], &[6.0]);
    let before = add(graph, Node::Lag(ema_of_chosen, Period::Fixed(9)));
    let crossing = add(graph, Node::Cross(Cross::Below, before, sma_of_chosen));
    let rising = add(graph, Node::Trend(Trend::Rising, close, Period::Fixed(2)));
    let falling = add(graph, Node::Trend(Trend::Falling, ema, Period::Fixed(3)));
    let framed = add(graph, Node::Frame(ema, 300));
    let session = add(graph, Node::Session(700));
    let zero = graph.constant(0.0).unwrap();
    let rsi = call(graph, "rsi", &[close], &[4.0]);
    let macd = call(graph, "macd", &[close], &[3.0, 6.0, 3.0]);
    let atr = call(graph, "atr", &[high, low, close], &[5.0]);
    let keltner = call(graph, "keltner", &[high, low, close], &[5.0, 4.0]);
    let vwap = call(graph, "vwap", &[high, low, close, volume, zero], &[]);
    let vwap_of_session = call(graph, "vwap", &[high, low, close, volume, session], &[]);
    let obv = call(graph, "obv", &[close, volume], &[]);
    let stochastic = call(graph, "stochastic", &[high, low, close], &[6.0, 3.0, 2.0]);
    let adx = call(graph, "adx", &[high, low, close], &[4.0]);
    let donchian = call(graph, "donchian", &[high, low], &[9.0]);
    let bollinger = call(graph, "bollinger", &[close], &[11.0]);
    let williams = call(graph, "williams_r", &[high, low, close], &[14.0]);
    let cci = call(graph, "cci", &[high, low, close], &[7.0]);
    let mfi = call(graph, "mfi", &[high, low, close, volume], &[6.0]);
    vec![
        cci,
        mfi,
        donchian,
        bollinger,
        williams,
        close,
        ema,
        sma,
        sma_of_ema,
        ema_of_sma,
        above,
        below,
        either,
        chosen,
        ema_of_chosen,
        sma_of_chosen,
        before,
        crossing,
        rising,
        falling,
        framed,
        session,
        rsi,
        macd,
        atr,
        keltner,
        vwap,
        vwap_of_session,
        obv,
        stochastic,
        adx,
    ]
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| if value.is_nan() { f64::NAN } else { *value }.to_bits()).collect()
}

fn check(lengths: &[usize], missing: f64, seed: u64) {
    let universe = Universe::new(lengths, missing, seed);
    let mut graph = Graph::new();
    let roots = rules(&mut graph);
    let store = universe.store();
    let wanted: Vec<(NodeId, usize)> = roots.iter().map(|root| (*root, 1)).collect();
    let plan = Plan::try_new(&graph, &wanted, &[], &store).unwrap();
    let one = scan(&store, &plan, None, &pool(1), &|| true);
    let two = scan(&store, &plan, None, &pool(2), &|| true);
    assert_eq!(one.done, two.done);
    let all: Vec<(NodeId, usize)> = roots.iter().map(|root| (*root, usize::MAX)).collect();
    let plan = Plan::try_new(&graph, &all, &[], &store).unwrap();
    let columns = history(&store, &plan, &pool(2));
    for (place, root) in roots.iter().enumerate() {
        let wanted = universe.obvious(&graph, *root);
        let last: Vec<f64> = wanted.iter().map(|column| column.last().copied().unwrap_or(f64::NAN)).collect();
        assert_eq!(bits(&one.roots[place]), bits(&last), "{place} {lengths:?}");
        assert_eq!(bits(&two.roots[place]), bits(&last), "{place}");
        for (got, wanted) in columns[place].iter().zip(&wanted) {
            assert_eq!(bits(got), bits(wanted), "history {place} {lengths:?}");
        }
    }
}

fn check_live(lengths: &[usize], missing: f64, seed: u64, share: f64) {
    let whole = Universe::new(lengths, missing, seed);
    let mut rng = Rng::new(seed, 2);
    let mut uniform = move || rng.next_u64() as f64 / u64::MAX as f64;
    // Starts with the first part of every instrument, then goes on bar by bar, some of them at a time.
    let known: Vec<usize> = lengths.iter().map(|length| (*length as f64 * uniform() * share) as usize).collect();
    let start = whole.part(|instrument| 0..known[instrument]);
    let mut graph = Graph::new();
    let roots = rules(&mut graph);
    let wanted: Vec<(NodeId, usize)> = roots.iter().map(|root| (*root, 1)).collect();
    let store = start.store();
    let plan = Plan::try_new(&graph, &wanted, &[], &store).unwrap();
    let pool = pool(2);
    let mut live = Live::new(store, plan, &pool);
    let (mut at, together) = (known, uniform());
    let obvious: Vec<Vec<Vec<f64>>> = roots.iter().map(|root| whole.obvious(&graph, *root)).collect();
    loop {
        let (mut instruments, mut rows) = (Vec::new(), Vec::new());
        for (instrument, at) in at.iter_mut().enumerate() {
            for _ in 0..if uniform() < 0.1 { 2 } else { 1 } {
                if *at < lengths[instrument] && uniform() < together {
                    instruments.push(instrument);
                    rows.push(whole.offsets[instrument] + *at);
                    *at += 1;
                }
            }
        }
        let times: Vec<i64> = rows.iter().map(|row| whole.times[*row]).collect();
        let columns: Vec<Vec<f64>> =
            whole.columns.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let update = live.push(&instruments, &times, &columns, &pool);
        assert_eq!(update, Update { taken: rows.len(), refused: Vec::new() });
        for (instrument, at) in at.iter().enumerate() {
            let begin = whole.offsets[instrument];
            assert_eq!(live.store().times(instrument), &whole.times[begin..begin + at], "times {at:?}");
        }
        let values = live.values(&pool);
        for (place, obvious) in obvious.iter().enumerate() {
            let wanted: Vec<f64> =
                obvious.iter().zip(&at).map(|(column, at)| if *at == 0 { f64::NAN } else { column[*at - 1] }).collect();
            assert_eq!(bits(&values.roots[place]), bits(&wanted), "live {place} {at:?}");
        }
        if at.iter().zip(lengths).all(|(at, length)| at == length) || together < 0.05 {
            break;
        }
    }
}

#[test]
fn a_scan_is_the_last_row_of_the_obvious_way() {
    check(&[40; 24], 0.0, 1);
    check(&[40; 13], 0.0, 2);
    check(&[3, 0, 17, 60, 60, 60, 60, 60, 1, 2, 60, 5], 0.0, 3);
    check(&[100; 17], 0.02, 4);
    check(&[0, 0], 0.0, 5);
    check(&[], 0.0, 6);
}

#[test]
fn a_live_scan_is_the_scan_of_the_bars_so_far() {
    check_live(&[30; 16], 0.0, 1, 0.9);
    check_live(&[30; 5], 0.05, 2, 0.9);
    check_live(&[0, 5, 30, 12, 30, 31, 30, 1, 9, 22], 0.0, 3, 0.5);
    check_live(&[20; 9], 0.0, 4, 0.0);
}

/// With as many bars as are kept: a scan is one of these alone, and what is kept current goes on from what it has seen.
fn check_kept(lengths: &[usize], known: usize, most: usize, seed: u64) {
    let whole = Universe::new(lengths, 0.01, seed);
    let mut graph = Graph::new();
    let roots = rules(&mut graph);
    let is_alone = |root: &NodeId| matches!(graph.nodes()[root.index()], Node::Frame(..) | Node::Session(_));
    let wanted: Vec<(NodeId, usize)> = roots.iter().map(|root| (*root, 1)).collect();
    let part = |rows: usize| whole.part(|instrument| 0..rows.min(lengths[instrument]));
    let live = |store: Store| {
        let plan = Plan::try_new(&graph, &wanted, &[], &store).unwrap();
        Live::new(store, plan, &pool(2))
    };
    let [mut bounded, mut unbounded] = [most, usize::MAX].map(|most| live(part(known).store_of(most)));
    for row in known..*lengths.iter().max().unwrap() {
        let instruments: Vec<usize> = (0..lengths.len()).filter(|instrument| row < lengths[*instrument]).collect();
        // The last three miss a bar now and then.
        let is_there = |instrument: &usize| instrument + 3 < lengths.len() || row % 4 != instrument % 4;
        let instruments: Vec<usize> = instruments.into_iter().filter(is_there).collect();
        let rows: Vec<usize> = instruments.iter().map(|instrument| whole.offsets[*instrument] + row).collect();
        let times: Vec<i64> = rows.iter().map(|row| whole.times[*row]).collect();
        let columns: Vec<Vec<f64>> =
            whole.columns.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for live in [&mut bounded, &mut unbounded] {
            assert_eq!(live.push(&instruments, &times, &columns, &pool(2)).taken, rows.len());
        }
        let (kept, all) = (bounded.store(), unbounded.store());
        for instrument in 0..lengths.len() {
            let first = all.times(instrument).len().saturating_sub(most);
            assert_eq!(kept.times(instrument), &all.times(instrument)[first..]);
            for column in 0..NAMES.len() {
                assert_eq!(bits(&kept.column(instrument, column)), bits(&all.column(instrument, column)[first..]));
            }
        }
        let (values, others) = (bounded.values(&pool(1)).roots, unbounded.values(&pool(1)).roots);
        for (place, root) in roots.iter().enumerate().filter(|(_, root)| !is_alone(root)) {
            if !graph.operands(graph.nodes()[root.index()]).iter().any(is_alone) {
                assert_eq!(bits(&values[place]), bits(&others[place]), "{place} {row}");
            }
        }
    }
    let kept = bounded.store();
    assert!(kept.bytes() <= lengths.len().next_multiple_of(LANES) * (most * 9 / 4 + 40) * 8 * 6, "{}", kept.bytes());
    let mut last = whole.part(|_| 0..0);
    for instrument in 0..lengths.len() {
        for (column, to) in last.columns.iter_mut().enumerate() {
            to.extend(kept.column(instrument, column));
        }
        last.times.extend(kept.times(instrument));
        last.offsets[instrument + 1] = last.times.len();
    }
    let plan = Plan::try_new(&graph, &wanted, &[], kept).unwrap();
    let found = scan(kept, &plan, None, &pool(2), &|| true);
    for (place, root) in roots.iter().enumerate() {
        let wanted = last.obvious(&graph, *root);
        let wanted: Vec<f64> = wanted.iter().map(|column| column.last().copied().unwrap_or(f64::NAN)).collect();
        assert_eq!(bits(&found.roots[place]), bits(&wanted), "{place}");
    }
}

#[test]
fn as_many_bars_are_kept_as_are_asked_for() {
    check_kept(&[300; 19], 20, 24, 1);
    check_kept(&[150, 90, 150, 3, 150, 150, 150, 150, 150, 0, 150], 24, 24, 2);
    check_kept(&[200; 9], 0, 40, 3);
    let universe = Universe::new(&[30, 7, 30, 30, 30, 12], 0.0, 4);
    let store = universe.store_of(10);
    for instrument in 0..6 {
        let rows = universe.offsets[instrument]..universe.offsets[instrument + 1];
        let last = &universe.times[rows.start.max(rows.end.saturating_sub(10))..rows.end];
        assert_eq!(store.times(instrument), last);
    }
}

#[test]
fn a_bar_out_of_order_is_refused_and_changes_nothing() {
    let universe = Universe::new(&[10, 10], 0.0, 9);
    let mut graph = Graph::new();
    let roots: Vec<(NodeId, usize)> = rules(&mut graph).into_iter().map(|root| (root, 1)).collect();
    let store = universe.store();
    let plan = Plan::try_new(&graph, &roots, &[], &store).unwrap();
    let pool = pool(1);
    let mut live = Live::new(store, plan, &pool);
    let before = live.values(&pool);
    let columns: Vec<&[f64]> = vec![&[1.0]; 5];
    let update = live.push(&[1], &[9 * 60], &columns, &pool);
    assert_eq!(update, Update { taken: 0, refused: vec![Refused { row: 0, instrument: 1, time: 540, last: 540 }] });
    let after = live.values(&pool);
    assert!(before.roots.iter().zip(&after.roots).all(|(one, other)| bits(one) == bits(other)));
}

#[test]
fn a_look_back_longer_than_any_data_costs_nothing() {
    let universe = Universe::new(&[10; 9], 0.0, 9);
    let mut graph = Graph::new();
    let close = graph.add(Node::Input(Input::Close)).unwrap();
    let long = graph.add(Node::Lag(close, Period::Fixed(1_000_000_000_000))).unwrap();
    let average = graph.indicator("sma", &[close], &[1e9]).unwrap();
    let store = universe.store();
    let plan = Plan::try_new(&graph, &[(close, 1), (long, 1), (average, 1)], &[], &store).unwrap();
    let mut live = Live::new(store, plan, &pool(2));
    let columns: Vec<&[f64]> = vec![&[1.5; 9]; 5];
    let update = live.push(&(0..9).collect::<Vec<_>>(), &[600; 9], &columns, &pool(2));
    assert_eq!(update.taken, 9);
    let values = live.values(&pool(1)).roots;
    assert_eq!(values[0], [1.5; 9]);
    assert!(values[1..].iter().flatten().all(|value| value.is_nan()));
}

#[test]
fn late_bars_among_others_are_refused_in_their_order() {
    let universe = Universe::new(&[10; 20], 0.0, 9);
    let mut graph = Graph::new();
    let roots: Vec<(NodeId, usize)> = rules(&mut graph).into_iter().map(|root| (root, 1)).collect();
    let store = universe.store();
    let plan = Plan::try_new(&graph, &roots, &[], &store).unwrap();
    let mut live = Live::new(store, plan, &pool(2));
    live.add(3);
    let instruments = [19, 3, 3, 3, 0, 21, 21, 3, 20, 12];
    let times = [600, 540, 600, 600, 0, 60, 0, 660, 0, 600];
    let columns: Vec<Vec<f64>> = (0..5).map(|column| vec![f64::from(column) + 20.0; 10]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let update = live.push(&instruments, &times, &columns, &pool(2));
    let refused: Vec<(usize, usize, i64)> =
        update.refused.iter().map(|bar| (bar.row, bar.instrument, bar.last)).collect();
    assert_eq!(refused, [(1, 3, 540), (3, 3, 600), (4, 0, 540), (6, 21, 60)]);
    assert_eq!(update.taken, 6);
    let lengths: Vec<usize> = (0..23).map(|instrument| live.store().times(instrument).len()).collect();
    let wanted = (0..23).map(|instrument| match instrument {
        3 => 12,
        12 | 19 => 11,
        20 | 21 => 1,
        22 => 0,
        _ => 10,
    });
    assert_eq!(lengths, wanted.collect::<Vec<_>>());
    let fresh = Plan::try_new(&graph, &roots, &[], live.store()).unwrap();
    let fresh = scan(live.store(), &fresh, None, &pool(1), &|| true);
    let values = live.values(&pool(1));
    assert!(values.roots.iter().zip(&fresh.roots).all(|(one, other)| bits(one) == bits(other)));
}

#[test]
fn what_is_not_wanted_or_out_of_time_has_no_value() {
    let universe = Universe::new(&[10; 20], 0.0, 9);
    let mut graph = Graph::new();
    let close = graph.add(Node::Input(Input::Close)).unwrap();
    let store = universe.store();
    let plan = Plan::try_new(&graph, &[(close, 1)], &[], &store).unwrap();
    let wanted: Vec<bool> = (0..20).map(|place| place == 3).collect();
    let values = scan(&store, &plan, Some(&wanted), &pool(1), &|| true);
    assert_eq!(values.roots[0].iter().filter(|value| !value.is_nan()).count(), 1);
    let values = scan(&store, &plan, None, &pool(1), &|| false);
    assert!(values.roots[0].iter().all(|value| value.is_nan()) && values.done.iter().all(|done| !done));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_universe_is_scanned_as_the_obvious_way_does(
        lengths in prop::collection::vec(prop_oneof![Just(45usize), 0usize..60], 0..30),
        missing in prop_oneof![Just(0.0), 0.0..0.2f64], seed in 0u64..1000,
    ) {
        check(&lengths, missing, seed);
        check_live(&lengths, missing, seed, 0.8);
    }

    #[test]
    fn the_best_are_the_first_of_a_full_sort(values in prop::collection::vec(prop_oneof![
        (0..6).prop_map(f64::from), Just(f64::NAN), Just(-0.0)], 0..50), top in 0usize..60) {
        let mut wanted: Vec<usize> = (0..values.len()).collect();
        wanted.sort_by(|one, other| {
            let key = |place: usize| if values[place].is_nan() { f64::NEG_INFINITY } else { values[place] };
            key(*other).partial_cmp(&key(*one)).unwrap()
        });
        wanted.truncate(top);
        prop_assert_eq!(best(&values, (0..values.len()).collect(), top), wanted);
    }
}
