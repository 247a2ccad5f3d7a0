use super::ad::Ad;
use crate::error::Error;
use crate::indicators::averages::Ema;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Param, Reach, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Chaikin oscillator.
pub(super) static SPEC: Spec = Spec {
    name: "chaikin",
    class: "Chaikin",
    title: "Chaikin oscillator: how far a quick average of accumulation and distribution is above a slow one.",
    formula: "``ema(ad, fast) - ema(ad, slow)`` with ``e = e (1 - k) + ad k``, ``k = 2 / (period + 1)``, both seeded with the \
              first value of `ad`.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME],
    params: &[
        Param::rows("fast", 3, 1, "Bars of the quick average, >= 1."),
        Param::rows("slow", 10, 1, "Bars of the slow average, >= 1."),
    ],
    outputs: &[Output { name: "chaikin", doc: "The difference, in the unit of `volume`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0).max(args.rows(1)) - 1,
    reach: |_| Reach::All,
    source: "Marc Chaikin; TA-Lib ADOSC to 1e-12.",
    example: ">>> ba.indicators.chaikin([3.0, 5.0], [1.0, 1.0], [3.0, 2.0], [10.0, 20.0], 1, 2)\narray([        nan, -3.33333333])",
    make: |args| make(Chaikin::try_new(args.rows(0), args.rows(1))),
};

/// Rows that are taken together: few enough that the CPU works on the next ones while it waits for averages.
const TILE: usize = 32;

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Chaikin {
    ad: Ad,
    started: bool,
    fast: Average,
    slow: Average,
    /// Rows that give nothing yet.
    blank: usize,
}

#[derive(Clone, Copy, Debug)]
struct Average {
    keep: f64,
    weight: f64,
    value: f64,
}

impl Average {
    #[inline(always)]
    fn step(&mut self, x: f64) -> f64 {
        self.value = self.value.mul_add(self.keep, self.weight * x);
        self.value
    }
}

impl Chaikin {
    /// Over `fast` and `slow` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(fast: usize, slow: usize) -> Result<Self, Error> {
        let average = |period| {
            let (keep, weight) = Ema::try_new(period)?.weights();
            Ok::<_, Error>(Average { keep, weight, value: 0.0 })
        };
        Ok(Self {
            ad: Ad::default(),
            started: false,
            fast: average(fast)?,
            slow: average(slow)?,
            blank: fast.max(slow) - 1,
        })
    }

    fn start(&mut self, ad: f64) {
        if !self.started {
            // An average of equal values is that value.
            self.started = true;
            self.fast.value = ad;
            self.slow.value = ad;
        }
    }
}

impl Indicator<4, 1> for Chaikin {
    fn update(&mut self, row: [f64; 4]) -> [f64; 1] {
        let [ad] = self.ad.update(row);
        self.start(ad);
        let value = self.fast.step(ad) - self.slow.step(ad);
        if self.blank > 0 {
            self.blank -= 1;
            return [f64::NAN];
        }
        [value]
    }

    fn extend(&mut self, inputs: [&[f64]; 4], [out]: [&mut [f64]; 1]) {
        for start in (0..out.len()).step_by(TILE) {
            let rows = start..out.len().min(start + TILE);
            let out = &mut out[rows.clone()];
            self.ad.extend(inputs.map(|column| &column[rows.clone()]), [out]);
            self.start(out[0]);
            let (mut fast, mut slow) = (self.fast, self.slow);
            for out in out.iter_mut() {
                *out = fast.step(*out) - slow.step(*out);
            }
            (self.fast, self.slow) = (fast, slow);
        }
        let blank = self.blank.min(out.len());
        out[..blank].fill(f64::NAN);
        self.blank -= blank;
    }
}
