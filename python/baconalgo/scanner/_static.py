"""What does not change from bar to bar: sector, market capitalisation, float, short interest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.data._open import _table
from baconalgo.errors import ConfigError, DataError
from baconalgo.scanner._settings import ScanFilter

_FIELDS = {"min_market_cap": "market_cap", "min_float": "float", "min_short_interest": "short_interest"}


class Instruments:
    """A table with `symbol` and any of `sector`, `market_cap`, `float` and `short_interest`.

    Raises
    ------
    DataError
        If it has no symbols, or one twice.
    """

    def __init__(self, source: Any) -> None:
        if isinstance(source, dict):
            source = pa.table(source)
        given = _table(source)
        table = given.table(given.schema.names)
        if "symbol" not in table.column_names:
            raise DataError("instruments", "must have a column symbol", ", ".join(table.column_names))
        symbols = [str(symbol) for symbol in table.column("symbol").to_pylist()]
        self._place = {symbol: place for place, symbol in enumerate(symbols)}
        if len(self._place) != len(symbols):
            twice = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
            raise DataError("instruments", "must have every symbol once", twice)
        self._table = table

    def passing(
        self, asked: ScanFilter, symbols: list[str], wanted: npt.NDArray[np.bool_], skipped: dict[str, str]
    ) -> npt.NDArray[np.bool_]:
        """Which instruments pass; those that the table does not have are skipped if it is asked."""
        passing = np.ones(len(symbols), bool)
        limits = {name: getattr(asked, name) for name in ("sectors", *_FIELDS)}
        limits = {name: limit for name, limit in limits.items() if limit is not None}
        if not limits:
            return passing
        place = np.array([self._place.get(symbol, -1) for symbol in symbols], np.int64)
        for at in np.flatnonzero(wanted & (place < 0)):
            skipped[symbols[at]] = "not in the table of instruments"
        passing &= place >= 0
        for name, limit in limits.items():
            column = self._column("sector" if name == "sectors" else _FIELDS[name], name)
            if name == "sectors":
                there = np.isin(np.array([str(value) for value in column.to_pylist()]), list(limit))
            else:
                # NaN is not above anything: an instrument without a value does not pass.
                there = np.asarray(column.cast(pa.float64()).to_numpy(), np.float64) >= limit
            passing &= np.append(there, False)[place]
        return passing

    def _column(self, column: str, name: str) -> pa.ChunkedArray:
        if column not in self._table.column_names:
            raise ConfigError(
                name, f"must have a column {column} in the table of instruments", ", ".join(self._table.column_names)
            )
        return self._table.column(column)
