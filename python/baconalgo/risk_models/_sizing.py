"""How much to hold. These know no limits: ``RiskManager`` caps what they say."""

from __future__ import annotations

from typing import Any

from baconalgo import _core
from baconalgo.errors import ConfigError
from baconalgo.risk_models._inputs import Floats, by_name, count, matrix, number


def kelly(
    win_rate: float, avg_win: float, avg_loss: float, *, fraction: float = 1.0, observations: int | None = None
) -> float:
    """Kelly's fraction of the capital for trades that win or lose.

    ``f = p - (1 - p) / b`` with ``b = avg_win / |avg_loss|``, times `fraction`. Below 0: no edge. Without losses
    ``f = p``; without wins minus infinity. Of `observations` trades it is shrunk by ``e^2 / (e^2 + v)``, the edge
    ``e = p (b + 1) - 1`` and its variance ``v = (b + 1)^2 p (1 - p) / n`` (after Baker and McHale, 2013).

    Parameters
    ----------
    win_rate : float
        0 to 1.
    avg_win, avg_loss : float
        In money or percent; the sign of the loss does not matter.
    fraction : float
        Above 0; half of Kelly is usual.
    observations : int, optional
        Trades that the numbers are estimated from.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Examples
    --------
    >>> import baconalgo as ba
    >>> round(ba.risk_models.kelly(0.65, 1000, 500), 6)
    0.475
    >>> round(ba.risk_models.kelly(0.65, 1000, 500, fraction=0.5, observations=50), 6)
    0.227191
    """
    part = _fraction(fraction)
    wins, win, loss = number("win_rate", win_rate), number("avg_win", avg_win), number("avg_loss", avg_loss)
    return part * _core.kelly_fraction(wins, win, loss, _observations(observations))


def _fraction(fraction: float) -> float:
    value = number("fraction", fraction)
    if not 0 < value < float("inf"):
        raise ConfigError("fraction", "must be > 0", fraction)
    return value


def _observations(observations: int | None) -> int | None:
    return None if observations is None else count("observations", observations, 1)


def kelly_continuous(mean: float, variance: float, *, fraction: float = 1.0, observations: int | None = None) -> float:
    """Kelly's leverage for returns with this mean and variance a period: ``mean / variance``.

    Of `observations` periods it is shrunk by ``S / (S + 1 / n)``, ``S = mean^2 / variance``.

    Parameters
    ----------
    mean, variance : float
        Of the excess returns of one period; the variance above 0.
    fraction, observations
        As for :func:`kelly`.

    Raises
    ------
    DataError
        If the variance is not above 0.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.kelly_continuous(0.0005, 0.0001, fraction=0.5)
    2.5
    """
    found = _core.kelly_continuous_fraction(
        number("mean", mean), number("variance", variance), _observations(observations)
    )
    return _fraction(fraction) * found


def kelly_portfolio(mean: Any, covariance: Any, *, fraction: float = 1.0, observations: int | None = None) -> Floats:
    """Kelly's leverage of several names: f with ``C f = mean``.

    Of `observations` periods all are shrunk by ``S / (S + k / n)``, ``S = mean' C^-1 mean``, k the number of names
    (after Kan and Zhou, 2007). A covariance that is not positive definite is repaired first, see :func:`repair`.

    Parameters
    ----------
    mean : (n,) array or mapping
        Of the excess returns of one period.
    covariance : (n, n) array or Covariance
        Of the same.
    fraction, observations
        As for :func:`kelly`.

    Raises
    ------
    DataError
        If shapes differ, a number is not finite or a name has no variance.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.kelly_portfolio([0.02, 0.03], [[0.04, 0.0], [0.0, 0.09]]).round(6).tolist()
    [0.5, 0.333333]
    """
    values, names = matrix("covariance", covariance)
    means = by_name("mean", mean, names)
    return _core.kelly_weights(means, values, _observations(observations)) * _fraction(fraction)


def volatility_target(target: float, volatility: float, *, max_leverage: float = 1.0) -> float:
    """The leverage at which the volatility becomes the target: ``min(target / volatility, max_leverage)``.

    Parameters
    ----------
    target, volatility : float
        Deviations of the same period, wanted and now; without volatility it is `max_leverage`.
    max_leverage : float
        The highest, above 0.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.volatility_target(0.1, 0.25), ba.risk_models.volatility_target(0.1, 0.0, max_leverage=2)
    (0.4, 2.0)
    """
    return _core.volatility_target_leverage(
        number("target", target), number("volatility", volatility), number("max_leverage", max_leverage)
    )


def fixed_fraction(capital: float, risk: float, entry: float, stop: float) -> float:
    """Units that lose the part `risk` of the capital between entry and stop: ``capital risk / |entry - stop|``.

    Parameters
    ----------
    capital : float
        In money; 0 or less gives 0.
    risk : float
        A fraction, above 0 up to 1.
    entry, stop : float
        Prices, not the same.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.fixed_fraction(100_000, 0.01, entry=50.0, stop=48.0)
    500.0
    """
    return _core.fixed_fraction_size(
        number("capital", capital), number("risk", risk), number("entry", entry), number("stop", stop)
    )


def risk_parity(covariance: Any, budgets: Any = None) -> Floats:
    """Long weights summing to 1 of which each brings its part of the risk: ``w_i (C w)_i / (w' C w) = budget_i``.

    Found to 1e-10 by coordinate descent on ``x' C x / 2 - sum b_i ln x_i`` (Griveau-Billion, Richard and Roncalli,
    2013).

    Parameters
    ----------
    covariance : (n, n) array or Covariance
        With variances above 0.
    budgets : (n,) array or mapping, optional
        Parts of the risk, above 0, scaled to sum to 1; equal by default.

    Raises
    ------
    DataError
        If a name has no variance, a budget is not above 0, or shapes differ.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.risk_parity([[0.01, 0.0], [0.0, 0.04]]).round(6).tolist()
    [0.666667, 0.333333]
    """
    values, names = matrix("covariance", covariance)
    return _core.risk_parity_weights(values, None if budgets is None else by_name("budgets", budgets, names))
