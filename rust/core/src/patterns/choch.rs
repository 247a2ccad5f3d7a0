use super::finding::{DIRECTION, END, START, level, strength};
use super::structure::{Kind, Structure};
use crate::error::Error;
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec, check_period};

/// Change of character.
pub(super) static SPEC: Spec = Spec {
    name: "choch",
    class: "CHoCH",
    title: "Change of character: the first close beyond a confirmed swing against the trend.",
    formula: "A break is the first ``close`` above the last confirmed swing high, or below the last confirmed swing \
              low (swings as `swing_points`); each swing is broken once. The trend is the direction of the last \
              break, and there is none before the first one. A break against the trend is a change of character and \
              turns the trend; one in its direction is a break of structure, see `bos`. A close at the level breaks \
              nothing.",
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
    example: ">>> high = [3.0, 5.0, 4.0, 5.5, 7.0, 6.0, 4.0]\n\
              >>> low = [2.0, 4.0, 3.0, 4.5, 6.0, 2.5, 1.0]\n\
              >>> close = [2.5, 4.5, 3.5, 5.2, 6.5, 2.8, 1.5]\n\
              >>> ba.patterns.choch(high, low, close, 1).direction\n\
              array([nan, nan,  0.,  0.,  0., -1.,  0.])",
    make: |args| make(Choch::try_new(args.rows(0))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Choch(Structure);

impl Choch {
    /// With `swing` bars on each side of a swing.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(swing: usize) -> Result<Self, Error> {
        Ok(Self(Structure::new(Kind::Change, check_period(swing)?)))
    }
}

impl Indicator<3, 5> for Choch {
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
