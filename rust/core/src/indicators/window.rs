//! Windows over the last rows, built from halves.
//!
//! What a window of `2h` rows says - mean, moments, extremes - is merged from its newer and its older
//! half; a window of any other length is merged from blocks of such lengths, the largest ones newest.
//! Each level of halves is a column, computed from the level below by one loop that runs in vectors.
//!
//! # Rationale
//! A sliding sum adds what enters and takes away what leaves: rounding piles up, each value waits for
//! the one before, and the bits depend on where it started. Here a value is a function of the rows in
//! its window and of nothing else, after `log2(period)` merges; means of equal values are equal to the
//! last bit, because a merge moves one mean towards the other by a part of their difference.

mod delay;
mod eight;
mod extremes;
mod history;
mod moments;
mod summaries;

pub(super) use delay::Delay;
pub(super) use eight::{highest, lowest, range};
pub(super) use extremes::{Extremes, middle};
pub(crate) use history::History;
pub(crate) use moments::Moments;
pub(super) use moments::{CoMoments, Covariance, Shifted, ThirdMoments};
pub(super) use summaries::{Range, Sum, Tilt, WhenHighest, WhenLowest};

/// What is known of a block of rows, as `C` numbers, and how two blocks become one.
pub(crate) trait Summary<const I: usize, const C: usize> {
    /// Whether blocks that overlap merge to the right thing, as extremes do.
    const OVERLAPS: bool = false;

    /// What a merge of blocks of two lengths needs to know about them.
    type Weights: Copy + std::fmt::Debug + Send + Sync;

    /// Of one row; its first numbers are the row itself.
    fn of(row: [f64; I]) -> [f64; C];

    /// For blocks of so many rows.
    fn weights(newer: f64, older: f64) -> Self::Weights;

    /// Of two blocks, one right after the other.
    fn merge(newer: [f64; C], older: [f64; C], weights: Self::Weights) -> [f64; C];
}

/// The newest values of some columns, in step.
#[derive(Clone, Debug)]
struct Columns<const C: usize> {
    /// Of one length, the first `len` of which are in use.
    values: [Vec<f64>; C],
    len: usize,
    /// How many rows back are asked for.
    keep: usize,
}

impl<const C: usize> Columns<C> {
    fn new(keep: usize) -> Self {
        Self { values: std::array::from_fn(|_| Vec::new()), len: 0, keep }
    }

    /// Takes so many rows more, and gives the place to write them to.
    #[inline]
    fn grow(&mut self, rows: usize) -> [&mut [f64]; C] {
        if self.len + rows > self.values[0].len() {
            self.make_room(rows);
        }
        let (start, end) = (self.len, self.len + rows);
        self.len = end;
        self.values.each_mut().map(|column| &mut column[start..end])
    }

    /// Forgets what nobody asks for any more; grows only if that is not enough.
    fn make_room(&mut self, rows: usize) {
        let kept = self.len.min(self.keep);
        let room = (kept + rows).max(2 * kept).max(8);
        for column in &mut self.values {
            column.copy_within(self.len - kept..self.len, 0);
            if room > column.len() {
                column.resize(room, 0.0);
            }
        }
        self.len = kept;
    }

    /// So many rows, the newest of them `ago` rows back.
    #[inline]
    fn rows(&self, rows: usize, ago: usize) -> [&[f64]; C] {
        let end = self.len - ago;
        self.values.each_ref().map(|column| &column[end - rows..end])
    }
}

/// A block that a window is put together from: a level, and how many rows back its newest row is.
#[derive(Clone, Copy, Debug)]
struct Piece<W> {
    level: usize,
    ago: usize,
    /// With all pieces before it.
    weights: W,
}

/// A level that is made from another one.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: usize,
    to: usize,
}

