//! Eight instruments at once: recursive indicators side by side, in vectors.
//!
//! A chain - each value waits for the one before - leaves most of a core idle. Eight instruments in step
//! are eight chains: a row of eight values, one an instrument, is one vector. [`LaneStream`] runs any
//! indicator on such rows with the bits of [`Stream`].
//!
//! # Rationale
//! There is one formula: a lane is the indicator itself, warmed up by its own `update`; only once all
//! eight are past their warm-up and all values are there, [`Lanes::steady`] takes their numbers out,
//! applies the same step function to each, in a loop that the compiler turns into vectors, and puts them
//! back. An indicator without such a loop runs lane by lane.

use std::fmt::Debug;

use super::spec::{Args, Missing, Spec};
use super::stream::Stream;
use super::{Indicator, all_finite, averages, momentum, volatility, volume};
use crate::error::Error;

/// How many instruments run side by side: a cache line of floats.
pub const LANES: usize = 8;

/// Inputs, or outputs, of an indicator at most.
const MOST: usize = 8;

/// One value of each instrument.
pub type Lane = [f64; LANES];

/// An indicator of the kind that holds its state over a missing row, and runs eight at a time.
pub(crate) trait Lanes<const I: usize, const O: usize>: Indicator<I, O> {
    /// Whether it is past its warm-up.
    fn is_steady(&self) -> bool;

    /// Whether eight that are past their warm-up can go on side by side.
    fn are_in_step(_: &[Self; LANES]) -> bool {
        true
    }

    /// How many of the first rows they can take side by side.
    fn steady_rows(_: &[Self; LANES], inputs: [&[Lane]; I]) -> usize {
        inputs[0].len()
    }

    /// [`Indicator::extend`] of eight that are past their warm-up. Outputs are wanted of the last rows
    /// only, as many as `outputs` have.
    fn steady(lanes: &mut [Self; LANES], inputs: [&[Lane]; I], outputs: [&mut [Lane]; O]);
}

fn are_ready<T: Lanes<I, O>, const I: usize, const O: usize>(lanes: &[T; LANES]) -> bool {
    lanes.iter().all(T::is_steady) && T::are_in_step(lanes)
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
        for (out, value) in outputs.iter_mut().zip(read(&state)) {
            out[row - silent] = value;
        }
    }
    state
}

/// A value of each lane.
#[inline(always)]
pub(crate) fn each(f: impl Fn(usize) -> f64) -> Lane {
    std::array::from_fn(f)
}

/// Eight running indicators.
trait Erased: Debug + Send + Sync {
    fn extend(&mut self, inputs: &[&[Lane]], complete: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]);
    fn reset(&mut self);
    fn boxed_clone(&self) -> Box<dyn Erased>;

    /// From the first row of all on, for the outputs alone: what state it leaves means nothing.
    fn last_of(&mut self, inputs: &[&[Lane]], complete: bool, outputs: &mut [&mut [Lane]]) {
        self.reset();
        self.extend(inputs, complete, &[true; LANES], outputs);
    }
}

#[derive(Clone, Debug)]
struct Eight<T, const I: usize, const O: usize> {
    fresh: T,
    lanes: [T; LANES],
}

impl<T: Lanes<I, O>, const I: usize, const O: usize> Eight<T, I, O> {
    fn boxed(fresh: T) -> Box<dyn Erased> {
        Box::new(Self { lanes: std::array::from_fn(|_| fresh.clone()), fresh })
    }

    /// Complete rows from `row` on until the first lane is past its warm-up, one row at least; gives the
    /// row after them. One lane after the other, so that each stays in registers.
    fn lane_by_lane(&mut self, inputs: [&[Lane]; I], row: usize, silent: usize, outputs: &mut [&mut [Lane]]) -> usize {
        let mut end = row + 1;
        for (place, lane) in self.lanes.iter_mut().enumerate() {
            let mut at = row;
            while at < end {
                let values = lane.update(inputs.map(|column| column[at][place]));
                if at >= silent {
                    for (out, value) in outputs.iter_mut().zip(values) {
                        out[at - silent][place] = value;
                    }
                }
                at += 1;
                if place == 0 && at == end && end < inputs[0].len() && !lane.is_steady() {
                    end += 1;
                }
            }
        }
        end
    }

