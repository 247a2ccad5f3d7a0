"""Limits as versioned data: checked when they are made, read from and written to TOML."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from baconalgo.config import decimal_text, finite_number, length_ns, whole_number
from baconalgo.errors import ConfigError
from baconalgo.risk import _sessions
from baconalgo.risk._toml import document

#: The version of the TOML form.
VERSION = 1

_PPM_OF_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class InstrumentLimit:
    """Limits of one instrument, beside those that hold for all; None is no limit.

    Parameters
    ----------
    max_exposure
        Largest exposure, in the currency.
    max_position
        Largest position that open orders could lead to, units, long or short.
    max_order_quantity
        Largest order, units.
    max_notional
        Largest value of one order, in the currency.
    margin_pct
        Margin that its exposure takes, percent, in place of the general one.

    Examples
    --------
    >>> InstrumentLimit(max_exposure=5_000).max_position is None
    True
    """

    max_exposure: float | None = None
    max_position: float | None = None
    max_order_quantity: float | None = None
    max_notional: float | None = None
    margin_pct: float | None = None

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None:
                object.__setattr__(self, limit.name, finite_number(limit.name, value, least=0, below=1e12))

    def row(self) -> tuple[float | None, float | None, str | None, str | None, int | None]:
        """As the core wants it."""
        return (
            self.max_order_quantity,
            self.max_position,
            None if self.max_notional is None else decimal_text("max_notional", self.max_notional),
            None if self.max_exposure is None else decimal_text("max_exposure", self.max_exposure),
            None if self.margin_pct is None else round(self.margin_pct * _PPM_OF_PERCENT),
        )


def _names(parameter: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(k, str) and isinstance(v, str) for k, v in value.items()):
        raise ConfigError(parameter, "must map symbols to names", repr(value))
    return MappingProxyType(dict(sorted(value.items())))


def _amounts(parameter: str, value: Any) -> Mapping[str, float]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ConfigError(parameter, "must map names to amounts", repr(value))
    made = {name: finite_number(f"{parameter}.{name}", value[name], least=0, below=1e15) for name in sorted(value)}
    return MappingProxyType(made)


def _own(value: Any) -> Mapping[str, InstrumentLimit]:
    if not isinstance(value, Mapping) or not all(isinstance(symbol, str) for symbol in value):
        raise ConfigError("instrument_limits", "must map symbols to ba.InstrumentLimit", repr(value))
    made = {}
    for symbol in sorted(value):
        limit = value[symbol]
        if isinstance(limit, Mapping):
            try:
                limit = InstrumentLimit(**limit)
            except TypeError as error:
                rule = "must have the names of ba.InstrumentLimit"
                raise ConfigError(f"instrument_limits.{symbol}", rule, sorted(limit)) from error
        if not isinstance(limit, InstrumentLimit):
            raise ConfigError(f"instrument_limits.{symbol}", "must be a ba.InstrumentLimit", repr(limit))
        made[symbol] = limit
    return MappingProxyType(made)


@dataclass(frozen=True)
class RiskConfig:
    """What an account may risk. None is no limit.

    An order *adds risk* by what it has beyond closing its position; what only reduces passes all limits but those on
    single orders (quantity, notional, collar). Everything under way counts at its worst: filled whole, a market order
    at its collar price.

    Parameters
    ----------
    total_capital
        What percentages of capital refer to, in the currency; > 0.
    max_risk_per_trade_pct
        Largest part of the capital that :meth:`RiskManager.calculate_position_size` puts in one trade; binds sizing
        only.
    max_exposure_pct
        Largest gross exposure, percent of `total_capital`; a short adds exposure.
    max_drawdown_pct
        Largest fall of equity from its peak, percent of the peak.
    max_daily_loss
        Largest loss since the start of the day, realised or not, in the currency.
    max_concurrent_positions
        Most instruments with a position, or an order that could open one.
    enable_kelly_criterion
        Whether sizes follow Kelly's criterion; otherwise they are `max_risk_per_trade_pct` of the capital.
    enable_circuit_breakers
        Whether reaching the daily loss or the drawdown trips a breaker, which lets nothing through that adds risk
        until it is reset by hand; otherwise orders are refused only while the loss lasts.
    var_confidence_level
        Confidence of value at risk, between 0.5 and 1.
    leverage
        Largest gross exposure as a multiple of equity.
    margin_pct
        Margin that exposure takes, percent; all of it must not exceed equity.
    max_net_exposure_pct
        Largest net exposure, long or short, percent of `total_capital`.
    max_concentration_pct
        Largest exposure of one instrument, percent of equity.
    max_instrument_exposure
        Largest exposure of any one instrument, in the currency.
    max_order_quantity, max_position
        Largest order, and largest position that open orders could lead to, units, of any instrument.
    max_notional
        Largest value of one order, in the currency.
    price_collar_pct
        Farthest that a limit price may be from the market, percent; and how far beyond the market a market order is
        assumed to fill.
    max_open_orders
        Most open orders.
    max_orders_per_second, max_messages_per_second
        Most new orders, and most messages of any kind (orders, changes, cancels), in any window of one second.
    duplicate_window
        An order like the last one of its instrument is refused for so long: int ns, timedelta or text such as "1s".
    refuse_self_cross
        Whether an order that could meet one of our own on the other side is refused.
    max_data_age
        A price older than this is stale.
    max_var_pct
        Largest value at risk of all positions over `var_horizon`, percent of `total_capital`, with everything under way
        at its worst: ``z(var_confidence_level) sqrt(var_horizon / var_interval) sqrt(v' C v)`` of the values ``v`` and
        the covariance ``C`` of what prices have done so far in the run. An order that lowers it passes.
    var_horizon
        How long value at risk looks ahead, in time in which there are prices: a day by default; of stocks "390m".
    var_interval
        The step of the grid on which returns are measured: the last price of each step counts (previous tick), a step
        without any price is none. Not finer than the data: "1D" for daily bars.
    var_decay
        The weight of a step in proportion to the next one, above 0 and at most 0.9995.
    var_warm_up
        Returns that an instrument needs, in a row, before an order that adds risk in it, or while it is held in any
        other, is let through.
    day_start
        When a day starts, after midnight in `session_timezone`.
    session_timezone
        Where that midnight is, as ``"America/New_York"``, with its summer times; UTC by default. For the years 1970 to
        2099; after them days are of 24 hours.
    flatten_on_trip
        Whether a tripped breaker cancels all open orders and closes all positions. Otherwise it cancels those that
        could add risk, and what only takes positions back, stops above all, goes on working.
    cool_down
        No reset of a breaker sooner than this after it tripped.
    reduce_only
        Whether orders may only reduce positions.
    sectors, strategies, venues
        The sector of symbols, the strategy that trades them, where they trade.
    sector_limits, strategy_limits, venue_limits, currency_limits
        Largest exposure of a sector, a strategy, a venue, a currency, in the currency of the account.
    instrument_limits
        :class:`InstrumentLimit` by symbol.

    Raises
    ------
    ConfigError
        If a value is out of its range.

    Examples
    --------
    >>> config = RiskConfig(max_exposure_pct=150, sectors={"AAPL": "tech"}, sector_limits={"tech": 40_000})
    >>> config.max_daily_loss, config.sector_limits["tech"]
    (2000.0, 40000.0)
    >>> RiskConfig.from_toml(config.to_toml()) == config
    True
    >>> RiskConfig(total_capital=0)
    Traceback (most recent call last):
        ...
    baconalgo.errors.ConfigError: total_capital must be > 0, was 0
    """

    total_capital: float = 100_000.0
    max_risk_per_trade_pct: float = 1.0
    max_exposure_pct: float | None = 20.0
    max_drawdown_pct: float | None = 10.0
    max_daily_loss: float | None = 2_000.0
    max_concurrent_positions: int | None = 10
    enable_kelly_criterion: bool = True
    enable_circuit_breakers: bool = True
    var_confidence_level: float = 0.95
    leverage: float | None = field(default=None, kw_only=True)
    margin_pct: float | None = field(default=None, kw_only=True)
    max_net_exposure_pct: float | None = field(default=None, kw_only=True)
    max_concentration_pct: float | None = field(default=None, kw_only=True)
    max_instrument_exposure: float | None = field(default=None, kw_only=True)
    max_order_quantity: float | None = field(default=None, kw_only=True)
    max_position: float | None = field(default=None, kw_only=True)
    max_notional: float | None = field(default=None, kw_only=True)
    price_collar_pct: float | None = field(default=None, kw_only=True)
    max_open_orders: int | None = field(default=None, kw_only=True)
    max_orders_per_second: int | None = field(default=None, kw_only=True)
    max_messages_per_second: int | None = field(default=None, kw_only=True)
    duplicate_window: int | str | timedelta | None = field(default=None, kw_only=True)
    refuse_self_cross: bool = field(default=False, kw_only=True)
    max_data_age: int | str | timedelta | None = field(default=None, kw_only=True)
    max_var_pct: float | None = field(default=None, kw_only=True)
    var_horizon: int | str | timedelta = field(default=86_400_000_000_000, kw_only=True)
    var_interval: int | str | timedelta = field(default=60_000_000_000, kw_only=True)
    var_decay: float = field(default=0.997, kw_only=True)
    var_warm_up: int = field(default=60, kw_only=True)
    day_start: int | str | timedelta = field(default=0, kw_only=True)
    session_timezone: str = field(default="UTC", kw_only=True)
    flatten_on_trip: bool = field(default=False, kw_only=True)
    cool_down: int | str | timedelta = field(default=0, kw_only=True)
    reduce_only: bool = field(default=False, kw_only=True)
    sectors: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    strategies: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    venues: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    sector_limits: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    strategy_limits: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    venue_limits: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    currency_limits: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    instrument_limits: Mapping[str, InstrumentLimit] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        def number(name: str, **bounds: float) -> None:
            value = getattr(self, name)
            if value is not None:
                put(name, finite_number(name, value, **bounds))

        if self.total_capital is None or self.max_risk_per_trade_pct is None or self.var_confidence_level is None:
            raise ConfigError("total_capital, max_risk_per_trade_pct, var_confidence_level", "must be numbers", None)
        number("total_capital", above=0, below=1e15)
        number("max_risk_per_trade_pct", above=0, below=100.0000001)
        number("max_drawdown_pct", above=0, below=100.0000001)
        number("var_confidence_level", above=0.5, below=1)
        for name in ("max_exposure_pct", "max_net_exposure_pct", "max_concentration_pct", "margin_pct"):
            number(name, least=0, below=1e9)
        for name in ("max_daily_loss", "leverage", "price_collar_pct"):
            number(name, above=0, below=1e12)
        for name in ("max_instrument_exposure", "max_order_quantity", "max_position", "max_notional"):
            number(name, least=0, below=1e12)
        number("max_var_pct", above=0, below=1_000)
        number("var_decay", above=0, below=math.nextafter(0.9995, 1))
        put("var_warm_up", whole_number("var_warm_up", self.var_warm_up, least=1, below=1_000_001))
        for name in ("var_horizon", "var_interval"):
            put(name, length_ns(name, getattr(self, name), least=1))
        for name in ("max_concurrent_positions", "max_open_orders"):
            if getattr(self, name) is not None:
                put(name, whole_number(name, getattr(self, name), least=0, below=2**31))
        for name in ("max_orders_per_second", "max_messages_per_second"):
            if getattr(self, name) is not None:
                put(name, whole_number(name, getattr(self, name), least=1, below=100_001))
        for name in ("duplicate_window", "max_data_age"):
            if getattr(self, name) is not None:
                put(name, length_ns(name, getattr(self, name), least=1))
        for name in ("day_start", "cool_down"):
            put(name, length_ns(name, getattr(self, name)))
        _sessions.check(self.session_timezone, self.day_start)
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(name, "must be True or False", repr(getattr(self, name)))
        for name in ("sectors", "strategies", "venues"):
            put(name, _names(name, getattr(self, name)))
        for name in ("sector_limits", "strategy_limits", "venue_limits", "currency_limits"):
            put(name, _amounts(name, getattr(self, name)))
        put("instrument_limits", _own(self.instrument_limits))

    def __hash__(self) -> int:
        return hash(self.to_toml())

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_toml, (self.to_toml(),))

    def to_toml(self, path: str | os.PathLike[str] | None = None) -> str:
        """The limits as TOML, what differs from the defaults; also written to `path`, if there is one."""
        values: dict[str, Any] = {}
        for limit in _LIMITS:
            value = getattr(self, limit.name)
            default = {} if limit.default is MISSING else limit.default
            if value == default:
                continue
            if limit.name == "instrument_limits":
                own = {symbol: asdict(each) for symbol, each in value.items()}
                value = {symbol: {k: v for k, v in each.items() if v is not None} for symbol, each in own.items()}
            values[limit.name] = dict(value) if isinstance(value, Mapping) else "none" if value is None else value
        text = document({"version": VERSION, "risk": values})
        if path is not None:
            Path(path).expanduser().write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_toml(cls, source: str | os.PathLike[str]) -> Self:
        """Limits from TOML: a path, or the text itself.

        Raises
        ------
        ConfigError
            If it cannot be read, is of another version, or has a name or a value that is none.
        """
        text = os.fspath(source)
        if isinstance(source, os.PathLike) or ("\n" not in text and "=" not in text):
            try:
                text = Path(text).expanduser().read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError("path", "must be a TOML file that can be read", f"{source}: {error}") from error
        try:
            read = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError("risk configuration", "must be TOML", str(error)) from error
        if read.get("version") != VERSION:
            raise ConfigError("version", f"must be {VERSION}", repr(read.get("version")))
        values, known = read.get("risk", {}), {limit.name for limit in _LIMITS}
        extra = sorted(set(read) - {"version", "risk"})
        if not isinstance(values, dict):
            values, extra = {}, ["risk"]
        for name in [*extra, *(name for name in values if name not in known)]:
            raise ConfigError("risk configuration", "must have the names of ba.RiskConfig under [risk]", name)
        given: dict[str, Any] = {name: None if value == "none" else value for name, value in values.items()}
        return cls(**given)

    def settings(self) -> dict[str, Any]:
        """What the core needs, in its own units."""

        def ppm(value: float | None, of: int = _PPM_OF_PERCENT) -> int | None:
            return None if value is None else round(value * of)

        def money(name: str) -> str | None:
            value = getattr(self, name)
            return None if value is None else decimal_text(name, value)

        groups = [("sector", "sectors"), ("strategy", "strategies"), ("venue", "venues")]
        limits = ("sector", "strategy", "venue", "currency")
        return {
            **{name: getattr(self, name) for name in _PASSED_ON},
            **{name: money(name) for name in ("total_capital", "max_daily_loss", "max_instrument_exposure")},
            "max_notional": money("max_notional"),
            "exposure_ppm": ppm(self.max_exposure_pct),
            "net_exposure_ppm": ppm(self.max_net_exposure_pct),
            "concentration_ppm": ppm(self.max_concentration_pct),
            "margin_ppm": ppm(self.margin_pct),
            "drawdown_ppm": ppm(self.max_drawdown_pct),
            "collar_ppm": ppm(self.price_collar_pct),
            "leverage_ppm": ppm(self.leverage, 1_000_000),
            "var": None
            if self.max_var_pct is None
            else (
                ppm(self.max_var_pct),
                self.var_confidence_level,
                self.var_interval,
                self.var_horizon,
                self.var_decay,
                self.var_warm_up,
            ),
            "day_starts": _sessions.starts(self.session_timezone, self.day_start),
            "members": [(word, list(getattr(self, name).items())) for word, name in groups],
            "group_limits": [
                (word, name, decimal_text(f"{word}_limits.{name}", limit))
                for word in limits
                for name, limit in getattr(self, f"{word}_limits").items()
            ],
            "instrument_limits": [(symbol, limit.row()) for symbol, limit in self.instrument_limits.items()],
        }


_PASSED_ON = (
    "max_order_quantity",
    "max_position",
    "max_concurrent_positions",
    "max_open_orders",
    "max_orders_per_second",
    "max_messages_per_second",
    "duplicate_window",
    "max_data_age",
    "day_start",
    "cool_down",
    "enable_circuit_breakers",
    "refuse_self_cross",
    "flatten_on_trip",
    "reduce_only",
)
_MODES = ("refuse_self_cross", "flatten_on_trip", "reduce_only")
_SWITCHES = ("enable_kelly_criterion", "enable_circuit_breakers", *_MODES)
_LIMITS = fields(RiskConfig)
