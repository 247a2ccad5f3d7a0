"""One strategy in four forms: class, compiled, expression, ready-made targets. Same orders, fills, trades and hash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba
from baconalgo.compiled import buy, ema_state, ema_update, sell

pytest.importorskip("numba", reason="numba is not installed: pip install baconalgo[compiled]")

LATENCIES = {"default": None, "none": 0, "large": 5_000_000_000, "feed": ba.Latency(entry=700, response=90, feed=10**6)}
FILES = {
    "eurusd": ("eurusd_fxcm_quotes_2014-05.parquet", 10_000.0),
    "xauusd": ("xauusd_oanda_quotes_2014-05.parquet", 10.0),
    "spy": ("spy_trades_2013-10.parquet", 100.0),
}


def config(latency: Any = None, **settings: Any) -> ba.BacktestConfig:
    chosen = {} if latency is None else {"latency": latency}
    return ba.BacktestConfig(
        **{"initial_capital": 10_000_000.0, "commission_pct": 0.002, "slippage_pct": 0.01, **chosen, **settings}
    )


class Cross(ba.Strategy):
    """Long while the fast average is above the slow one, short while it is below."""

    def __init__(self, fast: int, slow: int, quantity: float) -> None:
        self.fast, self.slow = ba.indicators.EMA(fast), ba.indicators.EMA(slow)
        self.quantity, self.going = quantity, 0.0

    def see(self, symbol: str, close: float) -> None:
        fast, slow = self.fast.update(close), self.slow.update(close)
        if fast is None or slow is None or fast == slow or self.warming_up:
            return
        wanted = self.quantity if fast > slow else -self.quantity
        if wanted > self.going:
            self.buy(symbol, wanted - self.going)
        elif wanted < self.going:
            self.sell(symbol, self.going - wanted)
        self.going = wanted


class QuoteCross(Cross):
    def on_quote(self, quote: ba.Quote) -> None:
        self.see(quote.symbol, quote.mid)


class TradeCross(Cross):
    def on_trade(self, trade: ba.Trade) -> None:
        self.see(trade.symbol, trade.price)


class BarCross(Cross):
    def on_bar(self, bar: ba.Bar) -> None:
        self.see(bar.symbol, bar.close)


def compiled_cross(fast: int, slow: int, quantity: float) -> Any:
    state = {"fast": ema_state(fast), "slow": ema_state(slow), "wanted": 0.0}

    @ba.compiled(state=state)
    def cross(event, state, orders):
        quick = ema_update(state.fast, event.close)
        calm = ema_update(state.slow, event.close)
        # NaN while they warm up: both comparisons are false.
        wanted = state.wanted
        if quick > calm:
            wanted = quantity
        if quick < calm:
            wanted = -quantity
        if wanted == state.wanted:
            return 0
        state.wanted = wanted
        difference = wanted - event.position - event.working
        if difference > 0:
            return buy(orders, 0, event, difference)
        if difference < 0:
            return sell(orders, 0, event, -difference)
        return 0

    return cross


def expression_cross(fast: int, slow: int, quantity: float) -> ba.ExprStrategy:
    quick, calm = ba.ema(ba.close, fast), ba.ema(ba.close, slow)
    return ba.ExprStrategy(quick > calm, short_entry=quick < calm, quantity=quantity)


def closes(data: Any) -> np.ndarray:
    """The close of each row: a bar's, a trade's price, a quote's mid."""
    if "close" in data.column_names:
        return data["close"].to_numpy()
    if "price" in data.column_names:
        return data["price"].to_numpy()
    if "price_e4" in data.column_names:
        return data["price_e4"].to_numpy() / 10_000.0
    return (data["bid"].to_numpy() + data["ask"].to_numpy()) * 0.5


def target_cross(close: np.ndarray, fast: int, slow: int, quantity: float) -> ba.SignalStrategy:
    difference = ba.indicators.ema(close, fast) - ba.indicators.ema(close, slow)
    # Equal averages and the rows before both are there hold what was wanted before.
    return ba.SignalStrategy(np.where(difference == 0, np.nan, np.sign(difference)), quantity)


