"""Value at risk against NumPy and closed forms; the tests of models on models that are right and wrong."""

from __future__ import annotations

import itertools
import math
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import baconalgo as ba
from baconalgo.errors import BaconError, ConfigError, DataError

rm = ba.risk_models
METHODS = ("historical", "normal", "student_t", "cornish_fisher", "monte_carlo")


def heavy_tails(rows: int = 1500, seed: int = 3) -> np.ndarray:
    return stats.t.rvs(5, scale=0.01, size=rows, random_state=seed)


@given(
    st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=300),
    st.sampled_from([0.9, 0.95, 0.975, 0.99, 0.999]),
)
def test_historical_is_the_quantile_of_numpy(values: list[float], confidence: float) -> None:
    found = rm.value_at_risk(values, confidence)
    quantile = float(np.percentile(values, round(100 * (1 - confidence), 6)))
    assert math.isclose(found.var, -quantile, rel_tol=1e-12, abs_tol=1e-15)
    beyond = [value for value in values if value <= -found.var]
    assert math.isclose(found.cvar, -float(np.mean(beyond)), rel_tol=1e-12, abs_tol=1e-15)
    assert found.cvar >= found.var - 1e-12
    assert found.observations == len(values)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99, 0.999])
def test_normal_and_student_are_the_closed_forms(confidence: float) -> None:
    returns = heavy_tails()
    mean, deviation, a = returns.mean(), returns.std(ddof=1), 1 - confidence
    z = stats.norm.ppf(a)
    normal = rm.value_at_risk(returns, confidence, "normal")
    assert math.isclose(normal.var, -(mean + z * deviation), rel_tol=1e-12)
    assert math.isclose(normal.cvar, -(mean - deviation * stats.norm.pdf(z) / a), rel_tol=1e-12)
    student = rm.value_at_risk(returns, confidence, "student_t", df=5)
    scale, t = deviation * math.sqrt(3 / 5), stats.t.ppf(a, 5)
    assert math.isclose(student.var, -(mean + t * scale), rel_tol=1e-11)
    shortfall = scale * stats.t.pdf(t, 5) / a * (5 + t * t) / 4 - mean
    assert math.isclose(student.cvar, shortfall, rel_tol=1e-11)


def test_degrees_of_freedom_are_found_again() -> None:
    for df in (3.5, 5.0, 10.0):
        drawn = stats.t.rvs(df, size=50_000, random_state=1)
        found = rm.value_at_risk(drawn, method="student_t")
        assert found.df is not None
        assert abs(found.df / df - 1) < 0.15, (found.df, df)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_cornish_fisher_is_its_formula_and_its_shortfall_the_mean_of_its_quantiles(confidence: float) -> None:
    returns = np.random.default_rng(2).gamma(20.0, size=4000) * -1.0
    found = rm.value_at_risk(returns, confidence, "cornish_fisher")
    s, k = stats.skew(returns), stats.kurtosis(returns)

    def quantile(p: np.ndarray) -> np.ndarray:
        z = stats.norm.ppf(p)
        corrected = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        return returns.mean() + returns.std(ddof=1) * corrected

    a = 1 - confidence
    assert math.isclose(found.var, -float(quantile(np.array(a))), rel_tol=1e-10)
    steps = (np.arange(200_000) + 0.5) / 200_000 * a
    assert math.isclose(found.cvar, -float(quantile(steps).mean()), rel_tol=1e-4)


def test_cornish_fisher_says_when_it_means_little() -> None:
    wild = np.concatenate([np.zeros(500) + np.linspace(-0.01, 0.01, 500), [-0.5]])
    assert "not in order" in rm.value_at_risk(wild, method="cornish_fisher").notes[0]


