"""Prices on a grid of time: at each step the last one of every symbol."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class PriceHistory:
    """The last `length` steps of a grid of `interval` ns, each with the price that stood at its end.

    Examples
    --------
    >>> history = PriceHistory(interval=10, length=100)
    >>> for ts, price in ((0, 100.0), (9, 101.0), (12, 102.0), (25, 99.0)):
    ...     over = history.update("A", price, ts)
    >>> history.returns(["A"]).round(4).tolist()
    [[0.0099]]
    """

    def __init__(self, *, interval: int, length: int) -> None:
        self._interval = interval
        self._rows: deque[list[float]] = deque(maxlen=length)
        self._places: dict[str, int] = {}
        self._last: list[float] = []
        self._step: int | None = None

    def update(self, symbol: str, price: float, ts: int) -> bool:
        """One price; times that go back count as the last one. Gives whether a step of the grid is over."""
        step = ts // self._interval
        over = self._step is not None and step > self._step
        if over:
            self._rows.append(self._last.copy())
        if self._step is None or over:
            self._step = step
        place = self._places.setdefault(symbol, len(self._last))
        if place == len(self._last):
            self._last.append(math.nan)
        self._last[place] = price
        return over

    def returns(self, symbols: list[str]) -> Floats:
        """Returns of the symbols from step to step, (steps, symbols), where all of them had prices."""
        places = [self._places.get(symbol, -1) for symbol in symbols]
        if not places or min(places) < 0 or len(self._rows) < 2:
            return np.empty((0, len(symbols)))
        width = max(places) + 1
        prices = np.array(
            [row + [math.nan] * (width - len(row)) if len(row) < width else row[:width] for row in self._rows]
        )
        prices = prices[:, places]
        with np.errstate(divide="ignore", invalid="ignore"):
            made = prices[1:] / prices[:-1] - 1.0
        return np.ascontiguousarray(made[np.isfinite(made).all(axis=1)])

    @property
    def symbols(self) -> list[str]:
        """The symbols with a price."""
        return list(self._places)
