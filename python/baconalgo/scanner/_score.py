"""The score of a scan: points for what holds on the last bar, and the reasons.

Written down in ``docs/scanner.md``; the two must say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.expr import Expr
from baconalgo.expr._lower import Lowered, lower

Points = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]

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


@dataclass(frozen=True)
class Judged:
    """What is known of some instruments, a row each."""

    points: Points
    """Their scores, whole numbers."""
    held: Flags
    """By rule of the score, a pattern that points up last: whether it holds."""
    found: Flags
    """By pattern, up and down: whether it is there."""
    reason_words: pa.StringArray
    pattern_words: pa.StringArray

    def take(self, rows: npt.NDArray[np.intp]) -> Judged:
        """Some of the rows."""
        return replace(self, points=self.points[rows], held=self.held[rows], found=self.found[rows])

    def reasons(self) -> pa.ListArray:
        """What gave the points of each row, in words."""
        return _words(self.reason_words, self.held)

    def patterns(self) -> pa.ListArray:
        """The patterns of each row with their directions, in words."""
        return _words(self.pattern_words, self.found)


@dataclass(frozen=True)
class Asked:
    """What the score asks of instruments, ready to be scanned."""

    rules: tuple[Rule, ...]
    patterns: tuple[str, ...]
    lowered: Lowered
    """The conditions of the rules, then the directions of the patterns."""
    lowered_rules: Lowered
    """The conditions alone."""
    lowered_patterns: Lowered
    """The directions alone."""
    points: Points
    """For each rule, a pattern that points up last."""
    reason_words: pa.StringArray
    pattern_words: pa.StringArray

    def judge(self, values: Sequence[npt.NDArray[np.float64]]) -> Judged:
        """The score, given the values of :attr:`lowered`, or of :attr:`lowered_rules`: then no pattern is there."""
        count, rules = len(values[0]) if values else 0, len(self.rules)
        held = np.zeros((count, rules + 1), bool)
        for place, column in enumerate(values[:rules]):
            np.equal(column, 1.0, out=held[:, place])
        found = np.zeros((count, 2 * len(self.patterns)), bool)
        for place, column in enumerate(values[rules:]):
            np.greater(column, 0.0, out=found[:, 2 * place])
            np.less(column, 0.0, out=found[:, 2 * place + 1])
            held[:, rules] |= found[:, 2 * place]
        points = np.zeros(count, np.int16)
        for place, worth in enumerate(self.points):
            points += worth * held[:, place]
        return Judged(points, held, found, self.reason_words, self.pattern_words)


@cache
def asked_of(columns: tuple[str, ...]) -> Asked:
    """The conditions of the score and the patterns that data with these columns can answer."""
    there = set(columns)
    known = tuple(rule for rule in rules() if columns_of(rule.condition) <= there)
    named = {name: expr for name, expr in patterns().items() if columns_of(expr) <= there}
    conditions = [rule.condition for rule in known]
    return Asked(
        rules=known,
        patterns=tuple(named),
        lowered=lower([*conditions, *named.values()]),
        lowered_rules=lower(conditions),
        lowered_patterns=lower(named.values()),
        points=np.array([*(rule.points for rule in known), PATTERN_POINTS], np.int16),
        reason_words=pa.array([*(rule.reason for rule in known), PATTERN_REASON], pa.string()),
        pattern_words=pa.array([f"{name} {way}" for name in named for way in ("up", "down")], pa.string()),
    )


def _words(words: pa.StringArray, table: Flags) -> pa.ListArray:
    """The words that hold of each row."""
    places = np.flatnonzero(table).astype(np.int32)
    width = max(len(words), 1)
    ends = np.searchsorted(places, np.arange(0, width * len(table) + 1, width, dtype=np.int32)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), words.take(pa.array(places % np.int32(width))))


def columns_of(expr: Expr) -> set[str]:
    """The columns of the data that an expression reads."""
    return set(lower([expr]).needs.names) - {"ts"}
