"""The live engine: messages in, risk checks, a simulated venue, positions; every stage measured."""

from __future__ import annotations

import atexit
import os
import warnings
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from baconalgo import _core, _cpu_check
from baconalgo.config import BacktestConfig, Commission, Latency, decimal_text, whole_number
from baconalgo.errors import BaconError, ConfigError, EngineError, StrategyError
from baconalgo.risk import RiskConfig

if TYPE_CHECKING:
    from baconalgo.data import Instrument

__all__ = ["EngineConfig", "EngineReject", "EngineStats", "Position", "QuantumEngine", "SimVenue"]

#: The engines that were started, to be stopped before the interpreter ends.
_started: weakref.WeakSet[QuantumEngine] = weakref.WeakSet()

_KINDS = ("", "Trade", "Quote", "BookDelta", "Bar", "MarketData", "Signal", "ExecuteOrder", "CancelOrder", "Fill")


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
_PLAIN = SimVenue(
    commission_pct=0.0, slippage_pct=0.0, latency=0, fill_model="touch", realistic_fills=False, at_last=True
)
_DEFAULT_RISK = RiskConfig()


@dataclass(frozen=True)
class Position:
    """A position, as of the last batch of messages.

    Attributes
    ----------
    symbol, quantity
        Of what, and how much in units; negative when short.
    average_price
        Of what is open; None when flat.
    mark_price
        What it is valued at; None before there was a price.
    unrealized_pnl, realized_pnl
        Profit of what is open, and of what was closed, against average cost; commissions are left out.
    timestamp
        When this was so, ns since the epoch.
    """

    symbol: str
    quantity: float
    average_price: float | None
    mark_price: float | None
    unrealized_pnl: float
    realized_pnl: float
    timestamp: int

    @classmethod
    def _of(cls, row: tuple[str, float, float, float, float, float, int]) -> Position:
        average, mark = (None if value != value else value for value in row[2:4])  # noqa: PLR0124 - NaN
        return cls(row[0], row[1], average, mark, *row[4:])


@dataclass(frozen=True)
class EngineReject:
    """A message or an order that was refused.

    Attributes
    ----------
    timestamp
        When, ns since the epoch.
    message
        What it was: ``"Signal"``, ``"MarketData"``, ...
    symbol
        Of what.
    order_id, client_order_id
        The engine's number, if it became an order, and its sender's, if it had one.
    code, reason
        Why: 1xxx input, 2xxx risk, 3xxx matching, 8xxx infrastructure.
    value, bound
        The value that broke a limit, and the limit; None where it was none.
    """

    timestamp: int
    message: str
    symbol: str
    order_id: int | None
    client_order_id: int | None
    code: int
    reason: str
    value: float | None
    bound: float | None


@dataclass(frozen=True)
class EngineStats:
    """What an engine measured; times in ns.

    Attributes
    ----------
    messages_processed
        Messages carried out or refused.
    avg_latency_ns, min_latency_ns, max_latency_ns, p50_latency_ns, p99_latency_ns, p999_latency_ns
        From the moment a message was put on the ring until all it caused was done and visible; messages that were
        taken together count until the last of them. 0 before the first message.
    orders_executed
        Orders that are done and were filled, in part or whole.
    throughput
        Messages a second between the first and the last one taken.
    orders, fills, rejects
        Orders that messages made, fills, and refusals.
    rejects_by_code
        Refusals by code.
    rounded
        Messages with a price or quantity between two steps of an instrument that nobody described, and that went to
        the nearest one.
    queue_depth
        Messages that wait.
    active_positions, equity, cash
        The account as of the last batch.
    state
        ``"STOPPED"``, ``"RUNNING"``, ``"HALTED"`` or ``"FAULTED"``.
    pinned_core
        The core that the engine's thread stays on, if it does.
    stages
        `count`, `mean`, `min`, `p50`, `p90`, `p99`, `p999`, `max` of each stage of one message in 64: ``"queue"``,
        ``"convert"``, ``"execute"`` (risk, venue, ledger), ``"publish"``.
    """

    messages_processed: int
    avg_latency_ns: float
    min_latency_ns: int
    max_latency_ns: int
    p50_latency_ns: int
    p99_latency_ns: int
    p999_latency_ns: int
    orders_executed: int
    throughput: float
    orders: int
    fills: int
    rejects: int
    rejects_by_code: Mapping[int, int]
    rounded: int
    queue_depth: int
    active_positions: int
    equity: float
    cash: float
    state: str
    pinned_core: int | None
    stages: Mapping[str, Mapping[str, float]]


