"""Value at risk: what is lost on a bad day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError, DataError
from baconalgo.risk_models._inputs import by_name, count, matrix, number, numbers, table

METHODS = ("historical", "normal", "student_t", "cornish_fisher", "monte_carlo")
DRAWS = ("normal", "student_t", "bootstrap", "gaussian_copula", "t_copula")


@dataclass(frozen=True, slots=True)
class VarResult:
    """Value at risk with what it rests on.

    Parameters
    ----------
    var : float
        The loss that is exceeded with probability 1 - `confidence`; positive is a loss, in the unit of the input.
    cvar : float
        The mean loss beyond `var` (expected shortfall).
    standard_error, cvar_standard_error : float or None
        How far `var` and `cvar` of another such sample would lie; None where too little is there to say.
    observations : int
        Periods of the sample.
    paths : int or None
        Paths that were drawn; the standard errors then are those of the drawing.
    method : str
        How it was made.
    confidence : float
        Between 0.5 and 1.
    df : float or None
        Degrees of freedom of Student's t, if there is one.
    notes : tuple of str
        What to keep in mind.
    """

    var: float
    cvar: float
    standard_error: float | None
    cvar_standard_error: float | None
    observations: int
    method: str
    confidence: float
    paths: int | None = None
    df: float | None = None
    notes: tuple[str, ...] = ()


def value_at_risk(
    returns: Any,
    confidence: float = 0.95,
    method: str = "historical",
    *,
    weights: Any = None,
    df: float | None = None,
    draw: str = "normal",
    paths: int = 100_000,
    seed: int = 0,
) -> VarResult:
    """The loss of one period that is exceeded with probability ``1 - confidence``, and the mean loss beyond it.

    With ``a = 1 - confidence``, m and s the mean and the deviation (ddof 1) of the sample:

    - ``historical``: minus the a-quantile of the values, linear between ranks as ``numpy.quantile``; CVaR minus the
      mean of the values at or below it.
    - ``normal``: ``-(m + z s)`` with ``z = Phi^-1(a)``; CVaR ``-(m - s phi(z) / a)``.
    - ``student_t``: the same with Student's t scaled to m and s; the likeliest degrees of freedom unless `df` is given.
    - ``cornish_fisher``: normal, corrected for skewness and kurtosis.
    - ``monte_carlo``: `paths` draws, see `draw`; then as ``historical``.

    Parameters
    ----------
    returns : (n,) or (n, names) array of float
        Profits and losses or returns, one a period; a table needs `weights`. NumPy, pandas, polars, Arrow or a mapping
        of names to columns. NaN is an error.
    confidence : float
        Above 0.5, below 1.
    method : str
        One of those above.
    weights : (names,) array or mapping
        What is held of each name: fractions, or amounts of money, whose unit the result then has.
    df : float, optional
        Degrees of freedom > 2, for ``student_t`` and draws with a t; by default the likeliest, 4 for ``t_copula``.
    draw : str
        What Monte Carlo draws from: ``normal`` or ``student_t`` (jointly, with the sample's mean and covariance),
        ``bootstrap`` (whole periods), ``gaussian_copula`` or ``t_copula`` (each name as it was, put together anew).
    paths : int
        1 to 100 million.
    seed : int
        The same seed gives the same bits at any number of threads.

    Returns
    -------
    VarResult

    Raises
    ------
    DataError
        If there is nothing to measure: no values, one that is not finite, too few (two, but for ``historical``).
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    The standard error of ``historical`` comes from order statistics (half the distance between the ranks
    ``sqrt(n a (1 - a))`` below and above), that of ``normal`` is the closed one, those of ``student_t`` and
    ``cornish_fisher`` leave out a twentieth of the values in turn.

    Examples
    --------
    >>> import numpy as np
    >>> import baconalgo as ba
    >>> returns = np.random.default_rng(1).normal(0.0, 0.01, 1000)
    >>> found = ba.risk_models.value_at_risk(returns, 0.95)
    >>> round(found.var, 4), round(found.cvar, 4), round(found.standard_error, 4)
    (0.0165, 0.021, 0.0007)
    >>> bool(found.var == -np.quantile(returns, 0.05))
    True
    >>> book = np.column_stack([returns, -returns])
    >>> abs(ba.risk_models.value_at_risk(book, method="normal", weights=[1.0, 1.0]).var) < 1e-12
    True
    """
    if method not in METHODS:
        raise ConfigError("method", f"must be one of {', '.join(METHODS)}", method)
    confidence = number("confidence", confidence)
    wanted = None if df is None else number("df", df)
    if isinstance(returns, Mapping) or hasattr(returns, "columns") or np.ndim(returns) == 2:
        grid, names = table(returns)
        if weights is None:
            raise ConfigError("weights", f"must be given for {len(names)} names", None)
        held = by_name("weights", weights, names)
        values = grid @ held
    else:
        if weights is not None:
            raise ConfigError("weights", "must be left out for one series", "weights")
        values = numbers("returns", returns, 1)
        grid, held = values.reshape(-1, 1), np.ones(1)
    if method == "monte_carlo":
        return _drawn(grid, held, values, confidence, draw, wanted, paths, seed)
    found, used, in_order = _core.var_of_returns(np.ascontiguousarray(values), confidence, method, wanted)
    notes = () if in_order else ("the Cornish-Fisher quantiles are not in order: too much skewness or kurtosis",)
    var, cvar, error, cvar_error, observations = found
    return VarResult(var, cvar, error, cvar_error, observations, method, confidence, df=used, notes=notes)


def _drawn(
    grid: Any, held: Any, values: Any, confidence: float, draw: str, df: float | None, paths: int, seed: int
) -> VarResult:
    if draw not in DRAWS:
        raise ConfigError("draw", f"must be one of {', '.join(DRAWS)}", draw)
    paths, seed = count("paths", paths, 1), count("seed", seed)
    rows = len(grid)
    if rows < 2:
        raise DataError("returns", "must be at least 2 long", rows)
    notes: tuple[str, ...] = ()
    if draw in ("normal", "student_t"):
        if draw == "normal":
            df = None
        elif df is None:
            df = _core.var_of_returns(np.ascontiguousarray(values), confidence, "student_t", None)[1]
        covariance = _core.covariance_matrix(grid, "sample", 0.94)[0]
        mean = np.ascontiguousarray(grid.mean(axis=0))
        found, raised = _core.var_simulated(held, mean, covariance, confidence, df=df, paths=paths, seed=seed)
        notes = _repair_note(raised)
    else:
        df = (4.0 if df is None else df) if draw == "t_copula" else None
        found = _core.var_from_history(grid, held, confidence, draw=draw, df=df or 4.0, paths=paths, seed=seed)
    var, cvar, error, cvar_error, _ = found
    method = f"monte_carlo ({draw})"
    return VarResult(var, cvar, error, cvar_error, rows, method, confidence, paths, df, notes)


def _repair_note(raised: int) -> tuple[str, ...]:
    if not raised:
        return ()
    return (f"the correlations were not positive definite: {raised} eigenvalues were raised to 1e-8",)


def monte_carlo_var(
    weights: Any,
    covariance: Any,
    mean: Any = None,
    *,
    confidence: float = 0.95,
    df: float | None = None,
    paths: int = 100_000,
    seed: int = 0,
) -> VarResult:
    """Value at risk of a book whose returns are jointly normal, or Student's t with `df` > 2, by Monte Carlo.

    Every path draws one normal a name; ``covariance = L L'``, and a path's profit is ``weights' (mean + L z)``. A
    covariance that is not positive definite is repaired, see :func:`repair`, and a note says so.

    Parameters
    ----------
    weights : (n,) array or mapping
        What is held of each name.
    covariance : (n, n) array or Covariance
        Of the returns of one period.
    mean : (n,) array or mapping, optional
        Of the returns; 0 by default.
    confidence, df, paths, seed
        As for :func:`value_at_risk`.

    Raises
    ------
    DataError
        If shapes differ, the covariance is not symmetric or a number is not finite.
    ConfigError
        If a setting is out of its range.

    Examples
    --------
    >>> import baconalgo as ba
    >>> found = ba.risk_models.monte_carlo_var([1.0, 1.0], [[4e-4, 1e-4], [1e-4, 9e-4]], paths=1_000_000)
    >>> abs(found.var - 1.644854 * 15e-4 ** 0.5) < 4 * found.standard_error
    True
    """
    values, names = matrix("covariance", covariance)
    held = by_name("weights", weights, names)
    means = np.zeros(len(names)) if mean is None else by_name("mean", mean, names)
    wanted = None if df is None else number("df", df)
    found, raised = _core.var_simulated(
        held,
        means,
        values,
        number("confidence", confidence),
        df=wanted,
        paths=count("paths", paths, 1),
        seed=count("seed", seed),
    )
    var, cvar, error, cvar_error, drawn = found
    method = "monte_carlo (normal)" if wanted is None else "monte_carlo (student_t)"
    return VarResult(var, cvar, error, cvar_error, 0, method, confidence, drawn, wanted, _repair_note(raised))


def liquidity_adjusted_var(
    var: float,
    value: float,
    *,
    spread: float,
    spread_deviation: float = 0.0,
    spread_factor: float = 3.0,
    horizon: float = 1.0,
) -> float:
    """Value at risk with what it costs, and how long it takes, to get out.

    ``var sqrt((T + 1)(2 T + 1) / (6 T)) + |value| (spread + spread_factor spread_deviation) / 2`` for a position that
    is closed in equal parts over T = `horizon` periods (Bangia and others 1999; Jorion, *Value at Risk*, 13.3).

    Parameters
    ----------
    var : float
        Of one period, in money.
    value : float
        Market value of the position.
    spread, spread_deviation : float
        Mean and deviation of the spread between bid and ask, as fractions of the price.
    spread_factor : float
        How many deviations wider the spread is when it matters; 2 to 4.5 is usual.
    horizon : float
        Periods, at least 1: the position over what one may trade of it a period.

    Raises
    ------
    ConfigError
        If a setting is negative or the horizon below 1.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.liquidity_adjusted_var(1_000, 50_000, spread=0.002, spread_deviation=0.001)
    1125.0
    """
    return _core.liquidity_adjusted_var(
        number("var", var),
        number("value", value),
        number("spread", spread),
        number("spread_deviation", spread_deviation),
        number("spread_factor", spread_factor),
        number("horizon", horizon),
    )
