//! Hand-worked examples, and the one-pass kernel against the obvious formulas.

use proptest::prelude::*;

use super::*;
use crate::types::{DAY_NS, Ts};

/// The obvious loops and two-pass formulas, in the order of [`compared`].
fn obvious(returns: &[f64], year: f64) -> Vec<f64> {
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let central = |power: i32| returns.iter().map(|r| (r - mean).powi(power)).sum::<f64>();
    let deviation = (central(2) / (n - 1.0)).sqrt();
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    let (mut equity, mut top, mut low) = (1.0f64, 1.0f64, 1.0f64);
    for r in returns {
        equity *= 1.0 + r;
        top = top.max(equity);
        low = low.min(equity / top);
    }
    let cagr = equity.powf(year / n) - 1.0;
    let gains: f64 = returns.iter().map(|r| r.max(0.0)).sum();
    let losses: f64 = returns.iter().map(|r| (-r).max(0.0)).sum();
    vec![
        mean / deviation * year.sqrt(),
        mean / downside * year.sqrt(),
        deviation * year.sqrt(),
        100.0 * (1.0 - low),
        100.0 * (equity - 1.0),
        cagr,
        cagr / (1.0 - low),
        gains / losses,
        central(3) / n / (central(2) / n).powf(1.5),
        central(4) / n / (central(2) / n).powi(2) - 3.0,
    ]
}

fn compared(s: &ReturnSummary) -> Vec<Option<f64>> {
    vec![
        s.sharpe_ratio,
        s.sortino_ratio,
        s.volatility,
        s.max_drawdown_pct,
        s.return_pct,
        s.cagr,
        s.calmar_ratio,
        s.omega_ratio,
        s.skewness,
        s.kurtosis,
    ]
}

fn assert_close(returns: &[f64], tolerance: f64) {
    for (i, (fast, slow)) in compared(&summary(returns, 252.0)).into_iter().zip(obvious(returns, 252.0)).enumerate() {
        let fast = fast.unwrap_or(f64::NAN);
        // Means near 0 and skewness are differences: judged on the scale of 1.
        let error = (fast - slow).abs() / slow.abs().max(1.0);
        assert!(error <= tolerance, "statistic {i} of {} returns: {fast} and {slow}", returns.len());
    }
}

/// A repeatable series with drift, of any length.
fn series(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = crate::rng::Rng::new(seed, 0);
    (0..count).map(|_| (rng.next_f64() - 0.495) * 0.02).collect()
}

#[test]
fn summary_of_a_hand_worked_example() {
    // r = 10 %, -10 %, 20 %, -10 %; P = 4. Wealth: 1.1, 0.99, 1.188, 1.0692.
    let s = summary(&[0.1, -0.1, 0.2, -0.1], 4.0);
    // Mean 0.025; deviations 0.075, -0.125, 0.175, -0.125: squares sum to 0.0675; s = sqrt(0.0225) = 0.15.
    let close = |value: Option<f64>, expected: f64| assert!((value.unwrap() - expected).abs() < 1e-12, "{value:?}");
    close(s.volatility, 0.15 * 2.0);
    close(s.sharpe_ratio, 0.025 / 0.15 * 2.0);
    // Downside: sqrt(0.02 / 4).
    close(s.sortino_ratio, 0.025 / 0.005f64.sqrt() * 2.0);
    close(s.return_pct, 6.92);
    close(s.max_drawdown_pct, 10.0);
    // n / P = 1 year.
    close(s.cagr, 0.0692);
    close(s.calmar_ratio, 0.692);
    close(s.omega_ratio, 1.5);
    // Cubes: 0.000421875 - 2 x 0.001953125 + 0.005359375 = 0.001875; m2 = 0.016875.
    close(s.skewness, 0.001875 / 4.0 / 0.016875f64.powf(1.5));
    // Fourth powers: 0.000031640625 + 2 x 0.000244140625 + 0.000937890625 = 0.0014578125.
    let raw = 0.0014578125 / 4.0 / 0.016875f64.powi(2);
    close(s.kurtosis, raw - 3.0);
    let sr = 0.025 / 0.15;
    let spread = 1.0 - s.skewness.unwrap() * sr + (raw - 1.0) / 4.0 * sr * sr;
    close(s.probabilistic_sharpe_ratio, normal_cdf(sr * 3f64.sqrt() / spread.sqrt()));
}