def words(table: pa.Table) -> pa.Table:
    """The table with its words spelled out, so that dictionaries in another order are equal."""
    schema = [(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(schema))


def assert_same(results: dict[str, ba.BacktestResult]) -> None:
    first_name, first = next(iter(results.items()))
    for name, other in results.items():
        for table in ("orders", "fills", "trades"):
            mine, theirs = words(getattr(first, table)), words(getattr(other, table))
            assert mine.equals(theirs), f"{table} of {first_name} and {name} differ"
        assert other.hash == first.hash, (first_name, name)
        assert other.metrics == first.metrics, (first_name, name)
        assert other.complete


def run_forms(
    data: Any, table: pa.Table, periods: tuple[int, int], quantity: float, settings: ba.BacktestConfig, only: str = ""
) -> dict[str, ba.BacktestResult]:
    names = set(table.column_names)
    kind = BarCross if "close" in names else TradeCross if {"price", "price_e4"} & names else QuoteCross
    forms: dict[str, Any] = {
        "expression": expression_cross(*periods, quantity),
        "targets": target_cross(closes(table), *periods, quantity),
        "compiled": compiled_cross(*periods, quantity),
        "class": kind(*periods, quantity),
    }
    chosen = {name: form for name, form in forms.items() if not only or name in only.split()}
    return {name: ba.BacktestEngine(settings).run(form, data) for name, form in chosen.items()}


def simulated(kind: str, rows: int = 40_000) -> pa.Table:
    if kind == "bars":
        return ba.data.bars(ba.data.simulate(rows=rows * 4, seed=5), "10s")
    return ba.data.simulate(rows=rows, seed=5, kind=kind)


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("kind", ["ticks", "quotes", "trades", "bars"])
@pytest.mark.parametrize("periods", [(10, 20), (500, 2000)], ids=str)
def test_four_forms_trade_the_same_on_a_simulated_market(kind: str, periods: tuple[int, int], latency: str) -> None:
    table = simulated(kind)
    # So little that no displayed size bounds it: each form may keep its own count of where it is going.
    results = run_forms(table, table, periods, 1.0, config(LATENCIES[latency]))
    assert_same(results)
    assert results["class"].fills.num_rows > (200 if periods[0] == 10 else 3)


@pytest.mark.parametrize("latency", LATENCIES)
def test_forms_that_ask_where_the_position_is_going_agree_on_partial_fills(latency: str) -> None:
    table = simulated("quotes")
    results = run_forms(table, table, (10, 20), 500.0, config(LATENCIES[latency]), "expression targets compiled")
    assert_same(results)
    result = results["expression"]
    assert result.assumptions["takes_bounded_by_size"] > 100
    assert result.fills.num_rows > result.orders.num_rows


@pytest.mark.parametrize("start", [None, "2024-01-02T02:00:00.5"])
def test_four_forms_agree_when_the_first_hours_only_warm_up(start: str | None) -> None:
    table = simulated("ticks")
    results = run_forms(table, table, (10, 20), 1.0, config(start_date=start), "expression targets class")
    assert_same(results)
    if start is not None:
        first = results["class"].orders["ts_submitted"][0].value
        assert first >= np.datetime64(start, "ns").astype(np.int64)


@pytest.mark.parametrize(
    ("periods", "latency"),
    [((10, 20), "default"), ((10, 20), "none"), ((10, 20), "large"), ((500, 2000), "default")],
    ids=str,
)
@pytest.mark.parametrize("name", FILES)
def test_four_forms_trade_the_same_on_real_markets(
    shared: Path, name: str, periods: tuple[int, int], latency: str
) -> None:
    import pyarrow.parquet as pq

    file, quantity = FILES[name]
    path = shared / "data" / "ticks" / file
    results = run_forms(path, pq.read_table(path), periods, quantity, config(LATENCIES[latency]))
    assert_same(results)
    assert results["class"].fills.num_rows > 100


PROBE = """
import json, sys
import baconalgo as ba
data = ba.data.simulate(rows=50_000, seed=9, kind="quotes")
fast, slow = ba.ema(ba.close, 10), ba.ema(ba.close, 20)
engine = ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002))
strategy = ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=300)
results = [engine.run(strategy, data) for _ in range(2)]
drawn = [engine.run_monte_carlo(results[0], method=method, simulations=500) for method in ("trades",)]
print(json.dumps([[r.hash for r in results], [d.final_equity.tolist() for d in drawn],
                  [d.max_drawdown_pct.tolist() for d in drawn]]))
"""


def test_threads_change_nothing_and_neither_does_running_twice() -> None:
    found = []
    for threads in ("1", "2"):
        env = {**os.environ, "RAYON_NUM_THREADS": threads, "BACONALGO_THREADS": threads}
        done = subprocess.run([sys.executable, "-c", PROBE], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    one, two = found
    assert one == two
    assert one[0][0] == one[0][1]
