//! Linear portfolios of names that are jointly normal or Student's t.

use rayon::ThreadPool;

use super::normals::{Normals, Row};
use super::{BLOCK, LANES, OTHER, Paths};
use crate::error::Error;
use crate::risk::checked;
use crate::risk::value_at_risk::check_df;
use crate::rng::Rng;

/// The joint distribution of the shocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shock {
    /// Normal.
    Normal,
    /// Multivariate Student's t with so many degrees of freedom, above 2, scaled to the same covariance: one draw of
    /// sqrt((df - 2) / chi-squared(df)) multiplies all names of a path.
    StudentT(f64),
}

/// mean + loadings' z for every path, z independent standard normals (or t): see
/// [`crate::risk::cholesky::Factor::loadings`]. O(paths x loadings).
///
/// # Errors
/// `DataError` if a number is not finite or there are no loadings, `ConfigError` for the number of paths or degrees of
/// freedom, `EngineError` if `keep_going` said no.
pub fn linear(
    mean: f64,
    loadings: &[f64],
    shock: Shock,
    paths: Paths,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<f64>, Error> {
    checked::finite("mean", &[mean])?;
    checked::sample("weights", loadings, 1)?;
    let df = match shock {
        Shock::Normal => None,
        Shock::StudentT(df) => Some(df),
    };
    check_df(df)?;
    let (pairs, rest) = loadings.as_chunks::<2>();
    let mut pairs = pairs.to_vec();
    pairs.extend(rest.iter().map(|&last| [last, 0.0]));
    paths.each_block(pool, keep_going, |block, out| {
        let mut normals = Normals::new(paths.seed, block * LANES as u64);
        fill(&mut normals, &pairs, out);
        if let Some(df) = df {
            let mut chi = ChiSquared::new(paths.seed, block, df);
            out.iter_mut().for_each(|value| *value *= ((df - 2.0) / chi.next()).sqrt());
        }
        out.iter_mut().for_each(|value| *value += mean);
    })
}

fn fill(normals: &mut Normals, pairs: &[[f64; 2]], out: &mut [f64; BLOCK]) {
    let (rows, _) = out.as_chunks_mut::<LANES>();
    for row in rows {
        let mut sums: Row = [0.0; LANES];
        for &[first, second] in pairs {
            let (x, y) = normals.pair();
            for lane in 0..LANES {
                sums[lane] = first.mul_add(x[lane], second.mul_add(y[lane], sums[lane]));
            }
        }
        *row = sums;
    }
}

/// Chi-squared numbers (G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", 2000).
pub(super) struct ChiSquared {
    rng: Rng,
    /// df / 2 - 1/3, and 1 / sqrt(9 d).
    d: f64,
    c: f64,
}

impl ChiSquared {
    /// One stream for a block; `df` is at least 2.
    pub(super) fn new(seed: u64, block: u64, df: f64) -> Self {
        let d = 0.5 * df - 1.0 / 3.0;
        Self { rng: Rng::new(seed, OTHER | block), d, c: 1.0 / (9.0 * d).sqrt() }
    }

    /// By the polar method of Marsaglia: the normals that are tried.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.rng.next_f64() - 1.0, 2.0 * self.rng.next_f64() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    pub(super) fn next(&mut self) -> f64 {
        loop {
            let x = self.normal();
            let root = 1.0 + self.c * x;
            let cube = root * root * root;
            let u = 1.0 - self.rng.next_f64();
            if cube > 0.0 && u.ln() < 0.5 * x * x + self.d * (1.0 - cube + cube.ln()) {
                return 2.0 * self.d * cube;
            }
        }
    }
}
