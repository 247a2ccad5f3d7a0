"""The live engine: latency at planned times, throughput from Python, beside a base case.

What runs here is what ``baconalgo bench engine`` runs on a user's machine. The Rust side of it, without Python in the
way, is ``cargo bench -p baconalgo-node --bench engine``.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

import pytest

from baconalgo.bench import bench_engine

SCALE = float(os.environ.get("BACONALGO_BENCH_SCALE", "1"))
RUNS = int(os.environ.get("BACONALGO_BENCH_RUNS", "3"))


def test_engine(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = []

    def run() -> None:
        number = len({row["run"] for row in rows})
        rows.extend({"workload": "engine", "run": number, **asdict(row)} for row in bench_engine(scale=SCALE))

    benchmark.pedantic(run, rounds=RUNS, iterations=1)
    with capsys.disabled():
        for row in rows:
            print(json.dumps(row))
    filled = [row for row in rows if row["case"].startswith("signal in")]
    assert all(row["messages"] >= 1_000 for row in filled)
