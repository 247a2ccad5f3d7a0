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
        whole = np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
        _demand_in_range(whole, unit)
        return whole * UNITS[unit]
    if pa.types.is_floating(kind):
        numbers = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
        _demand_in_range(numbers, unit)
        return np.asarray(np.round(numbers * UNITS[unit]), dtype=np.int64)
    raise DataError("ts", "must be times", str(kind), code=1102)


def _demand_in_range(numbers: Nanos | npt.NDArray[np.float64], unit: str) -> None:
    """Refuses what 64 bits of nanoseconds, the years 1678 to 2262, do not hold."""
    most = (2**63 - 1) // UNITS[unit]
    # Of whole numbers and floats alike; what is not a number is not within either.
    outside = ~((numbers >= -most) & (numbers <= most))
    if outside.any():
        if np.isnan(numbers[outside]).any():
            raise DataError("ts", "must be there on every row", "nan", code=1102)
        rule = f"must lie between the years 1678 and 2262, read in {unit}: say time_unit, or give timestamps"
        raise DataError("ts", rule, numbers[outside][0], code=1102)


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
