"""Fixed records of 64 bytes as NumPy arrays: how messages travel many at a time.

A record has a kind, a symbol by number, the time it was published, and up to six values. Each kind has a dtype that
names its fields; all dtypes have 64 bytes, so that an array of any kind is handed over in one copy.

>>> import baconalgo as ba
>>> trades = ba.messages.records([ba.Trade("BTC", 1, 2, 50_000.0, 0.1), ba.Trade("ETH", 3, 4, 3_000.0, 2.0)])
>>> trades["price"].tolist()
[50000.0, 3000.0]
>>> ba.messages.symbols(trades)
['BTC', 'ETH']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo.errors import DataError

__all__ = ["DTYPES", "KINDS", "RECORD_DTYPE", "objects", "records", "symbol_number", "symbols"]

_HEAD = {"kind": ("u1", 0), "symbol": ("u4", 4), "published": ("i8", 8)}
_SIDE = {"side": ("i1", 1)}


def _dtype(*words: str, **small: tuple[str, int]) -> np.dtype[np.void]:
    fields = dict(_HEAD) | small
    for place, word in enumerate(words):
        name, _, kind = word.partition(":")
        fields[name] = (kind or "f8", 16 + 8 * place)
    names = sorted(fields, key=lambda name: fields[name][1])
    return np.dtype(
        {
            "names": names,
            "formats": [fields[name][0] for name in names],
            "offsets": [fields[name][1] for name in names],
            "itemsize": 64,
        }
    )


#: The number of each kind, in the field `kind`.
KINDS = {
    "trade": 1,
    "quote": 2,
    "delta": 3,
    "bar": 4,
    "market_data": 5,
    "signal": 6,
    "order": 7,
    "cancel": 8,
    "fill": 9,
    "update": 10,
    "control": 11,
}

#: The dtype of each kind. Times are ns since the epoch; sides and actions 1 (buy), -1 (sell) or 0; absent is NaN.
DTYPES = {
    "trade": _dtype("ts_event:i8", "ts_recv:i8", "price", "quantity", **_SIDE),
    "quote": _dtype("ts_event:i8", "ts_recv:i8", "bid", "ask", "bid_size", "ask_size"),
    "delta": _dtype("ts_event:i8", "ts_recv:i8", "price", "quantity", **_SIDE),
    "bar": _dtype(
        "ts:i8", "open", "high", "low", "close", "volume", timeframe_unit=("i1", 1), timeframe_count=("u2", 2)
    ),
    "market_data": _dtype("timestamp:i8", "price", "volume"),
    "signal": _dtype("unused:i8", "price", "quantity", "confidence", action=("i1", 1)),
    "order": _dtype(
        "order_id:u8", "quantity", "price", "stop_price", order_type=("u1", 2), time_in_force=("u1", 3), **_SIDE
    ),
    "cancel": _dtype("order_id:u8"),
    "fill": _dtype(
        "order_id:u8", "price", "quantity", "fee", "ts_event:i8", "ts_recv:i8", liquidity=("u1", 2), **_SIDE
    ),
    "update": _dtype(
        "order_id:u8",
        "client_id:u8",
        "quantity",
        "filled_quantity",
        "average_price",
        "reject_code:u8",
        status=("u1", 2),
        **_SIDE,
    ),
    "control": _dtype("code:u8", "argument:u8"),
}

#: What all kinds have: for arrays of more than one kind.
RECORD_DTYPE = _dtype()

_OF_KIND = {KINDS[name]: dtype for name, dtype in DTYPES.items()}

#: Units of a bar's timeframe, ns, by the number in `timeframe_unit`.
_UNITS = (604_800 * 10**9, 86_400 * 10**9, 3_600 * 10**9, 60 * 10**9, 10**9, 10**6, 1)

_WORDS = {
    "side": {"BUY": 1, "SELL": -1},
    "action": {"BUY": 1, "SELL": -1, "HOLD": 0},
    "order_type": {"MARKET": 0, "LIMIT": 1, "STOP": 2, "STOP_LIMIT": 3},
    "time_in_force": {"GTC": 0, "IOC": 1, "FOK": 2, "DAY": 3},
}

#: How a column may be called besides the name of its field.
_ALIASES = {
    "ts_event": ("ts", "timestamp", "time"),
    "ts_recv": ("ts_event", "ts", "timestamp", "time"),
    "ts": ("timestamp", "time", "ts_event"),
    "timestamp": ("ts_event", "ts", "time"),
    "quantity": ("size", "volume"),
    "volume": ("quantity", "size"),
}

Records = npt.NDArray[np.void]


def symbol_number(symbol: str) -> int:
    """The number that a symbol has in the records of this process.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.messages.symbol_number("BTC") == ba.messages.symbol_number("BTC")
    True
    """
    return int(_core.symbol_numbers([symbol])[0])


def symbols(array: Records) -> list[str | None]:
    """The symbol of each record; empty where it has none.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.messages.symbols(ba.messages.records([ba.CancelOrder(1), ba.MarketData("BTC", 1.0, 1.0, 0)]))
    ['', 'BTC']
    """
    numbers, places = np.unique(np.ascontiguousarray(array["symbol"]), return_inverse=True)
    names = _core.symbol_names(numbers)
    return [names[place] for place in places]


def objects(array: Records) -> list[Any]:
    """Records as objects of the message classes.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.messages.objects(ba.messages.records([ba.CancelOrder(7)]))
    [CancelOrder(order_id=7)]
    """
    return _core.unpack_records(_bytes(array))


def records(data: Any, *, symbol: str | None = None, kind: str | None = None, timeframe: Any = None) -> Records:
    """Messages as an array of records.

    Parameters
    ----------
    data
        Objects of the message classes; an array of records, which is returned as it is; or a table: anything with
        ``__arrow_c_stream__``, or a dict of columns.
    symbol
        The symbol of all rows, where the table has no column `symbol`.
    kind
        What the rows of a table are: ``"trade"``, ``"quote"``, ``"bar"``, ``"market_data"``, ``"signal"`` or
        ``"order"``; by default what their columns say.
    timeframe
        The length of bars, where the table has no column `timeframe` (ns): ``"1m"``, int ns.

    Returns
    -------
    numpy.ndarray
        Of the dtype of their kind; of `RECORD_DTYPE` if there are several.

    Raises
    ------
    DataError
        If the table lacks a column, or an entry means nothing.

    Examples
    --------
    >>> import baconalgo as ba
    >>> table = {"ts": [1, 2], "bid": [1.0, 1.1], "ask": [1.2, 1.3]}
    >>> ba.messages.records(table, symbol="EURUSD")[["bid", "ask"]].tolist()
    [(1.0, 1.2), (1.1, 1.3)]
    """
    if isinstance(data, np.ndarray):
        if data.dtype.itemsize != 64 or data.dtype.names is None or "kind" not in data.dtype.names:
            raise DataError("data", "must be an array of one of ba.messages.DTYPES", data.dtype)
        return np.ascontiguousarray(data.ravel())
    if hasattr(data, "__arrow_c_stream__") or isinstance(data, dict):
        return _of_table(data, symbol, kind, timeframe)
    if isinstance(data, str | bytes) or not isinstance(data, Iterable):
        raise DataError("data", "must be messages, records or a table", type(data).__name__)
    return typed(_core.pack_messages(list(data)))


def typed(packed: npt.NDArray[np.uint8]) -> Records:
    """Bytes of records as an array of the dtype of their kind."""
    array = packed.view(RECORD_DTYPE)
    kinds = array["kind"]
    same = len(kinds) > 0 and bool((kinds == kinds[0]).all())
    return packed.view(_OF_KIND[int(kinds[0])]) if same else array


def _bytes(array: Records) -> npt.NDArray[np.uint8]:
    if array.dtype.itemsize != 64:
        raise DataError("array", "must be of one of ba.messages.DTYPES", array.dtype)
    return np.ascontiguousarray(array).view(np.uint8)


def _kind_of(columns: Sequence[str]) -> str:
    has = set(columns).issuperset
    if has(["bid", "ask"]):
        return "quote"
    if has(["open", "high", "low", "close"]):
        return "bar"
    if has(["action", "price"]):
        return "signal"
    if has(["order_id", "order_type"]):
        return "order"
    if has(["price", "volume"]):
        return "market_data"
    if has(["price"]):
        return "trade"
    raise DataError("data", "must have the columns of quotes, bars, signals, orders, trades or market data", columns)


def _of_table(data: Any, symbol: str | None, kind: str | None, timeframe: Any) -> Records:
    import pyarrow as pa

    table = pa.table(data)
    names = table.column_names
    kind = kind or _kind_of(names)
    if kind not in DTYPES:
        raise DataError("kind", f"must be one of {', '.join(DTYPES)}", repr(kind))
    made = np.zeros(len(table), DTYPES[kind])
    made["kind"] = KINDS[kind]
    made["symbol"] = _symbol_column(table, symbol)
    for field in DTYPES[kind].names or ():
        if field in ("kind", "symbol", "published", "unused") or field.startswith("timeframe_"):
            continue
        found = next((name for name in (field, *_ALIASES.get(field, ())) if name in names), None)
        if found is not None:
            made[field] = _column(table[found], field, made.dtype[field])
        elif field in ("bid_size", "ask_size", "volume", "stop_price") or (field, kind) in (
            ("quantity", "trade"),
            ("price", "order"),
        ):
            made[field] = np.nan
        elif field == "confidence":
            made[field] = 1.0
        elif field not in ("side", "time_in_force") or (kind == "order" and field == "side"):
            raise DataError("data", f"must have a column {field}", ", ".join(names))
    if kind == "bar":
        _timeframes(made, table, timeframe)
    return made


def _symbol_column(table: Any, symbol: str | None) -> npt.NDArray[np.uint32] | int:
    import pyarrow as pa

    if symbol is not None:
        return symbol_number(symbol)
    if "symbol" not in table.column_names:
        raise DataError("symbol", "must be given, or be a column of the table", ", ".join(table.column_names))
    column = table["symbol"].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    if column.null_count or column.dictionary.null_count:
        raise DataError("symbol", "must be in every row", f"{column.null_count} rows without")
    numbers = _core.symbol_numbers(column.dictionary.cast(pa.string()).to_pylist())
    places: npt.NDArray[np.int64] = np.asarray(column.indices, np.int64)
    of_rows: npt.NDArray[np.uint32] = numbers[places]
    return of_rows


def _column(column: Any, field: str, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if field in _WORDS and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        words = _WORDS[field]
        unknown = [word for word in pc.unique(column).to_pylist() if word is not None and word not in words]
        if unknown:
            raise DataError(field, f"must be one of {', '.join(words)}", repr(unknown[0]))
        places = pc.index_in(column, pa.array(list(words)))
        numbers = np.array([*words.values(), 0], dtype)
        said: npt.NDArray[Any] = numbers[np.asarray(pc.fill_null(places, len(words)))]
        return said
    if dtype.kind == "f":
        return np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")))
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("ns", tz=getattr(column.type, "tz", None))).cast(pa.int64())
    if column.null_count:
        raise DataError(field, "must be in every row", f"{column.null_count} rows without")
    return np.asarray(column.cast(pa.from_numpy_dtype(dtype)))


def _timeframes(made: Records, table: Any, timeframe: Any) -> None:
    from baconalgo.data._timeframes import nanoseconds

    if "timeframe" in table.column_names:
        lengths = np.asarray(table["timeframe"].cast("int64"))
    elif timeframe is not None:
        lengths = np.array([timeframe if isinstance(timeframe, int) else nanoseconds(timeframe)])
    else:
        raise DataError("timeframe", "must be given, or be a column of the table", "missing")
    for length in np.unique(lengths):
        unit = next((place for place, unit in enumerate(_UNITS) if length > 0 and length % unit == 0), None)
        if unit is None or length // _UNITS[unit] > 65_535:
            raise DataError("timeframe", "must be 1 to 65,535 weeks, days, hours, ... or ns", f"{length} ns")
        rows = lengths == length if len(lengths) == len(made) and len(made) else slice(None)
        made["timeframe_unit"][rows] = unit
        made["timeframe_count"][rows] = length // _UNITS[unit]
