"""Run after run in one process: memory does not grow."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import gc, sys
from pathlib import Path
import numpy as np
import baconalgo as ba

def resident():
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

class Crosses(ba.Strategy):
    def on_start(self):
        self.subscribe_bars("1m")
        self.set_timer("beat", every="5m")
    def on_quote(self, quote):
        if quote.ts_event % 97 == 0:
            (self.buy if self.position(quote.symbol) <= 0 else self.sell)(quote.symbol, 1)

class Raises(Crosses):
    def on_bar(self, bar):
        raise ValueError("again")

data = ba.data.simulate(rows=5_000, seed=1)
fast, slow = ba.ema(ba.close, 5), ba.ema(ba.close, 20)
expression = ba.ExprStrategy(fast > slow, short_entry=fast < slow)
targets = ba.SignalStrategy(np.where(np.arange(5_000) // 50 % 2, 1.0, -1.0))
engine = ba.BacktestEngine()

def once(turn):
    form = (expression, targets, Crosses(), Raises())[turn % 4]
    try:
        result = engine.run(form, data)
        engine.run_monte_carlo(result, simulations=50)
        repr(result)
    except ba.StrategyError:
        pass

runs = int(sys.argv[1])
for turn in range(100):
    once(turn)
before = resident()
for turn in range(runs):
    once(turn)
print(resident() - before)
"""


def grown(runs: int) -> float:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(runs)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_three_hundred_runs_in_one_process_do_not_grow() -> None:
    assert grown(300) < 4  # MB: a leak of 15 kB a run is seen


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_two_thousand_runs_in_one_process_do_not_grow() -> None:
    assert grown(2_000) < 4
