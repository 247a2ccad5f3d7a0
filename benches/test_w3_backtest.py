"""W3: an EMA cross on every tick, a tick being a trade with its standing quote, with fees and a latency of 1 ms.

What is timed is `BacktestEngine.run` on an Arrow table in memory, from opening it to the tables of the result, and as
parts the step loop (latency, displayed sizes, an exact ledger, equity and drawdown at every tick) and the reading (out
of the Arrow batches, to whole ticks and lots), as the result's `stats` have them. "idle" never trades: what the engine
costs before a strategy.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import baconalgo as ba
from baconalgo.compiled import buy, ema_state, ema_update, sell
from benches import peers, workloads
from benches.conftest import Measure

ROWS = 10_000_000
#: A callback of Python for each tick takes as long as ten million of the others.
CLASS_ROWS = 1_000_000
FAST, SLOW = 10, 20
COMMISSION_PCT = 0.002
#: So much that no order is refused.
CAPITAL = 1e12
#: Headline: no displayed size bounds it. The other one takes several quotes to fill.
SMALL, LARGE = 1.0, 100.0

CONFIG = ba.BacktestConfig(initial_capital=CAPITAL, commission_pct=COMMISSION_PCT, slippage_pct=0.0)


@functools.cache
def market(rows: int) -> tuple[workloads.Columns, ba.data.Data]:
    columns = workloads.ticks(rows)
    return columns, ba.data.load(dict(columns), symbol="SIM", tick_size="0.01", lot_size=1)


def expression(quantity: float, rows: int) -> ba.ExprStrategy:
    quick, calm = ba.ema(ba.close, FAST), ba.ema(ba.close, SLOW)
    return ba.ExprStrategy(quick > calm, short_entry=quick < calm, quantity=quantity)


def targets(quantity: float, rows: int) -> ba.SignalStrategy:
    """Ready-made: they are not part of the time."""
    price = market(rows)[0]["price"]
    difference = ba.indicators.ema(price, FAST) - ba.indicators.ema(price, SLOW)
    return ba.SignalStrategy(np.where(difference == 0, np.nan, np.sign(difference)), quantity)


def compiled(quantity: float, rows: int) -> Any:
    @ba.compiled(state={"fast": ema_state(FAST), "slow": ema_state(SLOW)})
    def cross(event, state, orders):
        quick = ema_update(state.fast, event.close)
        calm = ema_update(state.slow, event.close)
        held = event.position + event.working
        if quick > calm and held <= 0.0:
            return buy(orders, 0, event, quantity - held)
        if quick < calm and held >= 0.0:
            return sell(orders, 0, event, quantity + held)
        return 0

    return cross


class Cross(ba.Strategy):
    def __init__(self, quantity: float, rows: int) -> None:
        self.quick, self.calm = ba.indicators.EMA(FAST), ba.indicators.EMA(SLOW)
        self.quantity, self.target = quantity, 0.0

    def on_trade(self, trade: ba.Trade) -> None:
        quick, calm = self.quick.update(trade.price), self.calm.update(trade.price)
        if quick is None or calm is None or quick == calm:
            return
        wanted = self.quantity if quick > calm else -self.quantity
        if wanted > self.target:
            self.buy(trade.symbol, wanted - self.target)
        elif wanted < self.target:
            self.sell(trade.symbol, self.target - wanted)
        self.target = wanted


def idle(quantity: float, rows: int) -> ba.ExprStrategy:
    return ba.ExprStrategy(ba.close < 0.0, quantity=quantity)


FORMS = {"idle": idle, "expression": expression, "targets": targets, "compiled": compiled, "class": Cross}


def by_hand(quantity: float, rows: int) -> tuple[int, float]:
    prices = (market(rows)[0][name] for name in ("price", "bid", "ask"))
    return peers.ema_cross(*prices, FAST, SLOW, quantity, COMMISSION_PCT / 100.0)


@functools.cache
def hash_of(form: str, quantity: float, rows: int) -> str:
    return ba.BacktestEngine(CONFIG).run(FORMS[form](quantity, rows), market(rows)[1], progress=False).hash


@pytest.mark.parametrize(
    ("form", "quantity"),
    [
        ("idle", SMALL),
        ("expression", SMALL),
        ("targets", SMALL),
        ("compiled", SMALL),
        ("class", SMALL),
        ("expression", LARGE),
        ("compiled", LARGE),
    ],
)
def test_ema_cross_on_every_tick(measure: Measure, form: str, quantity: float) -> None:
    rows = CLASS_ROWS if form == "class" else ROWS
    data = market(rows)[1]
    # A class keeps its averages: a new one for each round. The others are made once.
    ready = None if form == "class" else FORMS[form](quantity, rows)

    def run() -> ba.BacktestResult:
        strategy = FORMS[form](quantity, rows) if ready is None else ready
        return ba.BacktestEngine(CONFIG).run(strategy, data, progress=False)

    result = measure(
        f"W3 EMA cross, quantity {quantity:g}",
        form,
        run,
        n=rows,
        unit="ticks",
        baseline=("numba loop", lambda: by_hand(quantity, rows)),
        parts={
            "step loop": lambda result: result.stats["step_seconds"],
            "reading": lambda result: result.stats["read_seconds"],
        },
        facts={"orders": lambda result: result.orders.num_rows, "fills": lambda result: result.fills.num_rows},
    )
    assert result.complete
    assert result.stats["events"] == rows
    if form == "idle":
        assert result.orders.num_rows == 0
        return
    if form != "expression":
        assert result.hash == hash_of("expression", quantity, rows)
    if quantity == SMALL:
        # The averages start in another way, which is forgotten after a few times the slow period.
        assert abs(result.orders.num_rows - by_hand(quantity, rows)[0]) <= SLOW
    else:
        assert result.fills.num_rows > result.orders.num_rows
