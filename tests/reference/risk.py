"""The checks before an order is sent, in the order of the document's table; the first failure names the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from .ledger import Ledger
from .money import E18
from .vocabulary import CLOSED, Config, Instrument, Order, OrderType, Replace, Side

LIMIT_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOP_TYPES = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def working(orders: Iterable[Order], instrument: int, side: Side) -> int:
    """What the open orders of a side have not filled yet, as far as the strategy knows."""
    return sum(
        order.leaves
        for order in orders
        if order.instrument == instrument and order.side is side and order.status not in CLOSED
    )


def exposure(ledger: Ledger, orders: list[Order]) -> int:
    """Sum over instruments of |position + working orders on the worse side| at the mark."""
    total = 0
    for index, position in enumerate(ledger.positions):
        worse = max(
            abs(position + working(orders, index, Side.BUY)),
            abs(position - working(orders, index, Side.SELL)),
        )
        total += worse * abs(ledger.marks[index] or 0) * ledger.half_tick[index]
    return total


def above(value: Fraction | int, limit: Decimal | None) -> bool:
    """Whether a value passes a limit that may not be there."""
    return limit is not None and value > Fraction(limit)


def refusal(
    order: Order,
    others: list[Order],
    ledger: Ledger,
    instruments: list[Instrument],
    config: Config,
    unchanged: Order | None = None,
) -> int | None:
    """The code an order is refused with, or ``None``.

    ``others`` are the orders besides it; ``unchanged`` is the order as it stands, where it is a replace that
    is judged.
    """
    if not 0 <= order.instrument < len(instruments):
        return 1001
    if order.qty <= 0:
        return 1002
    if (order.limit is not None) != (order.order_type in LIMIT_TYPES):
        return 1003
    if (order.stop is not None) != (order.order_type in STOP_TYPES):
        return 1003
    if config.start is not None and order.ts_submitted < config.start:
        return 1005
    mark = ledger.marks[order.instrument]
    if mark is None:
        return 2001
    limits = config.limits
    lot = Fraction(instruments[order.instrument].lot)
    if above(order.qty * lot, limits.max_order_qty):
        return 2002
    position = order.side * ledger.positions[order.instrument]
    position += working(others, order.instrument, order.side) + order.leaves
    if above(position * lot, limits.max_position):
        return 2003
    notional = order.qty * abs(mark) * ledger.half_tick[order.instrument]
    if above(Fraction(notional, E18), limits.max_notional):
        return 2004
    if order.limit is not None and limits.collar_pct is not None:
        if abs(2 * order.limit - mark) > abs(mark) * Fraction(limits.collar_pct) / 100:
            return 2005
    before = exposure(ledger, others if unchanged is None else [*others, unchanged])
    after = exposure(ledger, [*others, order])
    if after > before and after > ledger.equity() * Fraction(config.leverage):
        return 2006
    return None


def refusal_of_change(
    order: Order, change: Replace, others: list[Order], ledger: Ledger, instruments: list[Instrument], config: Config
) -> int | None:
    """The code a replace is refused with before it is sent: the order it would make is judged as a new one.

    A quantity that only cancels the rest is always allowed.
    """
    if change.qty is not None and change.qty <= 0:
        return 1002
    if change.limit is not None and order.order_type not in LIMIT_TYPES:
        return 1003
    if change.stop is not None and order.order_type not in STOP_TYPES:
        return 1003
    changed = replace(order)
    changed.apply(change)
    if changed.leaves <= 0:
        return None
    return refusal(changed, others, ledger, instruments, config, unchanged=order)
