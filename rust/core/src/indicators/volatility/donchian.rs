use crate::error::Error;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::lanes::{Lane, each};
use crate::indicators::spec::{HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Extremes, highest, lowest, middle};
use crate::indicators::{Indicator, Spec, check_period};

/// Donchian channel.
pub(super) static SPEC: Spec = Spec {
    name: "donchian",
    class: "Donchian",
    title: "Donchian channel: the highest and the lowest price of the last `period` bars.",
    formula: "``upper`` is the highest high and ``lower`` the lowest low of the last `period` bars, this one included; \
              ``middle = (upper + lower) / 2``.",
    inputs: &[HIGH, LOW],
    params: &[Param::rows("period", 20, 1, "Bars, >= 1.")],
    outputs: &[
        Output { name: "upper", doc: "The highest high, in the unit of the prices." },
        Output { name: "middle", doc: "Half-way between." },
        Output { name: "lower", doc: "The lowest low." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Richard Donchian; equals TA-Lib DONCHIAN.",
    example: ">>> ba.indicators.donchian([3.0, 4.0], [1.0, 2.0], 2).middle\narray([nan, 2.5])",
    make: |args| make(Donchian::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Donchian(Extremes<1>);

impl Donchian {
    /// Over `period` bars.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        Ok(Self(Extremes::new([check_period(period)?])))
    }
}

impl Indicator<2, 3> for Donchian {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 3] {
        let [mut upper, mut lower] = [[f64::NAN]; 2];
        self.0.take(&[high], &[low]);
        self.0.edges(0, &mut upper, &mut lower);
        [upper[0], middle(upper[0], lower[0]), lower[0]]
    }

    fn extend(&mut self, [high, low]: [&[f64]; 2], [upper, mid, lower]: [&mut [f64]; 3]) {
        const BLOCK: usize = Extremes::<1>::BLOCK;
        let outputs = upper.chunks_mut(BLOCK).zip(mid.chunks_mut(BLOCK)).zip(lower.chunks_mut(BLOCK));
        for ((high, low), ((upper, mid), lower)) in high.chunks(BLOCK).zip(low.chunks(BLOCK)).zip(outputs) {
            self.0.take(high, low);
            self.0.edges(0, upper, lower);
            for ((mid, upper), lower) in mid.iter_mut().zip(upper).zip(lower) {
                *mid = middle(*upper, *lower);
            }
        }
    }
}

impl Windowed<2, 3> for Donchian {
    fn of_eight(&self, [high, low]: [&[Lane]; 2], _: &mut Scratch) -> [Lane; 3] {
        let (upper, lower) = (highest(high), lowest(low));
        [upper, each(|lane| middle(upper[lane], lower[lane])), lower]
    }
}
