"""Strategies as plain functions on numeric records, turned into machine code by numba.

:func:`compiled` marks a function ``f(event, state, orders)``. The engine calls it on every record of market data from
Rust, without Python: `event` is a record of :data:`EVENT_DTYPE`, `state` a record of your own that lives as long as the
run, `orders` an array of :data:`ORDER_DTYPE` to write orders into. The function returns how many it wrote.

Rationale
---------
A few nanoseconds a record, and the same numbers as the other forms: the indicators callable inside
(:func:`~baconalgo.indicators.ema_update`, :func:`~baconalgo.indicators.sma_update`) are the core's, bit for bit. Where
many records come in a row, the function is compiled into the loop over them: what it does not look at is not made.

Limitations
-----------
numba compiles a subset of Python: numbers, arithmetic, branches, loops, records, NumPy scalars' functions. No strings,
no lists that grow, no files. An exception inside ends the run with a :class:`~baconalgo.errors.StrategyError`.
Needs the extra ``baconalgo[compiled]``.
"""

from __future__ import annotations

import functools
import math
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo._machine_code import COLUMNS_DTYPE, compile_strategy
from baconalgo.errors import ConfigError
from baconalgo.indicators import ema_state, ema_update, fma, sma_state, sma_update

__all__ = [
    "BAR",
    "DAY",
    "EVENT_DTYPE",
    "FOK",
    "GTC",
    "IOC",
    "ORDER_DTYPE",
    "QUOTE",
    "TICK",
    "TRADE",
    "CompiledStrategy",
    "Replay",
    "buy",
    "cancel",
    "compiled",
    "ema_state",
    "ema_update",
    "fma",
    "replace",
    "sell",
    "sma_state",
    "sma_update",
]

EVENT_DTYPE: Final = np.dtype(
    [
        ("ts_event", np.int64),
        ("ts_recv", np.int64),
        ("now", np.int64),
        ("next_order_id", np.uint64),
        ("instrument", np.uint32),
        ("kind", np.uint8),
        ("side", np.int8),
        ("close", np.float64),
        ("price", np.float64),
        ("quantity", np.float64),
        ("bid", np.float64),
        ("ask", np.float64),
        ("bid_size", np.float64),
        ("ask_size", np.float64),
        ("open", np.float64),
        ("high", np.float64),
        ("low", np.float64),
        ("volume", np.float64),
        ("position", np.float64),
        ("working", np.float64),
    ],
    align=True,
)
"""What a compiled strategy sees. Numbers that a record does not have are NaN.

======================== ===================================================================================
ts_event, ts_recv, now   ns since the epoch, UTC: at the venue, when seen, the strategy's clock
next_order_id            the id of the first order written in this call; the others follow by ones
instrument               place of the instrument in the run
kind                     :data:`QUOTE`, :data:`TICK` (a trade with its quote), :data:`TRADE` or :data:`BAR`
side                     aggressor of a trade: 1 buy, -1 sell, 0 unknown
close                    the latest price: a quote's mid, a trade's price, a bar's close
price, quantity          a trade's
bid, ask, *_size         a quote's, sizes in units
open, high, low, volume  a bar's
position                 position of the instrument that the ledger knows, units
working                  signed sum of what its open orders have not filled yet, units
======================== ===================================================================================
"""

ORDER_DTYPE: Final = np.dtype(
    [
        ("kind", np.uint8),
        ("side", np.int8),
        ("time_in_force", np.uint8),
        ("instrument", np.uint32),
        ("quantity", np.float64),
        ("price", np.float64),
        ("stop_price", np.float64),
        ("order_id", np.uint64),
    ],
    align=True,
)
"""What a compiled strategy writes, with :func:`buy`, :func:`sell`, :func:`cancel`, :func:`replace` or by hand.

============== ==============================================================
kind           0 market, 1 limit, 2 stop, 3 stop-limit, 4 cancel, 5 replace
side           1 buy, -1 sell
time_in_force  :data:`GTC`, :data:`IOC`, :data:`FOK` or :data:`DAY`
instrument     place of the instrument in the run
quantity       units
price          limit price; NaN for none
stop_price     NaN for none
order_id       the order to cancel or replace
============== ==============================================================
"""

