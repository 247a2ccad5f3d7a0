//! Eight instruments one after the other.

use super::{Erased, LANES, Lane, MOST};
use crate::indicators::stream::Stream;

/// Lane by lane, for indicators that have no loop of their own.
#[derive(Clone, Debug)]
pub(super) struct OneByOne {
    fresh: Stream,
    /// One a lane, once they are needed: a look back from the end needs none.
    lanes: Vec<Stream>,
    inputs: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
}

impl OneByOne {
    pub(super) fn new(fresh: Stream) -> Self {
        let spec = fresh.spec();
        let (inputs, outputs) = (vec![Vec::new(); spec.inputs.len()], vec![Vec::new(); spec.outputs.len()]);
        Self { fresh, lanes: Vec::new(), inputs, outputs }
    }

    /// Makes the lanes, if that has not been done.
    fn make(&mut self) {
        if self.lanes.is_empty() {
            self.lanes = vec![self.fresh.clone(); LANES];
        }
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

impl Erased for OneByOne {
    fn extend(&mut self, inputs: &[&[Lane]], _: bool, active: &[bool; LANES], outputs: &mut [&mut [Lane]]) {
        let rows = inputs[0].len();
        self.make();
        for place in (0..LANES).filter(|place| active[*place]) {
            self.run(place, inputs, rows);
            self.put(place, outputs);
        }
    }

    /// Of one row, a look back from the end may be enough, or some of the last rows until they settle it.
    fn last_of(&mut self, inputs: &[&[Lane]], complete: bool, outputs: &mut [&mut [Lane]]) {
        const FEW: usize = 64;
        let all = inputs[0].len();
        let mut last = [[0.0; LANES]; MOST];
        let last = &mut last[..outputs.len()];
        if complete && outputs[0].len() == 1 && self.fresh.at_end(inputs, last) {
            for (out, row) in outputs.iter_mut().zip(last) {
                out[0] = *row;
            }
            return;
        }
        self.make();
        for place in 0..LANES {
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

    fn prefetch_start(&self) {}

    fn prefetch(&self) {}

    fn reset(&mut self) {
        for lane in &mut self.lanes {
            lane.reset();
        }
    }

    fn boxed_clone(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }
}
