"""Regular hours: which bars are before the opening or after the close."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from baconalgo.errors import ConfigError

_DAY = 86_400_000_000_000
_HOUR = 3_600_000_000_000


def check(session: tuple[str, str, str]) -> tuple[int, int, ZoneInfo]:
    """Opening and close as nanoseconds of the local day, and the time zone.

    Raises
    ------
    ConfigError
        If it does not say two times of the day, the first one earlier, and a time zone.
    """
    rule = "must be opening, close and time zone, as ('09:30', '16:00', 'America/New_York')"
    try:
        opening, close, zone = session
        begin, end = (_nanos(time.fromisoformat(text)) for text in (opening, close))
        info = ZoneInfo(zone)
    except (ValueError, TypeError, ZoneInfoNotFoundError) as error:
        raise ConfigError("session", rule, repr(session)) from error
    if begin >= end:
        raise ConfigError("session", "must open before it closes", repr(session))
    return begin, end, info


def regular(
    times: npt.NDArray[np.int64], session: tuple[str, str, str], *, premarket: bool, afterhours: bool
) -> npt.NDArray[np.bool_]:
    """Which bars count: those that begin in regular hours, and the others that are wanted.

    Examples
    --------
    >>> hours = ("09:30", "16:00", "America/New_York")
    >>> bars = np.array(["2024-07-01T13:00", "2024-07-01T13:30", "2024-07-01T20:00"], "M8[ns]").astype(np.int64)
    >>> regular(bars, hours, premarket=False, afterhours=True)
    array([False,  True,  True])
    """
    begin, end, zone = check(session)
    of_day = (times + _offsets(times, zone)) % _DAY
    return (premarket | (of_day >= begin)) & (afterhours | (of_day < end))


def _offsets(times: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """How far local time is ahead of UTC, ns; zones change it on the hour."""
    from datetime import UTC, datetime

    hours, place = np.unique(times // _HOUR, return_inverse=True)
    offsets = []
    for hour in hours.tolist():
        offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
        offsets.append(0 if offset is None else round(offset.total_seconds()) * 1_000_000_000)
    return np.array(offsets, np.int64)[place] if offsets else np.zeros(0, np.int64)


def _nanos(at: time) -> int:
    return (at.hour * 3600 + at.minute * 60 + at.second) * 1_000_000_000
