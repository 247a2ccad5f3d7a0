//! All numbers of one run.

use super::Value;
use super::returns::{ReturnSummary, finite, ratio, summary};
use super::tail::{TailRisk, tail_risk, ulcer_index};
use super::trades::{ClosedTrade, TradeStats};
use crate::types::{DAY_NS, Ts};

/// What the statistics of a run are made from.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The closed trades, in the order of their exits.
    pub trades: &'a [ClosedTrade],
    /// The start capital, then the equity at each sample end that has events (the last mark as the last
    /// one); times ascend.
    pub equity: &'a [(Ts, f64)],
    /// The largest fall of equity below its high, in percent of the high, over *every* mark; >= 0.
    pub max_drawdown_pct: f64,
    /// The mean of gross exposure / equity over time, in percent, if it was measured.
    pub exposure_pct: Option<f64>,
    /// The part of the time in which a position was open, in percent, if it was measured.
    pub time_in_market_pct: Option<f64>,
    /// The sum of price x quantity x multiplier of all fills.
    pub traded_notional: f64,
    /// The sum of the fees of all fills, open positions included.
    pub total_fees: f64,
}

/// The return statistics of sampled equity.
#[derive(Default)]
struct EquityStats {
    summary: ReturnSummary,
    tail: TailRisk,
    ulcer_index: Option<f64>,
    return_pct: Option<f64>,
    cagr: Option<f64>,
    initial_capital: Option<f64>,
    final_equity: Option<f64>,
    mean_equity: Option<f64>,
}

impl EquityStats {
    fn of(equity: &[(Ts, f64)]) -> Self {
        let (Some(&(start, initial)), Some(&(end, last))) = (equity.first(), equity.last()) else {
            return Self::default();
        };
        let sum: f64 = equity.iter().map(|&(_, value)| value).sum();
        let mut out = Self {
            return_pct: Some(initial)
                .filter(|&initial| initial > 0.0)
                .and_then(|initial| finite(100.0 * (last - initial) / initial)),
            initial_capital: finite(initial),
            final_equity: finite(last),
            mean_equity: finite(sum / equity.len() as f64),
            ..Self::default()
        };
        let count = equity.len() - 1;
        // NaN is not above 0 either.
        if count == 0 || !equity.iter().all(|&(_, value)| value > 0.0 && value.is_finite()) {
            return out;
        }
        let returns: Vec<f64> = equity.windows(2).map(|pair| (pair[1].1 - pair[0].1) / pair[0].1).collect();
        let years = (i128::from(end) - i128::from(start)) as f64 / (365.25 * DAY_NS as f64);
        out.summary = summary(&returns, count as f64 / years);
        out.tail = tail_risk(&returns);
        out.ulcer_index = ulcer_index(&returns);
        if years > 0.0 {
            out.cagr = finite(((last / initial).ln() / years).exp_m1());
        }
        out
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])+ $name:ident: $kind:ty,)+) => {
        /// All numbers of a run. Undefined is `None`.
        ///
        /// Returns are those between consecutive samples of equity, r = E_i / E_(i-1) - 1; ratios are
        /// annualised by P, the number of returns per 365.25 days between the first sample and the last.
        /// If a sample is not above zero, all that needs returns is undefined.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Metrics {
            $($(#[$doc])+ pub $name: $kind,)+
        }

        impl Metrics {
            /// Names and values, always in this order.
            pub fn entries(&self) -> Vec<(&'static str, Value)> {
                vec![$((stringify!($name), Value::from(self.$name))),+]
            }
        }
    };
}

