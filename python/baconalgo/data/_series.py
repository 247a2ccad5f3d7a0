"""One source: a table or file whose columns, symbols and grid are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baconalgo.data import _inputs, _open
from baconalgo.data._columns import PRICES, SIZES, Meaning, plain, recognise
from baconalgo.data._inputs import Input
from baconalgo.data._instruments import INFERENCE_ROWS, Grid, grids
from baconalgo.data._stamps import is_text, stamped
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
    names: Sequence[str] | None = None
    tick_size: Any = None
    lot_size: Any = None
    currency: str = "USD"
    multiplier: Any = 1
    time_unit: str | None = None
    tz: str | None = None
    day_first: bool | None = None
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
    #: The policies to read it by.
    options: Options = field(repr=False)
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


def open_series(found: str | None, given: bool, source: Input, options: Options) -> Series:
    """The series of an input; ``given`` says whether its symbol was, or was read off a name."""
    meaning = _meaning(source, options)
    source, meaning = stamped(
        _with_floats(source, meaning), meaning, tz=options.tz, day_first=options.day_first, unit=options.time_unit
    )
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
        if isinstance(source, Held):
            head = source.held
    elif options.unsorted == "sort":
        source, falls = _sorted(source, meaning, unit)
        head = source.head(meaning.names, INFERENCE_ROWS)
    stamps = nanos(head.column(ts), unit)
    timeframe = 0
    if meaning.kind == "bars":
        timeframe = _timeframe(source.name, head, meaning, stamps, options, by_column)
    found_grids = grids(head, meaning, None if by_column else symbols[0])
    first = int(stamps[0]) if len(stamps) else None
    return Series(source, meaning, symbols, by_column, unit, timeframe, found_grids, options, first, falls)


#: What rows of changes of an order book say that they are: added, cancelled, modified, cleared, traded, filled.
_ACTIONS = {"A", "C", "M", "R", "T", "F", "N"}


def by_action(source: Input, options: Options) -> Iterator[tuple[Input, str | None]]:
    """The source with its kind; of rows with an action the quotes apart from the trades, as only some have a price."""
    column = next((name for name in source.schema.names if plain(name) == "action"), None)
    if column is None or not is_text(source.schema.field(column).type):
        yield source, options.kind
        return
    seen = set(source.head([column], INFERENCE_ROWS).column(0).cast(pa.string()).unique().to_pylist())
    meaning = recognise(source.schema, kind=options.kind, columns=options.columns, source=source.name)
    kind = meaning.kind
    if kind not in ("ticks", "trades") or not seen <= _ACTIONS or seen <= {"T"}:
        yield source, options.kind
        return
    if isinstance(source, _inputs.Once):
        source = Held(source.name, source.table(source.schema.names))
    source = _with_floats(source, meaning)
    trades = _inputs.filtered(source, column, ["T"])
    if kind == "ticks":
        yield source, "quotes"
    if kind == "trades" or len(trades.head([column], 1)):
        yield trades, "trades"


def _meaning(source: Input, options: Options) -> Meaning:
    """What the columns mean. Quotes with an empty column of last prices are quotes."""
    meaning = recognise(source.schema, kind=options.kind, columns=options.columns, source=source.name)
    if meaning.kind == "ticks" and options.kind is None:
        last = source.head([meaning.columns["price"].name], INFERENCE_ROWS).column(0)
        if pc.all(pc.equal(last.fill_null(0), 0)).as_py():
            return recognise(source.schema, kind="quotes", columns=options.columns, source=source.name)
    return meaning


def _with_floats(source: Input, meaning: Meaning) -> Input:
    """A CSV file whose prices and sizes are numbers, even if they begin with whole ones."""
    if not isinstance(source, _inputs.Csv):
        return source
    columns = [meaning.columns[role] for role in PRICES + SIZES if role in meaning.columns]
    return source.with_floats(column.name for column in columns if column.decimals is None)


class Held(Input):
    """A table that was read into memory."""

    def __init__(self, name: str, table: pa.Table) -> None:
        of = _inputs.of_table(table, name)
        super().__init__(name, of.schema, of._read)
        self.held = table


def _sorted(source: Input, meaning: Meaning, unit: str) -> tuple[Input, int]:
    """The rows in time order, and how many of them came after a later one."""
    table = source.table(meaning.names)
    stamps = nanos(table.column(meaning.columns["ts"].name), unit)
    falls = int(np.count_nonzero(stamps[1:] < stamps[:-1]))
    if len(stamps) != len(table) or not falls:
        return Held(source.name, table), 0
    return Held(source.name, table.take(pa.array(np.argsort(stamps, kind="stable")))), falls


def _by_symbol(
    source: Input, meaning: Meaning, options: Options, unit: str, given: str | None
) -> tuple[Input, tuple[str, ...], int]:
    """The symbols of a table that has a column of them; the table itself, in time order."""
    column, ts = meaning.columns["symbol"].name, meaning.columns["ts"].name
    if isinstance(source, _inputs.Once):
        source = Held(source.name, source.table(meaning.names))
    seen: dict[str, None] = {}
    in_order, last = True, np.iinfo(np.int64).min
    reader = source.reader([ts, column])
    with _inputs.readable(source.name):
        for batch in reader:
            for value in batch.column(1).cast(pa.string()).unique().to_pylist():
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
    return Held(source.name, table.take(order)), tuple(seen), len(falls)


def _falls(table: pa.Table, column: str, stamps: Nanos) -> list[tuple[int, int]]:
    """Pairs of rows of one symbol, one after the other, whose time falls."""
    codes = np.unique(
        table.column(column).cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False).astype(str),
        return_inverse=True,
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
        column = head.column(meaning.columns["symbol"].name).cast(pa.string()).fill_null("")
        codes = np.unique(column.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)[1]
        order = np.lexsort((stamps, codes))
        steps = np.diff(stamps[order])[np.diff(codes[order]) == 0]
    else:
        # By size: that rows fall back in time is for the reader to say, or for `unsorted`.
        steps = np.abs(np.diff(stamps))
    steps = steps[steps > 0]
    if not len(steps):
        raise DataError("timeframe", f"must be given: {name} has too few bars to tell", "not given", code=1111)
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])
