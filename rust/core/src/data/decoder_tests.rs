use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, TimestampNanosecondArray,
};
use proptest::prelude::*;

use crate::data::{
    ArrowSource, BLOCK_ROWS, BlockSource, ColumnSpec, Counts, Crossed, Decoder, Duplicates, Invalid, Label, OffTick,
    OneSided, Role, SourceSpec, Symbols, scan,
};
use crate::error::Error;
use crate::event::{Block, Columns, InstrumentColumn, Kind, Record};
use crate::types::{Decimal, Instrument, InstrumentId, Side};

const NAN: f64 = f64::NAN;

fn cents(symbol: &str) -> Instrument {
    Instrument::try_new(symbol, Decimal::power_of_ten(2), Decimal::power_of_ten(0)).unwrap()
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn nanos(values: &[i64]) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(values.to_vec()))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn spec(kind: Kind, roles: &[Role]) -> SourceSpec {
    let columns = roles.iter().map(|&role| ColumnSpec { role, name: role.word().into(), decimals: 0 });
    SourceSpec::new("test", kind, columns.collect(), Symbols::One(InstrumentId(0)))
}

fn quotes_spec() -> SourceSpec {
    spec(Kind::Quote, &[Role::Ts, Role::Bid, Role::Ask])
}

fn quotes(ts: &[i64], bid: &[f64], ask: &[f64]) -> RecordBatch {
    batch(vec![("ts", nanos(ts)), ("bid", floats(bid)), ("ask", floats(ask))])
}

fn decode(spec: SourceSpec, batch: &RecordBatch) -> Result<(Block, Counts), Error> {
    let mut decoder = Decoder::try_new(spec, &[cents("A"), cents("B")])?;
    let block = decoder.decode(batch, 0, batch.num_rows())?;
    Ok((block, *decoder.counts()))
}

/// Bids and asks in ticks.
fn sides(block: &Block) -> Vec<(Option<i64>, Option<i64>)> {
    let Columns::Quotes(quotes) = &block.columns else { panic!("quotes") };
    (0..block.len()).map(|row| (quotes.bid[row].get().map(|px| px.0), quotes.ask[row].get().map(|px| px.0))).collect()
}

#[test]
fn clean_quotes_become_ticks() {
    let (block, counts) = decode(quotes_spec(), &quotes(&[1, 1, 2], &[1.01, 1.02, 1.05], &[1.03, 1.02, 1.04])).unwrap();
    assert_eq!(sides(&block), [(Some(101), Some(103)), (Some(102), Some(102)), (Some(105), Some(104))]);
    assert_eq!(block.ts_event, [1, 1, 2]);
    assert_eq!((counts.rows, counts.used, counts.crossed, counts.locked), (3, 3, 1, 1));
}

#[test]
fn an_absent_side_keeps_its_standing_value_or_is_cleared() {
    let data = quotes(&[1, 2, 3, 4], &[1.0, NAN, 0.0, NAN], &[1.1, 1.2, 1.3, 0.0]);
    let (block, counts) = decode(quotes_spec(), &data).unwrap();
    assert_eq!(sides(&block), [(Some(100), Some(110)), (Some(100), Some(120)), (Some(100), Some(130))]);
    assert_eq!((counts.one_sided, counts.missing, counts.used), (2, 1, 3));
    let clear = SourceSpec { one_sided: OneSided::Clear, ..quotes_spec() };
    let (block, _) = decode(clear, &data).unwrap();
    assert_eq!(sides(&block), [(Some(100), Some(110)), (None, Some(120)), (None, Some(130))]);
}

