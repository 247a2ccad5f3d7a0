//! Statistics of a series of returns.

use super::Value;
use super::normal::normal_cdf;
use super::scan::scan;

/// What a series of returns says, as far as one pass can tell; made by [`summary`].
///
/// Returns are fractions of equity, one a period. Undefined is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct ReturnSummary {
    /// The number n of returns.
    pub periods: u64,
    /// 100 (product of (1 + r) - 1).
    pub return_pct: Option<f64>,
    /// (product of (1 + r))^(P / n) - 1, P periods a year, as a fraction.
    pub cagr: Option<f64>,
    /// s sqrt(P), s the standard deviation with n - 1, as a fraction.
    pub volatility: Option<f64>,
    /// mean / s x sqrt(P), risk-free rate 0. `None` with fewer than two returns or if s = 0.
    pub sharpe_ratio: Option<f64>,
    /// mean / sqrt(mean of min(r, 0)^2) x sqrt(P), the mean over all n. `None` without a loss.
    pub sortino_ratio: Option<f64>,
    /// cagr / maximum drawdown. `None` without a drawdown.
    pub calmar_ratio: Option<f64>,
    /// Sum of max(r, 0) / sum of max(-r, 0), threshold 0. `None` without a loss.
    pub omega_ratio: Option<f64>,
    /// 100 x the largest 1 - wealth / highest wealth so far, the start counting as a high.
    pub max_drawdown_pct: Option<f64>,
    /// m3 / m2^1.5, central moments over n (SciPy's `skew`).
    pub skewness: Option<f64>,
    /// *Excess* kurtosis, m4 / m2^2 - 3, central moments over n (SciPy's `kurtosis`).
    pub kurtosis: Option<f64>,
    /// The probability that the true Sharpe ratio is above 0.
    ///
    /// Phi(SR sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)), SR = mean / s of one period, g3 the
    /// skewness, g4 the raw kurtosis m4 / m2^2 (Bailey and Lopez de Prado, "The Sharpe ratio efficient
    /// frontier", 2012).
    pub probabilistic_sharpe_ratio: Option<f64>,
    /// The mean return of one period.
    pub mean_return: Option<f64>,
    /// The highest return of one period.
    pub best_return: Option<f64>,
    /// The lowest return of one period.
    pub worst_return: Option<f64>,
}

impl ReturnSummary {
    /// Names and values, always in this order.
    pub fn entries(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("periods", self.periods.into()),
            ("return_pct", self.return_pct.into()),
            ("cagr", self.cagr.into()),
            ("volatility", self.volatility.into()),
            ("sharpe_ratio", self.sharpe_ratio.into()),
            ("sortino_ratio", self.sortino_ratio.into()),
            ("calmar_ratio", self.calmar_ratio.into()),
            ("omega_ratio", self.omega_ratio.into()),
            ("max_drawdown_pct", self.max_drawdown_pct.into()),
            ("skewness", self.skewness.into()),
            ("kurtosis", self.kurtosis.into()),
            ("probabilistic_sharpe_ratio", self.probabilistic_sharpe_ratio.into()),
            ("mean_return", self.mean_return.into()),
            ("best_return", self.best_return.into()),
            ("worst_return", self.worst_return.into()),
        ]
    }
}

/// `value` if it is finite.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// `a / b` if that is a finite number.
pub(super) fn ratio(a: f64, b: f64) -> Option<f64> {
    finite(a / b)
}

/// The statistics of `returns`, annualised by `periods_per_year`, in one pass.
///
/// A return that is NaN or infinite leaves all but `periods` undefined. A return of -1 or less wipes
/// wealth out: `return_pct` is -100 and `max_drawdown_pct` 100, whatever follows, and CAGR and Calmar are
/// undefined. If `periods_per_year` is not above 0, what it scales is undefined.
///
/// # Rationale
/// Sums run in fixed lanes and blocks and are joined about local means, so the result is the same bits on
/// every machine and agrees with the two-pass formulas to about 1e-12. Statistics that need an order or a
/// high at every return are [`super::tail_risk`] and [`super::ulcer_index`].
///
/// ```
/// use baconalgo_core::metrics::summary;
///
/// let s = summary(&[0.02, -0.01, 0.03, 0.0], 252.0);
/// assert_eq!(s.periods, 4);
/// assert!((s.max_drawdown_pct.unwrap() - 1.0).abs() < 1e-12);
/// assert!((s.omega_ratio.unwrap() - 5.0).abs() < 1e-12);
/// assert_eq!(summary(&[0.01], 252.0).sharpe_ratio, None);
/// ```
pub fn summary(returns: &[f64], periods_per_year: f64) -> ReturnSummary {
    let (moments, wealth) = scan(returns);
    let n = moments.count;
    let mut out = ReturnSummary { periods: returns.len() as u64, ..ReturnSummary::default() };
    // A NaN return passes by `worst` and `best`, but not by the mean.
    if returns.is_empty() || !(moments.mean.is_finite() && moments.worst.is_finite() && moments.best.is_finite()) {
        return out;
    }
    let year = (periods_per_year > 0.0 && periods_per_year.is_finite()).then_some(periods_per_year);
    let root_year = year.map(f64::sqrt);
    let annual = |value: Option<f64>| value.zip(root_year).and_then(|(value, root)| finite(value * root));
    out.mean_return = Some(moments.mean);
    out.best_return = Some(moments.best);
    out.worst_return = Some(moments.worst);
    if moments.losses < 0.0 {
        out.omega_ratio = ratio(moments.gains, -moments.losses);
        out.sortino_ratio = annual(ratio(moments.mean, (moments.squared_losses / n).sqrt()));
    }
    if moments.worst > -1.0 {
        let drawdown = wealth.max_drawdown();
        out.return_pct = finite(100.0 * wealth.total_return());
        out.max_drawdown_pct = finite(100.0 * drawdown);
        out.cagr = year.and_then(|year| finite((wealth.log_growth() * year / n).exp_m1()));
        out.calmar_ratio = out.cagr.filter(|_| drawdown > 0.0).and_then(|cagr| ratio(cagr, drawdown));
    } else {
        out.return_pct = Some(-100.0);
        out.max_drawdown_pct = Some(100.0);
    }
    if n < 2.0 {
        return out;
    }
    // A constant series has no deviation, whatever rounding says.
    let m2 = if moments.is_constant() { 0.0 } else { moments.m2 };
    let deviation = (m2 / (n - 1.0)).sqrt();
    out.volatility = annual(finite(deviation));
    if deviation > 0.0 && deviation.is_finite() {
        let sharpe = moments.mean / deviation;
        let variance = m2 / n;
        let skewness = moments.m3 / n / (variance * variance.sqrt());
        let raw_kurtosis = moments.m4 / n / (variance * variance);
        let spread = 1.0 - skewness * sharpe + (raw_kurtosis - 1.0) / 4.0 * sharpe * sharpe;
        out.sharpe_ratio = annual(finite(sharpe));
        out.skewness = finite(skewness);
        out.kurtosis = finite(raw_kurtosis - 3.0);
        out.probabilistic_sharpe_ratio = finite(normal_cdf(sharpe * (n - 1.0).sqrt() / spread.sqrt()));
    }
    out
}
