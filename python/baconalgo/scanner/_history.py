"""A scan at each bar of the past."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from baconalgo.config import Time, time_ns
from baconalgo.expr._lower import lower
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
    from baconalgo.scanner._scanner import judged, passes, rows

    began = time.perf_counter()
    native = scanner._native
    wanted, skipped = scanner._wanted(symbols, asked)
    nodes, params, places, _ = lower(scanner._roots(asked))
    price, volume, holds, rank = native.history(nodes, params, places)
    if "volume" not in native.names:
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
    rules, patterns = scanner._rules()
    nodes, params, places, _ = lower([*(rule.condition for rule in rules), *patterns.values()])
    held, directions = [], []
    # One expression after the other: a column of the whole history at a time.
    for place in range(len(rules) + len(patterns)):
        (column,) = native.history(nodes, params, [places[place]])
        if place < len(rules):
            held.append(column[chosen] == 1.0)
        else:
            directions.append(np.nan_to_num(column[chosen]))
    score, reasons, found = judged(rules, held, list(patterns), directions)
    key = score if asked.rank_by is None else rank[chosen]
    # Missing values last, as NaN sorts; equal ones in the order of the instruments.
    order = np.lexsort((owner[chosen], -key, times[chosen]))
    if top is not None and len(order):
        stamps = times[chosen][order]
        first = np.append(True, stamps[1:] != stamps[:-1])
        since = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
        order = order[since < top]
    picked = chosen[order]
    table = rows(
        [scanner._symbols[at] for at in owner[picked]],
        price[picked],
        volume[picked],
        found.take(pa.array(order)),
        score[order],
        reasons.take(pa.array(order)),
        times[picked],
        key[order],
    )
    return ScanTable(
        table, skipped=skipped, scanned=int(wanted.sum()), seconds=time.perf_counter() - began, title=repr(asked)
    )
