"""The grid that prices and sizes lie on: given, or inferred from the data and shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.data._columns import PRICES, SIZES, Meaning
from baconalgo.errors import DataError

Floats = npt.NDArray[np.float64]

#: Rows looked at to infer a tick size.
INFERENCE_ROWS = 100_000
#: A price this close to a whole tick, in ticks, lies on it.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Instrument:
    """What is traded, and the grid its prices and quantities lie on.

    Parameters
    ----------
    symbol : str
    tick_size, lot_size : Decimal
        Smallest step of a price (currency) and of a quantity (units).
    multiplier : Decimal
        Value of one unit at a price of one, in the currency.
    currency : str
    inferred : tuple of str
        Which of ``tick_size``, ``lot_size`` were inferred from the data.

    Examples
    --------
    >>> from decimal import Decimal
    >>> Instrument("ES", Decimal("0.25"), Decimal(1), Decimal(50)).tick_size
    Decimal('0.25')
    """

    symbol: str
    tick_size: Decimal
    lot_size: Decimal
    multiplier: Decimal = Decimal(1)
    currency: str = "USD"
    inferred: tuple[str, ...] = ()

    def spec(self) -> tuple[str, str, str, str, str]:
        """Exact texts: symbol, tick size, lot size, multiplier, currency."""
        return (self.symbol, f"{self.tick_size:f}", f"{self.lot_size:f}", f"{self.multiplier:f}", self.currency)


@dataclass(frozen=True)
class Grid:
    """What the data says about one symbol: decimals of its prices, and the largest size (0: no sizes)."""

    decimals: int
    largest_size: float

    def __or__(self, other: Grid) -> Grid:
        return Grid(max(self.decimals, other.decimals), max(self.largest_size, other.largest_size))


def common(all_grids: Iterable[Grid]) -> Grid:
    """One grid for all: the most decimals, the largest size."""
    found = Grid(2, 0.0)
    for grid in all_grids:
        found = found | grid
    return found


def exact(parameter: str, value: Any) -> Decimal:
    """The decimal that a number or text says: 0.05 is exactly 5e-2.

    Raises
    ------
    DataError
        If it is not a positive finite number.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise DataError(parameter, "must be a number", repr(value), code=1111) from None
    if not number.is_finite() or number <= 0:
        raise DataError(parameter, "must be > 0", value, code=1111)
    return number


def _as_floats(column: pa.ChunkedArray) -> Floats:
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    values = column.to_numpy()
    return np.asarray(values, dtype=np.float64)


def decimals_of(values: Floats, *, single: bool = False, least: int = 2, most: int = 9) -> int:
    """The fewest decimals, ``least`` to ``most``, that write every value within 1e-6 of a step.

    A 32-bit float is given the error of its width.

    Examples
    --------
    >>> decimals_of(np.array([1.38727, 1.3873]))
    5
    """
    values = values[np.isfinite(values)]
    relative = float(np.finfo(np.float32).eps) if single else 4 * float(np.finfo(np.float64).eps)
    for decimals in range(least, most):
        steps = values * 10.0**decimals
        whole = np.round(steps)
        if bool(np.all(np.abs(steps - whole) <= np.maximum(TOLERANCE, np.abs(whole) * relative))):
            return decimals
    return most


def grid_of(table: pa.Table, meaning: Meaning) -> Grid:
    """What the rows of a table of one symbol say about its grid."""
    decimals, largest = 2, 0.0
    for role, column in meaning.columns.items():
        values = table.column(column.name)
        if role in PRICES:
            if pa.types.is_decimal(values.type):
                decimals = max(decimals, min(values.type.scale, 9))
            elif pa.types.is_integer(values.type):
                decimals = max(decimals, column.decimals or 0)
            elif pa.types.is_floating(values.type):
                single = values.type.bit_width < 64
                decimals = max(decimals, decimals_of(_as_floats(values), single=single))
        elif role in SIZES and (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            sizes = np.abs(_as_floats(values)) / 10.0 ** (column.decimals or 0)
            sizes = sizes[np.isfinite(sizes)]
            largest = max(largest, float(sizes.max(initial=0.0)))
    return Grid(decimals, largest)


def grids(table: pa.Table, meaning: Meaning, symbol: str | None) -> dict[str, Grid]:
    """What the rows of a table say about the grid of each symbol in it."""
    if symbol is not None:
        return {symbol: grid_of(table, meaning)}
    name = meaning.columns["symbol"].name
    symbols = np.asarray(table.column(name).cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False), dtype=str)
    order = np.argsort(symbols, kind="stable")
    table, symbols = table.take(pa.array(order)), symbols[order]
    starts = np.flatnonzero(np.r_[True, symbols[1:] != symbols[:-1]]) if len(symbols) else np.array([], dtype=int)
    ends = np.r_[starts[1:], len(symbols)]
    return {
        str(symbols[start]): grid_of(table.slice(start, end - start), meaning)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    }


def lot_decimals(largest: float) -> int:
    """The most decimals, at most 8, for which 1,000 times the largest size still fits in 63 bits.

    Examples
    --------
    >>> lot_decimals(0.0), lot_decimals(5e6), lot_decimals(3e9)
    (8, 8, 6)
    """
    decimals = 8
    while decimals > 0 and largest * 1000 * 10.0**decimals >= 2.0**63:
        decimals -= 1
    return decimals


def settle(
    symbol: str, grid: Grid, *, tick_size: Any = None, lot_size: Any = None, currency: str, multiplier: Any
) -> Instrument:
    """The instrument of a symbol, from what was given and, where nothing was, from its data."""
    inferred = tuple(name for name, size in (("tick_size", tick_size), ("lot_size", lot_size)) if size is None)
    tick = Decimal(1).scaleb(-grid.decimals) if tick_size is None else exact("tick_size", tick_size)
    scale = exact("multiplier", multiplier)
    if lot_size is not None:
        lot = exact("lot_size", lot_size)
    else:
        # Half a tick of one lot must be a whole number of 1e-18 of the currency.
        room = 17 + int(tick.as_tuple().exponent) + min(0, int(scale.as_tuple().exponent))
        lot = Decimal(1).scaleb(-max(0, min(lot_decimals(grid.largest_size), room)))
    return Instrument(symbol, tick, lot, scale, currency, inferred)


def agreed(one: Instrument, other: Instrument) -> Instrument:
    """The instrument of two descriptions of it: what was given wins over what was inferred, else the finer grid.

    Raises
    ------
    DataError
        If both were given and differ.
    """

    def size(name: str) -> tuple[Decimal, bool]:
        pair = [(getattr(found, name), name in found.inferred) for found in (one, other)]
        given = {value for value, inferred in pair if not inferred}
        if len(given) > 1:
            values = " and ".join(str(value) for value in sorted(given))
            raise DataError(name, f"must be one for {one.symbol}", values, code=1111)
        return (given.pop(), False) if given else (min(value for value, _ in pair), True)

    for name in ("multiplier", "currency"):
        if getattr(one, name) != getattr(other, name):
            values = f"{getattr(one, name)} and {getattr(other, name)}"
            raise DataError(name, f"must be one for {one.symbol}", values, code=1111)
    sizes = {name: size(name) for name in ("tick_size", "lot_size")}
    inferred = tuple(name for name, (_, was) in sizes.items() if was)
    tick, lot = sizes["tick_size"][0], sizes["lot_size"][0]
    return Instrument(one.symbol, tick, lot, one.multiplier, one.currency, inferred)
