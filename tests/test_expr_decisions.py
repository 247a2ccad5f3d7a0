"""One rule, the same decisions: as a column, as the entry of a backtest, and row by row, on real data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba

RULES = {
    "timeframes": (ba.rsi(ba.close, 14).tf("15m") < 45) & (ba.close > ba.ema(ba.close, 50)),
    "cross": ba.cross_above(ba.ema(ba.close, 10), ba.bollinger(ba.close, 40, 1.0).middle),
    "macd": (ba.macd(ba.close).hist > 0) & ba.rising(ba.ema(ba.close, 5), 2),
    "hours": ba.close.tf("1h") > ba.sma(ba.close, 4).tf("1h"),
    "session": (ba.session("1D") == ba.lag(ba.session("1D"), 30)) & (ba.close > ba.lag(ba.close, 30)),
}


class Live(ba.Strategy):
    """Follows the rule with a stream of its own."""

    def __init__(self, rule: ba.Expr, quantity: float) -> None:
        self.rule, self.quantity, self.held, self.seen = rule.stream(), quantity, False, []

    def decide(self, symbol: str, row: Any) -> None:
        holds = bool(self.rule.update(row))
        self.seen.append(holds)
        if holds and not self.held:
            self.buy(symbol, self.quantity)
        elif self.held and not holds:
            self.sell(symbol, self.quantity)
        self.held = holds

    def on_quote(self, quote: ba.Quote) -> None:
        self.decide(quote.symbol, quote)

    def on_bar(self, bar: ba.Bar) -> None:
        self.decide(bar.symbol, bar)


def agree(rule: ba.Expr, table: pa.Table, quantity: float) -> None:
    column = rule.evaluate(table)
    assert 0 < column.sum() < len(column)
    # A row before everything has a value changes nothing; all of these hold nowhere there.
    strategy = ba.ExprStrategy(rule, exit=~rule, quantity=quantity)
    np.testing.assert_array_equal(strategy.targets(table) > 0, column)
    settings = ba.BacktestConfig(initial_capital=10_000_000.0, commission_pct=0.002, slippage_pct=0.0)
    live = Live(rule, quantity)
    targets = ba.SignalStrategy(column.astype(float), quantity)
    results = [ba.BacktestEngine(settings).run(form, table) for form in (strategy, targets, live)]
    assert results[0].fills.num_rows > 2
    assert [result.hash for result in results[1:]] == [results[0].hash] * 2
    assert live.seen == column.tolist()


@pytest.mark.parametrize("name", RULES)
def test_ticks_of_a_currency_pair(shared: Path, name: str) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(shared / "data" / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet").slice(0, 60_000)
    agree(RULES[name], table, 1_000.0)


@pytest.mark.parametrize("name", RULES)
def test_minute_bars_of_a_currency_pair(shared: Path, name: str) -> None:
    import pyarrow.parquet as pq

    path = shared / "data" / "bars" / "eurusd_fxcm_1m_2014-05-06.parquet"
    bids = pq.read_table(path, columns=["ts", "bid_open", "bid_high", "bid_low", "bid_close"]).slice(0, 20_000)
    table = bids.rename_columns([name.removeprefix("bid_") for name in bids.column_names])
    agree(RULES[name], table, 1_000.0)


@pytest.mark.parametrize("name", RULES)
def test_a_simulated_market(name: str) -> None:
    quotes = ba.data.simulate(rows=40_000, seed=11, kind="quotes")
    agree(RULES[name], quotes, 1.0)
