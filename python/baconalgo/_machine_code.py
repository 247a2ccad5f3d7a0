"""Machine code of compiled strategies: a function as it is, and the same over the rows of a block.

Rationale
---------
Called once for a stretch of rows instead of once a row, the function is part of the loop: what it keeps stays in
registers, and of the event only those numbers are made that it looks at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import numpy as np

from baconalgo import _core
from baconalgo.errors import StrategyError

_FACTORS: Final = [f"{of}_{factor}" for of in ("px", "qty") for factor in ("mantissa", "power", "inverse")]
_ADDRESSES: Final = ["ts", "bid", "ask", "bid_size", "ask_size", "price", "quantity", "side"]

COLUMNS_DTYPE: Final = np.dtype(
    [*((name, np.uint64) for name in _ADDRESSES), *((name, np.float64) for name in _FACTORS)], align=True
)
"""Addresses of columns of whole ticks and lots, 0 for none, and the factors that make numbers of them."""

#: A tick or a lot that is missing.
_MISSING: Final = np.iinfo(np.int64).min
#: States up to this many bytes are copied for a stretch, so that they can stay in registers.
_SMALL_STATE: Final = 256
_QUOTE, _TRADE = 0, 2


def compile_strategy(
    numba: ModuleType, function: Callable[..., Any], fma: Callable[..., Any], dtypes: tuple[np.dtype[Any], ...]
) -> tuple[tuple[int, int], Any]:
    """The addresses of the machine code, and the object that owns it.

    Parameters
    ----------
    numba
        The module, with the functions that strategies may call made known to it.
    function
        The strategy.
    fma
        ``a * b + c``, rounded once.
    dtypes
        Of event, state and orders.

    Raises
    ------
    StrategyError
        If numba cannot compile the function, or it does not return a whole number; with numba's words.
    """
    name, capacity = function.__name__, _core.CompiledFunction.CAPACITY
    event_type, state_type, order_type = (numba.from_dtype(dtype) for dtype in dtypes)
    columns_type, int64 = numba.from_dtype(COLUMNS_DTYPE), numba.types.int64
    # Out of bounds is an exception instead of a stray write; division by zero is NaN or inf, as in NumPy.
    inner = numba.njit(error_model="numpy", boundscheck=True, forceinline=True)(function)
    carray = numba.carray
    fill, copied, written = _memory(numba, fma)
    copies_state = dtypes[1].itemsize <= _SMALL_STATE

    def entry(event, state, orders, room):  # type: ignore[no-untyped-def] # numba finds the types
        # An exception must not reach the caller, which is not Python: it becomes a status. numba knows no narrower
        # class to catch.
        try:
            return inner(carray(event, 1)[0], carray(state, 1)[0], carray(orders, capacity))
        except Exception:
            return -1

    def over_rows(event, state, orders, columns, first, end, count):  # type: ignore[no-untyped-def]
        told, own, room, source = copied(event), kept(state), carray(orders, capacity), copied(columns)
        row, wrote = first, 0
        try:
            while row < end:
                fill(told, source, row)
                wrote = inner(told, own, room)
                if wrote != 0:
                    break
                row += 1
        except Exception:
            wrote = -1
        if copies_state:
            written(state, own)
        carray(count, 1)[0] = wrote
        return row

    if copies_state:
        kept = copied
    else:

        @numba.njit(forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
        def kept(state):  # type: ignore[no-untyped-def]
            return carray(state, 1)[0]

    pointer = numba.types.CPointer
    records = (pointer(event_type), pointer(state_type), pointer(order_type))
    try:
        inner.compile((event_type, state_type, numba.types.Array(order_type, 1, "C")))
        returns = inner.nopython_signatures[0].return_type
        if isinstance(returns, numba.types.Integer):
            compiled = numba.cfunc(int64(*records, int64), nopython=True, error_model="numpy")(entry)
            signature = int64(*records, pointer(columns_type), int64, int64, pointer(int64))
            stretch = numba.cfunc(signature, nopython=True, error_model="numpy")(over_rows)
    except Exception as error:  # numba lets errors of any class through, a KeyError for a field that is not there
        what = f"refused: {type(error).__name__}: {error}"
        raise StrategyError(name, "must be code that numba can compile", what) from error
    if not isinstance(returns, numba.types.Integer):
        raise StrategyError(name, "must return how many orders it wrote, an int on every path", str(returns))
    return (compiled.address, stretch.address), (compiled, stretch)


@functools.cache
def _memory(numba: ModuleType, fma: Callable[..., Any]) -> tuple[Any, ...]:
    """Reads of columns at an address, and records that live as long as a call; compiled once for all strategies."""
    from numba import extending
    from numba.core import cgutils

    ir = cgutils.ir
    int64, int8, none = numba.types.int64, numba.types.int8, numba.types.none

    def reader(kind: Any, width: int) -> Any:
        @extending.intrinsic  # type: ignore[untyped-decorator, unused-ignore]
        def read(context: Any, address: Any, row: Any) -> Any:
            def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
                column = builder.inttoptr(args[0], ir.IntType(width).as_pointer())
                return builder.load(builder.gep(column, [args[1]]))

            return kind(address, row), generate

        return read

    at, read_side, missing = reader(int64, 64), reader(int8, 8), _MISSING
    quote_kind, trade_kind = _QUOTE, _TRADE

    @numba.njit(error_model="numpy", forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def number(address, row, mantissa, power, inverse):  # type: ignore[no-untyped-def]
        if address == 0:
            return np.nan
        whole = at(address, row)
        if whole == missing:
            return np.nan
        # The quotient of the digits by the power of ten, correctly rounded: as the core makes it.
        scaled = float(whole) * mantissa
        near = scaled * inverse
        return fma(fma(-near, power, scaled), inverse, near)

    @numba.njit(forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def side_at(address, row):  # type: ignore[no-untyped-def]
        if address == 0:
            return int8(0)
        return read_side(address, row)

    @numba.njit(error_model="numpy", forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def price(source, address, row):  # type: ignore[no-untyped-def]
        return number(address, row, source.px_mantissa, source.px_power, source.px_inverse)

    @numba.njit(error_model="numpy", forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def size(source, address, row):  # type: ignore[no-untyped-def]
        return number(address, row, source.qty_mantissa, source.qty_power, source.qty_inverse)

    @numba.njit(error_model="numpy", forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def fill(event, source, row):  # type: ignore[no-untyped-def]
        now = at(source.ts, row)
        event.ts_event = now
        event.ts_recv = now
        event.now = now
        if event.kind != trade_kind:
            event.bid = price(source, source.bid, row)
            event.ask = price(source, source.ask, row)
            event.bid_size = size(source, source.bid_size, row)
            event.ask_size = size(source, source.ask_size, row)
            event.close = (event.bid + event.ask) * 0.5
        if event.kind != quote_kind:
            event.price = price(source, source.price, row)
            event.quantity = size(source, source.quantity, row)
            event.close = event.price
            event.side = side_at(source.side, row)

    @extending.intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def copied(context: Any, pointer: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            # Whoever has only a number of its address cannot change it: what is not read again need not be written.
            slot = cgutils.alloca_once(builder, context.get_data_type(pointer.dtype))
            slot.align = 16
            cgutils.raw_memcpy(builder, slot, args[0], ir.IntType(64)(pointer.dtype.size), 1)
            return slot

        return pointer.dtype(pointer), generate

    @extending.intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def written(context: Any, pointer: Any, record: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            cgutils.raw_memcpy(builder, args[0], args[1], ir.IntType(64)(pointer.dtype.size), 1)
            return context.get_dummy_value()

        return none(pointer, record), generate

    return fill, copied, written
