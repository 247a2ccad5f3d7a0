use super::Summary;

/// The mean, and the sum of the squared differences from it, which is 0 for equal values.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Moments;

impl Summary<1, 2> for Moments {
    /// The older block's share of the rows, and the squares that a difference of 1 between two means adds.
    type Weights = (f64, f64);

    fn of([x]: [f64; 1]) -> [f64; 2] {
        [x, 0.0]
    }

    fn weights(newer: f64, older: f64) -> (f64, f64) {
        let share = older / (newer + older);
        (share, newer * share)
    }

    #[inline(always)]
    fn merge(newer: [f64; 2], older: [f64; 2], (share, squares): (f64, f64)) -> [f64; 2] {
        let step = older[0] - newer[0];
        [step.mul_add(share, newer[0]), (step * step).mul_add(squares, newer[1] + older[1])]
    }
}
