"""The columns of a table as expressions read them: by name, as floats, whatever the table is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from baconalgo.errors import DataError

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
}


def columns_of(data: Any, inputs: Iterable[str]) -> tuple[dict[str, Floats], int]:
    """The columns of `inputs` as contiguous float64, and the number of rows."""
    names, read, rows = _reader(data)
    columns: dict[str, Floats] = {}
    for name in inputs:
        found = next((column for column in COLUMNS[name] if column in names), None)
        if found is not None:
            columns[name] = _floats(read(found))
        elif name in ("close", "mid") and {"bid", "ask"} <= set(names):
            columns[name] = (_floats(read("bid")) + _floats(read("ask"))) * 0.5
        else:
            raise DataError("data", f"must have a column {name!r}", f"a table with {', '.join(names) or 'none'}")
        rows = len(columns[name])
    return columns, rows


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
