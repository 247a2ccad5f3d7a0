"""Expressions over tables: of one instrument, of many, and at many values of parameters."""

from __future__ import annotations

import itertools
from collections import namedtuple
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo.data._columns import NAMES, plain
from baconalgo.errors import ConfigError, DataError
from baconalgo.expr._columns import Columns, Needs, opened, read, times
from baconalgo.expr._expr import Expr
from baconalgo.expr._lower import lower, with_params

#: Columns of a sweep that are computed together.
_TOGETHER = 32


def evaluate(expr: Expr, data: Any, timeframe: str | int | timedelta | None) -> Any:
    """See :meth:`Expr.evaluate`."""
    nodes, params, places, needs = lower([expr])
    data = opened(data)
    tables = _tables(data)
    if tables is None and _are_matrices(data):
        return _matrices(expr, data, timeframe)
    if tables is None:
        if needs.universe:
            rule = "must be of many instruments for rank, zscore and top: symbol -> table, or a column symbol"
            raise ConfigError("data", rule, type(data).__name__)
        (column,) = _core.evaluate(nodes, params, places, *read(data, needs, timeframe))
        return _shown(expr, column)
    return _long(expr, tables, needs, timeframe)


def sweep(
    expr: Expr, data: Any, timeframe: str | int | timedelta | None, values: Mapping[str, Iterable[float]]
) -> dict[tuple[float, ...], npt.NDArray[Any]]:
    """See :meth:`Expr.sweep`."""
    data = opened(data)
    if _tables(data) is not None or _are_matrices(data):
        raise ConfigError("data", "must be of one instrument", type(data).__name__)
    keys = namedtuple("Parameters", list(values))  # type: ignore[misc]
    combinations = [keys(*each) for each in itertools.product(*(list(each) for each in values.values()))]
    if values:
        with_params(
            [expr], dict.fromkeys(values, 0.0) | {name: expr.params[name] for name in values if name in expr.params}
        )
    table = read(data, lower([expr]).needs, timeframe)
    found: dict[tuple[float, ...], npt.NDArray[Any]] = {}
    for first in range(0, len(combinations), _TOGETHER):
        some = combinations[first : first + _TOGETHER]
        # One graph of all: equal parts are one, and are computed once.
        bound = [with_params([expr], each._asdict(), bind=True)[0] for each in some]
        nodes, params, places, _ = lower(bound)
        columns = _core.evaluate(nodes, params, places, *table)
        found.update((key, _shown(expr, column)) for key, column in zip(some, columns, strict=True))
    return found


def _shown(expr: Expr, column: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return column != 0.0 if expr.kind == "condition" else column


def _tables(data: Any) -> dict[str, Any] | None:
    """The tables of many instruments by symbol; None if it is one table."""
    if isinstance(data, Mapping):
        if data and all(_is_table(value) for value in data.values()):
            return dict(data)
        names = list(data)
    else:
        names = [str(name) for name in getattr(data, "column_names", getattr(data, "columns", ()))]
    known = {plain(name): name for name in reversed(names)}
    symbol = next((known[name] for name in NAMES["symbol"] if name in known), None)
    if symbol is None:
        return None
    import pyarrow as pa

    table = pa.table({name: data[name] for name in names}) if isinstance(data, Mapping) else _arrow(data)
    codes = table.column(symbol).combine_chunks().dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    symbols, places = codes.dictionary.to_pylist(), codes.indices
    if len(symbols) < 2:
        return None
    if places.null_count:
        raise DataError("symbol", "must be there on every row", f"{places.null_count} missing")
    order = np.asarray(places)
    rest = table.drop_columns([symbol])
    return {symbol: rest.take(pa.array(np.flatnonzero(order == code))) for code, symbol in enumerate(symbols)}


def _arrow(data: Any) -> Any:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if hasattr(data, "reset_index"):  # pandas: the index may hold the times
        named = data.index.name is not None or data.index.dtype.kind == "M"
        data = data.reset_index() if named else data
        return pa.Table.from_pandas(data, preserve_index=False)
    return pa.table(data)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or hasattr(value, "column_names") or hasattr(value, "columns")


def _are_matrices(data: Any) -> bool:
    if not isinstance(data, Mapping):
        return getattr(data, "ndim", 1) == 2 and not _is_table(data) and getattr(data, "dtype", None) is not None
    return any(np.ndim(value) == 2 and not _is_table(value) for value in data.values())


def _matrices(expr: Expr, data: Any, timeframe: str | int | timedelta | None) -> npt.NDArray[Any]:
    """Over matrices (rows, instruments); columns of one dimension are of all instruments."""
    given = data if isinstance(data, Mapping) else {"close": data}
    arrays = {name: np.asarray(value) for name, value in given.items()}
    rows, count = next(array.shape for array in arrays.values() if array.ndim == 2)
    for name, array in arrays.items():
        if array.shape not in ((rows, count), (rows,)):
            raise DataError(name, f"must be of shape {(rows, count)} or {(rows,)}", array.shape)
    tables = [
        {name: array[:, place] if array.ndim == 2 else array for name, array in arrays.items()}
        for place in range(count)
    ]
    nodes, params, places, needs = lower([expr])
    read_tables = [read(table, needs, timeframe) for table in tables]
    # Rows of a matrix are of one time.
    stamped = [table._replace(ts=np.arange(rows)) if table.ts is None else table for table in read_tables]
    columns = _core.evaluate_universe(nodes, params, places[0], stamped)
    return _shown(expr, np.column_stack(columns) if columns else np.empty((rows, 0)))


def _long(expr: Expr, tables: dict[str, Any], needs: Needs, timeframe: str | int | timedelta | None) -> Any:
    """Over a table a symbol, as one table."""
    import pyarrow as pa

    nodes, params, places, _ = lower([expr])
    found: list[Columns] = []
    for symbol, table in tables.items():
        try:
            one = read(table, needs, timeframe)
            found.append(one._replace(ts=times(table, needed=needs.universe)) if one.ts is None else one)
        except DataError as error:
            raise DataError(f"{error.parameter} of {symbol}", error.rule, error.value, code=error.code) from None
    columns = _core.evaluate_universe(nodes, params, places[0], found)
    rows = [table.rows for table in found]
    symbols = pa.DictionaryArray.from_arrays(
        np.repeat(np.arange(len(rows), dtype=np.int32), rows), pa.array([str(symbol) for symbol in tables])
    )
    fields = {"symbol": symbols}
    if all(table.ts is not None for table in found):
        stamps = np.concatenate([table.ts for table in found]) if found else np.empty(0, np.int64)
        fields["ts"] = pa.array(stamps).cast(pa.timestamp("ns", "UTC"))
    fields["value"] = pa.array(_shown(expr, np.concatenate(columns) if columns else np.empty(0)))
    return pa.table(fields)
