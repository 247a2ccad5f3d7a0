"""Times of a column as whole nanoseconds, and the unit that plain numbers are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.data._timeframes import UNITS
from baconalgo.errors import DataError

Nanos = npt.NDArray[np.int64]


def unit_of(column: pa.ChunkedArray, given: str | None) -> str:
    """The unit of times that are plain numbers: given, or by their magnitude.

    Below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds: right for every time
    from 1973 to 5138.
    """
    if given is not None:
        if given not in ("ns", "us", "ms", "s"):
            raise DataError("time_unit", "must be one of ns, us, ms, s", repr(given), code=1111)
        return given
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return "ns"
    values = column.drop_null().to_numpy()
    if not len(values):
        return "ns"
    size = float(np.nanmax(np.abs(values.astype(np.float64))))
    for unit, limit in (("s", 1e11), ("ms", 1e14), ("us", 1e17)):
        if size < limit:
            return unit
    return "ns"


def nanos(column: pa.ChunkedArray, unit: str) -> Nanos:
    """Nanoseconds since the epoch; nulls are left out."""
    column = column.drop_null()
    kind = column.type
    if pa.types.is_timestamp(kind):
        return np.asarray(column.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64()).to_numpy())
    if pa.types.is_date(kind):
        return np.asarray(column.cast(pa.timestamp("ns")).cast(pa.int64()).to_numpy())
    if pa.types.is_integer(kind):
        return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64) * UNITS[unit]
    if pa.types.is_floating(kind):
        return np.asarray(np.round(column.cast(pa.float64()).to_numpy() * UNITS[unit]), dtype=np.int64)
    raise DataError("ts", "must be times", str(kind), code=1102)


def text(ts: int | None) -> str:
    """A time as people read it, UTC.

    Examples
    --------
    >>> text(1_398_920_401_787_000_000), text(None)
    ('2014-05-01 05:00:01.787', '-')
    """
    if ts is None:
        return "-"
    whole, rest = divmod(int(ts), 1_000_000_000)
    shown = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=whole)).strftime("%Y-%m-%d %H:%M:%S")
    return f"{shown}.{rest:09d}".rstrip("0").rstrip(".") if rest else shown
