"""Expressions: signals written as formulas over the columns of market data.

``ba.cross_above(ba.ema(ba.close, 10), ba.ema(ba.close, 30))`` is an :class:`Expr`. It holds no data. Give it a
table and :meth:`Expr.evaluate` computes its column; give it to :class:`ExprStrategy` and the engine trades on it,
row by row, with the same numbers.

Rationale
---------
The rule is data: it can be shown, searched over (:func:`param`) and run by a machine that works on a thousand rows
at a time. An indicator that appears twice is computed once.

Notes
-----
Missing numbers are NaN. Arithmetic with NaN is NaN, every comparison with NaN is false (``!=`` too), and
:func:`where` looks only at the branch it takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from baconalgo import _core
from baconalgo._expr_columns import COLUMNS, Floats, columns_of
from baconalgo.errors import ConfigError

__all__ = [
    "Expr",
    "ExprStrategy",
    "absolute",
    "ask",
    "ask_size",
    "bid",
    "bid_size",
    "close",
    "cross_above",
    "cross_below",
    "ema",
    "high",
    "lag",
    "low",
    "maximum",
    "mid",
    "minimum",
    "open",
    "param",
    "price",
    "sma",
    "volume",
    "where",
]

Kind: TypeAlias = Literal["number", "condition"]

_INFIX: Final = frozenset({"+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "&", "|"})
_PREFIX: Final = {"neg": "-", "~": "~"}


class Expr:
    """A number or a condition on each row of market data.

    Made from columns (``ba.close``), functions (``ba.ema``) and operators: ``+ - * /`` on numbers, ``< <= > >= == !=``
    between them, ``& | ~`` on conditions. Python's ``and``, ``or`` and ``not`` cannot work and raise.

    Examples
    --------
    >>> import baconalgo as ba
    >>> spread = ba.ask - ba.bid
    >>> (spread < 0.001) & ba.cross_above(ba.close, ba.ema(ba.close, 3))
    ((ask - bid) < 0.001) & cross_above(close, ema(close, 3))
    >>> ba.sma(ba.close, 2).evaluate({"close": [1.0, 2.0, 4.0]})
    array([nan, 1.5, 3. ])
    """

    __slots__ = ("_args", "_op", "_rows", "_value", "kind")

    #: NumPy numbers leave operators to this class.
    __array_ufunc__ = None

    kind: Kind
    """Whether it is a ``"number"`` or a ``"condition"``."""

    def __init__(
        self,
        op: str,
        args: tuple[Expr, ...] = (),
        *,
        kind: Kind = "number",
        rows: int | Expr | None = None,
        value: Any = None,
    ) -> None:
        self._op = op
        self._args = args
        self._rows = rows
        self._value = value
        self.kind = kind

    def __add__(self, other: Expr | float) -> Expr:
        return _arithmetic("+", self, other)

    def __radd__(self, other: float) -> Expr:
        return _arithmetic("+", other, self)

    def __sub__(self, other: Expr | float) -> Expr:
        return _arithmetic("-", self, other)

    def __rsub__(self, other: float) -> Expr:
        return _arithmetic("-", other, self)

    def __mul__(self, other: Expr | float) -> Expr:
        return _arithmetic("*", self, other)

    def __rmul__(self, other: float) -> Expr:
        return _arithmetic("*", other, self)

    def __truediv__(self, other: Expr | float) -> Expr:
        return _arithmetic("/", self, other)

    def __rtruediv__(self, other: float) -> Expr:
        return _arithmetic("/", other, self)

    def __neg__(self) -> Expr:
        return Expr("neg", (_number("-", self),))

    def __abs__(self) -> Expr:
        return absolute(self)

    def __lt__(self, other: Expr | float) -> Expr:
        return _comparison("<", self, other)

    def __le__(self, other: Expr | float) -> Expr:
        return _comparison("<=", self, other)

    def __gt__(self, other: Expr | float) -> Expr:
        return _comparison(">", self, other)

    def __ge__(self, other: Expr | float) -> Expr:
        return _comparison(">=", self, other)

    def __eq__(self, other: Expr | float) -> Expr:  # type: ignore[override]
        return _comparison("==", self, other)

    def __ne__(self, other: Expr | float) -> Expr:  # type: ignore[override]
        return _comparison("!=", self, other)

    __hash__ = object.__hash__

    def __and__(self, other: Expr) -> Expr:
        return Expr("&", (_condition("&", self), _condition("&", other)), kind="condition")

    def __or__(self, other: Expr) -> Expr:
        return Expr("|", (_condition("|", self), _condition("|", other)), kind="condition")

    def __invert__(self) -> Expr:
        return Expr("~", (_condition("~", self),), kind="condition")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has a value on each row, not one: combine conditions with & | ~ instead of and, or, not, "
            "put parentheses around comparisons, and write a < b < c as (a < b) & (b < c)"
        )

    def __repr__(self) -> str:
        if self._op == "constant":
            return f"{self._value:g}" if float(f"{self._value:g}") == self._value else repr(self._value)
        if self._op == "param":
            return str(self._value[0])
        args = [repr(arg) for arg in self._args]
        if self._op in _INFIX:
            left, right = (
                f"({text})" if arg._op in _INFIX else text for arg, text in zip(self._args, args, strict=True)
            )
            return f"{left} {self._op} {right}"
        if self._op in _PREFIX:
            return _PREFIX[self._op] + (f"({args[0]})" if self._args[0]._op in _INFIX else args[0])
        if self._rows is not None:
            args.append(repr(self._rows))
        return f"{self._op}({', '.join(args)})" if args else self._op

    @property
    def params(self) -> dict[str, float]:
        """The parameters in it, by name, with the value each one has."""
        return {name: default for name, _, _, default in _lower([self])[1]}

    def with_params(self, **values: float) -> Expr:
        """The same expression with parameters at other values.

        Parameters
        ----------
        **values
            By name, each within its range. Parameters that are not named stay as they are.

        Raises
        ------
        ConfigError
            If there is no parameter of that name, or the value is out of its range.

        Examples
        --------
        >>> import baconalgo as ba
        >>> trend = ba.close - ba.ema(ba.close, ba.param("span", 2, 50))
        >>> trend.with_params(span=10).params
        {'span': 10.0}
        """
        return _with_params([self], values)[0]

    def evaluate(self, data: Any) -> npt.NDArray[Any]:
        """Its column over a table.

        Parameters
        ----------
        data
            A mapping of names to arrays, a pandas or polars frame, an Arrow table, a structured array, or one
            array, which is taken as ``close``. Rows in time order, of one instrument. ``close`` is read from a
            column ``close``, else ``price``, else ``mid``, else ``(bid + ask) / 2``.

        Returns
        -------
        numpy.ndarray
            float64 for a number, bool for a condition; one value a row.

        Raises
        ------
        DataError
            If a column that it needs is missing.

        Examples
        --------
        >>> import baconalgo as ba
        >>> (ba.close > ba.lag(ba.close, 1)).evaluate([1.0, 2.0, 1.5])
        array([False,  True, False])
        """
        nodes, params, _ = _lower([self])
        columns, rows = _read(data, nodes)
        values = _core.evaluate(nodes, params, {}, columns, rows)
        return values != 0.0 if self.kind == "condition" else values


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
    >>> strategy.with_params(fast=20)
    ExprStrategy(entry=ema(close, fast) > ema(close, 100), exit=ema(close, fast) < ema(close, 100), quantity=1000)
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
        nodes, params, places = _lower(self._rules.values())
        place = dict(zip(self._rules, places, strict=True))
        wanted = (place["entry"], place.get("exit"), place.get("short_entry"), place.get("short_exit"))
        self._signals = _core.ExprSignals(nodes, params, {}, wanted, float(quantity))

    def _native(self) -> _core.ExprSignals:
        return self._signals

    @property
    def params(self) -> dict[str, float]:
        """The parameters in its conditions, by name, with the value each one has."""
        return {name: default for name, _, _, default in _lower(self._rules.values())[1]}

    def with_params(self, **values: float) -> ExprStrategy:
        """The same strategy with parameters at other values; see :meth:`Expr.with_params`."""
        rules = dict(zip(self._rules, _with_params(list(self._rules.values()), values), strict=True))
        return ExprStrategy(**rules, quantity=self.quantity)

    def targets(self, data: Any) -> Floats:
        """The position it wants on each row of a table of one instrument, units.

        Parameters
        ----------
        data
            As for :meth:`Expr.evaluate`.

        Examples
        --------
        >>> import baconalgo as ba
        >>> ba.ExprStrategy(ba.close > 2, exit=ba.close < 2).targets([1.0, 3.0, 2.0, 1.0])
        array([0., 1., 1., 0.])
        """
        columns, rows = _read(data, _lower(self._rules.values())[0])
        return self._signals.targets(columns, rows)

    def __repr__(self) -> str:
        rules = ", ".join(f"{name}={rule!r}" for name, rule in self._rules.items())
        return f"ExprStrategy({rules}, quantity={self.quantity:g})"


def ema(x: Expr, period: int | Expr) -> Expr:
    """Exponential moving average of an expression; see :func:`baconalgo.indicators.ema`.

    Parameters
    ----------
    x
        A number.
    period
        Rows, >= 1, or a :func:`param`.
    """
    return Expr("ema", (_number("ema", x),), rows=_period("period", period, 1))


def sma(x: Expr, period: int | Expr) -> Expr:
    """Simple moving average of an expression; see :func:`baconalgo.indicators.sma`.

    Parameters
    ----------
    x
        A number.
    period
        Rows, >= 1, or a :func:`param`.
    """
    return Expr("sma", (_number("sma", x),), rows=_period("period", period, 1))


def lag(x: Expr, rows: int | Expr = 1) -> Expr:
    """The value of a number so many rows ago; NaN on the first `rows` rows.

    Parameters
    ----------
    x
        A number.
    rows
        How many, >= 0, or a :func:`param`.
    """
    return Expr("lag", (_number("lag", x),), rows=_period("rows", rows, 0))


def cross_above(a: Expr | float, b: Expr | float) -> Expr:
    """Whether `a` has risen above `b`: ``a > b`` on this row and ``a <= b`` on the one before.

    False on the first row and wherever one of the four numbers is missing.
    """
    return Expr("cross_above", (_number("cross_above", a), _number("cross_above", b)), kind="condition")


def cross_below(a: Expr | float, b: Expr | float) -> Expr:
    """Whether `a` has fallen below `b`: ``a < b`` on this row and ``a >= b`` on the one before.

    False on the first row and wherever one of the four numbers is missing.
    """
    return Expr("cross_below", (_number("cross_below", a), _number("cross_below", b)), kind="condition")


def where(condition: Expr, a: Expr | float, b: Expr | float) -> Expr:
    """`a` where the condition holds, else `b`."""
    return Expr("where", (_condition("where", condition), _number("where", a), _number("where", b)))


def minimum(a: Expr | float, b: Expr | float) -> Expr:
    """The smaller of two numbers; NaN if either is."""
    return Expr("minimum", (_number("minimum", a), _number("minimum", b)))


def maximum(a: Expr | float, b: Expr | float) -> Expr:
    """The larger of two numbers; NaN if either is."""
    return Expr("maximum", (_number("maximum", a), _number("maximum", b)))


def absolute(x: Expr) -> Expr:
    """The size of a number, without its sign; ``abs(x)`` does the same."""
    return Expr("abs", (_number("abs", x),))


def param(name: str, low: float, high: float, default: float | None = None) -> Expr:
    """A number with a name, to be set later or searched over.

    Parameters
    ----------
    name
        Its name, as :meth:`Expr.with_params` takes it.
    low, high
        The range of a search, both ends included.
    default
        Its value unless it is set; None: the middle of the range, rounded down to a whole number if both ends are.

    Raises
    ------
    ConfigError
        Unless ``low <= default <= high``.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.ema(ba.close, ba.param("span", 5, 50)).params
    {'span': 27.0}
    """
    if not name.isidentifier():
        raise ConfigError("name", "must be an identifier", repr(name))
    low, high = float(low), float(high)
    if default is None:
        default = (low + high) / 2
        if low.is_integer() and high.is_integer():
            default = math.floor(default)
    return _param(name, low, high, float(default))


close: Final = Expr("close")
"""The latest price of whatever the data is: a quote's mid, a trade's price, a bar's close."""
price: Final = Expr("price")
"""A trade's price."""
mid: Final = Expr("mid")
"""The mean of bid and ask."""
bid: Final = Expr("bid")
"""Best bid."""
ask: Final = Expr("ask")
"""Best ask."""
bid_size: Final = Expr("bid_size")
"""Size at the bid, units."""
ask_size: Final = Expr("ask_size")
"""Size at the ask, units."""
open: Final = Expr("open")  # noqa: A001 # the name of the column
"""A bar's first price."""
high: Final = Expr("high")
"""A bar's highest price."""
low: Final = Expr("low")
"""A bar's lowest price."""
volume: Final = Expr("volume")
"""A trade's size or a bar's volume, units."""


