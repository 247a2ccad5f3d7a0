"""Runs a case of `markets` through the package's public interface, in the reference's terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

import baconalgo as ba

from .markets import Case
from .vocabulary import Bar, Cancel, Command, Quote, Replace, Submit, Tick, Trade

KINDS = (Quote, Tick, Trade, Bar)


def in_merge_order(case: Case) -> Case:
    """The case with its records where the engine puts them: by time, kind, input (instrument), row."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    records = sorted(case.records, key=lambda record: (record.ts_event, order[type(record)], record.instrument))
    return replace(case, records=records)


def tables(case: Case) -> list[ba.data.Data]:
    """One input a kind of records and instrument."""
    inputs = []
    for kind in KINDS:
        for place, grid in enumerate(case.instruments):
            rows = [r for r in case.records if type(r) is kind and r.instrument == place]
            if rows:
                columns = _columns(rows, kind, float(grid.tick), float(grid.lot))
                inputs.append(
                    ba.data.load(
                        pa.table(columns),
                        symbol=f"I{place}",
                        tick_size=grid.tick,
                        lot_size=grid.lot,
                        multiplier=grid.multiplier,
                        one_sided="clear",
                        timeframe=10 if kind is Bar else None,
                    )
                )
    return inputs


def _columns(rows: list[Any], kind: type, tick: float, lot: float) -> dict[str, pa.Array]:
    def ticks(name: str) -> pa.Array:
        return pa.array([None if getattr(r, name) is None else getattr(r, name) * tick for r in rows], pa.float64())

    def lots(name: str) -> pa.Array:
        return pa.array([None if getattr(r, name) is None else getattr(r, name) * lot for r in rows], pa.float64())

    start = "ts_open" if kind is Bar else "ts_event"
    columns = {"ts": pa.array([getattr(r, start) for r in rows], pa.timestamp("ns", "UTC"))}
    if kind in (Quote, Tick):
        columns |= {"bid": ticks("bid"), "ask": ticks("ask"), "bid_size": lots("bid_qty"), "ask_size": lots("ask_qty")}
    if kind in (Tick, Trade):
        columns |= {"price": ticks("px"), "quantity": lots("qty")}
    if kind is Bar:
        columns |= {name: ticks(name) for name in ("open", "high", "low", "close")}
    return columns


class Scripted(ba.Strategy):
    """Sends the commands of a script at the records that it names."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.at = 0
        #: Ids of the engine by those of the script; orders refused as malformed have none.
        self.ids: dict[int, int] = {}
        self.malformed: dict[int, int] = {}
        self.submitted = 0

    def on_quote(self, quote: ba.Quote) -> None:
        if type(self.case.records[self.at]) is Quote:
            self.act()

    def on_trade(self, trade: ba.Trade) -> None:
        self.act()

    def on_bar(self, bar: ba.Bar) -> None:
        self.act()

    def act(self) -> None:
        for command in self.case.script.get(self.at, ()):
            self.send(command)
        self.at += 1

    def grid(self, instrument: int) -> tuple[float, float]:
        if instrument >= len(self.case.instruments):
            return 1.0, 1.0
        return float(self.case.instruments[instrument].tick), float(self.case.instruments[instrument].lot)

    def send(self, command: Command) -> None:
        if isinstance(command, Cancel):
            self.cancel(self.ids.get(command.order_id, 10**9))
        elif isinstance(command, Replace):
            of = self.instrument_of(command.order_id)
            tick, lot = self.grid(of) if of is not None else (1.0, 1.0)
            try:
                self.replace(
                    self.ids.get(command.order_id, 10**9),
                    quantity=None if command.qty is None else command.qty * lot,
                    price=None if command.limit is None else command.limit * tick,
                    stop_price=None if command.stop is None else command.stop * tick,
                )
            except ba.OrderError as error:
                assert error.code == 1002 and command.qty == 0, error
        else:
            self.submit(command)

    def instrument_of(self, order_id: int) -> int | None:
        found = [c for _, cs in sorted(self.case.script.items()) for c in cs if isinstance(c, Submit)]
        return found[order_id - 1].instrument if 0 < order_id <= len(found) else None

    def submit(self, command: Submit) -> None:
        self.submitted += 1
        tick, lot = self.grid(command.instrument)
        send = self.buy if command.side > 0 else self.sell
        try:
            self.ids[self.submitted] = send(
                f"I{command.instrument}",
                command.qty * lot,
                price=None if command.limit is None else command.limit * tick,
                stop_price=None if command.stop is None else command.stop * tick,
                order_type=command.order_type.value,
                time_in_force=command.time_in_force.value,
            )
        except ba.OrderError as error:
            self.malformed[self.submitted] = error.code


@dataclass
class EngineRun:
    """What the engine made of a case; orders by the script's ids."""

    result: ba.BacktestResult
    strategy: Scripted

    def ids(self) -> dict[int, int]:
        return {ours: theirs for theirs, ours in self.strategy.ids.items()}


def run_engine(case: Case) -> EngineRun:
    """Run a case that is in merge order."""
    config, limits = case.config, case.config.limits
    strategy = Scripted(case)
    engine = ba.BacktestEngine(
        ba.BacktestConfig(
            initial_capital=float(config.initial_capital),
            commission_pct=ba.Commission(float(config.maker_commission_pct), float(config.taker_commission_pct)),
            slippage_pct=float(config.slippage_pct),
            latency=ba.Latency(
                config.entry_latency, config.response_latency, config.feed_latency, config.cancel_latency
            ),
            fill_model=config.fill_model,
            leverage=float(config.leverage),
            start_date=config.start,
            limits=ba.OrderLimits(
                _maybe(limits.max_order_qty),
                _maybe(limits.max_position),
                _maybe(limits.max_notional),
                _maybe(limits.collar_pct),
            ),
        )
    )
    return EngineRun(engine.run(strategy, tables(case), progress=False), strategy)


def _maybe(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def fits(case: Case) -> bool:
    """Whether the engine can be asked: every instrument has data, limits are whole lots of every instrument."""
    limits = case.config.limits
    if {record.instrument for record in case.records} != set(range(len(case.instruments))):
        return False
    return all(
        value is None or value % grid.lot == 0
        for value in (limits.max_order_qty, limits.max_position)
        for grid in case.instruments
    )