/// Summaries of the last `period` rows.
#[derive(Debug)]
pub(crate) struct Window<S: Summary<I, C>, const I: usize, const C: usize> {
    period: usize,
    /// Rows so far, up to `period`.
    seen: usize,
    /// Level `k` has the blocks of `2^k` rows; one that nobody asks for is empty.
    levels: Vec<Columns<C>>,
    /// How the levels are made, smallest blocks first.
    steps: Vec<Step>,
    /// For each level the weights of two blocks of it.
    halves: Vec<S::Weights>,
    pieces: Vec<Piece<S::Weights>>,
    /// Windows of a stretch of rows that are not merged to the end.
    sums: [Vec<f64>; C],
}

impl<S: Summary<I, C>, const I: usize, const C: usize> Clone for Window<S, I, C> {
    fn clone(&self) -> Self {
        Self {
            levels: self.levels.clone(),
            steps: self.steps.clone(),
            halves: self.halves.clone(),
            pieces: self.pieces.clone(),
            period: self.period,
            seen: self.seen,
            sums: std::array::from_fn(|_| Vec::new()),
        }
    }
}

impl<S: Summary<I, C>, const I: usize, const C: usize> Window<S, I, C> {
    /// Over `period` rows, at least one.
    pub(crate) fn new(period: usize) -> Self {
        debug_assert!(period > 0, "Invariant: a window has a row");
        let top = period.ilog2() as usize;
        let mut keep = vec![0; top + 1];
        let mut pieces = Vec::new();
        let mut piece = |level: usize, ago: usize| {
            keep[level] = keep[level].max(ago);
            pieces.push(Piece { level, ago, weights: S::weights(ago.max(1) as f64, (1usize << level) as f64) });
        };
        let rest = period - (1 << top);
        piece(top, 0);
        if S::OVERLAPS && rest > 0 {
            piece(top, rest);
        } else {
            let mut ago = 1 << top;
            for level in (0..top).rev().filter(|level| rest >> level & 1 == 1) {
                piece(level, ago);
                ago += 1 << level;
            }
        }
        let mut steps = Vec::new();
        let mut from = 0;
        while from < top {
            // Four blocks become one at once if nobody asks for two.
            let is_wanted = from + 1 == top || pieces.iter().any(|piece| piece.level == from + 1);
            let to = if is_wanted { from + 1 } else { from + 2 };
            keep[from] = keep[from].max((1 << to) - (1 << from));
            steps.push(Step { from, to });
            from = to;
        }
        let halves = (0..top).map(|level| S::weights((1usize << level) as f64, (1usize << level) as f64)).collect();
        let levels = keep.into_iter().map(Columns::new).collect();
        Self { period, seen: 0, levels, steps, halves, pieces, sums: std::array::from_fn(|_| Vec::new()) }
    }

    /// Takes rows, writes the summary of the window after each; NaN while it is not full.
    pub(crate) fn extend(&mut self, inputs: [&[f64]; I], outputs: [&mut [f64]; C]) {
        self.extend_as(inputs, outputs, |summary| summary);
    }

    /// Takes rows, writes what `value` makes of the summary of the window after each; NaN while it is not
    /// full.
    #[inline(always)]
    pub(crate) fn extend_as<const O: usize>(
        &mut self,
        inputs: [&[f64]; I],
        outputs: [&mut [f64]; O],
        value: impl Fn([f64; C]) -> [f64; O],
    ) {
        self.extend_beside(inputs, [], outputs, |summary, []| value(summary));
    }