class QuantumEngine:
    """Takes messages on one thread, in order, and makes orders, fills and positions of them.

    Market data marks positions and moves the simulated market; a :class:`Signal` is a market order (HOLD is none);
    :class:`ExecuteOrder` and :class:`CancelOrder` do what they say. Every order passes the limits of `risk`. What
    cannot be meant (NaN, a negative price, an unknown symbol) is refused and counted, never raised.

    Parameters
    ----------
    config
        See :class:`EngineConfig`.
    instruments
        The instruments there are; any other symbol is refused (code 1001). None: whatever turns up, with steps of
        1e-8 in price and quantity, in USD.
    risk
        Limits, and the capital to start with. None: 100,000 and exposure up to equity.
    venue
        A :class:`SimVenue`. None: orders trade at the last price at once, without costs.
    strategy
        A :class:`Strategy` that is told of market data, orders and fills on the engine's thread.

    Raises
    ------
    ConfigError
        If an argument cannot be used.

    Examples
    --------
    >>> import baconalgo as ba
    >>> with ba.QuantumEngine() as engine:
    ...     engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95))
    ...     _ = engine.flush()
    ...     engine.get_position("BTC").quantity
    0.1
    """

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        instruments: Iterable[Instrument] | None = None,
        risk: RiskConfig | None = _DEFAULT_RISK,
        venue: SimVenue | None = None,
        strategy: Any = None,
    ) -> None:
        if config is not None and not isinstance(config, EngineConfig):
            raise ConfigError("config", "must be a ba.EngineConfig", type(config).__name__)
        if risk is not None and not isinstance(risk, RiskConfig):
            raise ConfigError("risk", "must be a ba.RiskConfig or None", type(risk).__name__)
        if venue is not None and not isinstance(venue, SimVenue):
            raise ConfigError("venue", "must be a ba.SimVenue or None", type(venue).__name__)
        self.config = config if config is not None else EngineConfig()
        self.risk = risk
        self.venue = venue
        self.strategy = _instance(strategy)
        chosen = venue if venue is not None else _PLAIN
        options = {
            **{f.name: getattr(self.config, f.name) for f in fields(self.config)},
            "instruments": None if instruments is None else _specs(instruments),
            "risk": None if risk is None else risk.settings(),
            "capital": decimal_text("total_capital", 100_000.0 if risk is None else risk.total_capital),
            "venue": chosen.settings(),
            "at_last": chosen.at_last,
        }
        self._native = _core.Engine(options, self.strategy)

    def __repr__(self) -> str:
        return f"QuantumEngine({self.state}, {self._native.open_positions()} positions)"

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine's thread; nothing if it runs. After :meth:`stop` it goes on with what it had.

        Raises
        ------
        EngineError
            If it has failed, or a thread or its memory cannot be had.
        """
        _, refused = self._native.start()
        if not _started:
            # Registered again each time, which is cheap: before the interpreter ends, threads must not need it.
            atexit.register(_stop_all)
        _started.add(self)
        if refused is not None:
            message = f"the engine's thread is not pinned to a core: {refused}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)

    def stop(self) -> None:
        """Carry out what was accepted, then end the thread; nothing if it does not run.

        Raises
        ------
        EngineError
            If called by the engine's own strategy.
        """
        self._native.stop()
        _started.discard(self)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it takes messages."""
        return self.state in ("RUNNING", "HALTED")

    @property
    def state(self) -> str:
        """``"STOPPED"``, ``"RUNNING"``, ``"HALTED"`` after an emergency stop, or ``"FAULTED"``."""
        return self._native.state

    @property
    def fault(self) -> BaconError | None:
        """Why it failed, if it did: a :class:`StrategyError` with its cause, or an :class:`EngineError`."""
        found = self._native.fault()
        if found is None:
            return None
        said, raised = found
        if raised is None:
            return EngineError("engine", "must not fail", said, code=8002)
        error, event, ts = raised
        failure = StrategyError("strategy", "must not raise", f"{type(error).__name__}: {error}", code=1101)
        failure.event, failure.ts, failure.__cause__ = event, ts, error
        return failure

    # -- messages in ---------------------------------------------------------------------------------------------------

    def send_message(self, message: Any) -> None:
        """Send a message: it is carried out after all that were sent before, on the engine's thread.

        Parameters
        ----------
        message
            :class:`Signal`, :class:`MarketData`, :class:`ExecuteOrder`, :class:`CancelOrder`, :class:`EmergencyStop`,
            :class:`Trade`, :class:`Quote` or :class:`Bar`.

        Raises
        ------
        BackpressureError
            At once if the ring is full. An :class:`EmergencyStop` never is refused.
        EngineError
            If the engine does not run; the message says why.
        TypeError
            If it is none of these.
        """
        self._native.send(message)

    def send_many(
        self,
        data: Any,
        *,
        symbol: str | None = None,
        kind: str | None = None,
        timeframe: Any = None,
        timeout: float | None = None,
    ) -> int:
        """Send many messages, waiting for room while the ring is full.

        Parameters
        ----------
        data
            An array of one of ``ba.messages.DTYPES``, a table (anything with ``__arrow_c_stream__``, or a dict of
            columns), or message objects.
        symbol, kind, timeframe
            For tables, as for :func:`baconalgo.messages.records`.
        timeout
            Seconds to wait for room; None for as long as it takes. The GIL is released, and Ctrl-C works.

        Returns
        -------
        int
            How many were sent: all.

        Raises
        ------
        BackpressureError
            If there was no room in time; its attribute `sent` says how many were sent.
        EngineError
            If the engine does not run, or fails meanwhile.
        DataError
            If the data means no messages.

        Examples
        --------
        >>> import baconalgo as ba
        >>> quotes = {"ts": [1, 2], "bid": [1.0, 1.1], "ask": [1.2, 1.3]}
        >>> with ba.QuantumEngine() as engine:
        ...     engine.send_many(quotes, symbol="EURUSD")
        2
        """
        import numpy as np

        from baconalgo.messages import records

        array = records(data, symbol=symbol, kind=kind, timeframe=timeframe)
        return self._native.send_records(array.view(np.uint8), timeout)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything sent so far is carried out.

        Parameters
        ----------
        timeout
            Seconds; None for as long as it takes.

        Returns
        -------
        bool
            Whether it is; False if the time was up.
        """
        return self._native.flush(timeout)

    def emergency_stop(self) -> None:
        """Cancel everything, close every position, refuse every order from now on; the ring may be full.

        It takes effect before the next message. :meth:`reset` ends it, and so does starting again.
        """
        self._native.emergency_stop()

    def reset(self) -> None:
        """End an emergency stop: orders are judged by the limits again."""
        self._native.resume()

    # -- what came of them ---------------------------------------------------------------------------------------------

    def get_stats(self) -> EngineStats:
        """What the engine measured so far."""
        found = self._native.stats()
        latency = found.pop("latency")
        times = {f"{name}_latency_ns": latency[name] for name in ("min", "max", "p50", "p99", "p999")}
        return EngineStats(avg_latency_ns=latency["mean"], **times, **found)

    def active_positions(self) -> int:
        """How many positions are open."""
        return self._native.open_positions()

    def get_position(self, symbol: str) -> Position | None:
        """The position of a symbol as of the last batch; None if there never was one."""
        row = self._native.position(symbol)
        return None if row is None else Position._of(row)

    def list_positions(self) -> list[Position]:
        """Open positions, in the order in which their symbols turned up."""
        return [Position._of(row) for row in self._native.positions() if row[1] != 0]

    def orders(self) -> pa.Table:
        """The last orders that are done, then the open ones, as in :attr:`BacktestResult.orders`."""
        return pa.table(self._native.table("orders"))

    def fills(self) -> pa.Table:
        """The last fills, as in :attr:`BacktestResult.fills`."""
        return pa.table(self._native.table("fills"))

    def rejects(self) -> list[EngineReject]:
        """The last 1,024 refusals, oldest first."""
        rows = self._native.rejects()
        return [
            EngineReject(ts, _KINDS[kind] if kind < len(_KINDS) else "", symbol, *ids, *(amounts or (None, None)))
            for ts, kind, symbol, *ids, amounts in rows
        ]

    def account(self) -> dict[str, float]:
        """Cash, equity, commissions paid and the largest fall of equity from a peak, as of now.

        Examples
        --------
        >>> import baconalgo as ba
        >>> ba.QuantumEngine().account()["equity"]
        100000.0
        """
        cash, equity, fees, drawdown = self._native.account()
        # Whole numbers, so that the quotients are the nearest floats.
        exact = {"cash": cash, "equity": equity, "fees": fees}
        return {**{name: amount / 10**18 for name, amount in exact.items()}, "max_drawdown_pct": drawdown}

    @property
    def hash(self) -> str:
        """Of all orders, fills and the ledger: equal if and only if all of them are."""
        return self._native.hash()

    def events(self) -> _core.EngineEvents:
        """Fills and order updates from now on, for whoever reads them; a slow reader loses the oldest, counted.

        Returns
        -------
        EngineEvents
            ``recv(timeout=None)`` gives the next one, as a :class:`Fill` or an :class:`OrderUpdate`, or None.
        """
        return self._native.events()

    @property
    def assumptions(self) -> dict[str, str]:
        """What the simulated venue assumes."""
        return assumptions_of(self.venue)

    # -- snapshots -----------------------------------------------------------------------------------------------------

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write positions, open orders, order numbers and account to a file, whole or not at all.

        Raises
        ------
        EngineError
            If the file cannot be written.
        """
        self._native.snapshot(Path(path), _build())

    @classmethod
    def restore(cls, path: str | os.PathLike[str], config: EngineConfig | None = None, **arguments: Any) -> Self:
        """An engine that goes on from a snapshot of the same build; start it to go on.

        Parameters
        ----------
        path
            The file.
        config, **arguments
            As for :class:`QuantumEngine`; the capital is that of the snapshot.

        Raises
        ------
        EngineError
            If the file is damaged, was written by another build, or does not fit the arguments.
        """
        engine = cls(config, **arguments)
        engine._native.restore(Path(path), _build())
        return engine


