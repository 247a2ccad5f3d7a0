"""W4: value at risk of 50 correlated normals by a million paths, against NumPy, SciPy and numba in the same run."""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import pytest

import baconalgo as ba
from benches import peers
from benches.conftest import Measure

NAMES, PATHS = 50, 1_000_000
BLOCK = 50_000


def portfolio() -> tuple[peers.Floats, peers.Floats]:
    rng = np.random.default_rng(5)
    loadings = rng.normal(size=(NAMES, 3)) * 0.008
    covariance = loadings @ loadings.T + np.diag(rng.uniform(0.005, 0.02, NAMES) ** 2)
    return rng.uniform(-1.0, 2.0, NAMES), covariance


def tail(pnl: peers.Floats) -> tuple[float, float]:
    rank = len(pnl) // 20
    low = np.partition(pnl, rank)
    return -low[rank], -low[:rank].mean()


def by_numpy(weights: peers.Floats, covariance: peers.Floats) -> tuple[float, float]:
    """The weights are folded into the root first: the least work that draws as many normals."""
    loadings = np.linalg.cholesky(covariance).T @ weights
    rng = np.random.default_rng(1)
    pnl = np.empty(PATHS)
    for start in range(0, PATHS, BLOCK):
        pnl[start : start + BLOCK] = rng.standard_normal((BLOCK, NAMES)) @ loadings
    return tail(pnl)


def by_scipy(weights: peers.Floats, covariance: peers.Floats) -> tuple[float, float]:
    from scipy import stats

    return tail(stats.multivariate_normal(np.zeros(NAMES), covariance).rvs(PATHS, random_state=1) @ weights)


@nb.njit(parallel=True)
def _paths(loadings: peers.Floats, paths: int, seed: int) -> peers.Floats:
    block = 1000
    pnl = np.empty(paths)
    for part in nb.prange(paths // block):
        np.random.seed(seed + part)
        for path in range(part * block, (part + 1) * block):
            total = 0.0
            for loading in loadings:
                total += loading * np.random.standard_normal()
            pnl[path] = total
    return pnl


def by_numba(weights: peers.Floats, covariance: peers.Floats) -> tuple[float, float]:
    return tail(_paths(np.linalg.cholesky(covariance).T @ weights, PATHS, 1))


@pytest.mark.parametrize(
    ("name", "peer"),
    [("numpy", by_numpy), ("scipy", by_scipy), ("numba, all cores", by_numba)],
)
def test_value_at_risk_of_a_portfolio(measure: Measure, name: str, peer: object) -> None:
    weights, covariance = portfolio()
    assert callable(peer)
    found = measure(
        f"W4 value at risk, against {name}",
        "monte_carlo_var",
        lambda: ba.risk_models.monte_carlo_var(weights, covariance, paths=PATHS, seed=1),
        n=PATHS * NAMES,
        unit="normals",
        baseline=(name, lambda: peer(weights, covariance)),
    )
    exact = 1.6448536269514722 * math.sqrt(weights @ covariance @ weights)
    assert abs(found.var - exact) < 5 * found.standard_error
    assert abs(peer(weights, covariance)[0] - exact) < 5 * found.standard_error
