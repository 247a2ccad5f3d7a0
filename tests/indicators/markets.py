"""Markets to try indicators on: random ones, with what goes wrong in real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[np.float64]]

#: Columns that hold prices: what a tolerance on a price is measured by.
PRICES = ("open", "high", "low", "close", "x", "y", "bid", "ask")


def market(rows: int, seed: int, *, tick: float | None = None) -> Columns:
    """Every column that an indicator may ask for, without a missing row.

    With a `tick` prices lie on it, sizes are whole, and there are flat stretches with and without volume.
    """
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01 if tick is None else 0.002, rows)))
    open_ = np.concatenate([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.0003, rows))
    reach = np.abs(rng.normal(0.0, 0.004 if tick is None else 0.001, (2, rows)))
    columns = {
        "open": open_,
        "high": np.maximum(open_, close) * (1.0 + reach[0]),
        "low": np.minimum(open_, close) * (1.0 - reach[1]),
        "close": close,
        "volume": rng.gamma(2.0, 500.0, rows),
        "bid_size": rng.gamma(2.0, 50.0, rows),
        "ask_size": rng.gamma(2.0, 50.0, rows),
        "session": np.floor(np.arange(rows) / 70.0),
    }
    if tick is not None:
        on_ticks(columns, tick, rng)
    columns["buy_volume"] = np.floor(columns["volume"] * rng.random(rows))
    columns["bid"], columns["ask"] = columns["low"], columns["high"] + (tick or 0.01)
    columns["x"] = columns["close"].copy()
    columns["y"] = columns["open"].copy()
    return columns


def on_ticks(columns: Columns, tick: float, rng: np.random.Generator) -> None:
    """Rounds prices and sizes, lets the market stand still now and then, and makes a few bars that cannot be."""
    rows, prices = len(columns["close"]), ("open", "high", "low", "close")
    for name in prices:
        columns[name] = np.round(np.round(columns[name] / tick) * tick, 10)
    for name in ("volume", "bid_size", "ask_size"):
        columns[name] = np.floor(columns[name])
    columns["bid_size"][rng.random(rows) < 0.05] = 0.0
    columns["ask_size"][columns["bid_size"] == 0.0] *= rng.integers(0, 2, int(np.sum(columns["bid_size"] == 0.0)))
    columns["volume"][:2] = 0.0
    for still, dead in ((0.30, False), (0.62, True), (0.80, False)):
        first = int(still * rows)
        stretch = slice(first, first + min(70, max(rows // 7, 1)))
        for name in prices:
            columns[name][stretch] = columns["close"][first]
        if dead:
            columns["volume"][stretch] = 0.0
    for wrong in (0.11, 0.47, 0.95):
        row = int(wrong * rows)
        columns["close"][row] = np.round(columns["high"][row] + 40.0 * tick, 10)
        columns["close"][row + 1] = np.round(columns["low"][row + 1] - 40.0 * tick, 10)
        columns["high"][row + 2], columns["low"][row + 2] = columns["low"][row + 2], columns["high"][row + 2]


def with_missing_rows(columns: Columns, seed: int) -> Columns:
    """NaN and infinities: at the start, alone, in blocks; in one column of a row or in several."""
    rng = np.random.default_rng(seed)
    rows = len(columns["close"])
    holes = [0, 1, int(0.21 * rows), int(0.55 * rows), int(0.55 * rows) + 1, int(0.9 * rows), rows - 2]
    spoiled = {name: column.copy() for name, column in columns.items()}
    for row in holes:
        for name in rng.choice(sorted(spoiled), rng.integers(3, len(spoiled)), replace=False):
            spoiled[name][row] = rng.choice([np.nan, np.inf, -np.inf])
    return spoiled
