//! Columns in groups of rows: looked at for missing values where they are worked on.
//!
//! # Rationale
//! To look through many rows first and work on them then is to wait for memory first and work then. Of a group
//! of rows the core looks at the next ones while it works on these.

use super::{Indicator, LANES, all_finite};

/// Rows of a group.
pub(crate) const GROUP: usize = 32;

/// The rows of a group in a column.
pub(crate) type Group = [f64; GROUP];

/// [`Indicator::ROWS`] of those that go by groups: as many as there are.
pub(crate) const ANY_NUMBER: usize = usize::MAX;

/// The groups of a column from a row on.
#[inline(always)]
pub(crate) fn groups(column: &[f64], row: usize) -> &[Group] {
    column[row..].as_chunks().0
}

/// The groups of a column from a row on, to be written.
#[inline(always)]
pub(crate) fn groups_mut(column: &mut [f64], row: usize) -> &mut [Group] {
    column[row..].as_chunks_mut().0
}

/// Whether every value of a group is finite.
#[inline(always)]
pub(crate) fn are_finite<const I: usize>(columns: [&Group; I]) -> bool {
    // Nothing times a finite number is nothing; times any other it is NaN, and stays.
    let mut nothing = [0.0; LANES];
    for column in columns {
        for values in column.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                nothing[lane] = values[lane].mul_add(0.0, nothing[lane]);
            }
        }
    }
    nothing.iter().fold(true, |all, lane| all & (*lane == 0.0))
}

/// [`Indicator::advance`] by groups: row by row until `is_steady`, one row at least; then by `steady`, which
/// takes groups from a row on to the first with a missing value and gives the row after them; then the rows that
/// make no group.
#[inline(always)]
pub(crate) fn advance<T: Indicator<I, O>, const I: usize, const O: usize>(
    indicator: &mut T,
    inputs: [&[f64]; I],
    mut outputs: [&mut [f64]; O],
    is_steady: impl Fn(&T) -> bool,
    steady: impl FnOnce(&mut T, [&[f64]; I], &mut [&mut [f64]; O], usize) -> usize,
) -> usize {
    let rows = inputs[0].len();
    let inputs = inputs.map(|column| &column[..rows]);
    let one = |indicator: &mut T, outputs: &mut [&mut [f64]; O], row: usize| {
        let values = inputs.map(|column| column[row]);
        let is_whole = all_finite(&values);
        if is_whole {
            for (out, value) in outputs.iter_mut().zip(indicator.update(values)) {
                out[row] = value;
            }
        }
        is_whole
    };
    let mut row = 0;
    while row < rows && (row == 0 || !is_steady(indicator)) {
        if !one(indicator, &mut outputs, row) {
            return row;
        }
        row += 1;
    }
    if row < rows {
        row = steady(indicator, inputs, &mut outputs, row);
    }
    if rows - row < GROUP {
        while row < rows && one(indicator, &mut outputs, row) {
            row += 1;
        }
    }
    row
}

/// What is finished a group late.
///
/// Sums and averages are written one after the other and read in vectors, which has to wait until they have
/// arrived in the cache: by the time that the next group is done they have.
#[derive(Debug)]
pub(crate) struct Late<'a, const N: usize> {
    parts: [[Group; N]; 2],
    /// Which parts are those of `out`.
    turn: usize,
    out: Option<&'a mut Group>,
}

impl<'a, const N: usize> Late<'a, N> {
    /// Nothing to finish.
    pub(crate) const fn new() -> Self {
        Self { parts: [[[0.0; GROUP]; N]; 2], turn: 0, out: None }
    }