QUOTE: Final = 0
"""``event.kind`` of a quote."""
TICK: Final = 1
"""``event.kind`` of a trade together with the quote standing at it."""
TRADE: Final = 2
"""``event.kind`` of a trade."""
BAR: Final = 3
"""``event.kind`` of a bar."""
GTC: Final = 0
"""Good till cancelled."""
IOC: Final = 1
"""Immediate or cancel."""
FOK: Final = 2
"""Fill or kill."""
DAY: Final = 3
"""Good till the next UTC midnight."""

_DEFAULT_STATE: Final = np.dtype([("f", np.float64, (32,)), ("i", np.int64, (32,))], align=True)

Function: TypeAlias = Callable[[Any, Any, Any], int]
State: TypeAlias = Mapping[str, Any] | npt.DTypeLike | np.void | None


def buy(
    orders: Any,
    n: int,
    event: Any,
    quantity: float,
    price: float = math.nan,
    stop_price: float = math.nan,
    time_in_force: int = GTC,
) -> int:
    """Writes an order to buy the event's instrument as ``orders[n]``; returns ``n + 1``.

    Without prices it is a market order, with a `price` a limit order, with a `stop_price` a stop, with both a
    stop-limit.

    Parameters
    ----------
    orders, event
        As the strategy got them.
    n
        How many orders were written so far.
    quantity
        Units.
    price, stop_price
        NaN for none.
    time_in_force
        :data:`GTC`, :data:`IOC`, :data:`FOK` or :data:`DAY`.
    """
    return _write(orders, n, event, 1, quantity, price, stop_price, time_in_force)


def sell(
    orders: Any,
    n: int,
    event: Any,
    quantity: float,
    price: float = math.nan,
    stop_price: float = math.nan,
    time_in_force: int = GTC,
) -> int:
    """Writes an order to sell the event's instrument as ``orders[n]``; returns ``n + 1``. See :func:`buy`."""
    return _write(orders, n, event, -1, quantity, price, stop_price, time_in_force)


def _write(
    orders: Any,
    n: int,
    event: Any,
    side: int,
    quantity: float,
    price: float,
    stop_price: float,
    time_in_force: int,
) -> int:
    if n < 0 or n >= len(orders):
        raise IndexError("more orders than one call can write")
    kind = 0
    if not math.isnan(price):
        kind += 1
    if not math.isnan(stop_price):
        kind += 2
    order = orders[n]
    order.kind = kind
    order.side = side
    order.time_in_force = time_in_force
    order.instrument = event.instrument
    order.quantity = quantity
    order.price = price
    order.stop_price = stop_price
    order.order_id = 0
    return n + 1


def cancel(orders: Any, n: int, order_id: int) -> int:
    """Writes the cancel of an order as ``orders[n]``; returns ``n + 1``.

    The id of an order is ``event.next_order_id`` of the call that wrote it, plus the number of orders written before
    it in that call.
    """
    if n < 0 or n >= len(orders):
        raise IndexError("more orders than one call can write")
    order = orders[n]
    order.kind = 4
    order.order_id = order_id
    return n + 1


def replace(
    orders: Any,
    n: int,
    event: Any,
    order_id: int,
    quantity: float = math.nan,
    price: float = math.nan,
    stop_price: float = math.nan,
) -> int:
    """Writes a change of an order of the event's instrument as ``orders[n]``; returns ``n + 1``.

    `quantity` is the new total, units; what is NaN stays as it is.
    """
    if n < 0 or n >= len(orders):
        raise IndexError("more orders than one call can write")
    order = orders[n]
    order.kind = 5
    order.instrument = event.instrument
    order.quantity = quantity
    order.price = price
    order.stop_price = stop_price
    order.order_id = order_id
    return n + 1


