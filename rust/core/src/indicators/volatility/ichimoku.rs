use crate::error::Error;
use crate::indicators::spec::{Args, CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Delay, Extremes, middle};
use crate::indicators::{Indicator, Spec, check_period};

/// Ichimoku.
pub(super) static SPEC: Spec = Spec {
    name: "ichimoku",
    class: "Ichimoku",
    title: "Ichimoku Kinko Hyo: the middles of three windows, and the cloud over this bar.",
    formula: "``mid(n)`` is half-way between the highest high and the lowest low of the last `n` bars: ``tenkan = \
              mid(tenkan)``, ``kijun = mid(kijun)``, ``ahead_a = (tenkan + kijun) / 2``, ``ahead_b = mid(senkou_b)``. A chart \
              draws these two `displacement` bars to the right of the bar that they are made from: ``cloud_a`` and \
              ``cloud_b`` are what it draws over this bar, made `displacement` bars ago. Every value is one of this bar \
              and known at its close.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("tenkan", 9, 1, "Bars of the conversion line, >= 1."),
        Param::rows("kijun", 26, 1, "Bars of the base line, >= 1."),
        Param::rows("senkou_b", 52, 1, "Bars of the second edge of the cloud, >= 1."),
        Param::rows("displacement", 26, 0, "How many bars ahead the cloud is drawn, >= 0; TradingView: 25."),
    ],
    outputs: &[
        Output { name: "tenkan", doc: "Conversion line, in the unit of the prices." },
        Output { name: "kijun", doc: "Base line." },
        Output { name: "cloud_a", doc: "First edge of the cloud over this bar: Senkou span A." },
        Output { name: "cloud_b", doc: "Second edge of the cloud over this bar: Senkou span B." },
        Output { name: "ahead_a", doc: "First edge of the cloud that is drawn `displacement` bars to the right." },
        Output { name: "ahead_b", doc: "Second edge of it." },
        Output {
            name: "plot_back",
            doc: "The close of this bar, for a chart to draw `displacement` bars to the left: Chikou span. At the bar \
                  where it is drawn it is the future.",
        },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| rows(args) - 1,
    reach: |args| Reach::Rows(rows(args)),
    source: "Goichi Hosoda, 1969; the windows are TA-Lib's MIDPRICE.",
    example: ">>> lines = ba.indicators.ichimoku([3.0, 4.0, 9.0], [1.0, 2.0, 8.0], [2.0, 3.0, 8.0], 1, 2, 2, 1)\n\
              >>> lines.kijun, lines.ahead_a, lines.cloud_a\n\
              (array([nan, 2.5, 5.5]), array([ nan, 2.75, 7.  ]), array([ nan,  nan, 2.75]))",
    make: |args| make(Ichimoku::try_new(args.rows(0), args.rows(1), args.rows(2), args.rows(3))),
};

fn rows(args: &Args) -> usize {
    args.rows(0).max(args.rows(1)).max(args.rows(2)) + args.rows(3)
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Ichimoku {
    /// Tenkan, kijun, senkou B.
    windows: Extremes<3>,
    cloud_a: Delay,
    cloud_b: Delay,
}

impl Ichimoku {
    /// With windows of `tenkan`, `kijun` and `senkou_b` bars and a cloud `displacement` bars ahead.
    ///
    /// # Errors
    /// `period must be >= 1` for each window.
    pub fn try_new(tenkan: usize, kijun: usize, senkou_b: usize, displacement: usize) -> Result<Self, Error> {
        let periods = [check_period(tenkan)?, check_period(kijun)?, check_period(senkou_b)?];
        let [cloud_a, cloud_b] = [displacement; 2].map(Delay::new);
        Ok(Self { windows: Extremes::new(periods), cloud_a, cloud_b })
    }
}

impl Indicator<3, 7> for Ichimoku {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 7] {
        self.windows.take(&[high], &[low]);
        let [tenkan, kijun, ahead_b] = [0, 1, 2].map(|window| {
            let mut out = [f64::NAN];
            self.windows.middles(window, &mut out);
            out[0]
        });
        let ahead_a = middle(tenkan, kijun);
        [tenkan, kijun, self.cloud_a.update(ahead_a), self.cloud_b.update(ahead_b), ahead_a, ahead_b, close]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], mut outputs: [&mut [f64]; 7]) {
        for start in (0..high.len()).step_by(Extremes::<3>::BLOCK) {
            let rows = start..high.len().min(start + Extremes::<3>::BLOCK);
            let block = outputs.each_mut().map(|out| &mut out[rows.clone()]);
            let [tenkan, kijun, cloud_a, cloud_b, ahead_a, ahead_b, plot_back] = block;
            self.windows.take(&high[rows.clone()], &low[rows.clone()]);
            self.windows.middles(0, tenkan);
            self.windows.middles(1, kijun);
            self.windows.middles(2, ahead_b);
            for ((ahead, tenkan), kijun) in ahead_a.iter_mut().zip(tenkan).zip(kijun) {
                *ahead = middle(*tenkan, *kijun);
            }
            self.cloud_a.extend(ahead_a, cloud_a);
            self.cloud_b.extend(ahead_b, cloud_b);
            plot_back.copy_from_slice(&close[rows]);
        }
    }
}
