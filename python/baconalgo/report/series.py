"""Columns of a result reduced to what a chart of a given width can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BUCKETS = 700
"""Time buckets of a chart: more than the pixels of a half-width chart, fewer than a page would feel."""


def times(table: pa.Table, column: str) -> Ints:
    """A timestamp column as ns since the epoch."""
    import pyarrow as pa

    values = table.column(column).cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
    return np.asarray(values.to_numpy(), dtype=np.int64)


def floats(table: pa.Table, column: str) -> Floats:
    """A number column; null becomes NaN."""
    import pyarrow as pa

    return np.asarray(table.column(column).cast(pa.float64()).to_numpy(), dtype=np.float64)


class Words(NamedTuple):
    """A column of few different texts: each row's place in a list of them."""

    codes: npt.NDArray[np.int32]
    """Place in `names`, -1 for null; shape (rows,)."""
    names: list[str]

    def where(self, name: str) -> npt.NDArray[np.bool_]:
        """The rows that have this text."""
        return np.equal(self.codes, self.names.index(name) if name in self.names else -2)

    def by_count(self) -> list[str]:
        """The texts that occur, most often first; equal counts in order of the alphabet."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        found = [(-int(n), name) for n, name in zip(counts, self.names, strict=True) if n]
        return [name for _, name in sorted(found)]


def words(table: pa.Table, column: str) -> Words:
    """A text column, dictionary or not; the texts themselves are not copied row by row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table.column(column)
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    array = values.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], pa.string()).dictionary_encode()
    codes = pc.fill_null(array.indices.cast(pa.int32()), -1)
    return Words(np.asarray(codes.to_numpy(zero_copy_only=False), np.int32), array.dictionary.to_pylist())


class Buckets(NamedTuple):
    """A line reduced to equal steps of time. Empty steps have no entry."""

    ts: Ints
    """Time of the last point of the step, ns."""
    first: Floats
    low: Floats
    high: Floats
    last: Floats


def bucketed(ts: Ints, values: Floats, buckets: int = BUCKETS) -> Buckets:
    """First, lowest, highest and last value in each of `buckets` equal steps of time.

    Not a sample: a peak of one point in ten million is still the peak of its step. NaN and infinite values are left
    out. O(n) time, O(n) memory for one index column.

    Examples
    --------
    >>> b = bucketed(np.arange(6), np.array([1.0, 9.0, 2.0, 3.0, -5.0, 4.0]), buckets=2)
    >>> b.high.tolist(), b.low.tolist(), b.last.tolist()
    ([9.0, 4.0], [1.0, -5.0], [2.0, 4.0])
    """
    finite = np.isfinite(values)
    if not finite.all():
        ts, values = ts[finite], values[finite]
    if len(ts) == 0:
        empty = np.empty(0)
        return Buckets(np.empty(0, np.int64), empty, empty, empty, empty)
    start, end = int(ts[0]), int(ts[-1])
    step = max(1, -(-(end - start + 1) // buckets))
    index = (ts - start) // step
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(index)) + 1])
    ends = np.concatenate([bounds[1:], [len(ts)]]) - 1
    return Buckets(
        ts[ends], values[bounds], np.minimum.reduceat(values, bounds), np.maximum.reduceat(values, bounds), values[ends]
    )


def returns_by_period(ts: Ints, equity: Floats, unit: str) -> tuple[npt.NDArray[Any], Floats]:
    """Return of each calendar period with events, in percent, from the last equity of one to that of the next.

    Parameters
    ----------
    ts : (n,) int64
        ns since the epoch, ascending.
    equity : (n,) float64
        Equity at these times; the first is the start capital.
    unit : str
        numpy's name of the period: ``M``, ``D`` or ``h``, UTC.

    Returns
    -------
    periods : (m,) datetime64
        The periods that have events.
    returns : (m,) float64
        Percent; NaN after equity is not above zero.
    """
    if len(ts) == 0:
        return np.empty(0, f"M8[{unit}]"), np.empty(0)
    periods = ts.view("M8[ns]").astype(f"M8[{unit}]")
    ends = np.concatenate([np.flatnonzero(periods[1:] != periods[:-1]), [len(ts) - 1]])
    before = np.concatenate([[equity[0]], equity[ends[:-1]]])
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.where(before > 0, 100 * (equity[ends] / before - 1), np.nan)
    return periods[ends], returns


def sampled_returns(equity: Floats, event: Words) -> Floats:
    """Returns in percent between the samples of an equity curve; the rows of fills are passed over."""
    values = equity[~event.where("fill")]
    if len(values) < 2:
        return np.empty(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = 100 * (values[1:] / values[:-1] - 1)
    return np.asarray(returns[np.isfinite(returns)])


class Histogram(NamedTuple):
    """Counts of equal bins."""

    edges: Floats
    counts: Ints
    clipped: int
    """Values beyond the outer edges; they are counted in the outer bins."""


def histogram(values: Floats, bins: int = 40) -> Histogram | None:
    """Counts in equal bins, with 0 on an edge; None without values.

    The bins span the 0.5th to the 99.5th percentile, so that one outlier does not squeeze the rest into one bar.
    """
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return None
    low, high = np.percentile(values, [0.5, 99.5]) if len(values) > 50 else (values.min(), values.max())
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    if high - low <= 0:
        low, high = -1.0, 1.0
    width = (high - low) / bins
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    clipped = int(np.count_nonzero((values < edges[0]) | (values > edges[-1])))
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return Histogram(edges, counts.astype(np.int64), clipped)
