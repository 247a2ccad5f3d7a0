"""Times as files and tables have them - texts, local times, a day and a time of day apart - made UTC timestamps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from baconalgo.data._columns import Meaning
from baconalgo.data._inputs import Input, mapped
from baconalgo.errors import DataError

#: Rows that say how times are written.
_LOOKED_AT = 100_000
_UTC = pa.timestamp("ns", "UTC")
_CLOCK = r"^\d{1,2}:?\d{2}(:?\d{2}(\.\d+)?)?$"

#: A pattern of texts and what takes its place.
Rewrite = tuple[str, str]

#: One digit where two belong; months and days overlap, hence twice.
_PADDED: tuple[Rewrite, ...] = (*((r"-(\d)(\D|$)", r"-0\1\2"),) * 2, (r"([ T])(\d):", r"\10\2:"))
#: Hours, minutes and seconds without colons.
_COLONS: tuple[Rewrite, ...] = (
    (r"^(\d{4}-\d{2}-\d{2})[ T](\d{2})(\d{2})(\d{2})", r"\1 \2:\3:\4"),
    (r"^(\d{4}-\d{2}-\d{2})[ T](\d{2})(\d{2})$", r"\1 \2:\3"),
)
_ISO: tuple[Rewrite, ...] = ()
_YEAR_FIRST: tuple[Rewrite, ...] = ((r"^(\d{4})[./-](\d{1,2})[./-](\d{1,2})", r"\1-\2-\3"), *_PADDED)
_EIGHT_DIGITS: tuple[Rewrite, ...] = ((r"^(\d{4})(\d{2})(\d{2})", r"\1-\2-\3"), *_COLONS)
_DAY_FIRST: tuple[Rewrite, ...] = ((r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})", r"\3-\2-\1"), *_PADDED)
_MONTH_FIRST: tuple[Rewrite, ...] = ((r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})", r"\3-\1-\2"), *_PADDED)

#: How all of some texts begin, and what makes them ISO 8601.
_WRITTEN: tuple[tuple[str, tuple[Rewrite, ...]], ...] = (
    (r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:|$)", _ISO),
    (r"^\d{4}[./-]\d{1,2}[./-]\d{1,2}([T ]|$)", _YEAR_FIRST),
    (r"^(19|20|21)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([T ]\d|$)", _EIGHT_DIGITS),
    (r"^\d{1,2}\.\d{1,2}\.\d{4}([T ]|$)", _DAY_FIRST),
)
_EITHER = r"^(?P<one>\d{1,2})[/-](?P<two>\d{1,2})[/-]\d{4}(?:[T ]|$)"
_RULE = "must be a time: 2024-01-31 17:00:00, 2024.01.31, 20240131, 31.01.2024, or with day_first 31/01/2024"


@dataclass(frozen=True)
class _Reading:
    """How a column of times is read."""

    #: The column with times of day, if they stand apart.
    clock: str | None
    #: Digits of a time of day that is a whole number.
    digits: int
    rewrites: tuple[Rewrite, ...]
    is_text: bool
    zone: str | None

    def times(self, column: pa.Array, clock: pa.Array | None) -> pa.Array:
        """Timestamps in UTC."""
        if not self.is_text:
            return pc.assume_timezone(column.cast(pa.timestamp("ns")), self.zone).cast(_UTC)
        texts = _texts(column)
        for pattern, into in self.rewrites:
            texts = pc.replace_substring_regex(texts, pattern, into)
        if clock is not None:
            texts = pc.binary_join_element_wise(texts, self._of_day(clock), " ")
        try:
            naive = texts.cast(pa.timestamp("ns"))
        except pa.ArrowInvalid:
            # With a zone each.
            try:
                return texts.cast(_UTC)
            except pa.ArrowInvalid as error:
                raise DataError("ts", _RULE, repr(_first_unread(texts)), code=1102) from error
        return pc.assume_timezone(naive, self.zone or "UTC").cast(_UTC)

    def _of_day(self, clock: pa.Array) -> pa.Array:
        texts = clock.cast(pa.string())
        if self.digits:
            texts = pc.utf8_lpad(texts, self.digits, "0")
        for pattern, into in ((r"^(\d):", r"0\1:"), (r"^(\d{2})(\d{2})(\d{2})", r"\1:\2:\3")):
            texts = pc.replace_substring_regex(texts, pattern, into)
        return pc.replace_substring_regex(texts, r"^(\d{2})(\d{2})$", r"\1:\2")


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d")
    return column.cast(pa.string())


def _first_unread(texts: pa.Array) -> str:
    for text in texts.drop_null().to_pylist():
        for kind in (pa.timestamp("ns"), _UTC):
            try:
                pa.array([text]).cast(kind)
                break
            except pa.ArrowInvalid:
                continue
        else:
            return str(text)
    return "times with and without a zone"


def stamped(
    source: Input, meaning: Meaning, *, tz: str | None = None, day_first: bool | None = None, unit: str | None = None
) -> tuple[Input, Meaning]:
    """The source with its times in UTC, and its meaning without the times of day, which are then part of them.

    Raises
    ------
    DataError
        If a text is no time, or may be read in two ways.
    """
    columns = dict(meaning.columns)
    apart = columns.pop("time_of_day", None)
    clock, digits = None, 0
    if apart is not None:
        found = source.head([apart.name], _LOOKED_AT).column(0).drop_null()
        digits = _digits(found)
        if digits < 0:
            # Whole times by themselves: the days beside them say nothing more.
            columns["ts"] = apart
        else:
            clock = apart.name
    readings = {}
    for role in ("ts", "ts_recv"):
        if role in columns:
            name = columns[role].name
            reading = _reading(source, name, clock if role == "ts" else None, digits, tz, day_first, unit)
            if reading is not None:
                readings[name] = reading
    return (_Stamped(source, readings) if readings else source), replace(meaning, columns=columns)


def _digits(clock: pa.ChunkedArray) -> int:
    """Of a time of day that is a whole number: 4 or 6; 0 if it is none; less if these are no times of day."""
    kind = clock.type
    if pa.types.is_time(kind):
        return 0
    if pa.types.is_integer(kind):
        most = pc.max(clock).as_py() or 0
        return -1 if most >= 240_000 or (pc.min(clock).as_py() or 0) < 0 else 4 if 0 < most < 2_400 else 6
    return 0 if is_text(kind) and _all(clock, _CLOCK) else -1


def _reading(
    source: Input,
    name: str,
    clock: str | None,
    digits: int,
    tz: str | None,
    day_first: bool | None,
    unit: str | None,
) -> _Reading | None:
    kind = source.schema.field(name).type
    is_day = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    is_whole = pa.types.is_integer(kind)
    if is_whole and (unit is not None or not _begins_with_a_day(source, name)):
        return None
    if is_text(kind) or clock is not None or is_whole:
        head = source.head([name], _LOOKED_AT).column(0).drop_null()
        texts = pa.chunked_array([_texts(chunk) for chunk in head.chunks], pa.string())
        rewrites = _ISO if is_day else _rewrites(texts, day_first)
        if is_whole and rewrites is not _EIGHT_DIGITS:
            return None
        return _Reading(clock, digits, rewrites, is_text=True, zone=tz)
    if tz is not None and pa.types.is_timestamp(kind) and kind.tz is None:
        return _Reading(None, 0, _ISO, is_text=False, zone=tz)
    return None


def _begins_with_a_day(source: Input, name: str) -> bool:
    """Whether the first whole number may be a day written with eight digits."""
    first = source.head([name], 1).column(0).to_pylist()
    return bool(first) and first[0] is not None and 19_000_101 <= first[0] <= 21_991_231


def _rewrites(texts: pa.ChunkedArray, day_first: bool | None) -> tuple[Rewrite, ...]:
    """What makes the texts ISO 8601."""
    for pattern, rewrites in _WRITTEN:
        if len(texts) and _all(texts, pattern):
            return rewrites
    if not len(texts) or not _all(texts, _EITHER):
        return _ISO
    if day_first is None:
        parts = pc.extract_regex(texts, _EITHER)
        one, two = (pc.max(pc.struct_field(parts, name).cast(pa.int64())).as_py() for name in ("one", "two"))
        if max(one, two) <= 12:
            rule = f"must say what comes first in dates such as {texts[0]}"
            raise DataError("day_first", rule, "not given", code=1111)
        day_first = one > 12
    return _DAY_FIRST if day_first else _MONTH_FIRST


def _all(texts: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts.cast(pa.string()), pattern)).as_py())


def is_text(kind: pa.DataType) -> bool:
    """Whether a column is of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


