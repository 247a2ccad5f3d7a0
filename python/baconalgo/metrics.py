"""Statistics of returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo._masks import filled
from baconalgo.errors import ConfigError

__all__ = ["summary"]


def summary(returns: Any, periods_per_year: float = 252.0) -> dict[str, float | int | None]:
    r"""Performance of a series of returns: the same definitions as a backtest's metrics.

    Sharpe ``mean / std * sqrt(periods_per_year)`` (ddof 1, risk-free rate 0); Sortino the same over
    ``sqrt(mean(min(r, 0)^2))``; ``cagr = prod(1 + r)^(periods_per_year / n) - 1``; Calmar ``cagr / max drawdown``;
    drawdown of ``cumprod(1 + r)``, the start included. Undefined is None.

    Parameters
    ----------
    returns : (n,) array of float
        Simple returns as fractions; NumPy, pandas, polars or Arrow. NaN anywhere makes what depends on it None.
    periods_per_year
        252 for days of exchanges, 365 for days of crypto; > 0.

    Raises
    ------
    ConfigError
        If `periods_per_year` is not positive, or the returns are not numbers in one dimension.

    Examples
    --------
    >>> found = summary([0.01, -0.02, 0.03], periods_per_year=252)
    >>> round(found["max_drawdown_pct"], 12), round(found["return_pct"], 6)
    (2.0, 1.9494)
    """
    if not (isinstance(periods_per_year, int | float | np.number) and 0 < periods_per_year < float("inf")):
        raise ConfigError("periods_per_year", "must be > 0", periods_per_year)
    try:
        values = np.asarray(filled(returns), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError("returns", "must be numbers", type(returns).__name__) from error
    if values.ndim != 1:
        raise ConfigError("returns", "must have one dimension", f"shape {values.shape}")
    return _core.return_summary(values, float(periods_per_year))
