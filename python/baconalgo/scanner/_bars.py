"""Bars of a universe: from tables and files to columns, one instrument after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.data import _open
from baconalgo.data._columns import Meaning, plain, recognise
from baconalgo.data._inputs import Csv, Input
from baconalgo.data._stamps import stamped
from baconalgo.data._times import nanos, unit_of
from baconalgo.errors import DataError
from baconalgo.scanner._sessions import regular
from baconalgo.scanner._settings import QuantumScannerConfig

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Bars of this length, ns, or longer ones have no hours.
ABOUT_A_DAY = 72_000 * 10**9
#: Why bars are left out.
OUTSIDE = "outside of the sessions that are enabled"
#: The columns that a universe can have.
COLUMNS = ("open", "high", "low", "close", "volume", "buy_volume")
_BUY_VOLUME = {"buyvolume", "takerbuyvolume", "takerbuybasevolume", "takerbuybaseassetvolume", "buy"}


@dataclass
class Bars:
    """Bars as columns, by symbol and time."""

    symbols: list[str]
    times: Whole
    columns: dict[str, Floats]
    offsets: Whole
    #: Rows that were left out, by reason.
    left_out: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    #: How long a bar lasts, ns: the most frequent step; 0 if there is none.
    span: int = 0


@dataclass
class _Piece:
    """Rows of one table: codes into its own symbols."""

    symbols: list[str]
    codes: Whole
    times: Whole
    columns: dict[str, Floats]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How data is to be read, as in :func:`baconalgo.data.load`."""

    columns: Mapping[str, str] | None = None
    names: Sequence[str] | None = None
    time_unit: str | None = None
    tz: str | None = None
    day_first: bool | None = None


def read(data: Any, config: QuantumScannerConfig, reading: Reading) -> Bars:
    """All bars of what holds them.

    Raises
    ------
    DataError
        If it holds no bars, or bars without a symbol.
    """
    began = time.perf_counter()
    pieces = list(_pieces(data, reading))
    symbols = sorted({symbol for piece in pieces for symbol in piece.symbols})
    place = {symbol: at for at, symbol in enumerate(symbols)}
    codes = np.concatenate([_recoded(piece, place) for piece in pieces])
    times = np.concatenate([piece.times for piece in pieces])
    names = [name for name in COLUMNS if any(name in piece.columns for piece in pieces)]
    columns = {name: np.concatenate([_column(piece, name) for piece in pieces]) for name in names}
    bars = _settle(symbols, codes, times, columns, config)
    bars.seconds = time.perf_counter() - began
    return bars


def read_more(data: Any, reading: Reading) -> tuple[list[str], Whole, Whole, dict[str, Floats]]:
    """New bars in the order they are given: symbols, which one each row is of, times, columns."""
    pieces = list(_pieces(data, reading))
    symbols = sorted({symbol for piece in pieces for symbol in piece.symbols})
    place = {symbol: at for at, symbol in enumerate(symbols)}
    codes = np.concatenate([_recoded(piece, place) for piece in pieces])
    times = np.concatenate([piece.times for piece in pieces])
    names = [name for name in COLUMNS if any(name in piece.columns for piece in pieces)]
    return symbols, codes, times, {name: np.concatenate([_column(piece, name) for piece in pieces]) for name in names}


def _settle(
    symbols: list[str], codes: Whole, times: Whole, columns: dict[str, Floats], config: QuantumScannerConfig
) -> Bars:
    """By symbol, then time; of several rows of one time the last one counts."""
    left_out: dict[str, int] = {}
    if not _are_sorted(codes, times):
        # Small numbers sort in two passes over them; times within a symbol are mostly in order already.
        order = np.argsort(codes.astype(np.uint16) if len(symbols) <= 1 << 16 else codes, kind="stable")
        if not _are_sorted(codes[order], times[order]):
            order = np.lexsort((times, codes))
        codes, times = codes[order], times[order]
        columns = {name: column[order] for name, column in columns.items()}
    keep = np.ones(len(codes), bool)
    if len(codes) > 1:
        keep[:-1] = (codes[1:] != codes[:-1]) | (times[1:] != times[:-1])
    if not keep.all():
        left_out["a later row has the same time"] = int((~keep).sum())
    if config.session is not None:
        # Daily and longer bars begin at midnight: they have no hours.
        inside = np.ones(len(times), bool) if _is_daily(codes, times) else in_hours(times, config)
        if not inside.all():
            left_out[OUTSIDE] = int((keep & ~inside).sum())
            keep &= inside
    if not keep.all():
        codes, times = codes[keep], times[keep]
        columns = {name: column[keep] for name, column in columns.items()}
    offsets = np.searchsorted(codes, np.arange(len(symbols) + 1)).astype(np.int64)
    if config.max_bars is not None:
        older = int(np.maximum(np.diff(offsets) - config.max_bars, 0).sum())
        if older:
            left_out[f"older than the last {config.max_bars:,}"] = older
    return Bars(symbols, times, columns, offsets, left_out, span=_span(codes, times))