    /// One row, lane by lane: while warming up, and where a value is missing.
    fn slowly(&mut self, inputs: [&Lane; I], active: &[bool; LANES]) -> [Lane; O] {
        let mut out = [[f64::NAN; LANES]; O];
        for (place, lane) in self.lanes.iter_mut().enumerate() {
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
        let all_active = active.iter().all(|is| *is);
        let (mut row, mut is_steady) = (0, are_ready(&self.lanes));
        while row < rows {
            let here = |row: usize| inputs.each_ref().map(|column| &column[row]);
            let is_whole = |row: usize| complete || here(row).iter().all(|values| all_finite(*values));
            let goes_on = |row: usize| T::steady_rows(&self.lanes, inputs.map(|column| &column[row..=row])) > 0;
            if is_steady && all_active && is_whole(row) && goes_on(row) {
                let end = if complete { rows } else { (row..rows).find(|row| !is_whole(*row)).unwrap_or(rows) };
                let end = row + T::steady_rows(&self.lanes, inputs.map(|column| &column[row..end]));
                let mut outs =
                    outputs.iter_mut().map(|out| &mut out[row.max(silent) - silent..end.max(silent) - silent]);
                let outs = std::array::from_fn(|_| outs.next().unwrap_or_else(|| unreachable!("one column an output")));
                T::steady(&mut self.lanes, inputs.map(|column| &column[row..end]), outs);
                row = end;
                continue;
            }
            if complete && all_active {
                row = self.lane_by_lane(inputs, row, silent, outputs);
                is_steady = are_ready(&self.lanes);
                continue;
            }
            let values = self.slowly(here(row), active);
            if row >= silent {
                for (out, value) in outputs.iter_mut().zip(values) {
                    out[row - silent] = value;
                }
            }
            is_steady = are_ready(&self.lanes);
            row += 1;
        }
    }

    fn reset(&mut self) {
        for lane in &mut self.lanes {
            lane.clone_from(&self.fresh);
        }
    }

    fn boxed_clone(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }
}

/// Lane by lane, for indicators that have no loop of their own.
#[derive(Clone, Debug)]
struct Apart {
    lanes: Vec<Stream>,
    inputs: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
}

impl Apart {
    fn new(fresh: Stream) -> Self {
        let spec = fresh.spec();
        let (inputs, outputs) = (vec![Vec::new(); spec.inputs.len()], vec![Vec::new(); spec.outputs.len()]);
        Self { lanes: vec![fresh; LANES], inputs, outputs }
    }

    /// The last rows of a lane from a state that knows nothing.
    fn run(&mut self, place: usize, inputs: &[&[Lane]], rows: usize) {
        for (column, input) in self.inputs.iter_mut().zip(inputs) {
            column.clear();
            column.extend(input[input.len() - rows..].iter().map(|values| values[place]));
        }
        for column in &mut self.outputs {
            column.resize(rows, 0.0);
        }
        let mut columns: [&[f64]; MOST] = [&[]; MOST];
        for (column, input) in columns.iter_mut().zip(&self.inputs) {
            *column = input;
        }
        let mut outs: [&mut [f64]; MOST] = Default::default();
        let count = self.outputs.len();
        for (out, column) in outs.iter_mut().zip(&mut self.outputs) {
            *out = column;
        }
        self.lanes[place].extend(&columns[..inputs.len()], &mut outs[..count]);
    }

    /// The last outputs of a lane, as many as are wanted.
    fn put(&self, place: usize, outputs: &mut [&mut [Lane]]) {
        for (out, column) in outputs.iter_mut().zip(&self.outputs) {
            for (out, value) in out.iter_mut().rev().zip(column.iter().rev()) {
                out[place] = *value;
            }
        }
    }
}

impl Erased for Apart {
    fn extend(&mut self, inputs: &[&[Lane]], _: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]) {
        let rows = inputs[0].len();
        for place in (0..LANES).filter(|place| active[*place]) {
            self.run(place, inputs, rows);
            self.put(place, outputs);
        }
    }

    /// Of one row, a look back from the end may be enough, or some of the last rows until they settle it.
    fn last_of(&mut self, inputs: &[&[Lane]], complete: bool, outputs: &mut [&mut [Lane]]) {
        const FEW: usize = 64;
        let all = inputs[0].len();
        for place in 0..LANES {
            let mut last = [0.0; MOST];
            let last = &mut last[..outputs.len()];
            if complete && outputs[0].len() == 1 && self.lanes[place].at_end(inputs, place, last) {
                for (out, value) in outputs.iter_mut().zip(last) {
                    out[0][place] = *value;
                }
                continue;
            }
            let mut rows = if outputs[0].len() == 1 { FEW } else { all };
            loop {
                // Half of them are no less work than all, if they turn out to be too few.
                let is_all = 2 * rows >= all;
                self.lanes[place].reset();
                self.run(place, inputs, if is_all { all } else { rows });
                if is_all || self.lanes[place].is_settled() {
                    break;
                }
                rows *= 4;
            }
            self.put(place, outputs);
        }
    }

    fn reset(&mut self) {
        for lane in &mut self.lanes {
            lane.reset();
        }
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
            None => Box::new(Apart::new(Stream::try_new(spec, values)?)),
        };
        Ok(Self { state, inputs: spec.inputs.len(), outputs: spec.outputs.len(), in_vectors })
    }

    /// Whether the eight run in vectors.
    pub const fn in_vectors(&self) -> bool {
        self.in_vectors
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
                        *values = [(row / 70) as f64; LANES];
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
