"""The words for orders and trades. Each member equals its own name as a string."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Action", "Liquidity", "OrderStatus", "OrderType", "Side", "TimeInForce"]


class Action(StrEnum):
    """What a signal says."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


class Side(StrEnum):
    """The side of an order, or of a trade's aggressor."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How an order executes."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(StrEnum):
    """How long an order works: till cancelled, at once or not at all, whole or not at all, for the UTC day."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    DAY = "DAY"


class OrderStatus(StrEnum):
    """Where an order stands; UNKNOWN: nobody knows what became of it, so it counts as working until somebody does."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class Liquidity(StrEnum):
    """Whether a fill took or gave liquidity."""

    TAKER = "TAKER"
    MAKER = "MAKER"
