//! Eight instruments at once: recursive indicators side by side, in vectors.
//!
//! A chain - each value waits for the one before - leaves most of a core idle. Eight instruments in step
//! are eight chains: a row of eight values, one an instrument, is one vector. [`LaneStream`] runs any
//! indicator on such rows with the bits of [`Stream`].
//!
//! # Rationale
//! Instruments that saw rows of the same kind so far are in step: one set of counters, and every number a
//! vector ([`Abreast`]), from the first row on and between rows, so that one row more is a few vector
//! operations on a few cache lines. A row that only some of them take - a value is missing, a bar did not
//! come - parts them: each goes on as the indicator itself, by its own `update`, until they are in step
//! again. An indicator without such a form runs lane by lane.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use super::spec::{Args, Missing, Spec};
use super::stream::Stream;
use super::{Indicator, all_finite, averages, momentum, volatility, volume};
use crate::error::Error;

mod one_by_one;
mod prefetch;

use one_by_one::OneByOne;
pub(crate) use prefetch::{prefetch, prefetch_start};

/// How many instruments run side by side: a cache line of floats.
pub const LANES: usize = 8;

/// Inputs, or outputs, of an indicator at most.
const MOST: usize = 8;

/// One value of each instrument.
pub type Lane = [f64; LANES];

/// Eight running indicators in step, number beside number.
pub(crate) trait Abreast<const I: usize, const O: usize>: Clone + Debug + Send + Sync + 'static {
    /// How many rows are to be taken one by one, by [`Self::update`], before [`Self::extend`] may be asked.
    fn warming(&self) -> usize;

    /// How many of the first rows they can take in step.
    fn stay(&self, inputs: [&[Lane]; I]) -> usize {
        inputs[0].len()
    }

    /// [`Indicator::update`] of each.
    fn update(&mut self, row: [&Lane; I]) -> [Lane; O];

    /// Asks for the cache lines that [`Self::update`] will read.
    fn prefetch(&self) {
        prefetch(self);
    }

    /// [`Indicator::extend`] of each. Outputs are wanted of the last rows only, as many as `outputs` have.
    fn extend(&mut self, inputs: [&[Lane]; I], outputs: [&mut [Lane]; O]);
}

/// An indicator of the kind that holds its state over a missing row, and runs eight at a time.
pub(crate) trait Lanes<const I: usize, const O: usize>: Indicator<I, O> {
    /// Eight of them.
    type Abreast: Abreast<I, O>;

    /// Those that are in step, side by side.
    fn join(lanes: &[Self; LANES]) -> Option<Self::Abreast>;

    /// What [`Self::join`] has put together; `lanes` have the same parameters.
    fn part(eight: &Self::Abreast, lanes: &mut [Self; LANES]);
}

/// Runs `step` over all rows, `read` after each of the last ones.
#[inline(always)]
pub(crate) fn drive<S, const I: usize, const O: usize>(
    mut state: S,
    inputs: [&[Lane]; I],
    mut outputs: [&mut [Lane]; O],
    step: impl Fn(&mut S, [&Lane; I]),
    read: impl Fn(&S) -> [Lane; O],
) -> S {
    let rows = inputs[0].len();
    let inputs = inputs.map(|column| &column[..rows]);
    let silent = rows - outputs[0].len();
    for row in 0..silent {
        step(&mut state, inputs.map(|column| &column[row]));
    }
    for row in silent..rows {
        step(&mut state, inputs.map(|column| &column[row]));
        put(read(&state), row, silent, &mut outputs);
    }
    state
}

/// Rows that are taken at once by [`strips`].
pub(crate) const STRIP: usize = 16;

