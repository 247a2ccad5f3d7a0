"""The live engine: messages in, risk checks, a simulated venue, positions; every stage measured."""

from __future__ import annotations

import atexit
import os
import warnings
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from baconalgo import _core, _cpu_check
from baconalgo.backtest import native_strategy
from baconalgo.config import decimal_text
from baconalgo.engine._config import PLAIN, EngineConfig, SimVenue, assumptions_of
from baconalgo.engine._records import EngineReject, EngineStats, Position
from baconalgo.errors import BaconError, ConfigError, EngineError, StrategyError
from baconalgo.risk import RiskConfig

if TYPE_CHECKING:
    from baconalgo.data import Instrument

__all__ = ["QuantumEngine"]

#: The engines that were started, to be stopped before the interpreter ends.
_started: weakref.WeakSet[QuantumEngine] = weakref.WeakSet()

_KINDS = ("", "Trade", "Quote", "BookDelta", "Bar", "MarketData", "Signal", "ExecuteOrder", "CancelOrder", "Fill")
_DEFAULT_RISK = RiskConfig()


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
        A :class:`Strategy` that is told of market data, orders and fills on the engine's thread; or any other form
        that a backtest takes, which decides on each record of the finest kind that an instrument has had.

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
        self.strategy = strategy
        chosen = venue if venue is not None else PLAIN
        options = {
            **{f.name: getattr(self.config, f.name) for f in fields(self.config)},
            "instruments": None if instruments is None else _specs(instruments),
            "risk": None if risk is None else risk.settings(),
            "capital": decimal_text("total_capital", 100_000.0 if risk is None else risk.total_capital),
            "venue": chosen.settings(),
            "at_last": chosen.at_last,
        }
        self._native = _core.Engine(options, None if strategy is None else native_strategy(strategy))

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
        rejects = []
        for ts, kind, symbol, order_id, client_id, code, reason, amounts in self._native.rejects():
            value, bound = amounts or (None, None)
            message = _KINDS[kind] if kind < len(_KINDS) else ""
            rejects.append(EngineReject(ts, message, symbol, order_id, client_id, code, reason, value, bound))
        return rejects

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
        """Of all orders, fills and the ledger, whatever the settings; hexadecimal.

        Two engines that have done the same have the same hash, and so has a backtest, as
        :attr:`BacktestResult.outcome_hash` (its :attr:`~BacktestResult.hash` covers its config as well). It starts
        anew with a snapshot.
        """
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


def _stop_all() -> None:
    """Before the interpreter ends: a thread that needed it afterwards would hang."""
    for engine in list(_started):
        try:
            engine.stop()
        except BaconError:
            # In the child of a fork there is nothing to stop.
            continue


atexit.register(_stop_all)
