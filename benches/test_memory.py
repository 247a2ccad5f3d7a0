"""Memory after 200 and after 2,000 backtests in one process: it must not grow with their number."""

from __future__ import annotations

import json
import subprocess
import sys

from benches.conftest import Measure

FEW, MANY = 200, 2_000
ROWS = 10_000
#: What an allocator may keep; a leak of one result a run would be a hundred times as much.
GROWTH_MB = 16.0

PROGRAM = """
import gc, json, sys
import pyarrow as pa
import baconalgo as ba

few, many, rows = map(int, sys.argv[1:])
data = ba.data.simulate(rows=rows, seed=1)
fast, slow = ba.ema(ba.close, 10), ba.ema(ba.close, 20)
engine = ba.BacktestEngine()

def resident_mb():
    gc.collect()
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))

found = {}
for done in range(1, many + 1):
    engine.run(ba.ExprStrategy(fast > slow, short_entry=fast < slow), data, progress=False)
    if done in (few, many):
        found[done] = resident_mb()
print(json.dumps({"few": found[few], "many": found[many]}))
"""


def test_memory_after_many_runs(measure: Measure) -> None:
    command = [sys.executable, "-c", PROGRAM, str(FEW), str(MANY), str(ROWS)]
    found = measure(
        f"memory after {FEW} and {MANY} runs of {ROWS} ticks",
        "expression",
        lambda: json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout),
        n=MANY,
        unit="runs",
        facts={"mb_few": lambda found: found["few"], "mb_many": lambda found: found["many"]},
        rounds=1,
    )
    assert found["many"] - found["few"] < GROWTH_MB
