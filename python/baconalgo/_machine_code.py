"""Machine code of compiled strategies: a function as it is, and the same over the rows of a block.

Rationale
---------
Called once for a stretch of rows instead of once a row, the function is part of the loop: what it keeps stays in
registers, and of the event only those numbers are made that it looks at.
"""

from __future__ import annotations

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
    carray, missing, quote_kind, trade_kind = numba.carray, _MISSING, _QUOTE, _TRADE
    at, side_at, copied, written = _memory(numba)
    copies_state = dtypes[1].itemsize <= _SMALL_STATE

    def entry(event, state, orders, room):  # type: ignore[no-untyped-def] # numba finds the types
        # An exception must not reach the caller, which is not Python: it becomes a status. numba knows no narrower
        # class to catch.
        try:
            return inner(carray(event, 1)[0], carray(state, 1)[0], carray(orders, capacity))
        except Exception:
            return -1

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

    def over_rows(event, state, orders, columns, first, end, count):  # type: ignore[no-untyped-def]
        told, own, room = copied(event), kept(state), carray(orders, capacity)
        from_ = carray(columns, 1)[0]
        ts, bid, ask = from_.ts, from_.bid, from_.ask
        bid_size, ask_size, price, quantity, side = (
            from_.bid_size,
            from_.ask_size,
            from_.price,
            from_.quantity,
            from_.side,
        )
        px_mantissa, px_power, px_inverse = from_.px_mantissa, from_.px_power, from_.px_inverse
        qty_mantissa, qty_power, qty_inverse = from_.qty_mantissa, from_.qty_power, from_.qty_inverse
        kind = told.kind
        row, wrote = first, 0
        try:
            while row < end:
                now = at(ts, row)
                told.ts_event = now
                told.ts_recv = now
                told.now = now
                if kind != trade_kind:
                    told.bid = number(bid, row, px_mantissa, px_power, px_inverse)
                    told.ask = number(ask, row, px_mantissa, px_power, px_inverse)
                    told.bid_size = number(bid_size, row, qty_mantissa, qty_power, qty_inverse)
                    told.ask_size = number(ask_size, row, qty_mantissa, qty_power, qty_inverse)
                    told.close = (told.bid + told.ask) * 0.5
                if kind != quote_kind:
                    told.price = number(price, row, px_mantissa, px_power, px_inverse)
                    told.quantity = number(quantity, row, qty_mantissa, qty_power, qty_inverse)
                    told.close = told.price
                    told.side = side_at(side, row)
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


def _memory(numba: ModuleType) -> tuple[Any, ...]:
    """Reads of columns at an address, and records that live as long as a call."""
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

    read_side = reader(int8, 8)

    @numba.njit(forceinline=True)  # type: ignore[untyped-decorator, unused-ignore]
    def side_at(address, row):  # type: ignore[no-untyped-def]
        if address == 0:
            return int8(0)
        return read_side(address, row)

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

    return reader(int64, 64), side_at, copied, written
