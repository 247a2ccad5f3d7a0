"""Expressions as text."""

from __future__ import annotations

from baconalgo.expr import Expr


def parse(text: str) -> Expr:
    """The expression that a text says.

    Raises
    ------
    ConfigError
        If it cannot be read; it says where.
    """
    import baconalgo

    rule: Expr = baconalgo.parse(text)  # type: ignore[attr-defined, unused-ignore]
    return rule