@dataclass(frozen=True)
class Replay:
    """What a compiled strategy did with an array of events."""

    orders: npt.NDArray[np.void]
    """Everything it wrote, of :data:`ORDER_DTYPE`."""
    rows: npt.NDArray[np.int64]
    """The row of the event that each order came from."""
    state: np.record
    """The state after the last event."""


class CompiledStrategy:
    """A function on records as a strategy; made by :func:`compiled`. It can also be called as the function it is."""

    def __init__(self, function: Function, state: np.record) -> None:
        self._function = function
        self._state = state
        functools.update_wrapper(self, function)

    def __call__(self, event: Any, state: Any, orders: Any) -> int:
        """Calls the function in plain Python, on NumPy records."""
        return self._function(event, state, orders)

    @property
    def state(self) -> np.record:
        """A copy of the state that a run starts from."""
        return self._state.copy()

    def compile(self) -> None:
        """Compiles now instead of on first use.

        Raises
        ------
        ConfigError
            If numba is not installed.
        StrategyError
            If numba cannot compile the function, or it does not return a whole number; with numba's words.
        """
        self._native()

    def _native(self) -> _core.CompiledFunction:
        return self._machine_code

    @functools.cached_property
    def _machine_code(self) -> _core.CompiledFunction:
        dtypes = (EVENT_DTYPE, _aligned("state", self._state.dtype), ORDER_DTYPE)
        addresses, owner = compile_strategy(_numba(), self._function, fma, dtypes)
        layouts = [(_layout(dtype), dtype.itemsize) for dtype in (EVENT_DTYPE, ORDER_DTYPE, COLUMNS_DTYPE)]
        return _core.CompiledFunction(self._function.__name__, addresses, owner, self._state.tobytes(), layouts)

    def replay(self, events: npt.NDArray[np.void]) -> Replay:
        """Runs it over an array of events, without a market: what would it have asked for?

        Parameters
        ----------
        events
            Records of :data:`EVENT_DTYPE`, shape (n,).

        Raises
        ------
        ConfigError
            If `events` has another dtype.
        StrategyError
            If the function raises or returns nonsense.
        """
        if events.dtype != EVENT_DTYPE or events.ndim != 1:
            raise ConfigError("events", "must be a one-dimensional array of EVENT_DTYPE", str(events.dtype))
        raw = np.ascontiguousarray(events).view(np.uint8)
        orders, rows, state = self._machine_code.replay(raw)
        final = np.frombuffer(bytearray(state), self._state.dtype)[0]
        return Replay(np.frombuffer(orders, ORDER_DTYPE), rows, final)

    def __repr__(self) -> str:
        return f"<compiled strategy {self._function.__name__}>"


@overload
def compiled(function: Function, /) -> CompiledStrategy: ...
@overload
def compiled(
    *, state: State = None, init: Mapping[str, Any] | None = None
) -> Callable[[Function], CompiledStrategy]: ...
def compiled(
    function: Function | None = None, /, *, state: State = None, init: Mapping[str, Any] | None = None
) -> CompiledStrategy | Callable[[Function], CompiledStrategy]:
    """Makes a strategy of a plain function ``f(event, state, orders) -> int``, compiled by numba on first use.

    Parameters
    ----------
    function
        Gets a record of :data:`EVENT_DTYPE`, the state, and an array of :data:`ORDER_DTYPE` with room for 64 orders;
        returns how many it wrote.
    state
        What it remembers from call to call: a mapping of names to first values (numbers, arrays, records such as
        ``ema_state(10)``), a NumPy dtype (all zero), or a record. Without it: 32 floats ``state.f`` and 32 integers
        ``state.i``, all zero.
    init
        First values of fields of a `state` given as a dtype.

    Raises
    ------
    ConfigError
        If the state cannot be a record of numbers.

    Examples
    --------
    >>> import baconalgo as ba
    >>> from baconalgo.compiled import buy, ema_state, ema_update, sell
    >>> @ba.compiled(state={"fast": ema_state(10), "slow": ema_state(30)})
    ... def cross(event, state, orders):
    ...     fast = ema_update(state.fast, event.close)
    ...     slow = ema_update(state.slow, event.close)
    ...     held = event.position + event.working
    ...     if fast > slow and held <= 0:
    ...         return buy(orders, 0, event, 1.0 - held)
    ...     if fast < slow and held > 0:
    ...         return sell(orders, 0, event, held)
    ...     return 0
    >>> cross
    <compiled strategy cross>
    """
    record = _state_record(state, init)
    if function is None:
        return lambda function: CompiledStrategy(function, record)
    return CompiledStrategy(function, record)


