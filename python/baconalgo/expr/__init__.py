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

import importlib
from typing import Any

from baconalgo.expr._custom import custom
from baconalgo.expr._explain import Explanation
from baconalgo.expr._expr import Expr
from baconalgo.expr._functions import (
    absolute,
    ask,
    ask_size,
    bid,
    bid_size,
    buy_volume,
    close,
    cross_above,
    cross_below,
    exp,
    falling,
    high,
    lag,
    log,
    low,
    maximum,
    mid,
    minimum,
    open,
    param,
    power,
    price,
    rank,
    rising,
    session,
    sign,
    sqrt,
    top,
    volume,
    where,
    zscore,
)
from baconalgo.expr._strategy import ExprStrategy
from baconalgo.expr._stream import ExprStream
from baconalgo.expr._text import parse

__all__ = [
    "Explanation",
    "Expr",
    "ExprStrategy",
    "ExprStream",
    "absolute",
    "ask",
    "ask_size",
    "bid",
    "bid_size",
    "buy_volume",
    "close",
    "cross_above",
    "cross_below",
    "custom",
    "exp",
    "falling",
    "high",
    "lag",
    "log",
    "low",
    "maximum",
    "mid",
    "minimum",
    "open",
    "param",
    "parse",
    "power",
    "price",
    "rank",
    "rising",
    "session",
    "sign",
    "sqrt",
    "top",
    "volume",
    "where",
    "zscore",
]


def __getattr__(name: str) -> Any:
    """The expression functions of all indicators and patterns."""
    if name.startswith("_"):
        raise AttributeError(f"module 'baconalgo.expr' has no attribute {name!r}")
    return getattr(importlib.import_module("baconalgo.expr._made"), name)
