"""What an expression is: a node with operands, made by operators and functions, that holds no data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, Union

import numpy as np
import numpy.typing as npt

from baconalgo.errors import ConfigError, DataError
from baconalgo.expr._lower import lower, parts, with_params
from baconalgo.expr._write import Writer, length_text

if TYPE_CHECKING:
    from datetime import timedelta

    from baconalgo.expr._explain import Explanation
    from baconalgo.expr._stream import ExprStream

Kind: TypeAlias = Literal["number", "condition"]
#: A setting of a node: a number, one of some words, or a parameter.
Setting: TypeAlias = Union[float, str, "Expr"]


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

    __slots__ = ("_args", "_op", "_settings", "_value", "kind")

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
        settings: tuple[Setting, ...] = (),
        value: Any = None,
    ) -> None:
        self._op = op
        self._args = args
        self._settings = settings
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

    def __pow__(self, other: Expr | float) -> Expr:
        return _arithmetic("**", self, other)

    def __rpow__(self, other: float) -> Expr:
        return _arithmetic("**", other, self)

    def __neg__(self) -> Expr:
        return Expr("neg", (as_number("-", self),))

    def __pos__(self) -> Expr:
        return as_number("+", self)

    def __abs__(self) -> Expr:
        return Expr("abs", (as_number("abs", self),))

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
        return Expr("&", (as_condition("&", self), as_condition("&", other)), kind="condition")

    def __or__(self, other: Expr) -> Expr:
        return Expr("|", (as_condition("|", self), as_condition("|", other)), kind="condition")

    def __invert__(self) -> Expr:
        return Expr("~", (as_condition("~", self),), kind="condition")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has a value on each row, not one: combine conditions with & | ~ instead of and, or, not, "
            "put parentheses around comparisons, and write a < b < c as (a < b) & (b < c)"
        )

    def __repr__(self) -> str:
        return Writer().write(self)

    def tf(self, timeframe: str | int | timedelta) -> Expr:
        """The same over bars of a longer timeframe, built from the rows as they come.

        On each row it is the value at the last bar of that timeframe that has closed: nothing is known before its bar
        has ended.

        Parameters
        ----------
        timeframe
            The length of the bars: ``"5m"``, ``"1h"``, ``"1D"``, ``"1W"``, a `timedelta`, or nanoseconds. UTC grid,
            weeks from Monday. Of rows that are bars it is a whole multiple of theirs.

        Returns
        -------
        Expr
            NaN, or false, until the first bar has closed.

        Notes
        -----
        A quote or a trade at time ``t`` belongs to the bar over ``[start, end)`` that ``t`` lies in, and the bar is
        known from the first row with ``t >= end`` on. A bar ``[t, t + d)`` belongs to the longer one that ``t`` lies
        in; that one is known on the row whose own end is the end of it, and includes that row. An interval without a
        price makes no bar. Inside, ``close`` is the last price (of quotes the mid), and ``open``, ``high``, ``low``,
        ``volume`` and ``buy_volume`` are those of the longer bar.

        Examples
        --------
        >>> import baconalgo as ba
        >>> minutes = {"ts": [0, 60, 120, 180, 240, 300], "close": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
        >>> ba.close.tf("2m").evaluate(minutes, timeframe="1m")
        array([nan,  2.,  2.,  4.,  4.,  6.])
        """
        from baconalgo.data._timeframes import nanoseconds

        try:
            length = nanoseconds(timeframe)
        except DataError as error:
            raise ConfigError("timeframe", error.rule, error.value) from None
        for part, _ in parts(self):
            if part._op == "tf" and part._value % length:
                inside = length_text(part._value)
                rule = f"must divide the timeframe inside it, {inside}: it is built from these bars"
                raise ConfigError("timeframe", rule, length_text(length))
        return Expr("tf", (self,), kind=self.kind, value=length)

    def to_json(self) -> str:
        """The expression as JSON text; :meth:`from_json` gives it back.

        Examples
        --------
        >>> import baconalgo as ba
        >>> ba.Expr.from_json((ba.close > ba.ema(ba.close, 20)).to_json())
        close > ema(close, 20)
        """
        from baconalgo.expr._json import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str) -> Expr:
        """The expression that :meth:`to_json` has written.

        Raises
        ------
        ConfigError
            If it is not the JSON of an expression.
        """
        from baconalgo.expr._json import from_json

        return from_json(text)

    def explain(self) -> Explanation:
        """How it is computed: its parts, those that are shared, the rows that it looks back and needs to warm up.

        Examples
        --------
        >>> import baconalgo as ba
        >>> (ba.rsi(ba.close, 14).tf("1h") < 30).explain()
        rsi(close, 14).tf("1h") < 30
        <BLANKLINE>
        <
        ├─ tf "1h"
        │  └─ rsi 14
        │     └─ close
        └─ 30
        <BLANKLINE>
        reads      close, ts
        warm-up    1h: 15 bars
        looks back 1h: all bars
        """
        from baconalgo.expr._explain import Explanation

        return Explanation(self)

    def stream(self, *, timeframe: str | int | timedelta | None = None) -> ExprStream:
        """A live twin: takes one row at a time, gives the value after it, with the bits of :meth:`evaluate`.

        Parameters
        ----------
        timeframe
            How long a row lasts, if rows are bars and the expression uses :meth:`tf`; None: rows are quotes or
            trades, or :class:`Bar` records, which know it.

        Examples
        --------
        >>> import baconalgo as ba
        >>> rising = (ba.close > ba.lag(ba.close, 1)).stream()
        >>> [rising.update(close=price) for price in (1.0, 2.0, 1.5)]
        [False, True, False]
        """
        from baconalgo.expr._stream import ExprStream

        return ExprStream(self, timeframe)

    @property
    def params(self) -> dict[str, float]:
        """The parameters in it, by name, with the value each one has."""
        return {name: default for name, _, _, default in lower([self]).params}

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
        return with_params([self], values)[0]

    def evaluate(self, data: Any, *, timeframe: str | int | timedelta | None = None) -> Any:
        """Its column over a table, or over the tables of many instruments.

        Parameters
        ----------
        data
            A mapping of names to arrays, a pandas or polars frame, an Arrow table, a structured array, a file or
            what :func:`baconalgo.data.load` made, or one array, which is taken as ``close``. Rows in time order, of
            one instrument. Columns go by their names as in :func:`baconalgo.data.load` (``Close``, ``bid_px_00``);
            ``close`` is read from ``close``, else ``price``, else ``mid``, else ``(bid + ask) / 2``. An expression with
            :meth:`tf` or :func:`session` needs a column of times (``ts``, ``timestamp``, ``date``, ...; of pandas
            the index will do).

            Many instruments: a mapping of symbols to tables, a table with a column ``symbol`` of several, a frame with
            symbols as second level of its columns, or a mapping of names to matrices (rows, instruments).
        timeframe
            How long a row lasts, for :meth:`tf`; None: rows with open, high, low and close are bars, as long as the
            most frequent step of their times, and all others are moments.

        Returns
        -------
        numpy.ndarray
            float64 for a number, bool for a condition; one value a row. For tables of many instruments a
            `pyarrow.Table` with symbol, ts (if there are times) and value, for matrices a matrix.

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
        from baconalgo.expr import _universe

        return _universe.evaluate(self, data, timeframe)

    def sweep(
        self, data: Any, *, timeframe: str | int | timedelta | None = None, **values: Iterable[float]
    ) -> dict[tuple[float, ...], npt.NDArray[Any]]:
        """Its columns at many values of its parameters; what they share is computed once.

        Parameters
        ----------
        data, timeframe
            As for :meth:`evaluate`, of one instrument.
        **values
            For each parameter that varies its values; all combinations are computed.

        Returns
        -------
        dict
            The column of each combination; the keys are named tuples of the values.

        Examples
        --------
        >>> import baconalgo as ba
        >>> mean = ba.sma(ba.close, ba.param("span", 1, 9))
        >>> for at, column in mean.sweep([1.0, 2.0, 4.0], span=[1, 2]).items():
        ...     print(at.span, column)
        1 [1. 2. 4.]
        2 [nan 1.5 3. ]
        """
        from baconalgo.expr import _universe

        return _universe.sweep(self, data, timeframe, values)


def middle(low: float, high: float) -> float:
    """The middle of a range, rounded down to a whole number if both ends are."""
    value = (low + high) / 2
    return math.floor(value) if float(low).is_integer() and float(high).is_integer() else value


def parameter(name: str, low: float, high: float, default: float) -> Expr:
    """A parameter at a value within its range."""
    if not low <= default <= high:
        raise ConfigError(name, f"must be in [{low:g}, {high:g}]", f"{default:g}")
    return Expr("param", value=(name, low, high, default))


def as_number(user: str, x: Any) -> Expr:
    """An operand that is a number."""
    if isinstance(x, Expr):
        if x.kind == "number":
            return x
        raise ConfigError(f"operand of {user}", "must be a number", f"the condition {x!r}")
    if isinstance(x, bool | np.bool_) or not isinstance(x, int | float | np.number):
        hint = "must be an expression or a number (arrays go to baconalgo.indicators)"
        raise ConfigError(f"operand of {user}", hint, type(x).__name__)
    return Expr("constant", value=float(x))


def as_condition(user: str, x: Any) -> Expr:
    """An operand that is a condition."""
    if isinstance(x, Expr) and x.kind == "condition":
        return x
    raise ConfigError(f"operand of {user}", "must be a condition (parentheses around comparisons?)", repr(x))


def as_rows(name: str, rows: Any, least: int) -> Setting:
    """A setting that is a number of rows, or a parameter."""
    if isinstance(rows, Expr):
        if rows._op == "param":
            return rows
    elif isinstance(rows, int | np.integer) and not isinstance(rows, bool) and least <= rows < 9e15:
        return int(rows)
    raise ConfigError(name, f"must be a whole number >= {least} or a param", repr(rows))


def _arithmetic(op: str, a: Expr | float, b: Expr | float) -> Expr:
    return Expr(op, (as_number(op, a), as_number(op, b)))


def _comparison(op: str, a: Expr | float, b: Expr | float) -> Expr:
    return Expr(op, (as_number(op, a), as_number(op, b)), kind="condition")
