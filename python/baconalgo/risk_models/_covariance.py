"""Covariance and correlation of returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from baconalgo import _core
from baconalgo.errors import DataError
from baconalgo.risk_models._inputs import Floats, matrix, number, table

if TYPE_CHECKING:
    import pandas as pd

    from baconalgo.risk_models._clusters import Clusters
    from baconalgo.risk_models._heat_map import HeatMap


@dataclass(frozen=True, eq=False, slots=True)
class _Named:
    names: tuple[str, ...]
    values: Floats

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        made = np.asarray(self.values, dtype=dtype)
        return made.copy() if copy else made

    def __len__(self) -> int:
        return len(self.names)

    def to_pandas(self) -> pd.DataFrame:
        """A frame with the names on both sides; needs pandas."""
        import pandas as pd

        return pd.DataFrame(self.values, index=list(self.names), columns=list(self.names))

    def of(self, row: str, column: str) -> float:
        """The value of two names."""
        places = []
        for name in (row, column):
            if name not in self.names:
                raise DataError("name", "must be one of the matrix", name)
            places.append(self.names.index(name))
        return float(self.values[places[0], places[1]])


@dataclass(frozen=True, eq=False, slots=True)
class Covariance(_Named):
    """A covariance matrix with its names; wherever an array goes, it goes.

    Parameters
    ----------
    names : tuple of str
        Rows and columns.
    values : (n, n) array
        Symmetric.
    method : str
        How it was made.
    shrinkage : float or None
        How far it was drawn to its target, 0..1.
    """

    method: str = ""
    shrinkage: float | None = None

    @property
    def volatility(self) -> Floats:
        """The roots of the diagonal."""
        return np.asarray(np.sqrt(np.diag(self.values)))

    def correlation(self) -> Correlation:
        """The correlations in it; a name without variance has 0 with every other."""
        return Correlation(self.names, _core.correlation_of(self.values), self.method)


@dataclass(frozen=True, eq=False, slots=True)
class Correlation(_Named):
    """A correlation matrix with its names; wherever an array goes, it goes. In a notebook it shows as a heat map.

    Parameters
    ----------
    names : tuple of str
        Rows and columns.
    values : (n, n) array
        Symmetric, ones on the diagonal.
    method : str
        How it was made.
    """

    method: str = ""

    def cluster(self, count: int | None = None) -> Clusters:
        """Names that move alike, see :func:`baconalgo.risk_models.cluster`."""
        from baconalgo.risk_models._clusters import cluster

        return cluster(self, count)

    def heat_map(self, *, title: str | None = None, clusters: int | None = None) -> HeatMap:
        """The matrix as a picture, see :func:`baconalgo.risk_models.heat_map`."""
        from baconalgo.risk_models._heat_map import heat_map

        return heat_map(self, title=title, clusters=clusters)

    def _repr_html_(self) -> str:
        return self.heat_map()._repr_html_()


def covariance(
    returns: Any,
    method: str = "sample",
    *,
    decay: float = 0.94,
    names: Sequence[str] | None = None,
    missing: str = "error",
) -> Covariance:
    """Covariance of the returns of one period.

    - ``sample``: ``sum (x_i - m_i)(x_j - m_j) / (n - 1)``.
    - ``ewma``: ``sum w_t x_i x_j``, weights falling by `decay` a period and summing to 1, the mean taken as 0
      (RiskMetrics, 1996).
    - ``ledoit_wolf``: the sample's (dividing by n) drawn towards one with a constant correlation (Ledoit and Wolf,
      *Honey, I shrunk the sample covariance matrix*, 2004).
    - ``ledoit_wolf_identity``: towards the mean variance times the identity (Ledoit and Wolf, 2004; as scikit-learn's
      ``ledoit_wolf``).

    Parameters
    ----------
    returns : (n, names) table of float
        NumPy, pandas, polars, Arrow, or a mapping of names to columns.
    method : str
        One of those above.
    decay : float
        Between 0 and 1, for ``ewma``: 0.94 for days, 0.97 for months.
    names : sequence of str, optional
        Else those of the columns, else numbers.
    missing : str
        What a NaN is: an ``error``, or ``drop`` its period.

    Raises
    ------
    DataError
        If a value is not finite, or there are fewer than two periods (one for ``ewma``).
    ConfigError
        If a setting is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> import baconalgo as ba
    >>> returns = np.random.default_rng(1).normal(0.0, 0.01, (500, 3))
    >>> bool(np.allclose(ba.risk_models.covariance(returns), np.cov(returns, rowvar=False)))
    True
    >>> 0.0 <= ba.risk_models.covariance(returns, "ledoit_wolf").shrinkage <= 1.0
    True
    """
    values, labels = table(returns, names, missing)
    made, shrinkage = _core.covariance_matrix(values, method, number("decay", decay))
    return Covariance(labels, made, method, shrinkage)


def correlation(
    returns: Any,
    method: str = "sample",
    *,
    decay: float = 0.94,
    names: Sequence[str] | None = None,
    missing: str = "error",
) -> Correlation:
    """Correlation of returns: that of :func:`covariance`, with the same parameters.

    Examples
    --------
    >>> import numpy as np
    >>> import baconalgo as ba
    >>> returns = np.random.default_rng(1).normal(0.0, 0.01, (500, 3))
    >>> bool(np.allclose(ba.risk_models.correlation(returns), np.corrcoef(returns, rowvar=False)))
    True
    """
    return covariance(returns, method, decay=decay, names=names, missing=missing).correlation()


def stressed_correlation(covariance: Any, strength: float = 1.0) -> Covariance:
    """The covariance whose correlations have gone the part `strength` of the way to one, the variances as they are.

    ``c_ij + strength (s_i s_j - c_ij)``: in a crash everything falls together. A book of longs loses its
    diversification; one of longs against shorts seems safer, for which the sum of all |component| is the bound.

    Parameters
    ----------
    covariance : (n, n) array or Covariance
        Positive semidefinite; so is what comes out.
    strength : float
        0 to 1.

    Examples
    --------
    >>> import baconalgo as ba
    >>> calm = [[0.04, 0.0], [0.0, 0.09]]
    >>> stressed = ba.risk_models.stressed_correlation(calm)
    >>> round(ba.risk_models.component_var([1, 1], stressed).var / 1.6448536269514722, 12)  # 0.2 + 0.3
    0.5
    """
    values, names = matrix("covariance", covariance)
    made = _core.correlation_towards_one(values, number("strength", strength))
    return Covariance(names, made, f"correlations {strength:g} of the way to one")


@dataclass(frozen=True, eq=False, slots=True)
class Repaired:
    """A matrix that was made positive definite.

    Parameters
    ----------
    matrix : Covariance
        With the same variances.
    smallest : float
        The smallest eigenvalue of the correlations before.
    raised : int
        How many eigenvalues were below 1e-8; with 0 the matrix is as it was.
    moved : float
        The largest change of a correlation.
    """

    matrix: Covariance
    smallest: float
    raised: int
    moved: float


def repair(covariance: Any, method: str = "clip") -> Repaired:
    """A covariance (or correlation) matrix whose correlations fit together.

    ``clip``: eigenvalues of the correlations below 1e-8 are raised to it, and the diagonal is scaled back to one
    (Rebonato and Jaeckel, 1999). ``nearest``: the nearest correlation matrix (Higham, 2002), then ``clip``.

    Parameters
    ----------
    covariance : (n, n) array, Covariance or Correlation
        Symmetric.
    method : str
        ``clip`` or ``nearest``.

    Examples
    --------
    >>> import baconalgo as ba
    >>> impossible = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    >>> found = ba.risk_models.repair(impossible)
    >>> found.raised, round(found.matrix.of("0", "1"), 2)
    (1, 0.5)
    """
    values, names = matrix("covariance", covariance)
    made, smallest, raised, moved = _core.repair_matrix(values, method)
    return Repaired(replace(Covariance(names, made), method=f"repaired ({method})"), smallest, raised, moved)
