"""The rule of ``docs/signals.md`` once more, the obvious way: whole columns of indicators, then row by row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from baconalgo import indicators

MINUTE = 60_000_000_000
DAY = 86_400_000_000_000
#: Weights of the fifteen, in the order of `votes`.
WEIGHTS = (0.4, 0.4, 0.4, 0.4, 0.4, 1.0, 1.0, 1.0, 0.4, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
NEED_VOLUME = (4, 11, 12, 13, 14)


def votes(bars: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Votes (rows, 15), whether the timeframe is warm, and the average true range."""
    high, low, close, volume = (bars[name] for name in ("high", "low", "close", "volume"))
    columns = []

    def either(known, up, down):
        columns.append(np.where(known, up.astype(float) - down.astype(float), np.nan))

    def outside(x, low, high):
        either(~np.isnan(x), x < low, x > high)

    def against(a, b):
        either(~np.isnan(a) & ~np.isnan(b), a > b, a < b)

    with np.errstate(invalid="ignore"):
        outside(indicators.rsi(close, 14), 30, 70)
        k, d = indicators.stochastic(high, low, close, 14, 3, 3)
        either(~np.isnan(d), (k < 20) & (d < 20) & (k > d), (k > 80) & (d > 80) & (k < d))
        outside(indicators.williams_r(high, low, close, 14), -80, -20)
        outside(indicators.cci(high, low, close, 20), -100, 100)
        outside(indicators.mfi(high, low, close, volume, 14), 20, 80)
        against(indicators.ema(close, 12), indicators.ema(close, 26))
        against(indicators.sma(close, 20), indicators.sma(close, 50))
        against(indicators.macd(close, 12, 26, 9).hist, np.zeros(len(close)))
        upper, _, lower = indicators.bollinger(close, 20, 2.0)
        either(~np.isnan(lower), close < lower, close > upper)
        upper, _, lower = indicators.keltner(high, low, close, 20, 10, 2.0)
        either(~np.isnan(lower), close > upper, close < lower)
        cloud = indicators.ichimoku(high, low, close, 9, 26, 52, 26)
        bottom, top = np.minimum(cloud.cloud_a, cloud.cloud_b), np.maximum(cloud.cloud_a, cloud.cloud_b)
        up, down = (close > top) & (cloud.tenkan > cloud.kijun), (close < bottom) & (cloud.tenkan < cloud.kijun)
        either(~np.isnan(bottom), up, down)
        obv = indicators.obv(close, volume)
        against(obv, indicators.ema(obv, 20))
        against(close, indicators.vwap(high, low, close, volume, bars["session"]))
        profile = indicators.volume_profile(close, volume, 50)
        either(~np.isnan(profile.value_low), close > profile.value_high, close < profile.value_low)
        cvd = indicators.cvd(volume, bars["buy_volume"])
        against(cvd, indicators.ema(cvd, 20))
    cast = np.column_stack(columns)
    warm = ~np.isnan(np.delete(cast, NEED_VOLUME, axis=1)).any(axis=1)
    return np.nan_to_num(cast), warm, indicators.atr(high, low, close, 14)


def sides(prices: np.ndarray) -> np.ndarray:
    """1 after the last move up, -1 after the last move down, 0 before any."""
    moves = np.sign(np.diff(prices, prepend=prices[0]))
    place = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    return moves[place]


def bars_of(ts, price, volume, nanos):
    """Bars of ticks, their ends, and for each tick how many bars have closed before it."""
    bought = np.where(sides(price) > 0, volume, 0.0)
    if nanos == 0:
        session = np.floor_divide(ts, DAY).astype(float)
        bars = {"high": price, "low": price, "close": price, "volume": volume, "buy_volume": bought, "session": session}
        return bars, np.arange(1, len(ts) + 1)
    interval = np.floor_divide(ts, nanos)
    first = np.flatnonzero(np.diff(interval, prepend=interval[0] - 1))
    last = np.append(first[1:], len(ts)) - 1
    bars = {
        "high": np.maximum.reduceat(price, first),
        "low": np.minimum.reduceat(price, first),
        "close": price[last],
        "volume": np.add.reduceat(volume, first),
        "buy_volume": np.add.reduceat(bought, first),
        "session": np.floor_divide(interval[first] * nanos, DAY).astype(float),
    }
    # The bar under way is not one of those that have closed.
    return bars, np.searchsorted(first, np.arange(len(ts)), side="right") - 1


@dataclass
class Rules:
    frames: dict[str, float] = field(default_factory=dict)
    min_score: float = 0.2
    consensus: float = 0.6
    min_confidence: float = 60.0
    hold: float = 0.4
    stop: float = 2.0
    target: float = 3.0
    expiry: int = 50


def signals(ts, price, volume, rules: Rules, nanos_of: dict[str, int]) -> list[tuple]:
    """(row, action, timeframe, confidence, stop, target) of every signal."""
    frames = []
    for name, weight in rules.frames.items():
        bars, closed = bars_of(ts, price, volume, nanos_of[name])
        cast, warm, atr = votes(bars)
        weights = np.abs(cast) * np.array(WEIGHTS)
        total = weights.sum(axis=1)
        score = np.divide((cast * WEIGHTS).sum(axis=1), total, out=np.zeros(len(total)), where=total > 0)
        frames.append((name, weight, closed, score, warm, atr))
    made, active, armed = [], None, [True, True]
    for row in range(len(ts)):
        said = []
        for place, (_, weight, closed, score, warm, _) in enumerate(frames):
            at = closed[row] - 1
            if at >= 0 and warm[at]:
                said.append((place, weight, score[at]))
        consensus, confidence, lead = [0.0, 0.0], [0.0, 0.0], [None, None]
        for side, sign in enumerate((1, -1)):
            agree = [(p, w, s) for p, w, s in said if s * sign >= rules.min_score]
            if agree:
                weight = sum(w for _, w, _ in agree)
                consensus[side] = weight / sum(w for _, w, _ in said)
                confidence[side] = 100 * sum(w * abs(s) for _, w, s in agree) / weight
                lead[side] = max(agree, key=lambda each: (each[1] * abs(each[2]), -each[0]))[0]
        now = price[row]
        if active is not None:
            side, frame, born, stop, target = active
            up = side == 0
            out = (now <= stop or now >= target) if up else (now >= stop or now <= target)
            if out or consensus[side] < rules.hold or frames[frame][2][row] - born >= rules.expiry:
                action = "CLOSE_LONG" if up else "CLOSE_SHORT"
                made.append((row, action, frames[frame][0], confidence[side], stop, target))
                active, armed[side] = None, False
        for side in (0, 1):
            armed[side] = armed[side] or consensus[side] < rules.hold
        if active is None:
            for side, sign in enumerate((1, -1)):
                strong = consensus[side] >= rules.consensus and confidence[side] >= rules.min_confidence
                if not (strong and armed[side]):
                    continue
                closed, atr = frames[lead[side]][2][row], frames[lead[side]][5]
                distance = atr[closed - 1]
                if not distance > 0:
                    continue
                stop, target = now - sign * rules.stop * distance, now + sign * rules.target * distance
                action = "BUY_LONG" if side == 0 else "SELL_SHORT"
                made.append((row, action, frames[lead[side]][0], confidence[side], stop, target))
                active = (side, lead[side], closed, stop, target)
                break
    return made
