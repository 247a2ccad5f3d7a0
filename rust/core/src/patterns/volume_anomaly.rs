use super::finding::{DIRECTION, END, Finding, START, UNKNOWN, level, row, strength};
use crate::error::Error;
use crate::indicators::ending::of_each;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::spec::{Input, Missing, Param, Reach, VOLUME, make};
use crate::indicators::window::{Moments, Window};
use crate::indicators::{Indicator, Lane, Spec, check_period};

/// Volume anomaly.
pub(super) static SPEC: Spec = Spec {
    name: "volume_anomaly",
    class: "VolumeAnomaly",
    title: "Volume anomaly: far more volume than in the bars before.",
    formula: "``z = (volume - m) / s > threshold`` with `m` and `s` the mean and the standard deviation (ddof 0) of \
              the volumes of the `period` bars before this one; volumes that were all equal have no scale, and \
              nothing is one after them. It is bullish if ``close >= close[1]``, else bearish; without closes always \
              bullish.",
    inputs: &[
        VOLUME,
        Input { name: "close", doc: "Last prices of the bars, for the direction; may be left out.", optional: true },
    ],
    params: &[
        Param::rows("period", 20, 1, "Bars before this one, >= 1."),
        Param::number("threshold", 3.0, 0.0, f64::INFINITY, "Standard deviations above the mean, >= 0."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The volume beyond which it is one, ``m + threshold s``: in units, not a price."),
        strength("``1 - threshold / z``: 0 at the threshold, 0.5 at twice it."),
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0),
    reach: |args| Reach::Rows(args.rows(0) + 1),
    source: "The z-score as common; the bar itself is not in its mean, so that it can stand out.",
    example: ">>> ba.patterns.volume_anomaly([9.0, 11.0, 14.0], period=2).direction\n\
              array([nan, nan,  1.])",
    make: |args| make(VolumeAnomaly::try_new(args.rows(0), args.number(1))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct VolumeAnomaly {
    period: f64,
    threshold: f64,
    window: Window<Moments, 1, 2>,
    /// Of the volumes before this bar.
    moments: Option<[f64; 2]>,
    close: f64,
}

impl VolumeAnomaly {
    /// More than `threshold` standard deviations above the mean of `period` volumes.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize, threshold: f64) -> Result<Self, Error> {
        let window = Window::new(check_period(period)?);
        Ok(Self { period: period as f64, threshold, window, moments: None, close: 0.0 })
    }
}

impl Indicator<2, 5> for VolumeAnomaly {
    #[inline]
    fn update(&mut self, [volume, close]: [f64; 2]) -> [f64; 5] {
        let bullish = close >= std::mem::replace(&mut self.close, close);
        let before = std::mem::replace(&mut self.moments, self.window.update([volume]));
        before.map_or(UNKNOWN, |moments| self.says(moments, volume, bullish))
    }
}

impl VolumeAnomaly {
    /// The row of a bar, given the moments of the volumes before it.
    #[inline]
    fn says(&self, [mean, squares]: [f64; 2], volume: f64, bullish: bool) -> [f64; 5] {
        let deviation = (squares / self.period).sqrt();
        let z = (volume - mean) / deviation;
        row((deviation > 0.0 && z > self.threshold).then(|| Finding {
            bullish,
            start: 0,
            end: 0,
            level: self.threshold.mul_add(deviation, mean),
            strength: 1.0 - self.threshold / z,
        }))
    }
}

impl Windowed<2, 5> for VolumeAnomaly {
    fn of_eight(&self, rows: [&[Lane]; 2], scratch: &mut Scratch) -> [Lane; 5] {
        let last = rows[0].len() - 1;
        let [means, squares] = self.window.of([&rows[0][..last]], &mut scratch.tree);
        of_each(rows, |lane, rows| {
            let bullish = rows.at(1, last) >= rows.at(1, last - 1);
            self.says([means[lane], squares[lane]], rows.at(0, last), bullish)
        })
    }
}
