"""One result of a benchmark, and how results are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from baconalgo._build import build_info


@dataclass(frozen=True)
class Row:
    """What was measured; None where it was not.

    Attributes
    ----------
    case
        What was done.
    messages
        How often.
    per_second
        Messages a second.
    p50_ns, p90_ns, p99_ns, p999_ns, max_ns
        Latency in ns.
    note
        What to know about it.
    """

    case: str
    messages: int
    per_second: float | None = None
    p50_ns: float | None = None
    p90_ns: float | None = None
    p99_ns: float | None = None
    p999_ns: float | None = None
    max_ns: float | None = None
    note: str = ""

    @classmethod
    def of_latency(cls, case: str, latency: Mapping[str, float], note: str = "") -> Row:
        """A row of what a histogram says."""
        return cls(
            case,
            int(latency["count"]),
            p50_ns=latency["p50"],
            p90_ns=latency["p90"],
            p99_ns=latency["p99"],
            p999_ns=latency["p999"],
            max_ns=latency["max"],
            note=note,
        )


_TIMES = ("p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")


def _time(nanos: float | None) -> str:
    if nanos is None:
        return ""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        # What rounds to 1,000 of one unit is 1 of the next.
        if nanos >= 0.9995 * size:
            figure = nanos / size
            return f"{figure:.0f} {unit}" if figure >= 999.5 else f"{figure:.3g} {unit}"
    return f"{nanos:.0f} ns"


def _rate(rate: float | None) -> str:
    if rate is None:
        return ""
    return f"{rate / 1e6:.2f} M/s" if rate >= 999_950 else f"{rate / 1e3:.1f} k/s"


def show(title: str, rows: Iterable[Row], *, as_json: bool) -> None:
    """Print results: a table, or one JSON line each.

    Parameters
    ----------
    title
        Above the table; the name of the benchmark in JSON.
    rows
        The results.
    as_json
        Which of both.
    """
    info = build_info()
    if as_json:
        machine = {name: info[name] for name in ("version", "commit", "profile", "cpu")}
        for row in rows:
            print(json.dumps({"bench": title, **asdict(row), **machine}))  # noqa: T201 - what a command line says
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = list(rows)
    console = Console()
    console.print(f"{title}: {info['cpu']}, {info['profile']} build", style="bold")
    shown = (
        ("throughput", [row for row in rows if row.per_second is not None], ("messages", "throughput")),
        ("latency", [row for row in rows if row.p50_ns is not None], ("messages", "p50", "p90", "p99", "p99.9", "max")),
    )
    for name, part, columns in shown:
        if not part:
            continue
        table = Table(title=name, title_justify="left", box=box.SIMPLE_HEAD)
        table.add_column("case")
        for column in columns:
            table.add_column(column, justify="right", no_wrap=True)
        for row in part:
            times = [_time(getattr(row, place)) for place in _TIMES]
            table.add_row(row.case, f"{row.messages:,}", *([_rate(row.per_second)] if name == "throughput" else times))
        console.print(table)
    notes: dict[str, list[str]] = {}
    for row in rows:
        cases = notes.setdefault(row.note, [])
        if row.case.strip() not in cases:
            cases.append(row.case.strip())
    for note, cases in notes.items():
        if note:
            console.print(f"{', '.join(cases)}: {note}", style="dim")