metrics! {
    /// The number of closed trades.
    total_trades: u64,
    /// Trades with a P&L above 0.
    winning_trades: u64,
    /// Trades with a P&L below 0.
    losing_trades: u64,
    /// winning_trades / total_trades, 0..1.
    win_rate: Option<f64>,
    /// The sum of the P&L of all closed trades, net of fees.
    total_pnl: f64,
    /// total_pnl / total_trades.
    avg_pnl_per_trade: Option<f64>,
    /// The highest P&L of a winning trade.
    largest_win: Option<f64>,
    /// The lowest P&L of a losing trade, below 0.
    largest_loss: Option<f64>,
    /// The mean P&L of the winning trades.
    avg_win: Option<f64>,
    /// The mean P&L of the losing trades, below 0.
    avg_loss: Option<f64>,
    /// Sum of the wins / |sum of the losses|; `None` without a loss.
    profit_factor: Option<f64>,
    /// mean(r) / s x sqrt(P), s the standard deviation with n - 1; `None` if n < 2 or s = 0.
    sharpe_ratio: Option<f64>,
    /// mean(r) / sqrt(mean of min(r, 0)^2) x sqrt(P), the mean over all n; `None` without a loss.
    sortino_ratio: Option<f64>,
    /// cagr / (max_drawdown_pct / 100); `None` without a drawdown.
    calmar_ratio: Option<f64>,
    /// The largest fall of equity below its high in percent of the high, over every mark; >= 0.
    max_drawdown_pct: f64,
    /// winning/total x avg_win + losing/total x avg_loss.
    expectancy: Option<f64>,
    /// 100 (final_equity / initial_capital - 1).
    return_pct: Option<f64>,
    /// (final_equity / initial_capital)^(1 / years) - 1, a year being 365.25 days; a fraction.
    cagr: Option<f64>,
    /// s sqrt(P); a fraction.
    volatility: Option<f64>,
    /// Sum of max(r, 0) / sum of max(-r, 0); `None` without a loss.
    omega_ratio: Option<f64>,
    /// sqrt(mean of D^2), D = 100 (1 - equity / highest sample so far) after each return; percent.
    ulcer_index: Option<f64>,
    /// |95th percentile of r| / |5th percentile|, linear; `None` if the latter is 0.
    tail_ratio: Option<f64>,
    /// The mean of gross exposure / equity over time, in percent.
    exposure_pct: Option<f64>,
    /// The value of all fills / mean of the equity samples (1 is one time the account).
    turnover: Option<f64>,
    /// The part of the time in which a position was open, in percent.
    time_in_market_pct: Option<f64>,
    /// The longest run of winning trades.
    max_consecutive_wins: u64,
    /// The longest run of losing trades.
    max_consecutive_losses: u64,
    /// The number of long trades.
    long_trades: u64,
    /// The number of short trades.
    short_trades: u64,
    /// Winning long trades / long trades.
    long_win_rate: Option<f64>,
    /// Winning short trades / short trades.
    short_win_rate: Option<f64>,
    /// The P&L of the long trades, net of fees.
    long_pnl: f64,
    /// The P&L of the short trades, net of fees.
    short_pnl: f64,
    /// The probability that the true Sharpe ratio is above 0; see
    /// [`ReturnSummary::probabilistic_sharpe_ratio`].
    probabilistic_sharpe_ratio: Option<f64>,
    /// The fees of all fills.
    total_fees: f64,
    /// The first sample of equity.
    initial_capital: Option<f64>,
    /// The last sample of equity.
    final_equity: Option<f64>,
    /// The mean of exit time - entry time, in seconds.
    avg_trade_duration_secs: Option<f64>,
    /// m3 / m2^1.5 of the returns, central moments over n.
    skewness: Option<f64>,
    /// Excess kurtosis of the returns, m4 / m2^2 - 3, central moments over n.
    kurtosis: Option<f64>,
    /// The 5th percentile of the returns: a loss is negative, a fraction of equity per sample.
    value_at_risk_95: Option<f64>,
    /// The mean of the returns at or below value_at_risk_95.
    cvar_95: Option<f64>,
}

impl Metrics {
    /// The numbers of a run.
    pub fn of(run: &Run<'_>) -> Self {
        let trades = TradeStats::of(run.trades);
        let equity = EquityStats::of(run.equity);
        let drawdown = run.max_drawdown_pct / 100.0;
        Self {
            total_trades: trades.total_trades,
            winning_trades: trades.winning_trades,
            losing_trades: trades.losing_trades,
            win_rate: trades.win_rate,
            total_pnl: trades.total_pnl,
            avg_pnl_per_trade: trades.avg_pnl_per_trade,
            largest_win: trades.largest_win,
            largest_loss: trades.largest_loss,
            avg_win: trades.avg_win,
            avg_loss: trades.avg_loss,
            profit_factor: trades.profit_factor,
            sharpe_ratio: equity.summary.sharpe_ratio,
            sortino_ratio: equity.summary.sortino_ratio,
            calmar_ratio: equity.cagr.filter(|_| drawdown > 0.0).and_then(|cagr| ratio(cagr, drawdown)),
            max_drawdown_pct: run.max_drawdown_pct,
            expectancy: trades.expectancy,
            return_pct: equity.return_pct,
            cagr: equity.cagr,
            volatility: equity.summary.volatility,
            omega_ratio: equity.summary.omega_ratio,
            ulcer_index: equity.ulcer_index,
            tail_ratio: equity.tail.tail_ratio,
            exposure_pct: run.exposure_pct,
            turnover: equity.mean_equity.filter(|&mean| mean > 0.0).and_then(|mean| ratio(run.traded_notional, mean)),
            time_in_market_pct: run.time_in_market_pct,
            max_consecutive_wins: trades.max_consecutive_wins,
            max_consecutive_losses: trades.max_consecutive_losses,
            long_trades: trades.long_trades,
            short_trades: trades.short_trades,
            long_win_rate: trades.long_win_rate,
            short_win_rate: trades.short_win_rate,
            long_pnl: trades.long_pnl,
            short_pnl: trades.short_pnl,
            probabilistic_sharpe_ratio: equity.summary.probabilistic_sharpe_ratio,
            total_fees: run.total_fees,
            initial_capital: equity.initial_capital,
            final_equity: equity.final_equity,
            avg_trade_duration_secs: trades.avg_trade_duration_secs,
            skewness: equity.summary.skewness,
            kurtosis: equity.summary.kurtosis,
            value_at_risk_95: equity.tail.value_at_risk_95,
            cvar_95: equity.tail.cvar_95,
        }
    }
}
