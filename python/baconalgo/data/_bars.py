"""Bars from ticks, or longer bars from shorter ones."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baconalgo import _core
from baconalgo.data._load import load
from baconalgo.data._timeframes import nanoseconds
from baconalgo.errors import DataError

_COUNTED = re.compile(r"\s*(?P<size>[0-9.eE+_]+)\s*(?P<rule>tick|volume|unit|dollar)s?\s*")
_PRICES = {"mid": ["mid"], "bid": ["bid"], "ask": ["ask"], "bid_ask": ["bid", "ask"], "trade": ["trade"]}


def rule_of(every: str | int | timedelta) -> tuple[str, float | int]:
    """The rule and the size that ``every`` says.

    Examples
    --------
    >>> rule_of("1m"), rule_of("100 ticks"), rule_of("1e6 dollars")
    (('time', 60000000000), ('ticks', 100), ('dollars', 1000000.0))
    """
    found = _COUNTED.fullmatch(every) if isinstance(every, str) else None
    if found is None:
        return "time", nanoseconds(every, parameter="every")
    try:
        size = float(found["size"])
    except ValueError:
        raise DataError("every", "must start with a number", repr(every), code=1111) from None
    if found["rule"] == "tick":
        if size != int(size) or size < 1:
            raise DataError("every", "must be a whole number of ticks", repr(every), code=1111)
        return "ticks", int(size)
    return ("dollars" if found["rule"] == "dollar" else "volume"), size


def bars(x: Any, every: str | int | timedelta, *, price: str | None = None, **options: Any) -> pa.Table:
    """Bars over ``[ts, ts + d)`` on the UTC grid, or bars of so many rows, units or money.

    Parameters
    ----------
    x
        As :func:`load`: quotes, trades, ticks, or shorter bars.
    every : str or timedelta
        ``"1s"``, ``"5m"``, ``"4h"``, ``"1D"``, ``"1W"`` (from Monday), or ``"100 ticks"``, ``"1000 volume"``,
        ``"1e6 dollars"`` (price x volume x multiplier).
    price : {"mid", "bid", "ask", "bid_ask", "trade"}, optional
        Of a quote: the mid ``(bid + ask) x 0.5``, a side, or both sides side by side. Default: the trade's price where
        there are trades, else the mid.
    **options
        As :func:`load`.

    Returns
    -------
    pyarrow.Table
        ``ts`` (start; for bars that are not of time their first row), ``open``, ``high``, ``low``, ``close``,
        ``volume`` (null where the data has none), ``count`` (rows); ``end`` (last row) for bars that are not of
        time; ``buy_volume``, ``sell_volume`` where sides are known; ``symbol`` if there are several. With
        ``price="bid_ask"``: ``bid_open`` to ``ask_close``.

    Notes
    -----
    An interval without rows makes no bar. Crossed quotes stay in. The row that reaches the size ends its bar and is
    not split; what is left at the end makes a bar only if bars are of time.

    Raises
    ------
    DataError
        As :func:`load`; if the data does not have the price or the sizes asked for, or several sources of one symbol
        overlap.

    Examples
    --------
    >>> import numpy as np
    >>> trades = {"ts": np.arange(4) * 30, "price": np.array([1.0, 3.0, 2.0, 4.0])}
    >>> bars(trades, "1m", time_unit="s").select(["open", "high", "low", "close"]).to_pylist()
    [{'open': 1.0, 'high': 3.0, 'low': 1.0, 'close': 3.0}, {'open': 2.0, 'high': 4.0, 'low': 2.0, 'close': 4.0}]
    """
    rule, size = rule_of(every)
    if price is not None and price not in _PRICES:
        raise DataError("price", f"must be one of {', '.join(_PRICES)}", repr(price), code=1111)
    data = load(x, **options)
    _refuse_overlap(data.symbols, [series.symbols for series in data.series])
    tables = []
    for series, source in zip(data.series, data.sources(), strict=True):
        traded = series.kind != "quotes"
        prices = _PRICES[price] if price is not None else ["trade" if traded else "mid"]
        batch = pa.table(_core.aggregate_bars(source, rule, size, prices))
        names = pa.array(data.symbols, pa.string())
        codes = batch.column("instrument").combine_chunks().cast(pa.int32())
        symbol = pa.DictionaryArray.from_arrays(codes, names)
        table = batch.drop_columns(["instrument"]).add_column(0, "symbol", symbol)
        sides = "side" in series.meaning.columns
        tables.append(table if sides else table.drop_columns(["buy_volume", "sell_volume"]))
    merged = pa.concat_tables(tables, promote_options="default")
    if len(tables) > 1 or len(data.symbols) > 1:
        merged = merged.take(pc.sort_indices(merged, sort_keys=[("ts", "ascending")]))
    if rule == "time":
        merged = merged.drop_columns(["end"])
    return merged if len(data.symbols) > 1 else merged.drop_columns(["symbol"])


def _refuse_overlap(symbols: list[str], of_series: list[tuple[str, ...]]) -> None:
    for symbol in symbols:
        if sum(symbol in of for of in of_series) > 1:
            rule = "must come from one source, or from files that follow each other, to make bars of"
            raise DataError("data", rule, f"several of {symbol}", code=1111)
