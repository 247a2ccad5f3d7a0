//! The cases that a trader can read, and what holds for every pattern.

use super::*;
use crate::indicators::spec::{Input, ParamKind, Reach};
use crate::indicators::{LANES, Lane, LaneStream, Stream};
use proptest::prelude::*;

/// The text of the cases of every pattern, by name.
macro_rules! cases {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../../tests/patterns/cases/", $name, ".txt")))),*]
    };
}

static CASES: [(&str, &str); 20] = cases![
    "breakout",
    "volume_anomaly",
    "opening_range",
    "swing_points",
    "support_resistance",
    "golden_pocket",
    "momentum_divergence",
    "bos",
    "choch",
    "liquidity_sweep",
    "fair_value_gap",
    "order_block",
    "engulfing",
    "hammer",
    "shooting_star",
    "doji",
    "morning_star",
    "evening_star",
    "harami",
    "inside_bar"
];

/// Values of parameters as the line `with period=5 side=bearish` says them.
fn params(spec: &Spec, line: &str) -> Vec<f64> {
    let mut values: Vec<f64> = spec.params.iter().map(|param| param.default).collect();
    for (name, value) in line.split_whitespace().skip(1).map(|part| part.split_once('=').unwrap()) {
        let place = spec.params.iter().position(|param| param.name == name).unwrap();
        values[place] = match spec.params[place].kind {
            ParamKind::Choice(words) => words.iter().position(|word| *word == value).unwrap() as f64,
            _ => value.parse().unwrap(),
        };
    }
    values
}

/// What a row of a table asks for: in place of the first five numbers `?` is the warm-up, `.` is no pattern.
fn wanted(text: &str) -> Vec<f64> {
    let number = |word: &str| if word == "-" { f64::NAN } else { word.parse().unwrap() };
    let mut words = text.split_whitespace().peekable();
    let mut row = match *words.peek().unwrap() {
        "?" => finding::UNKNOWN.to_vec(),
        "." => finding::row(None).to_vec(),
        _ => Vec::new(),
    };
    if !row.is_empty() {
        words.next();
    }
    row.extend(words.map(number));
    row
}

