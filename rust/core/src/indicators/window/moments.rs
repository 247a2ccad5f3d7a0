//! Moments about the mean, merged as Chan, Golub and LeVeque (1979) and Pébay (2008) do: from the
//! difference of the means, never from differences of large sums. Equal values have none at all.

use super::Summary;

/// The mean, and the sum of the squares of the distances from it.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Moments;

impl Summary<1, 2> for Moments {
    /// The older one's share, and what the square of the difference of the means adds.
    type Weights = (f64, f64);

    fn of([row]: [f64; 1]) -> [f64; 2] {
        [row, 0.0]
    }

    fn weights(newer: f64, older: f64) -> (f64, f64) {
        (older / (newer + older), newer * older / (newer + older))
    }

    #[inline(always)]
    fn merge([newer, squares]: [f64; 2], [older, older_squares]: [f64; 2], (share, weight): (f64, f64)) -> [f64; 2] {
        let away = older - newer;
        [away.mul_add(share, newer), (away * away).mul_add(weight, squares + older_squares)]
    }
}

/// The mean, and the sums of the squares and of the cubes of the distances from it.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct ThirdMoments;

/// What a merge of third moments needs to know about two blocks.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct CubeWeights {
    share: f64,
    square: f64,
    cube: f64,
    newer: f64,
    older: f64,
}

impl Summary<1, 3> for ThirdMoments {
    type Weights = CubeWeights;

    fn of([row]: [f64; 1]) -> [f64; 3] {
        [row, 0.0, 0.0]
    }

    fn weights(newer: f64, older: f64) -> CubeWeights {
        let all = newer + older;
        let square = newer * older / all;
        CubeWeights {
            share: older / all,
            square,
            cube: square * ((newer - older) / all),
            newer: 3.0 * (newer / all),
            older: 3.0 * (older / all),
        }
    }

    #[inline(always)]
    fn merge(newer: [f64; 3], older: [f64; 3], weights: CubeWeights) -> [f64; 3] {
        let away = older[0] - newer[0];
        let square = away * away;
        let lopsided = square.mul_add(weights.cube, weights.newer * older[1] - weights.older * newer[1]);
        [
            away.mul_add(weights.share, newer[0]),
            square.mul_add(weights.square, newer[1] + older[1]),
            away.mul_add(lopsided, newer[2] + older[2]),
        ]
    }
}

/// Of two series: the means, the sum of the squares of the second, and the sum of the products.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct Covariance;

impl Summary<2, 4> for Covariance {
    type Weights = (f64, f64);

    fn of([x, y]: [f64; 2]) -> [f64; 4] {
        [x, y, 0.0, 0.0]
    }

    fn weights(newer: f64, older: f64) -> (f64, f64) {
        Moments::weights(newer, older)
    }

    #[inline(always)]
    fn merge(newer: [f64; 4], older: [f64; 4], (share, weight): (f64, f64)) -> [f64; 4] {
        let (x, y) = (older[0] - newer[0], older[1] - newer[1]);
        [
            x.mul_add(share, newer[0]),
            y.mul_add(share, newer[1]),
            (y * y).mul_add(weight, newer[2] + older[2]),
            (x * y).mul_add(weight, newer[3] + older[3]),
        ]
    }
}

/// Of two series: the means, the sums of the squares, and the sum of the products.
#[derive(Clone, Copy, Debug)]
pub(in crate::indicators) struct CoMoments;

impl Summary<2, 5> for CoMoments {
    type Weights = (f64, f64);

    fn of([x, y]: [f64; 2]) -> [f64; 5] {
        [x, y, 0.0, 0.0, 0.0]
    }

    fn weights(newer: f64, older: f64) -> (f64, f64) {
        Moments::weights(newer, older)
    }

    #[inline(always)]
    fn merge(newer: [f64; 5], older: [f64; 5], (share, weight): (f64, f64)) -> [f64; 5] {
        let (x, y) = (older[0] - newer[0], older[1] - newer[1]);
        [
            x.mul_add(share, newer[0]),
            y.mul_add(share, newer[1]),
            (x * x).mul_add(weight, newer[2] + older[2]),
            (y * y).mul_add(weight, newer[3] + older[3]),
            (x * y).mul_add(weight, newer[4] + older[4]),
        ]
    }
}
