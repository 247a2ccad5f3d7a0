"""Exceptions: each names the parameter, the rule and the value.

``BaconError`` is the root. Every exception reads ``{parameter} {rule}, was {value}`` and carries the parts
as attributes, with a number: 1xxx input, 2xxx risk, 3xxx matching, 4xxx venue, 8xxx infrastructure. Numbers read as
people write them, from here and from the core alike: see :func:`shown`.
"""

from __future__ import annotations

import re

__all__ = [
    "BackpressureError",
    "BaconError",
    "BusError",
    "ConfigError",
    "DataError",
    "EngineError",
    "FixError",
    "OrderError",
    "RiskError",
    "StrategyError",
    "VenueError",
]


def shown(value: object) -> str:
    """What a message calls a value: a number without ``.0``, in groups of three digits from 10,000 on.

    Examples
    --------
    >>> [shown(value) for value in (50_000.0, 1_234_567.5, 2048, -0.5, 1e300, "12345", "'12345'", None)]
    ['50,000', '1,234,567.5', '2048', '-0.5', '1e+300', '12,345', "'12345'", 'None']
    """
    text = str(value)
    number = re.fullmatch(r"(-?)([0-9]+)(\.[0-9]+)?", text)
    if number is None:
        return text
    sign, whole, rest = number[1], number[2], number[3] or ""
    return f"{sign}{int(whole):,}" + ("" if rest == ".0" else rest) if len(whole) > 4 else text.removesuffix(".0")


class BaconError(Exception):
    """The root of all errors of this package.

    Parameters
    ----------
    parameter
        What is at fault.
    rule
        The rule it breaks, as ``must be >= 1``.
    value
        The value it had.
    code
        Its number.

    Examples
    --------
    >>> from baconalgo.errors import ConfigError
    >>> error = ConfigError("period", "must be >= 1", 0)
    >>> str(error)
    'period must be >= 1, was 0'
    >>> error.parameter, error.code
    ('period', 1001)
    """

    def __init__(self, parameter: str, rule: str, value: object, *, code: int = 1001) -> None:
        super().__init__(f"{parameter} {rule}, was {shown(value)}")
        self.parameter = parameter
        self.rule = rule
        self.value = value
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.parameter, self.rule, self.value, self.code))


def _rebuild(cls: type[BaconError], parameter: str, rule: str, value: object, code: int) -> BaconError:
    return cls(parameter, rule, value, code=code)


class DataError(BaconError):
    """Market data that cannot be used."""


class OrderError(BaconError):
    """An order that cannot be understood."""


class RiskError(BaconError):
    """A trade that risk does not allow; ``parameter`` is the limit.

    Attributes
    ----------
    bound
        What the limit allows at most; None where it has no number.
    """

    bound: float | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"bound": self.bound})


class VenueError(BaconError):
    """A venue failed or refused."""


class FixError(BaconError):
    """A FIX message or session failed."""


class ConfigError(BaconError):
    """A setting that cannot be."""


class EngineError(BaconError):
    """The engine is in the wrong state, or an amount does not fit it."""


class BusError(BaconError):
    """The message bus failed."""


class StrategyError(BaconError):
    """A user's strategy raised; its own exception is the ``__cause__``.

    Attributes
    ----------
    event
        What the strategy was told when it raised.
    ts
        The local time then, ns since the epoch.
    """

    event: object = None
    ts: int | None = None

    def __reduce__(self) -> tuple[object, ...]:
        # Records of the extension cannot be pickled; their text can.
        told = self.event if self.event is None or isinstance(self.event, str) else repr(self.event)
        return (*super().__reduce__(), {"event": told, "ts": self.ts})


class BackpressureError(EngineError, BusError):
    """A ring is full.

    Attributes
    ----------
    sent
        How many of several messages were taken before.
    """

    sent: int = 0
