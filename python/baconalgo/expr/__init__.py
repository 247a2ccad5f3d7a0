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

