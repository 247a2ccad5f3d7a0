"""Whether a model of value at risk was right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo.errors import DataError
from baconalgo.risk_models._inputs import count, number, numbers


@dataclass(frozen=True, slots=True)
class TestResult:
    """A likelihood ratio, and how likely one as large is if the model is right.

    Parameters
    ----------
    statistic : float
        The ratio.
    p_value : float
        Below 0.05 the model is commonly refused.
    """

    __test__ = False  # not a test of this package

    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ChristoffersenResult:
    """Christoffersen's tests.

    Parameters
    ----------
    independence : TestResult
        Whether exceptions follow each other no more often than other periods.
    conditional_coverage : TestResult
        Their number and their independence together.
    transitions : tuple of int
        Counts of calm after calm, exception after calm, calm after exception, exception after exception.
    """

    independence: TestResult
    conditional_coverage: TestResult
    transitions: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """The traffic light of the Basel Committee.

    Parameters
    ----------
    zone : str
        ``green``, ``yellow`` or ``red``.
    probability : float
        Of at most so many exceptions if the model is right.
    plus_factor : float or None
        What regulators add to the multiplier of 3; only for 250 periods at 99 %.
    """

    zone: str
    probability: float
    plus_factor: float | None


def exceptions(returns: Any, var: Any) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which periods lost more than was forecast: ``returns < -var``.

    Parameters
    ----------
    returns : (n,) array
        Profits and losses or returns.
    var : float or (n,) array
        The value at risk forecast for each period, a loss positive; NaN (no forecast) is an error.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.exceptions([0.01, -0.03, -0.01], 0.02).tolist()
    [False, True, False]
    """
    values = numbers("returns", returns, 1)
    bound = numbers("var", var, 1) if np.ndim(var) else np.full(len(values), number("var", var))
    if len(bound) != len(values):
        raise DataError("var", f"must have {len(values)} entries", len(bound))
    if not (np.isfinite(values).all() and np.isfinite(bound).all()):
        raise DataError("returns and var", "must be finite", "NaN or infinite")
    return np.asarray(values < -bound)


def kupiec(exceptions: int, periods: int, confidence: float = 0.95) -> TestResult:
    """Kupiec's test of the number of exceptions (proportion of failures; 1995).

    ``-2 ln(p^x (1 - p)^(n - x) / (q^x (1 - q)^(n - x)))`` with ``p = 1 - confidence`` and ``q = x / n``;
    chi-squared with one degree of freedom.

    Parameters
    ----------
    exceptions : int
        How many periods lost more than the value at risk.
    periods : int
        Of how many.
    confidence : float
        Of the value at risk.

    Raises
    ------
    DataError
        If there are no periods, or more exceptions than periods.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.risk_models.kupiec(13, 250).p_value > 0.05, ba.risk_models.kupiec(25, 250).p_value > 0.05
    (True, False)
    """
    found = _core.kupiec_test(count("exceptions", exceptions), count("periods", periods), _level(confidence))
    return TestResult(*found)


def _level(confidence: float) -> float:
    return number("confidence", confidence)


def christoffersen(exceptions: Any, confidence: float = 0.95) -> ChristoffersenResult:
    """Christoffersen's tests of a series of exceptions (1998): independence, and with :func:`kupiec` together.

    Independence: ``-2 ln`` of the likelihood with one probability of an exception over that with two, after a calm
    period and after an exception; one degree of freedom. Conditional coverage: the sum with Kupiec's; two.

    Parameters
    ----------
    exceptions : (n,) array of bool
        In order of time, see :func:`exceptions`; at least two.
    confidence : float
        Of the value at risk.

    Raises
    ------
    DataError
        If there are fewer than two periods, or they are not true or false.

    Examples
    --------
    >>> import numpy as np
    >>> import baconalgo as ba
    >>> in_rows = np.arange(1000) % 200 < 10
    >>> found = ba.risk_models.christoffersen(in_rows)
    >>> found.independence.p_value < 0.01, found.transitions
    (True, (945, 4, 5, 45))
    """
    series = np.asarray(exceptions)
    if series.ndim != 1 or series.dtype != np.bool_:
        raise DataError("exceptions", "must be true or false, in one dimension", f"{series.dtype}, {series.shape}")
    one, both, counts = _core.christoffersen_test(np.ascontiguousarray(series), _level(confidence))
    a, b, c, d = counts
    return ChristoffersenResult(TestResult(*one), TestResult(*both), (a, b, c, d))


def traffic_light(exceptions: int, periods: int = 250, confidence: float = 0.99) -> TrafficLight:
    """The zone of the Basel Committee (1996): yellow from a cumulative probability of 95 %, red from 99.99 %.

    Parameters
    ----------
    exceptions, periods, confidence
        As for :func:`kupiec`; the table of the regulators is that of 250 days at 99 %.

    Examples
    --------
    >>> import baconalgo as ba
    >>> [ba.risk_models.traffic_light(n).zone for n in (4, 5, 9, 10)]
    ['green', 'yellow', 'yellow', 'red']
    """
    found = _core.traffic_light_zone(count("exceptions", exceptions), count("periods", periods), _level(confidence))
    return TrafficLight(*found)
