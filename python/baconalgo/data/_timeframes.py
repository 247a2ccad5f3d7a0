"""Lengths of time as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

from baconalgo.errors import DataError

#: Nanoseconds of each unit.
UNITS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "D": 86_400_000_000_000,
    "W": 604_800_000_000_000,
}


def nanoseconds(length: str | int | timedelta, *, parameter: str = "timeframe") -> int:
    """Nanoseconds of ``"5m"``, ``"1D"``, a ``timedelta``, or a whole number of nanoseconds.

    Raises
    ------
    DataError
        If it is not a length of time above zero.

    Examples
    --------
    >>> nanoseconds("1m"), nanoseconds("1d") == nanoseconds("1D"), nanoseconds(timedelta(seconds=1))
    (60000000000, True, 1000000000)
    """
    rule = "must be a length of time such as '1s', '5m', '4h', '1D' or '1W'"
    if isinstance(length, timedelta):
        nanos = (length.days * 86_400_000_000 + length.seconds * 1_000_000 + length.microseconds) * 1_000
    elif isinstance(length, str):
        found = re.fullmatch(r"\s*(\d*)\s*([A-Za-z]+)\s*", length)
        unit = {"min": "m", "T": "m", "d": "D", "w": "W", "H": "h", "S": "s"}
        name = unit.get(found[2], found[2]) if found else ""
        if found is None or name not in UNITS:
            raise DataError(parameter, rule, repr(length), code=1111)
        nanos = int(found[1] or 1) * UNITS[name]
    elif isinstance(length, int) and not isinstance(length, bool):
        nanos = length
    else:
        raise DataError(parameter, rule, repr(length), code=1111)
    if not 0 < nanos < 2**62:
        raise DataError(parameter, "must be > 0", repr(length), code=1111)
    return nanos


def words(nanos: int) -> str:
    """A length of time in its largest whole unit.

    Examples
    --------
    >>> words(60_000_000_000), words(86_400_000_000_000), words(1_500_000_000)
    ('1m', '1D', '1.5s')
    """
    if nanos == 0:
        return "0s"
    for unit in ("W", "D", "h", "m", "s", "ms", "us"):
        if nanos % UNITS[unit] == 0 and nanos // UNITS[unit] < 1_000:
            return f"{nanos // UNITS[unit]}{unit}"
    for unit in ("D", "h", "m", "s", "ms", "us"):
        if nanos >= UNITS[unit]:
            return f"{nanos / UNITS[unit]:.4g}{unit}"
    return f"{nanos}ns"
