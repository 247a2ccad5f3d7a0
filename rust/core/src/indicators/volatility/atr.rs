use super::smoothing::{Block, Eight, STRIDE, Smoothing, VALUES, block, write};
use super::true_range::{TrueRange, range};
use crate::error::Error;
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, are_finite, groups, groups_mut};
use crate::indicators::lanes::{LANES, Lane, Lanes, each};
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

impl Lanes<3, 1> for Atr {
    fn is_steady(&self) -> bool {
        !self.ranges.before.is_nan()
    }

    fn are_in_step(lanes: &[Self; LANES]) -> bool {
        Eight::are_in_step(lanes.each_ref().map(|lane| &lane.average))
    }

    fn steady(lanes: &mut [Self; LANES], inputs: [&[Lane]; 3], [out]: [&mut [Lane]; 1]) {
        let rows = inputs[0].len();
        let silent = rows - out.len();
        let mut average = Eight::of(lanes.each_ref().map(|lane| &lane.average));
        let mut before = each(|lane| lanes[lane].ranges.before);
        let mut row = 0;
        while row < rows {
            if average.is_steady() && rows - row >= STRIDE {
                let ranges = ranges(inputs.map(|column| block(column, row)), &mut before);
                write(average.extend(&ranges), row, silent, out);
                row += STRIDE;
                continue;
            }
            let value = average.update(&ranges_of(inputs.map(|column| &column[row]), &mut before));
            if row >= silent {
                out[row - silent] = value;
            }
            row += 1;
        }
        for (lane, before) in lanes.iter_mut().zip(before) {
            lane.ranges.before = before;
        }
        average.put_back(lanes.each_mut().map(|lane| &mut lane.average));
    }
}

/// The true ranges of a row.
#[inline(always)]
pub(super) fn ranges_of([high, low, close]: [&Lane; 3], before: &mut Lane) -> Lane {
    let ranges = each(|lane| range(high[lane], low[lane], before[lane]));
    *before = *close;
    ranges
}

/// The true ranges of eight rows.
#[inline(always)]
pub(super) fn ranges([high, low, close]: [&Block; 3], before: &mut Lane) -> Block {
    let mut closes = [0.0; VALUES + LANES];
    closes[..LANES].copy_from_slice(before);
    closes[LANES..].copy_from_slice(close);
    before.copy_from_slice(&closes[VALUES..]);
    let mut ranges = [0.0; VALUES];
    for i in 0..VALUES {
        ranges[i] = range(high[i], low[i], closes[i]);
    }
    ranges
}