def book(names: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    loadings = rng.normal(size=(names, names + 2)) * 0.01
    return rng.normal(size=names), loadings @ loadings.T, rng.normal(size=names) * 0.001


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("df", [None, 6.0])
def test_monte_carlo_is_the_closed_form_within_its_error(seed: int, df: float | None) -> None:
    weights, covariance, mean = book()
    deviation, drift = math.sqrt(weights @ covariance @ weights), float(weights @ mean)
    found = rm.monte_carlo_var(weights, covariance, mean, confidence=0.99, df=df, paths=200_000, seed=seed)
    if df is None:
        z = stats.norm.ppf(0.01)
        var, cvar = -(drift + z * deviation), deviation * stats.norm.pdf(z) / 0.01 - drift
    else:
        scale, t = deviation * math.sqrt((df - 2) / df), stats.t.ppf(0.01, df)
        var = -(drift + t * scale)
        cvar = scale * stats.t.pdf(t, df) / 0.01 * (df + t * t) / (df - 1) - drift
    assert found.paths == 200_000
    assert found.standard_error is not None and found.cvar_standard_error is not None
    assert abs(found.var - var) < 4 * found.standard_error
    assert abs(found.cvar - cvar) < 4 * found.cvar_standard_error
    assert found == rm.monte_carlo_var(weights, covariance, mean, confidence=0.99, df=df, paths=200_000, seed=seed)


@pytest.mark.parametrize("method", ["historical", "normal"])
def test_the_standard_error_is_the_spread_of_many_samples(method: str) -> None:
    rng = np.random.default_rng(5)
    found = [rm.value_at_risk(rng.normal(size=1000), 0.95, method) for _ in range(300)]
    for value, error in (("var", "standard_error"), ("cvar", "cvar_standard_error")):
        spread = np.std([getattr(one, value) for one in found])
        said = np.mean([getattr(one, error) for one in found])
        assert 0.8 < said / spread < 1.25, (value, said, spread)


@pytest.mark.parametrize("draw", ["normal", "student_t", "bootstrap", "gaussian_copula", "t_copula"])
def test_every_draw_of_the_history_is_near_the_history(draw: str) -> None:
    rng = np.random.default_rng(8)
    market = rng.normal(size=2000) * 0.01
    returns = np.column_stack([market + rng.normal(size=2000) * 0.005 for _ in range(4)])
    weights = [1.0, 1.0, -0.5, 0.5]
    drawn = rm.value_at_risk(returns, 0.95, "monte_carlo", weights=weights, draw=draw, paths=100_000)
    seen = rm.value_at_risk(returns, 0.95, weights=weights)
    assert drawn.standard_error is not None and seen.standard_error is not None
    assert abs(drawn.var - seen.var) < 4 * (seen.standard_error + drawn.standard_error)
    assert (drawn.observations, drawn.paths) == (2000, 100_000)


def test_a_table_and_weights_are_the_series_of_their_sums() -> None:
    rng = np.random.default_rng(1)
    returns = rng.normal(size=(300, 3))
    weights = np.array([1.0, -2.0, 0.5])
    whole = rm.value_at_risk(returns @ weights)
    assert rm.value_at_risk(returns, weights=weights) == whole
    frame = {"a": returns[:, 0], "b": returns[:, 1], "c": returns[:, 2]}
    assert rm.value_at_risk(frame, weights={"c": 0.5, "a": 1.0, "b": -2.0}) == whole
    pandas = pytest.importorskip("pandas")
    assert rm.value_at_risk(pandas.DataFrame(frame), weights={"c": 0.5, "a": 1.0, "b": -2.0}) == whole


@pytest.mark.parametrize("method", METHODS)
def test_returns_that_never_move_lose_minus_their_mean(method: str) -> None:
    found = rm.value_at_risk([0.01] * 60, method=method, paths=1000)
    assert math.isclose(found.var, -0.01) and math.isclose(found.cvar, -0.01)
    assert found.standard_error == pytest.approx(0.0, abs=1e-15)


def test_one_observation_is_said_without_an_error() -> None:
    found = rm.value_at_risk([-0.02], 0.99)
    assert (found.var, found.cvar, found.standard_error, found.observations) == (0.02, 0.02, None, 1)
    for method in METHODS[1:]:
        with pytest.raises(DataError, match="must be at least 2 long"):
            rm.value_at_risk([-0.02], method=method)


@pytest.mark.parametrize(
    ("returns", "settings", "message"),
    [
        ([], {}, "must be at least 1 long"),
        ([0.1, float("nan")], {}, "must be finite, was NaN at 1"),
        ([0.1], {"confidence": 0.5}, "must be > 0.5 and < 1"),
        ([0.1], {"confidence": 1.0}, "must be > 0.5 and < 1"),
        ([0.1], {"confidence": "95"}, "must be a number"),
        ([0.1, 0.2], {"method": "guess"}, "method must be one of"),
        ([0.1, 0.2], {"method": "student_t", "df": 2.0}, "df must be > 2"),
        ([0.1, 0.2], {"method": "monte_carlo", "paths": 0}, "paths must be a whole number >= 1"),
        ([0.1, 0.2], {"method": "monte_carlo", "paths": 10**9}, "paths must be in"),
        ([0.1, 0.2], {"method": "monte_carlo", "draw": "dice"}, "draw must be one of"),
        ([[0.1, 0.2]], {}, "weights must be given for 2 names"),
        ([[0.1, 0.2]], {"weights": [1.0]}, "weights must have 2 entries"),
        ([0.1], {"weights": [1.0]}, "weights must be left out"),
        ([[[0.1]]], {}, "must have 1 dimension"),
        (["a"], {}, "must be numbers"),
    ],
)
def test_what_cannot_be_used_is_refused(returns: object, settings: dict[str, object], message: str) -> None:
    with pytest.raises(BaconError, match=message):
        rm.value_at_risk(returns, **settings)


def test_components_sum_to_the_whole_and_marginals_are_slopes() -> None:
    weights, covariance, mean = book()
    found = rm.component_var(weights, covariance, mean, confidence=0.99)
    assert math.isclose(found.component.sum(), found.var, rel_tol=1e-12)
    assert math.isclose(found.component_cvar.sum(), found.cvar, rel_tol=1e-12)
    step = 1e-6
    for i in range(len(weights)):
        more = weights.copy()
        more[i] += step
        slope = (rm.component_var(more, covariance, mean, confidence=0.99).var - found.var) / step
        assert math.isclose(slope, found.marginal[i], abs_tol=1e-6)
        rest = weights.copy()
        rest[i] = 0.0
        without = rm.component_var(rest, covariance, mean, confidence=0.99).var
        assert math.isclose(found.incremental[i], found.var - without, rel_tol=1e-9)
    assert found.table.column_names == ["name", "marginal", "component", "incremental", "component_cvar"]


def test_a_singular_and_an_impossible_covariance_still_have_a_value_at_risk() -> None:
    twins = np.full((2, 2), 4e-4)
    found = rm.monte_carlo_var([1.0, 1.0], twins, paths=200_000)
    assert found.notes and "not positive definite" in found.notes[0]
    assert found.standard_error is not None
    assert abs(found.var - 1.6448536 * 0.04) < 4 * found.standard_error
    impossible = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    assert rm.monte_carlo_var([1.0, 1.0, 1.0], impossible, paths=1000).notes
    assert rm.monte_carlo_var([1.0, 1.0], np.zeros((2, 2)), paths=1000).var == 0.0


def exceptions_of(confidence: float, forecast: float, periods: int, seed: int) -> np.ndarray:
    returns = np.random.default_rng(seed).normal(size=periods)
    return rm.exceptions(returns, -stats.norm.ppf(1 - confidence) * forecast)


def test_the_tests_accept_a_right_model_and_refuse_a_wrong_one() -> None:
    right, wrong = 0, 0
    for seed in range(200):
        series = exceptions_of(0.95, 1.0, 1000, seed)
        found = rm.christoffersen(series)
        right += rm.kupiec(int(series.sum()), 1000).p_value < 0.05
        right += found.conditional_coverage.p_value < 0.05
        low = exceptions_of(0.95, 0.75, 1000, seed)
        wrong += rm.kupiec(int(low.sum()), 1000).p_value < 0.05
        wrong += rm.christoffersen(low).conditional_coverage.p_value < 0.05
    assert right < 0.1 * 400, "some 5 % of right models are refused"
    assert wrong > 0.95 * 400


def test_a_model_that_ignores_clusters_of_volatility_is_refused_for_them() -> None:
    rng = np.random.default_rng(4)
    deviation = np.where(np.arange(2000) // 100 % 4 == 0, 2.5, 0.5)
    returns = rng.normal(size=2000) * deviation
    flat = float(-np.quantile(returns, 0.05))
    assert rm.kupiec(int(rm.exceptions(returns, flat).sum()), 2000).p_value > 0.5
    assert rm.christoffersen(rm.exceptions(returns, flat)).independence.p_value < 0.01
    knowing = 1.6448536 * deviation
    assert rm.christoffersen(rm.exceptions(returns, knowing)).independence.p_value > 0.05


def test_kupiec_and_christoffersen_are_their_formulas() -> None:
    series = rm.exceptions(heavy_tails(), 0.015)
    x, n, p = int(series.sum()), len(series), 0.05
    q = x / n
    ratio = -2 * ((n - x) * math.log((1 - p) / (1 - q)) + x * math.log(p / q))
    found = rm.kupiec(x, n)
    assert math.isclose(found.statistic, ratio, rel_tol=1e-10)
    assert math.isclose(found.p_value, stats.chi2.sf(ratio, 1), rel_tol=1e-9)
    pairs = list(itertools.pairwise(series))
    counts = [pairs.count((a, b)) for a in (False, True) for b in (False, True)]
    c = rm.christoffersen(series)
    assert list(c.transitions) == counts
    n00, n01, n10, n11 = counts
    p01, p11, both = n01 / (n00 + n01), n11 / (n10 + n11), (n01 + n11) / sum(counts)
    apart = n00 * math.log(1 - p01) + n01 * math.log(p01) + n10 * math.log(1 - p11) + n11 * math.log(p11)
    together = (n00 + n10) * math.log(1 - both) + (n01 + n11) * math.log(both)
    assert math.isclose(c.independence.statistic, -2 * (together - apart), rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(c.conditional_coverage.p_value, stats.chi2.sf(ratio - 2 * (together - apart), 2), rel_tol=1e-9)


def test_the_traffic_light_is_the_binomial_distribution() -> None:
    for count in range(15):
        found = rm.traffic_light(count)
        assert math.isclose(found.probability, stats.binom.cdf(count, 250, 0.01), rel_tol=1e-10)
        assert found.zone == ("green" if count < 5 else "yellow" if count < 10 else "red")
    assert rm.traffic_light(5).plus_factor == 0.4
    assert rm.traffic_light(5, 500, 0.95).plus_factor is None


def test_counts_that_make_no_sense_are_refused() -> None:
    for wrong in (lambda: rm.kupiec(3, 2), lambda: rm.kupiec(0, 0), lambda: rm.christoffersen([True])):
        with pytest.raises(DataError):
            wrong()
    with pytest.raises(DataError, match="must be true or false"):
        rm.christoffersen([0.1, 0.2])
    with pytest.raises(ConfigError):
        rm.kupiec(-1, 2)
    with pytest.raises(DataError, match="must be finite"):
        rm.exceptions([0.1], float("nan"))


def test_getting_out_of_what_is_not_liquid_costs_more() -> None:
    base = rm.liquidity_adjusted_var(1000.0, -1e5, spread=0.0)
    assert base == 1000.0
    wide = rm.liquidity_adjusted_var(1000.0, -1e5, spread=0.01, spread_deviation=0.002, spread_factor=3)
    assert math.isclose(wide, 1000 + 0.5 * 1e5 * 0.016)
    slow = rm.liquidity_adjusted_var(1000.0, 1e5, spread=0.0, horizon=10)
    assert math.isclose(slow, 1000 * math.sqrt(11 * 21 / 60))
    with pytest.raises(ConfigError):
        rm.liquidity_adjusted_var(1000.0, 1e5, spread=-0.1)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the timers of POSIX")
def test_a_long_simulation_can_be_interrupted() -> None:
    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    returns = np.random.default_rng(1).normal(size=(500, 20))
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        # Some minutes of work.
        with pytest.raises(KeyboardInterrupt):
            rm.value_at_risk(returns, method="monte_carlo", weights=np.ones(20), draw="t_copula", paths=50_000_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