/// Runs over rows: many at a time by `strip` where that may begin and nobody reads the outputs, else by `update`.
///
/// A strip goes over its rows inside a loop over the lanes: that is one round of vectors, and the numbers that go
/// from row to row stay in registers.
#[inline(always)]
pub(crate) fn strips<S, const I: usize, const O: usize>(
    state: &mut S,
    inputs: [&[Lane]; I],
    mut outputs: [&mut [Lane]; O],
    may_begin: impl Fn(&S) -> bool,
    strip: impl Fn(&mut S, [&[Lane; STRIP]; I]),
    update: impl Fn(&mut S, [&Lane; I]) -> [Lane; O],
) {
    let rows = inputs[0].len();
    let silent = rows - outputs[0].len();
    let mut row = 0;
    while row < rows {
        if row + STRIP <= silent && may_begin(state) {
            strip(state, inputs.map(|column| of_rows(column, row)));
            row += STRIP;
            continue;
        }
        let values = update(state, inputs.map(|column| &column[row]));
        put(values, row, silent, &mut outputs);
        row += 1;
    }
}

#[inline(always)]
fn of_rows(column: &[Lane], row: usize) -> &[Lane; STRIP] {
    column[row..].first_chunk().unwrap_or_else(|| unreachable!("columns of one length"))
}

/// A value of each lane.
#[inline(always)]
pub(crate) fn each(f: impl Fn(usize) -> f64) -> Lane {
    std::array::from_fn(f)
}

/// Writes the outputs after a row, if it is one of the last.
#[inline(always)]
pub(crate) fn put<const O: usize>(values: [Lane; O], row: usize, silent: usize, outputs: &mut [&mut [Lane]]) {
    if row >= silent {
        for (out, value) in outputs.iter_mut().zip(values) {
            out[row - silent] = value;
        }
    }
}

/// The columns of the outputs at the rows that are wanted among `rows`.
fn cut<'o, const O: usize>(outputs: &'o mut [&mut [Lane]], silent: usize, rows: Range<usize>) -> [&'o mut [Lane]; O] {
    let rows = rows.start.max(silent) - silent..rows.end.max(silent) - silent;
    let mut outputs = outputs.iter_mut();
    std::array::from_fn(|_| match outputs.next() {
        Some(out) => &mut out[rows.clone()],
        None => unreachable!("one column an output"),
    })
}

/// Eight running indicators.
trait Erased: Debug + Send + Sync {
    fn extend(&mut self, inputs: &[&[Lane]], complete: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]);
    fn prefetch_start(&self);
    fn prefetch(&self);
    fn reset(&mut self);
    fn boxed_clone(&self) -> Box<dyn Erased>;

    /// From the first row of all on, for the outputs alone: what state it leaves means nothing.
    fn last_of(&mut self, inputs: &[&[Lane]], complete: bool, outputs: &mut [&mut [Lane]]) {
        self.reset();
        self.extend(inputs, complete, &[true; LANES], outputs);
    }
}

/// Eight indicators, in step as long as they can be.
#[derive(Clone, Debug)]
struct Eight<T: Lanes<I, O>, const I: usize, const O: usize> {
    start: Arc<(T, State<T, I, O>)>,
    state: State<T, I, O>,
}

#[derive(Clone, Debug)]
enum State<T: Lanes<I, O>, const I: usize, const O: usize> {
    InStep(T::Abreast),
    Apart(Box<[T; LANES]>),
}

/// Rows that are taken lane by lane before it is looked whether the lanes are in step again.
const APART: usize = 16;

impl<T: Lanes<I, O>, const I: usize, const O: usize> Eight<T, I, O> {
    fn boxed(fresh: T) -> Box<dyn Erased> {
        let lanes = std::array::from_fn(|_| fresh.clone());
        let state = match T::join(&lanes) {
            Some(eight) => State::InStep(eight),
            None => State::Apart(Box::new(lanes)),
        };
        Box::new(Self { start: Arc::new((fresh, state.clone())), state })
    }

    /// The eight in step, if they are.
    fn in_step(&mut self) -> Option<&mut T::Abreast> {
        if let State::Apart(lanes) = &self.state {
            self.state = State::InStep(T::join(lanes)?);
        }
        match &mut self.state {
            State::InStep(eight) => Some(eight),
            State::Apart(_) => None,
        }
    }

    /// Each by itself.
    fn apart(&mut self) -> &mut [T; LANES] {
        if let State::InStep(eight) = &self.state {
            let mut lanes = Box::new(std::array::from_fn(|_| self.start.0.clone()));
            T::part(eight, &mut lanes);
            self.state = State::Apart(lanes);
        }
        match &mut self.state {
            State::Apart(lanes) => lanes,
            State::InStep(_) => unreachable!("they were parted"),
        }
    }

