"""What an engine says of itself: positions, refusals, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from baconalgo.data._timeframes import words

__all__ = ["EngineReject", "EngineStats", "Position"]


@dataclass(frozen=True)
class Position:
    """A position, as of the last batch of messages.

    Attributes
    ----------
    symbol, quantity
        Of what, and how much in units; negative when short.
    average_price
        Of what is open; None when flat.
    mark_price
        What it is valued at; None before there was a price.
    unrealized_pnl, realized_pnl
        Profit of what is open, and of what was closed, against average cost; commissions are left out.
    timestamp
        When this was so, ns since the epoch.
    """

    symbol: str
    quantity: float
    average_price: float | None
    mark_price: float | None
    unrealized_pnl: float
    realized_pnl: float
    timestamp: int

    @classmethod
    def _of(cls, row: tuple[str, float, float, float, float, float, int]) -> Position:
        average, mark = (None if value != value else value for value in row[2:4])  # noqa: PLR0124 - NaN
        return cls(row[0], row[1], average, mark, *row[4:])


@dataclass(frozen=True)
class EngineReject:
    """A message or an order that was refused.

    Attributes
    ----------
    timestamp
        When, ns since the epoch.
    message
        What it was: ``"Signal"``, ``"MarketData"``, ...
    symbol
        Of what.
    order_id, client_order_id
        The engine's number, if it became an order, and its sender's, if it had one.
    code, reason
        Why: 1xxx input, 2xxx risk, 3xxx matching, 8xxx infrastructure.
    value, bound
        The value that broke a limit, and the limit; None where it was none.
    """

    timestamp: int
    message: str
    symbol: str
    order_id: int | None
    client_order_id: int | None
    code: int
    reason: str
    value: float | None
    bound: float | None


@dataclass(frozen=True)
class EngineStats:
    """What an engine measured; times in ns.

    Attributes
    ----------
    messages_processed
        Messages carried out or refused.
    avg_latency_ns, min_latency_ns, max_latency_ns, p50_latency_ns, p99_latency_ns, p999_latency_ns
        From the moment a message was put on the ring until all it caused was done and visible; messages that were
        taken together count until the last of them. 0 before the first message.
    orders_executed
        Orders that are done and were filled, in part or whole.
    throughput
        Messages a second between the first and the last one taken.
    orders, fills, rejects
        Orders that messages made, fills, and refusals.
    rejects_by_code
        Refusals by code.
    rounded
        Messages with a price or quantity between two steps of an instrument that nobody described, and that went to
        the nearest one.
    queue_depth
        Messages that wait.
    active_positions, equity, cash
        The account as of the last batch.
    state
        ``"STOPPED"``, ``"RUNNING"``, ``"HALTED"`` or ``"FAULTED"``.
    pinned_core
        The core that the engine's thread stays on, if it does.
    stages
        `count`, `mean`, `min`, `p50`, `p90`, `p99`, `p999`, `max` of each stage of one message in 64: ``"queue"``,
        ``"convert"``, ``"execute"`` (risk, venue, ledger), ``"publish"``.
    """

    messages_processed: int
    avg_latency_ns: float
    min_latency_ns: int
    max_latency_ns: int
    p50_latency_ns: int
    p99_latency_ns: int
    p999_latency_ns: int
    orders_executed: int
    throughput: float
    orders: int
    fills: int
    rejects: int
    rejects_by_code: Mapping[int, int]
    rounded: int
    queue_depth: int
    active_positions: int
    equity: float
    cash: float
    state: str
    pinned_core: int | None
    stages: Mapping[str, Mapping[str, float]]

    def __str__(self) -> str:
        refused = ", ".join(f"{code} x{count:,}" for code, count in sorted(self.rejects_by_code.items()))
        rows = [
            ("state", self.state.lower() + ("" if self.pinned_core is None else f" on core {self.pinned_core}")),
            (
                "messages",
                f"{self.messages_processed:,} done, {self.queue_depth:,} wait; {self.throughput:,.0f} a second",
            ),
            ("orders", f"{self.orders:,}, {self.orders_executed:,} executed in {self.fills:,} fills"),
            ("refused", f"{self.rejects:,}" + (f" ({refused})" if refused else "")),
            ("account", f"equity {self.equity:,.2f}, cash {self.cash:,.2f}, {self.active_positions:,} positions"),
            (
                "latency",
                f"median {words(self.p50_latency_ns)}, 99 % {words(self.p99_latency_ns)}, "
                f"99.9 % {words(self.p999_latency_ns)}, at most {words(self.max_latency_ns)}",
            ),
        ]
        rows += [
            (f"  {stage}", f"median {words(round(times['p50']))}, 99 % {words(round(times['p99']))}")
            for stage, times in self.stages.items()
            if times["count"]
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(["EngineStats", *(f"{name.ljust(width)}  {what}" for name, what in rows)])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a notebook shows."""
        printer.text(str(self))
