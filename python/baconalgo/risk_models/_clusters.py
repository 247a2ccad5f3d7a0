"""Names that move alike, and prices seen at different times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo.errors import DataError
from baconalgo.risk_models._inputs import Floats, matrix, numbers
from baconalgo.risk_models._inputs import count as whole


@dataclass(frozen=True, eq=False, slots=True)
class Clusters:
    """The tree of names, and its groups.

    Parameters
    ----------
    names : tuple of str
        In the order of the matrix.
    order : tuple of int
        The places of the names from left to right, those that move alike beside each other.
    linkage : (n - 1, 4) array
        Joins as SciPy has them: left, right, distance, count.
    labels : tuple of int or None
        The group of each name, numbered by first appearance, if a count was given.
    """

    names: tuple[str, ...]
    order: tuple[int, ...]
    linkage: Floats
    labels: tuple[int, ...] | None

    @property
    def groups(self) -> list[list[str]]:
        """The names of each group; one group if no count was given."""
        labels = self.labels or (0,) * len(self.names)
        return [[n for n, label in zip(self.names, labels, strict=True) if label == g] for g in range(max(labels) + 1)]


def cluster(correlation: Any, count: int | None = None) -> Clusters:
    """Hierarchical clusters of a correlation matrix: Ward's linkage over ``sqrt((1 - correlation) / 2)``.

    The same tree on every machine: of pairs at one distance those with the lowest numbers are joined first.

    Parameters
    ----------
    correlation : (n, n) array or Correlation
        Values in [-1, 1].
    count : int, optional
        How many groups to cut the tree into.

    Raises
    ------
    DataError
        If it is no correlation matrix.
    ConfigError
        If `count` is not from 1 to the number of names.

    Examples
    --------
    >>> import baconalgo as ba
    >>> found = ba.risk_models.cluster([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]], 2)
    >>> found.groups
    [['0', '2'], ['1']]
    """
    values, names = matrix("correlation", correlation)
    wanted = None if count is None else whole("count", count)
    linkage, order, labels = _core.correlation_tree(values, wanted)
    groups = None if labels is None else tuple(labels.tolist())
    return Clusters(names, tuple(order.tolist()), linkage, groups)


@dataclass(frozen=True, slots=True)
class HayashiYoshida:
    """Covariance of two prices seen at different times.

    Parameters
    ----------
    covariance : float
        Sum of the products of log returns whose spans overlap, over the whole period.
    variances : tuple of float
        Sums of the squared log returns.
    correlation : float or None
        None if a price never moved.
    """

    covariance: float
    variances: tuple[float, float]
    correlation: float | None


def hayashi_yoshida(x_ts: Any, x: Any, y_ts: Any, y: Any) -> HayashiYoshida:
    """Correlation of two prices that are seen at different times, without a grid (Hayashi and Yoshida, 2005).

    ``sum r_i q_j`` over all pairs of log returns whose spans of time (from, to] overlap, over the root of the product
    of the sums of squares. Of several prices at one time the last one counts.

    Parameters
    ----------
    x_ts, y_ts : (n,), (m,) array of int or datetime64
        Times in order.
    x, y : (n,), (m,) array of float
        Prices > 0; mid prices do better than trades, whose bounce shrinks the correlation.

    Raises
    ------
    DataError
        If a price is not above 0, times run backwards or lengths differ.

    Examples
    --------
    >>> import baconalgo as ba
    >>> found = ba.risk_models.hayashi_yoshida([0, 2, 4], [1.0, 2.0, 1.0], [1, 3, 5], [1.0, 3.0, 1.0])
    >>> round(found.correlation, 12)
    0.5
    """
    times = [_times(name, ts) for name, ts in (("x_ts", x_ts), ("y_ts", y_ts))]
    covariance, a, b, correlation = _core.hayashi_yoshida(times[0], numbers("x", x, 1), times[1], numbers("y", y, 1))
    return HayashiYoshida(covariance, (a, b), correlation)


def _times(name: str, ts: Any) -> Any:
    found = np.asarray(ts)
    if found.dtype.kind == "M":
        found = found.astype("datetime64[ns]").astype(np.int64)
    if found.dtype.kind not in "iu" or found.ndim != 1:
        raise DataError(name, "must be times as int or datetime64, in one dimension", f"{found.dtype}, {found.shape}")
    return np.ascontiguousarray(found, dtype=np.int64)