    /// Rows without gaps, in step; gives how many were taken.
    fn together(
        &mut self,
        inputs: [&[Lane]; I],
        outputs: &mut [&mut [Lane]],
        silent: usize,
        rows: Range<usize>,
    ) -> usize {
        let Some(eight) = self.in_step() else { return 0 };
        let taken = eight.stay(inputs.map(|column| &column[rows.clone()]));
        let end = rows.start + taken;
        let warm = end.min(rows.start + eight.warming().max(usize::from(taken == 1)));
        for row in rows.start..warm {
            let values = eight.update(inputs.map(|column| &column[row]));
            put(values, row, silent, outputs);
        }
        if warm < end {
            eight.extend(inputs.map(|column| &column[warm..end]), cut(outputs, silent, warm..end));
        }
        taken
    }

    /// One lane after the other, so that each stays in registers; rows without gaps.
    fn lane_by_lane(&mut self, inputs: [&[Lane]; I], outputs: &mut [&mut [Lane]], silent: usize, rows: Range<usize>) {
        for (place, lane) in self.apart().iter_mut().enumerate() {
            for row in rows.clone() {
                let values = lane.update(inputs.map(|column| column[row][place]));
                if row >= silent {
                    for (out, value) in outputs.iter_mut().zip(values) {
                        out[row - silent][place] = value;
                    }
                }
            }
        }
    }

    /// One row, of which some lanes have no value, or do not take it.
    fn slowly(&mut self, inputs: [&Lane; I], active: &[bool; LANES]) -> [Lane; O] {
        let mut out = [[f64::NAN; LANES]; O];
        for (place, lane) in self.apart().iter_mut().enumerate() {
            let row = inputs.map(|values| values[place]);
            if active[place] && all_finite(&row) {
                for (out, value) in out.iter_mut().zip(lane.update(row)) {
                    out[place] = value;
                }
            }
        }
        out
    }
}

impl<T: Lanes<I, O>, const I: usize, const O: usize> Erased for Eight<T, I, O> {
    fn extend(&mut self, inputs: &[&[Lane]], complete: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]) {
        let inputs: [&[Lane]; I] = std::array::from_fn(|input| inputs[input]);
        let rows = inputs[0].len();
        let silent = rows - outputs[0].len();
        let is_whole = |row: &usize| inputs.iter().all(|column| all_finite(&column[*row]));
        let all_active = *active == [true; LANES];
        let mut row = 0;
        while row < rows {
            let end = match (all_active, complete) {
                (false, _) => row,
                (true, true) => rows,
                (true, false) => (row..rows).find(|row| !is_whole(row)).unwrap_or(rows),
            };
            if end == row {
                let values = self.slowly(inputs.map(|column| &column[row]), active);
                put(values, row, silent, outputs);
                row += 1;
                continue;
            }
            let taken = self.together(inputs, outputs, silent, row..end);
            row += taken;
            if taken == 0 {
                let stretch = row..end.min(row + APART);
                row = stretch.end;
                self.lane_by_lane(inputs, outputs, silent, stretch);
            }
        }
    }

    fn prefetch_start(&self) {
        prefetch_start(self);
    }

    fn prefetch(&self) {
        match &self.state {
            State::InStep(eight) => eight.prefetch(),
            State::Apart(lanes) => prefetch(&**lanes),
        }
    }

    fn reset(&mut self) {
        self.state.clone_from(&self.start.1);
    }

    fn boxed_clone(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }
}

/// Eight instruments in step through one indicator; each has the bits of a [`Stream`] of its own.
///
/// # Example
/// ```
/// use baconalgo_core::indicators::{LANES, LaneStream, spec_of};
/// let mut averages = LaneStream::try_new(spec_of("ema").unwrap(), &[3.0])?;
/// let rows = [1.0, 2.0, 3.0, 5.0].map(|x| [x; LANES]);
/// let mut last = [[0.0; LANES]; 1];
/// averages.extend(&[&rows], true, &[true; LANES], &mut [&mut last]);
/// assert_eq!(last, [[3.5; LANES]]);
/// # Ok::<(), baconalgo_core::error::Error>(())
/// ```
#[derive(Debug)]
pub struct LaneStream {
    state: Box<dyn Erased>,
    inputs: usize,
    outputs: usize,
    in_vectors: bool,
}

