"""Many threads, Ctrl-C, fork, the end of the interpreter, asyncio."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

import baconalgo as ba

#: Seconds that anything may take before a test says that it hangs.
LONG = 60


def small(size: int = 8) -> ba.QuantumBus:
    return ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=size))


def run(*jobs: Callable[[], None], wait: float = LONG) -> None:
    """All of them at once; what one raises is raised."""
    failures: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(wait)
        assert not thread.is_alive(), f"hangs; others raised {failures}"
    if failures:
        raise failures[0]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("batched", [False, True])
def test_many_producers_and_consumers_see_everything_once_in_one_order(batched: bool) -> None:
    bus = small(64)
    producers, count = 4, 500
    strict = [bus.subscribe("t") for _ in range(3)] + [bus.subscribe()]
    lossy = [bus.subscribe("t", policy="drop_oldest") for _ in range(2)]
    seen: dict[int, list[tuple[int, int]]] = {}

    def produce(who: int) -> None:
        for number in range(count):
            if batched and number % 10 == 0:
                bus.publish_batch("t", [ba.CancelOrder(who * 10_000 + number + i) for i in range(10)], timeout=LONG)
            elif not batched:
                bus.publish("t", ba.CancelOrder(who * 10_000 + number), timeout=LONG)

    def consume(sub: ba.Subscription) -> None:
        found = seen.setdefault(sub.id, [])
        if batched:
            while (batch := sub.recv_batch()) is not None:
                found += zip(batch.sequences.tolist(), batch.payloads["order_id"].tolist(), strict=True)
        else:
            found += [(message.sequence, message.payload.order_id) for message in sub]

    def close_at_the_end() -> None:
        wait_until(lambda: bus.get_metrics().messages_published == producers * count)
        bus.close()

    producing = [lambda who=who: produce(who) for who in range(producers)]
    consuming = [lambda sub=sub: consume(sub) for sub in strict + lossy]
    run(*consuming, *producing, close_at_the_end)
    order = seen[strict[0].id]
    assert [sequence for sequence, _ in order] == list(range(producers * count))
    for sub in strict:
        assert seen[sub.id] == order
    for who in range(producers):
        assert [n for _, n in order if n // 10_000 == who] == [who * 10_000 + i for i in range(count)]
    for sub in lossy:
        assert len(seen[sub.id]) + sub.lost == producers * count
        assert all(order[sequence] == (sequence, number) for sequence, number in seen[sub.id])


def test_threads_that_share_a_subscription_share_its_messages() -> None:
    bus = small(64)
    sub = bus.subscribe("t")
    seen: list[int] = []

    def consume() -> None:
        for message in sub:
            seen.append(message.sequence)

    def produce() -> None:
        for _ in range(1000):
            bus.publish("t", b"x", timeout=LONG)
        bus.close()

    run(consume, consume, consume, produce)
    assert sorted(seen) == list(range(1000))


def test_a_publisher_waits_without_the_interpreter_and_goes_on_when_there_is_room() -> None:
    bus = small(2)
    sub = bus.subscribe("t")
    bus.publish("t", b"0")
    bus.publish("t", b"1")
    done = threading.Event()

    def produce() -> None:
        bus.publish("t", b"2", timeout=LONG)
        done.set()

    def consume() -> None:
        assert not done.is_set()
        assert sub.recv().payload == b"0"
        assert done.wait(LONG)

    run(produce, consume)
    assert [sub.recv().payload for _ in range(2)] == [b"1", b"2"]


def test_who_waits_takes_no_processor_and_a_topic_that_is_full_for_long_goes_on() -> None:
    seconds = 120.0 if os.environ.get("BACONALGO_SOAK") == "1" else 0.5
    bus = small(2)
    full, idle, everything = bus.subscribe("full"), bus.subscribe("idle"), bus.subscribe(policy="drop_oldest")
    used: list[float] = []

    def publish() -> None:
        for number in range(4):
            bus.publish("full", ba.CancelOrder(number), timeout=None)

    def receive(sub: ba.Subscription) -> None:
        for _ in sub:
            pass

    def watch() -> None:
        wait_until(lambda: bus.get_metrics().messages_published == 2)
        began = time.process_time()
        time.sleep(seconds)
        used.append(time.process_time() - began)
        assert bus.get_metrics().messages_published == 2
        assert [full.recv().payload.order_id for _ in range(4)] == [0, 1, 2, 3]
        bus.close()

    run(publish, watch, lambda: receive(idle), lambda: receive(everything), wait=LONG + seconds)
    assert used[0] < 0.3 * seconds


def test_a_subscriber_that_stops_reading_is_unsubscribed_by_somebody_else() -> None:
    bus = small(2)
    stuck = bus.subscribe("t")
    started = threading.Event()

    def produce() -> None:
        for number in range(100):
            if number == 2:
                started.set()
            bus.publish("t", ba.CancelOrder(number), timeout=LONG)

    def unsubscribe() -> None:
        assert started.wait(LONG)
        assert bus.unsubscribe(stuck.id)

    run(produce, unsubscribe)
    assert stuck.recv() is None


def test_a_subscription_is_closed_while_others_wait_for_it() -> None:
    bus = small()
    subs = [bus.subscribe("t"), bus.subscribe(), bus.subscribe("t", policy="conflate")]

    def receive(sub: ba.Subscription) -> None:
        assert sub.recv() is None

    def close() -> None:
        for sub in subs:
            bus.unsubscribe(sub.id)

    run(*[lambda sub=sub: receive(sub) for sub in subs], close)


def test_subscriptions_come_and_go_under_full_load() -> None:
    bus = small(32)
    finished = threading.Event()
    keeper = bus.subscribe("t")
    kept: list[int] = []

    def produce() -> None:
        for _ in range(2000):
            bus.publish("t", ba.CancelOrder(0), timeout=LONG)

    def come_and_go(policy: str) -> None:
        while not finished.is_set():
            with bus.subscribe("t", policy=policy) as sub:
                last, lost = None, 0
                for _ in range(20):
                    message = sub.recv(timeout=0.01)
                    if message is not None:
                        assert last is None or message.sequence - last - 1 == sub.lost - lost
                        last, lost = message.sequence, sub.lost

    def keep() -> None:
        while len(kept) < 4000:
            kept.append(keeper.recv().sequence)
        finished.set()

    run(produce, produce, keep, lambda: come_and_go("block"), lambda: come_and_go("drop_oldest"))
    assert kept == list(range(4000))


def test_who_waits_for_all_topics_is_woken() -> None:
    bus = small()
    everything, answers = bus.subscribe(), bus.subscribe("answers")

    def echo() -> None:
        for _ in range(200):
            message = everything.recv()
            while message.topic == "answers":
                message = everything.recv()
            bus.publish("answers", message.payload)

    def ask() -> None:
        for number in range(200):
            bus.publish(f"topic {number % 7}", ba.CancelOrder(number))
            assert answers.recv().payload.order_id == number

    run(echo, ask)


def program(code: str, *, code_of_exit: int = 0, text: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG)
    assert done.returncode == code_of_exit, done.stderr
    assert text in done.stdout
    return done


HEAD = """
import os, signal, sys, threading, time
import baconalgo as ba
bus = ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=2))
sub = bus.subscribe("t")
"""


@pytest.mark.parametrize(
    "blocked",
    [
        "sub.recv()",
        "sub.recv_batch()",
        "sub.wait()",
        "next(sub)",
        "bus.subscribe().recv()",
        "bus.subscribe('t', policy='conflate').recv()",
        "[bus.publish('t', b'x', timeout=None) for _ in range(3)]",
        "bus.publish_batch('t', [ba.CancelOrder(i) for i in range(9)], timeout=None)",
    ],
)
def test_ctrl_c_works_while_blocked(blocked: str) -> None:
    code = f"""
