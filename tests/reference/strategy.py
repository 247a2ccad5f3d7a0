"""What a strategy is, what it may ask for, and the strategy that follows a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .vocabulary import (
    Cancel,
    Command,
    Order,
    OrderType,
    Record,
    Replace,
    Report,
    Script,
    Side,
    Submit,
    TimeInForce,
)

if TYPE_CHECKING:
    from .backtester import Backtester


class Context:
    """What a strategy can ask for. Commands are carried out, in order, when its callback returns."""

    def __init__(self, backtester: Backtester) -> None:
        self._backtester = backtester

    @property
    def now(self) -> int:
        """The strategy's clock."""
        return self._backtester.clock

    def position(self, instrument: int) -> int:
        """Lots, as the ledger knows them."""
        return self._backtester.ledger.positions[instrument]

    def submit(
        self,
        instrument: int,
        side: Side,
        qty: int,
        order_type: OrderType = OrderType.MARKET,
        time_in_force: TimeInForce = TimeInForce.GTC,
        limit: int | None = None,
        stop: int | None = None,
    ) -> int:
        """Ask for an order; its id."""
        return self.command(Submit(instrument, side, qty, order_type, time_in_force, limit, stop))

    def cancel(self, order_id: int) -> None:
        """Ask for a cancel."""
        self.command(Cancel(order_id))

    def replace(self, order_id: int, qty: int | None = None, limit: int | None = None, stop: int | None = None) -> None:
        """Ask for a change."""
        self.command(Replace(order_id, qty, limit, stop))

    def command(self, command: Command) -> int:
        """Ask for whatever a command says; the id of the order it is about."""
        return self._backtester.ask(command)

    def set_timer(self, at: int) -> None:
        """Ask to be called at a time."""
        self._backtester.set_timer(at)


class Strategy(Protocol):
    """What the backtester calls."""

    def on_start(self, context: Context) -> None:
        """Before the first record."""

    def on_event(self, index: int, record: Record, context: Context) -> None:
        """A record is seen; ``index`` is its place in the order of records."""

    def on_report(self, report: Report, order: Order, context: Context) -> None:
        """A report is seen; ``order`` is as it stands after it."""

    def on_timer(self, context: Context) -> None:
        """A timer rings."""

    def on_stop(self, context: Context) -> None:
        """After the last record and the last report."""


class SilentStrategy:
    """Does nothing; to be built upon."""

    def on_start(self, context: Context) -> None:
        """Nothing."""

    def on_event(self, index: int, record: Record, context: Context) -> None:
        """Nothing."""

    def on_report(self, report: Report, order: Order, context: Context) -> None:
        """Nothing."""

    def on_timer(self, context: Context) -> None:
        """Nothing."""

    def on_stop(self, context: Context) -> None:
        """Nothing."""


class ScriptedStrategy(SilentStrategy):
    """Gives the commands of a script, each on the record it is written for."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def on_event(self, index: int, record: Record, context: Context) -> None:
        """The commands for this record."""
        for command in self.script.get(index, ()):
            context.command(command)
