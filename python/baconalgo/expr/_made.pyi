# Written by `python -m baconalgo._stubs`: changes here are lost.
# Each streaming class takes rows of its own width.
# mypy: disable-error-code="override"
"""Expression functions of all indicators and patterns."""

from datetime import timedelta
from typing import Generic, Literal, NamedTuple, TypeVar

from baconalgo.expr._expr import Expr

__all__ = [
    "ad",
    "adx",
    "aroon",
    "atr",
    "beta",
    "bollinger",
    "book_imbalance",
    "bos",
    "breakout",
    "cci",
    "chaikin",
    "choch",
    "correlation",
    "cvd",
    "cvd_estimate",
    "delta",
    "dema",
    "doji",
    "donchian",
    "ema",
    "engulfing",
    "evening_star",
    "fair_value_gap",
    "golden_pocket",
    "hammer",
    "harami",
    "highest",
    "hull",
    "ichimoku",
    "inside_bar",
    "kama",
    "keltner",
    "liquidity_sweep",
    "log_returns",
    "lowest",
    "macd",
    "mfi",
    "microprice",
    "momentum",
    "momentum_divergence",
    "morning_star",
    "obv",
    "opening_range",
    "order_block",
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
    "shooting_star",
    "sma",
    "stochastic",
    "supertrend",
    "support_resistance",
    "swing_points",
    "tema",
    "trix",
    "true_range",
    "volume_anomaly",
    "volume_profile",
    "vwap",
    "vwap_bands",
    "wilder",
    "williams_r",
    "wma",
]

_T = TypeVar("_T")

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

