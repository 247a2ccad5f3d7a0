"""What is in the data: rows, range, gaps, and everything odd, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from baconalgo import _core
from baconalgo.data import _show
from baconalgo.data._instruments import Instrument
from baconalgo.data._load import Data, open_with
from baconalgo.data._series import Options
from baconalgo.data._timeframes import nanoseconds, words
from baconalgo.data._times import text

_HOUR = 3_600_000_000_000
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect` found. Times are nanoseconds UTC; counts are of rows.

    Attributes
    ----------
    rows, used : int
        Rows read, and rows that a run with the default policies could use.
    first, last : int or None
        Earliest and latest time of a usable row.
    gaps, largest_gap, largest_gap_at : int
        Silences of one instrument longer than ``gap``; the longest, and when it began.
    duplicates, out_of_order : int
        Rows equal to the row before them; rows earlier than the row before them.
    missing, infinite, negative_sizes, invalid : int
        Rows without a price, with an infinite number, with a negative size; ``invalid`` counts the last two and bars
        and trades that cannot be.
    crossed, locked, one_sided : int
        Quotes with ask below bid, ask equal to bid, one side absent.
    off_tick, sizes_rounded : int
        Prices off the tick; sizes that are not whole lots.
    instruments : list of Instrument
    kinds : dict of str to int
        Rows by kind.
    """

    rows: int
    used: int
    first: int | None
    last: int | None
    gap: int
    gaps: int
    largest_gap: int
    largest_gap_at: int | None
    duplicates: int
    out_of_order: int
    missing: int
    infinite: int
    negative_sizes: int
    invalid: int
    crossed: int
    locked: int
    one_sided: int
    off_tick: int
    sizes_rounded: int
    instruments: list[Instrument]
    kinds: dict[str, int]
    data: Data

    def to_dict(self) -> dict[str, int | None]:
        """The numbers by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int) or value is None}

    def _sections(self) -> list[_show.Section]:
        def share(name: str, count: int) -> list[str]:
            # Never 100 % of what is not all.
            part = f"{int(1000 * count / self.rows) / 10:.1f} %" if self.rows and count else ""
            return [name, f"{count:,}", part]

        gap = f"{words(self.largest_gap)} from {text(self.largest_gap_at)}" if self.largest_gap_at is not None else ""
        rows = [
            ["rows", f"{self.rows:,}", ", ".join(self.kinds)],
            share("usable", self.used),
            ["first", text(self.first), "UTC"],
            ["last", text(self.last), "UTC"],
            [f"gaps over {words(self.gap)}", f"{self.gaps:,}", ""],
            ["largest gap", gap or "-", ""],
            share("duplicates", self.duplicates),
            share("out of order", self.out_of_order),
            share("missing", self.missing),
            share("infinite", self.infinite),
            share("negative sizes", self.negative_sizes),
            share("invalid", self.invalid),
            share("crossed", self.crossed),
            share("locked", self.locked),
            share("one-sided", self.one_sided),
            share("off the tick", self.off_tick),
            share("sizes rounded", self.sizes_rounded),
        ]
        return [("Rows", ["", "", ""], rows), *_show.of_data(self.data)]

    def __repr__(self) -> str:
        return _show.text(self._sections())

    def _repr_html_(self) -> str:
        return _show.html(self._sections())


def inspect(x: Any, *, gap: str | int | timedelta | None = None, **options: Any) -> Inspection:
    """Reads all of ``x`` and counts what is in it; bad rows are reported, never an error.

    Parameters
    ----------
    x
        As :func:`load`.
    gap : str, int or timedelta, optional
        A silence of one instrument longer than this is a gap. Default: one bar for bars (four
        for daily bars: a long weekend is none), else one hour.
    **options
        As :func:`load`.

    Returns
    -------
    Inspection

    Raises
    ------
    DataError
        If ``x`` cannot be read at all, is empty, or a column is missing.

    Examples
    --------
    >>> import numpy as np
    >>> inspect({"ts": np.arange(4), "price": np.array([1.0, np.nan, 2.0, 2.0])}).missing
    1
    """
    data = x if isinstance(x, Data) else open_with(x, Options(**options, lenient=True))
    totals: dict[str, int] = {}
    kinds: dict[str, int] = {}
    firsts: list[int] = []
    lasts: list[int] = []
    largest, largest_at, longest = 0, None, 0
    for series, source in zip(data.series, data.sources(scan=True), strict=True):
        limit = nanoseconds(gap, parameter="gap") if gap is not None else _usual(series.timeframe)
        longest = max(longest, limit)
        found: Mapping[str, Any] = _core.scan(source, limit)
        _add(totals, found, ("first", "last", "largest_gap", "largest_gap_at"))
        totals["out_of_order"] += series.falls
        kinds[series.kind] = kinds.get(series.kind, 0) + int(found["rows"])
        firsts.extend([found["first"]] if found["first"] is not None else [])
        lasts.extend([found["last"]] if found["last"] is not None else [])
        if found["largest_gap"] > largest:
            largest, largest_at = found["largest_gap"], found["largest_gap_at"]
    return Inspection(
        rows=totals["rows"],
        used=totals["used"],
        first=min(firsts, default=None),
        last=max(lasts, default=None),
        gap=longest,
        gaps=totals["gaps"],
        largest_gap=largest,
        largest_gap_at=largest_at,
        duplicates=totals["duplicates"],
        out_of_order=totals["out_of_order"],
        missing=totals["missing"],
        infinite=totals["infinite"],
        negative_sizes=totals["negative_sizes"],
        invalid=totals["invalid_skipped"],
        crossed=totals["crossed"],
        locked=totals["locked"],
        one_sided=totals["one_sided"],
        off_tick=totals["off_tick_rounded"],
        sizes_rounded=totals["sizes_rounded"],
        instruments=data.instruments,
        kinds=kinds,
        data=data,
    )


def _usual(timeframe: int) -> int:
    """A silence that is no gap: an hour between ticks, a bar, four days (a long weekend) between daily bars."""
    if not timeframe:
        return _HOUR
    return 4 * timeframe if timeframe == _DAY else timeframe


def _add(totals: dict[str, int], found: Mapping[str, Any], besides: Sequence[str]) -> None:
    for name, count in found.items():
        if name not in besides:
            totals[name] = totals.get(name, 0) + int(count)
