"""A backtest and the live engine make the same decisions on the same stream, byte for byte, whichever limit bites."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import baconalgo as ba


class Restless(ba.Strategy):
    """Asks for something at most quotes, by a fixed dice: sizes, sides, prices, the same twice, and by a timer."""

    def __init__(self, unit: float, tick: float) -> None:
        self.unit, self.tick = unit, tick

    def on_start(self) -> None:
        self.dice = np.random.default_rng(5)
        self.last: ba.Quote | None = None
        self.resting: list[int] = []
        self.set_timer("late", every="13s")

    def on_quote(self, quote: ba.Quote) -> None:
        self.last = quote
        what, size, side = self.dice.integers(0, 12), float(self.dice.integers(1, 60)), self.dice.integers(0, 2)
        trade = self.buy if side else self.sell
        if what < 3:
            trade(quote.symbol, size * self.unit)
        elif what == 3:
            trade(quote.symbol, self.unit)
            trade(quote.symbol, self.unit)
        elif what == 4:
            away = (-1 if side else 1) * self.tick * int(self.dice.integers(-2, 40))
            price = round(round((quote.bid + away) / self.tick) * self.tick, 8)
            self.resting.append(trade(quote.symbol, size * self.unit, price=price))
        elif what == 5 and self.resting:
            self.cancel(self.resting.pop(0))

    def on_timer(self, timer: Any) -> None:
        if self.last is not None:
            self.buy(self.last.symbol, self.unit)


def decisions(orders: pa.Table) -> bytes:
    """What became of each order, with the code, the value and the bound of those refused, as bytes."""
    times = {name: pc.cast(orders[name], pa.int64()) for name in ("ts_submitted", "ts_closed")}
    rows = pa.table({**dict(zip(orders.column_names, orders.columns, strict=True)), **times}).to_pylist()
    return "\n".join(map(repr, rows)).encode()


def codes(orders: pa.Table) -> Counter[int]:
    return Counter(code for code in orders.column("reject_code").to_pylist() if code is not None)


def backtest(quotes: pa.Table, limits: ba.RiskConfig, unit: float, tick: float) -> ba.BacktestResult:
    data = ba.data.load(quotes, tick_size=tick, lot_size=unit)
    return ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002), risk=limits).run(Restless(unit, tick), data)


def live(quotes: pa.Table, limits: ba.RiskConfig, unit: float, tick: float, workers: int) -> ba.QuantumEngine:
    engine = ba.QuantumEngine(
        ba.EngineConfig(clock="replay", history=1_000_000, num_workers=workers),
        instruments=ba.data.load(quotes, tick_size=tick, lot_size=unit).instruments,
        risk=limits,
        venue=ba.SimVenue(commission_pct=0.002),
        strategy=Restless(unit, tick),
    )
    with engine:
        assert engine.send_many(quotes) == quotes.num_rows
    assert engine.fault is None
    return engine


def limits(**changes: Any) -> ba.RiskConfig:
    """Many limits, each so tight that it bites."""
    tight: dict[str, Any] = {
        "total_capital": 100_000,
        "max_exposure_pct": 40,
        "max_net_exposure_pct": 25,
        "max_concentration_pct": 20,
        "max_drawdown_pct": 1,
        "max_daily_loss": 200,
        "max_concurrent_positions": 1,
        "max_open_orders": 2,
        "max_orders_per_second": 2,
        "max_messages_per_second": 2,
        "duplicate_window": "1ms",
        "refuse_self_cross": True,
        "max_data_age": "5s",
        "max_notional": 55_000,
        "var_horizon": "1D",
        "var_warm_up": 5,
        "var_decay": 0.95,
        "enable_circuit_breakers": False,
    }
    return ba.RiskConfig(**{**tight, **changes})


def eurusd(shared: Path) -> pa.Table:
    table = pq.read_table(shared / "data" / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet").slice(0, 60_000)
    return table.append_column("symbol", pa.array(["EURUSD"] * table.num_rows))


def made() -> pa.Table:
    """Two symbols in one table, in time order, with quotes that pause."""
    both = []
    for seed, symbol in ((3, "A"), (4, "B")):
        table = pa.table(ba.data.simulate(rows=12_000, seed=seed, kind="quotes")).select(["ts", "bid", "ask"])
        both.append(table.append_column("symbol", pa.array([symbol] * table.num_rows)))
    return pa.concat_tables(both).sort_by([("ts", "ascending"), ("symbol", "ascending")])


#: Lot, tick, and the limits that have to fit the market.
MARKETS: dict[str, tuple[float, float, dict[str, float]]] = {
    "EURUSD": (1_000.0, 0.00001, {"max_var_pct": 0.1, "price_collar_pct": 0.02}),
    "made": (10.0, 0.01, {"max_var_pct": 0.5, "price_collar_pct": 0.05}),
}
#: What bites in both markets, and in one of them.
BOTH = {2004, 2005, 2011, 2015, 2017, 2018, 2019, 2020, 2022, 2031}
ALONE = {"EURUSD": {2014, 2016}, "made": {2013}}


def market(name: str, request: pytest.FixtureRequest) -> tuple[pa.Table, float, float, dict[str, float]]:
    table = made() if name == "made" else eurusd(request.getfixturevalue("shared"))
    return (table, *MARKETS[name])


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize(
    "changes", [{}, {"enable_circuit_breakers": True}, {"flatten_on_trip": True, "max_drawdown_pct": None}]
)
def test_the_same_orders_are_refused_for_the_same_reason_live_as_in_a_backtest(
    name: str, changes: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    if changes:
        changes = {**changes, "enable_circuit_breakers": True, "max_daily_loss": 1_000}
    quotes, unit, tick, own = market(name, request)
    config = limits(**own, **changes)
    result = backtest(quotes, config, unit, tick)
    found = codes(result.orders)
    wanted = BOTH | ALONE[name]
    if config.enable_circuit_breakers:
        wanted |= {2007}
        assert result.risk is not None and result.risk.tripped
    else:
        wanted |= {2028, 2030}
    assert wanted <= set(found), found
    assert result.fills.num_rows > 20
    for workers in (1, 4):
        engine = live(quotes, config, unit, tick, workers)
        assert decisions(engine.orders()) == decisions(result.orders)
        assert engine.fills().equals(result.fills)


def commands(quotes: pa.Table, unit: float, tick: float) -> list[Any]:
    """Quotes and orders from outside, at their own times."""
    dice, messages = np.random.default_rng(8), []
    rows = quotes.slice(0, 6_000).select(["ts", "bid", "ask", "symbol"]).to_pylist()
    for number, row in enumerate(rows, start=1):
        ts = row["ts"]
        messages.append(ba.Quote(row["symbol"], ts, ts, row["bid"], row["ask"], float("nan"), float("nan")))
        what, side = dice.integers(0, 4), ("BUY", "SELL")[dice.integers(0, 2)]
        size = float(dice.integers(1, 60)) * unit
        if what == 0:
            messages.append(ba.ExecuteOrder(number, row["symbol"], "MARKET", side, size))
        elif what == 1:
            away = (-1 if side == "BUY" else 1) * tick * int(dice.integers(-2, 40))
            price = round(round((row["bid"] + away) / tick) * tick, 8)
            time = "IOC" if dice.integers(0, 8) else "GTC"
            messages.append(ba.ExecuteOrder(number, row["symbol"], "LIMIT", side, size, price, None, time))
    return messages


@pytest.mark.parametrize("name", MARKETS)
def test_an_engine_that_starts_again_from_a_snapshot_decides_as_one_that_went_on(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    quotes, unit, tick, own = market(name, request)
    quotes = quotes.set_column(quotes.schema.get_field_index("ts"), "ts", pc.cast(quotes["ts"], pa.int64()))
    messages = commands(quotes, unit, tick)
    # What is on its way to a venue is not in a snapshot: this one answers at once.
    arguments: dict[str, Any] = {
        "instruments": ba.data.load(quotes, tick_size=tick, lot_size=unit).instruments,
        "risk": limits(**own),
        "venue": ba.SimVenue(latency=0, commission_pct=0.002),
    }
    config = ba.EngineConfig(clock="replay", history=1_000_000)
    whole = ba.QuantumEngine(config, **arguments)
    with whole:
        whole.send_many(messages)
    half, path = len(messages) // 2, tmp_path / "engine.snapshot"
    first = ba.QuantumEngine(config, **arguments)
    with first:
        first.send_many(messages[:half])
        first.flush()
        first.snapshot(path)
    second = ba.QuantumEngine.restore(path, config, **arguments)
    with second:
        second.send_many(messages[half:])
    for engine in (whole, first, second):
        assert engine.fault is None
    before = first.orders().filter(pc.is_valid(first.orders()["ts_closed"]))["order_id"].combine_chunks()
    after = whole.orders().filter(pc.invert(pc.is_in(whole.orders()["order_id"], before)))
    found = codes(after)
    assert {2004, 2005, 2019, 2020, 2022, 2030} <= set(found), found
    assert decisions(second.orders()) == decisions(after)
    assert second.account() == whole.account()
