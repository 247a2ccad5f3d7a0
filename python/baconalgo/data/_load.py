"""Market data that a run can open as often as it likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from baconalgo import _core
from baconalgo.data import _open, _show
from baconalgo.data._instruments import Grid, Instrument, agreed, common, settle
from baconalgo.data._join import joined
from baconalgo.data._series import Options, Series, by_action, open_series
from baconalgo.errors import DataError


class Data:
    """Market data: its sources, and the instruments they are of. Made by :func:`load`.

    Opening it reads only what is needed to know the instruments; each run opens the files afresh and streams them.

    Attributes
    ----------
    series : list of Series
        The sources, in the order that decides between rows of equal time and kind.
    instruments : list of Instrument
    """

    def __init__(self, series: Sequence[Series], instruments: Sequence[Instrument]) -> None:
        self.series = list(series)
        self.instruments = list(instruments)

    @property
    def symbols(self) -> list[str]:
        """The symbols, in the order of the instruments."""
        return [instrument.symbol for instrument in self.instruments]

    @property
    def rows(self) -> int | None:
        """Rows of all sources, where that is known without reading them."""
        known = [series.input.rows for series in self.series]
        return None if None in known else sum(rows or 0 for rows in known)

    def sources(self, instruments: Sequence[Instrument] | None = None, *, scan: bool = False) -> list[_core.Source]:
        """Fresh streams of all sources, decoded on the grids of ``instruments`` (default: its own).

        Raises
        ------
        DataError
            If a symbol has no instrument, or a stream was read before.
        """
        grid = list(self.instruments if instruments is None else instruments)
        places = {instrument.symbol: place for place, instrument in enumerate(grid)}
        for symbol in self.symbols:
            if symbol not in places:
                raise DataError("instruments", "must have every symbol of the data", f"without {symbol}", code=1110)
        return [self._source(series, grid, places, scan) for series in self.series]

    def _source(self, series: Series, grid: list[Instrument], places: dict[str, int], scan: bool) -> _core.Source:
        options, meaning = series.options, series.meaning
        columns = {role: (column.name, column.decimals) for role, column in meaning.columns.items()}
        if not series.by_column:
            columns.pop("symbol", None)
        spec: dict[str, Any] = {
            "name": series.name,
            "kind": series.kind,
            "columns": columns,
            "instruments": [instrument.spec() for instrument in grid],
            "time_unit": series.time_unit,
            "buyer_maker": meaning.buyer_maker,
            "label": options.label,
            "timeframe": series.timeframe,
            "off_tick": options.off_tick,
            "one_sided": options.one_sided,
            "crossed": options.crossed,
            "invalid": options.invalid,
            "duplicates": options.duplicates,
            "scan": scan,
        }
        if series.by_column:
            spec["symbols"] = {symbol: places[symbol] for symbol in series.symbols}
        else:
            spec["instrument"] = places[series.symbols[0]]
        names = list(dict.fromkeys(name for name, _ in columns.values()))
        return _core.Source(series.input.reader(names), spec)

    def describe(self) -> str:
        """The sources with their columns, and the instruments with what was inferred, as text."""
        return _show.text(_show.of_data(self))

    def __repr__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        return _show.html(_show.of_data(self))


def load(
    x: Any,
    *,
    symbol: str | Sequence[str] | None = None,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    tick_size: Any = None,
    lot_size: Any = None,
    currency: str = "USD",
    multiplier: Any = 1,
    time_unit: str | None = None,
    tz: str | None = None,
    day_first: bool | None = None,
    label: str = "open",
    timeframe: str | int | timedelta | None = None,
    off_tick: str = "error",
    one_sided: str = "keep",
    crossed: str = "keep",
    invalid: str = "error",
    duplicates: str = "keep",
    unsorted: str = "error",
) -> Data:
    """Market data from files or tables: quotes, trades, both in a row, or bars.

    Parameters
    ----------
    x : path, directory, glob, table, or a list or dict (symbol -> x) of these
        Parquet, CSV (plain, .gz, .zst, .bz2) and Arrow IPC files; pyarrow, pandas, polars, duckdb tables and
        anything with the Arrow protocols; a NumPy structured array or a dict of arrays; with ``names`` a 2-D array or
        a list of rows. Columns of two levels (price and symbol) are a table for each symbol, rows without any value
        left out. An existing ``Data`` is returned as it is.
    symbol : str or list of str, optional
        Default: the first word of the file's name in capitals, else ``ASSET``. With a symbol column: which rows.
    kind : {"quotes", "trades", "ticks", "bars"}, optional
        Default: by the columns that are there.
    columns : dict role -> name, optional
        Wins over recognition by name. Roles: ts, time_of_day (where ts has days only), ts_recv, bid, ask, bid_size,
        ask_size, price, quantity, side, open, high, low, close, volume, symbol. Integer columns named ``*_eN`` have N
        decimals.
    names : list of str, optional
        Of all columns, in order, where the data has none: CSV files without a line of names, 2-D arrays, lists of rows.
    tick_size, lot_size : number or str, or dict symbol -> number, optional
        Smallest step of price (currency) and of quantity (units). Default: inferred from the first 100,000 rows.
    currency : str
    multiplier : number
        Value of one unit at a price of one.
    time_unit : {"ns", "us", "ms", "s"}, optional
        Of times that are plain numbers. Default: by magnitude.
    tz : str, optional
        Zone of naive times. Default: UTC. Times that a zone change makes ambiguous or skips are an error.
    day_first : bool, optional
        Of dates such as ``31/01/2024``. Default: what a day above 12 says. Dates may also be ``2024-01-31``,
        ``2024.01.31``, ``20240131`` or ``31.01.2024``, with a time after them or in a column ``time`` beside ``date``.
    label : {"open", "close"}
        Whether a bar's time is the start or the end of its interval.
    timeframe : str, int or timedelta, optional
        Length of a bar. Default: the most common spacing.
    off_tick : {"error", "round"}
        Prices off the tick.
    one_sided : {"keep", "clear"}
        An absent side of a quote keeps its standing value, or has none.
    crossed : {"keep", "drop", "error"}
        Quotes whose ask is below their bid.
    invalid : {"error", "skip"}
        Rows that cannot be: infinite price, negative size, high below low, trade at zero.
    duplicates : {"keep", "drop"}
        Rows equal to the row before them.
    unsorted : {"error", "sort"}
        Rows out of time order; sorting reads the table into memory.

    Returns
    -------
    Data

    Notes
    -----
    Rows of several sources merge by (time, kind, order of the inputs, row). Several Parquet files of one symbol and
    one layout that do not overlap are read one after the other. A table of many symbols that is not in time order as
    a whole, but is within each symbol, is read into memory and merged by time. A table whose rows have an ``action``
    (A, C, M, R, T, F) gives quotes, where it has bid and ask, and the trades of its rows T.

    Raises
    ------
    DataError
        Naming the column, the rule and what was found.

    Examples
    --------
    >>> import numpy as np
    >>> table = {"ts": np.arange(3) * 10**9, "bid": np.array([1.1, 1.2, 1.3]), "ask": np.array([1.2, 1.3, 1.4])}
    >>> load(table, symbol="EURUSD", time_unit="ns").instruments[0].tick_size
    Decimal('0.01')
    """
    options = Options(
        symbol,
        kind,
        columns,
        names,
        tick_size,
        lot_size,
        currency,
        multiplier,
        time_unit,
        tz,
        day_first,
        label,
        timeframe,
        off_tick,
        one_sided,
        crossed,
        invalid,
        duplicates,
        unsorted,
    )
    loaded = isinstance(x, Data) or (
        isinstance(x, list | tuple) and bool(x) and all(isinstance(part, Data) for part in x)
    )
    if loaded and options != Options():
        raise DataError("options", "must be given when the data is loaded first", "data that is loaded", code=1111)
    if isinstance(x, Data):
        return x
    if loaded:
        return combined(x)
    return open_with(x, options)


def open_with(x: Any, options: Options) -> Data:
    """As :func:`load`, with its options at hand."""
    one = options.symbol if isinstance(options.symbol, str) else None
    series = [
        open_series(found, given, part, replace(options, kind=kind))
        for found, given, source in _open.inputs(x, one, options.names)
        for part, kind in by_action(source, options)
    ]
    series = joined(series)
    merged: dict[str, Grid] = {}
    for each in series:
        for name in each.symbols:
            grid = each.grids.get(name) or common(each.grids.values())
            merged[name] = merged[name] | grid if name in merged else grid
    instruments = [
        settle(
            name,
            grid,
            tick_size=_for(options.tick_size, name),
            lot_size=_for(options.lot_size, name),
            currency=options.currency,
            multiplier=_for(options.multiplier, name) or 1,
        )
        for name, grid in merged.items()
    ]
    return Data(series, instruments)


def combined(parts: Sequence[Data]) -> Data:
    """Several data as one, each read by its own options; the order decides between rows of equal time and kind.

    Raises
    ------
    DataError
        If two of them were given different grids for one symbol.
    """
    merged: dict[str, Instrument] = {}
    for instrument in (instrument for part in parts for instrument in part.instruments):
        known = merged.get(instrument.symbol)
        merged[instrument.symbol] = instrument if known is None else agreed(known, instrument)
    return Data([series for part in parts for series in part.series], list(merged.values()))


def _for(size: Any, symbol: str) -> Any:
    return size.get(symbol) if isinstance(size, Mapping) else size
