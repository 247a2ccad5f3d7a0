use super::smoothing::Smoothing;
use super::true_range::range;
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::{Indicator, Spec, check_period};

/// Average directional index.
pub(super) static SPEC: Spec = Spec {
    name: "adx",
    class: "ADX",
    title: "Average directional index and its two parts: how much of the range went one way.",
    formula: "A bar moves up by ``high - high[i-1]`` or down by ``low[i-1] - low``, whichever is more and above 0. Up moves, \
              down moves and true ranges are added up as ``s = s - s / period + value`` (a plain sum of the first \
              ``period - 1``): ``plus_di = 100 up / range``, ``minus_di = 100 down / range``. `adx` is Wilder's average of ``100 \
              |plus_di - minus_di| / (plus_di + minus_di)``, seeded with the mean of the first `period` of them; a bar \
              without one (no range, or no moves at all) counts as 0 in the seed and changes nothing after it.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("period", 14, 1, "Bars, >= 1.")],
    outputs: &[
        Output { name: "adx", doc: "0 (as much up as down) to 100 (one way only), from row ``2 period - 1`` on." },
        Output { name: "plus_di", doc: "The part of the range that went up, in percent, from row `period` on." },
        Output { name: "minus_di", doc: "The part of the range that went down." },
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| 2 * args.rows(0) - 1,
    reach: |_| Reach::All,
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ADX, PLUS_DI and MINUS_DI to 1e-10.",
    example: ">>> dm = ba.indicators.adx([3.0, 5.0, 6.0, 6.0], [1.0, 3.0, 5.0, 4.0], [2.0, 4.0, 6.0, 5.0], 2)\n\
              >>> dm.plus_di.round(2), dm.adx\n\
              (array([  nan,   nan, 57.14, 26.67]), array([nan, nan, nan, 50.]))",
    make: |args| make(Adx::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Adx {
    period: usize,
    before: Option<[f64; 3]>,
    /// Moves seen, up to `period`.
    moves: usize,
    /// Range, up and down: plain sums of the first moves.
    sums: [f64; 3],
    /// The same, a part of `1 / period` of the sums that the definition has: only their ratios count.
    averages: [Smoothing; 3],
    average: Smoothing,
    ranges: Vec<f64>,
}

impl Adx {
    /// Over `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let average = Smoothing::wilder(check_period(period)?);
        let averages = std::array::from_fn(|_| average.clone());
        Ok(Self { period, before: None, moves: 0, sums: [0.0; 3], averages, average, ranges: Vec::new() })
    }

    /// The average after an index, NaN where there is none.
    fn average(&mut self, index: f64) -> f64 {
        if !index.is_nan() {
            self.average.update(index)
        } else if self.average.is_ready() {
            self.average.value()
        } else {
            self.average.update(0.0)
        }
    }
}

/// The moves up and down of a bar.
#[inline(always)]
fn moves(high: f64, low: f64, high_before: f64, low_before: f64) -> (f64, f64) {
    let (up, down) = (high - high_before, low_before - low);
    (if up > down && up > 0.0 { up } else { 0.0 }, if down > up && down > 0.0 { down } else { 0.0 })
}

/// Index, NaN if there is none, and its two parts.
#[inline(always)]
fn index(range: f64, up: f64, down: f64) -> [f64; 3] {
    let part = |sum: f64| if range == 0.0 { 0.0 } else { 100.0 * (sum / range) };
    let all = if range == 0.0 { 0.0 } else { up + down };
    let index = if all == 0.0 { f64::NAN } else { 100.0 * ((up - down).abs() / all) };
    [index, part(up), part(down)]
}

impl Indicator<3, 3> for Adx {
    fn update(&mut self, row: [f64; 3]) -> [f64; 3] {
        let Some([high_before, low_before, close_before]) = self.before.replace(row) else { return [f64::NAN; 3] };
        let [high, low, _] = row;
        let (up, down) = moves(high, low, high_before, low_before);
        let move_ = [range(high, low, close_before), up, down];
        if self.moves < self.period {
            self.moves += 1;
            if self.moves < self.period {
                self.sums.iter_mut().zip(move_).for_each(|(sum, x)| *sum += x);
                return [f64::NAN; 3];
            }
            self.averages = self.sums.map(|sum| Smoothing::wilder_from(sum / self.period as f64, self.period));
        }
        let mut averages = [0.0; 3];
        for ((value, average), x) in averages.iter_mut().zip(&mut self.averages).zip(move_) {
            *value = average.update(x);
        }
        let [range, up, down] = averages;
        let [index, plus, minus] = index(range, up, down);
        [self.average(index), plus, minus]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [out, plus, minus]: [&mut [f64]; 3]) {
        let mut row = 0;
        while row < out.len() && (self.moves < self.period || row == 0) {
            [out[row], plus[row], minus[row]] = self.update([high[row], low[row], close[row]]);
            row += 1;
        }
        let rows = out.len() - row;
        if rows == 0 {
            return;
        }
        self.before = Some([high, low, close].map(|column| column[row + rows - 1]));
        let [high_before, low_before, close_before] = [high, low, close].map(|column| &column[row - 1..row - 1 + rows]);
        let [high, low] = [high, low].map(|column| &column[row..row + rows]);
        let [out, plus, minus] = [out, plus, minus].map(|column| &mut column[row..row + rows]);
        self.ranges.resize(rows.max(self.ranges.len()), 0.0);
        let ranges = &mut self.ranges[..rows];
        for i in 0..rows {
            (plus[i], minus[i]) = moves(high[i], low[i], high_before[i], low_before[i]);
            ranges[i] = range(high[i], low[i], close_before[i]);
        }
        let [of_range, of_up, of_down] = &mut self.averages;
        of_range.extend(ranges);
        of_up.extend(plus);
        of_down.extend(minus);
        let mut complete = true;
        for i in 0..rows {
            [out[i], plus[i], minus[i]] = index(ranges[i], plus[i], minus[i]);
            complete &= !out[i].is_nan();
        }
        if complete {
            self.average.extend(out);
        } else {
            for index in out {
                *index = self.average(*index);
            }
        }
    }
}
