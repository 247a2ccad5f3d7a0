"""One table or file, opened afresh for each run, streamed column by column."""

from __future__ import annotations

import bz2
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.dataset as ds
import pyarrow.ipc as ipc

from baconalgo.errors import DataError

#: Rows a batch: small enough for the cache of a run, large enough to cost nothing.
BATCH_ROWS = 65_536
_COMPRESSED = {".gz", ".zst", ".bz2", ".zstd"}

Batches = Iterable[pa.RecordBatch]


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turns what pyarrow raises into a ``DataError`` that names the file."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(name, "must be readable", reason, code=1109) from error


class Input:
    """A table: its name, its schema, and a way to read some of its columns from the start."""

    def __init__(
        self,
        name: str,
        schema: pa.Schema,
        read: Callable[[Sequence[str]], pa.RecordBatchReader],
        path: Path | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.path = path
        self._read = read

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        """A fresh stream of these columns."""
        with readable(self.name):
            return self._read(columns)

    def head(self, columns: Sequence[str], rows: int) -> pa.Table:
        """The first rows."""
        reader = self.reader(columns)
        batches: list[pa.RecordBatch] = []
        left = rows
        with readable(self.name):
            while left > 0:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                batches.append(batch.slice(0, left))
                left -= len(batches[-1])
            schema = reader.schema
            reader.close()
        return pa.Table.from_batches(batches, schema)

    def table(self, columns: Sequence[str]) -> pa.Table:
        """All rows."""
        reader = self.reader(columns)
        with readable(self.name):
            return reader.read_all()


def mapped(
    reader: pa.RecordBatchReader, schema: pa.Schema, change: Callable[[pa.RecordBatch], pa.RecordBatch]
) -> pa.RecordBatchReader:
    """A reader whose batches are changed one by one."""
    return pa.RecordBatchReader.from_batches(schema, (change(batch) for batch in reader))


def of_table(table: pa.Table, name: str) -> Input:
    """An Arrow table in memory."""
    return Input(name, table.schema, lambda columns: table.select(list(columns)).to_reader(BATCH_ROWS))


class Once(Input):
    """A stream that can be read once: its first rows are kept for looking at."""

    def __init__(self, reader: pa.RecordBatchReader, name: str, rows: int) -> None:
        super().__init__(name, reader.schema, self._rest)
        self._reader: pa.RecordBatchReader | None = reader
        self._kept: list[pa.RecordBatch] = []
        with readable(name):
            while sum(len(batch) for batch in self._kept) < rows:
                try:
                    self._kept.append(reader.read_next_batch())
                except StopIteration:
                    break

    def head(self, columns: Sequence[str], rows: int) -> pa.Table:
        return pa.Table.from_batches(self._kept, self.schema).select(list(columns)).slice(0, rows)

    def _rest(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        if self._reader is None:
            rule = "is a stream that can be read once; give a table or a file to run on it again"
            raise DataError(self.name, rule, "read already", code=1109)
        reader, self._reader = self._reader, None
        names = list(columns)

        def batches() -> Iterator[pa.RecordBatch]:
            while self._kept:
                yield self._kept.pop(0).select(names)
            for batch in reader:
                yield batch.select(names)

        return pa.RecordBatchReader.from_batches(pa.schema([self.schema.field(name) for name in names]), batches())


def _parquet(path: Path) -> Input:
    dataset = ds.dataset(str(path), format="parquet")

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        # Little read-ahead: what is decoded and not yet used is what the memory is.
        scanner = dataset.scanner(
            columns=list(columns), batch_size=BATCH_ROWS, batch_readahead=4, fragment_readahead=1, use_threads=True
        )
        return scanner.to_reader()

    return Input(path.name, dataset.schema, read, path)


def _ipc_file(path: Path) -> Input:
    with ipc.open_file(str(path)) as file:
        schema = file.schema

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        names = list(columns)
        file = ipc.open_file(pa.memory_map(str(path)))
        batches = (file.get_batch(number).select(names) for number in range(file.num_record_batches))
        return pa.RecordBatchReader.from_batches(pa.schema([schema.field(name) for name in names]), batches)

    return Input(path.name, schema, read)


def _ipc_stream(path: Path) -> Input:
    with ipc.open_stream(str(path)) as file:
        schema = file.schema

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        names = list(columns)
        reader = ipc.open_stream(pa.memory_map(str(path)))
        return mapped(reader, pa.schema([schema.field(name) for name in names]), lambda batch: batch.select(names))

    return Input(path.name, schema, read)


def _csv(path: Path) -> Input:
    def opened() -> pa.NativeFile:
        if path.suffix.lower() == ".bz2":
            return pa.PythonFile(bz2.open(path, "rb"), mode="r")
        return pa.input_stream(str(path), compression="zstd" if path.suffix.lower() in (".zst", ".zstd") else "detect")

    with csv.open_csv(opened()) as first:
        schema = first.schema

    # Types are guessed from the first rows, where a whole number or nothing at all may stand for a price.
    def settled(field: pa.Field) -> pa.Field:
        guess = field.type
        if pa.types.is_null(guess):
            return field.with_type(pa.float64())
        return field

    def widened(field: pa.Field) -> pa.Field:
        scaled = field.name.lower().rpartition("_e")[2].isdigit()
        return field.with_type(pa.float64()) if pa.types.is_integer(field.type) and not scaled else field

    schema = pa.schema([settled(field) for field in schema])
    times = ("ts", "time", "date", "stamp", "id", "seq")
    types = {
        field.name: (field if any(word in field.name.lower() for word in times) else widened(field)).type
        for field in schema
    }
    schema = pa.schema(list(types.items()))

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        options = csv.ConvertOptions(include_columns=list(columns), column_types=types)
        return csv.open_csv(opened(), convert_options=options, read_options=csv.ReadOptions(block_size=4 << 20))

    return Input(path.name, schema, read)


_MAGIC = ((b"PAR1", _parquet), (b"ARROW1", _ipc_file))
_BY_SUFFIX = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".csv": _csv,
    ".txt": _csv,
    ".tsv": _csv,
    ".arrow": _ipc_file,
    ".feather": _ipc_file,
    ".ipc": _ipc_file,
    ".arrows": _ipc_stream,
}


def known(path: Path) -> bool:
    """Whether the name of a file is one of market data."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _BY_SUFFIX


def of_path(path: Path) -> Input:
    """A file, by its magic bytes, else by its extension; without either it is taken as CSV.

    Raises
    ------
    DataError
        If it does not exist, is empty, or cannot be read.
    """
    if not path.is_file():
        raise DataError("path", "must be a file that exists", repr(str(path)), code=1109)
    with readable(path.name):
        with path.open("rb") as file:
            start = file.read(8)
        if not start:
            raise DataError(path.name, "must have rows", "an empty file", code=1108)
        for magic, opening in _MAGIC:
            if start.startswith(magic):
                return opening(path)
        suffixes = [suffix.lower() for suffix in path.suffixes]
        if suffixes and suffixes[-1] in _COMPRESSED:
            suffixes.pop()
        opening = _BY_SUFFIX.get(suffixes[-1], _csv) if suffixes else _csv
        if opening is _ipc_file and start.startswith(b"\xff\xff\xff\xff"):
            opening = _ipc_stream
        return opening(path)


def filtered(source: Input, column: str, symbols: Sequence[str]) -> Input:
    """Only the rows of some symbols."""
    wanted = pa.array(list(symbols), pa.string())

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        names = list(dict.fromkeys([*columns, column]))
        reader = source.reader(names)
        schema = pa.schema([reader.schema.field(name) for name in columns])

        def change(batch: pa.RecordBatch) -> pa.RecordBatch:
            keep = pc.is_in(batch.column(column).cast(pa.string()), value_set=wanted)
            return batch.filter(keep).select(list(columns))

        return mapped(reader, schema, change)

    return Input(source.name, source.schema, read)


def zoned(source: Input, columns: Sequence[str], zone: str | None) -> Input:
    """Times that are texts or naive local times, turned into UTC."""
    from_text = {name for name in columns if _is_text(source.schema.field(name).type)}
    local = {
        name
        for name in columns
        if zone is not None
        and (
            name in from_text
            or (pa.types.is_timestamp(source.schema.field(name).type) and source.schema.field(name).type.tz is None)
        )
    }
    changing = from_text | local
    if not changing:
        return source
    utc = pa.timestamp("ns", "UTC")

    def fields(schema: pa.Schema) -> pa.Schema:
        return pa.schema([field.with_type(utc) if field.name in changing else field for field in schema])

    def converted(name: str, column: pa.Array) -> pa.Array:
        if name in from_text:
            texts = column.cast(pa.string())
            try:
                column = texts.cast(pa.timestamp("ns"))
            except pa.ArrowInvalid:
                return texts.cast(utc)
        if name in local:
            return pc.assume_timezone(column.cast(pa.timestamp("ns")), zone).cast(utc)
        return column.cast(pa.timestamp("ns")).cast(utc)

    def read(names: Sequence[str]) -> pa.RecordBatchReader:
        reader = source.reader(names)
        schema = fields(reader.schema)

        def change(batch: pa.RecordBatch) -> pa.RecordBatch:
            arrays = [
                converted(name, batch.column(place)) if name in changing else batch.column(place)
                for place, name in enumerate(schema.names)
            ]
            return pa.RecordBatch.from_arrays(arrays, schema=schema)

        return mapped(reader, schema, change)

    return Input(source.name, fields(source.schema), read)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def chained(inputs: Sequence[Input]) -> Input:
    """Several tables one after the other, as one."""
    first = inputs[0]

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = pa.schema([first.schema.field(name) for name in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            for source in inputs:
                yield from source.reader(columns)

        return pa.RecordBatchReader.from_batches(schema, batches())

    return Input(f"{first.name} and {len(inputs) - 1} more", first.schema, read)
