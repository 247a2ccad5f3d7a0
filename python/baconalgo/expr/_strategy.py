"""Conditions as a strategy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError
from baconalgo.expr._columns import Floats, read
from baconalgo.expr._expr import Expr
from baconalgo.expr._lower import lower, with_params


class ExprStrategy:
    """Trades conditions: long from `entry` to `exit`, short from `short_entry` to `short_exit`.

    On each row, in this order: a long position is left if `exit` or `short_entry` holds; a short one if `short_exit`
    or `entry` holds; then, if flat, `entry` alone makes it long and `short_entry` alone makes it short. So a flip
    takes one row, `entry` wins over an `exit` on the same row, and both entries together mean flat. A row on which
    a column or an indicator that it uses has no number changes nothing.

    Orders go out at market when the wanted position changes. With several tables, the conditions of an instrument
    run on the rows of the first table that has it.

    Parameters
    ----------
    entry
        Condition to be long.
    exit
        Condition to leave a long position; None: only `short_entry` ends it.
    short_entry
        Condition to be short; None: never.
    short_exit
        Condition to leave a short position; None: only `entry` ends it.
    quantity
        Size of a position, units, > 0.

    Raises
    ------
    ConfigError
        If a rule is not a condition or `quantity` is not above 0.

    Examples
    --------
    >>> import baconalgo as ba
    >>> fast, slow = ba.ema(ba.close, ba.param("fast", 2, 50)), ba.ema(ba.close, 100)
    >>> strategy = ba.ExprStrategy(fast > slow, exit=fast < slow, quantity=1000)
    >>> strategy.with_params(fast=20).params
    {'fast': 20.0}
    >>> ba.ExprStrategy(ba.close > ba.ema(ba.close, 100))
    ExprStrategy(entry=close > ema(close, 100), quantity=1)
    """

    __slots__ = ("_rules", "_signals", "quantity")

    quantity: float
    """Size of a position, units."""

    def __init__(
        self,
        entry: Expr,
        exit: Expr | None = None,  # noqa: A002 # the name of the rule
        short_entry: Expr | None = None,
        short_exit: Expr | None = None,
        quantity: float = 1.0,
    ) -> None:
        rules = {"entry": entry, "exit": exit, "short_entry": short_entry, "short_exit": short_exit}
        self._rules = {name: rule for name, rule in rules.items() if rule is not None}
        if isinstance(quantity, bool) or not isinstance(quantity, int | float | np.number):
            raise ConfigError("quantity", "must be a number", repr(quantity))
        self.quantity = quantity
        if "entry" not in self._rules:
            raise ConfigError("entry", "must be a condition", None)
        for name, rule in self._rules.items():
            if not isinstance(rule, Expr) or rule.kind != "condition":
                raise ConfigError(name, "must be a condition", repr(rule))
        nodes, params, places, needs = lower(self._rules.values())
        if needs.universe:
            why = "must not compare instruments: rank, zscore and top are for tables of many, and for scans"
            raise ConfigError("entry", why, ", ".join(map(str, self._rules.values())))
        place = dict(zip(self._rules, places, strict=True))
        wanted = (place["entry"], place.get("exit"), place.get("short_entry"), place.get("short_exit"))
        self._signals = _core.ExprSignals(nodes, params, wanted, float(quantity))

    def _native(self) -> _core.ExprSignals:
        return self._signals

    @property
    def params(self) -> dict[str, float]:
        """The parameters in its conditions, by name, with the value each one has."""
        return {name: default for name, _, _, default in lower(self._rules.values()).params}

    def with_params(self, **values: float) -> ExprStrategy:
        """The same strategy with parameters at other values; see :meth:`Expr.with_params`."""
        rules = dict(zip(self._rules, with_params(list(self._rules.values()), values), strict=True))
        return ExprStrategy(**rules, quantity=self.quantity)

    def targets(self, data: Any, *, timeframe: str | int | timedelta | None = None) -> Floats:
        """The position it wants on each row of a table of one instrument, units.

        Parameters
        ----------
        data, timeframe
            As for :meth:`Expr.evaluate`.

        Examples
        --------
        >>> import baconalgo as ba
        >>> ba.ExprStrategy(ba.close > 2, exit=ba.close < 2).targets([1.0, 3.0, 2.0, 1.0])
        array([0., 1., 1., 0.])
        """
        table = read(data, lower(self._rules.values()).needs, timeframe)
        return self._signals.targets(*table)

    def __repr__(self) -> str:
        rules = ", ".join(f"{name}={rule!r}" for name, rule in self._rules.items())
        return f"ExprStrategy({rules}, quantity={self.quantity:g})"
