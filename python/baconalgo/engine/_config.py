"""Settings of an engine, and of the venue that it simulates."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from baconalgo.config import BacktestConfig, Commission, Latency, whole_number
from baconalgo.errors import ConfigError

__all__ = ["PLAIN", "EngineConfig", "SimVenue", "assumptions_of"]


@dataclass(frozen=True)
class EngineConfig:
    """Settings of a :class:`QuantumEngine`.

    Parameters
    ----------
    ring_buffer_capacity
        Messages that may wait, a power of two. Each takes 64 bytes, when it is first used.
    num_workers
        Threads that convert messages ahead of the engine's, 1 to 32; with 1 the engine's thread does it itself, which
        is best up to four cores. The outcome is the same with any number.
    enable_thread_pinning
        Whether the engine's thread stays on one core. A warning says where that cannot be had.
    position_cache_capacity
        The most instruments that an engine can have.
    clock
        ``"system"``: a message happens when the engine takes it. ``"replay"``: market data happens at its own time,
        and an order at that of the record before it, so that the same messages have the same outcome whenever they
        are sent.
    history
        Orders and fills that are remembered for :meth:`QuantumEngine.orders` and :meth:`QuantumEngine.fills`.

    Raises
    ------
    ConfigError
        If a value is out of its range.

    Examples
    --------
    >>> EngineConfig(num_workers=0)
    Traceback (most recent call last):
        ...
    baconalgo.errors.ConfigError: num_workers must be a whole number >= 1 and < 33, was 0
    """

    ring_buffer_capacity: int = 65_536
    num_workers: int = 1
    enable_thread_pinning: bool = True
    position_cache_capacity: int = 10_000
    clock: str = "system"
    history: int = 100_000

    def __post_init__(self) -> None:
        capacity = whole_number("ring_buffer_capacity", self.ring_buffer_capacity, least=2, below=2**30 + 1)
        if capacity & (capacity - 1):
            raise ConfigError("ring_buffer_capacity", "must be a power of two", capacity)
        whole_number("num_workers", self.num_workers, least=1, below=33)
        whole_number("position_cache_capacity", self.position_cache_capacity, least=1, below=1_000_001)
        whole_number("history", self.history, least=0, below=100_000_001)
        if not isinstance(self.enable_thread_pinning, bool):
            raise ConfigError("enable_thread_pinning", "must be True or False", repr(self.enable_thread_pinning))
        if self.clock not in ("system", "replay"):
            raise ConfigError("clock", "must be one of system, replay", repr(self.clock))


@dataclass(frozen=True)
class SimVenue:
    """A simulated venue with costs, latency and displayed sizes: the assumptions of a :class:`BacktestConfig`.

    Without a `venue`, an engine has a plainer one: orders trade at the last price at once, without costs.

    Parameters
    ----------
    commission_pct, slippage_pct, latency, fill_model, realistic_fills
        As for :class:`BacktestConfig`.
    at_last
        Whether an order meets the standing market on arrival even without latency, and trades at the last price where
        there is no quote. Otherwise it waits for the next record, as in a backtest.

    Examples
    --------
    >>> SimVenue(latency=0, at_last=True).commission_pct
    0.1
    """

    commission_pct: float | Commission = 0.1
    slippage_pct: float = 0.05
    latency: int | Latency = field(default_factory=Latency)
    fill_model: str = "through"
    realistic_fills: bool = True
    at_last: bool = False

    def __post_init__(self) -> None:
        self.settings()

    def settings(self) -> dict[str, Any]:
        """The same assumptions as the settings of a run."""
        names = [f.name for f in fields(self) if f.name != "at_last"]
        return BacktestConfig(**{name: getattr(self, name) for name in names}).settings()


#: Trades at the last price at once, for nothing.
PLAIN = SimVenue(
    commission_pct=0.0, slippage_pct=0.0, latency=0, fill_model="touch", realistic_fills=False, at_last=True
)


def assumptions_of(venue: SimVenue | None) -> dict[str, str]:
    """What a simulated venue assumes, in the order in which a reader asks.

    Examples
    --------
    >>> assumptions_of(None)["commission"]
    'none'
    """
    if venue is None:
        return {
            "market_orders": "trade at the last price at once (optimistic)",
            "latency": "none",
            "slippage": "none",
            "commission": "none",
            "displayed_size": "not looked at",
            "market_impact": "none",
        }
    config = BacktestConfig(
        commission_pct=venue.commission_pct, latency=venue.latency, realistic_fills=venue.realistic_fills
    )
    latency, commission = config.effective_latency(), config.commission
    settings = venue.settings()
    return {
        "market_orders": "take the standing quote, or the last price" if venue.at_last else "as in a backtest",
        "fill_model": settings["fill_model"],
        "latency": f"entry {latency.entry} ns, response {latency.response} ns, cancel {latency.cancel} ns",
        "slippage": f"{settings['slippage_pct']} % of the price against takes, on to the next whole tick",
        "commission": f"maker {commission.maker:g} %, taker {commission.taker:g} % of the notional",
        "displayed_size": "bounds what can be taken" if settings["bounded_by_size"] else "not looked at",
        "market_impact": "none",
    }
