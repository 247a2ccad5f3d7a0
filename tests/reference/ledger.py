"""Positions, cash, equity, round trips: moved by the fills that have been *seen*."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .money import round_half_away, to_e18, value_of_half_tick
from .vocabulary import Fill, Instrument, RoundTrip, Side


@dataclass
class OpenTrip:
    """The round trip of one instrument that is not flat yet."""

    side: Side
    entry_time: int
    entered: int = 0
    cash_flow: int = 0
    commission: int = 0


class Ledger:
    """What the account holds, as the strategy knows it."""

    def __init__(self, instruments: list[Instrument], initial_capital: Decimal) -> None:
        self.half_tick = [value_of_half_tick(instrument) for instrument in instruments]
        self.cash = to_e18(initial_capital)
        self.positions = [0] * len(instruments)
        self.marks: list[int | None] = [None] * len(instruments)  # half ticks
        self.open_trips: list[OpenTrip | None] = [None] * len(instruments)
        self.trips: list[RoundTrip] = []
        self.fills: list[Fill] = []
        self.peak = self.cash
        self.max_drawdown = 0.0

    def equity(self) -> int:
        """Cash plus every position at its mark."""
        total = self.cash
        for position, mark, half_tick in zip(self.positions, self.marks, self.half_tick, strict=True):
            total += position * (mark or 0) * half_tick
        return total

    def mark_equity(self) -> int:
        """Equity now; remembers the peak and the deepest fall from it."""
        equity = self.equity()
        self.peak = max(self.peak, equity)
        if self.peak > 0:
            self.max_drawdown = max(self.max_drawdown, (self.peak - equity) / self.peak)
        return equity

    def book(self, fill: Fill) -> None:
        """A fill has been seen."""
        self.fills.append(fill)
        position = self.positions[fill.instrument]
        closing = 0
        if position * fill.side < 0:
            closing = min(fill.qty, abs(position))
        opening = fill.qty - closing
        closing_fee = round_half_away(Fraction(fill.fee * closing, fill.qty))
        if closing:
            self._trade(fill, closing, closing_fee)
        if opening:
            self._trade(fill, opening, fill.fee - closing_fee)
        self.mark_equity()

    def _trade(self, fill: Fill, qty: int, fee: int) -> None:
        """One part of a fill: all of it closes, or all of it opens."""
        cash_flow = -fill.side * qty * fill.px * 2 * self.half_tick[fill.instrument] - fee
        self.cash += cash_flow
        trip = self.open_trips[fill.instrument]
        if trip is None:
            trip = self.open_trips[fill.instrument] = OpenTrip(fill.side, fill.ts_event)
        trip.cash_flow += cash_flow
        trip.commission += fee
        if fill.side is trip.side:
            trip.entered += qty
        self.positions[fill.instrument] += fill.side * qty
        if self.positions[fill.instrument] == 0:
            self.open_trips[fill.instrument] = None
            self.trips.append(
                RoundTrip(
                    instrument=fill.instrument,
                    side=trip.side,
                    qty=trip.entered,
                    entry_time=trip.entry_time,
                    exit_time=fill.ts_event,
                    pnl=trip.cash_flow,
                    commission=trip.commission,
                )
            )
