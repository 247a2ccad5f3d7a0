//! A running indicator of any kind, with its rule for missing rows.

use std::fmt::Debug;

use super::spec::{Args, Missing, Spec};
use super::{Indicator, Lane, all_finite};
use crate::error::Error;

/// An [`Indicator`] whose numbers of inputs and outputs are known only when it runs.
pub trait Erased: Debug + Send + Sync {
    /// [`Indicator::update`]; `out` has a place for each output.
    fn update(&mut self, row: &[f64], out: &mut [f64]);
    /// [`Indicator::extend`].
    fn extend(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);
    /// [`Indicator::advance`].
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> usize;
    /// [`Indicator::ROWS`].
    fn rows(&self) -> usize;
    /// [`Indicator::is_settled`].
    fn is_settled(&self) -> bool;
    /// [`Indicator::at_end`]; `false` if that does not tell.
    fn at_end(&self, columns: &[&[Lane]], out: &mut [Lane]) -> bool;
    /// A copy, with its state.
    fn boxed_clone(&self) -> Box<dyn Erased>;
}

/// Rows behind a missing one that are looked through for others.
const NEAR: usize = 256;

fn columns<'a, const O: usize>(outputs: &'a mut [&mut [f64]]) -> [&'a mut [f64]; O] {
    let mut outputs = outputs.iter_mut();
    std::array::from_fn(|_| {
        outputs.next().map(|out| &mut **out).unwrap_or_else(|| unreachable!("one column an output"))
    })
}

#[derive(Clone, Debug)]
struct Erase<T, const I: usize, const O: usize>(T);

pub(super) fn erase<T: Indicator<I, O>, const I: usize, const O: usize>(indicator: T) -> Box<dyn Erased> {
    Box::new(Erase(indicator))
}

impl<T: Indicator<I, O>, const I: usize, const O: usize> Erased for Erase<T, I, O> {
    fn update(&mut self, row: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.0.update(std::array::from_fn(|input| row[input])));
    }

    fn extend(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        self.0.extend(std::array::from_fn(|input| inputs[input]), columns(outputs));
    }

    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> usize {
        self.0.advance(std::array::from_fn(|input| inputs[input]), columns(outputs))
    }

    fn rows(&self) -> usize {
        T::ROWS
    }

    fn is_settled(&self) -> bool {
        self.0.is_settled()
    }

    fn at_end(&self, columns: &[&[Lane]], out: &mut [Lane]) -> bool {
        let found = self.0.at_end(std::array::from_fn(|input| columns[input]));
        if let Some(values) = found {
            out.copy_from_slice(&values);
        }
        found.is_some()
    }

    fn boxed_clone(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }
}

/// An indicator that runs over rows as they come, one or many at a time.
///
/// # Example
/// ```
/// use baconalgo_core::indicators::{Stream, spec_of};
/// let mut average = Stream::try_new(spec_of("ema").unwrap(), &[3.0])?;
/// assert_eq!([1.0, 2.0, 3.0, 5.0].map(|x| average.update(&[x])[0]).map(|x| (!x.is_nan()).then_some(x)), [
///     None, None, Some(2.0), Some(3.5)
/// ]);
/// # Ok::<(), baconalgo_core::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    spec: &'static Spec,
    args: Args,
    missing: Missing,
    warm_up: usize,
    fresh: Box<dyn Erased>,
    state: Box<dyn Erased>,
    /// Complete rows since the start, or since the last missing row if that restarts it.
    seen: usize,
    last: Vec<f64>,
}

impl Clone for Stream {
    fn clone(&self) -> Self {
        Self {
            args: self.args.clone(),
            fresh: self.fresh.boxed_clone(),
            state: self.state.boxed_clone(),
            last: self.last.clone(),
            ..*self
        }
    }
}

impl Stream {
    /// One with parameters at `values`; those that are not given have their defaults.
    ///
    /// # Errors
    /// `ConfigError` for a value that a parameter cannot take.
    pub fn try_new(spec: &'static Spec, values: &[f64]) -> Result<Self, Error> {
        let args = spec.args(values)?;
        let fresh = (spec.make)(&args)?;
        Ok(Self {
            spec,
            missing: (spec.missing)(&args),
            warm_up: (spec.warm_up)(&args),
            state: fresh.boxed_clone(),
            fresh,
            seen: 0,
            last: vec![f64::NAN; spec.outputs.len()],
            args,
        })
    }

    /// What it is.
    pub const fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Its parameters.
    pub const fn args(&self) -> &Args {
        &self.args
    }

    /// Whether every output has a value after the last row.
    pub const fn is_ready(&self) -> bool {
        self.seen > self.warm_up
    }

