"""The columns of a table as expressions read them: by name, as floats, whatever the table is."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from baconalgo.data._columns import NAMES, Column, Meaning, plain, split
from baconalgo.data._columns import times as times_among
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


def opened(data: Any) -> Any:
    """A file, loaded data, or a frame with symbols beside its names, as tables."""
    if isinstance(data, str | os.PathLike):
        from baconalgo.data import load

        data = load(data)
    if hasattr(data, "series") and hasattr(data, "sources"):
        tables = {each.symbols[0]: each.input.table(each.input.schema.names) for each in data.series}
        if len(tables) < len(data.series) or (len(tables) > 1 and len(data.symbols) > len(tables)):
            raise DataError("data", "must be one table of each symbol", ", ".join(each.name for each in data.series))
        return tables if len(tables) > 1 else next(iter(tables.values()))
    if getattr(getattr(data, "columns", None), "nlevels", 1) > 1:
        from baconalgo.data._open import by_symbol

        return by_symbol(data)
    return data.reset_index() if getattr(getattr(data, "index", None), "nlevels", 1) > 1 else data


def read(data: Any, needs: Needs, timeframe: str | int | timedelta | None = None) -> Columns:
    """The columns of one instrument that expressions need, as contiguous float64, with the times of the rows."""
    names, column, rows = _reader(data)
    are_bars = all(_finder(names)(name) is not None for name in _BARS)
    wanted = dict(needs.columns)
    if needs.frames:
        # A longer bar is made of whole bars or of prices.
        made_of = ("close", *(name for name in needs.framed if name not in _BARS or (are_bars and name in _BARS)))
        wanted |= dict.fromkeys(made_of)
    columns: dict[str, Floats] = {}
    find = _finder(names)
    for name in wanted:
        found, sides = find(name), (find("bid"), find("ask"))
        if found is not None:
            columns[name] = _floats(column(found.name), found.decimals)
        elif name in ("close", "mid") and sides[0] is not None and sides[1] is not None:
            bid, ask = (_floats(column(side.name), side.decimals) for side in sides if side is not None)
            columns[name] = (bid + ask) * 0.5
        else:
            raise DataError("data", f"must have a column {name!r}", f"a table with {', '.join(names) or 'none'}")
        rows = len(columns[name])
    if not needs.times:
        return Columns(columns, rows, None, 0)
    ts = _stamps(data, names, column)
    return Columns(columns, rows, ts, _span(ts, are_bars, timeframe) if needs.frames else 0)


def _finder(names: list[str]) -> Callable[[str], Column | None]:
    """Finds the column that an input is read from: of its name, else of a name that data of its kind has."""
    by_name: dict[str, Column] = {}
    for name in names:
        base, decimals = split(name)
        by_name.setdefault(plain(base), Column(name, decimals))

    def find(name: str) -> Column | None:
        for known in COLUMNS[name]:
            if known in names:
                return Column(known)
            found = next((by_name[each] for each in (plain(known), *NAMES.get(known, ())) if each in by_name), None)
            if found is not None:
                return found
        return None

    return find


def _stamps(data: Any, names: list[str], column: Callable[[str], Any]) -> npt.NDArray[np.int64]:
    """The times of the rows, nanoseconds."""
    import pyarrow as pa

    from baconalgo.data._inputs import of_table, readable
    from baconalgo.data._stamps import stamped
    from baconalgo.data._times import nanos, unit_of

    by_name = {plain(name): name for name in reversed(names)}
    arrow = functools.cache(lambda name: _decoded(column(name)))
    with readable("ts"):
        given = {role: arrow(name) for role, name in times_among(by_name, lambda name: arrow(name).type).items()}
        index = getattr(data, "index", None)
        if not given and index is not None and not callable(index) and np.asarray(index).dtype.kind in "MO":
            given = {"ts": _decoded(index)}
    if not given:
        rule = "must have a column of times for tf, session, rank, zscore and top: ts, timestamp, datetime, date, ..."
        raise DataError("data", rule, f"a table with {', '.join(names) or 'none'}")
    table = pa.table(given)
    meaning = Meaning("trades", {name: Column(name) for name in table.column_names})
    source, meaning = stamped(of_table(table, "data"), meaning)
    values = source.table(meaning.names).column(0)
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


def _decoded(values: Any) -> Any:
    """Arrow, without a dictionary."""
    import pyarrow as pa

    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _floats(column: Any, decimals: int | None = None) -> Floats:
    array = np.asarray(column)
    if decimals is not None and array.dtype.kind in "iu":
        array = array / 10.0**decimals
    array = np.require(array, np.float64, ["C", "A"])
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
