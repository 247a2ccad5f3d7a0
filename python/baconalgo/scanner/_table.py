"""What a scan found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, overload

import pyarrow as pa

from baconalgo.data._times import text

#: The columns of a scan.
SCHEMA = pa.schema(
    [
        ("symbol", pa.string()),
        ("price", pa.float64()),
        ("volume", pa.float64()),
        ("patterns", pa.list_(pa.string())),
        ("signal_score", pa.float64()),
        ("reasons", pa.list_(pa.string())),
        ("timestamp", pa.timestamp("ns", "UTC")),
        ("rank", pa.float64()),
    ]
)

#: Rows that a table shows of itself.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class ScanResult:
    """An instrument that a scan found."""

    symbol: str
    """Which one."""
    price: float
    """The last close."""
    volume: float | None
    """The volume of the last bar, units; None where the data has none."""
    patterns: list[str]
    """Patterns on the last bar, each with its direction: ``engulfing up``."""
    signal_score: float
    """0 to 100: points of the conditions that hold; see ``docs/scanner.md``."""
    reasons: list[str]
    """What gave the points."""
    timestamp: int
    """When the last bar began, ns since the epoch, UTC."""


class ScanTable:
    """What a scan found, the best first: Arrow inside, a list of :class:`ScanResult` to loop over."""

    __slots__ = ("complete", "scanned", "seconds", "skipped", "table", "title")

    table: pa.Table
    """The rows, with `rank`: the value of `rank_by`, else the score."""
    complete: bool
    """Whether every instrument was looked at: False after a timeout."""
    skipped: Mapping[str, str]
    """Instruments that could not be judged, and why."""
    scanned: int
    """How many instruments were looked at."""
    seconds: float
    """How long it took."""
    title: str
    """What was asked."""

    def __init__(
        self,
        table: pa.Table,
        *,
        complete: bool = True,
        skipped: Mapping[str, str] | None = None,
        scanned: int = 0,
        seconds: float = 0.0,
        title: str = "",
    ) -> None:
        self.table = table
        self.complete = complete
        self.skipped = dict(skipped or {})
        self.scanned = scanned
        self.seconds = seconds
        self.title = title

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[ScanResult]:
        return (self[place] for place in range(len(self)))

    @overload
    def __getitem__(self, place: int) -> ScanResult: ...
    @overload
    def __getitem__(self, place: slice) -> ScanTable: ...
    def __getitem__(self, place: int | slice) -> ScanResult | ScanTable:
        if isinstance(place, slice):
            rows = self.table.take(pa.array(range(*place.indices(len(self))), pa.int64()))
            return ScanTable(
                rows,
                complete=self.complete,
                skipped=self.skipped,
                scanned=self.scanned,
                seconds=self.seconds,
                title=self.title,
            )
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        row = self.table.slice(place % len(self), 1)
        values = {name: row.column(name)[0] for name in row.column_names}
        volume = values["volume"].as_py()
        return ScanResult(
            symbol=values["symbol"].as_py(),
            price=values["price"].as_py(),
            volume=volume,
            patterns=values["patterns"].as_py(),
            signal_score=values["signal_score"].as_py(),
            reasons=values["reasons"].as_py(),
            timestamp=values["timestamp"].value,
        )

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The rows as an Arrow stream, for polars, duckdb and others."""
        return self.table.__arrow_c_stream__(requested_schema)

    @property
    def symbols(self) -> list[str]:
        """What was found, the best first."""
        return [str(symbol) for symbol in self.table.column("symbol").to_pylist()]

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """The rows as a polars DataFrame."""
        import polars

        return polars.DataFrame(self.table)

    def summary(self) -> str:
        """One line: how many of how many, what was skipped, how long it took."""
        parts = [f"{len(self):,} of {self.scanned:,} instruments"]
        if self.skipped:
            parts.append(f"{len(self.skipped):,} skipped ({reasons_of(self.skipped)})")
        if self.seconds:
            parts.append(f"{1e3 * self.seconds:.3g} ms")
        if not self.complete:
            parts.append("NOT COMPLETE: time ran out")
        return "  ·  ".join(parts)

    def __repr__(self) -> str:
        return "\n".join([f"ScanTable  {self.summary()}", *plain(self, SHOWN)])

    def _repr_html_(self) -> str:
        from html import escape

        header, *rows = cells(self, SHOWN)
        align = ["left", *["right"] * (len(header) - 3), "left", "left"]
        head = "".join(
            f"<th style='text-align:{side}'>{escape(name)}</th>" for name, side in zip(header, align, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td style='text-align:{side}'>{escape(cell)}</td>" for cell, side in zip(row, align, strict=True)
            )
            + "</tr>"
            for row in rows
        )
        more = f"<p>and {len(self) - SHOWN:,} more</p>" if len(self) > SHOWN else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p><b>{escape(self.summary())}</b></p>{table}{more}"


def reasons_of(skipped: Mapping[str, str]) -> str:
    """The reasons of skipped instruments, the most frequent first; numbers in them left out."""
    counted = Counter(reason.split(":")[0] for reason in skipped.values())
    return ", ".join(f"{count:,} {reason}" for reason, count in counted.most_common())


def cells(found: ScanTable, rows: int) -> list[list[str]]:
    """Header and first rows as text."""
    shown = found.table.slice(0, rows)
    # Times as numbers: those with nanoseconds become Python objects only where pandas is installed.
    times = shown.column("timestamp").cast(pa.int64()).to_pylist()
    table = shown.drop_columns("timestamp").to_pydict()
    has_rank = any(rank != score for rank, score in zip(table["rank"], table["signal_score"], strict=True))
    header = ["symbol", "price", "volume", *(["rank"] if has_rank else []), "score", "time", "patterns", "why"]
    lines = [header]
    for place, symbol in enumerate(table["symbol"]):
        volume, rank = table["volume"][place], table["rank"][place]
        lines.append(
            [
                symbol,
                f"{table['price'][place]:,.2f}",
                "–" if volume is None or math.isnan(volume) else f"{volume:,.0f}",
                *(["–" if rank is None or math.isnan(rank) else f"{rank:,.4g}"] if has_rank else []),
                f"{table['signal_score'][place]:.0f}",
                text(times[place]).removesuffix(" 00:00:00"),
                ", ".join(table["patterns"][place]).replace("_", " ") or "–",
                ", ".join(table["reasons"][place]) or "–",
            ]
        )
    return lines


def plain(found: ScanTable, rows: int, *, width: int = 120) -> list[str]:
    """The first rows as lines of text."""
    if not len(found):
        return ["no instrument"]
    table = cells(found, rows)
    widths = [max(len(line[place]) for line in table) for place in range(len(table[0]))]
    last = len(widths) - 1
    lines = []
    for line in table:
        parts = [
            cell
            if place == last
            else cell.ljust(widths[place])
            if place in (0, last - 1)
            else cell.rjust(widths[place])
            for place, cell in enumerate(line)
        ]
        shown = "  ".join(parts)
        lines.append(shown if len(shown) <= width else shown[: width - 1] + "…")
    if len(found) > rows:
        lines.append(f"… and {len(found) - rows:,} more")
    return lines