def _state_record(state: State, init: Mapping[str, Any] | None) -> np.record:
    dtype: np.dtype[Any]
    if isinstance(state, Mapping):
        fields = {name: np.asarray(value) for name, value in state.items()}
        dtype = np.dtype([(name, value.dtype, value.shape) for name, value in fields.items()])
        init = {**state, **(init or {})}
    elif isinstance(state, np.void):
        dtype, init = state.dtype, {**{name: state[name] for name in state.dtype.names or ()}, **(init or {})}
    else:
        dtype = _DEFAULT_STATE if state is None else np.dtype(state)
    if not dtype.names:
        raise ConfigError("state", "must have named fields", str(dtype))
    record = np.zeros(1, np.dtype((np.record, _aligned("state", dtype))))[0]
    for name, value in (init or {}).items():
        if name not in dtype.names:
            raise ConfigError("init", f"must name fields of the state {list(dtype.names)}", name)
        record[name] = value
    return record  # type: ignore[no-any-return]


def _aligned(name: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The same fields laid out as C does it, all the way down."""
    if dtype.names is not None:
        inner: list[Any] = []
        for field in dtype.names:
            of: np.dtype[Any] = dtype[field]
            inner.append((field, _aligned(f"{name}.{field}", of.base), of.shape))
        return np.dtype(inner, align=True)
    if dtype.kind not in "biuf":
        raise ConfigError(name, "must be a number, a record of numbers or an array of them", str(dtype))
    return dtype


def _layout(dtype: np.dtype[Any]) -> list[tuple[str, int, int]]:
    fields: Mapping[str, Any] = dtype.fields or {}
    return [(name, fields[name][1], fields[name][0].itemsize) for name in dtype.names or ()]


@functools.cache
def _numba() -> types.ModuleType:
    """numba, with the functions that strategies may call made known to it."""
    try:
        import numba
        from numba import extending
    except ImportError as error:
        rule = "must be installed for compiled strategies: pip install baconalgo[compiled]"
        raise ConfigError("numba", rule, "not found") from error

    @extending.intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def fused(context: Any, a: Any, b: Any, c: Any) -> Any:
        # llvm.fma rounds once on every machine; a * b + c would leave it to the compiler.
        float64 = numba.types.float64

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.fma(*args)

        return float64(float64, float64, float64), generate

    @extending.overload(fma)  # type: ignore[untyped-decorator, unused-ignore]
    def fma_overload(a, b, c):  # type: ignore[no-untyped-def, unused-ignore] # must read as the function below
        def fma_native(a, b, c):  # type: ignore[no-untyped-def]
            return fused(a, b, c)  # type: ignore[call-arg, unused-ignore] # numba passes the context

        return fma_native

    for function in (ema_update, sma_update, _write, buy, sell, cancel, replace):
        extending.register_jitable(function)
    return numba  # type: ignore[no-any-return, unused-ignore]


class _CallableModule(types.ModuleType):
    """Lets ``@ba.compiled`` mean the decorator even where ``ba.compiled`` is this module."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return compiled(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