#[test]
fn probabilistic_sharpe_ratio_uses_the_raw_kurtosis() {
    // -1, 1, -1, 1 .. and a mean: g3 = 0, g4 = 1, so the spread is 1 and PSR = Phi(SR sqrt(n - 1)).
    let returns: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { -0.009 } else { 0.011 }).collect();
    let sr = 0.001 / (0.01f64.powi(2) * 100.0 / 99.0).sqrt();
    let psr = summary(&returns, 252.0).probabilistic_sharpe_ratio.unwrap();
    assert!((psr - normal_cdf(sr * 99f64.sqrt())).abs() < 1e-12);
}

#[test]
fn the_one_pass_kernel_agrees_with_the_obvious_formulas() {
    for count in [2, 3, 7, 127, 128, 129, 4_095, 4_096, 4_097, 8_192, 50_000] {
        assert_close(&series(count, count as u64), 1e-10);
    }
}

#[test]
fn a_tiny_deviation_about_a_large_mean_keeps_its_digits() {
    // Sums of squares without a shift would leave nothing of the deviation.
    let returns: Vec<f64> = series(20_000, 5).iter().map(|r| 0.5 + r * 1e-6).collect();
    let mean = returns.iter().sum::<f64>() / 20_000.0;
    let deviation = (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 19_999.0).sqrt();
    let volatility = summary(&returns, 1.0).volatility.unwrap();
    assert!((volatility / deviation - 1.0).abs() < 1e-9, "{volatility} {deviation}");
}

#[test]
fn wealth_beyond_the_range_of_floats_still_has_a_drawdown() {
    // 1.5^20,000 and back to nearly nothing: the growth is undefined as a number, the drawdown is not.
    let mut returns = vec![0.5; 20_000];
    returns.extend([-0.5, 0.2]);
    let s = summary(&returns, 252.0);
    assert!((s.max_drawdown_pct.unwrap() - 50.0).abs() < 1e-9);
    assert_eq!(s.return_pct, None);
    // (1.5^20000 x 0.5 x 1.2)^(252 / 20002) - 1
    let expected = ((20_000.0 * 1.5f64.ln() + 0.6f64.ln()) * 252.0 / 20_002.0).exp_m1();
    assert!((s.cagr.unwrap() / expected - 1.0).abs() < 1e-10);
}

#[test]
fn undefined_statistics_are_none() {
    assert_eq!(summary(&[], 252.0), ReturnSummary::default());
    let one = summary(&[0.01], 252.0);
    assert_eq!((one.sharpe_ratio, one.volatility, one.omega_ratio, one.calmar_ratio), (None, None, None, None));
    assert!(one.return_pct.is_some());
    let flat = summary(&[0.1; 10_000], 252.0);
    assert_eq!((flat.sharpe_ratio, flat.volatility), (None, Some(0.0)));
    let bad = summary(&[0.1, f64::NAN, 0.2], 252.0);
    assert_eq!(bad, ReturnSummary { periods: 3, ..ReturnSummary::default() });
    assert_eq!(summary(&[0.1, f64::INFINITY], 252.0).return_pct, None);
    assert_eq!(summary(&[0.1, -0.1], 0.0).sharpe_ratio, None);
}

#[test]
fn a_return_of_minus_one_wipes_wealth_out() {
    for fatal in [-1.0, -1.5] {
        let s = summary(&[0.1, fatal, 3.0], 252.0);
        assert_eq!((s.return_pct, s.max_drawdown_pct), (Some(-100.0), Some(100.0)));
        assert_eq!((s.cagr, s.calmar_ratio), (None, None));
    }
}