def interrupt():
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)
try:
    threading.Thread(target=interrupt, daemon=True).start()
    {blocked}
except KeyboardInterrupt:
    print("interrupted")
"""
    program(HEAD + code, text="interrupted")


@pytest.mark.parametrize("daemon", [True, False])
def test_the_interpreter_ends_while_threads_are_blocked(daemon: bool) -> None:
    code = f"""
def receive(sub):
    while sub.recv() is not None:
        pass
def publish():
    try:
        while True:
            bus.publish("full", b"x", timeout=None)
    except ba.BusError:
        pass
full = bus.subscribe("full")
jobs = [(receive, (sub,)), (receive, (bus.subscribe(),)), (publish, ())]
for target, args in jobs:
    threading.Thread(target=target, args=args, daemon={daemon}).start()
time.sleep(0.2)
print("end")
"""
    program(HEAD + code, text="end")


def test_the_interpreter_ends_while_a_bus_is_being_used() -> None:
    code = """
def work():
    while True:
        try:
            bus.publish("u", b"x", timeout=1)
            ba.QuantumBus().subscribe("t").recv(timeout=0)
        except ba.BusError:
            pass
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
print("end")
"""
    for _ in range(3):
        program(HEAD + code, text="end")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_after_a_fork_what_the_parent_made_is_refused_and_what_the_child_makes_works() -> None:
    code = """
