"""What the engine must survive."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

import baconalgo as ba

from .test_engine import wait_for


class Gate(ba.Strategy):
    """Holds the engine up until it is opened."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def on_trade(self, trade) -> None:
        self.entered.set()
        self.open.wait(60)


def test_a_full_ring_is_said_at_once_and_nothing_is_lost() -> None:
    gate = Gate()
    with ba.QuantumEngine(ba.EngineConfig(ring_buffer_capacity=8), strategy=gate) as engine:
        engine.send_message(ba.MarketData("F", 1.0, 1.0, 1))
        assert gate.entered.wait(60)
        for _ in range(8):
            try:
                engine.send_message(ba.MarketData("F", 1.0, 1.0, 1))
            except ba.BackpressureError:
                break
        sent = engine.get_stats().queue_depth
        with pytest.raises(ba.BackpressureError, match="ring_buffer_capacity must have room") as caught:
            engine.send_message(ba.MarketData("F", 1.0, 1.0, 1))
        assert isinstance(caught.value, ba.EngineError) and isinstance(caught.value, ba.BusError)
        with pytest.raises(ba.BackpressureError) as caught:
            engine.send_many([ba.MarketData("F", 1.0, 1.0, 1)] * 5, timeout=0.05)
        assert caught.value.sent == 0
        assert not engine.flush(0.01)
        engine.send_message(ba.EmergencyStop())
        gate.open.set()
        assert engine.flush(60)
        wait_for(lambda: engine.state == "HALTED")
        assert engine.get_stats().messages_processed == sent


def test_send_many_waits_for_room() -> None:
    with ba.QuantumEngine(ba.EngineConfig(ring_buffer_capacity=16)) as engine:
        assert engine.send_many([ba.MarketData("W", 1.0, 1.0, 1)] * 5_000) == 5_000
        assert engine.flush(60)
        assert engine.get_stats().messages_processed == 5_000


def test_stop_twice_start_again_and_use_without_a_start() -> None:
    engine = ba.QuantumEngine()
    with pytest.raises(ba.EngineError, match="engine must be running, was STOPPED"):
        engine.send_message(ba.MarketData("S", 1.0, 1.0, 1))
    engine.stop()
    for round_ in (1, 2):
        engine.start()
        engine.start()
        engine.send_message(ba.Signal("S", "BUY", 100.0, 1.0, 0.5))
        engine.stop()
        engine.stop()
        assert engine.get_position("S").quantity == round_
    with pytest.raises(ba.EngineError, match="STOPPED"):
        engine.send_many([ba.MarketData("S", 1.0, 1.0, 1)])
    engine.send_message(ba.EmergencyStop())
    assert engine.orders().num_rows == 2


def test_more_symbols_than_room_are_refused() -> None:
    with ba.QuantumEngine(ba.EngineConfig(position_cache_capacity=3)) as engine:
        engine.send_many([ba.MarketData(f"MANY{n}", 1.0, 1.0, n) for n in range(1_000)])
        engine.flush()
        assert dict(engine.get_stats().rejects_by_code) == {1009: 997}


@pytest.mark.parametrize("callback", ["on_start", "on_trade", "on_fill"])
def test_a_strategy_that_raises_ends_the_engine_and_says_why(callback) -> None:
    def fail(self, *_told) -> None:
        raise ValueError("boom")

    class Failing(ba.Strategy):
        pass

    setattr(Failing, callback, fail)
    engine = ba.QuantumEngine(strategy=Failing())
    engine.start()
    try:
        for _ in range(3):
            engine.send_message(ba.ExecuteOrder(1, "B", "LIMIT", "BUY", 1.0, 90.0))
            engine.send_message(ba.MarketData("B", 100.0, 1.0, 1))
            engine.send_message(ba.Signal("B", "BUY", 100.0, 1.0, 0.5))
    except ba.EngineError as error:
        assert "boom" in str(error)
    wait_for(lambda: engine.state == "FAULTED")
    assert not engine.is_running
    fault = engine.fault
    assert isinstance(fault, ba.StrategyError)
    assert isinstance(fault.__cause__, ValueError)
    with pytest.raises(ba.EngineError, match=r"engine must not have failed, was .*boom"):
        engine.send_message(ba.MarketData("B", 100.0, 1.0, 1))
    with pytest.raises(ba.EngineError, match="must not have failed"):
        engine.start()
    assert "SUBMITTED" not in engine.orders().column("status").to_pylist()
    engine.stop()
    assert engine.state == "FAULTED"