fn trade(long: bool, pnl: f64, seconds: i64) -> ClosedTrade {
    ClosedTrade {
        long,
        entry_ts: 0,
        exit_ts: seconds * 1_000_000_000,
        quantity: 1.0,
        entry_price: 100.0,
        exit_price: 100.0,
        pnl,
        commission: 0.0,
        notional_in: 100.0,
    }
}

#[test]
fn trade_statistics_of_a_hand_worked_example() {
    let trades: Vec<ClosedTrade> = [10.0, 20.0, 0.0, -5.0, -10.0, -3.0, 6.0]
        .iter()
        .enumerate()
        .map(|(i, &pnl)| trade(i % 2 == 0, pnl, 10))
        .collect();
    let s = TradeStats::of(&trades);
    assert_eq!((s.total_trades, s.winning_trades, s.losing_trades), (7, 3, 3));
    assert_eq!(s.win_rate, Some(3.0 / 7.0));
    assert_eq!((s.total_pnl, s.avg_pnl_per_trade), (18.0, Some(18.0 / 7.0)));
    assert_eq!((s.largest_win, s.largest_loss), (Some(20.0), Some(-10.0)));
    assert_eq!((s.avg_win, s.avg_loss), (Some(12.0), Some(-6.0)));
    assert_eq!((s.profit_factor, s.expectancy), (Some(2.0), Some(18.0 / 7.0)));
    assert_eq!((s.max_consecutive_wins, s.max_consecutive_losses), (2, 3));
    // Long: 10, 0, -10, 6; short: 20, -5, -3.
    assert_eq!((s.long_trades, s.long_win_rate, s.long_pnl), (4, Some(0.5), 6.0));
    assert_eq!((s.short_trades, s.short_win_rate, s.short_pnl), (3, Some(1.0 / 3.0), 12.0));
    assert_eq!(s.avg_trade_duration_secs, Some(10.0));
}

#[test]
fn without_trades_or_losses_trade_statistics_are_none() {
    assert_eq!(TradeStats::of(&[]), TradeStats::default());
    let wins = TradeStats::of(&[trade(true, 1.0, 1)]);
    assert_eq!((wins.profit_factor, wins.avg_loss, wins.short_win_rate), (None, None, None));
    assert_eq!(wins.win_rate, Some(1.0));
}

fn run<'a>(trades: &'a [ClosedTrade], equity: &'a [(Ts, f64)], max_drawdown_pct: f64) -> Run<'a> {
    Run {
        trades,
        equity,
        max_drawdown_pct,
        exposure_pct: Some(40.0),
        time_in_market_pct: Some(50.0),
        traded_notional: 300.0,
        total_fees: 1.5,
    }
}

#[test]
fn a_run_is_annualised_by_the_span_of_its_samples() {
    // 100, 110, 99, 118.8 over 73.05 days: a fifth of a year, three returns, so P = 15.
    let day = |days: f64| (days * DAY_NS as f64) as Ts;
    let equity = [(0, 100.0), (day(20.0), 110.0), (day(50.0), 99.0), (day(73.05), 118.8)];
    let metrics = Metrics::of(&run(&[], &equity, 12.5));
    let s = summary(&[0.1, -0.1, 0.2], 15.0);
    let close = |a: Option<f64>, b: Option<f64>| assert!((a.unwrap() - b.unwrap()).abs() < 1e-9, "{a:?} {b:?}");
    close(metrics.sharpe_ratio, s.sharpe_ratio);
    close(metrics.sortino_ratio, s.sortino_ratio);
    close(metrics.cagr, Some(1.188f64.powi(5) - 1.0));
    close(metrics.return_pct, Some(18.8));
    // The drawdown of every mark, not the 10 % of the samples.
    close(metrics.calmar_ratio, Some((1.188f64.powi(5) - 1.0) / 0.125));
    close(metrics.turnover, Some(300.0 / 106.95));
    assert_eq!((metrics.initial_capital, metrics.final_equity), (Some(100.0), Some(118.8)));
    assert_eq!((metrics.win_rate, metrics.total_pnl, metrics.total_fees), (None, 0.0, 1.5));
}

