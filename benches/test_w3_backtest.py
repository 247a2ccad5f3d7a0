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
#: Averages that cross every 15 ticks, so that most of the time goes into orders; and ones that cross every 1,600.
OFTEN, SELDOM = (10, 20), (500, 2_000)
COMMISSION_PCT = 0.002
#: So much that no order is refused.
CAPITAL = 1e12
#: Headline: no displayed size bounds it. The other one takes several quotes to fill.
SMALL, LARGE = 1.0, 100.0

#: The averages of the hand-written loop start in another way, which is forgotten after a few times the slow period.
ORDERS_APART = 20

CONFIG = ba.BacktestConfig(initial_capital=CAPITAL, commission_pct=COMMISSION_PCT, slippage_pct=0.0)


Periods = tuple[int, int]


@functools.cache
def market(rows: int) -> tuple[workloads.Columns, ba.data.Data]:
    columns = workloads.ticks(rows)
    return columns, ba.data.load(dict(columns), symbol="SIM", tick_size="0.01", lot_size=1)


def expression(periods: Periods, quantity: float, rows: int) -> ba.ExprStrategy:
    quick, calm = (ba.ema(ba.close, period) for period in periods)
    return ba.ExprStrategy(quick > calm, short_entry=quick < calm, quantity=quantity)


def targets(periods: Periods, quantity: float, rows: int) -> ba.SignalStrategy:
    """Ready-made: they are not part of the time."""
    price = market(rows)[0]["price"]
    quick, calm = (ba.indicators.ema(price, period) for period in periods)
    difference = quick - calm
    return ba.SignalStrategy(np.where(difference == 0, np.nan, np.sign(difference)), quantity)


def compiled(periods: Periods, quantity: float, rows: int) -> Any:
    fast, slow = periods

    @ba.compiled(state={"fast": ema_state(fast), "slow": ema_state(slow)})
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
    def __init__(self, periods: Periods, quantity: float, rows: int) -> None:
        self.quick, self.calm = (ba.indicators.EMA(period) for period in periods)
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


def idle(periods: Periods, quantity: float, rows: int) -> ba.ExprStrategy:
    return ba.ExprStrategy(ba.close < 0.0, quantity=quantity)


FORMS = {"idle": idle, "expression": expression, "targets": targets, "compiled": compiled, "class": Cross}


def by_hand(periods: Periods, quantity: float, rows: int) -> tuple[int, float]:
    prices = (market(rows)[0][name] for name in ("price", "bid", "ask"))
    return peers.ema_cross(*prices, *periods, quantity, COMMISSION_PCT / 100.0)


@functools.cache
def hash_of(form: str, periods: Periods, quantity: float, rows: int) -> str:
    return ba.BacktestEngine(CONFIG).run(FORMS[form](periods, quantity, rows), market(rows)[1], progress=False).hash


@pytest.mark.parametrize(
    ("periods", "quantity", "form"),
    [
        *((OFTEN, SMALL, form) for form in FORMS),
        *((OFTEN, LARGE, form) for form in ("expression", "compiled")),
        *((SELDOM, SMALL, form) for form in ("expression", "targets", "compiled")),
    ],
    ids=str,
)
def test_ema_cross_on_every_tick(measure: Measure, periods: Periods, quantity: float, form: str) -> None:
    rows = CLASS_ROWS if form == "class" else ROWS
    data = market(rows)[1]
    # A class keeps its averages: a new one for each round. The others are made once.
    ready = None if form == "class" else FORMS[form](periods, quantity, rows)

    def run() -> ba.BacktestResult:
        strategy = FORMS[form](periods, quantity, rows) if ready is None else ready
        return ba.BacktestEngine(CONFIG).run(strategy, data, progress=False)

    result = measure(
        f"W3 EMA({periods[0]}) over EMA({periods[1]}), quantity {quantity:g}",
        form,
        run,
        n=rows,
        unit="ticks",
        baseline=("numba loop", lambda: by_hand(periods, quantity, rows)),
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
        assert result.hash == hash_of("expression", periods, quantity, rows)
    if quantity == SMALL:
        assert abs(result.orders.num_rows - by_hand(periods, quantity, rows)[0]) <= ORDERS_APART
    else:
        assert result.fills.num_rows > result.orders.num_rows