    /// Whether the outputs after the last row would be the same whatever rows had come before the first.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_ready() && self.state.is_settled()
    }

    /// The outputs of eight instruments after the last of all rows, none of them missing, if a look back from
    /// the end tells them; what it has taken itself does not matter.
    pub(crate) fn at_end(&self, columns: &[&[Lane]], out: &mut [Lane]) -> bool {
        self.fresh.at_end(columns, out)
    }

    /// Complete rows since the start, or since the last missing row if that restarts it.
    pub(crate) const fn seen(&self) -> usize {
        self.seen
    }

    /// Clears the rows of `ready` at which not every output has a value, given how many complete rows
    /// were seen before them.
    pub(crate) fn strike(&self, mut seen: usize, inputs: &[&[f64]], ready: &mut [u8]) {
        for (row, ready) in ready.iter_mut().enumerate() {
            if inputs.iter().all(|column| column[row].is_finite()) {
                seen = seen.saturating_add(1);
                *ready &= u8::from(seen > self.warm_up);
            } else {
                seen = if self.missing == Missing::Restart { 0 } else { seen };
                *ready = 0;
            }
        }
    }

    /// The outputs after the last row, NaN where there is no value.
    pub fn value(&self) -> &[f64] {
        &self.last
    }

    /// Forgets all rows.
    pub fn reset(&mut self) {
        self.state = self.fresh.boxed_clone();
        self.seen = 0;
        self.last.fill(f64::NAN);
    }

    /// Takes a row, gives the outputs after it, NaN where there is no value.
    ///
    /// # Panics
    /// If the row has another number of values than the indicator has inputs.
    pub fn update(&mut self, row: &[f64]) -> &[f64] {
        assert_eq!(row.len(), self.spec.inputs.len(), "Invariant: one value an input");
        if all_finite(row) {
            self.seen = self.seen.saturating_add(1);
            self.state.update(row, &mut self.last);
        } else {
            self.miss();
            self.last.fill(f64::NAN);
        }
        &self.last
    }

    fn miss(&mut self) {
        if self.missing == Missing::Restart && self.seen > 0 {
            self.state = self.fresh.boxed_clone();
            self.seen = 0;
        }
    }

    /// Takes many rows, writes the outputs after each; NaN where there is no value. Says whether there
    /// is a value everywhere.
    ///
    /// # Panics
    /// If there is not one column an input and an output, all of one length.
    pub fn extend(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> bool {
        assert_eq!(inputs.len(), self.spec.inputs.len(), "Invariant: one column an input");
        assert_eq!(outputs.len(), self.spec.outputs.len(), "Invariant: one column an output");
        let rows = inputs[0].len();
        assert!(inputs.iter().all(|column| column.len() == rows), "Invariant: inputs of one length");
        assert!(outputs.iter().all(|column| column.len() == rows), "Invariant: outputs of that length");
        let mut complete = true;
        let most = self.state.rows();
        let mut start = 0;
        while start < rows {
            let end = rows.min(start.saturating_add(most));
            complete &= self.seen >= self.warm_up;
            start += self.run(inputs, outputs, start, end, |state, inputs, outs| state.advance(inputs, outs));
            if start < end {
                complete = false;
                let end = end.min(start + NEAR);
                self.run_with_gaps(inputs, outputs, start, end);
                start = end;
            }
        }
        if rows > 0 {
            for (last, column) in self.last.iter_mut().zip(outputs) {
                *last = column[rows - 1];
            }
        }
        complete
    }

    /// Has the indicator take rows; says how many it took.
    fn run(
        &mut self,
        inputs: &[&[f64]],
        outputs: &mut [&mut [f64]],
        start: usize,
        end: usize,
        take: impl Fn(&mut dyn Erased, &[&[f64]], &mut [&mut [f64]]) -> usize,
    ) -> usize {
        const MOST: usize = 8;
        // Small arrays on the stack: no allocation a chunk.
        let mut columns: [&[f64]; MOST] = [&[]; MOST];
        for (column, input) in columns.iter_mut().zip(inputs) {
            *column = &input[start..end];
        }
        let mut outs: [&mut [f64]; MOST] = Default::default();
        let count = outputs.len();
        for (out, output) in outs.iter_mut().zip(outputs.iter_mut()) {
            *out = &mut output[start..end];
        }
        let taken = take(&mut *self.state, &columns[..inputs.len()], &mut outs[..count]);
        self.seen = self.seen.saturating_add(taken);
        taken
    }

    #[cold]
    fn run_with_gaps(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]], start: usize, end: usize) {
        let is_complete = |row: usize| inputs.iter().all(|column| column[row].is_finite());
        let mut row = start;
        while row < end {
            let stop = (row..end).find(|row| !is_complete(*row)).unwrap_or(end);
            if stop > row {
                self.run(inputs, outputs, row, stop, |state, inputs, outs| {
                    state.extend(inputs, outs);
                    stop - row
                });
            }
            if stop < end {
                for output in outputs.iter_mut() {
                    output[stop] = f64::NAN;
                }
                self.miss();
            }
            row = stop + 1;
        }
    }
}
