use super::smoothing::{Eight, STRIDE, Smoothing};
use super::true_range::{TrueRange, range};
use crate::error::Error;
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, each, prefetch};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Average true range.
pub(super) static SPEC: Spec = Spec {
    name: "atr",
    class: "ATR",
    title: "Average true range.",
    formula: "``atr = atr (period - 1) / period + true_range / period``, seeded with the mean of the first `period` true \
              ranges; the first bar has none.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("period", 14, 1, "True ranges, >= 1.")],
    outputs: &[Output { name: "atr", doc: "The average, in the unit of the prices, >= 0." }],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0),
    reach: |_| Reach::All,
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ATR to 1e-12.",
    example: ">>> ba.indicators.atr([3.0, 4.0, 9.0], [1.0, 2.0, 8.0], [2.0, 3.0, 8.0], 2)\narray([nan, nan,  4.])",
    make: |args| make(Atr::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Atr {
    ranges: TrueRange,
    average: Smoothing,
}

impl Atr {
    /// Over `period` true ranges.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self { ranges: TrueRange::new(), average: Smoothing::wilder(check_period(period)?) })
    }
}

impl Indicator<3, 1> for Atr {
    const ROWS: usize = ANY_NUMBER;

    #[inline]
    fn update(&mut self, row: [f64; 3]) -> [f64; 1] {
        let [range] = self.ranges.update(row);
        [if range.is_nan() { range } else { self.average.update(range) }]
    }

    fn extend(&mut self, inputs: [&[f64]; 3], [out]: [&mut [f64]; 1]) {
        self.ranges.extend(inputs, [&mut *out]);
        let first = usize::from(out.first().is_some_and(|range| range.is_nan()));
        self.average.extend(&mut out[first..]);
    }

    fn advance(&mut self, inputs: [&[f64]; 3], outputs: [&mut [f64]; 1]) -> usize {
        groups::advance(self, inputs, outputs, |atr| atr.average.is_steady(), Self::steady_rows)
    }
}

impl Atr {
    fn steady_rows(&mut self, [high, low, close]: [&[f64]; 3], [out]: &mut [&mut [f64]; 1], mut row: usize) -> usize {
        let mut average = self.average.strides();
        let columns = groups(high, row).iter().zip(groups(low, row)).zip(groups(close, row));
        let columns = columns.zip(groups(close, row - 1)).zip(groups_mut(out, row));
        for ((((high, low), close), before), out) in columns {
            if !are_finite([high, low, close]) {
                break;
            }
            for start in (0..GROUP).step_by(STRIDE) {
                let ranges = std::array::from_fn(|i| range(high[start + i], low[start + i], before[start + i]));
                out[start..start + STRIDE].copy_from_slice(&average.take(ranges));
            }
            row += GROUP;
        }
        self.average.resume(&average);
        self.ranges.before = close[row - 1];
        row
    }
}

/// Eight in step.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightAtrs {
    before: Lane,
    average: Eight,
}

impl Lanes<3, 1> for Atr {
    type Abreast = EightAtrs;

    fn join(lanes: &[Self; LANES]) -> Option<EightAtrs> {
        let before = each(|lane| lanes[lane].ranges.before);
        let is_new = before[0].is_nan();
        if before.iter().any(|before| before.is_nan() != is_new) {
            return None;
        }
        Some(EightAtrs { average: Eight::of(lanes.each_ref().map(|lane| &lane.average))?, before })
    }

    fn part(eight: &EightAtrs, lanes: &mut [Self; LANES]) {
        for (lane, before) in lanes.iter_mut().zip(eight.before) {
            lane.ranges.before = before;
        }
        eight.average.put_back(lanes.each_mut().map(|lane| &mut lane.average));
    }
}

impl Abreast<3, 1> for EightAtrs {
    fn warming(&self) -> usize {
        self.average.warming() + usize::from(self.before[0].is_nan())
    }

    fn update(&mut self, row: [&Lane; 3]) -> [Lane; 1] {
        let is_first = self.before[0].is_nan();
        let ranges = ranges_of(row, &mut self.before);
        [if is_first { ranges } else { self.average.update(&ranges) }]
    }

    fn prefetch(&self) {
        prefetch(&self.before);
        self.average.prefetch(self.average.at());
    }

    fn extend(&mut self, inputs: [&[Lane]; 3], [out]: [&mut [Lane]; 1]) {
        let silent = inputs[0].len() - out.len();
        let Self { average, before } = self;
        in_blocks(inputs, before, |from, rows, _| {
            let first = from.max(silent) - silent;
            average.extend(rows, silent.saturating_sub(from), |row, value| out[first + row] = value);
        });
    }
}

/// Rows whose ranges are worked on together.
pub(super) const ROWS: usize = 64;

/// Gives true ranges and closes to `take`, many rows at a time, and the row they start from.
#[inline(always)]
pub(super) fn in_blocks(inputs: [&[Lane]; 3], before: &mut Lane, mut take: impl FnMut(usize, &[Lane], [&[Lane]; 3])) {
    let mut ranges = [[0.0; LANES]; ROWS];
    let rows = inputs[0].len();
    for from in (0..rows).step_by(ROWS) {
        let block = inputs.map(|column| &column[from..rows.min(from + ROWS)]);
        let [high, low, close] = block.map(<[Lane]>::as_flattened);
        let count = block[0].len();
        let ranges = &mut ranges[..count];
        ranges[0] = ranges_of(block.map(|column| &column[0]), before);
        let flat = ranges[1..].as_flattened_mut();
        let older = high[LANES..].iter().zip(&low[LANES..]).zip(close);
        for (to, ((high, low), before)) in flat.iter_mut().zip(older) {
            *to = range(*high, *low, *before);
        }
        *before = block[2][count - 1];
        take(from, ranges, block);
    }
}

/// The true ranges of a row.
#[inline(always)]
pub(super) fn ranges_of([high, low, close]: [&Lane; 3], before: &mut Lane) -> Lane {
    let ranges = each(|lane| range(high[lane], low[lane], before[lane]));
    *before = *close;
    ranges
}
