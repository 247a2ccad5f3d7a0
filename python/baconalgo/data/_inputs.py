"""One table or file, opened afresh for each run, streamed column by column."""

from __future__ import annotations

import bz2
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.dataset as ds
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from baconalgo.errors import DataError

#: Rows a batch: small enough for the cache of a run, large enough to cost nothing.
BATCH_ROWS = 65_536
_COMPRESSED = {".gz", ".zst", ".bz2", ".zstd"}


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turns what pyarrow raises into a ``DataError`` that names the file."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(name, "must be readable", reason, code=1109) from error


class Input:
    """A table: its name, its schema, and a way to read some of its columns from the start.

    Attributes
    ----------
    path : Path or None
        Of a Parquet file, whose statistics can be asked.
    rows : int or None
        The number of rows, where it is known without reading.
    """

    def __init__(
        self,
        name: str,
        schema: pa.Schema,
        read: Callable[[Sequence[str]], pa.RecordBatchReader],
        *,
        path: Path | None = None,
        rows: int | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.path = path
        self.rows = rows
        self._read = read

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        """A fresh stream of these columns."""
        with readable(self.name):
            return self._read(columns)

    def first_batches(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The first rows, batch by batch, without making ready to read all."""
        reader = self.reader(columns)
        return reader.schema, iter(reader)

    def head(self, columns: Sequence[str], rows: int) -> pa.Table:
        """The first rows."""
        batches: list[pa.RecordBatch] = []
        left = rows
        with readable(self.name):
            schema, stream = self.first_batches(columns)
            for batch in stream:
                batches.append(batch.slice(0, left))
                left -= len(batches[-1])
                if left <= 0:
                    break
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


def _has_views(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string_view(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _without_views(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.large_string())
    return pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.large_string()))
            for chunk in column.chunks
        ]
    )


def of_table(table: pa.Table, name: str) -> Input:
    """An Arrow table in memory."""
    # Views of texts, as polars has them, cannot be reordered by every release of pyarrow.
    for place, field in enumerate(table.schema):
        if _has_views(field.type):
            table = table.set_column(place, field.name, _without_views(table.column(place)))
    return Input(name, table.schema, lambda columns: table.select(list(columns)).to_reader(BATCH_ROWS), rows=len(table))


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

    def first_batches(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        names = list(columns)
        schema = pa.schema([self.schema.field(name) for name in names])
        return schema, (batch.select(names) for batch in self._kept)

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


class _ParquetInput(Input):
    """A Parquet file: a scanner, once started, reads on; the first rows are read without one."""

    def first_batches(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        file = pq.ParquetFile(self.path, pre_buffer=False)
        schema = pa.schema([self.schema.field(name) for name in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                yield batch.select(list(columns)).cast(schema)

        return schema, batches()


def _parquet(path: Path) -> Input:
    # What is fetched or decoded and not yet used is what the memory is: no whole row groups in advance.
    options = ds.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True, buffer_size=1 << 20)
    dataset = ds.dataset(str(path), format=ds.ParquetFileFormat(default_fragment_scan_options=options))

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        scanner = dataset.scanner(
            columns=list(columns), batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1, use_threads=True
        )
        return scanner.to_reader()

    return _ParquetInput(path.name, dataset.schema, read, path=path, rows=pq.read_metadata(path).num_rows)


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


class Csv(Input):
    """A CSV file. Types are guessed from its first rows, where a whole number may stand for a price.

    Its first line has the names of its columns, unless they are given.
    """

    def __init__(self, path: Path, names: Sequence[str] | None = None, floats: Iterable[str] = ()) -> None:
        self._file = path
        self._names = names
        first_line = self._first_line()
        self._parse = csv.ParseOptions(delimiter=_delimiter(first_line))
        if names is None:
            _demand_names(path.name, first_line, self._parse.delimiter)
        with csv.open_csv(self._opened(), read_options=self._read_options(), parse_options=self._parse) as first:
            guessed = first.schema
        wide = set(floats)

        def settled(field: pa.Field) -> pa.Field:
            whole = field.name in wide and pa.types.is_integer(field.type)
            return field.with_type(pa.float64()) if whole or pa.types.is_null(field.type) else field

        schema = pa.schema([settled(field) for field in guessed])
        super().__init__(path.name, schema, self._all)

    def with_floats(self, names: Iterable[str]) -> Csv:
        """The same file, in which these columns are floats even if they begin with whole numbers."""
        return Csv(self._file, self._names, names)

    def _opened(self) -> pa.NativeFile:
        suffix = self._file.suffix.lower()
        if suffix == ".bz2":
            return pa.PythonFile(bz2.open(self._file, "rb"), mode="r")
        return pa.input_stream(str(self._file), compression="zstd" if suffix in (".zst", ".zstd") else "detect")

    def _first_line(self) -> str:
        with self._opened() as file:
            start = file.read(65_536)
        if b"\0" in start:
            rule = "must be a Parquet, Arrow IPC or CSV file"
            raise DataError(self._file.name, rule, "a binary file of another kind", code=1109)
        return str(start.split(b"\n", 1)[0].decode("utf-8-sig", "replace").rstrip("\r"))

    def _read_options(self) -> csv.ReadOptions:
        return csv.ReadOptions(column_names=self._names, block_size=4 << 20)

    def _all(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        types = {field.name: field.type for field in self.schema}
        convert = csv.ConvertOptions(include_columns=list(columns), column_types=types)
        return csv.open_csv(
            self._opened(), read_options=self._read_options(), parse_options=self._parse, convert_options=convert
        )


def _delimiter(line: str) -> str:
    return max((",", ";", "\t", "|"), key=line.count)


def _demand_names(source: str, line: str, delimiter: str) -> None:
    """Refuses a first line of numbers."""
    fields = [field.strip().strip('"') for field in line.split(delimiter)]
    numbers = sum(_NUMBER.fullmatch(field) is not None for field in fields)
    if numbers > 1 or (numbers and len(fields) == numbers):
        rule = "must be given for a file whose first line has none (names=['ts', 'open', ...])"
        raise DataError("names", f"{rule}: {source}", repr(line if len(line) < 60 else line[:57] + "..."), code=1111)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_MAGIC: tuple[tuple[bytes, Callable[[Path], Input]], ...] = ((b"PAR1", _parquet), (b"ARROW1", _ipc_file))
_BY_SUFFIX: dict[str, Callable[[Path], Input]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".csv": Csv,
    ".txt": Csv,
    ".tsv": Csv,
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


def refuse_names(names: Sequence[str] | None, source: str) -> None:
    """Of data that has names."""
    if names is not None:
        rule = f"must be given for data without names only (columns maps those of {source})"
        raise DataError("names", rule, ", ".join(names), code=1111)


def of_path(path: Path, names: Sequence[str] | None = None) -> Input:
    """A file, by its magic bytes, else by its extension; without either it is taken as CSV, with these column names.

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
                refuse_names(names, path.name)
                return opening(path)
        suffixes = [suffix.lower() for suffix in path.suffixes]
        if suffixes and suffixes[-1] in _COMPRESSED:
            suffixes.pop()
        opening = _BY_SUFFIX.get(suffixes[-1], Csv) if suffixes else Csv
        if opening is Csv:
            return Csv(path, names)
        refuse_names(names, path.name)
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


def chained(inputs: Sequence[Input]) -> Input:
    """Several tables one after the other, as one."""
    first = inputs[0]

    def read(columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = pa.schema([first.schema.field(name) for name in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            for source in inputs:
                yield from source.reader(columns)

        return pa.RecordBatchReader.from_batches(schema, batches())

    known = [source.rows for source in inputs]
    rows = None if None in known else sum(rows or 0 for rows in known)
    return Input(f"{first.name} and {len(inputs) - 1} more", first.schema, read, rows=rows)