def test_a_strategy_cannot_wait_for_its_own_engine() -> None:
    raised = []

    class Inside(ba.Strategy):
        def on_trade(self, trade) -> None:
            for call in (engine.stop, engine.orders):
                try:
                    call()
                except ba.EngineError as error:
                    raised.append(str(error))
            raised.append(engine.list_positions())
            raised.append(engine.get_stats().state)

    engine = ba.QuantumEngine(strategy=Inside())
    with engine:
        engine.send_message(ba.MarketData("I", 1.0, 1.0, 1))
        assert engine.flush(60)
    assert len(raised) == 4
    assert all("engine's own thread" in text for text in raised[:2])
    assert raised[2:] == [[], "RUNNING"]


def test_a_running_engine_may_be_forgotten() -> None:
    for _ in range(20):
        engine = ba.QuantumEngine(ba.EngineConfig(ring_buffer_capacity=1024))
        engine.start()
        engine.send_message(ba.Signal("G", "BUY", 100.0, 1.0, 0.5))
        del engine
    gc.collect()


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_the_interpreter_may_end_while_engines_run() -> None:
    code = """
import baconalgo as ba, threading, time
class Slow(ba.Strategy):
    def on_trade(self, trade):
        sum(range(1000))
engines = [ba.QuantumEngine(ba.EngineConfig(ring_buffer_capacity=1024), strategy=Slow()) for _ in range(3)]
def flood(engine):
    while True:
        try:
            engine.send_message(ba.MarketData("X", 1.0, 1.0, 1))
        except ba.BackpressureError:
            time.sleep(0.001)
        except ba.EngineError:
            return
def wait(engine):
    events = engine.events()
    while True:
        events.recv()
        engine.flush()
for engine in engines:
    engine.start()
    for target in (flood, wait):
        threading.Thread(target=target, args=(engine,), daemon=True).start()
time.sleep(0.2)
print("end")
"""
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_after_a_fork_the_engine_says_so_and_a_new_one_works() -> None:
    code = """
import os, sys, warnings
warnings.simplefilter("ignore")
import baconalgo as ba
engine = ba.QuantumEngine()
engine.start()
engine.send_message(ba.Signal("X", "BUY", 100.0, 1.0, 0.5))
engine.flush()
child = os.fork()
if child == 0:
    said = []
    for call in (lambda: engine.send_message(ba.MarketData("X", 1.0, 1.0, 1)), engine.stop, engine.start,
                 engine.get_stats, engine.orders, engine.flush):
        try:
            call()
        except ba.EngineError as error:
            said.append(str(error))
    assert len(said) == 6 and all("fork" in text for text in said), said
    with ba.QuantumEngine() as other:
        other.send_message(ba.Signal("X", "BUY", 100.0, 1.0, 0.5))
        other.flush()
        assert other.get_position("X").quantity == 1.0
    del engine
    sys.exit(7)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7
engine.send_message(ba.Signal("X", "BUY", 100.0, 1.0, 0.5))
engine.flush()
assert engine.get_position("X").quantity == 2.0
print("fine")
"""
    done = run(code)
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_on_one_core_the_engine_is_not_pinned_and_says_so() -> None:
    code = """
import os, warnings
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
import baconalgo as ba
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with ba.QuantumEngine() as engine:
        engine.send_message(ba.Signal("X", "BUY", 100.0, 1.0, 0.5))
        assert engine.flush(60)
        assert engine.get_stats().pinned_core is None
assert "not pinned" in str(caught[0].message), caught
print("fine")
"""
    done = run(code)
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are not known here")
def test_the_thread_is_pinned_where_there_is_more_than_one_core() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with ba.QuantumEngine() as engine:
            core = engine.get_stats().pinned_core
    if len(os.sched_getaffinity(0)) > 1:
        assert core in os.sched_getaffinity(0) and not caught
    else:
        assert core is None and caught


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_ends_a_wait(tmp_path: Path) -> None:
    code = """
import threading
import baconalgo as ba
gate = threading.Event()
class Gate(ba.Strategy):
    def on_trade(self, trade):
        gate.wait(60)
engine = ba.QuantumEngine(ba.EngineConfig(ring_buffer_capacity=8), strategy=Gate())
engine.start()
print("ready", flush=True)
try:
    engine.send_many([ba.MarketData("X", 1.0, 1.0, 1)] * 1000)
except KeyboardInterrupt:
    print("interrupted", flush=True)
gate.set()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert process.wait(60) == 0
