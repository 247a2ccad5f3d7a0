"""The metrics in groups, with the name, the form and the formula that a reader sees."""

from __future__ import annotations

from typing import Any, NamedTuple


class Line(NamedTuple):
    """One metric of the table."""

    key: str
    """Name in ``result.metrics``."""
    label: str
    """Name for people."""
    kind: str
    """Form of the number: see :func:`baconalgo.report.formatting.number`."""
    explanation: str
    """What it is, in one sentence."""


GROUPS: dict[str, list[Line]] = {
    "Return": [
        Line("initial_capital", "Initial capital", "money", "The first sample of equity."),
        Line("final_equity", "Final equity", "money", "The last sample of equity, open positions at their mark."),
        Line("return_pct", "Return", "signed_percent", "100 × (final equity / initial capital − 1)."),
        Line("cagr", "CAGR", "fraction", "(final / initial)^(1 / years) − 1, a year being 365.25 days."),
        Line("volatility", "Volatility", "fraction", "Standard deviation of the sampled returns, annualised."),
        Line("total_fees", "Fees", "money", "All commissions paid, those of open positions included."),
        Line("turnover", "Turnover", "times", "Value of all fills / mean equity; 1 is one time the account."),
    ],
    "Risk": [
        Line("max_drawdown_pct", "Max drawdown", "percent", "Largest fall below the high, over every single mark."),
        Line("ulcer_index", "Ulcer index", "ratio", "Root mean square of the drawdown in percent, at the samples."),
        Line("value_at_risk_95", "Value at risk 95", "fraction", "5th percentile of the sampled returns."),
        Line("cvar_95", "CVaR 95", "fraction", "Mean of the returns at or below the value at risk."),
        Line("skewness", "Skewness", "ratio", "Third central moment of the returns / second^1.5."),
        Line("kurtosis", "Excess kurtosis", "ratio", "Fourth central moment / second² − 3; 0 for a normal law."),
        Line("exposure_pct", "Exposure", "percent", "Mean of gross exposure / equity over time."),
        Line("time_in_market_pct", "Time in market", "percent", "Part of the time in which a position was open."),
    ],
    "Ratios": [
        Line("sharpe_ratio", "Sharpe", "ratio", "Mean / standard deviation of the sampled returns, annualised; rf 0."),
        Line("sortino_ratio", "Sortino", "ratio", "Mean / downside deviation of the sampled returns, annualised."),
        Line("calmar_ratio", "Calmar", "ratio", "CAGR / max drawdown."),
        Line("omega_ratio", "Omega", "ratio", "Sum of the gains / sum of the losses, of the sampled returns."),
        Line("tail_ratio", "Tail ratio", "ratio", "|95th percentile| / |5th percentile| of the returns."),
        Line(
            "probabilistic_sharpe_ratio",
            "Probabilistic Sharpe",
            "fraction",
            "Probability that the true Sharpe ratio is above 0, given length, skewness and kurtosis.",
        ),
    ],
    "Trades": [
        Line(
            "total_trades",
            "Trades",
            "count",
            "Closed trades, each from flat to flat; a flip closes one, opens another.",
        ),
        Line("winning_trades", "Winners", "count", "Trades with a P&L above 0, net of fees."),
        Line("losing_trades", "Losers", "count", "Trades with a P&L below 0, net of fees; zero is neither."),
        Line("win_rate", "Win rate", "fraction", "Winners / all trades."),
        Line("profit_factor", "Profit factor", "ratio", "Sum of the wins / |sum of the losses|."),
        Line("expectancy", "Expectancy", "signed", "Expected P&L of a trade."),
        Line("avg_pnl_per_trade", "Average P&L", "signed", "Total P&L / trades."),
        Line("avg_win", "Average win", "signed", "Mean P&L of the winners."),
        Line("avg_loss", "Average loss", "signed", "Mean P&L of the losers."),
        Line("largest_win", "Largest win", "signed", "P&L of the best trade."),
        Line("largest_loss", "Largest loss", "signed", "P&L of the worst trade."),
        Line("max_consecutive_wins", "Wins in a row", "count", "Longest run of winners."),
        Line("max_consecutive_losses", "Losses in a row", "count", "Longest run of losers."),
        Line("avg_trade_duration_secs", "Average duration", "seconds", "Mean of exit time − entry time."),
    ],
    "Long and short": [
        Line("total_pnl", "Total P&L", "signed", "P&L of all closed trades, net of fees."),
        Line("long_trades", "Long trades", "count", "Closed long trades."),
        Line("long_win_rate", "Long win rate", "fraction", "Winners / long trades."),
        Line("long_pnl", "Long P&L", "signed", "P&L of the long trades, net of fees."),
        Line("short_trades", "Short trades", "count", "Closed short trades."),
        Line("short_win_rate", "Short win rate", "fraction", "Winners / short trades."),
        Line("short_pnl", "Short P&L", "signed", "P&L of the short trades, net of fees."),
    ],
}

HEADLINES: list[Line] = [
    Line("return_pct", "Return", "signed_percent", "100 × (final equity / initial capital − 1)."),
    Line("sharpe_ratio", "Sharpe", "ratio", "Annualised mean / standard deviation of the sampled returns."),
    Line("max_drawdown_pct", "Max drawdown", "percent", "Largest fall below the high, over every mark."),
    Line("win_rate", "Win rate", "fraction", "Winning trades / all trades."),
    Line("profit_factor", "Profit factor", "ratio", "Sum of the wins / |sum of the losses|."),
    Line("total_trades", "Trades", "count", "Closed trades, from flat to flat."),
]


def groups_of(metrics: dict[str, Any]) -> dict[str, list[Line]]:
    """The groups with what a result has; metrics that have no place in a group come last, under "Other"."""
    known = {line.key for lines in GROUPS.values() for line in lines}
    groups = {name: [line for line in lines if line.key in metrics] for name, lines in GROUPS.items()}
    other = [Line(key, key.replace("_", " ").capitalize(), "ratio", "") for key in metrics if key not in known]
    return {name: lines for name, lines in {**groups, "Other": other}.items() if lines}
