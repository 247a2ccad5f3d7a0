# Written by `python -m baconalgo._stubs`: changes here are lost.
# Each streaming class takes rows of its own width.
# mypy: disable-error-code="override"
"""Indicators over arrays and one value at a time."""

from collections.abc import Mapping
from typing import Any, Final, Generic, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from baconalgo.indicators._records import ema_state as ema_state
from baconalgo.indicators._records import ema_update as ema_update
from baconalgo.indicators._records import fma as fma
from baconalgo.indicators._records import sma_state as sma_state
from baconalgo.indicators._records import sma_update as sma_update
from baconalgo.indicators._specs import Spec as Spec
from baconalgo.indicators._streams import Stream

SPECS: Final[Mapping[str, Spec]]

__all__ = [
    "AD",
    "ADX",
    "ATR",
    "Aroon",
    "Beta",
    "Bollinger",
    "BookImbalance",
    "CCI",
    "CVD",
    "CVDEstimate",
    "Chaikin",
    "Correlation",
    "DEMA",
    "Delta",
    "Donchian",
    "EMA",
    "Hull",
    "Ichimoku",
    "KAMA",
    "Keltner",
    "LogReturns",
    "MACD",
    "MFI",
    "Microprice",
    "Momentum",
    "OBV",
    "ParabolicSAR",
    "ROC",
    "RSI",
    "RealisedVolatility",
    "Returns",
    "RollingMax",
    "RollingMedian",
    "RollingMin",
    "RollingQuantile",
    "RollingRank",
    "RollingSkew",
    "RollingStd",
    "RollingZScore",
    "SMA",
    "SPECS",
    "Spec",
    "Stochastic",
    "Supertrend",
    "TEMA",
    "TRIX",
    "TrueRange",
    "VWAP",
    "VWAPBands",
    "VolumeProfile",
    "WMA",
    "Wilder",
    "WilliamsR",
    "ad",
    "adx",
    "aroon",
    "atr",
    "beta",
    "bollinger",
    "book_imbalance",
    "cci",
    "chaikin",
    "correlation",
    "cvd",
    "cvd_estimate",
    "delta",
    "dema",
    "donchian",
    "ema",
    "ema_state",
    "ema_update",
    "fma",
    "hull",
    "ichimoku",
    "kama",
    "keltner",
    "log_returns",
    "macd",
    "mfi",
    "microprice",
    "momentum",
    "obv",
    "parabolic_sar",
    "realised_volatility",
    "returns",
    "roc",
    "rolling_max",
    "rolling_median",
    "rolling_min",
    "rolling_quantile",
    "rolling_rank",
    "rolling_skew",
    "rolling_std",
    "rolling_zscore",
    "rsi",
    "sma",
    "sma_state",
    "sma_update",
    "stochastic",
    "supertrend",
    "tema",
    "trix",
    "true_range",
    "volume_profile",
    "vwap",
    "vwap_bands",
    "wilder",
    "williams_r",
    "wma",
]

_T = TypeVar("_T")
_Floats: TypeAlias = npt.NDArray[np.float64]

class _MACDResult(NamedTuple, Generic[_T]):
    macd: _T
    signal: _T
    hist: _T

class _StochasticResult(NamedTuple, Generic[_T]):
    k: _T
    d: _T

class _AroonResult(NamedTuple, Generic[_T]):
    up: _T
    down: _T
    oscillator: _T

class _ADXResult(NamedTuple, Generic[_T]):
    adx: _T
    plus_di: _T
    minus_di: _T

class _BollingerResult(NamedTuple, Generic[_T]):
    upper: _T
    middle: _T
    lower: _T

class _KeltnerResult(NamedTuple, Generic[_T]):
    upper: _T
    middle: _T
    lower: _T

class _DonchianResult(NamedTuple, Generic[_T]):
    upper: _T
    middle: _T
    lower: _T

class _IchimokuResult(NamedTuple, Generic[_T]):
    tenkan: _T
    kijun: _T
    cloud_a: _T
    cloud_b: _T
    ahead_a: _T
    ahead_b: _T
    plot_back: _T

class _SupertrendResult(NamedTuple, Generic[_T]):
    line: _T
    direction: _T

