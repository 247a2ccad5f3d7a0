"""The command line's scan: one table, or one after every change of the files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from baconalgo.data import _inputs
from baconalgo.errors import DataError
from baconalgo.scanner import _bars
from baconalgo.scanner._scanner import QuantumScanner
from baconalgo.scanner._settings import QuantumScannerConfig, ScanFilter
from baconalgo.scanner._table import ScanTable, cells

Stamps = dict[Path, tuple[int, int]]
#: What can be said of how data is to be read.
READING = tuple(field.name for field in fields(_bars.Reading))


def scan(
    data: Path,
    asked: ScanFilter,
    *,
    symbols: list[str] | None,
    top: int,
    instruments: Path | None,
    threads: int | None,
    max_bars: int | None,
    reading: dict[str, Any],
    watch: bool,
    interval: float,
    as_json: bool,
) -> None:
    """Scan, show, and with `watch` go on until Ctrl-C."""
    stamps = _stamps(data)
    table = None if instruments is None else _inputs.of_path(instruments)
    static = None if table is None else table.table(table.schema.names)
    config = QuantumScannerConfig(num_threads=threads, max_bars=max_bars)
    scanner = QuantumScanner(config, str(data), instruments=static, **reading)

    def once() -> None:
        found = scanner.scan_instruments(symbols, asked, top=top)
        print(as_lines(found), flush=True) if as_json else _show(scanner, found, asked)  # noqa: T201 # the output

    once()
    if watch:
        try:
            _follow(scanner, data, stamps, interval, once)
        except KeyboardInterrupt:
            return


def _follow(scanner: QuantumScanner, data: Path, stamps: Stamps, interval: float, once: Callable[[], None]) -> None:
    while True:
        time.sleep(interval)
        now = _stamps(data)
        changed = [path for path, stamp in now.items() if stamps.get(path) != stamp]
        stamps = now
        if changed and take_new(scanner, changed):
            once()


def take_new(scanner: QuantumScanner, paths: list[Path]) -> int:
    """Take the bars of files that are after those that are known; how many there were.

    A file that cannot be read at this moment - it is being written - is left for the next time.
    """
    taken = 0
    for path in paths:
        try:
            symbols, codes, times, columns = _bars.read_more(str(path), scanner._reading)
        except (DataError, OSError):
            continue
        _, last = scanner._native.ends()
        known = np.array([last[scanner._place[symbol]] if symbol in scanner._place else -(2**63) for symbol in symbols])
        fresh = times > known[codes]
        taken += scanner._take(symbols, codes[fresh], times[fresh], {n: c[fresh] for n, c in columns.items()}).taken
    return taken


def _stamps(data: Path) -> Stamps:
    files = [data] if data.is_file() else sorted(path for path in data.rglob("*") if path.is_file())
    stamps = {}
    for path in files:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        stamps[path] = (stat.st_mtime_ns, stat.st_size)
    return stamps


def as_lines(found: ScanTable) -> str:
    """The scan as one JSON object."""
    rows = []
    for result in found:
        row: dict[str, Any] = {name: getattr(result, name) for name in result.__slots__}
        rows.append(row)
    return json.dumps(
        {"complete": found.complete, "scanned": found.scanned, "skipped": dict(found.skipped), "rows": rows}
    )


def _show(scanner: QuantumScanner, found: ScanTable, asked: ScanFilter) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    stats = scanner.get_stats()
    console.print(
        Text(f"{stats.instruments:,} instruments  ·  {stats.bars:,} bars read in {stats.load_seconds:.2f} s", "dim")
    )
    if asked.where is not None:
        console.print(Text(f"where    {asked.where}", "dim"))
    if asked.rank_by is not None:
        console.print(Text(f"rank by  {asked.rank_by}", "dim"))
    console.print(Text(found.summary(), "bold" if found.complete else "bold red"))
    if not len(found):
        return
    header, *rows = cells(found, len(found))
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in header:
        is_text = name in ("symbol", "patterns", "why")
        grid.add_column(name, justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    score = header.index("score")
    for row in rows:
        shown = [Text(cell) for cell in row]
        shown[0].stylize("bold")
        points = float(row[score])
        shown[score].stylize("green" if points >= 60 else "red" if points < 30 else "")
        for place in (-1, -2):
            shown[place].stylize("dim")
        grid.add_row(*shown)
    console.print()
    console.print(grid)
