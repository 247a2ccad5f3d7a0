"""The data of the benchmarks: seeded, the same on every machine, C-contiguous float64 and int64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[np.generic]]

#: Seeds of the streams; any numbers would do.
TICKS_SEED, TRADES_SEED, RETURNS_SEED, BARS_SEED = 31, 32, 33, 34

#: 2024-01-01T00:00:00Z.
START_NS = 1_704_067_200_000_000_000
#: Mean time between two rows. At 0.3 s a year has about 100 million of them.
MEAN_GAP_NS = 0.3e9
TICKS_PER_UNIT = 100
#: In ticks: so far up that a walk of a hundred million steps stays above zero.
START_MID = 100_000
#: The middle moves in two rows of five, by one tick.
STEPS = np.array([-1, 0, 0, 0, 1])
#: Mostly one tick wide.
SPREADS = np.array([1, 1, 1, 2, 3])
#: Logarithms of the middle sizes: about 20 units displayed, about 3 traded.
DISPLAYED_LOG_SIZE, TRADED_LOG_SIZE = 3.0, 1.0


def ticks(rows: int, seed: int = TICKS_SEED, start_ns: int = START_NS, start_mid: int = START_MID) -> Columns:
    """Trades with the quote that stands at each: a walk on a grid of 0.01, exponential gaps, lognormal sizes."""
    rng = np.random.default_rng([seed, rows])
    gaps = np.maximum(1, rng.exponential(MEAN_GAP_NS, rows)).astype(np.int64)
    bid = start_mid + np.cumsum(rng.choice(STEPS, rows))
    ask = bid + rng.choice(SPREADS, rows)
    side = rng.choice(np.array([-1, 1], dtype=np.int8), rows)
    return {
        "ts": start_ns + np.cumsum(gaps),
        "price": np.where(side > 0, ask, bid) / TICKS_PER_UNIT,
        "quantity": _sizes(rng, TRADED_LOG_SIZE, rows),
        "side": side,
        "bid": bid / TICKS_PER_UNIT,
        "ask": ask / TICKS_PER_UNIT,
        "bid_size": _sizes(rng, DISPLAYED_LOG_SIZE, rows),
        "ask_size": _sizes(rng, DISPLAYED_LOG_SIZE, rows),
    }


def _sizes(rng: np.random.Generator, log_size: float, rows: int) -> Floats:
    return np.maximum(1.0, np.round(np.exp(rng.standard_normal(rows) + log_size)))


def trade_returns(trades: int) -> Floats:
    """Returns of trades: fat tails (Student's t, 4 degrees of freedom), 0.4 % wide, slightly above zero."""
    return np.random.default_rng([TRADES_SEED, trades]).standard_t(4, trades) * 0.004 + 0.000_03


def returns(days: int) -> Floats:
    """Daily returns: normal, 1 % wide, 0.03 % a day."""
    return np.random.default_rng([RETURNS_SEED, days]).standard_normal(days) * 0.01 + 0.000_3


def bars(rows: int, seed: int = BARS_SEED) -> Columns:
    """Minute bars of a walk on a grid of 0.01: open, high, low, close, volume, and what of it was bought."""
    rng = np.random.default_rng([seed, rows])
    close = START_MID + np.cumsum(rng.integers(-5, 6, rows))
    open_ = np.concatenate([[START_MID], close[:-1]])
    high = np.maximum(open_, close) + rng.integers(0, 6, rows)
    low = np.minimum(open_, close) - rng.integers(0, 6, rows)
    volume = np.round(rng.lognormal(5.0, 0.7, rows)) + 1.0
    prices = {"open": open_, "high": high, "low": low, "close": close}
    return {
        "ts": START_NS + np.arange(rows) * 60_000_000_000,
        **{name: price / TICKS_PER_UNIT for name, price in prices.items()},
        "volume": volume,
        "buy_volume": np.round(volume * rng.random(rows)),
    }