class _VWAPBandsResult(NamedTuple, Generic[_T]):
    upper: _T
    vwap: _T
    lower: _T

class _VolumeProfileResult(NamedTuple, Generic[_T]):
    poc: _T
    value_high: _T
    value_low: _T

def ema(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Exponential moving average."""

class EMA(Stream):
    """Exponential moving average."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def sma(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Simple moving average: the mean of the last `period` values."""

class SMA(Stream):
    """Simple moving average: the mean of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def wma(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Weighted moving average: the newest of the last `period` values weighs most."""

class WMA(Stream):
    """Weighted moving average: the newest of the last `period` values weighs most."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def wilder(x: Any, period: int = 14, *, out: _Floats | None = None) -> _Floats:
    """Wilder's moving average, also known as RMA, SMMA or MMA."""

class Wilder(Stream):
    """Wilder's moving average, also known as RMA, SMMA or MMA."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def dema(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Double exponential moving average: less lag than the exponential one of the same period."""

class DEMA(Stream):
    """Double exponential moving average: less lag than the exponential one of the same period."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def tema(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Triple exponential moving average: less lag still than the double one."""

class TEMA(Stream):
    """Triple exponential moving average: less lag still than the double one."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def hull(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Hull moving average: a weighted average with little lag."""

class Hull(Stream):
    """Hull moving average: a weighted average with little lag."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def kama(x: Any, period: int = 10, fast: int = 2, slow: int = 30, *, out: _Floats | None = None) -> _Floats:
    """Kaufman's adaptive moving average: quick in a trend, slow where prices go back and forth."""

class KAMA(Stream):
    """Kaufman's adaptive moving average: quick in a trend, slow where prices go back and forth."""

    def __new__(cls, period: int = 10, fast: int = 2, slow: int = 30) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...
    @property
    def fast(self) -> int: ...
    @property
    def slow(self) -> int: ...

def trix(x: Any, period: int = 15, *, out: _Floats | None = None) -> _Floats:
    """TRIX: the change of a triple exponential average from one value to the next, in percent."""

class TRIX(Stream):
    """TRIX: the change of a triple exponential average from one value to the next, in percent."""

    def __new__(cls, period: int = 15) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def macd(
    x: Any,
    fast: int = 12,
    slow: int = 26,
    signal: int = 9,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _MACDResult[_Floats]:
    """Moving average convergence and divergence: how far a fast average is above a slow one."""

class MACD(Stream):
    """Moving average convergence and divergence: how far a fast average is above a slow one."""

    def __new__(cls, fast: int = 12, slow: int = 26, signal: int = 9) -> Self: ...
    def update(self, x: float, /) -> _MACDResult[float] | None: ...
    def update_many(self, x: Any, /) -> _MACDResult[_Floats]: ...
    @property
    def value(self) -> _MACDResult[float] | None: ...
    @property
    def fast(self) -> int: ...
    @property
    def slow(self) -> int: ...
    @property
    def signal(self) -> int: ...

def rsi(x: Any, period: int = 14, *, out: _Floats | None = None) -> _Floats:
    """Relative strength index: the share of the gains in all moves of the recent past."""

class RSI(Stream):
    """Relative strength index: the share of the gains in all moves of the recent past."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def stochastic(
    high: Any,
    low: Any,
    close: Any,
    k: int = 14,
    smooth_k: int = 3,
    d: int = 3,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _StochasticResult[_Floats]:
    """Stochastic oscillator: where the close is in the range of the last bars, smoothed, and its average."""

class Stochastic(Stream):
    """Stochastic oscillator: where the close is in the range of the last bars, smoothed, and its average."""

    def __new__(cls, k: int = 14, smooth_k: int = 3, d: int = 3) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _StochasticResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _StochasticResult[_Floats]: ...
    @property
    def value(self) -> _StochasticResult[float] | None: ...
    @property
    def k(self) -> int: ...
    @property
    def smooth_k(self) -> int: ...
    @property
    def d(self) -> int: ...

def williams_r(high: Any, low: Any, close: Any, period: int = 14, *, out: _Floats | None = None) -> _Floats:
    """Williams %R: how far below the highest price of the last `period` bars the close is."""

class WilliamsR(Stream):
    """Williams %R: how far below the highest price of the last `period` bars the close is."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def cci(high: Any, low: Any, close: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Commodity channel index: how far the price is from its average, measured in its usual distances."""

class CCI(Stream):
    """Commodity channel index: how far the price is from its average, measured in its usual distances."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def mfi(high: Any, low: Any, close: Any, volume: Any, period: int = 14, *, out: _Floats | None = None) -> _Floats:
    """Money flow index: the share of the money that changed hands while prices rose."""

class MFI(Stream):
    """Money flow index: the share of the money that changed hands while prices rose."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, high: float, low: float, close: float, volume: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def roc(x: Any, period: int = 10, *, out: _Floats | None = None) -> _Floats:
    """Rate of change: how much higher a value is than the one `period` rows before, in percent."""

class ROC(Stream):
    """Rate of change: how much higher a value is than the one `period` rows before, in percent."""

    def __new__(cls, period: int = 10) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def momentum(x: Any, period: int = 10, *, out: _Floats | None = None) -> _Floats:
    """Momentum: how much higher a value is than the one `period` rows before."""

class Momentum(Stream):
    """Momentum: how much higher a value is than the one `period` rows before."""

    def __new__(cls, period: int = 10) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def aroon(
    high: Any,
    low: Any,
    period: int = 14,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _AroonResult[_Floats]:
    """Aroon: how recently prices were at their highest and at their lowest."""

class Aroon(Stream):
    """Aroon: how recently prices were at their highest and at their lowest."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, high: float, low: float, /) -> _AroonResult[float] | None: ...
    def update_many(self, high: Any, low: Any, /) -> _AroonResult[_Floats]: ...
    @property
    def value(self) -> _AroonResult[float] | None: ...
    @property
    def period(self) -> int: ...

def true_range(high: Any, low: Any, close: Any, *, out: _Floats | None = None) -> _Floats:
    """True range: how far the price went in a bar, the gap from the bar before included."""

class TrueRange(Stream):
    """True range: how far the price went in a bar, the gap from the bar before included."""

    def __new__(cls) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def atr(high: Any, low: Any, close: Any, period: int = 14, *, out: _Floats | None = None) -> _Floats:
    """Average true range."""

class ATR(Stream):
    """Average true range."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def adx(
    high: Any,
    low: Any,
    close: Any,
    period: int = 14,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _ADXResult[_Floats]:
    """Average directional index and its two parts: how much of the range went one way."""

class ADX(Stream):
    """Average directional index and its two parts: how much of the range went one way."""

    def __new__(cls, period: int = 14) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _ADXResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _ADXResult[_Floats]: ...
    @property
    def value(self) -> _ADXResult[float] | None: ...
    @property
    def period(self) -> int: ...

def bollinger(
    x: Any,
    period: int = 20,
    width: float = 2.0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _BollingerResult[_Floats]:
    """Bollinger bands: the mean of the last `period` values and `width` standard deviations to both sides."""

class Bollinger(Stream):
    """Bollinger bands: the mean of the last `period` values and `width` standard deviations to both sides."""

    def __new__(cls, period: int = 20, width: float = 2.0) -> Self: ...
    def update(self, x: float, /) -> _BollingerResult[float] | None: ...
    def update_many(self, x: Any, /) -> _BollingerResult[_Floats]: ...
    @property
    def value(self) -> _BollingerResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def width(self) -> float: ...

def keltner(
    high: Any,
    low: Any,
    close: Any,
    period: int = 20,
    atr_period: int = 10,
    width: float = 2.0,
    style: Literal["typical", "close", "chester"] = "typical",
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _KeltnerResult[_Floats]:
    """Keltner channel: an average price, and bands as far from it as the bars are long."""

class Keltner(Stream):
    """Keltner channel: an average price, and bands as far from it as the bars are long."""

    def __new__(
        cls,
        period: int = 20,
        atr_period: int = 10,
        width: float = 2.0,
        style: Literal["typical", "close", "chester"] = "typical",
    ) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _KeltnerResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _KeltnerResult[_Floats]: ...
    @property
    def value(self) -> _KeltnerResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def atr_period(self) -> int: ...
    @property
    def width(self) -> float: ...
    @property
    def style(self) -> str: ...

def donchian(
    high: Any,
    low: Any,
    period: int = 20,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _DonchianResult[_Floats]:
    """Donchian channel: the highest and the lowest price of the last `period` bars."""

class Donchian(Stream):
    """Donchian channel: the highest and the lowest price of the last `period` bars."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, high: float, low: float, /) -> _DonchianResult[float] | None: ...
    def update_many(self, high: Any, low: Any, /) -> _DonchianResult[_Floats]: ...
    @property
    def value(self) -> _DonchianResult[float] | None: ...
    @property
    def period(self) -> int: ...

def ichimoku(
    high: Any,
    low: Any,
    close: Any,
    tenkan: int = 9,
    kijun: int = 26,
    senkou_b: int = 52,
    displacement: int = 26,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _IchimokuResult[_Floats]:
    """Ichimoku Kinko Hyo: the middles of three windows, and the cloud over this bar."""

class Ichimoku(Stream):
    """Ichimoku Kinko Hyo: the middles of three windows, and the cloud over this bar."""

    def __new__(cls, tenkan: int = 9, kijun: int = 26, senkou_b: int = 52, displacement: int = 26) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _IchimokuResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _IchimokuResult[_Floats]: ...
    @property
    def value(self) -> _IchimokuResult[float] | None: ...
    @property
    def tenkan(self) -> int: ...
    @property
    def kijun(self) -> int: ...
    @property
    def senkou_b(self) -> int: ...
    @property
    def displacement(self) -> int: ...

def supertrend(
    high: Any,
    low: Any,
    close: Any,
    period: int = 10,
    width: float = 3.0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _SupertrendResult[_Floats]:
    """SuperTrend: a band that only tightens while the trend lasts, and which side of it the price is on."""

class Supertrend(Stream):
    """SuperTrend: a band that only tightens while the trend lasts, and which side of it the price is on."""

    def __new__(cls, period: int = 10, width: float = 3.0) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> _SupertrendResult[float] | None: ...
    def update_many(self, high: Any, low: Any, close: Any, /) -> _SupertrendResult[_Floats]: ...
    @property
    def value(self) -> _SupertrendResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def width(self) -> float: ...

def parabolic_sar(
    high: Any,
    low: Any,
    step: float = 0.02,
    limit: float = 0.2,
    *,
    out: _Floats | None = None,
) -> _Floats:
    """Parabolic SAR: a stop that runs after the price, faster with each new extreme."""

class ParabolicSAR(Stream):
    """Parabolic SAR: a stop that runs after the price, faster with each new extreme."""

    def __new__(cls, step: float = 0.02, limit: float = 0.2) -> Self: ...
    def update(self, high: float, low: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def step(self) -> float: ...
    @property
    def limit(self) -> float: ...

def realised_volatility(
    x: Any,
    period: int = 20,
    periods_per_year: float = 252.0,
    *,
    out: _Floats | None = None,
) -> _Floats:
    """Realised volatility: the standard deviation of the last `period` log returns, a year."""

class RealisedVolatility(Stream):
    """Realised volatility: the standard deviation of the last `period` log returns, a year."""

    def __new__(cls, period: int = 20, periods_per_year: float = 252.0) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...
    @property
    def periods_per_year(self) -> float: ...

def obv(close: Any, volume: Any, *, out: _Floats | None = None) -> _Floats:
    """On-balance volume: the volume of bars that closed higher less that of bars that closed lower."""

class OBV(Stream):
    """On-balance volume: the volume of bars that closed higher less that of bars that closed lower."""

    def __new__(cls) -> Self: ...
    def update(self, close: float, volume: float, /) -> float | None: ...
    def update_many(self, close: Any, volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def ad(high: Any, low: Any, close: Any, volume: Any, *, out: _Floats | None = None) -> _Floats:
    """Accumulation and distribution: the volume so far, by where in its range each bar closed."""

class AD(Stream):
    """Accumulation and distribution: the volume so far, by where in its range each bar closed."""

    def __new__(cls) -> Self: ...
    def update(self, high: float, low: float, close: float, volume: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def chaikin(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    fast: int = 3,
    slow: int = 10,
    *,
    out: _Floats | None = None,
) -> _Floats:
    """Chaikin oscillator: how far a quick average of accumulation and distribution is above a slow one."""

class Chaikin(Stream):
    """Chaikin oscillator: how far a quick average of accumulation and distribution is above a slow one."""

    def __new__(cls, fast: int = 3, slow: int = 10) -> Self: ...
    def update(self, high: float, low: float, close: float, volume: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def fast(self) -> int: ...
    @property
    def slow(self) -> int: ...

def vwap(high: Any, low: Any, close: Any, volume: Any, session: Any = None, *, out: _Floats | None = None) -> _Floats:
    """Volume-weighted average price: of all bars, of a session, or since an anchor."""

class VWAP(Stream):
    """Volume-weighted average price: of all bars, of a session, or since an anchor."""

    def __new__(cls) -> Self: ...
    def update(self, high: float, low: float, close: float, volume: float, session: float = ..., /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, volume: Any, session: Any = None, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def vwap_bands(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    session: Any = None,
    width: float = 2.0,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _VWAPBandsResult[_Floats]:
    """Bands around the volume-weighted average price, some deviations wide."""

class VWAPBands(Stream):
    """Bands around the volume-weighted average price, some deviations wide."""

    def __new__(cls, width: float = 2.0) -> Self: ...
    def update(
        self,
        high: float,
        low: float,
        close: float,
        volume: float,
        session: float = ...,
        /,
    ) -> _VWAPBandsResult[float] | None: ...
    def update_many(
        self,
        high: Any,
        low: Any,
        close: Any,
        volume: Any,
        session: Any = None,
        /,
    ) -> _VWAPBandsResult[_Floats]: ...
    @property
    def value(self) -> _VWAPBandsResult[float] | None: ...
    @property
    def width(self) -> float: ...

def delta(volume: Any, buy_volume: Any, *, out: _Floats | None = None) -> _Floats:
    """Volume delta: what buyers took less what sellers took."""

class Delta(Stream):
    """Volume delta: what buyers took less what sellers took."""

    def __new__(cls) -> Self: ...
    def update(self, volume: float, buy_volume: float, /) -> float | None: ...
    def update_many(self, volume: Any, buy_volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def cvd(volume: Any, buy_volume: Any, *, out: _Floats | None = None) -> _Floats:
    """Cumulative volume delta: what buyers took so far less what sellers took."""

class CVD(Stream):
    """Cumulative volume delta: what buyers took so far less what sellers took."""

    def __new__(cls) -> Self: ...
    def update(self, volume: float, buy_volume: float, /) -> float | None: ...
    def update_many(self, volume: Any, buy_volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def cvd_estimate(high: Any, low: Any, close: Any, volume: Any, *, out: _Floats | None = None) -> _Floats:
    """Cumulative volume delta where nobody knows who the aggressor was: an estimate from prices."""

class CVDEstimate(Stream):
    """Cumulative volume delta where nobody knows who the aggressor was: an estimate from prices."""

    def __new__(cls) -> Self: ...
    def update(self, high: float, low: float, close: float, volume: float, /) -> float | None: ...
    def update_many(self, high: Any, low: Any, close: Any, volume: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def volume_profile(
    close: Any,
    volume: Any,
    period: int = 100,
    bins: int = 24,
    value_area: float = 0.7,
    *,
    out: tuple[_Floats, ...] | list[_Floats] | None = None,
) -> _VolumeProfileResult[_Floats]:
    """Volume by price in the last `period` bars: where most of it was, and the prices that most of it lies
    between."""

class VolumeProfile(Stream):
    """Volume by price in the last `period` bars: where most of it was, and the prices that most of it lies
    between."""

    def __new__(cls, period: int = 100, bins: int = 24, value_area: float = 0.7) -> Self: ...
    def update(self, close: float, volume: float, /) -> _VolumeProfileResult[float] | None: ...
    def update_many(self, close: Any, volume: Any, /) -> _VolumeProfileResult[_Floats]: ...
    @property
    def value(self) -> _VolumeProfileResult[float] | None: ...
    @property
    def period(self) -> int: ...
    @property
    def bins(self) -> int: ...
    @property
    def value_area(self) -> float: ...

def book_imbalance(bid_size: Any, ask_size: Any, *, out: _Floats | None = None) -> _Floats:
    """Imbalance of the book: which side of the best prices holds more."""

class BookImbalance(Stream):
    """Imbalance of the book: which side of the best prices holds more."""

    def __new__(cls) -> Self: ...
    def update(self, bid_size: float, ask_size: float, /) -> float | None: ...
    def update_many(self, bid_size: Any, ask_size: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def microprice(bid: Any, ask: Any, bid_size: Any, ask_size: Any, *, out: _Floats | None = None) -> _Floats:
    """Microprice: the price between bid and ask, nearer to the side that holds less."""

class Microprice(Stream):
    """Microprice: the price between bid and ask, nearer to the side that holds less."""

    def __new__(cls) -> Self: ...
    def update(self, bid: float, ask: float, bid_size: float, ask_size: float, /) -> float | None: ...
    def update_many(self, bid: Any, ask: Any, bid_size: Any, ask_size: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...

def rolling_min(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """The lowest of the last `period` values."""

class RollingMin(Stream):
    """The lowest of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def rolling_max(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """The highest of the last `period` values."""

class RollingMax(Stream):
    """The highest of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def rolling_std(x: Any, period: int = 20, ddof: int = 0, *, out: _Floats | None = None) -> _Floats:
    """Standard deviation of the last `period` values."""

class RollingStd(Stream):
    """Standard deviation of the last `period` values."""

    def __new__(cls, period: int = 20, ddof: int = 0) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...
    @property
    def ddof(self) -> int: ...

def rolling_zscore(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """How many deviations the newest value is above the mean of the last `period` values."""

class RollingZScore(Stream):
    """How many deviations the newest value is above the mean of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def rolling_median(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Median of the last `period` values."""

class RollingMedian(Stream):
    """Median of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def rolling_quantile(x: Any, period: int = 20, q: float = 0.5, *, out: _Floats | None = None) -> _Floats:
    """Quantile of the last `period` values: the value that a share of them lies below."""

class RollingQuantile(Stream):
    """Quantile of the last `period` values: the value that a share of them lies below."""

    def __new__(cls, period: int = 20, q: float = 0.5) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...
    @property
    def q(self) -> float: ...

def rolling_rank(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Rank of the newest value among the last `period` values."""

class RollingRank(Stream):
    """Rank of the newest value among the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def rolling_skew(x: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Skewness of the last `period` values."""

class RollingSkew(Stream):
    """Skewness of the last `period` values."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def returns(x: Any, period: int = 1, *, out: _Floats | None = None) -> _Floats:
    """Simple returns: by what part a value is above the one `period` rows before."""

class Returns(Stream):
    """Simple returns: by what part a value is above the one `period` rows before."""

    def __new__(cls, period: int = 1) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def log_returns(x: Any, period: int = 1, *, out: _Floats | None = None) -> _Floats:
    """Logarithmic returns: they add up over time."""

class LogReturns(Stream):
    """Logarithmic returns: they add up over time."""

    def __new__(cls, period: int = 1) -> Self: ...
    def update(self, x: float, /) -> float | None: ...
    def update_many(self, x: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def correlation(x: Any, y: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Correlation of two series over the last `period` rows."""

class Correlation(Stream):
    """Correlation of two series over the last `period` rows."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, y: float, /) -> float | None: ...
    def update_many(self, x: Any, y: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...

def beta(x: Any, y: Any, period: int = 20, *, out: _Floats | None = None) -> _Floats:
    """Beta of `x` to `y` over the last `period` rows: how much `x` moves with a move of `y`."""

class Beta(Stream):
    """Beta of `x` to `y` over the last `period` rows: how much `x` moves with a move of `y`."""

    def __new__(cls, period: int = 20) -> Self: ...
    def update(self, x: float, y: float, /) -> float | None: ...
    def update_many(self, x: Any, y: Any, /) -> _Floats: ...
    @property
    def value(self) -> float | None: ...
    @property
    def period(self) -> int: ...