impl Clone for LaneStream {
    fn clone(&self) -> Self {
        Self { state: self.state.boxed_clone(), ..*self }
    }
}

impl LaneStream {
    /// One with parameters at `values`; those that are not given have their defaults.
    ///
    /// # Errors
    /// `ConfigError` for a value that a parameter cannot take.
    pub fn try_new(spec: &'static Spec, values: &[f64]) -> Result<Self, Error> {
        let args = spec.args(values)?;
        let own = match (spec.missing)(&args) {
            Missing::Hold => in_vectors(spec.name, &args)?,
            Missing::Restart => None,
        };
        let in_vectors = own.is_some();
        let state = match own {
            Some(state) => state,
            None => Box::new(OneByOne::new(Stream::try_new(spec, values)?)),
        };
        Ok(Self { state, inputs: spec.inputs.len(), outputs: spec.outputs.len(), in_vectors })
    }

    /// Whether the eight run in vectors.
    pub const fn in_vectors(&self) -> bool {
        self.in_vectors
    }

    /// How many outputs it has.
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// Takes rows, writes the outputs after the last of them, as many as `outputs` have. `complete` says
    /// that all values are known to be finite. Lanes that are not `active` do not move, and what is
    /// written for them means nothing.
    ///
    /// # Panics
    /// If there is not one column an input and an output, all of one length, outputs no longer than inputs.
    pub fn extend(&mut self, inputs: &[&[Lane]], complete: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]) {
        self.check(inputs, outputs);
        self.state.extend(inputs, complete, active, outputs);
    }

    /// Asks for what [`Self::prefetch`] reads itself.
    pub(crate) fn prefetch_start(&self) {
        self.state.prefetch_start();
    }

    /// Asks for what the next row will read.
    pub(crate) fn prefetch(&self) {
        self.state.prefetch();
    }

    /// Takes rows from the first one of all on, and writes the outputs after the last of them, as many as
    /// `outputs` have. It may look at the last rows alone: what it goes on with is undefined.
    ///
    /// # Panics
    /// As [`Self::extend`].
    pub fn last_of(&mut self, inputs: &[&[Lane]], complete: bool, outputs: &mut [&mut [Lane]]) {
        self.check(inputs, outputs);
        self.state.last_of(inputs, complete, outputs);
    }

    fn check(&self, inputs: &[&[Lane]], outputs: &[&mut [Lane]]) {
        assert_eq!(inputs.len(), self.inputs, "Invariant: one column an input");
        assert_eq!(outputs.len(), self.outputs, "Invariant: one column an output");
        let (rows, wanted) = (inputs[0].len(), outputs[0].len());
        assert!(inputs.iter().all(|column| column.len() == rows), "Invariant: inputs of one length");
        assert!(
            outputs.iter().all(|column| column.len() == wanted) && wanted <= rows,
            "Invariant: outputs of the rows"
        );
    }

    /// Forgets all rows.
    pub fn reset(&mut self) {
        self.state.reset();
    }
}

