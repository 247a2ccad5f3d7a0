"""Settings of a backtest, checked when they are made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from baconalgo.errors import ConfigError, DataError, shown

__all__ = ["BacktestConfig", "Commission", "Latency", "OrderLimits"]

#: Anything that says when: nanoseconds since the epoch, a date or time (naive is UTC), ISO text.
Time = int | str | date | datetime | np.datetime64

_MILLISECOND = 1_000_000

#: Paths that one Monte Carlo may draw.
MOST_PATHS = 10_000_000


def time_ns(parameter: str, value: Time) -> int:
    """Nanoseconds since the epoch, UTC.

    Raises
    ------
    ConfigError
        If it does not say when.

    Examples
    --------
    >>> time_ns("start_date", "2014-05-06"), time_ns("start_date", 5)
    (1399334400000000000, 5)
    """
    rule = "must be a time: int ns, datetime, numpy datetime64 or ISO text"
    if isinstance(value, bool):
        raise ConfigError(parameter, rule, value)
    if isinstance(value, int | np.integer):
        return _in_range(parameter, int(value))
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ConfigError(parameter, rule, repr(value)) from error
    if isinstance(value, np.datetime64) and not np.isnat(value):
        return int(value.astype("datetime64[ns]").astype(np.int64))
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124 - pandas' NaT is a datetime unequal to itself
        nanosecond = int(getattr(value, "nanosecond", 0))
        since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
        microseconds = since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
        return _in_range(parameter, microseconds * 1_000 + nanosecond)
    raise ConfigError(parameter, rule, repr(value))


def _in_range(parameter: str, nanoseconds: int) -> int:
    if not -(2**63) < nanoseconds < 2**63:
        raise ConfigError(parameter, "must be a time between 1677-09-22 and 2262-04-11", f"{nanoseconds} ns")
    return nanoseconds


def length_ns(parameter: str, value: int | str | timedelta, *, least: int = 0) -> int:
    """Nanoseconds of a length of time: int ns, timedelta, or text such as ``"1D"``.

    Raises
    ------
    ConfigError
        If it is none, or less than `least`.
    """
    from baconalgo.data._timeframes import nanoseconds

    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        length = int(value)
    elif isinstance(value, timedelta) and not value:
        length = 0
    else:
        try:
            length = nanoseconds(value, parameter=parameter)
        except DataError as error:
            raise ConfigError(parameter, error.rule, error.value) from error
    if not least <= length < 2**62:
        raise ConfigError(parameter, f"must be >= {least} ns and below 2**62", length)
    return length


def finite_number(
    parameter: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """A finite number in its range, or ConfigError."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | np.integer | np.floating):
        raise ConfigError(parameter, "must be a number", repr(value))
    number = float(value)
    if not math.isfinite(number):
        raise ConfigError(parameter, "must be finite", number)
    if above is not None and not number > above:
        raise ConfigError(parameter, f"must be > {shown(above)}", number)
    if least is not None and not number >= least:
        raise ConfigError(parameter, f"must be >= {shown(least)}", number)
    if below is not None and not number < below:
        raise ConfigError(parameter, f"must be < {shown(below)}", number)
    return number


