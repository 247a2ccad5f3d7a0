"""A scan at each bar of the past."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from baconalgo.config import Time, time_ns
from baconalgo.expr._lower import lower
from baconalgo.scanner._score import asked_of
from baconalgo.scanner._settings import ScanFilter
from baconalgo.scanner._table import ScanTable

if TYPE_CHECKING:
    from baconalgo.scanner._scanner import QuantumScanner


def history(
    scanner: QuantumScanner,
    asked: ScanFilter,
    start: Time | None,
    end: Time | None,
    symbols: Iterable[str] | None,
    top: int | None,
) -> ScanTable:
    """See :meth:`QuantumScanner.history`."""
    from baconalgo.scanner._scanner import passes, rows

    began = time.perf_counter()
    native = scanner._native
    wanted, skipped = scanner._wanted(symbols, asked)
    nodes, params, places, _ = lower(scanner._roots(asked))
    price, volume, holds, rank = native.history(nodes, params, places)
    if "volume" not in scanner._names:
        volume = np.full(len(price), np.nan)
    lengths, _ = native.ends()
    times = native.times()
    owner = np.repeat(np.arange(len(lengths)), lengths)
    passing = wanted[owner] & passes(asked, price, volume, holds)
    if start is not None:
        passing &= times >= time_ns("start", start)
    if end is not None:
        passing &= times < time_ns("end", end)
    chosen = np.flatnonzero(passing)
    score = asked_of(scanner._names)
    nodes, params, places, _ = score.lowered
    # One expression after the other: a column of the whole history at a time.
    judged = score.judge([native.history(nodes, params, [place])[0][chosen] for place in places])
    key = judged.points.astype(np.float64) if asked.rank_by is None else rank[chosen]
    # Missing values last, as NaN sorts; equal ones in the order of the instruments.
    order = np.lexsort((owner[chosen], -key, times[chosen]))
    if top is not None and len(order):
        stamps = times[chosen][order]
        first = np.append(True, stamps[1:] != stamps[:-1])
        since = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
        order = order[since < top]
    picked = chosen[order]
    symbols = scanner._arrow_symbols().take(pa.array(owner[picked]))
    table = rows(symbols, price[picked], volume[picked], judged.take(order), times[picked], key[order])
    return ScanTable(
        table, skipped=skipped, scanned=int(wanted.sum()), seconds=time.perf_counter() - began, title=repr(asked)
    )
