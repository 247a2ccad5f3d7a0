"""Risk in numbers: value at risk, covariance and correlation, stress, sizing.

Functions of returns and positions, without state and without limits; what limits orders is ``RiskManager``.

>>> import numpy as np
>>> import baconalgo as ba
>>> returns = np.random.default_rng(1).normal(0.0, 0.01, (500, 2))
>>> found = ba.risk_models.value_at_risk(returns, method="normal", weights=[50_000, 50_000])
>>> 1_000 < found.var < found.cvar < 2_000
True
"""

from baconalgo.risk_models._clusters import Clusters, HayashiYoshida, cluster, hayashi_yoshida
from baconalgo.risk_models._contributions import VarContributions, component_var
from baconalgo.risk_models._covariance import (
    Correlation,
    Covariance,
    Repaired,
    correlation,
    covariance,
    repair,
    stressed_correlation,
)
from baconalgo.risk_models._heat_map import HeatMap, heat_map
from baconalgo.risk_models._live import LiveCovariance
from baconalgo.risk_models._model_tests import (
    ChristoffersenResult,
    TestResult,
    TrafficLight,
    christoffersen,
    exceptions,
    kupiec,
    traffic_light,
)
from baconalgo.risk_models._sizing import (
    fixed_fraction,
    kelly,
    kelly_continuous,
    kelly_portfolio,
    risk_parity,
    volatility_target,
)
from baconalgo.risk_models._stress import Position, Scenario, StressResult, historical_scenarios, stress
from baconalgo.risk_models._value_at_risk import VarResult, liquidity_adjusted_var, monte_carlo_var, value_at_risk

__all__ = [
    "ChristoffersenResult",
    "Clusters",
    "Correlation",
    "Covariance",
    "HayashiYoshida",
    "HeatMap",
    "LiveCovariance",
    "Position",
    "Repaired",
    "Scenario",
    "StressResult",
    "TestResult",
    "TrafficLight",
    "VarContributions",
    "VarResult",
    "christoffersen",
    "cluster",
    "component_var",
    "correlation",
    "covariance",
    "exceptions",
    "fixed_fraction",
    "hayashi_yoshida",
    "heat_map",
    "historical_scenarios",
    "kelly",
    "kelly_continuous",
    "kelly_portfolio",
    "kupiec",
    "liquidity_adjusted_var",
    "monte_carlo_var",
    "repair",
    "risk_parity",
    "stress",
    "stressed_correlation",
    "traffic_light",
    "value_at_risk",
    "volatility_target",
]
