"""The same stream through the live engine and through the backtest: the same orders and fills, byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import baconalgo as ba

ROWS = 60_000


class Cross(ba.Strategy):
    """Two moving averages of the mid, a market order at each cross, a limit order now and then."""

    def __init__(self, decimals: int) -> None:
        self.decimals = decimals

    def on_start(self) -> None:
        self.fast = self.slow = None
        self.side = 0
        self.quotes = 0
        self.resting = None

    def on_quote(self, quote) -> None:
        mid = (quote.bid + quote.ask) / 2
        self.quotes += 1
        self.fast = mid if self.fast is None else self.fast + 0.2 * (mid - self.fast)
        self.slow = mid if self.slow is None else self.slow + 0.02 * (mid - self.slow)
        side = 1 if self.fast > self.slow else -1
        if self.quotes > 50 and side != self.side:
            self.side = side
            wanted = 100 * side - self.position(quote.symbol)
            if wanted > 0:
                self.buy(quote.symbol, wanted)
            elif wanted < 0:
                self.sell(quote.symbol, -wanted)
        if self.quotes % 500 == 0:
            if self.resting is not None:
                self.cancel(self.resting)
            self.resting = self.buy(quote.symbol, 50, price=round(quote.bid - 10**-self.decimals, self.decimals))


def both(quotes: pa.Table, config: ba.BacktestConfig, venue: ba.SimVenue, workers: int, decimals: int):
    data = ba.data.load(quotes, symbol="EURUSD")
    backtest = ba.BacktestEngine(config).run(Cross(decimals), data)
    engine = ba.QuantumEngine(
        ba.EngineConfig(clock="replay", history=1_000_000, num_workers=workers),
        instruments=data.instruments,
        risk=None,
        venue=venue,
        strategy=Cross(decimals),
    )
    with engine:
        assert engine.send_many(quotes, symbol="EURUSD") == quotes.num_rows
    assert engine.fault is None
    return backtest, engine


def assert_same(backtest, engine) -> None:
    assert backtest.fills.num_rows > 100
    assert engine.fills().equals(backtest.fills)
    assert engine.orders().equals(backtest.orders)
    equity = backtest.equity_curve["equity"][-1].as_py()
    assert engine.account()["equity"] == pytest.approx(equity, abs=1e-9)
    assert engine.hash == backtest.outcome_hash != backtest.hash


@pytest.mark.parametrize("workers", [1, 3])
def test_recorded_quotes_give_the_same_orders_and_fills_live_as_in_a_backtest(shared: Path, workers: int) -> None:
    quotes = pq.read_table(shared / "data" / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet").slice(0, ROWS)
    backtest, engine = both(quotes, ba.BacktestConfig(), ba.SimVenue(), workers, 5)
    assert_same(backtest, engine)


@pytest.mark.parametrize("latency", [0, 1_000_000, ba.Latency(entry=3_000_000, response=0)])
def test_a_made_up_market_gives_the_same_at_any_latency(latency) -> None:
    made = ba.data.simulate(rows=20_000, seed=3)
    table = pa.table(made)
    names = [name for name in table.column_names if name in ("ts", "bid", "ask", "bid_size", "ask_size")]
    config = ba.BacktestConfig(latency=latency, commission_pct=0.01)
    venue = ba.SimVenue(latency=latency, commission_pct=0.01)
    backtest, engine = both(table.select(names), config, venue, 1, 2)
    assert_same(backtest, engine)


FORMS = {
    "expression": lambda rows: ba.ExprStrategy(
        entry=ba.cross_above(ba.ema(ba.close, 20), ba.ema(ba.close, 50)),
        short_entry=ba.cross_below(ba.ema(ba.close, 20), ba.ema(ba.close, 50)),
        quantity=10,
    ),
    "timeframe": lambda rows: ba.ExprStrategy(entry=ba.rsi(ba.close, 5).tf("1m") < 40, exit=ba.close > 0, quantity=10),
    "targets": lambda rows: ba.SignalStrategy(np.sign(np.sin(np.arange(rows) / 50)), quantity=10),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_strategy_trades_live_as_in_a_backtest(form: str) -> None:
    table = pa.table(ba.data.simulate(rows=20_000, seed=5)).select(["ts", "bid", "ask", "bid_size", "ask_size"])
    data = ba.data.load(table, symbol="X")
    backtest = ba.BacktestEngine(ba.BacktestConfig()).run(FORMS[form](table.num_rows), data)
    engine = ba.QuantumEngine(
        ba.EngineConfig(clock="replay", history=1_000_000),
        instruments=data.instruments,
        risk=None,
        venue=ba.SimVenue(),
        strategy=FORMS[form](table.num_rows),
    )
    with engine:
        engine.send_many(table, symbol="X")
    assert engine.fault is None
    assert_same(backtest, engine)