class _Stamped(Input):
    """Times of some columns turned into UTC."""

    def __init__(self, source: Input, readings: dict[str, _Reading]) -> None:
        self._source = source
        self._readings = readings
        super().__init__(source.name, self._fields(source.schema), self._all, rows=source.rows)

    def _fields(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([field.with_type(_UTC) if field.name in self._readings else field for field in schema])

    def _wanted(self, columns: Sequence[str]) -> list[str]:
        """With the times of day."""
        clocks = [reading.clock for name, reading in self._readings.items() if name in columns and reading.clock]
        return list(dict.fromkeys([*columns, *clocks]))

    def _changed(self, batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
        def column(name: str) -> pa.Array:
            reading, found = self._readings.get(name), batch.column(name)
            if reading is None:
                return found
            return reading.times(found, None if reading.clock is None else batch.column(reading.clock))

        schema = self._fields(pa.schema([batch.schema.field(name) for name in columns]))
        return pa.RecordBatch.from_arrays([column(name) for name in columns], schema=schema)

    def _all(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        names = list(columns)
        reader = self._source.reader(self._wanted(names))
        schema = self._fields(pa.schema([reader.schema.field(name) for name in names]))
        return mapped(reader, schema, lambda batch: self._changed(batch, names))

    def first_batches(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        names = list(columns)
        schema, batches = self._source.first_batches(self._wanted(names))
        chosen = self._fields(pa.schema([schema.field(name) for name in names]))
        return chosen, (self._changed(batch, names) for batch in batches)