import warnings
warnings.simplefilter("ignore")
other = bus.subscribe()
waiting = threading.Thread(target=other.recv, daemon=True)
waiting.start()
pid = os.fork()
if pid == 0:
    calls = [
        lambda: bus.publish("t", b""), lambda: bus.publish_batch("t", [b""]), lambda: bus.subscribe("t"),
        lambda: bus.get_metrics(), lambda: bus.close(), lambda: bus.topics, lambda: bus.unsubscribe(1),
        lambda: sub.recv(), lambda: next(sub), lambda: sub.recv_batch(), lambda: sub.close(), lambda: sub.lost,
        lambda: sub.__enter__() and sub.__exit__(),
    ]
    for call in calls:
        try:
            call()
            os._exit(1)
        except ba.BusError as error:
            assert "must be used in the process that made it" in str(error), error
            assert error.code == 8004
    assert ba.telemetry.snapshot() == {}
    mine = ba.QuantumBus()
    own = mine.subscribe("t")
    mine.publish("t", ba.Trade("X", 1, 2, 3.0))
    assert own.recv().payload.price == 3.0
    del bus, sub, other
    sys.exit(7)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
bus.publish("t", b"still here")
assert sub.recv().payload == b"still here"
print("parent")
"""
    program(HEAD + code, text="parent")


def test_async_for_receives_without_holding_up_the_loop() -> None:
    async def main() -> list[int]:
        bus = small(64)
        subs = [bus.subscribe("t"), bus.subscribe(), bus.subscribe("t", policy="drop_oldest")]
        ticks = 0

        async def receive(sub: ba.Subscription) -> list[int]:
            return [message.payload.order_id async for message in sub]

        async def tick() -> None:
            nonlocal ticks
            while not bus.is_closed:
                ticks += 1
                await asyncio.sleep(0.001)

        jobs = [asyncio.create_task(receive(sub)) for sub in subs]
        ticking = asyncio.create_task(tick())
        for number in range(50):
            await asyncio.sleep(0.001 * (number % 3))
            bus.publish("t", ba.CancelOrder(number))
        bus.close()
        await ticking
        assert ticks > 3
        for job in jobs:
            assert await asyncio.wait_for(job, LONG) == list(range(50))
        return jobs[0].result()

    assert asyncio.run(main()) == list(range(50))


def test_a_coroutine_that_is_cancelled_while_it_waits_loses_nothing() -> None:
    async def main() -> None:
        bus = small()
        sub = bus.subscribe("t")

        async def receive() -> ba.BusMessage:
            async for message in sub:
                return message
            raise AssertionError

        job = asyncio.create_task(receive())
        await asyncio.sleep(0.02)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        bus.publish("t", b"kept")
        assert (await asyncio.wait_for(receive(), LONG)).payload == b"kept"

    asyncio.run(main())


def test_a_loop_that_ends_while_a_coroutine_waits_ends() -> None:
    code = """
import asyncio
async def forever():
    async for message in sub:
        pass
async def main():
    asyncio.create_task(forever())
    await asyncio.sleep(0.05)
asyncio.run(main())
print("end")
"""
    program(HEAD + code, text="end")