    /// [`Self::extend_as`], of summaries and what lies beside them in the same rows.
    #[inline(always)]
    pub(crate) fn extend_beside<const E: usize, const O: usize>(
        &mut self,
        inputs: [&[f64]; I],
        beside: [&[f64]; E],
        mut outputs: [&mut [f64]; O],
        value: impl Fn([f64; C], [f64; E]) -> [f64; O],
    ) {
        let rows = inputs[0].len();
        let full = self.take(inputs);
        let empty = rows - full;
        for out in &mut outputs {
            out[..empty].fill(f64::NAN);
        }
        if full == 0 {
            return;
        }
        let outputs = outputs.map(|out| &mut out[empty..]);
        let beside = beside.map(|column| &column[empty..]);
        let blocks = |piece: &Piece<S::Weights>| self.levels[piece.level].rows(full, piece.ago);
        match &self.pieces[..] {
            [one] => combine([blocks(one)], beside, outputs, |[one], beside| value(one, beside)),
            [one, two] => {
                let weights = two.weights;
                combine([blocks(one), blocks(two)], beside, outputs, |[one, two], beside| {
                    value(S::merge(one, two, weights), beside)
                });
            }
            [one, two, three] => {
                let weights = [two.weights, three.weights];
                combine([blocks(one), blocks(two), blocks(three)], beside, outputs, |[one, two, three], beside| {
                    value(S::merge(S::merge(one, two, weights[0]), three, weights[1]), beside)
                });
            }
            pieces => {
                let mut sums = self.sums.each_mut().map(|sums| {
                    sums.resize(full, 0.0);
                    &mut sums[..]
                });
                for (sums, column) in sums.iter_mut().zip(blocks(&pieces[0])) {
                    sums.copy_from_slice(column);
                }
                for piece in &pieces[1..] {
                    merge_into::<S, I, C>(&mut sums, blocks(piece), piece.weights);
                }
                combine([sums.map(|sums| &*sums)], beside, outputs, |[sum], beside| value(sum, beside));
            }
        }
    }

    /// Takes one row, gives the summary of the window after it, once it is full.
    pub(crate) fn update(&mut self, row: [f64; I]) -> Option<[f64; C]> {
        if self.take(row.each_ref().map(std::slice::from_ref)) == 0 {
            return None;
        }
        let newest = |piece: &Piece<S::Weights>| self.levels[piece.level].rows(1, piece.ago).map(|column| column[0]);
        let mut pieces = self.pieces.iter();
        let first = newest(pieces.next()?);
        Some(pieces.fold(first, |sum, piece| S::merge(sum, newest(piece), piece.weights)))
    }

    /// Brings the levels forward; says for how many of the rows the window is full.
    fn take(&mut self, inputs: [&[f64]; I]) -> usize {
        let rows = inputs[0].len();
        let before = self.seen;
        self.seen = before.saturating_add(rows).min(self.period);
        combine([inputs], [], self.levels[0].grow(rows), |[row], []| S::of(row));
        for Step { from, to } in &self.steps {
            // A block of 2^to rows is there from row 2^to on.
            let fresh = rows.min((before + rows).saturating_sub((1 << to) - 1));
            if fresh == 0 {
                break;
            }
            let (below, above) = self.levels.split_at_mut(*to);
            let (below, outs) = (&below[*from], above[0].grow(fresh));
            let weights = [self.halves[*from], self.halves[to - 1]];
            if *from == 0 {
                // Read as rows: what a summary of one row says beyond it need not go through memory.
                let first = |ago: usize| -> [&[f64]; I] {
                    let columns = below.rows(fresh, ago);
                    std::array::from_fn(|input| columns[input])
                };
                join::<S, I, C, I>(first, 1, to - from, outs, S::of, weights);
            } else {
                join::<S, I, C, C>(|ago| below.rows(fresh, ago), 1 << from, to - from, outs, |block| block, weights);
            }
        }
        rows.min((before + rows).saturating_sub(self.period - 1))
    }
}

