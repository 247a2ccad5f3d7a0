//! The range of the last 8 to 15 rows, in registers.

use super::{Range, Summary, Window};
use crate::indicators::all_finite;
use crate::indicators::groups::{GROUP, Group, are_finite, groups, groups_mut};

/// Rows at once.
const STRIDE: usize = 8;
type Stride = [f64; STRIDE];

/// Rows before those that are worked on in registers: as many as two blocks of eight reach back.
const HEAD: usize = 2 * STRIDE;
/// Rows of other windows that are worked on together.
const ROWS: usize = 1024;

/// Extremes of one, two, four and eight rows, after each of the last eight rows.
#[derive(Clone, Copy, Debug, Default)]
struct Levels([Stride; 4]);

/// The older of two values if it is beyond the newer one.
#[inline(always)]
fn extreme<const HIGHEST: bool>(newer: f64, older: f64) -> f64 {
    if HIGHEST {
        Range::merge([newer, 0.0], [older, 0.0], ())[0]
    } else {
        Range::merge([0.0, newer], [0.0, older], ())[1]
    }
}

/// Merges eight rows with those `ago` rows before.
#[inline(always)]
fn merged<const HIGHEST: bool>(before: &Stride, now: &Stride, ago: usize) -> Stride {
    let older: Stride = std::array::from_fn(|row| if row < ago { before[STRIDE + row - ago] } else { now[row - ago] });
    std::array::from_fn(|row| extreme::<HIGHEST>(now[row], older[row]))
}

impl Levels {
    /// Takes eight rows, gives the extremes of `8 + REST` rows.
    #[inline(always)]
    fn take<const HIGHEST: bool, const REST: usize>(&mut self, rows: Stride) -> Stride {
        let [one, two, four, eight] = self.0;
        let twos = merged::<HIGHEST>(&one, &rows, 1);
        let fours = merged::<HIGHEST>(&two, &twos, 2);
        let eights = merged::<HIGHEST>(&four, &fours, 4);
        self.0 = [rows, twos, fours, eights];
        if REST == 0 { eights } else { merged::<HIGHEST>(&eight, &eights, REST) }
    }
}

impl Window<Range, 2, 2> {
    /// Takes rows of highs and lows up to a missing one, or up to some rows before it; writes what `value` makes of
    /// the range of the window after each and of what lies beside; says how many rows it took.
    #[inline(always)]
    pub(in crate::indicators) fn advance_beside(
        &mut self,
        [high, low]: [&[f64]; 2],
        beside: &[f64],
        out: &mut [f64],
        value: impl Fn([f64; 2], f64) -> f64,
    ) -> usize {
        let rows = high.len();
        if rows < HEAD + GROUP || !(STRIDE..2 * STRIDE).contains(&self.period) {
            return self.advance_in_blocks([high, low], beside, out, &value);
        }
        let mut row = self.advance_in_blocks([&high[..HEAD], &low[..HEAD]], &beside[..HEAD], &mut out[..HEAD], &value);
        if row < HEAD {
            return row;
        }
        let inputs = [high, low, beside];
        row += match self.period - STRIDE {
            0 => near::<0>(inputs, out, &value),
            1 => near::<1>(inputs, out, &value),
            2 => near::<2>(inputs, out, &value),
            3 => near::<3>(inputs, out, &value),
            4 => near::<4>(inputs, out, &value),
            5 => near::<5>(inputs, out, &value),
            6 => near::<6>(inputs, out, &value),
            _ => near::<7>(inputs, out, &value),
        };
        // What is known of a window is known of its rows: those are taken again.
        self.restart([&high[row - self.period..row], &low[row - self.period..row]]);
        if rows - row < GROUP {
            row += self.advance_in_blocks([&high[row..], &low[row..]], &beside[row..], &mut out[row..], &value);
        }
        row
    }

    fn advance_in_blocks(
        &mut self,
        [high, low]: [&[f64]; 2],
        beside: &[f64],
        out: &mut [f64],
        value: &impl Fn([f64; 2], f64) -> f64,
    ) -> usize {
        for start in (0..high.len()).step_by(ROWS) {
            let rows = start..high.len().min(start + ROWS);
            let [high, low, beside] = [high, low, beside].map(|column| &column[rows.clone()]);
            if ![high, low, beside].iter().all(|column| all_finite(column)) {
                return start;
            }
            self.extend_beside([high, low], [beside], [&mut out[rows]], |range, [beside]| [value(range, beside)]);
        }
        high.len()
    }
}

/// Takes groups of rows behind the first ones, up to one with a missing value; says how many rows.
#[inline(always)]
fn near<const REST: usize>(inputs: [&[f64]; 3], out: &mut [f64], value: &impl Fn([f64; 2], f64) -> f64) -> usize {
    let (mut highs, mut lows) = (Levels::default(), Levels::default());
    for start in [0, STRIDE] {
        highs.take::<true, REST>(std::array::from_fn(|row| inputs[0][start + row]));
        lows.take::<false, REST>(std::array::from_fn(|row| inputs[1][start + row]));
    }
    let mut rows = 0;
    let [high, low, beside] = inputs.map(|column| groups(column, HEAD));
    for (((high, low), beside), out) in high.iter().zip(low).zip(beside).zip(groups_mut(out, HEAD)) {
        if !are_finite([high, low, beside]) {
            break;
        }
        let (mut highest, mut lowest): (Group, Group) = ([0.0; GROUP], [0.0; GROUP]);
        for (rows, highest) in high.as_chunks().0.iter().zip(highest.as_chunks_mut().0) {
            *highest = highs.take::<true, REST>(*rows);
        }
        for (rows, lowest) in low.as_chunks().0.iter().zip(lowest.as_chunks_mut().0) {
            *lowest = lows.take::<false, REST>(*rows);
        }
        *out = std::array::from_fn(|row| value([highest[row], lowest[row]], beside[row]));
        rows += GROUP;
    }
    rows
}
