"""Exact money: integers in 1e-18 of the currency, rounded only where the document says so."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from .vocabulary import Instrument, Side

E18 = 10**18
COMMISSION_STEP = 10**10  # 1e-8 of the currency


def to_e18(amount: Decimal) -> int:
    """Currency as an integer in 1e-18."""
    exact = Fraction(amount) * E18
    if exact.denominator != 1:
        raise ValueError(f"amount must be a whole number of 1e-18, was {amount}")
    return exact.numerator


def round_half_away(exact: Fraction) -> int:
    """To the nearest integer; a half goes away from zero."""
    rounded = math.floor(abs(exact) + Fraction(1, 2))
    return rounded if exact >= 0 else -rounded


def value_of_half_tick(instrument: Instrument) -> int:
    """Half the value of one tick of one lot: a mid lies on half ticks."""
    exact = Fraction(instrument.tick) * Fraction(instrument.lot) * Fraction(instrument.multiplier) * E18 / 2
    if exact.denominator != 1:
        raise ValueError(f"tick x lot x multiplier must be an even number of 1e-18, was {instrument}")
    return exact.numerator


def commission(instrument: Instrument, px: int, qty: int, pct: Decimal) -> int:
    """Notional x pct / 100, half away from zero to 1e-8 of the currency."""
    notional = abs(px) * qty * 2 * value_of_half_tick(instrument)
    return round_half_away(notional * Fraction(pct) / 100 / COMMISSION_STEP) * COMMISSION_STEP


def slipped(px: int, side: Side, slippage_pct: Decimal, limit: int | None) -> int:
    """``px x (1 +- slippage_pct/100)`` to the next whole tick against the order, never past its limit."""
    exact = px + side * abs(px) * Fraction(slippage_pct) / 100
    if side is Side.BUY:
        worse = math.ceil(exact)
        return worse if limit is None else min(worse, limit)
    worse = math.floor(exact)
    return worse if limit is None else max(worse, limit)