def _param(name: str, low: float, high: float, default: float) -> Expr:
    if not low <= default <= high:
        raise ConfigError(name, f"must be in [{low:g}, {high:g}]", f"{default:g}")
    return Expr("param", value=(name, low, high, default))


def _number(user: str, x: Expr | float) -> Expr:
    if isinstance(x, Expr):
        if x.kind == "number":
            return x
        raise ConfigError(f"operand of {user}", "must be a number", f"the condition {x!r}")
    if isinstance(x, bool | np.bool_) or not isinstance(x, int | float | np.number):
        hint = "must be an expression or a number (arrays go to baconalgo.indicators)"
        raise ConfigError(f"operand of {user}", hint, type(x).__name__)
    return Expr("constant", value=float(x))


def _condition(user: str, x: Expr) -> Expr:
    if isinstance(x, Expr) and x.kind == "condition":
        return x
    raise ConfigError(f"operand of {user}", "must be a condition (parentheses around comparisons?)", repr(x))


def _arithmetic(op: str, a: Expr | float, b: Expr | float) -> Expr:
    return Expr(op, (_number(op, a), _number(op, b)))


def _comparison(op: str, a: Expr | float, b: Expr | float) -> Expr:
    return Expr(op, (_number(op, a), _number(op, b)), kind="condition")


