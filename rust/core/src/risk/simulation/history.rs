//! Paths drawn from what happened: whole days, or the names' own days put together anew by a copula.

use rayon::ThreadPool;

use super::linear::ChiSquared;
use super::normals::{Normals, Row};
use super::{LANES, OTHER, Paths};
use crate::error::Error;
use crate::risk::checked;
use crate::risk::cholesky::Factor;
use crate::risk::covariance::sample;
use crate::risk::distributions::{normal_quantile, student_quantile};
use crate::risk::matrix::{Matrix, Table, dot};
use crate::risk::value_at_risk::check_df;
use crate::rng::Rng;

/// How a period is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draw {
    /// One of the periods that happened, all names together.
    Bootstrap,
    /// Names hang together as a normal distribution has it, each by itself is distributed as it was.
    GaussianCopula,
    /// As a Student's t with so many degrees of freedom, above 2, has it: bad days come together more often.
    StudentCopula(f64),
}

/// The profit or loss of `weights` for every path.
///
/// A copula takes the correlation of normal scores (of rank k of n, Phi^-1((k + 1/2) / n), equal values in the order
/// of their rows); a drawn score becomes a return by linear interpolation between the scores of the ranks. O(paths) for
/// the bootstrap, O(paths n^2) for a copula.
///
/// # Limitations
/// No name ever does worse than on its worst day.
///
/// # Errors
/// `DataError` if there are fewer than two periods or the weights are not one a name and finite, `ConfigError` for the
/// number of paths or degrees of freedom, `EngineError` if `keep_going` said no.
pub fn from_history(
    returns: Table<'_>,
    weights: &[f64],
    draw: Draw,
    paths: Paths,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<f64>, Error> {
    checked::length("weights", weights.len(), returns.columns())?;
    checked::finite("weights", weights)?;
    if returns.rows() < 2 {
        return Err(checked::bad_data("returns", "must have at least 2 rows", returns.rows()));
    }
    let df = match draw {
        Draw::Bootstrap => {
            let pnl: Vec<f64> = returns.each_row().map(|row| dot(row, weights)).collect();
            return paths.each_block(pool, keep_going, |block, out| {
                let mut rng = Rng::new(paths.seed, OTHER | block);
                out.iter_mut().for_each(|value| *value = pnl[rng.below(pnl.len() as u64) as usize]);
            });
        }
        Draw::GaussianCopula => None,
        Draw::StudentCopula(df) => Some(df),
    };
    check_df(df)?;
    let margins = Margins::of(returns, df);
    let lower = Factor::of(&margins.score_covariance(returns, pool)?)?.lower().clone();
    paths.each_block(pool, keep_going, |block, out| {
        let mut normals = Normals::new(paths.seed, block * LANES as u64);
        let mut chi = df.map(|df| (df, ChiSquared::new(paths.seed, block, df)));
        let (rows, _) = out.as_chunks_mut::<LANES>();
        let mut z: Vec<Row> = vec![[0.0; LANES]; weights.len().next_multiple_of(2)];
        for row in rows {
            let (pairs, _) = z.as_chunks_mut::<2>();
            pairs.iter_mut().for_each(|pair| [pair[0], pair[1]] = normals.pair().into());
            let stretch: Row = match &mut chi {
                Some((df, chi)) => std::array::from_fn(|_| (*df / chi.next()).sqrt()),
                None => [1.0; LANES],
            };
            *row = margins.portfolio(&lower, weights, &z, &stretch);
        }
    })
}

/// The distribution of each name by itself.
struct Margins {
    /// The score of each rank; of the normal, or of Student's t.
    scores: Vec<f64>,
    /// The returns of each name in order, name after name.
    ordered: Vec<f64>,
    /// The rank of each row, name after name.
    ranks: Vec<usize>,
}

impl Margins {
    fn of(returns: Table<'_>, df: Option<f64>) -> Self {
        let (rows, columns) = (returns.rows(), returns.columns());
        let quantile = |p: f64| df.map_or_else(|| normal_quantile(p), |df| student_quantile(p, df));
        let scores = (0..rows).map(|rank| quantile((rank as f64 + 0.5) / rows as f64)).collect();
        let mut ordered = Vec::with_capacity(rows * columns);
        let mut ranks = vec![0; rows * columns];
        for name in 0..columns {
            let value = |row: usize| returns.values()[row * columns + name];
            let mut order: Vec<usize> = (0..rows).collect();
            order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
            for (rank, &row) in order.iter().enumerate() {
                ranks[name * rows + row] = rank;
                ordered.push(value(row));
            }
        }
        Self { scores, ordered, ranks }
    }

    /// The correlations of the normal scores.
    fn score_covariance(&self, returns: Table<'_>, pool: &ThreadPool) -> Result<Matrix, Error> {
        let (rows, columns) = (returns.rows(), returns.columns());
        let mut scores = vec![0.0; rows * columns];
        for name in 0..columns {
            for row in 0..rows {
                let rank = self.ranks[name * rows + row] as f64;
                scores[row * columns + name] = normal_quantile((rank + 0.5) / rows as f64);
            }
        }
        Ok(crate::risk::correlation::of_covariance(&sample(Table::new(&scores, rows, columns)?, pool)?))
    }

    fn portfolio(&self, lower: &Matrix, weights: &[f64], z: &[Row], stretch: &Row) -> Row {
        let rows = self.scores.len();
        let mut sums: Row = [0.0; LANES];
        for (name, &weight) in weights.iter().enumerate() {
            let mut score: Row = [0.0; LANES];
            for (loading, z) in lower.row(name)[..=name].iter().zip(z) {
                for lane in 0..LANES {
                    score[lane] = loading.mul_add(z[lane], score[lane]);
                }
            }
            let ordered = &self.ordered[name * rows..(name + 1) * rows];
            for lane in 0..LANES {
                sums[lane] = weight.mul_add(self.value(ordered, score[lane] * stretch[lane]), sums[lane]);
            }
        }
        sums
    }

    fn value(&self, ordered: &[f64], score: f64) -> f64 {
        let above = self.scores.partition_point(|&known| known < score);
        if above == 0 || above == ordered.len() {
            return ordered[above.min(ordered.len() - 1)];
        }
        let (low, high) = (self.scores[above - 1], self.scores[above]);
        ((score - low) / (high - low)).mul_add(ordered[above] - ordered[above - 1], ordered[above - 1])
    }
}
