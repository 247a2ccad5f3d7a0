"""``baconalgo doctor``: is this installation sound?"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from baconalgo import _build, _cpu_check

if TYPE_CHECKING:
    from rich.console import Console

Check = tuple[str, str, str]
"""Name, finding, and ``ok``, ``note`` or ``bad``."""

_MARK = {"ok": "[green]✓[/]", "note": "[yellow]–[/]", "bad": "[bold red]✗[/]"}


def examine() -> int:
    """Print what was found; 0 if all is well, 1 if something is broken."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    checks = [check for group in (_python, _machine, _extension, _packages, _self_test) for check in _safely(group)]
    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column()
    for name, finding, state in checks:
        grid.add_row(_MARK[state], escape(name), escape(finding))
    console.print(grid)
    return _verdict(console, checks)


def _verdict(console: Console, checks: list[Check]) -> int:
    bad = [name for name, _, state in checks if state == "bad"]
    console.print()
    if bad:
        console.print(f"Broken: {', '.join(bad)}.", style="bold red")
        return 1
    console.print("All is well.", style="bold green")
    return 0


def _safely(group: Callable[[], list[Check]]) -> list[Check]:
    """The doctor survives what it finds."""
    try:
        return group()
    except Exception as error:
        return [(group.__name__.strip("_").replace("_", " "), f"{type(error).__name__}: {error}", "bad")]


def _python() -> list[Check]:
    state = "ok" if sys.version_info >= (3, 11) else "bad"
    venv = "" if sys.prefix == sys.base_prefix else f", environment {sys.prefix}"
    checks = [("Python", f"{platform.python_version()} {platform.python_implementation()}{venv}", state)]
    checks.append(("platform", platform.platform(), "ok"))
    return checks


def _machine() -> list[Check]:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    checks = [("CPU", f"{_build.cpu_name()}, {available} of {os.cpu_count()} threads available", "ok")]
    memory = _memory_gb()
    if memory is not None:
        total, free = memory
        checks.append(("memory", f"{total:.1f} GB, {free:.1f} GB available", "ok" if free > 1 else "note"))
    return checks


def _memory_gb() -> tuple[float, float] | None:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - /proc
            fields = dict(line.split(":", 1) for line in file)
        return tuple(int(fields[name].split()[0]) / 1e6 for name in ("MemTotal", "MemAvailable"))  # type: ignore[return-value]
    except (OSError, KeyError, ValueError):
        return None


def _extension() -> list[Check]:
    record = _cpu_check.read_record()
    if not record:
        return [("build", "no record of what the extension was built for; `make build` writes one", "note")]
    features = [str(f) for f in record.get("cpu_features", [])]
    missing = _cpu_check.missing_features(record, _cpu_check.cpu_flags())
    widest = next((f for f in ("avx512f", "avx2", "avx", "sse4.2", "neon") if f in features), "no vector extension")
    commit = record.get("commit") or "unknown commit"
    checks = [
        ("build", f"{record.get('version')} ({commit}), {record.get('profile')}, {record.get('rustc')}", "ok"),
        (
            "built for",
            f"{len(features)} CPU features, widest {widest}; flags {record.get('rustflags') or 'none'}",
            "ok",
        ),
    ]
    if missing:
        checks.append(("CPU features", f"missing: {', '.join(missing)}; build on this machine", "bad"))
    else:
        checks.append(("CPU features", "the CPU has all that the build uses", "ok"))
    return checks


def _packages() -> list[Check]:
    checks: list[Check] = []
    for name in ("numpy", "pyarrow", "typer", "rich"):
        version = _build.package_version(name)
        checks.append((name, version or "missing", "ok" if version else "bad"))
    extras = {"numba": "compiled strategies", "pandas": "pandas tables", "polars": "polars tables"}
    for name, purpose in extras.items():
        version = _build.package_version(name)
        checks.append((name, version or f"not installed; optional, for {purpose}", "ok" if version else "note"))
    return checks


def _self_test() -> list[Check]:
    """A tiny backtest, twice: it must run, and give the same bytes."""
    started = time.perf_counter()
    import baconalgo as ba

    ba.BacktestEngine  # noqa: B018 - loads the extension
    loaded = time.perf_counter()
    data = ba.data.simulate(rows=5_000, seed=1)
    fast, slow = ba.ema(ba.close, 20), ba.ema(ba.close, 50)
    runs = []
    for _ in range(2):
        strategy = ba.ExprStrategy(entry=ba.cross_above(fast, slow), exit=ba.cross_below(fast, slow))
        runs.append(ba.BacktestEngine(ba.BacktestConfig()).run(strategy, data))
    seconds = time.perf_counter() - loaded
    checks = [("import", f"{1000 * (loaded - started):.0f} ms", "ok")]
    same = runs[0].hash == runs[1].hash and all(run.complete for run in runs)
    finding = f"5,000 rows twice in {seconds:.2f} s, {runs[0].fills.num_rows} fills, same hash"
    checks.append(("self-test", finding if same else "two equal runs gave different results", "ok" if same else "bad"))
    return checks