def _period(name: str, rows: int | Expr, least: int) -> int | Expr:
    if isinstance(rows, Expr):
        if rows._op == "param":
            return rows
    elif isinstance(rows, int | np.integer) and not isinstance(rows, bool) and rows >= least:
        return int(rows)
    raise ConfigError(name, f"must be a whole number >= {least} or a param", repr(rows))


_Node: TypeAlias = tuple[str, list[int], float]
_Param: TypeAlias = tuple[str, float, float, float]


def _lower(exprs: Iterable[Expr]) -> tuple[list[_Node], list[_Param], list[int]]:
    """The nodes of expressions, operands first; their parameters; the place of each expression."""
    nodes: list[_Node] = []
    params: list[_Param] = []
    places: dict[int, int] = {}

    def param_place(expr: Expr) -> int:
        for place, known in enumerate(params):
            if known[0] == expr._value[0]:
                if known != expr._value:
                    raise ConfigError(known[0], f"must be one parameter, {known[1:]}", f"also {expr._value[1:]}")
                return place
        params.append(expr._value)
        return len(params) - 1

    def visit(expr: Expr) -> int:
        if id(expr) not in places:
            operands = [visit(arg) for arg in expr._args]
            if isinstance(expr._rows, Expr):
                operands += [1, param_place(expr._rows)]
            elif expr._rows is not None:
                operands += [0, expr._rows]
            if expr._op == "param":
                operands = [param_place(expr)]
            nodes.append((expr._op, operands, expr._value if expr._op == "constant" else 0.0))
            places[id(expr)] = len(nodes) - 1
        return places[id(expr)]

    return nodes, params, [visit(expr) for expr in exprs]


def _with_params(exprs: list[Expr], values: Mapping[str, float]) -> list[Expr]:
    known = [name for name, *_ in _lower(exprs)[1]]
    for name in values:
        if name not in known:
            raise ConfigError("parameter", f"must be one of {known}", name)
    done: dict[int, Expr] = {}

    def rebuild(expr: Expr) -> Expr:
        if id(expr) not in done:
            if expr._op == "param" and expr._value[0] in values:
                name, low, high, _ = expr._value
                new = _param(name, low, high, float(values[name]))
            else:
                rows = rebuild(expr._rows) if isinstance(expr._rows, Expr) else expr._rows
                args = tuple(rebuild(arg) for arg in expr._args)
                new = Expr(expr._op, args, kind=expr.kind, rows=rows, value=expr._value)
            done[id(expr)] = new
        return done[id(expr)]

    return [rebuild(expr) for expr in exprs]


def _read(data: Any, nodes: list[_Node]) -> tuple[dict[str, Floats], int]:
    """The columns that nodes read, and the number of rows."""
    return columns_of(data, dict.fromkeys(op for op, _, _ in nodes if op in COLUMNS))