fn check(spec: &'static Spec, case: &str) {
    let mut lines = case.lines().peekable();
    let title = lines.next().unwrap();
    let values = lines.next_if(|line| line.starts_with("with ")).map_or(Vec::new(), |line| params(spec, line));
    let (columns, _) = lines.next().unwrap().split_once('|').unwrap();
    let columns: Vec<&str> = columns.split_whitespace().collect();
    let place = |input: &Input| columns.iter().position(|column| *column == input.name);
    let places: Vec<Option<usize>> = spec.inputs.iter().map(place).collect();
    let mut stream = Stream::try_new(spec, &values).unwrap();
    for (at, line) in lines.enumerate() {
        let (bar, says) = line.split_once('|').unwrap();
        let bar: Vec<f64> = bar.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let row: Vec<f64> = places.iter().map(|place| place.map_or(0.0, |place| bar[place])).collect();
        let (got, wanted) = (stream.update(&row), wanted(says));
        let same = got.len() == wanted.len()
            && got.iter().zip(&wanted).all(|(a, b)| (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-6);
        assert!(same, "{}: {title}: row {at}: {got:?} is not {wanted:?}", spec.name);
    }
}

#[test]
fn every_case_is_what_its_table_says() {
    assert_eq!(CASES.map(|(name, _)| name).to_vec(), SPECS.iter().map(|spec| spec.name).collect::<Vec<_>>());
    for (name, text) in CASES {
        for case in text.trim().split("\n\n") {
            check(spec_of(name).unwrap(), case);
        }
    }
}

#[test]
fn periods_larger_than_memory_take_none() {
    for spec in SPECS {
        let huge = |param: &crate::indicators::spec::Param| match param.kind {
            ParamKind::Rows(_) if param.name != "swings" => 1e12,
            _ => param.default,
        };
        let mut stream = Stream::try_new(spec, &spec.params.iter().map(huge).collect::<Vec<_>>()).unwrap();
        for i in 0..100 {
            let row: Vec<f64> = (0..spec.inputs.len()).map(|input| f64::from((i * (7 + input as i32)) % 13)).collect();
            stream.update(&row);
        }
    }
}

/// Rows on a grid, so that there are ties.
fn market() -> impl Strategy<Value = Vec<[f64; 6]>> {
    let bar = (-4i32..5, 0i32..4, 0i32..4, -4i32..5, 0i32..20, prop::bool::weighted(0.02));
    prop::collection::vec(bar, 0..300).prop_map(|bars| {
        let mut price = 100;
        let mut row = |(jump, up, down, body, volume, is_missing): (i32, i32, i32, i32, i32, bool)| {
            let open = price + jump / 2;
            price = open + body;
            let (high, low) = (open.max(price) + up, open.min(price) - down);
            let open = if is_missing { f64::NAN } else { f64::from(open) };
            [open, f64::from(high), f64::from(low), f64::from(price), f64::from(volume), f64::from(volume / 19)]
        };
        bars.into_iter().map(&mut row).collect()
    })
}

fn inputs(spec: &Spec, rows: &[[f64; 6]]) -> Vec<Vec<f64>> {
    let names = ["open", "high", "low", "close", "volume", "session"];
    let column = |input: &Input| names.iter().position(|name| *name == input.name).unwrap();
    spec.inputs.iter().map(|input| rows.iter().map(|row| row[column(input)]).collect()).collect()
}

proptest! {
    #[test]
    fn a_row_is_the_same_bits_however_the_bars_come_in_and_whatever_follows(
        rows in market(), cut in 1usize..60, small in prop::bool::ANY,
    ) {
        for spec in SPECS {
            let value = |param: &crate::indicators::spec::Param| match param.kind {
                ParamKind::Rows(_) if small => 3.0,
                _ => param.default,
            };
            let values: Vec<f64> = spec.params.iter().map(value).collect();
            let mut stream = Stream::try_new(spec, &values).unwrap();
            let columns = inputs(spec, &rows);
            let width = spec.outputs.len();
            let wanted: Vec<Vec<u64>> = (0..rows.len())
                .map(|row| {
                    let row: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                    stream.update(&row).iter().map(|x| x.to_bits()).collect()
                })
                .collect();
            let mut chunked = Stream::try_new(spec, &values).unwrap();
            let mut outs = vec![vec![0.0; rows.len()]; width];
            for start in (0..rows.len()).step_by(cut) {
                let end = rows.len().min(start + cut);
                let part: Vec<&[f64]> = columns.iter().map(|column| &column[start..end]).collect();
                let mut slices: Vec<&mut [f64]> = outs.iter_mut().map(|out| &mut out[start..end]).collect();
                chunked.extend(&part, &mut slices);
            }
            for (row, wanted) in wanted.iter().enumerate() {
                let got: Vec<u64> = outs.iter().map(|out| out[row].to_bits()).collect();
                prop_assert_eq!(&got, wanted, "{} {}", spec.name, row);
            }
            // What reaches back a number of rows needs no more than those.
            let args = spec.args(&values).unwrap();
            let Reach::Rows(reach) = (spec.reach)(&args) else { continue };
            for row in (reach.saturating_sub(1)..rows.len()).step_by(7) {
                let mut fresh = Stream::try_new(spec, &values).unwrap();
                for at in row + 1 - reach..=row {
                    let bar: Vec<f64> = columns.iter().map(|column| column[at]).collect();
                    fresh.update(&bar);
                }
                let got: Vec<u64> = fresh.value().iter().map(|x| x.to_bits()).collect();
                prop_assert_eq!(&got, &wanted[row], "{} {} alone", spec.name, row);
            }
        }
    }

    #[test]
    fn what_has_settled_would_say_the_same_whatever_came_before(rows in market(), skip in 1usize..200, small in prop::bool::ANY) {
        let skip = skip.min(rows.len());
        for spec in SPECS {
            let value = |param: &crate::indicators::spec::Param| match param.kind {
                ParamKind::Rows(_) if small => 2.0,
                _ => param.default,
            };
            let values: Vec<f64> = spec.params.iter().map(value).collect();
            let columns = inputs(spec, &rows);
            let (mut whole, mut late) =
                (Stream::try_new(spec, &values).unwrap(), Stream::try_new(spec, &values).unwrap());
            for row in 0..rows.len() {
                let bar: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                let wanted: Vec<u64> = whole.update(&bar).iter().map(|x| x.to_bits()).collect();
                if row >= skip {
                    let got: Vec<u64> = late.update(&bar).iter().map(|x| x.to_bits()).collect();
                    prop_assert!(!late.is_settled() || got == wanted, "{} {} after {}", spec.name, row, skip);
                }
            }
        }
    }

    #[test]
    fn what_a_row_says_fits_together(rows in market()) {
        for spec in SPECS {
            let mut stream = Stream::try_new(spec, &[]).unwrap();
            let columns = inputs(spec, &rows);
            for row in 0..rows.len() {
                let bar: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                let out = stream.update(&bar).to_vec();
                let is_ready = stream.is_ready() && bar.iter().all(|x| x.is_finite());
                prop_assert_eq!(is_ready, !out[0].is_nan(), "{} {}", spec.name, row);
                match out[0] {
                    0.0 => prop_assert!(out[1].is_nan() && out[2].is_nan() && out[3].is_nan() && out[4] == 0.0),
                    1.0 | -1.0 => {
                        prop_assert!(out[1] >= out[2] && out[2] >= 0.0 && out[1] <= row as f64);
                        prop_assert!(out[3].is_finite() && (0.0..=1.0).contains(&out[4]), "{} {:?}", spec.name, out);
                    }
                    _ => prop_assert!(out[..5].iter().all(|x| x.is_nan())),
                }
            }
        }
    }
}

#[test]
fn patterns_of_swings_settle_within_some_hundred_bars() {
    let mut rng = crate::rng::Rng::new(7, 0);
    let mut price = 100.0;
    let rows: Vec<[f64; 6]> = (0..600)
        .map(|_| {
            let open: f64 = price;
            price += 2.0 * rng.next_f64() - 1.0;
            let (up, down) = (rng.next_f64(), rng.next_f64());
            [open, open.max(price) + up, open.min(price) - down, price, 1.0, 0.0]
        })
        .collect();
    for name in ["bos", "choch", "golden_pocket", "liquidity_sweep", "momentum_divergence", "support_resistance"] {
        let spec = spec_of(name).unwrap();
        let columns = inputs(spec, &rows);
        let mut stream = Stream::try_new(spec, &[]).unwrap();
        let mut settled = 0;
        for row in 0..rows.len() {
            stream.update(&columns.iter().map(|column| column[row]).collect::<Vec<f64>>());
            settled += usize::from(stream.is_settled());
        }
        assert!(settled > 300, "{name}: {settled} of 600");
    }
}

/// Rows of eight instruments on a coarse grid, so that there are ties; some values are missing at a share of the rows.
fn eight_markets(inputs: usize, rows: usize, missing: f64) -> Vec<Vec<Lane>> {
    let mut rng = crate::rng::Rng::new(5, inputs as u64);
    let mut price = [50.0; LANES];
    let mut columns = vec![Vec::new(); inputs];
    for _ in 0..rows {
        price = price.map(|price| (price * (0.96 + 0.08 * rng.next_f64())).round().max(20.0));
        for (place, column) in columns.iter_mut().enumerate() {
            let shift = [0.4, -0.4, 0.1, 100.0, 3.0][place % 5];
            column.push(price.map(|price| {
                let noise = (rng.next_f64() * 10.0).round() / 20.0;
                if rng.next_f64() < missing { f64::NAN } else { price + shift + noise }
            }));
        }
    }
    columns
}

#[test]
fn the_last_row_is_that_of_a_stream_however_few_rows_are_looked_at() {
    for spec in crate::indicators::specs().chain(SPECS.iter().copied()) {
        for missing in [0.0, 0.01] {
            let columns = eight_markets(spec.inputs.len(), 700, missing);
            let mut eight = LaneStream::try_new(spec, &[]).unwrap();
            for end in [1, 20, 64, 127, 128, 129, 300, 600, 700] {
                let inputs: Vec<&[Lane]> = columns.iter().map(|column| &column[..end]).collect();
                let mut outs = vec![vec![[0.0; LANES]; 1]; spec.outputs.len()];
                let mut slices: Vec<&mut [Lane]> = outs.iter_mut().map(Vec::as_mut_slice).collect();
                eight.last_of(&inputs, missing == 0.0, &mut slices);
                for lane in 0..LANES {
                    let mut stream = Stream::try_new(spec, &[]).unwrap();
                    for row in 0..end {
                        stream.update(&columns.iter().map(|column| column[row][lane]).collect::<Vec<f64>>());
                    }
                    for (out, wanted) in outs.iter().zip(stream.value()) {
                        let is_same = out[0][lane].to_bits() == wanted.to_bits();
                        assert!(is_same || out[0][lane].is_nan() && wanted.is_nan(), "{} {end} {lane}", spec.name);
                    }
                }
            }
        }
    }
}

#[test]
fn a_look_back_finds_the_swings_of_a_stream_however_wide_they_are() {
    for spec in SPECS.iter().filter(|spec| spec.params.iter().any(|param| param.name == "swing")) {
        // 16 is the widest that is looked at in vectors; with 1 and 2 swings come close together, ties included.
        for swing in [1.0, 2.0, 3.0, 16.0, 17.0, 40.0] {
            let value = |param: &crate::indicators::spec::Param| match param.name {
                "swing" => swing,
                _ => param.default,
            };
            let values: Vec<f64> = spec.params.iter().map(value).collect();
            let columns = eight_markets(spec.inputs.len(), 260, 0.0);
            let mut streams = vec![Stream::try_new(spec, &values).unwrap(); LANES];
            let mut eight = LaneStream::try_new(spec, &values).unwrap();
            for row in 0..columns[0].len() {
                let inputs: Vec<&[Lane]> = columns.iter().map(|column| &column[..=row]).collect();
                let mut outs = vec![vec![[0.0; LANES]; 1]; spec.outputs.len()];
                let mut slices: Vec<&mut [Lane]> = outs.iter_mut().map(Vec::as_mut_slice).collect();
                eight.last_of(&inputs, true, &mut slices);
                for (lane, stream) in streams.iter_mut().enumerate() {
                    let wanted = stream.update(&columns.iter().map(|column| column[row][lane]).collect::<Vec<f64>>());
                    for (out, wanted) in outs.iter().zip(wanted) {
                        let is_same = out[0][lane].to_bits() == wanted.to_bits();
                        assert!(is_same || out[0][lane].is_nan() && wanted.is_nan(), "{} {swing} {row}", spec.name);
                    }
                }
            }
        }
    }
}

#[test]
fn the_last_row_of_a_window_has_the_bits_of_a_stream_in_every_lane() {
    let mut found = 0;
    for spec in SPECS {
        let args = spec.args(&[]).unwrap();
        let Some(mut window) = lane_window(spec, &args).unwrap() else { continue };
        let Reach::Rows(reach) = (spec.reach)(&args) else { unreachable!("a window has an end") };
        found += 1;
        let columns = eight_markets(spec.inputs.len(), reach + 400, 0.0);
        let mut streams = vec![Stream::try_new(spec, &[]).unwrap(); LANES];
        for row in 0..columns[0].len() {
            for (lane, stream) in streams.iter_mut().enumerate() {
                stream.update(&columns.iter().map(|column| column[row][lane]).collect::<Vec<f64>>());
            }
            if row + 1 < reach {
                continue;
            }
            let rows: Vec<&[Lane]> = columns.iter().map(|column| &column[row + 1 - reach..=row]).collect();
            let mut out = vec![[0.0; LANES]; spec.outputs.len()];
            window.last(&rows, &mut out);
            for (lane, stream) in streams.iter().enumerate() {
                for (got, wanted) in out.iter().zip(stream.value()) {
                    let is_same = got[lane].to_bits() == wanted.to_bits() || got[lane].is_nan() && wanted.is_nan();
                    assert!(is_same, "{} {row} {lane}: {} is not {wanted}", spec.name, got[lane]);
                }
            }
        }
    }
    assert_eq!(found, 4);
}
