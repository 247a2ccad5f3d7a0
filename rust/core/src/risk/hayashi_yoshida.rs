//! Covariance of two prices that are seen at different times.
//!
//! # Rationale
//! Returns on a grid lose correlation as the grid gets finer, because one of the prices is always stale (the Epps
//! effect). Here each pair of returns counts whose spans of time overlap, so no grid is needed.
//!
//! # Source
//! T. Hayashi and N. Yoshida, "On covariance estimation of non-synchronously observed diffusion processes",
//! Bernoulli 11(2), 2005.
//!
//! # Limitations
//! Both must be free of noise such as the bounce between bid and ask, which inflates the variances and so shrinks the
//! correlation: mid prices do better than trades.

use super::checked::bad_data;
use crate::error::Error;

/// Of two series of prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HayashiYoshida {
    /// Sum of r_i q_j over all pairs of log returns whose spans (from, to] overlap.
    pub covariance: f64,
    /// Sums of the squared log returns of the two.
    pub variances: (f64, f64),
    /// covariance / sqrt(variance x variance), held to -1..=1; `None` if a variance is 0.
    pub correlation: Option<f64>,
}

/// A span of time (from, to] and the log return over it.
struct Span {
    from: i64,
    to: i64,
    change: f64,
}

fn spans(name: &str, ts: &[i64], prices: &[f64]) -> Result<Vec<Span>, Error> {
    super::checked::length(name, prices.len(), ts.len())?;
    let mut made: Vec<Span> = Vec::with_capacity(prices.len());
    let mut last: Option<(i64, f64)> = None;
    // Of several prices at one time the last one counts.
    let mut before: Option<(i64, f64)> = None;
    for (at, (&ts, &price)) in ts.iter().zip(prices).enumerate() {
        if !(price > 0.0 && price.is_finite()) {
            return Err(bad_data(name, "must be prices > 0", format!("{price} at {at}")));
        }
        match last {
            Some((then, _)) if ts < then => return Err(bad_data(name, "must be in order of time", ts)),
            Some((then, _)) if ts == then => {
                made.pop_if(|span| span.to == then);
            }
            _ => before = last,
        }
        if let Some((from, old)) = before {
            made.push(Span { from, to: ts, change: (price / old).ln() });
        }
        last = Some((ts, price));
    }
    Ok(made)
}

/// Of prices at ascending times, in any unit. O(n + m + pairs that overlap).
///
/// # Errors
/// `DataError` if a price is not above 0, times run backwards, or a series has as many times as it has no prices.
///
/// ```
/// use baconalgo_core::risk::hayashi_yoshida::hayashi_yoshida;
///
/// // The second one is seen half a step later, and moves alike.
/// let found = hayashi_yoshida(&[0, 2, 4], &[1.0, 2.0, 1.0], &[0, 2, 4], &[2.0, 4.0, 2.0]).unwrap();
/// assert!((found.correlation.unwrap() - 1.0).abs() < 1e-12);
/// ```
pub fn hayashi_yoshida(x_ts: &[i64], x: &[f64], y_ts: &[i64], y: &[f64]) -> Result<HayashiYoshida, Error> {
    let (x, y) = (spans("x", x_ts, x)?, spans("y", y_ts, y)?);
    let mut covariance = 0.0;
    let mut first = 0;
    for span in &x {
        while y.get(first).is_some_and(|other| other.to <= span.from) {
            first += 1;
        }
        for other in y[first..].iter().take_while(|other| other.from < span.to) {
            covariance = span.change.mul_add(other.change, covariance);
        }
    }
    let square = |spans: &[Span]| spans.iter().fold(0.0, |sum, span| span.change.mul_add(span.change, sum));
    let variances = (square(&x), square(&y));
    let scale = (variances.0 * variances.1).sqrt();
    let correlation = (scale > 0.0).then(|| (covariance / scale).clamp(-1.0, 1.0));
    Ok(HayashiYoshida { covariance, variances, correlation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series() -> impl Strategy<Value = (Vec<i64>, Vec<f64>)> {
        prop::collection::vec((0i64..3, 0.5f64..2.0), 1..30).prop_map(|rows| {
            let mut ts = 0;
            let at = |(step, price): (i64, f64)| {
                ts += step;
                (ts, price)
            };
            rows.into_iter().map(at).unzip()
        })
    }

    /// (time, price), the last one of each time.
    fn last_of_each(ts: &[i64], prices: &[f64]) -> Vec<(i64, f64)> {
        let all = ts.iter().copied().zip(prices.iter().copied()).enumerate();
        all.filter(|(at, (t, _))| ts.get(at + 1) != Some(t)).map(|(_, row)| row).collect()
    }

    proptest! {
        #[test]
        fn it_is_the_sum_over_all_pairs_that_overlap((xt, x) in series(), (yt, y) in series()) {
            let found = hayashi_yoshida(&xt, &x, &yt, &y).unwrap();
            let (x, y) = (last_of_each(&xt, &x), last_of_each(&yt, &y));
            let mut obvious = 0.0;
            for a in x.windows(2) {
                for b in y.windows(2) {
                    if a[0].0.max(b[0].0) < a[1].0.min(b[1].0) {
                        obvious += (a[1].1 / a[0].1).ln() * (b[1].1 / b[0].1).ln();
                    }
                }
            }
            prop_assert!((found.covariance - obvious).abs() < 1e-12);
        }
    }

    #[test]
    fn a_price_that_is_seen_once_or_never_moves_has_no_correlation() {
        assert_eq!(hayashi_yoshida(&[1], &[1.0], &[1, 2], &[1.0, 2.0]).unwrap().correlation, None);
        assert_eq!(hayashi_yoshida(&[1, 2], &[1.0, 1.0], &[1, 2], &[1.0, 2.0]).unwrap().correlation, None);
        assert!(hayashi_yoshida(&[2, 1], &[1.0, 1.0], &[], &[]).is_err());
        assert!(hayashi_yoshida(&[1], &[0.0], &[], &[]).is_err());
        assert!(hayashi_yoshida(&[1], &[], &[], &[]).is_err());
    }
}
