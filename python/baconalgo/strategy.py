"""Strategies: a Python class, and ready-made targets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from baconalgo import _core
from baconalgo.config import Time, length_ns, time_ns
from baconalgo.errors import ConfigError

if TYPE_CHECKING:
    from baconalgo._core import Bar, Fill, Order, Quote, Trade

__all__ = ["SignalStrategy", "Strategy"]


class Strategy(_core.StrategyBase):
    """The base of strategies written as a class. Override what you want to be told of.

    Inside the callbacks: :meth:`buy`, :meth:`sell`, :meth:`cancel`, :meth:`replace` send orders;
    ``self.position(symbol)`` is the position in units as far as its fills have been seen; ``self.now`` is the local
    time in ns; ``self.symbols`` are the run's instruments; ``self.warming_up`` says that the start date is still
    ahead, when orders are refused.

    Only callbacks that a class overrides are called, so an empty one costs nothing.

    Examples
    --------
    >>> import baconalgo as ba
    >>> class BuyOnce(ba.Strategy):
    ...     def on_start(self):
    ...         self.done = False
    ...     def on_quote(self, quote):
    ...         if not self.done:
    ...             self.buy(quote.symbol, 1)
    ...             self.done = True
    >>> result = ba.BacktestEngine().run(BuyOnce(), ba.data.simulate(rows=100, seed=1))
    >>> result.fills.num_rows
    1
    """

    def on_start(self) -> None:
        """Before the first record."""

    def on_quote(self, quote: Quote) -> None:
        """Best bid and ask."""

    def on_trade(self, trade: Trade) -> None:
        """A trade. Of a row with both, the quote comes first."""

    def on_book(self, book: Any) -> None:
        """A book of several levels; data of that kind is not read yet."""

    def on_bar(self, bar: Bar) -> None:
        """A bar of the data, once it is over, or one asked for with :meth:`subscribe_bars`."""

    def on_order(self, order: Order) -> None:
        """An order changed: accepted, filled in part or whole, cancelled, rejected, expired, replaced."""

    def on_fill(self, fill: Fill) -> None:
        """A fill was seen; comes before the order's :meth:`on_order`."""

    def on_timer(self, name: str) -> None:
        """A timer of :meth:`set_timer`."""

    def on_stop(self) -> None:
        """After the last record."""

    def subscribe_bars(self, timeframe: str | int | timedelta) -> None:
        """Ask for bars built from the instruments' quotes (mid), trades or shorter bars.

        Parameters
        ----------
        timeframe
            ``"1m"``, ``"5m"``, ``"1D"``, a timedelta, or ns. A bar is told once it is over, before every record that
            is later.

        Raises
        ------
        ConfigError
            If it is no length of time.
        """
        self._subscribe_bars(length_ns("timeframe", timeframe, least=1))

    def set_timer(self, name: str, *, at: Time | None = None, every: int | str | timedelta | None = None) -> None:
        """Ask for :meth:`on_timer` at a time, or every so often, or both; the name's older timer is replaced.

        Parameters
        ----------
        name
            Told back to :meth:`on_timer`.
        at
            First time; default: `every` from now.
        every
            Period; default: once.

        Raises
        ------
        ConfigError
            If neither is given.
        """
        if at is None and every is None:
            raise ConfigError("at", "must be given if every is not", None)
        period = 0 if every is None else length_ns("every", every, least=1)
        self._set_timer(name, None if at is None else time_ns("at", at), period)

    def cancel_timer(self, name: str) -> None:
        """No more of this timer."""
        self._cancel_timer(name)

    @property
    def now_datetime(self) -> datetime:
        """The local time, to the microsecond, UTC."""
        from datetime import UTC

        return datetime.fromtimestamp(self.now // 1_000 / 1e6, tz=UTC)


class SignalStrategy:
    """Follows ready-made targets, one a row of the primary table (the first input).

    Whenever the target changes, a market order for the difference is sent, decided on that row.

    Parameters
    ----------
    targets
        -1, 0 or 1 (fractions are allowed), NaN holds; 1-D, one a row of the table as it is given. NumPy, pandas,
        polars or Arrow.
    quantity
        What 1 stands for, in units; > 0.

    Raises
    ------
    ConfigError
        If the targets are not numbers in one dimension, are infinite, or the quantity is not positive.

    Examples
    --------
    >>> import baconalgo as ba
    >>> table = ba.data.simulate(rows=100, seed=1)
    >>> targets = np.where(np.arange(100) < 50, 1.0, 0.0)
    >>> ba.BacktestEngine().run(ba.SignalStrategy(targets, quantity=2), table).orders.num_rows
    2
    """

    def __init__(self, targets: Any, quantity: float = 1.0) -> None:
        try:
            array = np.asarray(targets, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ConfigError("targets", "must be numbers", type(targets).__name__) from error
        if array.ndim != 1:
            raise ConfigError("targets", "must have one dimension", f"shape {array.shape}")
        if np.isinf(array).any():
            raise ConfigError("targets", "must be finite or NaN", "inf")
        number = isinstance(quantity, int | float | np.number) and not isinstance(quantity, bool)
        if not (number and 0 < quantity < float("inf")):
            raise ConfigError("quantity", "must be > 0", quantity)
        self.targets = np.ascontiguousarray(array)
        self.quantity = float(quantity)

    def __repr__(self) -> str:
        return f"SignalStrategy({len(self.targets)} targets, quantity={self.quantity:g})"

    def _native(self) -> _core.Targets:
        return _core.Targets(self.targets, self.quantity)
