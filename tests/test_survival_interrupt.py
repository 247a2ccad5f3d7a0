"""Ctrl-C in a long run stops it within a second and keeps what was computed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import json, sys
import numpy as np
import baconalgo as ba

rows = int(sys.argv[2])
mid = 100 + np.round(np.sin(np.arange(rows) / 50), 2)
table = {"ts": 1_704_153_600_000_000_000 + np.arange(rows) * 1_000_000, "bid": mid, "ask": mid + 0.01}

class Counts(ba.Strategy):
    def on_quote(self, quote):
        self.buy(quote.symbol, 1) if self.position(quote.symbol) <= 0 else self.sell(quote.symbol, 1)
        sum(range(20))

def slow(period):
    # Hundreds of averages of averages: a second for every million rows or so.
    x = ba.close
    for more in range(200):
        x = ba.ema(x, period + more % 3)
    return x

strategies = {
    "class": Counts,
    "expression": lambda: ba.ExprStrategy(slow(2) > ba.lag(ba.close, 1), exit=slow(3) < ba.close),
}
engine = ba.BacktestEngine(ba.BacktestConfig(leverage=100))
told = []

def progress(done, total):
    if done and not told:
        told.append(done)
        print("running", flush=True)

try:
    engine.run(strategies[sys.argv[1]](), table, tick_size=0.01, progress=progress)
except KeyboardInterrupt:
    kept = engine.last_result
    print("stopped", flush=True)
    shown = repr(kept) != ""
    print(json.dumps([kept.complete, kept.stats["events"], kept.orders.num_rows, kept.fills.num_rows, shown]))
else:
    print("not stopped")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("form", ["expression", "class"])
def test_control_c_stops_a_run_within_a_second_and_keeps_the_partial_result(form: str) -> None:
    rows = 20_000_000 if os.environ.get("BACONALGO_SOAK") == "1" else 6_000_000
    run = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, form, str(rows)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "running\n", run.communicate(timeout=10)
        time.sleep(0.3)
        sent = time.monotonic()
        run.send_signal(signal.SIGINT)
        assert run.stdout.readline() == "stopped\n"
        assert time.monotonic() - sent < 1.0
        rest, errors = run.communicate(timeout=20)
    finally:
        run.kill()
    assert run.returncode == 0, errors
    complete, events, orders, fills, shown = json.loads(rest)
    assert not complete
    assert 0 < events < rows
    assert 0 < fills <= orders
    assert shown


MONTE_CARLO = """
import sys
import numpy as np
import baconalgo as ba

trades = [ba.BacktestTrade("X", i, i + 1, 100.0, 100.0 + i % 7 - 3, 1.0, "BUY") for i in range(5_000)]
print("running", flush=True)
try:
    ba.BacktestEngine().run_monte_carlo(trades, simulations=2_000_000)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
def test_control_c_stops_a_monte_carlo_within_a_second() -> None:
    run = subprocess.Popen([sys.executable, "-c", MONTE_CARLO], stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "running\n"
        time.sleep(0.7)
        sent = time.monotonic()
        run.send_signal(signal.SIGINT)
        assert run.stdout.readline() == "stopped\n"
        assert time.monotonic() - sent < 1.0
    finally:
        run.kill()
        run.wait()
