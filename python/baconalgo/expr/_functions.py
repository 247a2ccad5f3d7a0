"""Columns and functions that expressions are made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from baconalgo.errors import ConfigError, DataError
from baconalgo.expr._expr import Expr, as_condition, as_number, as_rows, middle, parameter

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
buy_volume: Final = Expr("buy_volume")
"""The size of a trade that a buyer started, else 0, units; of a bar what buyers took of its volume."""


def lag(x: Expr, rows: int | Expr = 1) -> Expr:
    """The value of a number so many rows ago; NaN on the first `rows` rows.

    Parameters
    ----------
    x
        A number.
    rows
        How many, >= 0, or a :func:`param`.
    """
    return Expr("lag", (as_number("lag", x),), settings=(as_rows("rows", rows, 0),))


def cross_above(a: Expr | float, b: Expr | float) -> Expr:
    """Whether `a` has risen above `b`: ``a > b`` on this row and ``a <= b`` on the one before.

    False on the first row and wherever one of the four numbers is missing.
    """
    return Expr("cross_above", (as_number("cross_above", a), as_number("cross_above", b)), kind="condition")


def cross_below(a: Expr | float, b: Expr | float) -> Expr:
    """Whether `a` has fallen below `b`: ``a < b`` on this row and ``a >= b`` on the one before.

    False on the first row and wherever one of the four numbers is missing.
    """
    return Expr("cross_below", (as_number("cross_below", a), as_number("cross_below", b)), kind="condition")


def where(condition: Expr, a: Expr | float, b: Expr | float) -> Expr:
    """`a` where the condition holds, else `b`."""
    return Expr("where", (as_condition("where", condition), as_number("where", a), as_number("where", b)))


def minimum(a: Expr | float, b: Expr | float) -> Expr:
    """The smaller of two numbers; NaN if either is."""
    return Expr("minimum", (as_number("minimum", a), as_number("minimum", b)))


def maximum(a: Expr | float, b: Expr | float) -> Expr:
    """The larger of two numbers; NaN if either is."""
    return Expr("maximum", (as_number("maximum", a), as_number("maximum", b)))


def absolute(x: Expr) -> Expr:
    """The size of a number, without its sign; ``abs(x)`` does the same."""
    return Expr("abs", (as_number("abs", x),))


def log(x: Expr) -> Expr:
    """The natural logarithm of a number; NaN below 0."""
    return Expr("log", (as_number("log", x),))


def exp(x: Expr) -> Expr:
    """``e`` to the power of a number."""
    return Expr("exp", (as_number("exp", x),))


def sqrt(x: Expr) -> Expr:
    """The square root of a number; NaN below 0."""
    return Expr("sqrt", (as_number("sqrt", x),))


def sign(x: Expr) -> Expr:
    """-1, 0 or 1."""
    return Expr("sign", (as_number("sign", x),))


def power(a: Expr | float, b: Expr | float) -> Expr:
    """`a` to the power of `b`; ``a ** b`` does the same."""
    return Expr("**", (as_number("power", a), as_number("power", b)))


def rising(x: Expr, rows: int | Expr = 1) -> Expr:
    """Whether a number was above the one before on each of the last so many rows.

    Parameters
    ----------
    x
        A number.
    rows
        How many steps upwards, >= 1, or a :func:`param`. A missing number breaks the run.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.rising(ba.close, 2).evaluate([1.0, 2.0, 3.0, 3.0])
    array([False, False,  True, False])
    """
    return Expr("rising", (as_number("rising", x),), kind="condition", settings=(as_rows("rows", rows, 1),))


def falling(x: Expr, rows: int | Expr = 1) -> Expr:
    """Whether a number was below the one before on each of the last so many rows; see :func:`rising`."""
    return Expr("falling", (as_number("falling", x),), kind="condition", settings=(as_rows("rows", rows, 1),))


def session(length: str | int | timedelta) -> Expr:
    """Which interval of the UTC grid a row's time is in, as a number that changes when the next one starts.

    Parameters
    ----------
    length
        ``"1D"``, ``"1W"``, ``"4h"``, ...; weeks from Monday.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.session("1D").evaluate({"ts": [0, 86_399, 86_400], "close": [1.0, 1.0, 1.0]})
    array([0., 0., 1.])
    """
    from baconalgo.data._timeframes import nanoseconds

    try:
        return Expr("session", value=nanoseconds(length, parameter="session"))
    except DataError as error:
        raise ConfigError("session", error.rule, error.value) from None


def rank(x: Expr) -> Expr:
    """The rank of a number among all instruments that have one at the same time: 0 for the smallest, 1 for the largest.

    Equal numbers share the mean of their ranks; an instrument alone has 0.5. For tables of many instruments and scans.
    """
    return Expr("rank", (as_number("rank", x),))


def zscore(x: Expr) -> Expr:
    """The distance of a number from the mean of all instruments at the same time, in standard deviations (ddof 0).

    0 where all are equal. For tables of many instruments and scans.
    """
    return Expr("zscore", (as_number("zscore", x),))


def top(x: Expr, count: int | Expr) -> Expr:
    """Whether a number is among the largest `count` of all instruments at the same time.

    What equals the last of them is among them too. For tables of many instruments and scans.
    """
    return Expr("top", (as_number("top", x),), kind="condition", settings=(as_rows("count", count, 1),))


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
    return parameter(name, low, high, float(middle(low, high) if default is None else default))
