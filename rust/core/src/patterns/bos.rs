use super::finding::{DIRECTION, END, START, level, strength};
use super::structure::{Kind, Structure};
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec, check_period};

/// Break of structure.
pub(super) static SPEC: Spec = Spec {
    name: "bos",
    class: "BOS",
    title: "Break of structure: a close beyond the last confirmed swing, in the direction of the trend.",
    formula: "A break is the first ``close`` above the last confirmed swing high, or below the last confirmed swing \
              low (swings as `swing_points`); each swing is broken once. The trend is the direction of the last \
              break, and there is none before the first one. A break in the direction of the trend is a break of \
              structure; one against it is a change of character, see `choch`. A close at the level breaks nothing.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[Param::rows("swing", 5, 1, "Bars on each side of a swing, >= 1.")],
    outputs: &[
        DIRECTION,
        START,
        END,
        level("The price of the swing that is broken; it begins at that bar."),
        strength(
            "``abs(close - level) / (high - low)``, at most 1: how much of the bar the close has put beyond the level.",
        ),
    ],
    missing: |_| Missing::Hold,
    warm_up: |args| 2 * args.rows(0),
    reach: |_| Reach::All,
    source: "Common usage of ICT and smart money concepts, made causal: a swing counts from the bar that confirms it.",
    example: ">>> high = [3.0, 5.0, 4.0, 5.5, 7.0, 6.0, 8.0]\n\
              >>> low = [2.0, 4.0, 3.0, 4.5, 6.0, 5.0, 7.0]\n\
              >>> close = [2.5, 4.5, 3.5, 5.2, 6.5, 5.5, 7.5]\n\
              >>> ba.patterns.bos(high, low, close, 1).direction\n\
              array([nan, nan,  0.,  0.,  0.,  0.,  1.])",
    make: |args| make(Bos::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Bos(Structure);

impl Bos {
    /// With `swing` bars on each side of a swing.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(swing: usize) -> Result<Self, Error> {
        Ok(Self(Structure::new(Kind::Continuation, check_period(swing)?)))
    }
}

impl Indicator<3, 5> for Bos {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 5] {
        self.0.update(high, low, close)
    }

    fn is_settled(&self) -> bool {
        self.0.is_settled()
    }

    fn at_end(&self, rows: [&[Lane]; 3]) -> Option<[Lane; 5]> {
        Some(self.0.at_end(rows))
    }
}