    /// Makes the parts of a group, for `out`, and finishes the group before.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        out: &'a mut Group,
        make: impl FnOnce(&mut [Group; N]),
        finish: impl Fn([f64; N]) -> f64,
    ) {
        let next = 1 - self.turn;
        make(&mut self.parts[next]);
        self.finish(finish);
        (self.turn, self.out) = (next, Some(out));
    }

    /// Finishes the last group.
    #[inline(always)]
    pub(crate) fn finish(&mut self, finish: impl Fn([f64; N]) -> f64) {
        if let Some(out) = self.out.take() {
            let parts = &self.parts[self.turn];
            *out = std::array::from_fn(|row| finish(std::array::from_fn(|part| parts[part][row])));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::indicators::spec::ParamKind;
    use crate::indicators::{Spec, Stream, specs};
    use crate::rng::Rng;
    use proptest::prelude::*;

    const ROWS: usize = 1000;

    /// Columns of an indicator: some rows without volume, some ties, `gaps` missing values.
    fn columns(spec: &Spec, seed: u64, gaps: usize) -> Vec<Vec<f64>> {
        let mut rng = Rng::new(seed, 0);
        let mut below = |bound: usize| rng.below(bound as u64) as usize;
        let mut columns: Vec<Vec<f64>> = spec
            .inputs
            .iter()
            .map(|input| {
                let mut session = 0.0;
                let mut value = |low: f64| match input.name {
                    "session" => {
                        session += f64::from(u8::from(below(300) == 0));
                        session
                    }
                    "volume" => below(4) as f64,
                    _ => low + below(500) as f64 * 0.01,
                };
                let low = if input.name == "high" { 105.0 } else { 100.0 };
                (0..ROWS).map(|_| value(low)).collect()
            })
            .collect();
        for _ in 0..gaps {
            let (column, row) = (below(columns.len()), below(ROWS));
            columns[column][row] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][below(3)];
        }
        columns
    }

    fn check(spec: &'static Spec, args: &[f64], seed: u64, gaps: usize, cuts: &[usize]) -> Result<(), TestCaseError> {
        let columns = columns(spec, seed, gaps);
        let (mut stream, mut batch) = (Stream::try_new(spec, args).unwrap(), Stream::try_new(spec, args).unwrap());
        let mut outputs = vec![vec![0.0; ROWS]; spec.outputs.len()];
        let (mut at, mut cuts) = (0, cuts.iter().cycle());
        while at < ROWS {
            let end = ROWS.min(at + cuts.next().unwrap());
            let inputs: Vec<&[f64]> = columns.iter().map(|column| &column[at..end]).collect();
            let mut outs: Vec<&mut [f64]> = outputs.iter_mut().map(|out| &mut out[at..end]).collect();
            batch.extend(&inputs, &mut outs);
            at = end;
        }
        for row in 0..ROWS {
            let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            for (value, out) in stream.update(&values).iter().zip(&outputs) {
                let (value, out) = (*value, out[row]);
                let is_same = value.to_bits() == out.to_bits() || (value.is_nan() && out.is_nan());
                prop_assert!(is_same, "{} {args:?} row {row}: {value} {out}", spec.name);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3))]

        #[test]
        fn columns_are_their_rows_however_they_are_cut_and_whatever_is_missing(
            seed: u64, gaps in 0usize..12, cuts in prop::collection::vec(1usize..700, 1..6), period in 1usize..34,
        ) {
            for spec in specs() {
                check(spec, &[], seed, gaps, &cuts)?;
                if matches!(spec.params.first().map(|param| param.kind), Some(ParamKind::Rows(least)) if least <= period) {
                    check(spec, &[period as f64], seed, gaps, &cuts)?;
                }
            }
        }
    }

    #[test]
    fn ranges_of_every_length_are_their_rows() {
        for name in ["williams_r", "stochastic"] {
            let spec = crate::indicators::spec_of(name).unwrap();
            for period in 1..=20u32 {
                for (gaps, cut) in [(0, ROWS), (1, ROWS), (3, 700), (0, 60)] {
                    check(spec, &[f64::from(period)], u64::from(period), gaps, &[cut]).unwrap();
                }
            }
        }
    }
}
