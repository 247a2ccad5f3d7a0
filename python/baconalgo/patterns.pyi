# Written by `python -m baconalgo._stubs`: changes here are lost.
# Each streaming class takes rows of its own width.
# mypy: disable-error-code="override"
"""Chart patterns over arrays and one bar at a time."""

from collections.abc import Mapping
from typing import Any, Final, Generic, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from baconalgo.indicators._specs import Spec as Spec
from baconalgo.indicators._streams import Stream

SPECS: Final[Mapping[str, Spec]]

__all__ = [
    "BOS",
    "Breakout",
    "CHoCH",
    "Doji",
    "Engulfing",
    "EveningStar",
    "FairValueGap",
    "GoldenPocket",
    "Hammer",
    "Harami",
    "InsideBar",
    "LiquiditySweep",
    "MomentumDivergence",
    "MorningStar",
    "OpeningRange",
    "OrderBlock",
    "SPECS",
    "ShootingStar",
    "Spec",
    "SupportResistance",
    "SwingPoints",
    "VolumeAnomaly",
    "bos",
    "breakout",
    "choch",
    "doji",
    "engulfing",
    "evening_star",
    "fair_value_gap",
    "golden_pocket",
    "hammer",
    "harami",
    "inside_bar",
    "liquidity_sweep",
    "momentum_divergence",
    "morning_star",
    "opening_range",
    "order_block",
    "shooting_star",
    "support_resistance",
    "swing_points",
    "volume_anomaly",
]

_T = TypeVar("_T")
_Floats: TypeAlias = npt.NDArray[np.float64]

class _BreakoutResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _VolumeAnomalyResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _OpeningRangeResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    top: _T
    bottom: _T

class _SwingPointsResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    high: _T
    low: _T

class _SupportResistanceResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    support: _T
    resistance: _T
    touches: _T

class _GoldenPocketResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    top: _T
    bottom: _T

class _MomentumDivergenceResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _BOSResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _CHoCHResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _LiquiditySweepResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _FairValueGapResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    top: _T
    bottom: _T
    filled: _T

class _OrderBlockResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T
    top: _T
    bottom: _T
    volume: _T

class _EngulfingResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _HammerResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _ShootingStarResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _DojiResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _MorningStarResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _EveningStarResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _HaramiResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

class _InsideBarResult(NamedTuple, Generic[_T]):
    direction: _T
    start: _T
    end: _T
    level: _T
    strength: _T