def whole_number(parameter: str, value: Any, *, least: int, below: int) -> int:
    """A whole number in its range.

    Raises
    ------
    ConfigError
        If it is none, or out of the range.

    Examples
    --------
    >>> whole_number("seed", 7, least=0, below=10)
    7
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value < below:
        raise ConfigError(parameter, f"must be a whole number >= {shown(least)} and < {shown(below)}", repr(value))
    return int(value)


def decimal_text(parameter: str, value: float) -> str:
    """The decimal that a float says, in plain digits; at most 18 decimals.

    Examples
    --------
    >>> decimal_text("slippage_pct", 0.05), decimal_text("capital", 1e5), decimal_text("x", 1e-7)
    ('0.05', '100000', '0.0000001')
    """
    text = f"{Decimal(repr(float(value))):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if len(text.partition(".")[2]) > 18:
        raise ConfigError(parameter, "must have at most 18 decimals", value)
    if len(text.strip("-").lstrip("0.").replace(".", "")) > 18:
        raise ConfigError(parameter, "must fit in 18 digits", value)
    return text


@dataclass(frozen=True, slots=True)
class Latency:
    """How long messages take, in nanoseconds.

    Parameters
    ----------
    entry
        Orders and changes on their way to the venue.
    response
        Acknowledgements and fills on their way back.
    feed
        Market data on its way to us, where the data does not say when it was received.
    cancel
        Cancels on their way to the venue; by default as `entry`.

    Examples
    --------
    >>> Latency(entry=2_000_000).cancel
    2000000
    """

    entry: int = _MILLISECOND
    response: int = _MILLISECOND
    feed: int = 0
    cancel: int | None = None

    def __post_init__(self) -> None:
        for name in ("entry", "response", "feed"):
            object.__setattr__(self, name, length_ns(f"latency.{name}", getattr(self, name)))
        cancel = self.entry if self.cancel is None else length_ns("latency.cancel", self.cancel)
        object.__setattr__(self, "cancel", cancel)


@dataclass(frozen=True, slots=True)
class Commission:
    """Commission in percent of the notional; a negative one is a rebate.

    Examples
    --------
    >>> Commission(maker=-0.01, taker=0.04)
    Commission(maker=-0.01, taker=0.04)
    """

    maker: float
    taker: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "maker", finite_number("commission_pct.maker", self.maker))
        object.__setattr__(self, "taker", finite_number("commission_pct.taker", self.taker))


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """Limits that every order is checked against before it is sent; None is no limit.

    Parameters
    ----------
    max_order_quantity
        Largest order, units.
    max_position
        Largest position that open orders could lead to, units, long or short.
    max_notional
        Largest value of one order, in the currency.
    price_collar_pct
        Farthest that a limit price may be from the market, percent.

    Examples
    --------
    >>> OrderLimits(max_position=100).max_notional is None
    True
    """

    max_order_quantity: float | None = None
    max_position: float | None = None
    max_notional: float | None = None
    price_collar_pct: float | None = None

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None:
                object.__setattr__(self, limit.name, finite_number(limit.name, value, above=0, below=1e18))


@dataclass(frozen=True)
class BacktestConfig:
    """Settings of a backtest. Costs, latency and displayed sizes are on unless they are turned off.

    Parameters
    ----------
    initial_capital
        Cash at the start, in the currency of the instruments; > 0.
    commission_pct
        Commission in percent of the notional: one number, or :class:`Commission` for maker and taker.
    slippage_pct
        How far a take moves the price against the order, percent, on to the next whole tick; >= 0.
    start_date, end_date
        The run is [start, end); earlier rows only warm indicators up.
    realistic_fills
        False: no latency, no slippage, full fills at the touch, also of resting orders.
    latency
        Nanoseconds for orders and responses alike, or a :class:`Latency`. Default: 1 ms each way.
    fill_model
        ``"through"``: resting limit orders fill only when the market trades through them; ``"touch"``: when it
        touches them, which is optimistic.
    leverage
        Largest gross exposure as a multiple of equity; > 0.
    limits
        Checked before each order, see :class:`OrderLimits`.
    sample
        The interval at whose ends equity is sampled for ratios such as Sharpe's: ``"1D"``, ``"1h"``, ...
    enable_monte_carlo
        Whether :meth:`BacktestEngine.run` also draws paths from the trades (``result.monte_carlo``).
    monte_carlo_simulations
        How many.
    seed
        For everything random.

    Raises
    ------
    ConfigError
        If a value is out of its range.

    Examples
    --------
    >>> config = BacktestConfig(initial_capital=50_000, commission_pct=0.02, latency=Latency(entry=500_000))
    >>> config.latency.entry, config.slippage_pct
    (500000, 0.05)
    >>> BacktestConfig(initial_capital=-1)
    Traceback (most recent call last):
        ...
    baconalgo.errors.ConfigError: initial_capital must be > 0, was -1
    """

    initial_capital: float = 100_000.0
    commission_pct: float | Commission = 0.1
    slippage_pct: float = 0.05
    start_date: Time | None = None
    end_date: Time | None = None
    realistic_fills: bool = True
    latency: int | Latency = field(default_factory=Latency)
    fill_model: str = "through"
    leverage: float = 1.0
    limits: OrderLimits = field(default_factory=OrderLimits)
    sample: str | int | timedelta = "1D"
    enable_monte_carlo: bool = False
    monte_carlo_simulations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        put("initial_capital", finite_number("initial_capital", self.initial_capital, above=0))
        if not isinstance(self.commission_pct, Commission):
            put("commission_pct", finite_number("commission_pct", self.commission_pct))
        put("slippage_pct", finite_number("slippage_pct", self.slippage_pct, least=0, below=100))
        put("leverage", finite_number("leverage", self.leverage, above=0, below=1e12))
        if isinstance(self.latency, Mapping):
            put("latency", Latency(**self.latency))
        if not isinstance(self.latency, Latency):
            each = length_ns("latency", self.latency)
            put("latency", Latency(entry=each, response=each))
        if isinstance(self.limits, Mapping):
            put("limits", OrderLimits(**self.limits))
        if not isinstance(self.limits, OrderLimits):
            raise ConfigError("limits", "must be ba.OrderLimits", repr(self.limits))
        if self.fill_model not in ("through", "touch"):
            raise ConfigError("fill_model", "must be one of through, touch", repr(self.fill_model))
        length_ns("sample", self.sample, least=1)
        start, end = self.start_ns, self.end_ns
        if start is not None and end is not None and start >= end:
            raise ConfigError("end_date", "must be after start_date", repr(self.end_date))
        paths = self.monte_carlo_simulations
        put("monte_carlo_simulations", whole_number("monte_carlo_simulations", paths, least=1, below=MOST_PATHS + 1))
        put("seed", whole_number("seed", self.seed, least=0, below=2**63))

    @property
    def start_ns(self) -> int | None:
        """The start in ns since the epoch, if there is one."""
        return None if self.start_date is None else time_ns("start_date", self.start_date)

    @property
    def end_ns(self) -> int | None:
        """The end in ns since the epoch, if there is one."""
        return None if self.end_date is None else time_ns("end_date", self.end_date)

    @property
    def commission(self) -> Commission:
        """Maker and taker commission."""
        given = self.commission_pct
        return given if isinstance(given, Commission) else Commission(maker=given, taker=given)

    def effective_latency(self) -> Latency:
        """The latency that a run uses."""
        if not self.realistic_fills:
            return Latency(0, 0, 0, 0)
        assert isinstance(self.latency, Latency)  # noqa: S101 - made so in __post_init__
        return self.latency

    def settings(self) -> dict[str, Any]:
        """What the engine needs, in its own units; ``hash_text`` is what the result's hash covers."""
        latency, commission, limits = self.effective_latency(), self.commission, self.limits
        collar, notional = limits.price_collar_pct, limits.max_notional
        settings: dict[str, Any] = {
            "initial_capital": decimal_text("initial_capital", self.initial_capital),
            "entry_latency": latency.entry,
            "response_latency": latency.response,
            "feed_latency": latency.feed,
            "cancel_latency": latency.cancel,
            "maker_pct": decimal_text("commission_pct.maker", commission.maker),
            "taker_pct": decimal_text("commission_pct.taker", commission.taker),
            "slippage_pct": decimal_text("slippage_pct", self.slippage_pct if self.realistic_fills else 0.0),
            "fill_model": self.fill_model if self.realistic_fills else "touch",
            "bounded_by_size": self.realistic_fills,
            "leverage_ppm": round(self.leverage * 1_000_000),
            "max_order_quantity": limits.max_order_quantity,
            "max_position": limits.max_position,
            "max_notional": None if notional is None else decimal_text("max_notional", notional),
            "collar_ppm": None if collar is None else round(collar * 10_000),
            "sample": length_ns("sample", self.sample, least=1),
            "start": self.start_ns,
            "end": self.end_ns,
        }
        settings["hash_text"] = json.dumps({**settings, "seed": self.seed}, sort_keys=True)
        return settings
