"""What an account could lose: its positions and the returns of their prices, handed to `baconalgo.risk_models`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from baconalgo.errors import ConfigError, DataError
from baconalgo.risk._history import PriceHistory

if TYPE_CHECKING:
    from baconalgo.risk_models import Correlation, Covariance, Scenario, StressResult, VarContributions, VarResult

Floats = npt.NDArray[np.float64]


class Returns:
    """Returns by symbol: those given, else those of the prices that were seen."""

    def __init__(self, history: PriceHistory) -> None:
        self.given: dict[str, Floats] = {}
        self.history = history

    @property
    def symbols(self) -> list[str]:
        """The symbols with returns."""
        return list(self.given) if self.given else self.history.symbols

    def table(self, symbols: list[str]) -> Floats:
        """Returns of symbols, (steps, symbols).

        Raises
        ------
        DataError
            If there are not two steps in which all of them had returns.
        """
        missing = [symbol for symbol in symbols if self.given and symbol not in self.given]
        if missing:
            raise DataError("returns", "must have a column for every position", missing[0], code=1120)
        made = np.column_stack([self.given[s] for s in symbols]) if self.given else self.history.returns(symbols)
        whole = np.ascontiguousarray(made[np.isfinite(made).all(axis=1)])
        if len(whole) < 2:
            raise DataError(
                "returns", "must have two steps or more with a price of every position", len(whole), code=1121
            )
        return whole


def loss_and_tail(
    returns: Returns, values: Mapping[str, float], confidence: float
) -> tuple[float | None, float | None]:
    """Historical VaR and CVaR of positions; zeros without positions, None without enough returns."""
    if not values:
        return 0.0, 0.0
    try:
        found = value_at_risk(returns, values, confidence, "historical", {})
    except DataError:
        return None, None
    return found.var, found.cvar


def value_at_risk(
    returns: Returns, values: Mapping[str, float], confidence: float, method: str, options: Mapping[str, Any]
) -> VarResult:
    """VaR of positions by a method of :func:`baconalgo.risk_models.value_at_risk`."""
    from baconalgo import risk_models

    if not values:
        raise DataError("positions", "must not be empty", "none", code=1122)
    table, held = returns.table(list(values)), list(values.values())
    return risk_models.value_at_risk(table, confidence, method, weights=held, **options)


def contributions(returns: Returns, values: Mapping[str, float], confidence: float, method: str) -> VarContributions:
    """Marginal and component VaR by position."""
    from baconalgo import risk_models

    if not values:
        raise DataError("positions", "must not be empty", "none", code=1122)
    covariance = covariances(returns, list(values), method)
    return risk_models.component_var(dict(values), covariance, confidence=confidence)


def covariances(returns: Returns, symbols: list[str], method: str) -> Covariance:
    """Covariance of the returns of symbols."""
    from baconalgo import risk_models

    if not symbols:
        raise DataError("returns", "must be of a symbol or more", "none", code=1121)
    return risk_models.covariance(returns.table(symbols), method, names=symbols)


def correlations(returns: Returns, symbols: Iterable[str] | None, method: str) -> Correlation:
    """Correlation of the returns of symbols."""
    from baconalgo import risk_models

    chosen = list(symbols) if symbols is not None else returns.symbols
    if not chosen:
        raise DataError("returns", "must be of a symbol or more", "none", code=1121)
    return risk_models.correlation(returns.table(chosen), method, names=chosen)


def stress(values: Mapping[str, float], sectors: Mapping[str, str], scenarios: Any) -> StressResult:
    """Profit or loss of positions in scenarios."""
    from baconalgo import risk_models

    positions = [risk_models.Position(symbol, value, sectors.get(symbol)) for symbol, value in values.items()]
    return risk_models.stress(positions, None if scenarios is None else list(_scenarios(scenarios)))


def _scenarios(scenarios: Any) -> Iterable[Scenario]:
    from baconalgo.risk_models import Scenario

    if isinstance(scenarios, Scenario):
        return [scenarios]
    if not isinstance(scenarios, Mapping):
        return [each for each in scenarios if _is_scenario(each, Scenario)]
    made = []
    for name, shocks in scenarios.items():
        if isinstance(shocks, Scenario):
            made.append(shocks)
        elif isinstance(shocks, Mapping):
            made.append(Scenario(str(name), instruments=shocks))
        else:
            made.append(Scenario(str(name), factors={"market": float(shocks)}))
    return made


def _is_scenario(each: Any, kind: type) -> bool:
    if not isinstance(each, kind):
        rule = "must be ba.risk_models.Scenario, or a mapping of names to shocks"
        raise ConfigError("scenarios", rule, type(each).__name__)
    return True


def sharpe(equity: list[float], steps_a_year: float) -> float | None:
    """Sharpe's ratio of equity from step to step; None if undefined."""
    if len(equity) < 3 or min(equity) <= 0:
        return None
    values = np.asarray(equity)
    returns = values[1:] / values[:-1] - 1.0
    deviation = float(returns.std(ddof=1))
    return float(returns.mean()) / deviation * math.sqrt(steps_a_year) if deviation > 0 else None
