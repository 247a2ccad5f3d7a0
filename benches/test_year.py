"""A year of quotes from Parquet: EMA(500) over EMA(2000), in a process of its own, whose peak of memory is told.

100 million rows with BACONALGO_BENCH_YEAR=1 (1.5 GB of disk for a while), else 10 million. The baseline reads the
same file with pyarrow and does nothing with it. This file is also the program of the processes.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import baconalgo as ba

if TYPE_CHECKING:
    from benches.conftest import Measure

WHOLE_YEAR = os.environ.get("BACONALGO_BENCH_YEAR") == "1"
GROUP_ROWS = 1_000_000
ROWS = 100_000_000 if WHOLE_YEAR else 10_000_000
ROUNDS = 3
FAST, SLOW = 500, 2_000
#: Rows that pyarrow hands over at once, as the package asks for them.
BATCH_ROWS = 65_536
COLUMNS = ["ts", "bid", "ask", "bid_size", "ask_size"]
LINUX_STATUS = Path("/proc/self/status")


def write(path: Path, rows: int) -> None:
    """Quotes in row groups, each one going on where the last one ended."""
    from benches import workloads

    start_ns, mid = workloads.START_NS, workloads.START_MID
    schema = pa.schema([("ts", pa.timestamp("ns", "UTC")), *((name, pa.float64()) for name in COLUMNS[1:])])
    with pq.ParquetWriter(path, schema) as out:
        for group in range(rows // GROUP_ROWS):
            made = workloads.ticks(GROUP_ROWS, group, start_ns, mid)
            out.write_table(pa.table({name: made[name] for name in COLUMNS}).cast(schema), row_group_size=GROUP_ROWS)
            start_ns, mid = int(made["ts"][-1]), round(float(made["bid"][-1]) * workloads.TICKS_PER_UNIT)


def read(path: Path) -> dict[str, float]:
    # Of the ways that pyarrow has, the fastest one here, and the one that takes least memory.
    rows = 0
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(BATCH_ROWS, columns=COLUMNS):
        rows += batch.num_rows
    return {"rows": rows}


def backtest(path: Path) -> dict[str, float]:
    quick, calm = ba.ema(ba.close, FAST), ba.ema(ba.close, SLOW)
    strategy = ba.ExprStrategy(quick > calm, short_entry=quick < calm, quantity=1)
    config = ba.BacktestConfig(initial_capital=1e9, commission_pct=0.002, slippage_pct=0.0)
    result = ba.BacktestEngine(config).run(strategy, path, progress=False)
    return {
        "rows": result.stats["events"],
        "orders": result.orders.num_rows,
        "step_seconds": result.stats["step_seconds"],
        "read_seconds": result.stats["read_seconds"],
    }


def peak_rss_mb() -> float:
    """Of this process. Linux counts what was before the program was started, in the parent, into ru_maxrss."""
    if LINUX_STATUS.exists():
        return next(int(line.split()[1]) / 2**10 for line in LINUX_STATUS.open() if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("year") / "sim_quotes.parquet"
    write(path, ROWS)
    yield path
    path.unlink()


def in_a_process(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, what, str(path)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def test_a_year_of_quotes(measure: Measure, year: Path) -> None:
    found = measure(
        "year of quotes",
        "expression",
        lambda: in_a_process("backtest", year),
        n=ROWS,
        unit="quotes",
        baseline=("pyarrow reading alone", lambda: in_a_process("read", year)),
        parts={
            "step loop": lambda found: found["step_seconds"],
            "reading": lambda found: found["read_seconds"],
        },
        facts={"peak_rss_mb": lambda found: found["peak_rss_mb"], "orders": lambda found: found["orders"]},
        clock=lambda found: found["seconds"],
        rounds=ROUNDS,
    )
    assert found["rows"] == ROWS
    assert found["orders"] > 0


if __name__ == "__main__":
    began = time.perf_counter()
    told = {"read": read, "backtest": backtest}[sys.argv[1]](Path(sys.argv[2]))
    told["seconds"] = time.perf_counter() - began
    told["peak_rss_mb"] = peak_rss_mb()
    print(json.dumps(told))
