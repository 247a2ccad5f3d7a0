"""Covariance, correlation and clusters against NumPy and SciPy, on drawn and on real returns."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

import baconalgo as ba
from baconalgo.errors import BaconError, DataError

rm = ba.risk_models


def drawn(rows: int, names: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    market = rng.normal(size=(rows, 1))
    return 0.01 * (market * rng.uniform(0.2, 1.5, names) + rng.standard_t(5, size=(rows, names)))


def shrunk_to_identity(returns: np.ndarray) -> tuple[np.ndarray, float]:
    """Ledoit and Wolf (2004), as scikit-learn writes it."""
    centred = returns - returns.mean(axis=0)
    rows, names = centred.shape
    sample = centred.T @ centred / rows
    mean = np.trace(sample) / names
    beta = ((centred**2).T @ (centred**2)).sum() / rows - (sample**2).sum()
    beta /= names * rows
    delta = ((sample - mean * np.eye(names)) ** 2).sum() / names
    part = 0.0 if delta == 0 else min(beta, delta) / delta
    return (1 - part) * sample + part * mean * np.eye(names), part


def shrunk_to_constant(returns: np.ndarray) -> tuple[np.ndarray, float]:
    """Ledoit and Wolf, "Honey, I shrunk the sample covariance matrix", appendix B."""
    x = returns - returns.mean(axis=0)
    t, n = x.shape
    sample = x.T @ x / t
    deviation = np.sqrt(np.diag(sample))
    r = ((sample / np.outer(deviation, deviation)).sum() - n) / (n * (n - 1))
    target = r * np.outer(deviation, deviation)
    np.fill_diagonal(target, np.diag(sample))
    pi = (((x[:, :, None] * x[:, None, :]) - sample) ** 2).mean(axis=0)
    theta = ((x**2)[:, :, None] - np.diag(sample)[None, :, None]) * (x[:, :, None] * x[:, None, :] - sample)
    rho = np.trace(pi)
    ratio = deviation[None, :] / deviation[:, None]
    off = ratio * theta.mean(axis=0)
    np.fill_diagonal(off, 0.0)
    rho += r * off.sum()
    gamma = ((target - sample) ** 2).sum()
    part = max(0.0, min(1.0, (pi.sum() - rho) / gamma / t))
    return part * target + (1 - part) * sample, part


@given(st.integers(2, 60), st.integers(1, 40), st.integers(0, 1000))
def test_sample_is_that_of_numpy(rows: int, names: int, seed: int) -> None:
    returns = drawn(rows, names, seed)
    found = rm.covariance(returns)
    wanted = np.cov(returns, rowvar=False).reshape(names, names)
    assert np.allclose(found, wanted, rtol=1e-12, atol=1e-18)
    if names > 1:
        assert np.allclose(rm.correlation(returns), np.corrcoef(returns, rowvar=False), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(60, 3), (250, 20), (40, 60)])
def test_shrinkage_is_that_of_the_papers(shape: tuple[int, int]) -> None:
    returns = drawn(*shape)
    for method, reference in (("ledoit_wolf_identity", shrunk_to_identity), ("ledoit_wolf", shrunk_to_constant)):
        found = rm.covariance(returns, method)
        matrix, part = reference(returns)
        assert found.shrinkage is not None
        assert math.isclose(found.shrinkage, part, rel_tol=1e-9)
        assert np.allclose(found, matrix, rtol=1e-9)
        assert np.linalg.eigvalsh(found.values)[0] > 0


def test_ewma_is_the_weighted_sum() -> None:
    returns = drawn(200, 5)
    weights = 0.94 ** np.arange(199, -1, -1)
    wanted = np.einsum("t,ti,tj->ij", weights / weights.sum(), returns, returns)
    assert np.allclose(rm.covariance(returns, "ewma"), wanted, rtol=1e-12)


def test_names_come_from_where_the_returns_come_from() -> None:
    returns = drawn(50, 2)
    columns = {"A": returns[:, 0], "B": returns[:, 1]}
    pyarrow = pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    for form in (columns, pyarrow.table(columns), pandas.DataFrame(columns)):
        found = rm.covariance(form)
        assert found.names == ("A", "B")
        assert np.array_equal(found, rm.covariance(returns, names=["A", "B"]))
    assert math.isclose(found.of("A", "B"), np.cov(returns, rowvar=False)[0, 1])
    assert list(found.to_pandas().columns) == ["A", "B"]
    assert np.allclose(found.volatility, returns.std(axis=0, ddof=1))
    assert rm.covariance(returns).names == ("0", "1")
    with pytest.raises(DataError, match="must be one of the matrix"):
        found.of("A", "C")


def test_missing_values_are_an_error_unless_their_periods_are_dropped() -> None:
    returns = drawn(50, 2)
    holed = returns.copy()
    holed[3, 1] = np.nan
    with pytest.raises(DataError, match="NaN in row 3, column 1"):
        rm.covariance(holed)
    assert np.array_equal(rm.covariance(holed, missing="drop"), rm.covariance(np.delete(returns, 3, axis=0)))
    masked = np.ma.masked_invalid(holed)
    masked.data[masked.mask] = 9.0
    assert np.array_equal(rm.covariance(masked, missing="drop"), rm.covariance(holed, missing="drop"))
    for wrong in (
        lambda: rm.covariance(returns, "guess"),
        lambda: rm.covariance(returns, "ewma", decay=1.0),
        lambda: rm.covariance(returns, missing="ignore"),
        lambda: rm.covariance(returns[:1]),
        lambda: rm.covariance(returns[:, 0]),
        lambda: rm.covariance(returns, names=["A"]),
        lambda: rm.covariance(returns, names=["A", "A"]),
        lambda: rm.covariance({"A": returns[:, 0], "B": returns[1:, 1]}),
    ):
        with pytest.raises(BaconError):
            wrong()


def test_a_flat_name_and_twins_are_defined() -> None:
    returns = drawn(100, 3)
    returns[:, 1] = 0.5
    returns[:, 2] = 2 * returns[:, 0]
    found = rm.correlation(returns)
    assert found.of("0", "1") == 0.0 and found.of("1", "1") == 1.0
    assert math.isclose(found.of("0", "2"), 1.0)
    assert rm.repair(found).raised == 1


@given(st.integers(2, 12), st.integers(0, 500))
def test_repaired_matrices_are_correlation_matrices(names: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = np.clip(rng.normal(size=(names, names)), -1, 1)
    raw = 0.5 * (raw + raw.T)
    np.fill_diagonal(raw, 1.0)
    clipped, nearest = rm.repair(raw), rm.repair(raw, "nearest")
    for found in (clipped, nearest):
        assert np.allclose(np.diag(found.matrix.values), 1.0)
        assert np.linalg.eigvalsh(found.matrix.values)[0] > -1e-12
        assert math.isclose(found.smallest, np.linalg.eigvalsh(raw)[0], abs_tol=1e-10)
    apart = [((np.asarray(found.matrix) - raw) ** 2).sum() for found in (clipped, nearest)]
    assert apart[1] <= apart[0] + 1e-6
    assert (clipped.raised == 0) == np.array_equal(clipped.matrix.values, raw)


def test_correlations_gone_to_one_leave_no_diversification() -> None:
    covariance = rm.covariance(drawn(300, 4))
    weights = np.array([1.0, 2.0, 0.5, 1.5])
    stressed = rm.component_var(weights, rm.stressed_correlation(covariance)).var
    assert math.isclose(stressed, 1.6448536269514722 * float(weights @ covariance.volatility), rel_tol=1e-9)
    half = rm.stressed_correlation(covariance, 0.5)
    assert np.allclose(half, 0.5 * (np.outer(covariance.volatility, covariance.volatility) + covariance.values))


@given(st.integers(2, 30), st.integers(0, 500))
def test_the_tree_is_that_of_scipy(names: int, seed: int) -> None:
    correlation = np.asarray(rm.correlation(drawn(80, names, seed)))
    distance = np.sqrt(0.5 * (1 - correlation))
    np.fill_diagonal(distance, 0.0)
    wanted = hierarchy.linkage(squareform(distance, checks=False), "ward")
    found = rm.cluster(correlation)
    assert np.allclose(found.linkage[:, 2:], wanted[:, 2:], rtol=1e-9)
    assert sorted(found.order) == list(range(names))
    for count in {1, 2, names}:
        labels = rm.cluster(correlation, count).labels
        theirs = hierarchy.fcluster(wanted, count, "maxclust")
        assert labels is not None
        assert {tuple(np.flatnonzero(np.array(labels) == k)) for k in set(labels)} == {
            tuple(np.flatnonzero(theirs == k)) for k in set(theirs)
        }


def test_hayashi_yoshida_sees_what_a_grid_misses() -> None:
    rng = np.random.default_rng(6)
    steps = 20_000
    common, own = rng.normal(size=steps), rng.normal(size=(2, steps))
    rho = 0.7
    paths = np.exp(np.cumsum(0.001 * (math.sqrt(rho) * common + math.sqrt(1 - rho) * own), axis=1))
    seen = [np.sort(rng.choice(steps, steps // 4, replace=False)) for _ in range(2)]
    found = rm.hayashi_yoshida(seen[0], paths[0][seen[0]], seen[1], paths[1][seen[1]])
    assert found.correlation is not None
    assert abs(found.correlation - rho) < 0.05

    def stale(k: int) -> np.ndarray:
        place = np.searchsorted(seen[k], np.arange(steps), side="right") - 1
        return np.diff(np.log(paths[k][seen[k][np.maximum(place, 0)]]))

    assert np.corrcoef(stale(0), stale(1))[0, 1] < rho - 0.2, "the Epps effect"


def test_hayashi_yoshida_of_prices_seen_together_is_the_correlation_about_zero() -> None:
    x, y = np.exp(np.cumsum(drawn(500, 2), axis=0)).T
    times = np.arange("2024-01-01", "2025-05-15", dtype="datetime64[D]")[:500]
    found = rm.hayashi_yoshida(times, x, times, y)
    r, q = np.diff(np.log(x)), np.diff(np.log(y))
    assert found.correlation is not None
    assert math.isclose(found.correlation, float(r @ q / math.sqrt(r @ r * (q @ q))), rel_tol=1e-12)
    with pytest.raises(DataError, match="must be in order of time"):
        rm.hayashi_yoshida(times[::-1], x, times, y)
    with pytest.raises(DataError, match="must be prices > 0"):
        rm.hayashi_yoshida(times, -x, times, y)


def test_live_covariance_is_that_of_the_grid() -> None:
    rng = np.random.default_rng(9)
    minute, names = 60 * 10**9, ["A", "B", "C"]
    returns = drawn(300, 3)
    prices = np.exp(np.cumsum(np.vstack([np.zeros(3), returns]), axis=0))
    live = rm.LiveCovariance(names, "1m", decay=0.97)
    rows = []
    for k, row in enumerate(prices):
        for place in rng.permutation(3):
            # Of several prices in a minute the last one counts.
            rows += [(k * minute + 10, place, 99.0), (k * minute + 20, place, row[place])]
    rows.sort(key=lambda row: row[0])
    ts, places, values = zip(*rows, strict=True)
    closed = live.on_prices([names[place] for place in places], np.array(ts), values)
    assert closed + live.advance(len(prices) * minute) == 301
    assert live.observations == 300
    assert np.allclose(live.covariance(), rm.covariance(returns, "ewma", decay=0.97), rtol=1e-9)
    assert live.correlation().names == ("A", "B", "C")


def test_live_covariance_of_names_not_seen_is_not_known() -> None:
    live = rm.LiveCovariance(["A", "B"], "1m")
    for k in range(4):
        live.on_price("A", k * 60 * 10**9, 100.0 + k)
    values = live.correlation().values
    assert values[0, 0] == 1.0 and np.isnan(values[0, 1]) and np.isnan(values[1, 1])
    assert "nan" not in live.correlation().heat_map()._repr_html_().lower()
    for wrong in (
        lambda: live.on_price("C", 0, 1.0),
        lambda: live.on_price("A", 0, 1.0),
        lambda: live.on_price("A", 10**18, 0.0),
        lambda: live.on_prices(["A"], [1, 2], [1.0]),
        lambda: rm.LiveCovariance(["A", "A"]),
        lambda: rm.LiveCovariance([]),
        lambda: rm.LiveCovariance(["A"], 0),
        lambda: rm.LiveCovariance(["A"], decay=1.0),
    ):
        with pytest.raises(BaconError):
            wrong()


@pytest.fixture(scope="module")
def real(shared: Path) -> dict[str, np.ndarray]:
    bars = pq.read_table(shared / "data" / "bars" / "sp500_daily_2013_2018.parquet", columns=["name", "date", "close"])
    days = {day: k for k, day in enumerate(sorted(pc.unique(bars["date"]).to_pylist()))}
    names = {name: k for k, name in enumerate(sorted(pc.unique(bars["name"]).to_pylist()))}
    closes = np.full((len(days), len(names)), np.nan)
    rows = [days[day] for day in bars["date"].to_pylist()]
    columns = [names[name] for name in bars["name"].to_pylist()]
    closes[rows, columns] = bars["close"].to_numpy()
    assert len(names) == 505
    return dict(zip(names, np.diff(np.log(closes), axis=0).T, strict=True))


def test_the_505_symbols_have_correlations_groups_and_a_value_at_risk(real: dict[str, np.ndarray]) -> None:
    returns = np.column_stack(list(real.values()))
    # The last year of the names that traded on all of its days, those that were listed late included.
    year = returns[-250:, np.isfinite(returns[-250:]).all(axis=0)]
    names = [name for name, column in real.items() if np.isfinite(column[-250:]).all()]
    assert len(names) > 490
    covariance = rm.covariance(year, "ledoit_wolf", names=names)
    assert np.allclose(rm.correlation(year), np.corrcoef(year, rowvar=False), atol=1e-10)
    assert 0 < (covariance.shrinkage or 0) < 1
    equal = np.full(len(names), 1e6 / len(names))
    found = rm.component_var(equal, covariance)
    assert math.isclose(found.component.sum(), found.var, rel_tol=1e-9)
    drawn_var = rm.monte_carlo_var(equal, covariance, paths=20_000)
    assert drawn_var.standard_error is not None
    assert abs(drawn_var.var - found.var) < 4 * drawn_var.standard_error
    groups = covariance.correlation().cluster(8).groups
    of = {name: k for k, group in enumerate(groups) for name in group}
    assert of["JPM"] == of["BAC"] and of["XOM"] == of["CVX"] and of["DUK"] == of["SO"]
    assert len({of["JPM"], of["XOM"], of["DUK"]}) == 3
    history = rm.value_at_risk(year, weights=equal)
    assert 0 < history.var < history.cvar < 1e5