def in_hours(times: Whole, config: QuantumScannerConfig) -> npt.NDArray[np.bool_]:
    """Which intraday bars are in the sessions that are enabled."""
    if config.session is None:
        return np.ones(len(times), bool)
    return regular(times, config.session, premarket=config.enable_premarket, afterhours=config.enable_afterhours)


def _are_sorted(codes: Whole, times: Whole) -> bool:
    """Whether rows are by symbol, then by time."""
    goes_on = codes[1:] == codes[:-1]
    return bool(((codes[1:] > codes[:-1]) | (goes_on & (times[1:] >= times[:-1]))).all())


def _span(codes: Whole, times: Whole) -> int:
    steps = np.diff(times)[codes[1:] == codes[:-1]]
    if not len(steps):
        return 0
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])


def _is_daily(codes: Whole, times: Whole) -> bool:
    steps = np.diff(times)[codes[1:] == codes[:-1]]
    return bool(len(steps)) and float(np.median(steps)) >= ABOUT_A_DAY


def _pieces(data: Any, reading: Reading) -> Iterator[_Piece]:
    meanings: dict[Any, tuple[Meaning, str | None]] = {}
    found = False
    for symbol, _, source in _open.inputs(data, None, reading.names):
        key = tuple((field.name, field.type) for field in source.schema)
        if key not in meanings:
            meaning = recognise(source.schema, kind="bars", columns=reading.columns, source=source.name)
            meanings[key] = meaning, _buy_volume(source.schema)
        yield _piece(symbol, source, *meanings[key], reading)
        found = True
    if not found:
        raise DataError("data", "must have bars", "nothing", code=1108)


def _buy_volume(schema: pa.Schema) -> str | None:
    return next((name for name in schema.names if plain(name) in _BUY_VOLUME), None)


def _piece(symbol: str | None, source: Input, meaning: Meaning, buy_volume: str | None, reading: Reading) -> _Piece:
    names = {role: column.name for role, column in meaning.columns.items()}
    if buy_volume is not None:
        names["buy_volume"] = buy_volume
    if isinstance(source, Csv):
        source = source.with_floats(name for role, name in names.items() if role in COLUMNS)
    source, meaning = stamped(source, meaning, tz=reading.tz, day_first=reading.day_first, unit=reading.time_unit)
    names["ts"] = meaning.columns["ts"].name
    names.pop("time_of_day", None)
    table = source.table(list(dict.fromkeys(names.values())))
    stamps = table.column(names["ts"])
    if stamps.null_count:
        raise DataError("ts", f"must be there on every row of {source.name}", f"{stamps.null_count} nulls", code=1102)
    times = nanos(stamps, unit_of(stamps, reading.time_unit))
    columns = {}
    for role in COLUMNS:
        if role in names:
            decimals = meaning.columns[role].decimals if role in meaning.columns else None
            columns[role] = _floats(table.column(names[role]), decimals)
    if "symbol" in names:
        encoded = table.column(names["symbol"]).combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = (
                pa.concat_arrays(encoded.chunks)
                if encoded.num_chunks
                else pa.array([], pa.string()).dictionary_encode()
            )
        if encoded.null_count:
            raise DataError("symbol", f"must be there on every row of {source.name}", "null", code=1102)
        symbols = [str(value) for value in encoded.dictionary.to_pylist()]
        return _Piece(symbols, encoded.indices.to_numpy().astype(np.int64), times, columns)
    if symbol is None:
        raise DataError(
            "symbol", f"must be a column of {source.name}, or the data a dict of tables", "not found", code=1101
        )
    return _Piece([symbol], np.zeros(len(times), np.int64), times, columns)


def _floats(column: pa.ChunkedArray, decimals: int | None) -> Floats:
    values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    return values if decimals is None else values / 10.0**decimals


def _column(piece: _Piece, name: str) -> Floats:
    column = piece.columns.get(name)
    return np.full(len(piece.times), np.nan) if column is None else column


def _recoded(piece: _Piece, place: dict[str, int]) -> Whole:
    return np.array([place[symbol] for symbol in piece.symbols] or [0], np.int64)[piece.codes]
