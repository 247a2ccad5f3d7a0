"""The score of a scan: points for what holds on the last bar, and the reasons.

Written down in ``docs/scanner.md``; the two must say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from baconalgo.expr import Expr

#: Patterns that a scan looks for, in the order in which they are shown.
PATTERNS = (
    "breakout",
    "volume_anomaly",
    "momentum_divergence",
    "support_resistance",
    "golden_pocket",
    "fair_value_gap",
    "order_block",
    "liquidity_sweep",
    "bos",
    "choch",
    "engulfing",
    "hammer",
    "doji",
    "inside_bar",
)

#: Points for a pattern that points up; they are given once.
PATTERN_POINTS = 20

#: What gave them.
PATTERN_REASON = "pattern up"


@dataclass(frozen=True)
class Rule:
    """Points for a condition that holds."""

    reason: str
    points: int
    condition: Expr


@cache
def rules() -> Sequence[Rule]:
    """Trend 35, momentum 25, volume 20; the patterns have the other 20."""
    import baconalgo as _ba

    ba: Any = _ba
    close, volume = ba.close, ba.volume
    strength = ba.rsi(close, 14)
    return (
        Rule("above EMA 20", 10, close > ba.ema(close, 20)),
        Rule("EMA 20 above EMA 50", 15, ba.ema(close, 20) > ba.ema(close, 50)),
        Rule("MACD above signal", 10, ba.macd(close).hist > 0),
        Rule("RSI between 50 and 70", 15, (strength >= 50) & (strength <= 70)),
        Rule("up over 10 bars", 10, close > ba.lag(close, 10)),
        Rule("volume over 1.5x average", 10, volume > 1.5 * ba.sma(volume, 20)),
        Rule("MFI above 50", 10, ba.mfi(14) > 50),
    )


@cache
def patterns() -> dict[str, Expr]:
    """By name, the direction of each pattern on a bar: 1 up, -1 down, 0 none."""
    import baconalgo as _ba

    ba: Any = _ba
    made = {}
    for name in PATTERNS:
        made[name] = getattr(ba, name)().direction
    return made


def columns_of(expr: Expr) -> set[str]:
    """The columns of the data that an expression reads."""
    from baconalgo.expr._lower import lower

    return set(lower([expr]).needs.names) - {"ts"}
