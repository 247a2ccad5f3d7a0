"""Market data that a run can open as often as it likes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baconalgo import _core
from baconalgo.data import _inputs, _open, _show
from baconalgo.data._columns import Meaning, recognise
from baconalgo.data._inputs import Input
from baconalgo.data._instruments import INFERENCE_ROWS, Grid, Instrument, grids, settle
from baconalgo.data._timeframes import nanoseconds
from baconalgo.data._times import Nanos, nanos, text, unit_of
from baconalgo.errors import DataError

_POLICIES = {
    "off_tick": ("error", "round"),
    "one_sided": ("keep", "clear"),
    "crossed": ("keep", "drop", "error"),
    "invalid": ("error", "skip"),
    "duplicates": ("keep", "drop"),
    "unsorted": ("error", "sort"),
    "label": ("open", "close"),
}


@dataclass(frozen=True)
class Options:
    """How to read: see :func:`load`."""

    symbol: str | Sequence[str] | None = None
    kind: str | None = None
    columns: Mapping[str, str] | None = None
    tick_size: Any = None
    lot_size: Any = None
    currency: str = "USD"
    multiplier: Any = 1
    time_unit: str | None = None
    tz: str | None = None
    label: str = "open"
    timeframe: str | int | timedelta | None = None
    off_tick: str = "error"
    one_sided: str = "keep"
    crossed: str = "keep"
    invalid: str = "error"
    duplicates: str = "keep"
    unsorted: str = "error"
    lenient: bool = False

    def __post_init__(self) -> None:
        for name, words in _POLICIES.items():
            if getattr(self, name) not in words:
                rule = f"must be one of {', '.join(words)}"
                raise DataError(name, rule, repr(getattr(self, name)), code=1111)


@dataclass(frozen=True)
class Series:
    """One source: a table or file, or several that follow each other, of one kind."""

    input: Input
    meaning: Meaning
    symbols: tuple[str, ...]
    by_column: bool
    time_unit: str
    timeframe: int
    grids: Mapping[str, Grid] = field(repr=False)
    first: int | None = None
    #: Rows earlier than the row before them within their symbol, where that was looked at.
    falls: int = 0

    @property
    def name(self) -> str:
        """The name of the table or file."""
        return self.input.name

    @property
    def kind(self) -> str:
        """``quotes``, ``ticks``, ``trades`` or ``bars``."""
        return self.meaning.kind


class Data:
    """Market data: its sources, and the instruments they are of. Made by :func:`load`.

    Opening it reads only what is needed to know the instruments; each run opens the files afresh and streams them.

    Attributes
    ----------
    series : list of Series
        The sources, in the order that decides between rows of equal time and kind.
    instruments : list of Instrument
    """

    def __init__(self, series: Sequence[Series], instruments: Sequence[Instrument], options: Options) -> None:
        self.series = list(series)
        self.instruments = list(instruments)
        self.options = options

    @property
    def symbols(self) -> list[str]:
        """The symbols, in the order of the instruments."""
        return [instrument.symbol for instrument in self.instruments]

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
        options, meaning = self.options, series.meaning
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
    tick_size: Any = None,
    lot_size: Any = None,
    currency: str = "USD",
    multiplier: Any = 1,
    time_unit: str | None = None,
    tz: str | None = None,
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
        anything with the Arrow protocols; a NumPy structured array or a dict of arrays. An existing ``Data`` is
        returned as it is.
    symbol : str or list of str, optional
        Default: the first word of the file's name in capitals, else ``ASSET``. With a symbol column: which rows.
    kind : {"quotes", "trades", "ticks", "bars"}, optional
        Default: by the columns that are there.
    columns : dict role -> name, optional
        Wins over recognition by name. Roles: ts, ts_recv, bid, ask, bid_size, ask_size, price, quantity, side, open,
        high, low, close, volume, symbol. Integer columns named ``*_eN`` have N decimals.
    tick_size, lot_size : number or str, or dict symbol -> number, optional
        Smallest step of price (currency) and of quantity (units). Default: inferred from the first 100,000 rows.
    currency : str
    multiplier : number
        Value of one unit at a price of one.
    time_unit : {"ns", "us", "ms", "s"}, optional
        Of times that are plain numbers. Default: by magnitude.
    tz : str, optional
        Zone of naive times. Default: UTC. Times that a zone change makes ambiguous or skips are an error.
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
    a whole, but is within each symbol, is read into memory and merged by time.

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
    if isinstance(x, Data):
        return x
    options = Options(
        symbol,
        kind,
        columns,
        tick_size,
        lot_size,
        currency,
        multiplier,
        time_unit,
        tz,
        label,
        timeframe,
        off_tick,
        one_sided,
        crossed,
        invalid,
        duplicates,
        unsorted,
    )
    return open_with(x, options)


def open_with(x: Any, options: Options) -> Data:
    """As :func:`load`, with its options at hand."""
    one = options.symbol if isinstance(options.symbol, str) else None
    series = [_series(found, given, source, options) for found, given, source in _open.inputs(x, one)]
    series = _joined(series)
    merged: dict[str, Grid] = {}
    for each in series:
        for name in each.symbols:
            grid = each.grids.get(name) or _common(each.grids.values())
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
    return Data(series, instruments, options)


def _for(size: Any, symbol: str) -> Any:
    return size.get(symbol) if isinstance(size, Mapping) else size


def _common(all_grids: Iterable[Grid]) -> Grid:
    common = Grid(2, 0.0)
    for grid in all_grids:
        common = common | grid
    return common


def _series(found: str | None, given: bool, source: Input, options: Options) -> Series:
    meaning = recognise(source.schema, kind=options.kind, columns=options.columns, source=source.name)
    times = [meaning.columns[role].name for role in ("ts", "ts_recv") if role in meaning.columns]
    source = _inputs.zoned(source, times, options.tz)
    head = source.head(meaning.names, INFERENCE_ROWS)
    if not len(head):
        raise DataError(source.name, "must have rows", "none", code=1108)
    ts = meaning.columns["ts"].name
    unit = unit_of(head.column(ts), options.time_unit)
    symbols: tuple[str, ...] = (found or _open.DEFAULT_SYMBOL,)
    by_column, falls = False, 0
    if "symbol" in meaning.columns:
        source, symbols, falls = _by_symbol(source, meaning, options, unit, found if given else None)
        by_column = len(symbols) > 1
        if isinstance(source, _Held):
            head = source.held
    elif options.unsorted == "sort":
        source = _sorted(source, meaning, unit)
        head = source.head(meaning.names, INFERENCE_ROWS)
    stamps = nanos(head.column(ts), unit)
    timeframe = 0
    if meaning.kind == "bars":
        timeframe = _timeframe(source.name, head, meaning, stamps, options, by_column)
    found_grids = grids(head, meaning, None if by_column else symbols[0])
    first = int(stamps[0]) if len(stamps) else None
    return Series(source, meaning, symbols, by_column, unit, timeframe, found_grids, first, falls)


class _Held(Input):
    """A table that was read into memory."""

    def __init__(self, name: str, table: pa.Table) -> None:
        of = _inputs.of_table(table, name)
        super().__init__(name, of.schema, of._read)
        self.held = table


def _sorted(source: Input, meaning: Meaning, unit: str) -> Input:
    table = source.table(meaning.names)
    stamps = nanos(table.column(meaning.columns["ts"].name), unit)
    if len(stamps) != len(table) or bool(np.all(stamps[1:] >= stamps[:-1])):
        return _Held(source.name, table)
    return _Held(source.name, table.take(pa.array(np.argsort(stamps, kind="stable"))))


def _by_symbol(
    source: Input, meaning: Meaning, options: Options, unit: str, given: str | None
) -> tuple[Input, tuple[str, ...], int]:
    """The symbols of a table that has a column of them; the table itself, in time order."""
    column, ts = meaning.columns["symbol"].name, meaning.columns["ts"].name
    if isinstance(source, _inputs.Once):
        source = _Held(source.name, source.table(meaning.names))
    seen: dict[str, None] = {}
    in_order, last = True, np.iinfo(np.int64).min
    reader = source.reader([ts, column])
    with _inputs.readable(source.name):
        for batch in reader:
            for value in batch.column(1).unique().to_pylist():
                if value is not None:
                    seen.setdefault(str(value))
            stamps = nanos(pa.chunked_array([batch.column(0)]), unit)
            if len(stamps):
                in_order &= int(stamps[0]) >= last and bool(np.all(stamps[1:] >= stamps[:-1]))
                last = int(stamps[-1])
    wanted = [options.symbol] if isinstance(options.symbol, str) else list(options.symbol or [])
    if wanted and all(name in seen for name in wanted):
        if len(seen) > len(wanted):
            source = _inputs.filtered(source, column, wanted)
        seen = dict.fromkeys(wanted)
    elif len(seen) > 1 and wanted:
        shown = ", ".join(list(seen)[:8]) + (", ..." if len(seen) > 8 else "")
        raise DataError("symbol", f"must be in column {column} ({shown})", repr(options.symbol), code=1110)
    elif len(seen) == 1 and given is not None:
        return source, (given,), 0
    if in_order:
        return source, tuple(seen), 0
    table = source.table(meaning.names)
    stamps = nanos(table.column(ts), unit)
    if len(stamps) != len(table):
        return source, tuple(seen), 0
    falls = _falls(table, column, stamps)
    if len(falls) and options.unsorted == "error" and not options.lenient:
        before, row = falls[0]
        rule = f"must not fall within a symbol: row {row} of {source.name} follows {text(int(stamps[before]))}"
        raise DataError(ts, rule, text(int(stamps[row])), code=1104)
    order = pa.array(np.argsort(stamps, kind="stable"))
    return _Held(source.name, table.take(order)), tuple(seen), len(falls)


def _falls(table: pa.Table, column: str, stamps: Nanos) -> list[tuple[int, int]]:
    """Pairs of rows of one symbol, one after the other, whose time falls."""
    codes = np.unique(
        table.column(column).cast(pa.string()).to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )[1]
    order = np.argsort(codes, kind="stable")
    same = codes[order][1:] == codes[order][:-1]
    fall = same & (stamps[order][1:] < stamps[order][:-1])
    places = np.flatnonzero(fall)
    return [(int(order[place]), int(order[place + 1])) for place in places]


def _timeframe(name: str, head: pa.Table, meaning: Meaning, stamps: Nanos, options: Options, by_column: bool) -> int:
    if options.timeframe is not None:
        return nanoseconds(options.timeframe)
    if by_column:
        column = head.column(meaning.columns["symbol"].name).cast(pa.string())
        codes = np.unique(column.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)[1]
        order = np.lexsort((stamps, codes))
        steps = np.diff(stamps[order])[np.diff(codes[order]) == 0]
    else:
        steps = np.diff(stamps)
    steps = steps[steps > 0]
    if not len(steps):
        raise DataError("timeframe", f"must be given: {name} has too few bars to tell", "not given", code=1111)
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])


def _joined(series: list[Series]) -> list[Series]:
    """Parquet files of one symbol and one layout that follow each other in time become one source.

    So do more than 16 files of one symbol whatever their format: that many streams are not opened at once.
    """
    groups: dict[Any, list[Series]] = {}
    for place, each in enumerate(series):
        alone = each.by_column or isinstance(each.input, _Held)
        types = tuple((name, str(each.input.schema.field(name).type)) for name in each.meaning.names)
        key = place if alone else (each.symbols, each.kind, types, each.time_unit, each.timeframe)
        groups.setdefault(key, []).append(each)
    joined: list[Series] = []
    for group in groups.values():
        ordered = sorted(group, key=lambda each: each.first if each.first is not None else 0)
        if len(group) > 1 and (len(group) > 16 or _follow(ordered)):
            known = _common(grid for each in ordered for grid in each.grids.values())
            both = {ordered[0].symbols[0]: known}
            joined.append(replace(ordered[0], input=_inputs.chained([each.input for each in ordered]), grids=both))
        else:
            joined.extend(group)
    return joined


def _follow(ordered: Sequence[Series]) -> bool:
    """Whether statistics prove that no file reaches beyond the start of the next."""
    for this, following in pairwise(ordered):
        last = _last(this)
        if last is None or following.first is None or last > following.first:
            return False
    return True


def _last(series: Series) -> int | None:
    """The latest time of a Parquet file by its statistics, if it has them."""
    if series.input.path is None:
        return None
    with _inputs.readable(series.name):
        metadata = pq.read_metadata(series.input.path)
        name = series.meaning.columns["ts"].name
        place = metadata.schema.to_arrow_schema().get_field_index(name)
        groups = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
        if not groups or any(statistics is None or not statistics.has_min_max for statistics in groups):
            return None
        kind = series.input.schema.field(name).type
        whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        latest = pa.array([max(statistics.max_raw for statistics in groups)], whole).cast(kind)
        return int(nanos(pa.chunked_array([latest]), series.time_unit)[0])
