"""The words of the reference backtester: records, orders, commands, configuration, result.

Prices are whole ticks, quantities whole lots, times ns UTC, money integers in 1e-18 of the currency.
``None`` is "not there": a missing side of a quote, a size the data does not have, a limit of no limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum


class Side(IntEnum):
    """Buy or sell; the value is the sign of the position it makes."""

    BUY = 1
    SELL = -1


class OrderType(Enum):
    """How an order executes."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(Enum):
    """How long an order works."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    DAY = "DAY"


class Status(Enum):
    """Where an order stands, as the strategy knows it."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


CLOSED = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED})


@dataclass(frozen=True)
class Quote:
    """Best bid and ask."""

    instrument: int
    ts_event: int
    bid: int | None
    ask: int | None
    bid_qty: int | None = None
    ask_qty: int | None = None
    ts_recv: int | None = None


@dataclass(frozen=True)
class Tick:
    """A trade with its standing quote in one row."""

    instrument: int
    ts_event: int
    bid: int | None
    ask: int | None
    px: int
    bid_qty: int | None = None
    ask_qty: int | None = None
    qty: int | None = None
    ts_recv: int | None = None


@dataclass(frozen=True)
class Trade:
    """A trade."""

    instrument: int
    ts_event: int
    px: int
    qty: int | None = None
    ts_recv: int | None = None


@dataclass(frozen=True)
class Bar:
    """Open, high, low, close of ``[ts_open, ts_close)``."""

    instrument: int
    ts_open: int
    ts_close: int
    open: int
    high: int
    low: int
    close: int
    volume: int | None = None
    ts_recv: int | None = None

    @property
    def ts_event(self) -> int:
        """Its place in the order of records: the last nanosecond of its interval."""
        return self.ts_close - 1


Record = Quote | Tick | Trade | Bar
RANK_OF_RECORD: Mapping[type, int] = {Quote: 0, Tick: 1, Trade: 2, Bar: 3}


@dataclass(frozen=True)
class Instrument:
    """The grid of prices and quantities, exact decimals."""

    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True)
class OrderLimits:
    """The largest things allowed; ``None`` is no limit. Quantities in units (not lots), money in the currency."""

    max_order_qty: Decimal | None = None
    max_position: Decimal | None = None
    max_notional: Decimal | None = None
    collar_pct: Decimal | None = None


@dataclass(frozen=True)
class Config:
    """What a run assumes.

    ``seen`` settles what the document leaves open: ``"at_record"`` - the seven steps of a record are one
    piece and the next record comes after the strategy has seen this one; ``"on_time"`` - the strategy sees
    a record at its ``ts_recv``, after whatever happens before that. The two are the same where
    ``ts_recv == ts_event``. Orders decided before ``start`` are refused.
    """

    initial_capital: Decimal = Decimal(100_000)
    entry_latency: int = 1_000_000
    response_latency: int = 1_000_000
    feed_latency: int = 0
    cancel_latency: int | None = None
    slippage_pct: Decimal = Decimal(0)
    taker_commission_pct: Decimal = Decimal(0)
    maker_commission_pct: Decimal = Decimal(0)
    fill_model: str = "through"
    leverage: Decimal = Decimal(1)
    limits: OrderLimits = OrderLimits()
    seen: str = "at_record"
    start: int | None = None


@dataclass(frozen=True)
class Submit:
    """Send a new order. Orders get the ids 1, 2, 3 ... as they are submitted, refused ones too."""

    instrument: int
    side: Side
    qty: int
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.GTC
    limit: int | None = None
    stop: int | None = None


@dataclass(frozen=True)
class Cancel:
    """Cancel an order."""

    order_id: int


@dataclass(frozen=True)
class Replace:
    """Change an order; ``None`` leaves a part as it is. ``qty`` is the new total."""

    order_id: int
    qty: int | None = None
    limit: int | None = None
    stop: int | None = None


Command = Submit | Cancel | Replace
Script = Mapping[int, Sequence[Command]]


@dataclass
class Order:
    """An order as one side knows it; the venue and the strategy each keep their own."""

    id: int
    instrument: int
    side: Side
    qty: int
    order_type: OrderType
    time_in_force: TimeInForce
    limit: int | None
    stop: int | None
    ts_submitted: int
    status: Status = Status.SUBMITTED
    filled: int = 0
    reject: int | None = None
    ts_closed: int | None = None

    @property
    def leaves(self) -> int:
        """What is not filled yet."""
        return self.qty - self.filled

    def apply(self, change: Replace) -> None:
        """Take over what a replace sets."""
        self.qty = self.qty if change.qty is None else change.qty
        self.limit = self.limit if change.limit is None else change.limit
        self.stop = self.stop if change.stop is None else change.stop


class ReportKind(Enum):
    """What happened to an order."""

    ACCEPTED = "ACCEPTED"
    TRIGGERED = "TRIGGERED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"
    CHANGE_REJECTED = "CHANGE_REJECTED"


@dataclass(frozen=True)
class Report:
    """One report about one order; ``closes`` says that nothing more can happen to it."""

    order_id: int
    kind: ReportKind
    ts_event: int
    ts_recv: int
    closes: bool = False
    px: int = 0
    qty: int = 0
    fee: int = 0
    liquidity: str = ""
    code: int | None = None
    change: Replace | None = None


@dataclass(frozen=True)
class Fill:
    """A fill, in the order in which the ledger saw them."""

    order_id: int
    instrument: int
    side: Side
    px: int
    qty: int
    fee: int
    liquidity: str
    ts_event: int
    ts_recv: int


@dataclass(frozen=True)
class RoundTrip:
    """A position from flat to flat. ``qty`` is the total entered; ``pnl`` is net of ``commission``."""

    instrument: int
    side: Side
    qty: int
    entry_time: int
    exit_time: int
    pnl: int
    commission: int


@dataclass
class ReferenceResult:
    """What a run gives. ``equity_curve[k]`` is the equity marked at record k (step 6 of the document)."""

    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[RoundTrip] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    equity_curve: list[int] = field(default_factory=list)
    cash: int = 0
    equity: int = 0
    max_drawdown: float = 0.0
    ambiguous_bars: int = 0
    limits_touched_not_filled: int = 0
    crossed: int = 0
