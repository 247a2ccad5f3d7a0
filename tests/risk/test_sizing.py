"""Sizing: the contract's number, the equations, and what has no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import baconalgo as ba
from baconalgo.errors import BaconError

rm = ba.risk_models


def test_kelly_of_the_contract() -> None:
    fraction = rm.kelly(0.65, 1000, 500)
    assert math.isclose(fraction, 0.475)
    # 1 % of 100,000 at a price of 50,000 binds before half of Kelly.
    assert 100_000 * min(max(fraction, 0.0) / 2, 0.01) / 50_000 == 0.02


@given(st.floats(0.01, 0.99), st.floats(0.01, 100), st.floats(0.01, 100))
def test_kelly_is_where_growth_is_largest(rate: float, win: float, loss: float) -> None:
    fraction = rm.kelly(rate, win, loss)
    odds = win / loss
    if fraction <= 1e-3 or fraction >= 1 - 1e-3:
        return

    def growth(f: float) -> float:
        return rate * math.log1p(odds * f) + (1 - rate) * math.log1p(-f)

    assert growth(fraction) >= max(growth(fraction * 0.99), growth(min(fraction * 1.001, 0.9999)))


def test_estimates_from_few_trades_shrink() -> None:
    sizes = [rm.kelly(0.55, 1, 1, observations=n) for n in (10, 100, 1000, 10**6)]
    assert sizes == sorted(sizes) and 0 < sizes[0] < 0.03 and math.isclose(sizes[-1], 0.1, rel_tol=1e-3)
    assert math.isclose(rm.kelly_continuous(0.001, 1e-4, observations=100), 5.0)
    assert math.isclose(rm.kelly_continuous(0.001, 1e-4, fraction=0.5), 5.0)


def test_kelly_of_several_names_solves_the_equations() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(6, 8))
    covariance, mean = root @ root.T, rng.normal(size=6)
    found = rm.kelly_portfolio(mean, covariance)
    assert np.allclose(found, np.linalg.solve(covariance, mean), rtol=1e-9)
    square = mean @ found
    part = square / (square + 6 / 250)
    assert np.allclose(rm.kelly_portfolio(mean, covariance, observations=250, fraction=0.5), 0.5 * part * found)


@given(st.integers(1, 12), st.integers(0, 300))
def test_risk_parity_gives_every_name_its_part(names: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(names, names + 1)) * rng.uniform(0.01, 1.0, (names, 1))
    covariance = root @ root.T + 1e-6 * np.eye(names)
    budgets = rng.uniform(0.1, 1.0, names)
    weights = rm.risk_parity(covariance, budgets)
    parts = weights * (covariance @ weights)
    assert np.all(weights > 0) and math.isclose(weights.sum(), 1.0)
    assert np.allclose(parts / parts.sum(), budgets / budgets.sum(), rtol=1e-8)


def test_volatility_and_fixed_fraction() -> None:
    assert rm.volatility_target(0.1, 0.4) == 0.25
    assert rm.volatility_target(0.1, 0.05) == 1.0
    assert rm.volatility_target(0.1, 0.0, max_leverage=3.0) == 3.0
    assert rm.fixed_fraction(50_000, 0.02, 100.0, 95.0) == 200.0
    assert rm.fixed_fraction(50_000, 0.02, 95.0, 100.0) == 200.0, "a short has its stop above"
    assert rm.fixed_fraction(0, 0.02, 100.0, 95.0) == rm.fixed_fraction(-1, 0.02, 100.0, 95.0) == 0.0


def test_what_has_no_answer_is_refused_and_no_edge_is_not() -> None:
    assert rm.kelly(0.4, 1, 1) < 0
    assert rm.kelly(0.5, 0, 1) == -math.inf
    for wrong in (
        lambda: rm.kelly(1.5, 1, 1),
        lambda: rm.kelly(float("nan"), 1, 1),
        lambda: rm.kelly(0.5, 1, 1, fraction=0),
        lambda: rm.kelly(0.5, 1, 1, observations=0),
        lambda: rm.kelly_continuous(0.1, 0.0),
        lambda: rm.kelly_portfolio([0.1, 0.1], [[1.0, 0.0], [0.0, 0.0]]),
        lambda: rm.kelly_portfolio([0.1], np.eye(2)),
        lambda: rm.volatility_target(0.0, 0.1),
        lambda: rm.volatility_target(0.1, float("nan")),
        lambda: rm.fixed_fraction(1000, 0.0, 1, 2),
        lambda: rm.fixed_fraction(1000, 0.1, 1, 1),
        lambda: rm.risk_parity([[1.0, 0.0], [0.0, 0.0]]),
        lambda: rm.risk_parity(np.eye(2), [1.0, -1.0]),
        lambda: rm.risk_parity(np.eye(2), [1.0]),
    ):
        with pytest.raises(BaconError):
            wrong()
