"""Indicators of the best bid and ask, straight from the formulas."""

from __future__ import annotations

import numpy as np

from .registry import STARTS_AGAIN, Array, defines


@defines("bid_size ask_size", "book_imbalance", STARTS_AGAIN)
def book_imbalance(bid_size: Array, ask_size: Array) -> Array:
    """-1..1; an empty book is balanced."""
    both = bid_size + ask_size
    return np.divide(bid_size - ask_size, both, out=np.zeros(len(both)), where=both != 0.0)


@defines("bid ask bid_size ask_size", "microprice", STARTS_AGAIN)
def microprice(bid: Array, ask: Array, bid_size: Array, ask_size: Array) -> Array:
    """Each price weighted with the size on the other side; the mid of an empty book."""
    both = bid_size + ask_size
    safe = np.where(both == 0.0, 1.0, both)
    return np.where(both == 0.0, (bid + ask) / 2.0, (bid * ask_size + ask * bid_size) / safe)
