"""From whatever holds market data to named inputs."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from baconalgo.data import _inputs
from baconalgo.data._columns import NAMES, plain
from baconalgo.data._inputs import Input
from baconalgo.data._instruments import INFERENCE_ROWS
from baconalgo.errors import DataError

#: The symbol of a table that says none.
DEFAULT_SYMBOL = "ASSET"

#: The symbol; whether it was given, not read off a name; the input.
Named = tuple[str | None, bool, Input]


def symbol_of(path: Path) -> str:
    """The symbol that a file's name says: its first word, in capitals.

    Examples
    --------
    >>> symbol_of(Path("data/eurusd_fxcm_quotes.parquet")), symbol_of(Path("BTC-USD.csv.gz"))
    ('EURUSD', 'BTC')
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", path.name.split(".")[0]) if word]
    return words[0].upper() if words else DEFAULT_SYMBOL


def inputs(x: Any, symbol: str | None = None, names: Sequence[str] | None = None) -> Iterator[Named]:
    """The inputs in ``x``, each with the symbol that its place or name says; ``names`` are of columns without any.

    Raises
    ------
    DataError
        If ``x`` is none of what can hold market data, or a path has nothing.
    """
    if isinstance(x, str | os.PathLike):
        yield from _paths(os.fspath(x), symbol, names)
    elif isinstance(x, Mapping):
        if _are_columns(x):
            _inputs.refuse_names(names, "table")
            yield symbol, symbol is not None, _inputs.of_table(_from_arrays(x), "table")
        else:
            for key, value in x.items():
                yield from inputs(value, str(key), names)
    elif isinstance(x, list | tuple):
        if not x:
            raise DataError("data", "must hold something", "an empty list", code=1108)
        if _is_row(x[0]):
            yield from inputs(_array(x), symbol, names)
            return
        for value in x:
            yield from inputs(value, symbol, names)
    elif getattr(getattr(x, "columns", None), "nlevels", 1) > 1:
        for key, part in by_symbol(x).items():
            yield from inputs(part, key)
    elif isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.names is None:
        yield symbol, symbol is not None, _inputs.of_table(_from_rows(x, names), "table")
    else:
        _inputs.refuse_names(names, "table")
        source = _table(x)
        named = (source.schema.metadata or {}).get(b"symbol")
        yield symbol or (named.decode() if named else None), symbol is not None, source


def _paths(text: str, symbol: str | None, names: Sequence[str] | None) -> Iterator[Named]:
    path = Path(text).expanduser()
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and _inputs.known(file))
    elif glob.has_magic(text) and not path.exists():
        # Path.glob cannot take an absolute pattern.
        found = map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207
        files = sorted(file for file in found if file.is_file())
    else:
        files = [path]
    if not files:
        raise DataError("path", "must have market data files", repr(text), code=1108)
    for file in files:
        yield symbol or symbol_of(file), symbol is not None, _inputs.of_path(file, names)


def _are_columns(x: Mapping[Any, Any]) -> bool:
    arrays = (np.ndarray, pa.Array, pa.ChunkedArray)
    if not x:
        raise DataError("data", "must hold something", "an empty dict", code=1108)
    return all(
        (isinstance(value, arrays) and getattr(getattr(value, "dtype", None), "names", None) is None)
        or (isinstance(value, list) and bool(value) and isinstance(value[0], int | float))
        for value in x.values()
    )


def _from_arrays(x: Mapping[Any, Any]) -> pa.Table:
    with _inputs.readable("table"):
        return pa.table(
            {
                str(name): pa.array(values) if isinstance(values, np.ndarray | list) else values
                for name, values in x.items()
            }
        )


def _table(x: Any) -> Input:
    if isinstance(x, pa.RecordBatchReader):
        return _inputs.Once(x, "stream", INFERENCE_ROWS)
    with _inputs.readable("table"):
        if isinstance(x, pa.Table):
            return _inputs.of_table(x, "table")
        if isinstance(x, pa.RecordBatch):
            return _inputs.of_table(pa.Table.from_batches([x]), "table")
        if isinstance(x, np.ndarray) and x.dtype.names is not None:
            return _inputs.of_table(
                _from_arrays({name: np.ascontiguousarray(x[name]) for name in x.dtype.names}), "table"
            )
        root = type(x).__module__.split(".")[0]
        if root == "pandas":
            return _inputs.of_table(_from_pandas(x), "table")
        if hasattr(x, "__arrow_c_stream__") or hasattr(x, "__arrow_c_array__"):
            return _inputs.of_table(pa.table(x), "table")
        if hasattr(x, "collect") and root == "polars":
            return _inputs.of_table(pa.table(x.collect()), "table")
    rule = "must be a path, an Arrow, pandas, polars or NumPy table, or a list or dict of these"
    raise DataError("data", rule, type(x).__name__, code=1111)


def _from_pandas(frame: Any) -> pa.Table:
    """An index of times, or one with a name, is a column as any other; so is each level of several."""
    if not hasattr(frame, "columns"):
        frame = frame.to_frame("price" if frame.name is None else frame.name)
    index = frame.index
    if index.nlevels > 1:
        frame = frame.reset_index()
    elif (index.dtype.kind not in "iu" or index.name is not None) and index.name not in frame.columns:
        frame = frame.reset_index(names=index.name or "ts")
    frame = frame.rename(columns=str)
    return pa.Table.from_pandas(frame, preserve_index=False)


def by_symbol(frame: Any) -> dict[str, Any]:
    """The table of each symbol, of columns whose other level says what they are."""
    known = {name for names in NAMES.values() for name in names}
    told = [sum(plain(str(name)) in known for name in set(level)) for level in zip(*frame.columns, strict=True)]
    if len(told) != 2 or not any(told):
        rule = "must have one level, or two: what they are, and of which symbol"
        raise DataError("columns", rule, ", ".join(map(str, list(frame.columns)[:3])), code=1101)
    of = 1 - told.index(max(told))
    symbols = dict.fromkeys(frame.columns.get_level_values(of))
    return {str(symbol): frame.xs(symbol, axis=1, level=of).dropna(how="all") for symbol in symbols}


def _is_row(x: Any) -> bool:
    return isinstance(x, list | tuple) and bool(x) and isinstance(x[0], int | float)


def _array(rows: Sequence[Any]) -> Any:
    try:
        return np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("data", "must be rows of numbers, all of one length", str(error), code=1111) from error


def _from_rows(rows: Any, names: Sequence[str] | None) -> pa.Table:
    """Rows of numbers, as exchanges send them."""
    if names is None:
        rule = "must be given for rows without names (names=['ts', 'open', ...])"
        raise DataError("names", rule, f"none for {rows.shape[1]} columns", code=1111)
    if len(names) != rows.shape[1]:
        raise DataError(
            "names", f"must be {rows.shape[1]}, one a column", f"{len(names)}: {', '.join(names)}", code=1111
        )
    return _from_arrays({name: np.ascontiguousarray(rows[:, place]) for place, name in enumerate(names)})