def breakout(
    high: Any,
    low: Any,
    close: Any,
    period: int = 20,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _BreakoutResult[_Floats]:
    """Breakout: a close beyond the highest high or the lowest low of the bars before."""

class Breakout(Stream):
    """Breakout: a close beyond the highest high or the lowest low of the bars before."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _BreakoutResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _BreakoutResult[_Floats]: ...
    @property
    def value(self) -> _BreakoutResult[float] | None: ...
    @property
    def period(self) -> int: ...

def volume_anomaly(
    volume: Any,
    close: Any = None,
    period: int = 20,
    threshold: float = 3.0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _VolumeAnomalyResult[_Floats]:
    """Volume anomaly: far more volume than in the bars before."""

class VolumeAnomaly(Stream):
    """Volume anomaly: far more volume than in the bars before."""

    def __new__(cls, period: int = 20, threshold: float = 3.0) -> Self: ...
    def update(self, volume: float, close: float = ..., /) -> _VolumeAnomalyResult[float] | None: ...
    def update_many(self, volume: Any, close: Any = None, /) -> _VolumeAnomalyResult[_Floats]: ...
    @property
    def value(self) -> _VolumeAnomalyResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def threshold(self) -> float: ...

def opening_range(
    high: Any,
    low: Any,
    close: Any,
    session: Any = None,
    bars: int = 30,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _OpeningRangeResult[_Floats]:
    """Opening range breakout: the first close of a session beyond the range of its first bars."""

class OpeningRange(Stream):
    """Opening range breakout: the first close of a session beyond the range of its first bars."""

    def __new__(cls, bars: int = 30) -> Self: ...
    def update(
        self,
        high: float,
        low: float,
        close: float,
        session: float = ...,
        /,
    ) -> _OpeningRangeResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, session: Any = None, /) -> _OpeningRangeResult[_Floats]: ...
    @property
    def value(self) -> _OpeningRangeResult[float] | None: ...
    @property
    def bars(self) -> int: ...

def swing_points(
    high: Any,
    low: Any,
    swing: int = 5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _SwingPointsResult[_Floats]:
    """Swing points: highs and lows that stand out, on the bar that confirms them."""

class SwingPoints(Stream):
    """Swing points: highs and lows that stand out, on the bar that confirms them."""

    def __new__(cls, swing: int = 5) -> Self: ...
    def update(self, high: float, low: float, /) -> _SwingPointsResult[float] | None: ...
    def update_many(self, high: Any, low: Any, /) -> _SwingPointsResult[_Floats]: ...
    @property
    def value(self) -> _SwingPointsResult[float] | None: ...
    @property
    def swing(self) -> int: ...

def support_resistance(
    high: Any,
    low: Any,
    close: Any,
    swing: int = 5,
    period: int = 14,
    tolerance: float = 0.25,
    least: int = 3,
    swings: int = 20,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _SupportResistanceResult[_Floats]:
    """Support and resistance: prices at which swings have turned more than once, and bars that turn there again."""

class SupportResistance(Stream):
    """Support and resistance: prices at which swings have turned more than once, and bars that turn there again."""

    def __new__(
        cls,
        swing: int = 5,
        period: int = 14,
        tolerance: float = 0.25,
        least: int = 3,
        swings: int = 20,
    ) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _SupportResistanceResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _SupportResistanceResult[_Floats]: ...
    @property
    def value(self) -> _SupportResistanceResult[float] | None: ...
    @property
    def swing(self) -> int: ...
    @property
    def period(self) -> int: ...
    @property
    def tolerance(self) -> float: ...
    @property
    def least(self) -> int: ...
    @property
    def swings(self) -> int: ...

def golden_pocket(
    high: Any,
    low: Any,
    close: Any,
    swing: int = 5,
    shallow: float = 0.618,
    deep: float = 0.65,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _GoldenPocketResult[_Floats]:
    """Golden pocket: a close in the 0.618 to 0.65 retracement of the last swing leg."""

class GoldenPocket(Stream):
    """Golden pocket: a close in the 0.618 to 0.65 retracement of the last swing leg."""

    def __new__(cls, swing: int = 5, shallow: float = 0.618, deep: float = 0.65) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _GoldenPocketResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _GoldenPocketResult[_Floats]: ...
    @property
    def value(self) -> _GoldenPocketResult[float] | None: ...
    @property
    def swing(self) -> int: ...
    @property
    def shallow(self) -> float: ...
    @property
    def deep(self) -> float: ...

def momentum_divergence(
    high: Any,
    low: Any,
    close: Any,
    period: int = 14,
    swing: int = 5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _MomentumDivergenceResult[_Floats]:
    """Momentum divergence: a lower low in price that is a higher low in RSI, or the mirror image at highs."""

class MomentumDivergence(Stream):
    """Momentum divergence: a lower low in price that is a higher low in RSI, or the mirror image at highs."""

    def __new__(cls, period: int = 14, swing: int = 5) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _MomentumDivergenceResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _MomentumDivergenceResult[_Floats]: ...
    @property
    def value(self) -> _MomentumDivergenceResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def swing(self) -> int: ...

def bos(
    high: Any,
    low: Any,
    close: Any,
    swing: int = 5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _BOSResult[_Floats]:
    """Break of structure: a close beyond the last confirmed swing, in the direction of the trend."""

class BOS(Stream):
    """Break of structure: a close beyond the last confirmed swing, in the direction of the trend."""

    def __new__(cls, swing: int = 5) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _BOSResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _BOSResult[_Floats]: ...
    @property
    def value(self) -> _BOSResult[float] | None: ...
    @property
    def swing(self) -> int: ...

def choch(
    high: Any,
    low: Any,
    close: Any,
    swing: int = 5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _CHoCHResult[_Floats]:
    """Change of character: the first close beyond a confirmed swing against the trend."""

class CHoCH(Stream):
    """Change of character: the first close beyond a confirmed swing against the trend."""

    def __new__(cls, swing: int = 5) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _CHoCHResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _CHoCHResult[_Floats]: ...
    @property
    def value(self) -> _CHoCHResult[float] | None: ...
    @property
    def swing(self) -> int: ...

def liquidity_sweep(
    high: Any,
    low: Any,
    close: Any,
    swing: int = 5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _LiquiditySweepResult[_Floats]:
    """Liquidity sweep: a wick beyond the last confirmed swing, and a close back inside."""

class LiquiditySweep(Stream):
    """Liquidity sweep: a wick beyond the last confirmed swing, and a close back inside."""

    def __new__(cls, swing: int = 5) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _LiquiditySweepResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _LiquiditySweepResult[_Floats]: ...
    @property
    def value(self) -> _LiquiditySweepResult[float] | None: ...
    @property
    def swing(self) -> int: ...

def fair_value_gap(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    lookback: int = 50,
    candle: Literal["any", "own"] = "any",
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _FairValueGapResult[_Floats]:
    """Fair value gap: prices between the first and the third of three bars that neither has traded."""

class FairValueGap(Stream):
    """Fair value gap: prices between the first and the third of three bars that neither has traded."""

    def __new__(cls, lookback: int = 50, candle: Literal["any", "own"] = "any") -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _FairValueGapResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _FairValueGapResult[_Floats]: ...
    @property
    def value(self) -> _FairValueGapResult[float] | None: ...
    @property
    def lookback(self) -> int: ...
    @property
    def candle(self) -> str: ...

def order_block(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    volume: Any = None,
    lookback: int = 20,
    period: int = 20,
    factor: float = 1.5,
    side: Literal["both", "bullish", "bearish"] = "both",
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _OrderBlockResult[_Floats]:
    """Order block: price back at the last candle against a strong move that began right after it."""

class OrderBlock(Stream):
    """Order block: price back at the last candle against a strong move that began right after it."""

    def __new__(
        cls,
        lookback: int = 20,
        period: int = 20,
        factor: float = 1.5,
        side: Literal["both", "bullish", "bearish"] = "both",
    ) -> Self: ...
    def update(
        self,
        open: float,
        high: float,
        low: float,
        close: float,
        volume: float = ...,
        /,
    ) -> _OrderBlockResult[float] | None: ...
    def update_many(
        self,
        open: Any,
        high: Any,
        low: Any,
        close: Any,
        volume: Any = None,
        /,
    ) -> _OrderBlockResult[_Floats]: ...
    @property
    def value(self) -> _OrderBlockResult[float] | None: ...
    @property
    def lookback(self) -> int: ...
    @property
    def period(self) -> int: ...
    @property
    def factor(self) -> float: ...
    @property
    def side(self) -> str: ...

def engulfing(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _EngulfingResult[_Floats]:
    """Engulfing: a body that covers the body of the bar before it, of the other colour."""

class Engulfing(Stream):
    """Engulfing: a body that covers the body of the bar before it, of the other colour."""

    def __new__(cls) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _EngulfingResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _EngulfingResult[_Floats]: ...
    @property
    def value(self) -> _EngulfingResult[float] | None: ...

def hammer(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    shadow: float = 2.0,
    other: float = 0.3,
    trend: int = 0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _HammerResult[_Floats]:
    """Hammer: a small body at the top of a long lower shadow. Bullish."""

class Hammer(Stream):
    """Hammer: a small body at the top of a long lower shadow. Bullish."""

    def __new__(cls, shadow: float = 2.0, other: float = 0.3, trend: int = 0) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _HammerResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _HammerResult[_Floats]: ...
    @property
    def value(self) -> _HammerResult[float] | None: ...
    @property
    def shadow(self) -> float: ...
    @property
    def other(self) -> float: ...
    @property
    def trend(self) -> int: ...

def shooting_star(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    shadow: float = 2.0,
    other: float = 0.3,
    trend: int = 0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _ShootingStarResult[_Floats]:
    """Shooting star: a small body at the bottom of a long upper shadow. Bearish."""

class ShootingStar(Stream):
    """Shooting star: a small body at the bottom of a long upper shadow. Bearish."""

    def __new__(cls, shadow: float = 2.0, other: float = 0.3, trend: int = 0) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _ShootingStarResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _ShootingStarResult[_Floats]: ...
    @property
    def value(self) -> _ShootingStarResult[float] | None: ...
    @property
    def shadow(self) -> float: ...
    @property
    def other(self) -> float: ...
    @property
    def trend(self) -> int: ...

def doji(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    body: float = 0.1,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _DojiResult[_Floats]:
    """Doji: a bar that closes about where it opened."""

class Doji(Stream):
    """Doji: a bar that closes about where it opened."""

    def __new__(cls, body: float = 0.1) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _DojiResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _DojiResult[_Floats]: ...
    @property
    def value(self) -> _DojiResult[float] | None: ...
    @property
    def body(self) -> float: ...

def morning_star(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    body: float = 0.5,
    star: float = 0.3,
    depth: float = 0.5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _MorningStarResult[_Floats]:
    """Morning star: a large black body, a small one below it, a white one that takes it back. Bullish."""

class MorningStar(Stream):
    """Morning star: a large black body, a small one below it, a white one that takes it back. Bullish."""

    def __new__(cls, body: float = 0.5, star: float = 0.3, depth: float = 0.5) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _MorningStarResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _MorningStarResult[_Floats]: ...
    @property
    def value(self) -> _MorningStarResult[float] | None: ...
    @property
    def body(self) -> float: ...
    @property
    def star(self) -> float: ...
    @property
    def depth(self) -> float: ...

def evening_star(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    body: float = 0.5,
    star: float = 0.3,
    depth: float = 0.5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _EveningStarResult[_Floats]:
    """Evening star: a large white body, a small one above it, a black one that takes it back. Bearish."""

class EveningStar(Stream):
    """Evening star: a large white body, a small one above it, a black one that takes it back. Bearish."""

    def __new__(cls, body: float = 0.5, star: float = 0.3, depth: float = 0.5) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _EveningStarResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _EveningStarResult[_Floats]: ...
    @property
    def value(self) -> _EveningStarResult[float] | None: ...
    @property
    def body(self) -> float: ...
    @property
    def star(self) -> float: ...
    @property
    def depth(self) -> float: ...

def harami(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    body: float = 0.5,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _HaramiResult[_Floats]:
    """Harami: a small body inside the large body of the bar before it."""

class Harami(Stream):
    """Harami: a small body inside the large body of the bar before it."""

    def __new__(cls, body: float = 0.5) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _HaramiResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _HaramiResult[_Floats]: ...
    @property
    def value(self) -> _HaramiResult[float] | None: ...
    @property
    def body(self) -> float: ...

def inside_bar(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _InsideBarResult[_Floats]:
    """Inside bar: a bar within the range of the one before it, its mother."""

class InsideBar(Stream):
    """Inside bar: a bar within the range of the one before it, its mother."""

    def __new__(cls) -> Self: ...
    def update(self, open: float, high: float, low: float, close: float, /) -> _InsideBarResult[float] | None: ...
    def update_many(self, open: Any, high: Any, low: Any, close: Any, /) -> _InsideBarResult[_Floats]: ...
    @property
    def value(self) -> _InsideBarResult[float] | None: ...
