"""Positions under scenarios."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError, DataError
from baconalgo.risk_models._inputs import Floats, number

if TYPE_CHECKING:
    import pyarrow as pa


def _shocks(name: str, shocks: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(shocks, Mapping):
        raise ConfigError(name, "must be a mapping of names to shocks", type(shocks).__name__)
    return {str(key): number(name, value) for key, value in shocks.items()}


@dataclass(frozen=True)
class Position:
    """What is held of one instrument.

    Parameters
    ----------
    symbol : str
        Its name, by which scenarios know it.
    value : float
        Market value in the currency of the account; a short is negative.
    sector : str, optional
        By which scenarios know it, too.
    betas : mapping
        How much it moves with each factor; ``{"market": 1.0}`` by default.
    spread : float
        The usual spread between bid and ask, as a fraction of the price.
    stop : float, optional
        How far its stop is away, as a fraction of the price; above 0.
    """

    symbol: str
    value: float
    sector: str | None = None
    betas: Mapping[str, float] = field(default_factory=lambda: {"market": 1.0})
    spread: float = 0.0
    stop: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", number("value", self.value))
        object.__setattr__(self, "betas", _shocks("betas", self.betas))
        object.__setattr__(self, "spread", number("spread", self.spread))
        if self.stop is not None and not number("stop", self.stop) > 0:
            raise ConfigError("stop", "must be > 0", self.stop)


@dataclass(frozen=True)
class Scenario:
    """What happens at once. Shocks are fractions: -0.2 is a fall by 20 %.

    The most particular shock counts: that of the instrument, else that of its sector, else the sum of its betas times
    the shocks of the factors.

    Parameters
    ----------
    name : str
        What it is called.
    instruments, sectors, factors : mapping
        Shocks by name; names that nobody holds do nothing.
    spread_multiple : float
        Positions are closed at half of so many usual spreads; 0 leaves that out.
    gap : bool
        Whether prices jump through stops; else a loss ends at the stop.
    period, source : str
        When it was, and who says so.
    """

    name: str
    instruments: Mapping[str, float] = field(default_factory=dict)
    sectors: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    spread_multiple: float = 0.0
    gap: bool = False
    period: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("instruments", "sectors", "factors"):
            object.__setattr__(self, name, _shocks(name, getattr(self, name)))
        object.__setattr__(self, "spread_multiple", number("spread_multiple", self.spread_multiple))


@dataclass(frozen=True, eq=False, slots=True)
class StressResult:
    """Profit or loss of every position in every scenario.

    Parameters
    ----------
    scenarios, symbols : tuple of str
        Rows and columns.
    pnl : (scenarios, positions) array
        In the currency of the account.
    """

    scenarios: tuple[str, ...]
    symbols: tuple[str, ...]
    pnl: Floats

    @property
    def totals(self) -> dict[str, float]:
        """The profit or loss of all positions by scenario."""
        return dict(zip(self.scenarios, self.pnl.sum(axis=1).tolist(), strict=True))

    @property
    def worst(self) -> tuple[str, float] | None:
        """The scenario that costs most, and what it costs; None without scenarios."""
        return min(self.totals.items(), key=lambda item: item[1], default=None)

    @property
    def table(self) -> pa.Table:
        """One row a scenario: its total, then a column a position; as Arrow."""
        import pyarrow as pa

        names = ["scenario", "total", *self.symbols]
        total = self.pnl.sum(axis=1)
        return pa.table([pa.array(self.scenarios, pa.string()), pa.array(total), *map(pa.array, self.pnl.T)], names)


@cache
def historical_scenarios() -> tuple[Scenario, ...]:
    """What happened: 1987, 2008, the Swiss franc in 2015, March 2020, crypto in 2022; each with its source.

    Factors in use: ``market`` (the S&P 500), ``oil``, ``crypto``, ``chf`` (foreign currency in francs). Sectors are
    those of the S&P 500.

    Examples
    --------
    >>> import baconalgo as ba
    >>> [scenario.name for scenario in ba.risk_models.historical_scenarios()][:2]
    ['1987 Black Monday', '2008 Financial crisis']
    """
    text = resources.files("baconalgo.risk_models").joinpath("scenarios.toml").read_text(encoding="utf-8")
    return tuple(Scenario(**row) for row in tomllib.loads(text)["scenario"])


def stress(
    positions: Iterable[Position] | Mapping[str, float], scenarios: Iterable[Scenario] | None = None
) -> StressResult:
    """Profit or loss of positions if something happens at once.

    For a position of value v, its shock x and its spread s: ``v x - |v| s spread_multiple / 2``. No price falls below
    zero. With a stop and no gap the loss ends at the stop.

    Parameters
    ----------
    positions : iterable of Position, or mapping of symbols to values
        A mapping gives every position a beta of 1 to the market.
    scenarios : iterable of Scenario, optional
        :func:`historical_scenarios` by default.

    Raises
    ------
    DataError
        If a number is not finite or two positions or scenarios have one name.
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Linear in the price: options are not valued again.

    Examples
    --------
    >>> import baconalgo as ba
    >>> from baconalgo.risk_models import Position, Scenario, stress
    >>> book = [Position("AAPL", 60_000, sector="Information Technology"), Position("SPY", -30_000)]
    >>> crash = Scenario("chips fall", sectors={"Information Technology": -0.25}, factors={"market": -0.05})
    >>> stress(book, [crash]).totals
    {'chips fall': -13500.0}
    >>> stress({"SPY": 100_000}).worst
    ('2007-2009 Peak to trough', -56780.0)
    """
    if isinstance(positions, Mapping):
        positions = [Position(str(symbol), value) for symbol, value in positions.items()]
    book = list(positions)
    played = list(historical_scenarios() if scenarios is None else scenarios)
    symbols = _numbered("positions", [position.symbol for position in book])
    names = _numbered("scenarios", [scenario.name for scenario in played])
    sectors = {name: k for k, name in enumerate(sorted({p.sector for p in book if p.sector is not None}))}
    factors = {name: k for k, name in enumerate(sorted({name for p in book for name in p.betas}))}
    betas = np.zeros((len(factors), len(book)))
    for column, position in enumerate(book):
        for name, beta in position.betas.items():
            betas[factors[name], column] = beta

    def known(shocks: Mapping[str, float], places: Mapping[str, int]) -> list[tuple[int, float]]:
        return [(places[name], shock) for name, shock in shocks.items() if name in places]

    rows = [
        (known(s.instruments, symbols), known(s.sectors, sectors), known(s.factors, factors), s.spread_multiple, s.gap)
        for s in played
    ]
    pnl = _core.stress_table(
        np.array([position.value for position in book], dtype=np.float64),
        np.array([-1 if p.sector is None else sectors[p.sector] for p in book], dtype=np.int64),
        betas,
        np.array([position.spread for position in book], dtype=np.float64),
        np.array([math.inf if p.stop is None else p.stop for p in book], dtype=np.float64),
        rows,
    )
    return StressResult(tuple(names), tuple(symbols), pnl)


def _numbered(parameter: str, names: list[str]) -> dict[str, int]:
    numbers = {name: k for k, name in enumerate(names)}
    if len(numbers) != len(names):
        raise DataError(parameter, "must differ in name", next(name for name in names if names.count(name) > 1))
    return numbers
