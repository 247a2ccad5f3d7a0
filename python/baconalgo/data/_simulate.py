"""A market made by a seeded generator: trades with their standing quotes, for the demo and for trying things out.

Rationale
---------
Real enough to trade on without pretending to be a model of anything: the price alternates between phases that revert to
their mean and phases that trend, trades come in bursts, the spread widens while they do, and the day has a shape.

Limitations
-----------
Nothing that is found on it says anything about real markets. There is one venue, no depth, and no reaction to orders.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baconalgo.errors import DataError

Floats = npt.NDArray[np.float64]

_DAY = 86_400.0
#: Mean seconds between trades over a day.
_MEAN_GAP = 0.9
_TICK = 0.01
_START_PRICE = 100.0


def simulate(
    rows: int = 200_000,
    seed: int = 0,
    symbol: str = "SIM",
    start: str | int | datetime | np.datetime64 = "2024-01-02T00:00:00",
    kind: str = "ticks",
) -> pa.Table:
    """A simulated market: the same arguments give the same table.

    Phases of a few thousand rows revert to a mean or trend; within them the middle moves on a grid of 0.01. Trades
    come at a rate with the shape of a day (busy at 08:00 and 15:00 UTC) times bursts, in which the rate is 6 times
    higher and the spread wider (1 to 4 ticks). Sizes are lognormal, whole units.

    Parameters
    ----------
    rows : int
        At least 1.
    seed : int
    symbol : str
        Kept in the schema's metadata.
    start : str, datetime, datetime64 or int (ns)
        UTC.
    kind : {"ticks", "quotes", "trades"}
        Which columns: a trade with its standing quote, only the quote, only the trade.

    Returns
    -------
    pyarrow.Table
        ts, bid, ask, bid_size, ask_size, price, quantity, side.

    Raises
    ------
    DataError
        If an argument breaks its rule.

    Examples
    --------
    >>> table = simulate(1000, seed=7)
    >>> table.num_rows, table.column_names
    (1000, ['ts', 'bid', 'ask', 'bid_size', 'ask_size', 'price', 'quantity', 'side'])
    """
    if rows < 1:
        raise DataError("rows", "must be >= 1", rows, code=1111)
    wanted = {
        "ticks": ["ts", "bid", "ask", "bid_size", "ask_size", "price", "quantity", "side"],
        "quotes": ["ts", "bid", "ask", "bid_size", "ask_size"],
        "trades": ["ts", "price", "quantity", "side"],
    }
    if kind not in wanted:
        raise DataError("kind", f"must be one of {', '.join(wanted)}", repr(kind), code=1111)
    random = np.random.Generator(np.random.PCG64(seed))
    burst = _alternating(random, rows, calm=400.0, excited=60.0)
    times = _times(random, burst)
    middle = _middle(random, burst)
    spread = 1 + random.binomial(1, 0.25, rows) + burst * random.binomial(2, 0.5, rows)
    bid = middle - spread // 2
    ask = bid + spread
    # Buyers are somewhat likelier just before the price rises, as they are in markets.
    ahead = np.sign(np.append(np.diff(middle), 0))
    buys = random.random(rows) < 0.5 + 0.15 * ahead
    columns = {
        "ts": pa.array(_nanoseconds(start) + times, pa.timestamp("ns", "UTC")),
        "bid": pa.array(bid / 100.0),
        "ask": pa.array(ask / 100.0),
        "bid_size": pa.array(_sizes(random, rows, 5.5)),
        "ask_size": pa.array(_sizes(random, rows, 5.5)),
        "price": pa.array(np.where(buys, ask, bid) / 100.0),
        "quantity": pa.array(_sizes(random, rows, 4.0)),
        "side": pa.DictionaryArray.from_arrays(pa.array(np.where(buys, 0, 1).astype(np.int8)), ["buy", "sell"]),
    }
    table = pa.table(columns).select(wanted[kind])
    return table.replace_schema_metadata({"symbol": symbol})


def _nanoseconds(start: str | int | datetime | np.datetime64) -> int:
    if isinstance(start, int):
        return start
    if isinstance(start, datetime) and start.tzinfo is not None:
        start = np.datetime64(int(start.timestamp() * 1_000_000), "us")
    try:
        return int(np.array(start, dtype="datetime64[ns]").astype(np.int64))
    except ValueError:
        raise DataError("start", "must be a time", repr(start), code=1111) from None


def _alternating(random: np.random.Generator, rows: int, *, calm: float, excited: float) -> npt.NDArray[np.int64]:
    """0 and 1 in turns of geometric length."""
    turns = max(2, int(rows / (calm + excited) * 2) + 16)
    states = np.zeros(0, dtype=np.int64)
    while len(states) < rows:
        odd = np.arange(turns) % 2 == 1
        lengths = np.where(odd, random.geometric(1 / excited, turns), random.geometric(1 / calm, turns))
        states = np.concatenate([states, np.repeat(odd.astype(np.int64), lengths)])
    return states[:rows]


def _times(random: np.random.Generator, burst: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Nanoseconds since the start: exponential gaps at a rate of bursts times the shape of the day."""
    rows = len(burst)
    gaps = random.exponential(_MEAN_GAP, rows) / np.where(burst == 1, 6.0, 1.0)
    # The shape needs the time, which needs the shape: the unshaped clock is close enough.
    hours = (np.cumsum(gaps) % _DAY) / 3600.0
    shape = 0.4 + 1.2 * np.exp(-(((hours - 8.0) / 2.0) ** 2)) + 1.6 * np.exp(-(((hours - 15.0) / 2.5) ** 2))
    return np.cumsum(np.maximum(1, np.round(gaps / shape * 1e9)).astype(np.int64))


def _middle(random: np.random.Generator, burst: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The middle in ticks: a walk whose drift trends in some phases and pulls back in others."""
    rows = len(burst)
    trending = _alternating(random, rows, calm=6_000.0, excited=3_000.0)
    phase = np.cumsum(np.abs(np.diff(trending, prepend=trending[0])))
    direction = random.choice([-1.0, 1.0], int(phase[-1]) + 1)[phase]
    noise = random.normal(0.0, np.where(burst == 1, 0.55, 0.3))
    drift = np.where(trending == 1, 0.02 * direction, 0.0)
    walk = np.cumsum(noise * np.where(trending == 1, 1.0, 0.35) + drift)
    # Swings around the walk that come back: what a mean-reverting strategy would look for.
    swing = _smooth(random.normal(0.0, 1.0, rows), 400) * np.where(trending == 1, 8.0, 16.0)
    ticks = np.round(_START_PRICE / _TICK + walk + swing).astype(np.int64)
    return np.maximum(ticks, 100)


def _smooth(noise: Floats, width: int) -> Floats:
    """A moving average scaled to variance one."""
    total = np.cumsum(np.concatenate([np.zeros(width), noise]))
    return np.asarray((total[width:] - total[:-width]) / np.sqrt(width))


def _sizes(random: np.random.Generator, rows: int, mean_log: float) -> Floats:
    """Lognormal whole units, at least 1."""
    return np.maximum(1.0, np.round(random.lognormal(mean_log, 0.9, rows)))