/// Writes the merges of two blocks or, two levels up, of four.
#[inline(always)]
fn join<'a, S: Summary<I, C>, const I: usize, const C: usize, const R: usize>(
    block: impl Fn(usize) -> [&'a [f64]; R],
    half: usize,
    levels: usize,
    outs: [&mut [f64]; C],
    read: impl Fn([f64; R]) -> [f64; C],
    [once, twice]: [S::Weights; 2],
) {
    if levels == 1 {
        combine([0, 1].map(|ago| block(ago * half)), [], outs, |blocks, []| {
            let [newer, older] = blocks.map(&read);
            S::merge(newer, older, once)
        });
    } else {
        combine([0, 1, 2, 3].map(|ago| block(ago * half)), [], outs, |blocks, []| {
            let [one, two, three, four] = blocks.map(&read);
            S::merge(S::merge(one, two, once), S::merge(three, four, once), twice)
        });
    }
}

/// Writes what `of` makes of `B` blocks, and of what lies beside them, at each row.
#[inline(always)]
fn combine<const B: usize, const C: usize, const E: usize, const O: usize>(
    blocks: [[&[f64]; C]; B],
    beside: [&[f64]; E],
    mut outs: [&mut [f64]; O],
    of: impl Fn([[f64; C]; B], [f64; E]) -> [f64; O],
) {
    let rows = outs[0].len();
    // Cut to one length by plain loops: the compiler then sees that no row lies outside.
    let (mut columns, mut more) = (blocks, beside);
    for block in &mut columns {
        for column in block {
            *column = &column[..rows];
        }
    }
    for column in &mut more {
        *column = &column[..rows];
    }
    let at = |row: usize| {
        let blocks = std::array::from_fn(|block| std::array::from_fn(|column| columns[block][column][row]));
        of(blocks, std::array::from_fn(|column| more[column][row]))
    };
    match &mut outs[..] {
        [out] => into_one(rows, out, |row| at(row)[0]),
        [one, two] => into_two(rows, one, two, |row| {
            let values = at(row);
            (values[0], values[1])
        }),
        outs => {
            for row in 0..rows {
                for (out, value) in outs.iter_mut().zip(at(row)) {
                    out[row] = value;
                }
            }
        }
    }
}

// The compiler knows of two arguments that they do not overlap, and of a list of columns nothing: these
// two run in vectors.

#[inline(always)]
fn into_one(rows: usize, out: &mut [f64], of: impl Fn(usize) -> f64) {
    for (row, out) in out[..rows].iter_mut().enumerate() {
        *out = of(row);
    }
}

#[inline(always)]
fn into_two(rows: usize, one: &mut [f64], two: &mut [f64], of: impl Fn(usize) -> (f64, f64)) {
    let (one, two) = (&mut one[..rows], &mut two[..rows]);
    for row in 0..rows {
        (one[row], two[row]) = of(row);
    }
}

/// Merges older blocks into what is there.
#[inline]
fn merge_into<S: Summary<I, C>, const I: usize, const C: usize>(
    sums: &mut [&mut [f64]; C],
    older: [&[f64]; C],
    weights: S::Weights,
) {
    let rows = older[0].len();
    let older = older.map(|column| &column[..rows]);
    for sum in sums.iter() {
        assert_eq!(sum.len(), rows, "Invariant: columns in step");
    }
    for row in 0..rows {
        let merged = S::merge(sums.each_ref().map(|sum| sum[row]), older.map(|column| column[row]), weights);
        for (sum, value) in sums.iter_mut().zip(merged) {
            sum[row] = value;
        }
    }
}

/// The mean: of two blocks, the newer one's moved towards the older one's by the older one's share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mean;

impl Summary<1, 1> for Mean {
    type Weights = f64;

    fn of(row: [f64; 1]) -> [f64; 1] {
        row
    }

    fn weights(newer: f64, older: f64) -> f64 {
        older / (newer + older)
    }

    #[inline(always)]
    fn merge([newer]: [f64; 1], [older]: [f64; 1], share: f64) -> [f64; 1] {
        [(older - newer).mul_add(share, newer)]
    }
}

/// The highest value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Highest;

impl Summary<1, 1> for Highest {
    const OVERLAPS: bool = true;
    type Weights = ();

    fn of(row: [f64; 1]) -> [f64; 1] {
        row
    }

