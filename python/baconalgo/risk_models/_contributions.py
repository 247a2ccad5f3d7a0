"""What each position adds to the risk of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baconalgo import _core
from baconalgo.risk_models._inputs import Floats, by_name, matrix, number

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False, slots=True)
class VarContributions:
    """Normal value at risk by position.

    Parameters
    ----------
    names : tuple of str
        The positions.
    var, cvar : float
        Of all of them.
    marginal : (n,) array
        What one more unit of each adds to `var`.
    component : (n,) array
        What each brings: weight times marginal; these sum to `var`. Negative is a hedge.
    incremental : (n,) array
        `var` less what it is without that position.
    component_cvar : (n,) array
        As `component`; these sum to `cvar`.
    """

    names: tuple[str, ...]
    var: float
    cvar: float
    marginal: Floats
    component: Floats
    incremental: Floats
    component_cvar: Floats

    @property
    def table(self) -> pa.Table:
        """One row a position, as Arrow."""
        import pyarrow as pa

        columns = ("marginal", "component", "incremental", "component_cvar")
        return pa.table({"name": list(self.names), **{name: getattr(self, name) for name in columns}})


def component_var(weights: Any, covariance: Any, mean: Any = None, *, confidence: float = 0.95) -> VarContributions:
    """Marginal, component and incremental value at risk of each position, for normal returns.

    With ``s = sqrt(w' C w)`` and ``z = Phi^-1(1 - confidence)``: VaR ``-(w' mean + z s)``, marginal
    ``-(mean_i + z (C w)_i / s)``, component ``w_i`` times marginal (sums to VaR), incremental VaR less VaR without
    position i. For CVaR ``-phi(z) / (1 - confidence)`` stands in place of ``z``.

    Parameters
    ----------
    weights : (n,) array or mapping
        Fractions or amounts.
    covariance : (n, n) array or Covariance
        Of the returns of one period.
    mean : (n,) array or mapping, optional
        0 by default.
    confidence : float
        Above 0.5, below 1.

    Raises
    ------
    DataError
        If shapes differ, the covariance is not symmetric or a number is not finite.
    ConfigError
        If the confidence is out of its range.

    Examples
    --------
    >>> import baconalgo as ba
    >>> found = ba.risk_models.component_var([2.0, -1.0], [[0.04, 0.03], [0.03, 0.09]])
    >>> bool(abs(found.component.sum() - found.var) < 1e-12), round(float(found.component[1]), 3)
    (True, 0.137)
    """
    values, names = matrix("covariance", covariance)
    held = by_name("weights", weights, names)
    means = np.zeros(len(names)) if mean is None else by_name("mean", mean, names)
    found = _core.var_contributions(held, values, means, number("confidence", confidence))
    return VarContributions(names, *found)
