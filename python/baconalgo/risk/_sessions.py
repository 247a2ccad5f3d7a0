"""When trading days start, in a time zone with summer times."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from baconalgo.errors import ConfigError

_DAY_NS = 86_400_000_000_000
_FIRST, _LAST = date(1970, 1, 1), date(2099, 12, 31)


def check(timezone: Any, day_start: Any) -> None:
    """Refuse a time zone that is none, and a start of the day that is not within it.

    Raises
    ------
    ConfigError
        If either cannot be.
    """
    if not isinstance(day_start, int) or day_start >= _DAY_NS:
        raise ConfigError("day_start", "must be less than a day", day_start)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        rule = 'must be a time zone of the IANA database, as "America/New_York"'
        raise ConfigError("session_timezone", rule, repr(timezone)) from error


@lru_cache(maxsize=8)
def starts(timezone: str, day_start: int) -> list[int] | None:
    """The starts of all days from 1970 to 2099, ns since the epoch; None in UTC, where all days are alike.

    A time of day that a change of the clock skips counts as of the offset before it, one that comes twice is the
    first of both.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> close = starts("America/New_York", 17 * 3_600_000_000_000)
    >>> days = [datetime.fromtimestamp(ns / 1e9, UTC) for ns in close if 1394100000 < ns / 1e9 < 1394500000]
    >>> [f"{day:%a %H:%M}" for day in days]
    ['Thu 22:00', 'Fri 22:00', 'Sat 22:00', 'Sun 21:00', 'Mon 21:00']
    """
    if timezone == "UTC":
        return None
    zone, one = ZoneInfo(timezone), timedelta(days=1)
    clock = datetime.min + timedelta(microseconds=day_start // 1_000)
    local = datetime.combine(_FIRST, clock.time())
    epoch = datetime(1970, 1, 1)
    made = []
    while local.date() <= _LAST:
        offset = local.replace(tzinfo=zone).utcoffset() or timedelta()
        made.append((local - offset - epoch) // timedelta(microseconds=1) * 1_000 + day_start % 1_000)
        local += one
    return made