    fn weights(_: f64, _: f64) {}

    #[inline(always)]
    fn merge([newer]: [f64; 1], [older]: [f64; 1], (): ()) -> [f64; 1] {
        [if older > newer { older } else { newer }]
    }
}

/// The lowest value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lowest;

impl Summary<1, 1> for Lowest {
    const OVERLAPS: bool = true;
    type Weights = ();

    fn of(row: [f64; 1]) -> [f64; 1] {
        row
    }

    fn weights(_: f64, _: f64) {}

    #[inline(always)]
    fn merge([newer]: [f64; 1], [older]: [f64; 1], (): ()) -> [f64; 1] {
        [if older < newer { older } else { newer }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> Vec<f64> {
        (0..700u32).map(|i| 100.0 + f64::from(i * i % 1009) * 0.01).collect()
    }

    #[test]
    fn every_length_is_what_it_says() {
        let rows = rows();
        for period in (1..=70).chain([127, 128, 129, 255, 600]) {
            let mut mean = vec![0.0; rows.len()];
            let (mut high, mut low) = (mean.clone(), mean.clone());
            Window::<Mean, 1, 1>::new(period).extend([&rows], [&mut mean]);
            Window::<Highest, 1, 1>::new(period).extend([&rows], [&mut high]);
            Window::<Lowest, 1, 1>::new(period).extend([&rows], [&mut low]);
            assert!(mean[..period - 1].iter().all(|x| x.is_nan()));
            for (i, window) in rows.windows(period).enumerate() {
                let wanted = window.iter().sum::<f64>() / period as f64;
                assert!((mean[i + period - 1] - wanted).abs() < 1e-12 * wanted, "{period} {i}");
                assert_eq!(high[i + period - 1], window.iter().copied().fold(f64::MIN, f64::max), "{period} {i}");
                assert_eq!(low[i + period - 1], window.iter().copied().fold(f64::MAX, f64::min), "{period} {i}");
            }
        }
    }

    #[test]
    fn a_flat_window_has_a_flat_mean_whatever_came_before() {
        for period in 1..=300 {
            let mut window = Window::<Mean, 1, 1>::new(period);
            for i in 0..500 {
                window.update([f64::from(i % 17) * 0.1]);
            }
            for i in 1..period + 30 {
                let mean = window.update([1.386_27]);
                assert!(i < period || mean == Some([1.386_27]), "{period} {i} {mean:?}");
            }
        }
    }

    #[test]
    fn a_period_larger_than_memory_takes_none() {
        let mut window = Window::<Mean, 1, 1>::new(usize::MAX / 2);
        assert_eq!(window.update([1.0]), None);
        let mut out = [0.0; 3];
        window.extend([&[1.0, 2.0, 3.0]], [&mut out]);
        assert!(out.iter().all(|x| x.is_nan()));
    }

    proptest! {
        #[test]
        fn a_window_is_the_same_wherever_it_stands_and_however_it_is_cut(
            period in 1usize..70, skip in 0usize..50, cuts in prop::collection::vec(1usize..70, 1..20),
        ) {
            let rows = rows();
            let mut stream = Window::<Mean, 1, 1>::new(period);
            let wanted: Vec<u64> =
                rows.iter().map(|x| stream.update([*x]).map_or(f64::NAN, |[mean]| mean).to_bits()).collect();
            let (mut window, mut at, mut cuts) = (Window::<Mean, 1, 1>::new(period), skip, cuts.iter().cycle());
            let mut out = vec![f64::NAN; rows.len()];
            while at < rows.len() {
                let end = rows.len().min(at + cuts.next().unwrap());
                window.extend([&rows[at..end]], [&mut out[at..end]]);
                at = end;
            }
            let got: Vec<u64> = out.iter().map(|x| x.to_bits()).collect();
            prop_assert_eq!(&got[skip + period - 1..], &wanted[skip + period - 1..]);
        }
    }
}
