//! The mean true range of the last bars.

use crate::indicators::window::{History, Mean, Window};
use crate::indicators::{LANES, Lane};

/// The mean of the true ranges of the last `period` bars: a simple one, a function of those bars and
/// the close before them.
#[derive(Clone, Debug)]
pub(super) struct MeanTrueRange {
    before: Option<f64>,
    ranges: History,
    is_full: bool,
    /// How they are added up; it takes none itself.
    window: Window<Mean, 1, 1>,
    /// Memory for that.
    tree: Vec<[f64; 1]>,
}

#[inline(always)]
fn true_range(high: f64, low: f64, before: f64) -> f64 {
    high.max(before) - low.min(before)
}

impl MeanTrueRange {
    pub(super) fn new(period: usize) -> Self {
        Self {
            before: None,
            ranges: History::new(period - 1),
            is_full: false,
            window: Window::new(period),
            tree: Vec::new(),
        }
    }

    /// Takes the next bar.
    #[inline]
    pub(super) fn push(&mut self, high: f64, low: f64, close: f64) {
        if let Some(before) = self.before.replace(close) {
            self.is_full = self.ranges.take(&[true_range(high, low, before)]) > 0;
        }
    }

    /// The mean, from bar `period` (the first is 0) on.
    #[inline]
    pub(super) fn mean(&mut self) -> Option<f64> {
        let period = self.window.period();
        let [[mean]] =
            self.window.of([self.is_full.then(|| self.ranges.rows(period, 0).as_chunks().0)?], &mut self.tree);
        Some(mean)
    }

    /// The means of eight instruments, each after a row of its own, of highs, lows and closes; NaN without one.
    pub(super) fn means_at(&self, [highs, lows, closes]: [&[Lane]; 3], last: [Option<usize>; LANES]) -> Lane {
        let period = self.window.period();
        let first = last.map(|last| (last? + 1).checked_sub(period).filter(|first| *first > 0));
        let mut ranges = vec![[f64::NAN; LANES]; period];
        for (lane, first) in first.iter().enumerate() {
            let Some(first) = *first else { continue };
            for (row, ranges) in (first..).zip(&mut ranges) {
                ranges[lane] = true_range(highs[row][lane], lows[row][lane], closes[row - 1][lane]);
            }
        }
        let [means] = self.window.of([&ranges], &mut Vec::new());
        means
    }

    /// That of some series of highs, lows and closes after the last of their rows, of which there are more
    /// than `period`.
    pub(super) fn of<const N: usize>(&self, [highs, lows, closes]: [&[[f64; N]]; 3]) -> [f64; N] {
        let end = closes.len();
        let ranges: Vec<[f64; N]> = (end - self.window.period()..end)
            .map(|row| {
                std::array::from_fn(|place| true_range(highs[row][place], lows[row][place], closes[row - 1][place]))
            })
            .collect();
        let [mean] = self.window.of([&ranges], &mut Vec::new());
        mean
    }
}
