"""Expressions row by row, live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from baconalgo import _core
from baconalgo.errors import ConfigError, DataError
from baconalgo.expr._lower import lower

if TYPE_CHECKING:
    from baconalgo.expr._expr import Expr

__all__ = ["ExprStream"]

#: Attributes of records that are columns by another name.
_OF_RECORDS = {"volume": ("quantity",), "close": ("price", "mid"), "ts": ("ts_event",)}


class ExprStream:
    """An expression that takes one row at a time; made by :meth:`Expr.stream`."""

    __slots__ = ("_expr", "_inputs", "_own", "_span", "_state", "_times", "value")

    value: float | bool | None
    """The value after the last row: a bool for a condition, None for a number that is missing."""

    def __init__(self, expr: Expr, timeframe: str | int | timedelta | None = None) -> None:
        from baconalgo.data._timeframes import nanoseconds

        nodes, params, places, needs = lower([expr])
        if needs.universe:
            raise ConfigError("expression", "must not compare instruments row by row: rank, zscore and top", repr(expr))
        self._expr = expr
        self._state = _core.ExprStream(nodes, params, places[0])
        self._inputs = self._state.inputs
        self._own = set(needs.columns)
        self._times = needs.times
        self._span = None if timeframe is None else nanoseconds(timeframe)
        self.value = False if expr.kind == "condition" else None

    def update(self, row: Any = None, /, *, ts: Any = None, **columns: float | None) -> float | bool | None:
        """Takes a row, returns the value after it.

        Parameters
        ----------
        row
            A :class:`Bar`, :class:`Quote`, :class:`Trade` or any record or mapping with the columns as attributes;
            None: they are given by name.
        ts
            Its time, nanoseconds, `datetime` or numpy `datetime64`; of a bar its start. Needed for :meth:`Expr.tf` and
            :func:`session`.
        **columns
            The columns that the expression reads, by name; None or NaN: missing.

        Returns
        -------
        float, bool or None
            A bool for a condition; None for a number that is missing.

        Raises
        ------
        DataError
            If a column that it needs is not given, or a bar is of another length than the ones before.
        """
        values = [self._column(row, columns, name) for name in self._inputs]
        stamp, span = 0, self._span or 0
        if self._times:
            stamp = _nanos(ts if ts is not None else _attribute(row, "ts"))
            if self._span is None:
                span = getattr(row, "timeframe", 0) or 0
        value = self._state.update(values, stamp, span)
        if self._expr.kind == "condition":
            self.value = value != 0.0
        else:
            self.value = None if math.isnan(value) else value
        return self.value

    def reset(self) -> None:
        """Forgets all rows."""
        self._state.reset()
        self.value = False if self._expr.kind == "condition" else None

    def __repr__(self) -> str:
        return f"ExprStream({self._expr!r})"

    def _column(self, row: Any, columns: Mapping[str, float | None], name: str) -> float:
        found = columns.get(name, _MISSING)
        if found is _MISSING:
            found = _attribute(row, name)
        if found is _MISSING and name in ("open", "high", "low") and name not in self._own:
            # Inside a timeframe, of what has no first, highest and lowest price, they are the price.
            return self._column(row, columns, "close")
        if found is _MISSING and name in ("close", "mid"):
            bid, ask = (self._column(row, columns, side) for side in ("bid", "ask"))
            return (bid + ask) * 0.5
        if found is _MISSING:
            raise DataError("row", f"must have {name}", row if row is not None else sorted(columns))
        return math.nan if found is None else float(found)


_MISSING: Any = object()


def _attribute(row: Any, name: str) -> Any:
    if row is None:
        return _MISSING
    for known in (name, *_OF_RECORDS.get(name, ())):
        found = row.get(known, _MISSING) if isinstance(row, Mapping) else getattr(row, known, _MISSING)
        if found is not _MISSING:
            return found
    if name == "buy_volume" and getattr(row, "side", None) is not None:
        return row.quantity if str(getattr(row.side, "name", row.side)).upper() == "BUY" else 0.0
    return _MISSING


def _nanos(ts: Any) -> int:
    import numpy as np

    if ts is _MISSING:
        raise DataError("ts", "must be given for tf and session", None, code=1102)
    if isinstance(ts, int | np.integer):
        return int(ts)
    if hasattr(ts, "tzinfo") and ts.tzinfo is not None:
        from datetime import UTC

        ts = ts.astimezone(UTC).replace(tzinfo=None)
    return int(np.datetime64(ts, "ns").astype(np.int64))
