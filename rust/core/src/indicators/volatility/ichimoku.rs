use super::donchian::middle;
use crate::error::Error;
use crate::indicators::spec::{Args, CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Delay, Highest, Lowest, Window};
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

/// See [`SPEC`].
#[derive(Clone, Debug)]
pub struct Ichimoku {
    tenkan: Middle,
    kijun: Middle,
    senkou_b: Middle,
    cloud_a: Delay,
    cloud_b: Delay,
}

/// Half-way between the highest high and the lowest low.
#[derive(Clone, Debug)]
struct Middle {
    high: Window<Highest, 1, 1>,
    low: Window<Lowest, 1, 1>,
    lows: Vec<f64>,
}

impl Middle {
    fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        Ok(Self { high: Window::new(period), low: Window::new(period), lows: Vec::new() })
    }

    fn update(&mut self, high: f64, low: f64) -> f64 {
        match (self.high.update([high]), self.low.update([low])) {
            (Some([highest]), Some([lowest])) => middle(highest, lowest),
            _ => f64::NAN,
        }
    }

    fn extend(&mut self, high: &[f64], low: &[f64], out: &mut [f64]) {
        self.lows.resize(low.len(), 0.0);
        self.high.extend([high], [&mut *out]);
        self.low.extend([low], [&mut self.lows]);
        for (out, low) in out.iter_mut().zip(&self.lows) {
            *out = middle(*out, *low);
        }
    }
}

impl Ichimoku {
    /// With windows of `tenkan`, `kijun` and `senkou_b` bars and a cloud `displacement` bars ahead.
    ///
    /// # Errors
    /// `period must be >= 1` for each window.
    pub fn try_new(tenkan: usize, kijun: usize, senkou_b: usize, displacement: usize) -> Result<Self, Error> {
        Ok(Self {
            tenkan: Middle::try_new(tenkan)?,
            kijun: Middle::try_new(kijun)?,
            senkou_b: Middle::try_new(senkou_b)?,
            cloud_a: Delay::new(displacement),
            cloud_b: Delay::new(displacement),
        })
    }
}

impl Indicator<3, 7> for Ichimoku {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 7] {
        let (tenkan, kijun) = (self.tenkan.update(high, low), self.kijun.update(high, low));
        let (ahead_a, ahead_b) = (middle(tenkan, kijun), self.senkou_b.update(high, low));
        [tenkan, kijun, self.cloud_a.update(ahead_a), self.cloud_b.update(ahead_b), ahead_a, ahead_b, close]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], outputs: [&mut [f64]; 7]) {
        let [tenkan, kijun, cloud_a, cloud_b, ahead_a, ahead_b, plot_back] = outputs;
        self.tenkan.extend(high, low, tenkan);
        self.kijun.extend(high, low, kijun);
        self.senkou_b.extend(high, low, ahead_b);
        for ((ahead, tenkan), kijun) in ahead_a.iter_mut().zip(tenkan).zip(kijun) {
            *ahead = middle(*tenkan, *kijun);
        }
        self.cloud_a.extend(ahead_a, cloud_a);
        self.cloud_b.extend(ahead_b, cloud_b);
        plot_back.copy_from_slice(close);
    }
}