#[test]
fn crossed_quotes_stay_go_or_are_refused() {
    let data = quotes(&[1, 2], &[1.0, 1.2], &[1.1, 1.1]);
    let with = |crossed| SourceSpec { crossed, ..quotes_spec() };
    assert_eq!(decode(with(Crossed::Keep), &data).unwrap().0.len(), 2);
    let (block, counts) = decode(with(Crossed::Drop), &data).unwrap();
    assert_eq!((block.len(), counts.crossed, counts.used), (1, 1, 1));
    let error = decode(with(Crossed::Error), &data).unwrap_err();
    assert!(error.rule().contains("row 1 of test"), "{error}");
}

#[test]
fn a_price_off_the_tick_is_refused_by_row_column_value_and_time() {
    let data = quotes(&[0, 1_000_000_000], &[1.0, 1.001], &[1.1, 1.1]);
    let error = decode(quotes_spec(), &data).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bid must be a whole number of ticks of 0.01 in row 1 of test at 1970-01-01T00:00:01Z \
         (off_tick='round' moves such prices), was 1.001"
    );
    let (block, counts) = decode(SourceSpec { off_tick: OffTick::Round, ..quotes_spec() }, &data).unwrap();
    assert_eq!((sides(&block)[1].0, counts.off_tick_rounded), (Some(100), 1));
}

#[test]
fn time_must_not_fall_not_even_between_calls() {
    let error = decode(quotes_spec(), &quotes(&[2, 1], &[1.0; 2], &[1.1; 2])).unwrap_err();
    assert_eq!(error.parameter(), "ts");
    assert!(error.rule().contains("row 1 of test follows 1970-01-01T00:00:00.000000002Z"), "{error}");
    let mut decoder = Decoder::try_new(quotes_spec(), &[cents("A")]).unwrap();
    decoder.decode(&quotes(&[5], &[1.0], &[1.1]), 0, 1).unwrap();
    let error = decoder.decode(&quotes(&[4], &[1.0], &[1.1]), 0, 1).unwrap_err();
    assert!(error.rule().contains("row 1 of test"), "{error}");
}

#[test]
fn what_cannot_be_is_an_error_or_skipped_and_counted() {
    let data = batch(vec![
        ("ts", nanos(&[1, 2, 3, 4, 5])),
        ("price", floats(&[1.0, f64::INFINITY, 0.0, NAN, 1.0])),
        ("quantity", floats(&[1.0, 1.0, 1.0, 1.0, -1.0])),
    ]);
    let trades = spec(Kind::Trade, &[Role::Ts, Role::Price, Role::Quantity]);
    let error = decode(trades.clone(), &data).unwrap_err();
    assert_eq!((error.parameter(), error.value()), ("price", "inf"));
    let (block, counts) = decode(SourceSpec { invalid: Invalid::Skip, ..trades }, &data).unwrap();
    assert_eq!((block.len(), counts.invalid_skipped, counts.missing), (1, 3, 1));
    assert_eq!((counts.infinite, counts.negative_sizes), (1, 1));
}

#[test]
fn a_bar_must_hold_together() {
    let roles = [Role::Ts, Role::Open, Role::High, Role::Low, Role::Close];
    let mut bars = spec(Kind::Bar, &roles);
    bars.timeframe = 10;
    let data = |high: f64, close: f64| {
        let columns = [("open", 1.0), ("high", high), ("low", 0.9), ("close", close)];
        let columns = columns.map(|(name, value)| (name, floats(&[value])));
        batch([vec![("ts", nanos(&[100]))], columns.to_vec()].concat())
    };
    assert!(decode(bars.clone(), &data(0.8, 0.9)).unwrap_err().to_string().contains("must not be below the low"));
    assert!(decode(bars.clone(), &data(1.0, 1.1)).unwrap_err().to_string().contains("between low and high"));
    assert_eq!(decode(bars.clone(), &data(NAN, 1.0)).unwrap().1.missing, 1);
    let times = |label| {
        let (block, _) = decode(SourceSpec { label, ..bars.clone() }, &data(1.2, 1.0)).unwrap();
        let Record::Bar(bar) = block.event(0, 0).record else { panic!("a bar") };
        (block.ts_event[0], bar.ts_open, bar.ts_close)
    };
    assert_eq!(times(Label::Open), (109, 100, 110));
    assert_eq!(times(Label::Close), (99, 90, 100));
}