def ema(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Exponential moving average, as an expression."""

def sma(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Simple moving average: the mean of the last `period` values, as an expression."""

def wma(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Weighted moving average: the newest of the last `period` values weighs most, as an expression."""

def wilder(x: Expr | float, period: int | Expr = 14) -> Expr:
    """Wilder's moving average, also known as RMA, SMMA or MMA, as an expression."""

def dema(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Double exponential moving average: less lag than the exponential one of the same period, as an expression."""

def tema(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Triple exponential moving average: less lag still than the double one, as an expression."""

def hull(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Hull moving average: a weighted average with little lag, as an expression."""

def kama(x: Expr | float, period: int | Expr = 10, fast: int | Expr = 2, slow: int | Expr = 30) -> Expr:
    """Kaufman's adaptive moving average: quick in a trend, slow where prices go back and forth, as an expression."""

def trix(x: Expr | float, period: int | Expr = 15) -> Expr:
    """TRIX: the change of a triple exponential average from one value to the next, in percent, as an expression."""

def macd(x: Expr | float, fast: int | Expr = 12, slow: int | Expr = 26, signal: int | Expr = 9) -> _MACDResult[Expr]:
    """Moving average convergence and divergence: how far a fast average is above a slow one, as an expression."""

def rsi(x: Expr | float, period: int | Expr = 14) -> Expr:
    """Relative strength index: the share of the gains in all moves of the recent past, as an expression."""

def stochastic(
    k: int | Expr = 14,
    smooth_k: int | Expr = 3,
    d: int | Expr = 3,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _StochasticResult[Expr]:
    """Stochastic oscillator: where the close is in the range of the last bars, smoothed, and its average, as an
    expression."""

def williams_r(
    period: int | Expr = 14,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> Expr:
    """Williams %R: how far below the highest price of the last `period` bars the close is, as an expression."""

def cci(
    period: int | Expr = 20,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> Expr:
    """Commodity channel index: how far the price is from its average, measured in its usual distances, as an
    expression."""

def mfi(
    period: int | Expr = 14,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> Expr:
    """Money flow index: the share of the money that changed hands while prices rose, as an expression."""

def roc(x: Expr | float, period: int | Expr = 10) -> Expr:
    """Rate of change: how much higher a value is than the one `period` rows before, in percent, as an expression."""

def momentum(x: Expr | float, period: int | Expr = 10) -> Expr:
    """Momentum: how much higher a value is than the one `period` rows before, as an expression."""

def aroon(
    period: int | Expr = 14,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
) -> _AroonResult[Expr]:
    """Aroon: how recently prices were at their highest and at their lowest, as an expression."""

def true_range(
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> Expr:
    """True range: how far the price went in a bar, the gap from the bar before included, as an expression."""

def atr(
    period: int | Expr = 14,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> Expr:
    """Average true range, as an expression."""

def adx(
    period: int | Expr = 14,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _ADXResult[Expr]:
    """Average directional index and its two parts: how much of the range went one way, as an expression."""

def bollinger(x: Expr | float, period: int | Expr = 20, width: float | Expr = 2.0) -> _BollingerResult[Expr]:
    """Bollinger bands: the mean of the last `period` values and `width` standard deviations to both sides, as an
    expression."""

def keltner(
    period: int | Expr = 20,
    atr_period: int | Expr = 10,
    width: float | Expr = 2.0,
    style: Literal["typical", "close", "chester"] = "typical",
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _KeltnerResult[Expr]:
    """Keltner channel: an average price, and bands as far from it as the bars are long, as an expression."""

def donchian(
    period: int | Expr = 20,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
) -> _DonchianResult[Expr]:
    """Donchian channel: the highest and the lowest price of the last `period` bars, as an expression."""

def ichimoku(
    tenkan: int | Expr = 9,
    kijun: int | Expr = 26,
    senkou_b: int | Expr = 52,
    displacement: int | Expr = 26,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _IchimokuResult[Expr]:
    """Ichimoku Kinko Hyo: the middles of three windows, and the cloud over this bar, as an expression."""

def supertrend(
    period: int | Expr = 10,
    width: float | Expr = 3.0,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _SupertrendResult[Expr]:
    """SuperTrend: a band that only tightens while the trend lasts, and which side of it the price is on, as an
    expression."""

def parabolic_sar(
    step: float | Expr = 0.02,
    limit: float | Expr = 0.2,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
) -> Expr:
    """Parabolic SAR: a stop that runs after the price, faster with each new extreme, as an expression."""

def realised_volatility(x: Expr | float, period: int | Expr = 20, periods_per_year: float | Expr = 252.0) -> Expr:
    """Realised volatility: the standard deviation of the last `period` log returns, a year, as an expression."""

def obv(*, close: Expr | float | None = None, volume: Expr | float | None = None) -> Expr:
    """On-balance volume: the volume of bars that closed higher less that of bars that closed lower, as an
    expression."""

def ad(
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> Expr:
    """Accumulation and distribution: the volume so far, by where in its range each bar closed, as an expression."""

def chaikin(
    fast: int | Expr = 3,
    slow: int | Expr = 10,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> Expr:
    """Chaikin oscillator: how far a quick average of accumulation and distribution is above a slow one, as an
    expression."""

def vwap(
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
    session: Expr | float | str | timedelta | None = None,
) -> Expr:
    """Volume-weighted average price: of all bars, of a session, or since an anchor, as an expression."""

def vwap_bands(
    width: float | Expr = 2.0,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
    session: Expr | float | str | timedelta | None = None,
) -> _VWAPBandsResult[Expr]:
    """Bands around the volume-weighted average price, some deviations wide, as an expression."""

def delta(*, volume: Expr | float | None = None, buy_volume: Expr | float | None = None) -> Expr:
    """Volume delta: what buyers took less what sellers took, as an expression."""

def cvd(*, volume: Expr | float | None = None, buy_volume: Expr | float | None = None) -> Expr:
    """Cumulative volume delta: what buyers took so far less what sellers took, as an expression."""

def cvd_estimate(
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> Expr:
    """Cumulative volume delta where nobody knows who the aggressor was: an estimate from prices, as an expression."""

def volume_profile(
    period: int | Expr = 100,
    bins: int | Expr = 24,
    value_area: float | Expr = 0.7,
    *,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> _VolumeProfileResult[Expr]:
    """Volume by price in the last `period` bars: where most of it was, and the prices that most of it lies between,
    as an expression."""

def book_imbalance(*, bid_size: Expr | float | None = None, ask_size: Expr | float | None = None) -> Expr:
    """Imbalance of the book: which side of the best prices holds more, as an expression."""

def microprice(
    *,
    bid: Expr | float | None = None,
    ask: Expr | float | None = None,
    bid_size: Expr | float | None = None,
    ask_size: Expr | float | None = None,
) -> Expr:
    """Microprice: the price between bid and ask, nearer to the side that holds less, as an expression."""

def rolling_min(x: Expr | float, period: int | Expr = 20) -> Expr:
    """The lowest of the last `period` values, as an expression."""

def rolling_max(x: Expr | float, period: int | Expr = 20) -> Expr:
    """The highest of the last `period` values, as an expression."""

def rolling_std(x: Expr | float, period: int | Expr = 20, ddof: int | Expr = 0) -> Expr:
    """Standard deviation of the last `period` values, as an expression."""

def rolling_zscore(x: Expr | float, period: int | Expr = 20) -> Expr:
    """How many deviations the newest value is above the mean of the last `period` values, as an expression."""

def rolling_median(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Median of the last `period` values, as an expression."""

def rolling_quantile(x: Expr | float, period: int | Expr = 20, q: float | Expr = 0.5) -> Expr:
    """Quantile of the last `period` values: the value that a share of them lies below, as an expression."""

def rolling_rank(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Rank of the newest value among the last `period` values, as an expression."""

def rolling_skew(x: Expr | float, period: int | Expr = 20) -> Expr:
    """Skewness of the last `period` values, as an expression."""

def returns(x: Expr | float, period: int | Expr = 1) -> Expr:
    """Simple returns: by what part a value is above the one `period` rows before, as an expression."""

def log_returns(x: Expr | float, period: int | Expr = 1) -> Expr:
    """Logarithmic returns: they add up over time, as an expression."""

def correlation(x: Expr | float, y: Expr | float, period: int | Expr = 20) -> Expr:
    """Correlation of two series over the last `period` rows, as an expression."""

def beta(x: Expr | float, y: Expr | float, period: int | Expr = 20) -> Expr:
    """Beta of `x` to `y` over the last `period` rows: how much `x` moves with a move of `y`, as an expression."""

def breakout(
    period: int | Expr = 20,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _BreakoutResult[Expr]:
    """Breakout: a close beyond the highest high or the lowest low of the bars before, as an expression."""

def volume_anomaly(
    period: int | Expr = 20,
    threshold: float | Expr = 3.0,
    *,
    volume: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _VolumeAnomalyResult[Expr]:
    """Volume anomaly: far more volume than in the bars before, as an expression."""

def opening_range(
    bars: int | Expr = 30,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    session: Expr | float | str | timedelta | None = None,
) -> _OpeningRangeResult[Expr]:
    """Opening range breakout: the first close of a session beyond the range of its first bars, as an expression."""

def swing_points(
    swing: int | Expr = 5,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
) -> _SwingPointsResult[Expr]:
    """Swing points: highs and lows that stand out, on the bar that confirms them, as an expression."""

def support_resistance(
    swing: int | Expr = 5,
    period: int | Expr = 14,
    tolerance: float | Expr = 0.25,
    least: int | Expr = 3,
    swings: int | Expr = 20,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _SupportResistanceResult[Expr]:
    """Support and resistance: prices at which swings have turned more than once, and bars that turn there again, as
    an expression."""

def golden_pocket(
    swing: int | Expr = 5,
    shallow: float | Expr = 0.618,
    deep: float | Expr = 0.65,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _GoldenPocketResult[Expr]:
    """Golden pocket: a close in the 0.618 to 0.65 retracement of the last swing leg, as an expression."""

def momentum_divergence(
    period: int | Expr = 14,
    swing: int | Expr = 5,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _MomentumDivergenceResult[Expr]:
    """Momentum divergence: a lower low in price that is a higher low in RSI, or the mirror image at highs, as an
    expression."""

def bos(
    swing: int | Expr = 5,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _BOSResult[Expr]:
    """Break of structure: a close beyond the last confirmed swing, in the direction of the trend, as an
    expression."""

def choch(
    swing: int | Expr = 5,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _CHoCHResult[Expr]:
    """Change of character: the first close beyond a confirmed swing against the trend, as an expression."""

def liquidity_sweep(
    swing: int | Expr = 5,
    *,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _LiquiditySweepResult[Expr]:
    """Liquidity sweep: a wick beyond the last confirmed swing, and a close back inside, as an expression."""

def fair_value_gap(
    lookback: int | Expr = 50,
    candle: Literal["any", "own"] = "any",
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _FairValueGapResult[Expr]:
    """Fair value gap: prices between the first and the third of three bars that neither has traded, as an
    expression."""

def order_block(
    lookback: int | Expr = 20,
    period: int | Expr = 20,
    factor: float | Expr = 1.5,
    side: Literal["both", "bullish", "bearish"] = "both",
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
    volume: Expr | float | None = None,
) -> _OrderBlockResult[Expr]:
    """Order block: price back at the last candle against a strong move that began right after it, as an
    expression."""

def engulfing(
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _EngulfingResult[Expr]:
    """Engulfing: a body that covers the body of the bar before it, of the other colour, as an expression."""

def hammer(
    shadow: float | Expr = 2.0,
    other: float | Expr = 0.3,
    trend: int | Expr = 0,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _HammerResult[Expr]:
    """Hammer: a small body at the top of a long lower shadow. Bullish, as an expression."""

def shooting_star(
    shadow: float | Expr = 2.0,
    other: float | Expr = 0.3,
    trend: int | Expr = 0,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _ShootingStarResult[Expr]:
    """Shooting star: a small body at the bottom of a long upper shadow. Bearish, as an expression."""

def doji(
    body: float | Expr = 0.1,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _DojiResult[Expr]:
    """Doji: a bar that closes about where it opened, as an expression."""

def morning_star(
    body: float | Expr = 0.5,
    star: float | Expr = 0.3,
    depth: float | Expr = 0.5,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _MorningStarResult[Expr]:
    """Morning star: a large black body, a small one below it, a white one that takes it back. Bullish, as an
    expression."""

def evening_star(
    body: float | Expr = 0.5,
    star: float | Expr = 0.3,
    depth: float | Expr = 0.5,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _EveningStarResult[Expr]:
    """Evening star: a large white body, a small one above it, a black one that takes it back. Bearish, as an
    expression."""

def harami(
    body: float | Expr = 0.5,
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _HaramiResult[Expr]:
    """Harami: a small body inside the large body of the bar before it, as an expression."""

def inside_bar(
    *,
    open: Expr | float | None = None,
    high: Expr | float | None = None,
    low: Expr | float | None = None,
    close: Expr | float | None = None,
) -> _InsideBarResult[Expr]:
    """Inside bar: a bar within the range of the one before it, its mother, as an expression."""

highest = rolling_max
lowest = rolling_min