#[test]
fn equity_at_or_below_zero_leaves_ratios_undefined() {
    let metrics = Metrics::of(&run(&[], &[(0, 100.0), (DAY_NS, -20.0), (2 * DAY_NS, 50.0)], 120.0));
    assert_eq!((metrics.sharpe_ratio, metrics.cagr, metrics.calmar_ratio), (None, None, None));
    assert_eq!((metrics.value_at_risk_95, metrics.ulcer_index), (None, None));
    assert_eq!((metrics.return_pct, metrics.max_drawdown_pct), (Some(-50.0), 120.0));
}

#[test]
fn samples_without_a_span_leave_annual_numbers_undefined() {
    let metrics = Metrics::of(&run(&[], &[(5, 100.0), (5, 101.0), (5, 100.0)], 1.0));
    assert_eq!((metrics.sharpe_ratio, metrics.volatility, metrics.cagr), (None, None, None));
    assert!(metrics.omega_ratio.is_some());
    let nothing = Metrics::of(&run(&[], &[], 0.0));
    assert_eq!((nothing.return_pct, nothing.final_equity), (None, None));
}

#[test]
fn entries_are_the_names_of_the_contract_in_a_fixed_order() {
    let entries = Metrics::of(&run(&[], &[], 0.0)).entries();
    let names: Vec<&str> = entries.iter().map(|&(name, _)| name).collect();
    let contract = "total_trades winning_trades losing_trades win_rate total_pnl avg_pnl_per_trade largest_win \
        largest_loss avg_win avg_loss profit_factor sharpe_ratio sortino_ratio calmar_ratio max_drawdown_pct \
        expectancy return_pct cagr volatility omega_ratio ulcer_index tail_ratio exposure_pct turnover \
        time_in_market_pct max_consecutive_wins max_consecutive_losses long_trades short_trades long_win_rate \
        short_win_rate long_pnl short_pnl probabilistic_sharpe_ratio total_fees initial_capital final_equity \
        avg_trade_duration_secs skewness kurtosis value_at_risk_95 cvar_95";
    assert_eq!(names, contract.split_whitespace().collect::<Vec<_>>());
    assert_eq!(entries[0], ("total_trades", Value::Int(0)));
    assert_eq!(entries[3], ("win_rate", Value::None));
}

#[test]
fn the_same_returns_give_the_same_bits() {
    let returns = series(30_000, 9);
    assert_eq!(summary(&returns, 252.0), summary(&returns.clone(), 252.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn summary_equals_the_obvious_formulas(
        head in prop::collection::vec(-0.3..0.35f64, 2..600), blocks in 0usize..3, seed in any::<u64>(),
    ) {
        let mut returns = head;
        returns.extend(series(blocks * 4_096, seed));
        prop_assume!(returns.iter().any(|r| *r < -1e-4));
        assert_close(&returns, 1e-9);
    }

    #[test]
    fn trades_of_both_sides_add_up(pnl in prop::collection::vec(-100i32..100, 0..50)) {
        let trades: Vec<ClosedTrade> = pnl.iter().map(|&p| trade(p % 3 == 0, f64::from(p), 1)).collect();
        let s = TradeStats::of(&trades);
        prop_assert_eq!(s.long_trades + s.short_trades, s.total_trades);
        prop_assert_eq!(s.long_pnl + s.short_pnl, s.total_pnl);
        prop_assert_eq!(s.total_pnl, f64::from(pnl.iter().sum::<i32>()));
        prop_assert!(s.winning_trades + s.losing_trades <= s.total_trades);
        prop_assert!(s.avg_loss.is_none_or(|loss| loss < 0.0));
    }
}
