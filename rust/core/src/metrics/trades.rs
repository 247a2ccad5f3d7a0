//! Statistics of closed trades.

use super::returns::ratio;
use crate::types::Ts;

/// A trade from flat to flat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosedTrade {
    /// Whether the position was long.
    pub long: bool,
    /// When it was opened.
    pub entry_ts: Ts,
    /// When it was flat again.
    pub exit_ts: Ts,
    /// The size entered, in units, above zero.
    pub quantity: f64,
    /// The average price of entry.
    pub entry_price: f64,
    /// The average price of exit.
    pub exit_price: f64,
    /// Profit net of fees, in the currency of the account.
    pub pnl: f64,
    /// The fees of entry and exit.
    pub commission: f64,
    /// The value entered: price x quantity x multiplier, in the currency of the account, above zero.
    pub notional_in: f64,
}

/// What a list of trades says; made by [`TradeStats::of`]. Undefined is `None`.
///
/// A win has a P&L above zero, a loss one below; zero is neither, and ends a streak of either.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct TradeStats {
    /// The number of trades.
    pub total_trades: u64,
    /// Trades with pnl > 0.
    pub winning_trades: u64,
    /// Trades with pnl < 0.
    pub losing_trades: u64,
    /// winning_trades / total_trades, 0..1. `None` without trades.
    pub win_rate: Option<f64>,
    /// The sum of pnl, net of fees; 0 without trades.
    pub total_pnl: f64,
    /// total_pnl / total_trades. `None` without trades.
    pub avg_pnl_per_trade: Option<f64>,
    /// The highest pnl above 0. `None` without a win.
    pub largest_win: Option<f64>,
    /// The lowest pnl below 0. `None` without a loss.
    pub largest_loss: Option<f64>,
    /// The mean pnl of the wins. `None` without a win.
    pub avg_win: Option<f64>,
    /// The mean pnl of the losses, below 0. `None` without a loss.
    pub avg_loss: Option<f64>,
    /// Sum of the wins / |sum of the losses|. `None` without a loss.
    pub profit_factor: Option<f64>,
    /// What one trade earns on average:
    /// winning/total x avg_win + losing/total x avg_loss. `None` without trades.
    pub expectancy: Option<f64>,
    /// The longest run of wins.
    pub max_consecutive_wins: u64,
    /// The longest run of losses.
    pub max_consecutive_losses: u64,
    /// The number of long trades.
    pub long_trades: u64,
    /// The number of short trades.
    pub short_trades: u64,
    /// Winning long trades / long trades. `None` without any.
    pub long_win_rate: Option<f64>,
    /// Winning short trades / short trades. `None` without any.
    pub short_win_rate: Option<f64>,
    /// The sum of pnl of the long trades.
    pub long_pnl: f64,
    /// The sum of pnl of the short trades.
    pub short_pnl: f64,
    /// The mean of exit_ts - entry_ts, in seconds. `None` without trades.
    pub avg_trade_duration_secs: Option<f64>,
}

/// Count, wins and P&L of the trades of one side.
#[derive(Default)]
struct SideCount {
    trades: u64,
    wins: u64,
    pnl: f64,
}

impl TradeStats {
    /// The statistics of `trades`, in the order of their exits (streaks depend on it).
    pub fn of(trades: &[ClosedTrade]) -> Self {
        let mut out = Self { total_trades: trades.len() as u64, ..Self::default() };
        let (mut won, mut lost) = (0.0, 0.0);
        let (mut win_streak, mut loss_streak) = (0u64, 0u64);
        let mut nanoseconds = 0i128;
        let (mut long, mut short) = (SideCount::default(), SideCount::default());
        for trade in trades {
            let pnl = trade.pnl;
            let side = if trade.long { &mut long } else { &mut short };
            side.trades += 1;
            side.pnl += pnl;
            out.total_pnl += pnl;
            nanoseconds += i128::from(trade.exit_ts) - i128::from(trade.entry_ts);
            win_streak = if pnl > 0.0 { win_streak + 1 } else { 0 };
            loss_streak = if pnl < 0.0 { loss_streak + 1 } else { 0 };
            out.max_consecutive_wins = out.max_consecutive_wins.max(win_streak);
            out.max_consecutive_losses = out.max_consecutive_losses.max(loss_streak);
            if pnl > 0.0 {
                side.wins += 1;
                out.winning_trades += 1;
                won += pnl;
                out.largest_win = Some(out.largest_win.map_or(pnl, |most| most.max(pnl)));
            } else if pnl < 0.0 {
                out.losing_trades += 1;
                lost += pnl;
                out.largest_loss = Some(out.largest_loss.map_or(pnl, |least| least.min(pnl)));
            }
        }
        let total = out.total_trades as f64;
        out.win_rate = ratio(out.winning_trades as f64, total);
        out.avg_pnl_per_trade = ratio(out.total_pnl, total);
        out.avg_win = ratio(won, out.winning_trades as f64);
        out.avg_loss = ratio(lost, out.losing_trades as f64);
        out.profit_factor = (lost < 0.0).then(|| won / -lost);
        out.expectancy = ratio(won + lost, total);
        out.avg_trade_duration_secs = ratio(nanoseconds as f64 / 1e9, total);
        (out.long_trades, out.short_trades) = (long.trades, short.trades);
        (out.long_pnl, out.short_pnl) = (long.pnl, short.pnl);
        out.long_win_rate = ratio(long.wins as f64, long.trades as f64);
        out.short_win_rate = ratio(short.wins as f64, short.trades as f64);
        out
    }
}