/// The indicators that run in vectors.
fn in_vectors(name: &str, args: &Args) -> Result<Option<Box<dyn Erased>>, Error> {
    Ok(Some(match name {
        "ema" => Eight::boxed(averages::Ema::try_new(args.rows(0))?),
        "rsi" => Eight::boxed(momentum::Rsi::try_new(args.rows(0))?),
        "wilder" => Eight::boxed(averages::Wilder::try_new(args.rows(0))?),
        "macd" => Eight::boxed(averages::Macd::try_new(args.rows(0), args.rows(1), args.rows(2))?),
        "atr" => Eight::boxed(volatility::Atr::try_new(args.rows(0))?),
        "obv" => Eight::boxed(volume::Obv::new()),
        "vwap" => Eight::boxed(volume::Vwap::new()),
        "cvd" => Eight::boxed(volume::Cvd::default()),
        "keltner" => {
            Eight::boxed(volatility::Keltner::try_new(args.rows(0), args.rows(1), args.number(2), args.choice(3))?)
        }
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::specs;
    use crate::rng::Rng;

    /// Rows of eight instruments; some values are missing at a share of the rows.
    fn columns(inputs: usize, rows: usize, missing: f64) -> Vec<Vec<Lane>> {
        let mut rng = Rng::new(5, inputs as u64);
        let mut price = [50.0; LANES];
        let mut columns = vec![Vec::new(); inputs];
        for _ in 0..rows {
            price = price.map(|price| (price * (0.98 + 0.04 * rng.next_f64()) * 100.0f64).round() / 100.0);
            for (place, column) in columns.iter_mut().enumerate() {
                let shift = [0.4, -0.4, 0.1, 100.0, 3.0][place % 5];
                column.push(price.map(|price| if rng.next_f64() < missing { f64::NAN } else { price + shift }));
            }
        }
        columns
    }

    #[test]
    fn every_indicator_has_the_bits_of_a_stream_in_every_lane() {
        let names = ["ema", "rsi", "wilder", "macd", "atr", "keltner", "obv", "vwap", "cvd"];
        for spec in specs() {
            for missing in [0.0, 0.01] {
                let mut columns = columns(spec.inputs.len(), 300, missing);
                if let Some(session) = spec.inputs.iter().position(|input| input.name == "session") {
                    for (row, values) in columns[session].iter_mut().enumerate() {
                        // Sessions change everywhere at once, or here and there.
                        let apart = if missing > 0.0 { 5 } else { 0 };
                        *values = each(|lane| ((row + apart * lane) / 70) as f64);
                    }
                }
                let mut eight = LaneStream::try_new(spec, &[]).unwrap();
                assert!(eight.in_vectors() || !names.contains(&spec.name), "{}", spec.name);
                let mut streams = vec![Stream::try_new(spec, &[]).unwrap(); LANES];
                let (mut at, mut rng) = (0, Rng::new(3, 3));
                while at < 300 {
                    let end = (at + 1 + (rng.next_f64() * 90.0) as usize).min(300);
                    let wanted_rows = 1 + (rng.next_f64() * (end - at) as f64) as usize;
                    let wanted_rows = wanted_rows.min(end - at);
                    let active: [bool; LANES] = if rng.next_f64() < 0.5 {
                        [true; LANES]
                    } else {
                        std::array::from_fn(|lane| lane % 3 != at % 3)
                    };
                    // A session is a number that changes now and then.
                    let inputs: Vec<&[Lane]> = columns.iter().map(|column| &column[at..end]).collect();
                    let mut outs = vec![vec![[0.0; LANES]; wanted_rows]; spec.outputs.len()];
                    let mut slices: Vec<&mut [Lane]> = outs.iter_mut().map(Vec::as_mut_slice).collect();
                    eight.extend(&inputs, missing == 0.0, &active, &mut slices);
                    for lane in (0..LANES).filter(|lane| active[*lane]) {
                        for row in at..end {
                            let values: Vec<f64> = columns.iter().map(|column| column[row][lane]).collect();
                            let wanted: Vec<u64> = streams[lane].update(&values).iter().map(|x| x.to_bits()).collect();
                            if row >= end - wanted_rows {
                                let row = row - (end - wanted_rows);
                                let got: Vec<u64> = outs.iter().map(|out| out[row][lane].to_bits()).collect();
                                let is_nan =
                                    |bits: &[u64]| bits.iter().map(|x| f64::from_bits(*x).is_nan()).collect::<Vec<_>>();
                                assert_eq!(is_nan(&got), is_nan(&wanted), "{} {row}", spec.name);
                                for (got, wanted) in
                                    got.iter().zip(&wanted).filter(|(got, _)| !f64::from_bits(**got).is_nan())
                                {
                                    assert_eq!(got, wanted, "{} {row} {lane}", spec.name);
                                }
                            }
                        }
                    }
                    at = end;
                }
            }
        }
    }
}
