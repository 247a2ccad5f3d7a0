"""The obvious definition of every pattern: bar by bar, straight from the text, looking back as far as it likes.

Each takes bars (whole ones) and its parameters, and gives a list of rows: None in the warm-up, else direction, start,
end, level, strength, and the further outputs.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

NAN = math.nan
NOTHING = (0.0, NAN, NAN, NAN, 0.0)
Row = tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Bars:
    """Columns of one length, without a missing value in those that a pattern reads."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    session: np.ndarray

    def __len__(self) -> int:
        return len(self.close)

    def take(self, rows: Any) -> Bars:
        return Bars(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))

    def upside_down(self) -> Bars:
        return Bars(-self.open, -self.low, -self.high, -self.close, self.volume, self.session)


def share(part: float, whole: float) -> float:
    """A part of a whole; of a whole of nothing any part is all."""
    if whole > 0:
        return min(max(part / whole, 0.0), 1.0)
    return 1.0 if part > 0 else 0.0


def stronger(bullish: Row | None, bearish: Row | None) -> Row:
    if bullish is None or bearish is None:
        return bullish or bearish or NOTHING
    return bearish if bearish[4] > bullish[4] else bullish


def beyond(bars: Bars, i: int, level: float) -> float:
    return share(abs(bars.close[i] - level), bars.high[i] - bars.low[i])


# -- ranges and volume ------------------------------------------------------------------------------------------------


