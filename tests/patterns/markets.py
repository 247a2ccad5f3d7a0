"""Bars to try patterns on."""

from __future__ import annotations

import numpy as np

from .definitions import Bars


def market(rows: int, seed: int, tick: float | None = None) -> Bars:
    """A random walk of bars; with a tick its prices have many ties, and sums of them are exact."""
    rng = np.random.default_rng(seed)
    close = 100 + np.cumsum(rng.normal(0, 0.7, rows))
    gaps = np.where(rng.random(rows) < 0.3, rng.normal(0, 0.8, rows), 0.0)
    open_ = np.concatenate([[100.0], close[:-1]]) + gaps
    wick = np.abs(rng.normal(0, 0.5, (2, rows))) * (rng.random((2, rows)) < 0.8)
    high, low = np.maximum(open_, close) + wick[0], np.minimum(open_, close) - wick[1]
    prices = np.stack([open_, high, low, close])
    if tick is not None:
        prices = np.round(prices / tick) * tick
    volume = np.round(rng.lognormal(6, 0.6, rows))
    session = np.cumsum(rng.random(rows) < 0.04).astype(np.float64)
    return Bars(*prices, volume, session)


def with_missing_rows(bars: Bars, seed: int, share: float = 0.03) -> Bars:
    """The same bars, some of them with a value that is no number."""
    rng = np.random.default_rng(seed)
    columns = [getattr(bars, name).copy() for name in ("open", "high", "low", "close", "volume", "session")]
    for column in columns[:5]:
        at = np.flatnonzero(rng.random(len(bars)) < share / 5)
        column[at] = rng.choice([np.nan, np.inf, -np.inf], len(at))
    return Bars(*columns)
