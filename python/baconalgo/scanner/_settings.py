"""What a scan is asked: checked when it is made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from baconalgo.config import finite_number, length_ns, whole_number
from baconalgo.errors import ConfigError
from baconalgo.expr import Expr

#: The most threads that a scanner makes.
MOST_THREADS = 1024


def expression(parameter: str, rule: Any) -> Expr | None:
    """An expression, given as one or as text.

    Raises
    ------
    ConfigError
        If it is neither; text that cannot be read says where.
    """
    if rule is None or isinstance(rule, Expr):
        return rule
    if isinstance(rule, str):
        from baconalgo.expr import parse

        return parse(rule)
    raise ConfigError(parameter, "must be an expression or its text", repr(rule))


@dataclass(frozen=True, kw_only=True)
class QuantumScannerConfig:
    """How a scanner works.

    Parameters
    ----------
    num_threads
        Threads of the scanner's own pool; as many as there are cores if not given.
    timeout_us
        Time of a scan, microseconds; none if not given. It is looked at between instruments: those that were not
        reached are counted one by one in `skipped`, and the scan is not `complete`.
    enable_premarket, enable_afterhours
        Whether bars before the opening and after the close of the exchange count. Only for intraday bars, and only
        if `session` is given.
    session
        The regular hours as exchange-local times and a time zone, ``("09:30", "16:00", "America/New_York")``;
        without it all bars are regular.
    max_bars
        How many bars of an instrument are kept, the last ones; all if not given. A scanner that takes bars for days
        needs a bound, else its memory grows with them.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.QuantumScannerConfig(num_threads=2).timeout_us is None
    True
    >>> ba.QuantumScannerConfig(num_threads=0)
    Traceback (most recent call last):
        ...
    baconalgo.errors.ConfigError: num_threads must be a whole number >= 1 and < 1024, was 0
    """

    num_threads: int | None = None
    timeout_us: int | None = None
    enable_premarket: bool = True
    enable_afterhours: bool = True
    session: tuple[str, str, str] | None = None
    max_bars: int | None = None

    def __post_init__(self) -> None:
        if self.num_threads is not None:
            whole_number("num_threads", self.num_threads, least=1, below=MOST_THREADS)
        if self.timeout_us is not None:
            whole_number("timeout_us", self.timeout_us, least=0, below=2**62)
        if self.max_bars is not None:
            whole_number("max_bars", self.max_bars, least=1, below=2**62)
        for name in ("enable_premarket", "enable_afterhours"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(name, "must be True or False", repr(getattr(self, name)))
        if self.session is not None:
            from baconalgo.scanner._sessions import check

            check(self.session)
        elif not (self.enable_premarket and self.enable_afterhours):
            rule = "must be given to tell regular bars from others, as ('09:30', '16:00', 'America/New_York')"
            raise ConfigError("session", rule, None)

    @property
    def threads(self) -> int:
        """Threads of the pool."""
        return self.num_threads or os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True, eq=False)
class ScanFilter:
    """Which instruments a scan shows, and in what order. What is not given does not filter.

    Parameters
    ----------
    min_volume
        Least volume of the last bar, units.
    min_price, max_price
        Range of the last close, both ends included.
    sectors
        Sectors, as in the column `sector` of the table of instruments.
    min_market_cap, min_float, min_short_interest
        Least values of the columns `market_cap`, `float` and `short_interest` of the table of instruments. An
        instrument without a value does not pass.
    where
        A condition on the last bar, as expression or text.
    rank_by
        A number; the largest comes first, instruments without a value last, equal ones in the order of their symbols.
        Without it the score ranks.
    max_age
        Oldest last bar, counted back from the newest bar of the universe: a timedelta, ``"1D"`` or ns.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.ScanFilter(min_price=5, where=ba.close > ba.sma(ba.close, 20))
    ScanFilter(min_price=5, where=close > sma(close, 20))
    """

    min_volume: float | None = None
    min_price: float | None = None
    max_price: float | None = None
    sectors: Sequence[str] | None = None
    min_market_cap: float | None = None
    min_float: float | None = None
    min_short_interest: float | None = None
    where: Expr | str | None = None
    rank_by: Expr | str | None = None
    max_age: timedelta | str | int | None = None

    def __post_init__(self) -> None:
        for name in NUMBERS:
            if getattr(self, name) is not None:
                finite_number(name, getattr(self, name))
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ConfigError("max_price", f"must be >= min_price ({self.min_price:g})", self.max_price)
        if isinstance(self.sectors, str) or (self.sectors is not None and not all(map(_is_text, self.sectors))):
            raise ConfigError("sectors", "must be a list of texts", repr(self.sectors))
        for name, kind in (("where", "condition"), ("rank_by", "number")):
            rule = expression(name, getattr(self, name))
            if rule is not None and rule.kind != kind:
                raise ConfigError(name, f"must be a {kind}", repr(rule))
            object.__setattr__(self, name, rule)
        if self.max_age is not None:
            length_ns("max_age", self.max_age)

    def __repr__(self) -> str:
        given = [
            f"{name}={getattr(self, name)!r}" for name in self.__dataclass_fields__ if getattr(self, name) is not None
        ]
        return f"ScanFilter({', '.join(given)})"


NUMBERS = ("min_volume", "min_price", "max_price", "min_market_cap", "min_float", "min_short_interest")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
