//! The mean true range of the last bars.

use crate::indicators::window::{Mean, Window};

/// The mean of the true ranges of the last `period` bars: a simple one, a function of those bars and
/// the close before them.
#[derive(Clone, Debug)]
pub(super) struct MeanTrueRange {
    before: Option<f64>,
    window: Window<Mean, 1, 1>,
}

impl MeanTrueRange {
    pub(super) fn new(period: usize) -> Self {
        Self { before: None, window: Window::new(period) }
    }

    /// Takes the next bar, gives the mean, from bar `period` (the first is 0) on.
    #[inline]
    pub(super) fn update(&mut self, high: f64, low: f64, close: f64) -> Option<f64> {
        let before = self.before.replace(close)?;
        self.window.update([high.max(before) - low.min(before)]).map(|[mean]| mean)
    }
}