def breakout(bars: Bars, period: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        if i < period:
            yield None
            continue
        before = range(i - period, i)
        top = max(before, key=lambda k: (bars.high[k], k))
        bottom = min(before, key=lambda k: (bars.low[k], -k))
        if bars.close[i] > bars.high[top]:
            yield 1.0, i - top, 0, bars.high[top], beyond(bars, i, bars.high[top])
        elif bars.close[i] < bars.low[bottom]:
            yield -1.0, i - bottom, 0, bars.low[bottom], beyond(bars, i, bars.low[bottom])
        else:
            yield NOTHING


def volume_anomaly(bars: Bars, period: int, threshold: float) -> Iterator[Row | None]:
    for i in range(len(bars)):
        if i < period:
            yield None
            continue
        before = bars.volume[i - period : i]
        mean, deviation = before.mean(), before.std()
        if (before == before[0]).all() or not (bars.volume[i] - mean) / deviation > threshold:
            yield NOTHING
            continue
        direction = 1.0 if bars.close[i] >= bars.close[i - 1] else -1.0
        strength = 1 - threshold / ((bars.volume[i] - mean) / deviation)
        yield direction, 0, 0, mean + threshold * deviation, strength


def opening_range(bars: Bars, count: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        first = i
        while first > 0 and bars.session[first - 1] == bars.session[i]:
            first -= 1
        after = first + count
        made = i >= after - 1
        top = max(bars.high[first:after]) if made else NAN
        bottom = min(bars.low[first:after]) if made else NAN
        row = NOTHING
        if i >= after:
            if bars.close[i] > top and not any(bars.close[k] > top for k in range(after, i)):
                row = (1.0, i - first, 0, top, beyond(bars, i, top))
            elif bars.close[i] < bottom and not any(bars.close[k] < bottom for k in range(after, i)):
                row = (-1.0, i - first, 0, bottom, beyond(bars, i, bottom))
        yield (*(row if i >= count else [NAN] * 5), top, bottom)


# -- swings -----------------------------------------------------------------------------------------------------------


def is_swing_high(high: np.ndarray, k: int, swing: int) -> bool:
    if k < swing or k + swing >= len(high):
        return False
    return high[k] > max(high[k - swing : k]) and high[k] >= max(high[k + 1 : k + swing + 1])


@functools.lru_cache(maxsize=8)
def _all_swing_highs(high: bytes, swing: int) -> list[int]:
    values = np.frombuffer(high)
    return [k for k in range(len(values)) if is_swing_high(values, k, swing)]


def swing_highs(bars: Bars, i: int, swing: int) -> list[int]:
    """The swing highs that are known at bar `i`."""
    return [k for k in _all_swing_highs(bars.high.tobytes(), swing) if k + swing <= i]


def swing_lows(bars: Bars, i: int, swing: int) -> list[int]:
    return [k for k in _all_swing_highs((-bars.low).tobytes(), swing) if k + swing <= i]


def swing_points(bars: Bars, swing: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        k = i - swing
        if i < 2 * swing:
            yield (*[NAN] * 5, NAN, NAN)
            continue
        before, after, around = slice(k - swing, k), slice(k + 1, i + 1), slice(k - swing, i + 1)
        whole = max(bars.high[around]) - min(bars.low[around])
        high = low = None
        if is_swing_high(bars.high, k, swing):
            part = min(bars.high[k] - min(bars.low[before]), bars.high[k] - min(bars.low[after]))
            high = (-1.0, swing, swing, bars.high[k], share(part, whole))
        if is_swing_high(-bars.low, k, swing):
            part = min(max(bars.high[before]) - bars.low[k], max(bars.high[after]) - bars.low[k])
            low = (1.0, swing, swing, bars.low[k], share(part, whole))
        yield (*stronger(low, high), high[3] if high else NAN, low[3] if low else NAN)


def mean_true_range(bars: Bars, i: int, period: int) -> float | None:
    if i < period:
        return None
    last = range(i - period + 1, i + 1)
    ranges = [max(bars.high[k], bars.close[k - 1]) - min(bars.low[k], bars.close[k - 1]) for k in last]
    return sum(ranges) / period


def support_resistance(
    bars: Bars, swing: int, period: int, tolerance: float, least: int, count: int
) -> Iterator[Row | None]:
    levels: list[tuple[float, int, int]] = []
    for i in range(len(bars)):
        highs, lows = swing_highs(bars, i, swing), swing_lows(bars, i, swing)
        if i - swing in (*highs, *lows):
            swings = sorted([(k, 0, bars.high[k]) for k in highs] + [(k, 1, bars.low[k]) for k in lows])[-count:]
            atr = mean_true_range(bars, i, period)
            levels = []
            for *_, price in swings:
                near = [k for k, _, other in swings if atr is not None and abs(other - price) <= tolerance * atr]
                if len(near) >= least:
                    levels.append((price, len(near), near[0]))
        if i < max(2 * swing, period):
            yield None
            continue
        close = bars.close[i]
        support = max((level for level in levels if level[0] <= close), default=None)
        resistance = min((level for level in levels if level[0] > close), default=None)
        up = down = None
        if support and bars.low[i] <= support[0] and bars.close[i - 1] >= support[0]:
            up = (1.0, i - support[2], 0, support[0], 1 - 1 / support[1])
        if resistance and bars.high[i] >= resistance[0] and bars.close[i - 1] <= resistance[0]:
            down = (-1.0, i - resistance[2], 0, resistance[0], 1 - 1 / resistance[1])
        row = stronger(up, down)
        if row[0] != 0:
            touches = (support if row[0] > 0 else resistance)[1]  # type: ignore[index]
        else:
            both = [(abs(level[0] - close), n, level[1]) for n, level in enumerate((support, resistance)) if level]
            touches = min(both)[2] if both else 0
        yield (*row, support[0] if support else NAN, resistance[0] if resistance else NAN, touches)


def golden_pocket(bars: Bars, swing: int, shallow: float, deep: float) -> Iterator[Row | None]:
    for i in range(len(bars)):
        highs, lows = swing_highs(bars, i, swing), swing_lows(bars, i, swing)
        row, top, bottom = NOTHING, NAN, NAN
        if highs and lows and highs[-1] != lows[-1]:
            a, b = bars.low[lows[-1]], bars.high[highs[-1]]
            if b > a:
                up = lows[-1] < highs[-1]
                ends = (
                    (b - deep * (b - a), b - shallow * (b - a)) if up else (a + shallow * (b - a), a + deep * (b - a))
                )
                bottom, top = ends
                if bottom <= bars.close[i] <= top:
                    middle, half = (top + bottom) / 2, (top - bottom) / 2
                    strength = max(0.0, 1 - abs(bars.close[i] - middle) / half) if half else 1.0
                    start = i - min(highs[-1], lows[-1])
                    row = (1.0 if up else -1.0, start, 0, top if up else bottom, strength)
        yield (*(row if i >= 2 * swing else [NAN] * 5), top, bottom)


def rsi(close: np.ndarray, i: int, period: int) -> float:
    """Wilder's, from the first bar."""
    if i < period:
        return NAN
    moves = np.diff(close[: i + 1])
    gain, loss = np.maximum(moves, 0), np.maximum(-moves, 0)
    g, x = gain[:period].mean(), loss[:period].mean()
    for k in range(period, len(moves)):
        g, x = g + (gain[k] - g) / period, x + (loss[k] - x) / period
    return 100 * g / (g + x) if g + x > 0 else 0.0


def momentum_divergence(bars: Bars, period: int, swing: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        if i < swing + max(period, swing):
            yield None
            continue
        both: list[Row | None] = []
        for swings, price, sign in ((swing_lows, bars.low, 1.0), (swing_highs, bars.high, -1.0)):
            known = swings(bars, i, swing)
            row = None
            if len(known) > 1 and known[-1] == i - swing:
                p, q = known[-2:]
                first, second = rsi(bars.close, p, period), rsi(bars.close, q, period)
                if sign * price[q] < sign * price[p] and sign * second > sign * first:
                    row = (sign, i - p, i - q, price[q], min(abs(second - first) / 50, 1.0))
            both.append(row)
        yield stronger(*both)


def _breaks(bars: Bars, swing: int) -> Iterator[tuple[int, bool, int]]:
    """Bar, whether upwards, and the swing that it breaks."""
    broken: set[tuple[bool, int]] = set()
    for i in range(len(bars)):
        for up, swings, turned in ((True, swing_highs, bars), (False, swing_lows, bars.upside_down())):
            known = swings(bars, i, swing)
            # The swing that is the last one is broken once.
            if known and turned.close[i] > turned.high[known[-1]] and (up, known[-1]) not in broken:
                broken.add((up, known[-1]))
                yield i, up, known[-1]
                break


def _structure(bars: Bars, swing: int, continues: bool) -> list[Row | None]:
    rows: list[Row | None] = [None if i < 2 * swing else NOTHING for i in range(len(bars))]
    trend = None
    for i, up, k in _breaks(bars, swing):
        if trend is not None and (trend == up) == continues:
            level = bars.high[k] if up else bars.low[k]
            rows[i] = (1.0 if up else -1.0, i - k, 0, level, beyond(bars, i, level))
        trend = up
    return rows


def bos(bars: Bars, swing: int) -> list[Row | None]:
    return _structure(bars, swing, continues=True)


def choch(bars: Bars, swing: int) -> list[Row | None]:
    return _structure(bars, swing, continues=False)


def liquidity_sweep(bars: Bars, swing: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        if i < 2 * swing:
            yield None
            continue
        high, low, close = bars.high[i], bars.low[i], bars.close[i]
        up = down = None
        for k in swing_highs(bars, i, swing)[-1:]:
            level = bars.high[k]
            if high > level and close < level and not any(bars.high[k + swing + 1 : i] > level):
                down = (-1.0, i - k, 0, level, share(high - level, high - low))
        for k in swing_lows(bars, i, swing)[-1:]:
            level = bars.low[k]
            if low < level and close > level and not any(bars.low[k + swing + 1 : i] < level):
                up = (1.0, i - k, 0, level, share(level - low, high - low))
        yield stronger(up, down)


# -- zones ------------------------------------------------------------------------------------------------------------


def fair_value_gap(bars: Bars, lookback: int, candle: str) -> Iterator[Row | None]:
    def gap(i: int) -> tuple[float, float, float] | None:
        own = np.sign(bars.close[i - 1] - bars.open[i - 1])
        if bars.low[i] > bars.high[i - 2] and (candle == "any" or own == 1):
            return 1.0, bars.low[i], bars.high[i - 2]
        if bars.high[i] < bars.low[i - 2] and (candle == "any" or own == -1):
            return -1.0, bars.low[i - 2], bars.high[i]
        return None

    def filled(i: int, made: int, side: float, top: float, bottom: float) -> float:
        later = range(made + 1, i + 1)
        traded = [top - bars.low[k] if side > 0 else bars.high[k] - bottom for k in later]
        return share(max(traded, default=0.0), top - bottom)

    for i in range(len(bars)):
        if i < 2:
            yield (*[NAN] * 5, NAN, NAN, NAN)
            continue
        row = NOTHING
        if (found := gap(i)) is not None:
            side, top, bottom = found
            whole = max(bars.high[i - 2 : i + 1]) - min(bars.low[i - 2 : i + 1])
            row = (side, 2, 0, (top + bottom) / 2, share(top - bottom, whole))
        shown: Row = (NAN, NAN, NAN)
        for made in range(i, max(i - lookback, 2) - 1, -1):
            if (found := gap(made)) is not None and (part := filled(i, made, *found)) < 1:
                shown = (found[1], found[2], part)
                break
        yield (*row, *shown)


def order_block(bars: Bars, lookback: int, period: int, factor: float, side: str) -> Iterator[Row | None]:
    def newest(view: Bars, i: int, least: float) -> int | None:
        for k in range(i - 1, i - lookback - 1, -1):
            is_black = view.close[k] < view.open[k]
            if is_black and view.close[k + 1] > view.high[k] and view.close[k + 1] - view.open[k + 1] > least:
                return k
        return None

    for i in range(len(bars)):
        if i < max(lookback, period):
            yield (*[NAN] * 5, NAN, NAN, NAN)
            continue
        least = factor * mean_true_range(bars, i, period)  # type: ignore[operator]
        met, all_blocks = [], []
        for sign, name, view in ((1.0, "bullish", bars), (-1.0, "bearish", bars.upside_down())):
            k = newest(view, i, least) if side in ("both", name) else None
            if k is None:
                continue
            all_blocks.append((k, sign))
            if view.low[i] <= view.high[k] and view.close[i] >= view.low[k]:
                met.append((k, sign))
        row, shown = NOTHING, (NAN, NAN, NAN)
        for k, _ in sorted(all_blocks) + sorted(met):
            shown = (bars.high[k], bars.low[k], bars.volume[k] + bars.volume[k + 1])
        if met:
            k, sign = max(met)
            body = abs(bars.close[k + 1] - bars.open[k + 1])
            row = (sign, i - k, 0, bars.high[k] if sign > 0 else bars.low[k], 1 - least / body)
        yield (*row, *shown)


# -- candles ----------------------------------------------------------------------------------------------------------


def engulfing(bars: Bars) -> Iterator[Row | None]:
    o, h, l, c = bars.open, bars.high, bars.low, bars.close  # noqa: E741
    for i in range(len(bars)):
        if i == 0:
            yield None
        elif c[i - 1] < o[i - 1] and c[i] > o[i] and c[i] >= o[i - 1] and o[i] <= c[i - 1]:
            yield 1.0, 1, 0, min(l[i], l[i - 1]), 1 - (o[i - 1] - c[i - 1]) / (c[i] - o[i])
        elif c[i - 1] > o[i - 1] and c[i] < o[i] and c[i] <= o[i - 1] and o[i] >= c[i - 1]:
            yield -1.0, 1, 0, max(h[i], h[i - 1]), 1 - (c[i - 1] - o[i - 1]) / (o[i] - c[i])
        else:
            yield NOTHING


def hammer(bars: Bars, shadow: float, other: float, trend: int) -> Iterator[Row | None]:
    for i in range(len(bars)):
        if trend > 0 and i < trend + 1:
            yield None
            continue
        o, h, low, c = bars.open[i], bars.high[i], bars.low[i], bars.close[i]
        body = abs(c - o)
        is_one = min(o, c) - low > shadow * body and h - max(o, c) < other * body and h > low
        falls = trend == 0 or bars.close[i - 1] < bars.close[i - 1 - trend]
        yield (1.0, 0, 0, low, share(min(o, c) - low, h - low)) if is_one and falls else NOTHING


def _turned(rows: Iterator[Row | None]) -> Iterator[Row | None]:
    for row in rows:
        yield None if row is None else (-row[0], row[1], row[2], -row[3], row[4])


def shooting_star(bars: Bars, shadow: float, other: float, trend: int) -> Iterator[Row | None]:
    return _turned(hammer(bars.upside_down(), shadow, other, trend))


def doji(bars: Bars, body: float) -> Iterator[Row | None]:
    for o, h, low, c in zip(bars.open, bars.high, bars.low, bars.close, strict=True):
        size, most = abs(c - o), body * (h - low)
        if size <= most:
            direction = 1.0 if min(o, c) - low >= h - max(o, c) else -1.0
            yield direction, 0, 0, c, 1 - size / most if size > 0 else 1.0
        else:
            yield NOTHING


def morning_star(bars: Bars, body: float, star: float, depth: float) -> Iterator[Row | None]:
    o, h, l, c = bars.open, bars.high, bars.low, bars.close  # noqa: E741
    for i in range(len(bars)):
        if i < 2:
            yield None
            continue
        first = o[i - 2] - c[i - 2]
        is_one = (
            first > 0
            and first >= body * (h[i - 2] - l[i - 2])
            and abs(c[i - 1] - o[i - 1]) <= star * first
            and max(o[i - 1], c[i - 1]) <= c[i - 2]
            and c[i] > o[i]
            and c[i] >= c[i - 2] + depth * first
        )
        yield (1.0, 2, 0, min(l[i - 2 : i + 1]), min(1.0, (c[i] - c[i - 2]) / first)) if is_one else NOTHING


def evening_star(bars: Bars, body: float, star: float, depth: float) -> Iterator[Row | None]:
    return _turned(morning_star(bars.upside_down(), body, star, depth))


def harami(bars: Bars, body: float) -> Iterator[Row | None]:
    o, h, l, c = bars.open, bars.high, bars.low, bars.close  # noqa: E741
    for i in range(len(bars)):
        if i == 0:
            yield None
            continue
        before, this = abs(c[i - 1] - o[i - 1]), abs(c[i] - o[i])
        ends = sorted((o[i - 1], c[i - 1]))
        is_inside = ends[0] <= min(o[i], c[i]) and max(o[i], c[i]) <= ends[1] and this < before
        if before >= body * (h[i - 1] - l[i - 1]) and is_inside:
            black = c[i - 1] < o[i - 1]
            level = min(l[i - 1 : i + 1]) if black else max(h[i - 1 : i + 1])
            yield 1.0 if black else -1.0, 1, 0, level, 1 - this / before
        else:
            yield NOTHING


def inside_bar(bars: Bars) -> Iterator[Row | None]:
    o, h, l, c = bars.open, bars.high, bars.low, bars.close  # noqa: E741
    for i in range(len(bars)):
        if i == 0:
            yield None
        elif h[i] < h[i - 1] and l[i] > l[i - 1]:
            up = c[i - 1] >= o[i - 1]
            strength = share(h[i - 1] - l[i - 1] - (h[i] - l[i]), h[i - 1] - l[i - 1])
            yield 1.0 if up else -1.0, 1, 0, h[i - 1] if up else l[i - 1], strength
        else:
            yield NOTHING


DEFINITIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        breakout,
        volume_anomaly,
        opening_range,
        swing_points,
        support_resistance,
        golden_pocket,
        momentum_divergence,
        bos,
        choch,
        liquidity_sweep,
        fair_value_gap,
        order_block,
        engulfing,
        hammer,
        shooting_star,
        doji,
        morning_star,
        evening_star,
        harami,
        inside_bar,
    )
}


def define(name: str, bars: Bars, *parameters: Any) -> list[Row | None]:
    """What the definition of a pattern says of whole bars."""
    return list(DEFINITIONS[name](bars, *parameters))
