"""The scanner."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo import _core
from baconalgo.config import Time, length_ns, whole_number
from baconalgo.errors import ConfigError, DataError
from baconalgo.expr import Expr
from baconalgo.expr._lower import Lowered, lower
from baconalgo.scanner import _bars, _score
from baconalgo.scanner._settings import QuantumScannerConfig, ScanFilter
from baconalgo.scanner._static import Instruments
from baconalgo.scanner._table import SCHEMA, ScanTable

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class ScannerStats:
    """What a scanner has done so far."""

    instruments: int
    """Instruments in the universe."""
    bars: int
    """Bars in memory."""
    nbytes: int
    """Bytes that they take."""
    load_seconds: float
    """What reading them took."""
    left_out: Mapping[str, int]
    """Rows of the data that are not used, by reason."""
    scans: int
    """Scans so far."""
    instruments_scanned: int
    """Instruments that they looked at."""
    timeouts: int
    """Instruments that they did not reach in time."""
    last_scan_seconds: float | None
    """What the last scan took."""
    bars_taken: int
    """Bars that came in live."""
    bars_refused: int
    """Live bars that were not after the last bar of their instrument."""


@dataclass(frozen=True, slots=True)
class Update:
    """What became of live bars."""

    taken: int
    """How many were taken."""
    refused: list[DataError]
    """Those that were not after the last bar of their instrument, each one with its symbol and times."""


class QuantumScanner:
    """Filters, ranks and scores thousands of instruments on their last bar.

    Parameters
    ----------
    config
        How it works; :class:`QuantumScannerConfig` with its defaults if None.
    data
        Bars: a table with a column `symbol`, a dict of tables by symbol, a file, or a directory of Parquet, CSV or
        Arrow files (a file a symbol, or long ones). Reading takes most of the time and is done here, once.
    instruments
        A table with `symbol` and any of `sector`, `market_cap`, `float` and `short_interest`.
    columns, names, time_unit, tz, day_first
        How the data is to be read, here and in :meth:`update`, where it does not say so itself: as in
        :func:`baconalgo.data.load`.

    Raises
    ------
    DataError
        If there are no bars in it.

    Examples
    --------
    >>> import baconalgo as ba
    >>> day = 86_400_000_000_000
    >>> def bars(*closes):
    ...     ts = [1_700_006_400_000_000_000 + day * i for i in range(len(closes))]
    ...     return pa.table({"ts": ts, "open": closes, "high": closes, "low": closes, "close": closes})
    >>> scanner = ba.QuantumScanner(None, {"UP": bars(1.0, 2.0, 4.0), "DOWN": bars(4.0, 2.0, 1.0)})
    >>> found = scanner.scan_instruments(filter=ba.ScanFilter(where=ba.close > ba.lag(ba.close, 1)))
    >>> found.symbols
    ['UP']
    """

    def __init__(
        self,
        config: QuantumScannerConfig | None,
        data: Any,
        *,
        instruments: Any = None,
        columns: Mapping[str, str] | None = None,
        names: Sequence[str] | None = None,
        time_unit: str | None = None,
        tz: str | None = None,
        day_first: bool | None = None,
    ) -> None:
        self.config = QuantumScannerConfig() if config is None else config
        if not isinstance(self.config, QuantumScannerConfig):
            raise ConfigError("config", "must be a QuantumScannerConfig", repr(config))
        self._reading = _bars.Reading(columns=columns, names=names, time_unit=time_unit, tz=tz, day_first=day_first)
        bars = _bars.read(data, self.config, self._reading)
        self._has_hours = 0 < bars.span < _bars.ABOUT_A_DAY
        self._symbols = bars.symbols
        self._place = {symbol: place for place, symbol in enumerate(bars.symbols)}
        self._static = None if instruments is None else Instruments(instruments)
        began = time.perf_counter()
        self._native = _core.Universe(
            list(bars.columns.items()),
            bars.times,
            bars.offsets.tolist(),
            self.config.threads,
            bars.span,
            self.config.max_bars,
        )
        self._load_seconds = bars.seconds + time.perf_counter() - began
        self._names = tuple(self._native.names)
        self._symbol_column = pa.array(bars.symbols, pa.string())
        self._left_out = bars.left_out
        self._scans = self._scanned = self._timeouts = self._taken = self._refused = 0
        self._last_seconds: float | None = None
        self._watched: tuple[list[str] | None, ScanFilter, int | None, list[int] | None] | None = None

    @property
    def symbols(self) -> list[str]:
        """The instruments of the universe."""
        return list(self._symbols)

    def __len__(self) -> int:
        return len(self._symbols)

    def __repr__(self) -> str:
        stats = self.get_stats()
        size = f"{stats.nbytes / 1e6:,.1f} MB"
        return f"QuantumScanner({stats.instruments:,} instruments, {stats.bars:,} bars, {size})"

    def scan_instruments(
        self,
        symbols: Iterable[str] | None = None,
        filter: ScanFilter | None = None,  # noqa: A002 # the name of the contract
        *,
        top: int | None = None,
    ) -> ScanTable:
        """Look at the last bar of instruments.

        Parameters
        ----------
        symbols
            Which ones; all if None. Those without data are in `skipped`.
        filter
            What passes, and in what order.
        top
            How many to return at most; all that pass if None.

        Raises
        ------
        ConfigError
            If the filter asks for columns or fields that the data does not have, or `top` is no whole number.
        """
        began = time.perf_counter()
        asked = ScanFilter() if filter is None else filter
        wanted, skipped = self._wanted(symbols, asked)
        roots = self._roots(asked)
        nodes, params, places, _ = lower(roots)
        values, done, warm_ups = self._native.scan(nodes, params, places, wanted, self.config.timeout_us)
        found = self._found(asked, wanted, skipped, values, done, warm_ups, began, top)
        self._note(found, int(wanted.sum()))
        return found

    def watch(
        self,
        symbols: Iterable[str] | None = None,
        filter: ScanFilter | None = None,  # noqa: A002 # the name of the contract
        *,
        top: int | None = None,
    ) -> ScanTable:
        """Keep a scan current: from now on, :meth:`update` brings it forward, :meth:`current` shows it.

        Filters that compare instruments (`rank`, `zscore`, `top`) are scanned anew each time.
        """
        asked = ScanFilter() if filter is None else filter
        nodes, params, places, needs = lower(self._roots(asked))
        warm_ups = None
        if not needs.universe:
            self._native.watch(nodes, params, places)
            _, _, warm_ups = self._native.scan(nodes, params, places, np.zeros(len(self), bool))
        self._watched = (None if symbols is None else list(symbols), asked, top, warm_ups)
        return self.current()

    def current(self) -> ScanTable:
        """The scan that is watched, after the last update.

        Raises
        ------
        ConfigError
            If none is watched.
        """
        if self._watched is None:
            raise ConfigError("watch", "must be called before", "nothing")
        began = time.perf_counter()
        symbols, asked, top, warm_ups = self._watched
        if warm_ups is None:
            return self.scan_instruments(symbols, asked, top=top)
        wanted, skipped = self._wanted(symbols, asked)
        values = self._native.values()
        done = np.ones(len(self), bool)
        found = self._found(asked, wanted, skipped, values, done, warm_ups, began, top)
        self._note(found, int(wanted.sum()))
        return found

    def update(self, bars: Any) -> Update:
        """Take closed bars as they come: any table that has the columns of the data, symbols new or known.

        A bar that is not after the last one of its instrument is refused and counted; it changes nothing, and the
        others are taken.

        Raises
        ------
        DataError
            If it holds no bars.
        """
        return self._take(*_bars.read_more(bars, self._reading))

    def _take(self, symbols: list[str], codes: Places, times: Places, columns: dict[str, Floats]) -> Update:
        if self._has_hours and not (inside := _bars.in_hours(times, self.config)).all():
            self._left_out[_bars.OUTSIDE] = self._left_out.get(_bars.OUTSIDE, 0) + int((~inside).sum())
            codes, times = codes[inside], times[inside]
            columns = {name: column[inside] for name, column in columns.items()}
        fresh = [symbol for symbol in symbols if symbol not in self._place]
        if fresh:
            self._native.add(len(fresh))
            for symbol in fresh:
                self._place[symbol] = len(self._symbols)
                self._symbols.append(symbol)
        place = np.array([self._place[symbol] for symbol in symbols], np.int64)[codes]
        missing = np.full(len(times), np.nan)
        taken, refused = self._native.push(place, times, [columns.get(name, missing) for name in self._names])
        self._taken += taken
        self._refused += len(refused)
        errors = [
            DataError("ts", f"must be after the last bar of {self._symbols[at]}, {_when(last)}", _when(ts), code=1103)
            for _, at, ts, last in refused
        ]
        return Update(taken, errors)

    def history(
        self,
        filter: ScanFilter | None = None,  # noqa: A002 # the name of the contract
        start: Time | None = None,
        end: Time | None = None,
        *,
        symbols: Iterable[str] | None = None,
        top: int | None = None,
    ) -> ScanTable:
        """What the scan would have shown at each bar of [start, end).

        An instrument is in the universe of a time if it has a bar of that time: none is known before its first bar
        or after its last one. The rows are by time, then in the order of a scan; `top` counts for each time.
        """
        from baconalgo.scanner._history import history

        return history(self, ScanFilter() if filter is None else filter, start, end, symbols, top)

    def get_stats(self) -> ScannerStats:
        """What the scanner has done so far."""
        lengths, _ = self._native.ends()
        return ScannerStats(
            instruments=len(self._symbols),
            bars=int(lengths.sum()),
            nbytes=self._native.nbytes,
            load_seconds=self._load_seconds,
            left_out=dict(self._left_out),
            scans=self._scans,
            instruments_scanned=self._scanned,
            timeouts=self._timeouts,
            last_scan_seconds=self._last_seconds,
            bars_taken=self._taken,
            bars_refused=self._refused,
        )

    def _note(self, found: ScanTable, looked_at: int) -> None:
        late = sum(reason == TIMEOUT for reason in found.skipped.values())
        self._scans += 1
        self._scanned += looked_at - late
        self._timeouts += late
        self._last_seconds = found.seconds

    def _wanted(self, symbols: Iterable[str] | None, asked: ScanFilter) -> tuple[Flags, dict[str, str]]:
        """Which instruments to look at, and which ones cannot be."""
        skipped: dict[str, str] = {}
        if isinstance(symbols, str):
            raise ConfigError("symbols", "must be a list of symbols", repr(symbols))
        if symbols is None:
            wanted = np.ones(len(self._symbols), bool)
        else:
            wanted = np.zeros(len(self._symbols), bool)
            for symbol in symbols:
                place = self._place.get(symbol)
                if place is None:
                    skipped[str(symbol)] = "not in the data"
                else:
                    wanted[place] = True
        if self._static is not None:
            wanted &= self._static.passing(asked, self._symbols, wanted, skipped)
        elif any(getattr(asked, name) is not None for name in STATIC):
            name = next(name for name in STATIC if getattr(asked, name) is not None)
            raise ConfigError(
                name, "must have a table of instruments: QuantumScanner(..., instruments=table)", getattr(asked, name)
            )
        return wanted, skipped

    def _roots(self, asked: ScanFilter) -> list[Expr]:
        """Price, volume if there is one, condition, rank."""
        import baconalgo as ba

        has_volume = "volume" in self._names
        if asked.min_volume is not None and not has_volume:
            raise ConfigError("min_volume", "must have a column volume in the data", asked.min_volume)
        always: Expr = ba.close == ba.close
        where = always if asked.where is None else asked.where
        rank = ba.close if asked.rank_by is None else asked.rank_by
        assert isinstance(where, Expr)
        assert isinstance(rank, Expr)
        return [ba.close, ba.volume if has_volume else ba.close, where, rank]

    def _found(
        self,
        asked: ScanFilter,
        wanted: Flags,
        skipped: dict[str, str],
        values: list[Floats],
        done: Flags,
        warm_ups: list[int],
        began: float,
        top: int | None,
    ) -> ScanTable:
        price, volume, holds, rank = values
        if "volume" not in self._names:
            volume = np.full(len(price), np.nan)
        lengths, last = self._native.ends()
        passing = wanted & done & passes(asked, price, volume, holds)
        unsure = wanted & ~passing
        needs = max(warm_ups[2:] or [0]) + 1
        newest = int(last[wanted].max()) if wanted.any() else _NEVER
        stale = np.zeros(len(price), bool)
        if asked.max_age is not None and newest != _NEVER:
            stale = wanted & (lengths > 0) & (last < newest - length_ns("max_age", asked.max_age))
            passing &= ~stale
        there = unsure & (lengths > 0)
        short = there & done & (lengths < needs)
        for mask, reason in (
            (unsure & (lengths == 0), "no bars"),
            (there & ~done, TIMEOUT),
            (there & done & np.isnan(price), "last bar has no close"),
            (short, f"too few bars: {{}} of {needs}"),
            (stale, "last bar too old: {}"),
        ):
            for at in np.flatnonzero(mask):
                detail = int(lengths[at]) if mask is short else _when(int(last[at]))
                skipped.setdefault(self._symbols[at], reason.format(detail))
        chosen = np.flatnonzero(passing)
        limit = len(chosen) if top is None else whole_number("top", top, least=0, below=2**62)
        conditions = None
        if asked.rank_by is not None:
            chosen = _core.best_of(rank, chosen, limit)
        elif 0 < limit < len(chosen):
            chosen, conditions = self._in_question(chosen, limit)
        judged = self._score(chosen, conditions)
        if asked.rank_by is None:
            # The chosen ones are in the order of their places, and equal scores stay so.
            best = np.argsort(-judged.points, kind="stable")[:limit]
            chosen, judged = chosen[best], judged.take(best)
        table = rows(
            self._arrow_symbols().take(pa.array(chosen)),
            price[chosen],
            volume[chosen],
            judged,
            last[chosen],
            None if asked.rank_by is None else rank[chosen],
        )
        return ScanTable(
            table,
            complete=TIMEOUT not in skipped.values(),
            skipped=skipped,
            scanned=int(wanted.sum()),
            seconds=time.perf_counter() - began,
            title=repr(asked),
        )

    def _arrow_symbols(self) -> pa.StringArray:
        """The symbols, made anew when there are more of them."""
        if len(self._symbol_column) < len(self._symbols):
            self._symbol_column = pa.array(self._symbols, pa.string())
        return self._symbol_column

    def _in_question(self, chosen: Places, top: int) -> tuple[Places, list[Floats]]:
        """Those that can be among the best once patterns are known, which take most of the time; their conditions."""
        asked = _score.asked_of(self._names)
        conditions = self._last_values(asked.lowered_rules, chosen)
        points = asked.judge(conditions).points
        least = np.partition(points, len(points) - top)[len(points) - top]
        kept = np.flatnonzero(points + _score.PATTERN_POINTS >= least)
        return chosen[kept], [column[kept] for column in conditions]

    def _score(self, chosen: Places, conditions: list[Floats] | None) -> _score.Judged:
        """Score, reasons and patterns of some instruments; their conditions may be known."""
        asked = _score.asked_of(self._names)
        if conditions is None:
            return asked.judge(self._last_values(asked.lowered, chosen))
        return asked.judge([*conditions, *self._last_values(asked.lowered_patterns, chosen)])

    def _last_values(self, lowered: Lowered, chosen: Places) -> list[Floats]:
        """The last values of expressions, of some instruments."""
        wanted = np.zeros(len(self._symbols), bool)
        wanted[chosen] = True
        values, _, _ = self._native.scan(lowered.nodes, lowered.params, lowered.places, wanted, None)
        return [column[chosen] for column in values]


STATIC = ("sectors", "min_market_cap", "min_float", "min_short_interest")
TIMEOUT = "timeout"


def passes(asked: ScanFilter, price: Floats, volume: Floats, holds: Floats) -> Flags:
    """Which rows pass what a filter says of the bar itself."""
    passing: Flags = (holds == 1.0) & ~np.isnan(price)
    if asked.min_volume is not None:
        passing &= volume >= asked.min_volume
    if asked.min_price is not None:
        passing &= price >= asked.min_price
    if asked.max_price is not None:
        passing &= price <= asked.max_price
    return passing


def rows(
    symbols: pa.StringArray,
    price: Floats,
    volume: Floats,
    judged: _score.Judged,
    times: Places,
    rank: Floats | None,
) -> pa.Table:
    """Rows of a scan as an Arrow table; without a `rank` it is the score."""
    score = pa.array(judged.points.astype(np.float64))
    columns = [
        symbols,
        pa.array(price),
        pa.array(volume, from_pandas=True),
        judged.patterns(),
        score,
        judged.reasons(),
        pa.array(times).cast(pa.timestamp("ns", "UTC")),
        score if rank is None else pa.array(rank, from_pandas=True),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _when(ts: int) -> str:
    from baconalgo.data._times import text

    return text(ts)
