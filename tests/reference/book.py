"""What a taker meets: the standing quote, and which kind of data an instrument trades on."""

from __future__ import annotations

from dataclasses import dataclass

from .vocabulary import Quote, Record, Side, Tick, Trade


@dataclass
class Book:
    """The standing quote of an instrument and what is left of its displayed sizes (``None``: no bound)."""

    bid: int | None = None
    ask: int | None = None
    bid_left: int | None = None
    ask_left: int | None = None

    def offer(self, side: Side) -> int | None:
        """What a taker pays (buy) or gets (sell): the worse of both sides when they are crossed."""
        here, there = (self.ask, self.bid) if side is Side.BUY else (self.bid, self.ask)
        if here is None or there is None:
            return here
        crossed = self.bid is not None and self.ask is not None and self.bid > self.ask
        return there if crossed else here

    def left(self, side: Side) -> int | None:
        """The size that a buy (the ask's) or a sell (the bid's) can still trade with."""
        return self.ask_left if side is Side.BUY else self.bid_left

    def use(self, side: Side, qty: int) -> None:
        """A buy or a sell has traded with the displayed size."""
        if side is Side.BUY and self.ask_left is not None:
            self.ask_left -= qty
        if side is Side.SELL and self.bid_left is not None:
            self.bid_left -= qty


def finest_data(records: list[Record], instruments: int) -> list[str]:
    """What each instrument trades on: quotes if it has any, else trades, else bars."""
    finest = []
    for instrument in range(instruments):
        kinds = {type(record) for record in records if record.instrument == instrument}
        finest.append("quotes" if kinds & {Quote, Tick} else "trades" if Trade in kinds else "bars")
    return finest