#[test]
fn repeated_rows_are_dropped_on_request_by_what_is_written() {
    // Row 2 repeats row 1 as written; row 3 only looks the same once its absent side is filled.
    let data = quotes(&[1, 1, 1, 2], &[1.0, 1.0, NAN, 1.0], &[1.1, 1.1, 1.1, 1.1]);
    let (block, counts) = decode(SourceSpec { duplicates: Duplicates::Drop, ..quotes_spec() }, &data).unwrap();
    assert_eq!((block.len(), counts.duplicates), (3, 1));
}

#[test]
fn integers_and_decimals_go_straight_to_ticks() {
    let scaled = |name: &str, role| ColumnSpec { role, name: name.into(), decimals: 4 };
    let mut spec = quotes_spec();
    spec.columns[1] = scaled("bid", Role::Bid);
    let decimals = Decimal128Array::from(vec![1_836_400i128, 1_836_500]).with_precision_and_scale(20, 4).unwrap();
    let data = batch(vec![
        ("ts", Arc::new(TimestampMillisecondArray::from(vec![1, 2])) as ArrayRef),
        ("bid", Arc::new(Int64Array::from(vec![1_836_300, 1_836_400]))),
        ("ask", Arc::new(decimals)),
    ]);
    let (block, _) = decode(spec, &data).unwrap();
    assert_eq!(sides(&block), [(Some(18_363), Some(18_364)), (Some(18_364), Some(18_365))]);
    assert_eq!(block.ts_event, [1_000_000, 2_000_000]);
}

#[test]
fn single_precision_prices_are_read_as_the_decimals_they_stand_for() {
    let data = batch(vec![("ts", nanos(&[1])), ("price", Arc::new(Float32Array::from(vec![123.45f32])) as ArrayRef)]);
    let (block, _) = decode(spec(Kind::Trade, &[Role::Ts, Role::Price]), &data).unwrap();
    let Record::Trade(trade) = block.event(0, 0).record else { panic!("a trade") };
    assert_eq!((trade.px.0, trade.qty.is_some(), trade.side), (12_345, false, None));
}

#[test]
fn sides_are_words_signs_or_flags() {
    let read = |side: ArrayRef, buyer_maker| {
        let mut spec = spec(Kind::Trade, &[Role::Ts, Role::Price, Role::Side]);
        spec.buyer_maker = buyer_maker;
        let data = batch(vec![("ts", nanos(&[1, 2])), ("price", floats(&[1.0, 1.0])), ("side", side)]);
        let Columns::Trades(trades) = decode(spec, &data).unwrap().0.columns else { panic!("trades") };
        trades.side
    };
    let [buy, sell] = [Some(Side::Buy), Some(Side::Sell)];
    assert_eq!(read(Arc::new(StringArray::from(vec!["Buy", "ASK"])), false), [buy, sell]);
    assert_eq!(read(Arc::new(Int64Array::from(vec![-1, 0])), false), [sell, None]);
    assert_eq!(read(Arc::new(BooleanArray::from(vec![true, false])), true), [sell, buy]);
}