def _instance(strategy: Any) -> Any:
    if isinstance(strategy, type) and issubclass(strategy, _core.StrategyBase):
        strategy = strategy()
    if strategy is not None and not isinstance(strategy, _core.StrategyBase):
        raise ConfigError("strategy", "must be a ba.Strategy: other forms do not run live yet", type(strategy).__name__)
    return strategy


def _specs(instruments: Iterable[Instrument]) -> Sequence[tuple[str, str, str, str, str]]:
    from baconalgo.data import Instrument

    found = list(instruments)
    for instrument in found:
        if not isinstance(instrument, Instrument):
            raise ConfigError("instruments", "must be ba.Instrument objects", type(instrument).__name__)
    symbols = [instrument.symbol for instrument in found]
    if not found or len(set(symbols)) < len(symbols):
        raise ConfigError("instruments", "must be at least one, each symbol only once", symbols)
    return [instrument.spec() for instrument in found]


def _build() -> str:
    record = _cpu_check.read_record()
    return " ".join(str(record.get(name, "")) for name in ("version", "commit", "profile", "rustc", "target"))


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


def _stop_all() -> None:
    """Before the interpreter ends: a thread that needed it afterwards would hang."""
    for engine in _running():
        try:
            engine.stop()
        except BaconError:
            # In the child of a fork there is nothing to stop.
            continue


def _running() -> Iterator[QuantumEngine]:
    return iter(list(_started))
