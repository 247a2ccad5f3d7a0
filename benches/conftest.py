"""One JSON line a result: printed, and appended to the file that BACONALGO_BENCH_JSONL names."""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

# Threads of a loop by hand would otherwise spin on for milliseconds after it, on the cores of what is timed next;
# its own time is the same. Read when its library loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

#: Rounds of a measurement: enough for a median that one disturbance does not move.
ROUNDS = 5
#: Digits kept of a number: what is behind them is noise.
DIGITS = 4

Run = Callable[[], Any]
#: From what a run returned to the seconds of a part of it, or to a fact about it.
Part = Callable[[Any], float]


class Measure:
    """Times a run round by round, each one right after a round of its baseline."""

    def __init__(self, benchmark: Any, write: Callable[[str], None]) -> None:
        self._benchmark, self._write = benchmark, write

    def __call__(
        self,
        workload: str,
        who: str,
        run: Run,
        *,
        n: int,
        unit: str,
        baseline: tuple[str, Run] | None = None,
        parts: Mapping[str, Part] | None = None,
        facts: Mapping[str, Part] | None = None,
        clock: Part | None = None,
        rounds: int = ROUNDS,
    ) -> Any:
        """What the last round returned; results go out on the way.

        Parameters
        ----------
        workload, who
            What is done, and by whom.
        run
            One round of it.
        n, unit
            How many of what one round handles.
        baseline
            Its name and one round of it; `ratio` is its median time over that of `run`: above one, `run` is faster.
        parts
            Seconds of parts of a round, by name: a result each.
        facts
            Numbers that stand in every result, from the last round.
        clock
            Seconds of a round and of one of the baseline, out of what they return; for those that start a process.
        rounds
            Timed rounds; one more goes before them.
        """
        kept: list[Any] = []
        seconds: dict[str, list[float]] = {name: [] for name in (who, *(f"{who}, {part}" for part in parts or {}))}
        baseline_seconds: list[float] = []

        def before() -> None:
            # Not in the time: what freeing the last round's result takes, and the baseline.
            kept.clear()
            gc.collect()
            if baseline is not None:
                baseline_seconds.append(_timed(baseline[1], clock)[0])

        def once() -> None:
            taken, value = _timed(run, clock)
            kept.append(value)
            seconds[who].append(taken)
            for name, part in (parts or {}).items():
                seconds[f"{who}, {name}"].append(part(value))

        # What is there already is not gone through before each round: that would be all that the caches hold then.
        gc.collect()
        gc.freeze()
        try:
            self._benchmark.pedantic(once, setup=before, rounds=rounds, warmup_rounds=1)
        finally:
            gc.unfreeze()
        if not self._benchmark.enabled:
            return kept[0]
        told = {name: _rounded(fact(kept[0])) for name, fact in (facts or {}).items()}
        against = None if baseline is None else statistics.median(baseline_seconds[1:])
        for name, all_taken in seconds.items():
            taken = all_taken[1:]
            median = statistics.median(taken)
            row = {"workload": workload, "who": name, "n": n, "unit": unit, "runs": len(taken)}
            row |= {"median_s": _rounded(median), "min_s": _rounded(min(taken)), "max_s": _rounded(max(taken))}
            row |= {"per_s": _rounded(n / median)}
            if baseline is not None and against is not None:
                row |= {"baseline": baseline[0], "baseline_s": _rounded(against), "ratio": _rounded(against / median)}
            self._tell(row | told | {"load": round(os.getloadavg()[0], 2)})
        return kept[0]

    def _tell(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row)
        self._write(line)
        file = os.environ.get("BACONALGO_BENCH_JSONL")
        if file:
            with Path(file).open("a", encoding="utf-8") as out:
                out.write(line + "\n")


def _timed(run: Run, clock: Part | None) -> tuple[float, Any]:
    began = time.perf_counter()
    value = run()
    taken = time.perf_counter() - began
    return (taken if clock is None else clock(value)), value


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.{DIGITS}g}")


@pytest.fixture
def measure(benchmark: Any, request: pytest.FixtureRequest) -> Measure:
    """Measures, and tells."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", end="", flush=True)

    return Measure(benchmark, write)