#[test]
fn rows_of_several_instruments_keep_apart() {
    let mut spec = spec(Kind::Quote, &[Role::Ts, Role::Bid, Role::Ask, Role::Symbol]);
    spec.symbols = Symbols::Column(vec![("A".into(), InstrumentId(0)), ("B".into(), InstrumentId(1))]);
    let symbols = |names: [&str; 3]| Arc::new(StringArray::from(names.to_vec())) as ArrayRef;
    let data = |names| {
        let columns = quotes(&[1, 2, 3], &[1.0, 2.0, NAN], &[1.1, 2.1, 1.2]);
        let columns = ["ts", "bid", "ask"].map(|name| (name, columns.column_by_name(name).unwrap().clone()));
        batch([columns.to_vec(), vec![("symbol", symbols(names))]].concat())
    };
    let (block, _) = decode(spec.clone(), &data(["A", "B", "A"])).unwrap();
    assert_eq!(sides(&block)[2], (Some(100), Some(120)), "the standing bid is of the same instrument");
    let InstrumentColumn::Each(ids) = &block.instrument else { panic!("one a row") };
    assert_eq!(ids, &[0, 1, 0].map(InstrumentId));
    assert!(decode(spec, &data(["A", "B", "C"])).unwrap_err().rule().contains("row 2"));
}

#[test]
fn a_missing_column_or_time_is_named() {
    let data = batch(vec![("ts", nanos(&[1])), ("bid", floats(&[1.0]))]);
    let error = decode(quotes_spec(), &data).unwrap_err();
    assert!(error.to_string().contains("ts, bid are there"), "{error}");
    let none = Arc::new(TimestampNanosecondArray::from(vec![Some(1), None])) as ArrayRef;
    let data = batch(vec![("ts", none), ("bid", floats(&[1.0; 2])), ("ask", floats(&[1.1; 2]))]);
    assert!(decode(quotes_spec(), &data).unwrap_err().rule().contains("row 1 of test"));
    assert!(Decoder::try_new(spec(Kind::Quote, &[Role::Ts, Role::Bid]), &[cents("A")]).is_err());
}

#[test]
fn a_stream_comes_in_blocks_and_a_scan_counts_everything() {
    let rows = 3 * BLOCK_ROWS;
    let mut ts: Vec<_> = (0..rows as i64).collect();
    ts[10] = 3;
    let mut bid = vec![1.0; rows];
    (bid[5], bid[6]) = (f64::INFINITY, 1.001);
    let data = quotes(&ts, &bid, &vec![1.1; rows]);
    let decoder = Decoder::try_new(SourceSpec { scan: true, ..quotes_spec() }, &[cents("A")]).unwrap();
    let mut source = ArrowSource::new([Ok(data)].into_iter(), decoder);
    let found = scan(&mut source, 5).unwrap();
    assert_eq!((found.counts.rows, found.counts.used), (rows as u64, rows as u64 - 1));
    assert_eq!((found.counts.infinite, found.counts.off_tick_rounded, found.counts.out_of_order), (1, 1, 1));
    assert_eq!(
        (found.first, found.last, found.gaps, found.largest_gap_at),
        (Some(0), Some(rows as i64 - 1), 1, Some(3))
    );
    assert!(source.next_block().unwrap().is_none());
}

proptest! {
    #[test]
    fn both_paths_make_the_same_blocks(
        rows in prop::collection::vec((0i64..3, 1i64..500, 0i64..4, 0u32..5), 1..40),
        one_sided in prop::bool::weighted(0.3),
    ) {
        let mut time = 0;
        let ts: Vec<_> = rows.iter().map(|row| { time += row.0; time }).collect();
        let price = |ticks: i64| ticks as f64 / 100.0;
        let bid: Vec<_> = rows.iter().map(|row| price(row.1)).collect();
        let ask: Vec<_> = rows
            .iter()
            .map(|row| if one_sided && row.3 == 0 { NAN } else { price(row.1 + row.2 - 1) })
            .collect();
        let data = quotes(&ts, &bid, &ask);
        let (fast, mut counts) = decode(quotes_spec(), &data).unwrap();
        // Looks at every row.
        let (slow, scanned) = decode(SourceSpec { scan: true, ..quotes_spec() }, &data).unwrap();
        counts.duplicates = scanned.duplicates;
        prop_assert_eq!(counts, scanned);
        prop_assert_eq!(sides(&fast), sides(&slow));
        prop_assert_eq!(fast.ts_event, slow.ts_event);
    }
}
