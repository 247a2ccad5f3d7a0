"""The columns of a table as expressions read them: by name, as floats, whatever the table is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from baconalgo.errors import ConfigError, DataError

Floats: TypeAlias = npt.NDArray[np.float64]

#: Column names that stand for an input, the first one present wins.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "close": ("close", "price", "mid"),
    "price": ("price",),
    "mid": ("mid",),
    "bid": ("bid",),
    "ask": ("ask",),
    "bid_size": ("bid_size", "bid_qty"),
    "ask_size": ("ask_size", "ask_qty"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "volume": ("volume", "size", "qty", "quantity"),
    "buy_volume": ("buy_volume",),
}
#: The columns that bars are made of: rows that have them all are bars.
_BARS: Final = ("open", "high", "low", "close")


@dataclasses.dataclass
class Needs:
    """What expressions read."""

    columns: dict[str, None] = dataclasses.field(default_factory=dict)
    """Columns of the rows."""
    framed: dict[str, None] = dataclasses.field(default_factory=dict)
    """Columns of bars of a longer timeframe."""
    times: bool = False
    """Whether the times of the rows matter."""
    frames: bool = False
    """Whether there are longer timeframes."""
    universe: bool = False
    """Whether instruments are compared."""

    def add(self, op: str, framed: bool) -> None:
        """Adds what a node reads."""
        if op in COLUMNS:
            (self.framed if framed else self.columns)[op] = None
        self.frames |= op == "tf"
        self.times |= op in ("tf", "session")
        self.universe |= op in ("rank", "zscore", "top")

    @property
    def names(self) -> list[str]:
        """All that is read, by name."""
        found = [name for name in COLUMNS if name in self.columns or name in self.framed]
        return [*found, "ts"] if self.times else found


class Columns(NamedTuple):
    """A table as the core reads it."""

    columns: dict[str, Floats]
    rows: int
    ts: npt.NDArray[np.int64] | None
    span: int
    """How long a row lasts, nanoseconds; 0 for moments."""


def read(data: Any, needs: Needs, timeframe: str | int | timedelta | None = None) -> Columns:
    """The columns of one instrument that expressions need, as contiguous float64, with the times of the rows."""
    names, column, rows = _reader(data)
    are_bars = set(_BARS) <= set(names)
    wanted = dict(needs.columns)
    if needs.frames:
        # A longer bar is made of whole bars or of prices.
        made_of = ("close", *(name for name in needs.framed if name not in _BARS or (are_bars and name in _BARS)))
        wanted |= dict.fromkeys(made_of)
    columns: dict[str, Floats] = {}
    for name in wanted:
        found = next((known for known in COLUMNS[name] if known in names), None)
        if found is not None:
            columns[name] = _floats(column(found))
        elif name in ("close", "mid") and {"bid", "ask"} <= set(names):
            columns[name] = (_floats(column("bid")) + _floats(column("ask"))) * 0.5
        else:
            raise DataError("data", f"must have a column {name!r}", f"a table with {', '.join(names) or 'none'}")
        rows = len(columns[name])
    if not needs.times:
        return Columns(columns, rows, None, 0)
    ts = _stamps(data, names, column)
    return Columns(columns, rows, ts, _span(ts, are_bars, timeframe) if needs.frames else 0)


def _stamps(data: Any, names: list[str], column: Callable[[str], Any]) -> npt.NDArray[np.int64]:
    """The times of the rows, nanoseconds."""
    import pyarrow as pa

    from baconalgo.data._columns import NAMES
    from baconalgo.data._times import nanos, unit_of

    plain = {"".join(filter(str.isalnum, name.lower())): name for name in reversed(names)}
    found = next((plain[name] for name in NAMES["ts"] if name in plain), None)
    index = getattr(data, "index", None)
    if found is not None:
        values = column(found)
    elif index is not None and not callable(index) and np.asarray(index).dtype.kind == "M":
        values = index
    else:
        rule = "must have a column of times for tf, session, rank, zscore and top: ts, timestamp, datetime, date, ..."
        raise DataError("data", rule, f"a table with {', '.join(names) or 'none'}")
    if not isinstance(values, pa.ChunkedArray):
        try:
            values = pa.chunked_array([values if isinstance(values, pa.Array) else pa.array(values)])
        except pa.ArrowInvalid as error:
            raise DataError("ts", "must be times", str(error), code=1102) from None
    if pa.types.is_dictionary(values.type) or pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        try:
            values = values.cast(pa.string()).cast(pa.timestamp("ns", "UTC"))
        except pa.ArrowInvalid:
            values = values.cast(pa.string()).cast(pa.timestamp("ns"))
    if values.null_count:
        raise DataError("ts", "must be there on every row", f"{values.null_count} missing", code=1102)
    ts = np.ascontiguousarray(nanos(values, unit_of(values, None)), np.int64)
    falls = np.flatnonzero(np.diff(ts) < 0)
    if len(falls):
        raise DataError("ts", "must not decrease", f"earlier on row {falls[0] + 1} than on the row before", code=1102)
    return ts


def times(data: Any, *, needed: bool) -> npt.NDArray[np.int64] | None:
    """The times of the rows of a table; None if it has none and they are not needed."""
    names, column, _ = _reader(data)
    try:
        return _stamps(data, names, column)
    except DataError:
        if needed:
            raise
        return None


def _span(ts: npt.NDArray[np.int64], are_bars: bool, timeframe: str | int | timedelta | None) -> int:
    from baconalgo.data._timeframes import nanoseconds

    if timeframe is not None:
        return nanoseconds(timeframe)
    if not are_bars:
        return 0
    lengths, counts = np.unique(np.diff(ts), return_counts=True)
    if len(lengths) and lengths[0] == 0:
        lengths, counts = lengths[1:], counts[1:]
    if not len(lengths):
        if not len(ts):
            return 0
        raise ConfigError("timeframe", "must be given: too few bars to tell how long they are", "not given")
    return int(lengths[np.argmax(counts)])


def _floats(column: Any) -> Floats:
    array = np.require(np.asarray(column), np.float64, ["C", "A"])
    if array.ndim != 1:
        raise DataError("data", "must have columns of one dimension", f"{array.ndim} dimensions")
    return array


def _reader(data: Any) -> tuple[list[str], Callable[[str], Any], int]:
    """Column names of a table, a way to read one, and the number of rows if no column is read."""
    if isinstance(data, Mapping):
        return list(data), data.__getitem__, len(next(iter(data.values()), ()))
    if hasattr(data, "column_names"):  # Arrow
        return list(data.column_names), data.__getitem__, len(data)
    if hasattr(data, "columns"):  # pandas, polars
        return [str(name) for name in data.columns], data.__getitem__, len(data)
    array = np.asarray(data)
    if array.dtype.names is not None:
        return list(array.dtype.names), array.__getitem__, len(array)
    return ["close"], lambda _: array, len(array)
