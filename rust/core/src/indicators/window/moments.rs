//! Moments about the mean, merged as Chan, Golub and LeVeque (1979) and Pébay (2008) do: from the
//! difference of the means, never from differences of large sums. Equal values have none at all.

use super::Summary;

/// The mean, and the sum of the squares of the distances from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments;

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

/// Moments from sums over the distances from the newest row.
///
/// The newest row is one of the window: the square of its distance from the mean is no more than the sum
/// of all such squares, so that little is lost when it is taken off.
pub(in crate::indicators) trait Shifted<const I: usize, const C: usize>: Summary<I, C> {
    /// The sums with one row more.
    fn add(sums: [f64; C], away: [f64; I]) -> [f64; C];

    /// The summary of a window of so many rows.
    fn summary(newest: [f64; I], sums: [f64; C], rows: f64) -> [f64; C];
}

/// A sum of squares about the mean from one about another value.
#[inline(always)]
fn centred(squares: f64, sum: f64, mean: f64) -> f64 {
    let centred = (-sum).mul_add(mean, squares);
    // Rounding may leave a little less than nothing.
    if centred < 0.0 { 0.0 } else { centred }
}

impl Shifted<1, 2> for Moments {
    #[inline(always)]
    fn add([sum, squares]: [f64; 2], [away]: [f64; 1]) -> [f64; 2] {
        [sum + away, away.mul_add(away, squares)]
    }

    #[inline(always)]
    fn summary([newest]: [f64; 1], [sum, squares]: [f64; 2], rows: f64) -> [f64; 2] {
        let mean = sum / rows;
        [newest + mean, centred(squares, sum, mean)]
    }
}

impl Shifted<1, 3> for ThirdMoments {
    #[inline(always)]
    fn add([sum, squares, cubes]: [f64; 3], [away]: [f64; 1]) -> [f64; 3] {
        let square = away * away;
        [sum + away, squares + square, square.mul_add(away, cubes)]
    }

    #[inline(always)]
    fn summary([newest]: [f64; 1], [sum, squares, cubes]: [f64; 3], rows: f64) -> [f64; 3] {
        let mean = sum / rows;
        let less = 3.0 * squares - 2.0 * sum * mean;
        [newest + mean, centred(squares, sum, mean), (-mean).mul_add(less, cubes)]
    }
}

impl Shifted<2, 4> for Covariance {
    #[inline(always)]
    fn add(sums: [f64; 4], [x, y]: [f64; 2]) -> [f64; 4] {
        [sums[0] + x, sums[1] + y, y.mul_add(y, sums[2]), x.mul_add(y, sums[3])]
    }

    #[inline(always)]
    fn summary(newest: [f64; 2], sums: [f64; 4], rows: f64) -> [f64; 4] {
        let (x, y) = (sums[0] / rows, sums[1] / rows);
        [newest[0] + x, newest[1] + y, centred(sums[2], sums[1], y), (-sums[0]).mul_add(y, sums[3])]
    }
}

impl Shifted<2, 5> for CoMoments {
    #[inline(always)]
    fn add(sums: [f64; 5], [x, y]: [f64; 2]) -> [f64; 5] {
        [sums[0] + x, sums[1] + y, x.mul_add(x, sums[2]), y.mul_add(y, sums[3]), x.mul_add(y, sums[4])]
    }

    #[inline(always)]
    fn summary(newest: [f64; 2], sums: [f64; 5], rows: f64) -> [f64; 5] {
        let (x, y) = (sums[0] / rows, sums[1] / rows);
        [
            newest[0] + x,
            newest[1] + y,
            centred(sums[2], sums[0], x),
            centred(sums[3], sums[1], y),
            (-sums[0]).mul_add(y, sums[4]),
        ]
    }
}
