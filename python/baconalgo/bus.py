"""The message bus within a process: topics, policies for slow subscribers, batches as NumPy arrays.

>>> import baconalgo as ba
>>> bus = ba.QuantumBus()
>>> sub = bus.subscribe("trades")
>>> bus.publish("trades", ba.Trade("BTC", 1, 2, 50_000.0, 0.1))
>>> sub.recv().payload.price
50000.0

Notes
-----
A record (`Trade`, `Signal`, ...) travels as 64 bytes through a ring of the topic. Bytes and tables are handed over as
they are, within the process; nothing is serialised. The interpreter is not held while waiting.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo._core import BusBatch, BusMessage, BusMetrics, QuantumBus, Subscription
from baconalgo.config import whole_number
from baconalgo.errors import BusError, ConfigError

__all__ = ["BusBatch", "BusMessage", "BusMetrics", "QuantumBus", "QuantumBusConfig", "Subscription"]

#: Seconds that a thread waits for a coroutine, before it looks whether it is still wanted.
_SLICE = 0.1

#: Coroutines that wait at the same time without taking turns.
_WAITERS = 64

#: Messages that a coroutine receives before others have their turn.
_TURN = 64

_pool: tuple[int, ThreadPoolExecutor] | None = None


@dataclass(frozen=True)
class QuantumBusConfig:
    """Settings of a `QuantumBus`.

    Parameters
    ----------
    ring_buffer_size
        Messages that each topic holds for its slowest subscriber: a power of two, 2 to 16,777,216. A message takes 72
        bytes, from when its place in the ring is first used.
    num_partitions
        Parts of the table of topics, 1 to 1024, each with a lock of its own: threads that publish to different topics
        rarely meet. It does not change what is delivered.
    enable_metrics
        Whether the latency of each message is measured: a look at the clock when it is received.

    Raises
    ------
    ConfigError
        If a setting is not of its type or out of its range.

    Examples
    --------
    >>> QuantumBusConfig(ring_buffer_size=1024)
    QuantumBusConfig(ring_buffer_size=1024, num_partitions=16, enable_metrics=True)
    """

    ring_buffer_size: int = 262_144
    num_partitions: int = 16
    enable_metrics: bool = True

    def __post_init__(self) -> None:
        size = whole_number("ring_buffer_size", self.ring_buffer_size, least=2, below=2**24 + 1)
        if size & (size - 1):
            raise ConfigError("ring_buffer_size", "must be a power of two", size)
        object.__setattr__(self, "ring_buffer_size", size)
        partitions = whole_number("num_partitions", self.num_partitions, least=1, below=1025)
        object.__setattr__(self, "num_partitions", partitions)
        if not isinstance(self.enable_metrics, bool):
            raise ConfigError("enable_metrics", "must be True or False", repr(self.enable_metrics))


def _kept(payload: Any) -> tuple[Any, int]:
    """What is kept of a payload that is neither a message nor plain bytes, and how many bytes it takes."""
    try:
        view = memoryview(payload)
    except TypeError:
        pass
    else:
        return bytes(view), view.nbytes
    if hasattr(payload, "__arrow_c_stream__") or hasattr(payload, "__arrow_c_array__"):
        import pyarrow as pa

        if isinstance(payload, pa.Table | pa.RecordBatch | pa.Array | pa.ChunkedArray):
            return payload, payload.nbytes
        if type(payload).__module__.partition(".")[0] == "polars":
            # Its buffers are never changed; which of them are its columns could be.
            return payload.clone(), payload.estimated_size()
        table = pa.table(payload) if hasattr(payload, "__arrow_c_stream__") else pa.array(payload)
        return table, table.nbytes
    rule = "must be a message, bytes-like, or of Arrow (with __arrow_c_stream__)"
    raise BusError("payload", rule, type(payload).__name__)


def _packed(messages: Any) -> npt.NDArray[np.uint8]:
    """Messages as bytes of records."""
    from baconalgo.messages import records

    packed: npt.NDArray[np.uint8] = records(messages).view(np.uint8)
    return packed


def _waiters() -> ThreadPoolExecutor:
    """Threads that wait for coroutines; a forked process has its own."""
    global _pool
    if _pool is None or _pool[0] != os.getpid():
        _pool = os.getpid(), ThreadPoolExecutor(_WAITERS, thread_name_prefix="baconalgo-wait")
    return _pool[1]


async def _next_message(subscription: Subscription) -> BusMessage:
    """The next message, without holding up the event loop."""
    while True:
        message = subscription.recv(timeout=0)
        if message is not None:
            if message.sequence % _TURN == 0:
                await asyncio.sleep(0)
            return message
        # The thread takes nothing: if the coroutine is cancelled meanwhile, nothing is lost.
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(_waiters(), subscription.wait, _SLICE) is None:
            raise StopAsyncIteration
