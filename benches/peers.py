"""The baselines: what one would write by hand, with numba, for one workload alone.

They do the arithmetic and nothing else: no decoding, no latency, no displayed sizes, no checks, no tables. They are
measured in the same run as the package, round by round in turn, so that a ratio says something on a busy machine.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@nb.njit
def ema_cross(
    price: Floats, bid: Floats, ask: Floats, fast: int, slow: int, quantity: float, commission: float
) -> tuple[int, float]:
    """Long while the fast average is above the slow one, else short; takes at the standing quote, pays a commission.

    Returns the number of orders, and the equity gained.
    """
    quick_weight, calm_weight = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0)
    quick = calm = price[0]
    position = cash = 0.0
    orders = 0
    for row in range(len(price)):
        quick += quick_weight * (price[row] - quick)
        calm += calm_weight * (price[row] - calm)
        if row < slow - 1 or quick == calm:
            continue
        wanted = quantity if quick > calm else -quantity
        if wanted != position:
            change = wanted - position
            notional = change * (ask[row] if change > 0.0 else bid[row])
            cash -= notional + abs(notional) * commission
            position = wanted
            orders += 1
    return orders, cash + position * price[-1]


@nb.njit(inline="always")
def _mixed(value: np.uint64) -> np.uint64:
    """splitmix64: seeds of generators out of neighbouring numbers (the constants are its authors')."""
    value += np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@nb.njit(inline="always")
def _rotated(value: np.uint64, bits: int) -> np.uint64:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@nb.njit(parallel=True)
def bootstrap(values: Floats, paths: int, start: float, compounding: bool, seed: int) -> tuple[Floats, Floats]:
    """Paths of values drawn with replacement, compounded or added up: final equity and largest drawdown of each.

    Draws by xoshiro256++, a stream a path; the place is the upper half of the number times the length, shifted.
    """
    factors = values + 1.0 if compounding else values
    length = np.uint64(len(values))
    half = np.uint64(32)
    equity_at_end, drawdown = np.empty(paths), np.empty(paths)
    for path in nb.prange(paths):
        a = _mixed(np.uint64(seed * paths + path))
        b, c, d = _mixed(a), _mixed(a + np.uint64(1)), _mixed(a + np.uint64(2))
        equity = top = start
        lowest = 1.0
        for _ in range(len(values)):
            drawn = _rotated(a + d, 23) + a
            shifted = b << np.uint64(17)
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= shifted
            d = _rotated(d, 45)
            value = factors[((drawn >> half) * length) >> half]
            equity = equity * value if compounding else equity + value
            top = max(top, equity)
            lowest = min(lowest, equity / top)
        equity_at_end[path], drawdown[path] = equity, 1.0 - lowest
    return equity_at_end, drawdown


#: Beyond these the equity is put back to one and its logarithm kept aside, so that ten million returns fit.
_HIGH, _LOW = 1e100, 1e-100


@nb.njit
def performance(returns: Floats, periods_per_year: float) -> tuple[float, float, float, float, float]:
    """Sharpe, Sortino, Calmar, largest drawdown and volatility (both as fractions), in one pass."""
    total = squares = downside = logarithm = 0.0
    equity = top = lowest = 1.0
    for change in returns:
        total += change
        squares += change * change
        below = min(change, 0.0)
        downside += below * below
        equity *= 1.0 + change
        if equity > _HIGH or equity < _LOW:
            logarithm += math.log(equity)
            top /= equity
            equity = 1.0
        top = max(top, equity)
        lowest = min(lowest, equity / top)
    count = len(returns)
    mean = total / count
    deviation = math.sqrt((squares - count * mean * mean) / (count - 1))
    annual = math.sqrt(periods_per_year)
    growth = math.exp((logarithm + math.log(equity)) * periods_per_year / count) - 1.0
    sortino = mean / math.sqrt(downside / count) * annual
    return mean / deviation * annual, sortino, growth / (1.0 - lowest), 1.0 - lowest, deviation * annual
